/**
 * A run in equal pieces: what each half hour earned, cost and left unhedged. Statistics that ask
 * how much of a result is luck draw these pieces again; cells of one sweep have the same ones.
 */

import { newYorkDate } from '../domain/calendar.ts';

export interface PeriodRow {
  /** Its beginning, epoch ms. */
  readonly ts: number;
  /** `YYYYMMDD` of New York. */
  readonly day: string;
  /** USD. */
  readonly pnl: number;
  /** Commissions and slippage, USD; positive is a cost. */
  readonly cost: number;
  readonly evaluations: number;
  /** Of net delta at the evaluations, shares, and of its square. */
  readonly error_sum: number;
  readonly error_square: number;
}

type Sums = { -readonly [K in Exclude<keyof PeriodRow, 'ts' | 'day'>]: number };

/** A session has thirteen; a year of them is a few thousand rows, whatever the tape's ticks. */
const PERIOD_MS = 1_800_000;
/** From so many days on a row is a day, as for the ratios. */
const DAYS_MIN = 20;

export class Periods {
  readonly #rows = new Map<number, Sums>();
  #pnl = 0;
  #cost = 0;

  /** Net delta at an evaluation. */
  evaluate(ts: number, netDelta: number): void {
    if (!Number.isFinite(netDelta)) return;
    const row = this.#at(ts);
    row.evaluations += 1;
    row.error_sum += netDelta;
    row.error_square += netDelta ** 2;
  }

  /** Profit and cost since the beginning. */
  value(ts: number, pnl: number, cost: number): void {
    const row = this.#at(ts);
    row.pnl += pnl - this.#pnl;
    row.cost += cost - this.#cost;
    this.#pnl = pnl;
    this.#cost = cost;
  }

  get rows(): ReadonlyMap<number, Readonly<Sums>> {
    return this.#rows;
  }

  #at(ts: number): Sums {
    const start = Math.floor(ts / PERIOD_MS) * PERIOD_MS;
    const row = this.#rows.get(start) ?? nothing();
    this.#rows.set(start, row);
    return row;
  }
}

/** What several watched of one run, together and in order. */
export function joinPeriods(...parts: readonly Periods[]): readonly PeriodRow[] {
  const joined = new Map<number, Sums>();
  for (const { rows } of parts) for (const [ts, sums] of rows) add(joined, ts, sums);
  const days = new Set([...joined.keys()].map(newYorkDate));
  if (days.size < DAYS_MIN) return rowsOf(joined);
  const byDay = new Map<number, Sums>();
  let [first, day] = [0, ''];
  for (const [ts, sums] of inOrder(joined)) {
    if (newYorkDate(ts) !== day) [first, day] = [ts, newYorkDate(ts)];
    add(byDay, first, sums);
  }
  return rowsOf(byDay);
}

function add(into: Map<number, Sums>, ts: number, sums: Readonly<Sums>): void {
  const row = into.get(ts) ?? nothing();
  into.set(ts, row);
  for (const key of KEYS) row[key] += sums[key];
}

function nothing(): Sums {
  return { pnl: 0, cost: 0, evaluations: 0, error_sum: 0, error_square: 0 };
}

const KEYS = ['pnl', 'cost', 'evaluations', 'error_sum', 'error_square'] as const;

function rowsOf(rows: ReadonlyMap<number, Sums>): readonly PeriodRow[] {
  return inOrder(rows).map(([ts, sums]) => ({ ts, day: newYorkDate(ts), ...sums }));
}

function inOrder(rows: ReadonlyMap<number, Sums>): readonly (readonly [number, Sums])[] {
  return [...rows].sort(([a], [b]) => a - b);
}
