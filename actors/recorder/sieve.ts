/**
 * Which quotes become rows. Every quote: a row when something of it differs from the line's row
 * before, dated at the quote's own time. Conflated: of each interval of the exchange's clock and
 * each line the last quote, if it differs from the row before, dated at the interval's end; a quote
 * on the edge belongs to the interval that ends there. Each day begins with the quotes that stand,
 * so that it can be played without the day before it.
 */

import { newYorkDate } from '../../src/domain/calendar.ts';
import type { TappedQuote } from '../../src/protocol/quote-tap.ts';
import { NO_PRICE, type QuoteRow, sizeOf, ticksOf } from '../../src/store/quote-columns.ts';

type Shown = Omit<QuoteRow, 'ts'>;

const HOUR_MS = 3_600_000;

export class Sieve {
  readonly #intervalMs: number;
  readonly #emit: (row: QuoteRow) => void;
  /** What the rows so far show of each line. */
  readonly #shown = new Map<number, Shown>();
  /** The interval that is not over: its end, and its quotes so far. */
  #pending = new Map<number, Shown>();
  #end = Number.NEGATIVE_INFINITY;
  #latest = Number.NEGATIVE_INFINITY;
  #hour = Number.NaN;
  #day = '';

  /** `intervalMs` 0 passes every quote on. */
  constructor(intervalMs: number, emit: (row: QuoteRow) => void) {
    this.#intervalMs = intervalMs;
    this.#emit = emit;
  }

  /** Takes a quote with a time; one that is older than the one before is given that one's. */
  take(quote: TappedQuote): void {
    this.#put(quote.ts, shownOf(quote));
  }

  /** From now on nobody knows what the line shows. */
  forget(conId: number): void {
    const known = this.#pending.get(conId) ?? this.#shown.get(conId);
    if (known === undefined || isSame(known, NOTHING)) return;
    this.#put(this.#latest, { ...NOTHING, conId });
    if (this.#intervalMs === 0) this.#shown.delete(conId);
  }

  /** From now on nobody knows what any line shows. */
  forgetAll(): void {
    // What stood until now is a row of its own, not the one that says that it is gone.
    this.finish();
    this.#latest += 1;
    for (const conId of [...this.#shown.keys()].sort((a, b) => a - b)) this.forget(conId);
    this.finish();
  }

  /** No quote follows: what an unfinished interval holds is dated at its last quote. */
  finish(): void {
    this.#release(this.#latest);
  }

  #put(at: number, shown: Shown): void {
    const ts = Math.max(Math.round(at), this.#latest);
    const end = this.#intervalMs === 0 ? ts : Math.ceil(ts / this.#intervalMs) * this.#intervalMs;
    if (this.#intervalMs === 0 || end > this.#end) this.#release(this.#end);
    this.#latest = ts;
    this.#end = end;
    this.#pending.set(shown.conId, shown);
    if (this.#intervalMs === 0) this.#release(ts);
  }

  #release(ts: number): void {
    if (this.#pending.size === 0) return;
    const rows = this.#isNewDay(ts)
      ? new Map([...withoutNothing(this.#shown), ...this.#pending])
      : new Map([...this.#pending].filter(([conId, shown]) => this.#differs(conId, shown)));
    this.#pending = new Map();
    for (const conId of [...rows.keys()].sort((a, b) => a - b)) {
      const shown = rows.get(conId);
      if (shown === undefined) continue;
      this.#shown.set(conId, shown);
      this.#emit({ ts, ...shown });
    }
  }

  #differs(conId: number, shown: Shown): boolean {
    const before = this.#shown.get(conId);
    return before === undefined || !isSame(before, shown);
  }

  /** New York is whole hours from UTC: within an hour the day is the same. */
  #isNewDay(ts: number): boolean {
    const hour = Math.floor(ts / HOUR_MS);
    if (hour === this.#hour) return false;
    this.#hour = hour;
    const before = this.#day;
    this.#day = newYorkDate(ts);
    return this.#day !== before;
  }
}

const NOTHING: Shown = {
  conId: 0,
  bid: NO_PRICE,
  ask: NO_PRICE,
  bidSize: 0,
  askSize: 0,
  last: NO_PRICE,
};

/** A size without a price is none. */
function shownOf({ conId, bid, ask, bidSize, askSize, last }: TappedQuote): Shown {
  const [low, high] = [ticksOf(bid), ticksOf(ask)];
  return {
    conId,
    bid: low,
    ask: high,
    bidSize: low === NO_PRICE ? 0 : sizeOf(bidSize),
    askSize: high === NO_PRICE ? 0 : sizeOf(askSize),
    last: ticksOf(last),
  };
}

function isSame(one: Shown, other: Shown): boolean {
  return (
    one.bid === other.bid &&
    one.ask === other.ask &&
    one.bidSize === other.bidSize &&
    one.askSize === other.askSize &&
    one.last === other.last
  );
}

function withoutNothing(shown: ReadonlyMap<number, Shown>): readonly (readonly [number, Shown])[] {
  return [...shown].filter(([, one]) => !isSame(one, NOTHING));
}
