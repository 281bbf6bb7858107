/**
 * The latest messages between actors, for who looks. It listens from the first question until
 * nobody has asked for a while; then a sender pays for one word that it reads, and no more. What is
 * heard stays in the columns it comes in: the thread that decides makes views of what is asked for.
 */

import type {
  MessageReads,
  MessagesQuery,
  MessagesView,
  MessageView,
} from '../protocol/message-view.ts';
import type { Clock, Timer, WallClock } from '../runtime/clock.ts';
import { eventAt, type TraceBatch, TraceColumns, type TraceTap } from '../runtime/trace.ts';

export interface MessageTapOptions {
  readonly listen: (event: TraceTap['event'], batch: TraceTap['batch']) => () => void;
  /** Events that a flood displaced so far. */
  readonly displaced: () => number;
  readonly mono: Clock;
  readonly wall: WallClock;
}

/** Some seconds of an engine that works. */
const KEPT_MAX = 2000;
/** Who looks asks every second. */
const UNASKED_MS = 5000;

interface Kept {
  /** Of the last of them. */
  readonly lastId: number;
  readonly batch: TraceBatch;
}

export class MessageTap implements MessageReads {
  readonly #options: MessageTapOptions;
  /** Oldest first; the last are in `#open`. */
  #kept: Kept[] = [];
  #keptCount = 0;
  /** Of this thread, since the last batch of another. */
  readonly #open = new TraceColumns();
  #lastId = 0;
  #end: (() => void) | null = null;
  #timer: Timer | null = null;
  #displaced = 0;

  constructor(options: MessageTapOptions) {
    this.#options = options;
  }

  messages({ after, limit }: MessagesQuery): MessagesView {
    this.#listen();
    this.#seal();
    const messages = this.#views(Math.max(after, this.#lastId - limit));
    const gone = this.#lastId - after - messages.length;
    const displaced = this.#options.displaced() - this.#displaced;
    // Who begins to look has missed nothing.
    const missed = after === 0 ? 0 : Math.max(0, gone) + displaced;
    this.#displaced += displaced;
    return { messages, last_id: this.#lastId, missed };
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#end?.();
    this.#end = null;
    this.#open.take();
    this.#kept = [];
    this.#keptCount = 0;
  }

  #listen(): void {
    const { listen, displaced, mono } = this.#options;
    this.#timer?.cancel();
    this.#timer = mono.setTimer(UNASKED_MS, () => this.close());
    if (this.#end !== null) return;
    this.#displaced = displaced();
    this.#end = listen(
      (event) => {
        if (this.#open.add(event)) return;
        this.#seal();
        this.#open.add(event);
      },
      (batch) => {
        this.#seal();
        this.#keep(batch);
      },
    );
  }

  /** What this thread took so far comes before what another tells next. */
  #seal(): void {
    if (this.#open.count > 0) this.#keep(this.#open.take());
  }

  #keep(batch: TraceBatch): void {
    this.#lastId += batch.count;
    this.#keptCount += batch.count;
    this.#kept.push({ lastId: this.#lastId, batch });
    for (let first = this.#kept[0]; first !== undefined; first = this.#kept[0]) {
      if (this.#keptCount - first.batch.count < KEPT_MAX) return;
      this.#keptCount -= first.batch.count;
      this.#kept.shift();
    }
  }

  /** Those behind `after`, oldest first. */
  #views(after: number): readonly MessageView[] {
    const { mono, wall } = this.#options;
    const offset = wall.now() - mono.now();
    const found: MessageView[] = [];
    for (const { lastId, batch } of this.#kept) {
      const before = lastId - batch.count;
      for (let at = Math.max(0, after - before); at < batch.count; at += 1) {
        const { from, to, kind, type, sentAt, takenAt, doneAt } = eventAt(batch, at);
        const ts = (offset + sentAt) / 1000;
        const times = { waited_ms: takenAt - sentAt, took_ms: doneAt - takenAt };
        found.push({ id: before + at + 1, ts, from: from ?? null, to, kind, type, ...times });
      }
    }
    return found;
  }
}
