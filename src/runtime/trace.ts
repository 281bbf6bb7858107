/**
 * The tracing tap: every message that an actor took, while somebody listens. Listening is one word
 * in the actor table; without it a sender reads that word and no more.
 */

import type { Clock, Timer } from './clock.ts';

export interface TraceEvent {
  /** Undefined: the composition root, or the runtime. */
  readonly from: string | undefined;
  readonly to: string;
  readonly kind: 'cast' | 'call';
  readonly type: string;
  /** The receiver's count of messages taken, this one included. */
  readonly sequence: number;
  /** Monotonic milliseconds, comparable between threads. */
  readonly sentAt: number;
  readonly takenAt: number;
  /** When `receive` had settled. */
  readonly doneAt: number;
}

/**
 * Events in columns, as they cross threads and wait for a reader: a batch is a few arrays, whatever
 * it holds, so that the thread that receives it pays for none that nobody reads.
 */
export interface TraceBatch {
  readonly count: number;
  /** Each sender, receiver and type of the batch, once. */
  readonly names: readonly string[];
  /** Of each event `WHO` words: sender (one more than its name, 0: none), receiver, type, kind. */
  readonly who: Uint16Array<ArrayBuffer>;
  /** Of each event `TIMES` numbers: sent, taken, done, sequence. */
  readonly times: Float64Array<ArrayBuffer>;
}

/** Who listens. */
export interface TraceTap {
  readonly event: (event: TraceEvent) => void;
  readonly batch: ((batch: TraceBatch) => void) | undefined;
}

/** More than this between two flushes is a flood: the rest is counted, not kept. */
const TRACE_EVENTS_MAX = 1000;
/** Who looks sees no difference to at once, and a batch costs whom it reaches a wake-up. */
const FLUSH_MS = 100;
const WHO = 4;
const TIMES = 4;

/** Event `index` of `batch`. */
export function eventAt({ names, who, times }: TraceBatch, index: number): TraceEvent {
  const word = (part: number): number => who[index * WHO + part] ?? 0;
  const time = (part: number): number => times[index * TIMES + part] ?? 0;
  const sender = word(0);
  return {
    from: sender === 0 ? undefined : names[sender - 1],
    to: names[word(1)] ?? '',
    type: names[word(2)] ?? '',
    kind: word(3) === 0 ? 'cast' : 'call',
    sentAt: time(0),
    takenAt: time(1),
    doneAt: time(2),
    sequence: time(3),
  };
}

/** Columns while they are filled. */
export class TraceColumns {
  // An event brings three new names at most, so that a word has room for their numbers.
  readonly #who = new Uint16Array(TRACE_EVENTS_MAX * WHO);
  readonly #times = new Float64Array(TRACE_EVENTS_MAX * TIMES);
  readonly #names = new Map<string, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Whether there was room. */
  add({ from, to, type, kind, sentAt, takenAt, doneAt, sequence }: TraceEvent): boolean {
    if (this.#count === TRACE_EVENTS_MAX) return false;
    const [who, times] = [this.#count * WHO, this.#count * TIMES];
    this.#who[who] = from === undefined ? 0 : this.#name(from) + 1;
    this.#who[who + 1] = this.#name(to);
    this.#who[who + 2] = this.#name(type);
    this.#who[who + 3] = kind === 'cast' ? 0 : 1;
    this.#times[times] = sentAt;
    this.#times[times + 1] = takenAt;
    this.#times[times + 2] = doneAt;
    this.#times[times + 3] = sequence;
    this.#count += 1;
    return true;
  }

  /** What was added since the last time, in memory of its own. */
  take(): TraceBatch {
    const count = this.#count;
    const batch: TraceBatch = {
      count,
      names: [...this.#names.keys()],
      who: this.#who.slice(0, count * WHO),
      times: this.#times.slice(0, count * TIMES),
    };
    this.#count = 0;
    this.#names.clear();
    return batch;
  }

  #name(text: string): number {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const number = this.#names.size;
    this.#names.set(text, number);
    return number;
  }
}

/** One event alone, where none is waited for. */
export function batchOf(event: TraceEvent): TraceBatch {
  const { from, to, type, kind, sentAt, takenAt, doneAt, sequence } = event;
  const who = new Uint16Array([from === undefined ? 0 : 3, 0, 1, kind === 'cast' ? 0 : 1]);
  const times = new Float64Array([sentAt, takenAt, doneAt, sequence]);
  return { count: 1, names: [to, type, ...(from === undefined ? [] : [from])], who, times };
}

/** Gathers a worker's events, so that tracing posts few messages. */
export class TraceBuffer {
  readonly #mono: Clock;
  readonly #flush: (batch: TraceBatch, dropped: number) => void;
  readonly #columns = new TraceColumns();
  #dropped = 0;
  #timer: Timer | undefined;

  constructor(mono: Clock, flush: (batch: TraceBatch, dropped: number) => void) {
    this.#mono = mono;
    this.#flush = flush;
  }

  readonly add = (event: TraceEvent): void => {
    if (!this.#columns.add(event)) this.#dropped += 1;
    this.#timer ??= this.#mono.setTimer(FLUSH_MS, () => {
      this.#timer = undefined;
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.#flush(this.#columns.take(), dropped);
    });
  };
}
