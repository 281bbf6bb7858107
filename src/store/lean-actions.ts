/**
 * Dividends and splits of an underlying from LEAN's factor file (`equity/usa/factor_files/spy.csv`:
 * rows of `day, price factor, split factor, reference price`, each the last day of its factors).
 * The dividend that separates two rows is `reference × (1 − factor / next factor)`.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nextTradingDay } from '../domain/calendar.ts';
import { nearestRatio } from '../domain/split-ratio.ts';
import { type CorporateActions, NO_ACTIONS } from './dataset-manifest.ts';

interface Row {
  readonly day: string;
  readonly price: number;
  readonly split: number;
  readonly reference: number;
}

/** Relative: factors are written with seven digits. */
const SAME = 1e-6;
/** Dividends are cents; what rounding leaves below a tenth of one is none. */
const LEAST = 0.001;

/** Those that take effect after the first of `days` and not after the last; none without a file. */
export function readCorporateActions(
  from: string,
  symbol: string,
  days: readonly string[],
): CorporateActions {
  const path = join(from, 'equity/usa/factor_files', `${symbol.toLowerCase()}.csv`);
  const [first, last] = [days[0] ?? '', days.at(-1) ?? ''];
  if (!existsSync(path)) return NO_ACTIONS;
  const rows = readFileSync(path, 'latin1').split('\n').flatMap(rowOf);
  const dividends: { ex_date: string; amount: number }[] = [];
  const splits: { date: string; ratio: number }[] = [];
  for (const [index, row] of rows.entries()) {
    const next = rows[index + 1];
    if (next === undefined || row.day < first || row.day >= last) continue;
    const date = nextTradingDay(row.day);
    if (date > last) continue;
    const amount = Math.round(row.reference * (1 - row.price / next.price) * 1e4) / 1e4;
    if (amount >= LEAST) dividends.push({ ex_date: date, amount });
    const ratio = next.split / row.split;
    if (Math.abs(ratio - 1) > SAME) splits.push({ date, ratio: nearestRatio(ratio) });
  }
  return { dividends, splits };
}

function rowOf(line: string): readonly Row[] {
  const [day = '', price, split, reference] = line.trim().split(',');
  if (!/^\d{8}$/.test(day)) return [];
  const row = { day, price: Number(price), split: Number(split), reference: Number(reference) };
  return row.price > 0 && row.split > 0 && row.reference >= 0 ? [row] : [];
}
