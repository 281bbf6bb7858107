/**
 * One webhook: a bounded queue of alerts, sent one after the other, at most so many a minute, and
 * tried again with growing pauses while the other side is away. Nobody waits for it.
 */

import type { Logger } from '../log.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { type Alert, type AlertFormat, formatAlert, type Speaker } from './alert.ts';

export interface WebhookOptions {
  readonly name: string;
  /** A secret: it stands in no log and no error. */
  readonly url: string;
  readonly format: AlertFormat;
  readonly chatId: string | null;
  readonly events: readonly string[];
  readonly perMinute: number;
  readonly repeatAfterMs: number;
  readonly speaker: Speaker;
  readonly mono: Clock;
  readonly log: Logger;
}

export type Outcome = 'sent' | 'retried' | 'failed' | 'repeated' | 'held_back';

/** Of a burst these many are kept; beyond them the oldest are counted and forgotten. */
const QUEUE_MAX = 50;
const ANSWER_MS = 10_000;
const BACKOFF_MS_MIN = 1000;
const BACKOFF_MS_MAX = 60_000;
/** About ten minutes: what is older than that is no alert any more. */
const ATTEMPTS_MAX = 15;
/** However long the other side wants to be left alone. */
const RETRY_AFTER_MS_MAX = 300_000;
/** Keys of what was told, so that it is not told again; far above what can be news in a while. */
const TOLD_MAX = 1000;

export class Webhook {
  readonly #options: WebhookOptions;
  readonly #queue: Alert[] = [];
  readonly #toldAt = new Map<string, number>();
  readonly #counts = new Map<Outcome, number>();
  readonly #sentAt: number[] = [];
  #heldBack = 0;
  #timer: Timer | null = null;
  #sending: AbortController | null = null;
  #attempts = 0;
  #closed = false;
  #lastReason = '';

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Why the last attempt was not taken; empty where it was. */
  get lastReason(): string {
    return this.#lastReason;
  }

  /** How often each outcome was. */
  counts(): ReadonlyMap<Outcome, number> {
    return this.#counts;
  }

  /** Queues an alert unless it was told a moment ago; returns at once. */
  take(alert: Alert): void {
    const { events, repeatAfterMs, mono } = this.#options;
    if (this.#closed || (alert.kind !== 'test' && !events.includes(alert.kind))) return;
    const now = mono.now();
    const told = this.#toldAt.get(alert.key);
    if (told !== undefined && now - told < repeatAfterMs) {
      this.#count('repeated');
      return;
    }
    this.#toldAt.delete(alert.key);
    this.#toldAt.set(alert.key, now);
    const [oldest] = this.#toldAt.keys();
    if (this.#toldAt.size > TOLD_MAX && oldest !== undefined) this.#toldAt.delete(oldest);
    this.#queue.push(alert);
    // The one under way is the first, and stays.
    if (this.#queue.length > QUEUE_MAX) this.#holdBack(1);
    this.#next();
  }

  /** What is under way is given up. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#sending?.abort();
  }

  #holdBack(index: number): void {
    this.#queue.splice(index, 1);
    this.#heldBack += 1;
    this.#count('held_back');
  }

  #next(): void {
    if (this.#closed || this.#sending !== null || this.#timer !== null) return;
    if (this.#queue.length === 0) return;
    const pause = this.#pause();
    if (pause > 0) this.#wait(pause);
    else void this.#send();
  }

  #wait(ms: number): void {
    this.#timer = this.#options.mono.setTimer(ms, () => {
      this.#timer = null;
      this.#next();
    });
  }

  /** Until one more may be sent within this minute, ms. */
  #pause(): number {
    const now = this.#options.mono.now();
    while (this.#sentAt[0] !== undefined && now - this.#sentAt[0] >= 60_000) this.#sentAt.shift();
    const [oldest] = this.#sentAt;
    if (oldest === undefined || this.#sentAt.length < this.#options.perMinute) return 0;
    return oldest + 60_000 - now;
  }

  async #send(): Promise<void> {
    const [alert] = this.#queue;
    if (alert === undefined) return;
    const { url, format, chatId, speaker, mono, log, name } = this.#options;
    const abort = new AbortController();
    this.#sending = abort;
    this.#sentAt.push(mono.now());
    const deadline = mono.setTimer(ANSWER_MS, () => abort.abort());
    const { headers, body } = formatAlert(format, alert, this.#heldBack, speaker, chatId);
    const told = this.#heldBack;
    const answer = await post(url, { headers, body, signal: abort.signal });
    deadline.cancel();
    this.#sending = null;
    if (this.#closed) return;
    this.#attempts += 1;
    this.#lastReason = answer.kind === 'taken' ? '' : answer.reason;
    if (answer.kind === 'again' && this.#attempts < ATTEMPTS_MAX) {
      this.#count('retried');
      log.debug({ webhook: name, reason: answer.reason }, 'an alert is sent again');
      const backoff = Math.min(BACKOFF_MS_MIN * 2 ** (this.#attempts - 1), BACKOFF_MS_MAX);
      this.#wait(Math.max(backoff, answer.afterMs));
      return;
    }
    this.#attempts = 0;
    this.#queue.shift();
    if (answer.kind === 'taken') {
      this.#heldBack -= told;
      this.#count('sent');
    } else {
      this.#count('failed');
      const { kind, title } = alert;
      log.warn({ webhook: name, reason: answer.reason, kind, title }, 'an alert was not delivered');
    }
    this.#next();
  }

  #count(outcome: Outcome): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
  }
}

type Answer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'again'; readonly reason: string; readonly afterMs: number }
  | { readonly kind: 'refused'; readonly reason: string };

async function post(
  url: string,
  request: { headers: Readonly<Record<string, string>>; body: string; signal: AbortSignal },
): Promise<Answer> {
  try {
    // A redirect would carry the alert to an address that nobody configured.
    const response = await fetch(url, { method: 'POST', redirect: 'manual', ...request });
    await response.body?.cancel();
    const { status, headers } = response;
    if (status >= 200 && status < 300) return { kind: 'taken' };
    const reason = `status ${status}`;
    if (status !== 408 && status !== 429 && status < 500) return { kind: 'refused', reason };
    const after = Number(headers.get('retry-after') ?? 0) * 1000;
    const afterMs = Number.isFinite(after) ? Math.min(after, RETRY_AFTER_MS_MAX) : 0;
    return { kind: 'again', reason, afterMs };
  } catch (thrown) {
    // Whatever the network threw: its code says enough, and its message may name the address.
    return { kind: 'again', reason: codeOf(thrown), afterMs: 0 };
  }
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown';
  if (thrown.name === 'AbortError') return 'no answer in time';
  const { cause } = thrown;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'connection failed';
}
