/**
 * What a book held in options while the history was written, from the table `book_legs`: what it
 * had when the days begin, and each change until they end, so that a backtest can hold the same.
 */

import type { Right } from '../domain/contract.ts';
import type { Pool } from './pool.ts';

/** From `at` on so many are held; null: from the start. */
export interface HistoryPosition {
  readonly expiry: string;
  readonly strike: number;
  readonly right: Right;
  /** Contracts, signed. */
  readonly quantity: number;
  /** Epoch ms. */
  readonly at: number | null;
  /** USD per contract: what it was worth when the days began, where that was quoted. */
  readonly avgCost: number | null;
}

interface LegRow {
  readonly multiplier: number;
  readonly at: number;
  readonly expiry: string;
  readonly strike: number;
  readonly option_right: Right;
  readonly quantity: number;
}

export interface HistorySpan {
  readonly symbol: string;
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
}

/** A book of fifty legs that all change each minute of a week. */
const ROWS_MAX = 100_000;

/** A decision about a leg says nothing of what is held; that it joined or left does. */
const ROWS = `
  select coalesce(trading_ts, ts) as at, expiry, strike, option_right, multiplier,
    case change when 'left' then 0 else quantity end as quantity
  from book_legs
  where symbol = $1 and change in ('joined', 'quantity', 'left')
    and coalesce(trading_ts, ts) <= $2
  order by id desc limit $3`;

const FIRST_MIDDLE = `
  select (bid + ask) / 2 as middle from quotes
  where symbol = $1 and expiry = $2 and strike = $3 and option_right = $4 and bid > 0 and ask > 0
    and coalesce(trading_ts, ts) between $5 and $6
  order by coalesce(trading_ts, ts) limit 1`;

/** In the order of time; the newest changes where there are more than can be told. */
export async function historyPositions(
  pool: Pool,
  span: HistorySpan,
): Promise<readonly HistoryPosition[]> {
  const symbol = span.symbol.toUpperCase();
  const { rows } = await pool.query<LegRow>(ROWS, [symbol, span.to / 1000, ROWS_MAX]);
  const held = new Map<string, number>();
  const before = new Map<string, LegRow>();
  const changes: HistoryPosition[] = [];
  for (const row of rows.reverse()) {
    const { expiry, strike, option_right: right, quantity } = row;
    const name = `${expiry} ${strike} ${right}`;
    const isNew = (held.get(name) ?? 0) !== quantity;
    held.set(name, quantity);
    const at = Math.round(row.at * 1000);
    if (at <= span.from) before.set(name, row);
    // A session that begins says again what is held.
    else if (isNew) changes.push({ expiry, strike, right, quantity, at, avgCost: null });
  }
  const first: HistoryPosition[] = [];
  for (const { expiry, strike, option_right: right, quantity, multiplier } of before.values()) {
    if (quantity === 0) continue;
    const terms = [symbol, expiry, strike, right, span.from / 1000, span.to / 1000];
    const found = await pool.query<{ middle: number }>(FIRST_MIDDLE, terms);
    const middle = found.rows[0]?.middle;
    const avgCost = middle === undefined ? null : Math.round(middle * multiplier * 100) / 100;
    first.push({ expiry, strike, right, quantity, at: null, avgCost });
  }
  return [...first, ...changes];
}
