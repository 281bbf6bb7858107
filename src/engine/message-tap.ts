/**
 * The latest messages between actors, for who looks. It listens from the first question until
 * nobody has asked for a while; then a sender pays for one word that it reads, and no more.
 */

import type {
  MessageReads,
  MessagesQuery,
  MessagesView,
  MessageView,
} from '../protocol/message-view.ts';
import type { Clock, Timer, WallClock } from '../runtime/clock.ts';
import type { TraceEvent } from '../runtime/trace.ts';

export interface MessageTapOptions {
  readonly listen: (listener: (event: TraceEvent) => void) => () => void;
  /** Events that a flood displaced so far. */
  readonly displaced: () => number;
  readonly mono: Clock;
  readonly wall: WallClock;
}

/** Some seconds of an engine that works. */
const KEPT_MAX = 2000;
/** Who looks asks every second. */
const UNASKED_MS = 5000;

export class MessageTap implements MessageReads {
  readonly #options: MessageTapOptions;
  #kept: MessageView[] = [];
  #lastId = 0;
  #end: (() => void) | null = null;
  #timer: Timer | null = null;
  #displaced = 0;

  constructor(options: MessageTapOptions) {
    this.#options = options;
  }

  messages({ after, limit }: MessagesQuery): MessagesView {
    this.#listen();
    const younger = this.#kept.filter(({ id }) => id > after);
    const messages = younger.slice(-limit);
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
    this.#kept = [];
  }

  #listen(): void {
    const { listen, displaced, mono } = this.#options;
    this.#timer?.cancel();
    this.#timer = mono.setTimer(UNASKED_MS, () => this.close());
    if (this.#end !== null) return;
    this.#displaced = displaced();
    this.#end = listen((event) => this.#take(event));
  }

  #take({ from, to, kind, type, sentAt, takenAt, doneAt }: TraceEvent): void {
    const { mono, wall } = this.#options;
    this.#lastId += 1;
    const ts = (wall.now() - (mono.now() - sentAt)) / 1000;
    const times = { waited_ms: takenAt - sentAt, took_ms: doneAt - takenAt };
    this.#kept.push({ id: this.#lastId, ts, from: from ?? null, to, kind, type, ...times });
    // In blocks: an array that loses its first element at each message is copied each time.
    if (this.#kept.length >= 2 * KEPT_MAX) this.#kept.splice(0, KEPT_MAX);
  }
}
