/**
 * What one line has shown since the exchange opened: bars of a few seconds of its bid, its ask, its
 * middle and its trades, and the last quotes one by one. Numbers in typed arrays that grow to a
 * bound and then forget their oldest tenth, so that a long run stays as small as a short one.
 */

import { roundMiddle } from './invented-past.ts';
import type { VenueBar, VenueQuote } from './venue.ts';

/** Where the prices of a bar stand in its row. */
const BLOCKS = { bid: 1, ask: 5, middle: 9, trade: 13 } as const;
export type Block = keyof typeof BLOCKS;
const VOLUME = 17;
const COUNT = 18;
const ATOM_COLUMNS = 19;
const TICK_COLUMNS = 7;

export interface SeenTick {
  readonly ts: number;
  readonly bid: number;
  readonly ask: number;
  readonly bidSize: number;
  readonly askSize: number;
  readonly last: number;
  /** Traded since the tick before; 0 where nothing was. */
  readonly traded: number;
}

/** Rows of numbers up to a bound. */
class Rows {
  #data = new Float64Array(0);
  length = 0;
  readonly #columns: number;
  readonly #rowsMax: number;

  constructor(columns: number, rowsMax: number) {
    this.#columns = columns;
    this.#rowsMax = rowsMax;
  }

  get(row: number, column: number): number {
    return this.#data[row * this.#columns + column] ?? Number.NaN;
  }

  set(row: number, column: number, value: number): void {
    this.#data[row * this.#columns + column] = value;
  }

  /** The index of a new last row, all NaN. */
  add(): number {
    const columns = this.#columns;
    if (this.length >= this.#rowsMax) {
      const dropped = Math.ceil(this.#rowsMax / 10);
      this.#data.copyWithin(0, dropped * columns, this.length * columns);
      this.length -= dropped;
    }
    if ((this.length + 1) * columns > this.#data.length) {
      const rows = Math.min(this.#rowsMax, Math.max(64, this.length * 2));
      const grown = new Float64Array(rows * columns);
      grown.set(this.#data);
      this.#data = grown;
    }
    this.length += 1;
    this.#data.fill(Number.NaN, (this.length - 1) * columns, this.length * columns);
    return this.length - 1;
  }

  /** The first row whose first column is at least `value`. */
  find(value: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.get(middle, 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class SeenPrices {
  readonly #atoms: Rows;
  readonly #ticks: Rows;
  readonly #atomMs: number;
  #volume = Number.NaN;
  #last = Number.NaN;

  constructor(atomMs: number, atomsMax: number, ticksMax: number) {
    this.#atomMs = atomMs;
    this.#atoms = new Rows(ATOM_COLUMNS, atomsMax);
    this.#ticks = new Rows(TICK_COLUMNS, ticksMax);
  }

  /** The beginning of what is remembered; null while that is nothing. */
  get head(): number | null {
    return this.#atoms.length === 0 ? null : this.#atoms.get(0, 0);
  }

  note(quote: VenueQuote): void {
    const { bid, ask, last } = quote;
    const row = this.#atomAt(Math.floor(quote.ts / this.#atomMs) * this.#atomMs);
    const twoSided = bid > 0 && ask >= bid;
    const middle = twoSided ? roundMiddle((bid + ask) / 2) : last;
    if (bid > 0) this.#widen(row, BLOCKS.bid, bid);
    if (ask > 0) this.#widen(row, BLOCKS.ask, ask);
    if (middle > 0) this.#widen(row, BLOCKS.middle, middle);
    const traded = this.#tradedBy(quote);
    if (traded > 0) {
      this.#widen(row, BLOCKS.trade, last);
      this.#atoms.set(row, VOLUME, this.#atoms.get(row, VOLUME) + traded);
      this.#atoms.set(row, COUNT, this.#atoms.get(row, COUNT) + 1);
    }
    this.#addTick(quote, traded);
  }

  /** Bars of one kind of price that begin in `[from, to)`; those without such a price are not. */
  bars(block: Block, from: number, to: number): readonly VenueBar[] {
    const atoms = this.#atoms;
    const first = BLOCKS[block];
    const found: VenueBar[] = [];
    for (let row = atoms.find(from); row < atoms.length; row += 1) {
      const ts = atoms.get(row, 0);
      if (ts >= to) break;
      const open = atoms.get(row, first);
      if (!(open > 0)) continue;
      const [high, low, close] = [1, 2, 3].map((at) => atoms.get(row, first + at));
      const volume = atoms.get(row, VOLUME);
      const count = atoms.get(row, COUNT);
      found.push({
        ts,
        open,
        high: high ?? open,
        low: low ?? open,
        close: close ?? open,
        volume,
        count,
      });
    }
    return found;
  }

  ticks(from: number, to: number): readonly SeenTick[] {
    const rows = this.#ticks;
    const found: SeenTick[] = [];
    for (let row = rows.find(from); row < rows.length; row += 1) {
      const ts = rows.get(row, 0);
      if (ts >= to) break;
      found.push({
        ts,
        bid: rows.get(row, 1),
        ask: rows.get(row, 2),
        bidSize: rows.get(row, 3),
        askSize: rows.get(row, 4),
        last: rows.get(row, 5),
        traded: rows.get(row, 6),
      });
    }
    return found;
  }

  /** Where the quotes that are known one by one begin; Infinity while there are none. */
  get tickHead(): number {
    return this.#ticks.length === 0 ? Number.POSITIVE_INFINITY : this.#ticks.get(0, 0);
  }

  /** After a split everything reads as if there had always been so many shares. */
  split(ratio: number): void {
    for (let row = 0; row < this.#atoms.length; row += 1) {
      for (let column = 1; column < VOLUME; column += 1) scale(this.#atoms, row, column, 1 / ratio);
      scale(this.#atoms, row, VOLUME, ratio);
    }
    for (let row = 0; row < this.#ticks.length; row += 1) {
      for (const column of [1, 2, 5]) scale(this.#ticks, row, column, 1 / ratio);
      for (const column of [3, 4, 6]) scale(this.#ticks, row, column, ratio);
    }
    this.#volume = Number.NaN;
    this.#last = Number.NaN;
  }

  #atomAt(ts: number): number {
    const atoms = this.#atoms;
    const row = atoms.length - 1;
    if (row >= 0 && atoms.get(row, 0) >= ts) return row;
    const added = atoms.add();
    atoms.set(added, 0, ts);
    atoms.set(added, VOLUME, 0);
    atoms.set(added, COUNT, 0);
    return added;
  }

  #widen(row: number, first: number, price: number): void {
    const atoms = this.#atoms;
    if (Number.isNaN(atoms.get(row, first))) {
      for (let at = 0; at < 4; at += 1) atoms.set(row, first + at, price);
      return;
    }
    atoms.set(row, first + 1, Math.max(atoms.get(row, first + 1), price));
    atoms.set(row, first + 2, Math.min(atoms.get(row, first + 2), price));
    atoms.set(row, first + 3, price);
  }

  /** What was traded since the quote before; a recording tells of no volume, only of prices. */
  #tradedBy({ last, volume, lastSize }: VenueQuote): number {
    const isFirst = Number.isNaN(this.#volume);
    const grown = volume - this.#volume;
    const isOther = last !== this.#last;
    this.#volume = volume;
    this.#last = last;
    if (!(last > 0) || isFirst) return 0;
    if (grown !== 0) return grown > 0 ? grown : volume;
    return isOther ? Math.max(1, lastSize) : 0;
  }

  #addTick({ ts, bid, ask, bidSize, askSize, last }: VenueQuote, traded: number): void {
    const row = this.#ticks.add();
    const values = [ts, bid, ask, bidSize, askSize, last, traded];
    for (const [column, value] of values.entries()) this.#ticks.set(row, column, value);
  }
}

function scale(rows: Rows, row: number, column: number, factor: number): void {
  rows.set(row, column, rows.get(row, column) * factor);
}
