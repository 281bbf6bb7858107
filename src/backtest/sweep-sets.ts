/**
 * The parameter sets of a sweep: a set is run once for each seed, and judged by all its runs. What
 * is measured of it can be measured of any of its periods: of days chosen, or of days drawn again.
 */

import type { Objective, Overrides } from './grid.ts';
import type { PeriodRow } from './periods.ts';
import type { CellResult } from './sweep-job.ts';

export interface ParameterSet {
  /** Of its first cell. */
  readonly index: number;
  readonly overrides: Overrides;
  /** One for each seed. */
  readonly cells: readonly CellResult[];
}

export interface Measure {
  /** USD, of one run. */
  readonly pnl: number;
  /** Commissions and slippage, USD, of one run. */
  readonly cost: number;
  /** Variance of net delta at evaluations, shares squared. */
  readonly error: number;
  /** Mean gain of a period over its deviation; 0 where there is no deviation. */
  readonly sharpe: number;
}

/** By their parameters, in the order of their first cells. */
export function setsOf(results: readonly CellResult[]): readonly ParameterSet[] {
  const sets = new Map<string, CellResult[]>();
  for (const result of results) {
    const key = JSON.stringify(result.overrides);
    const known = sets.get(key);
    if (known === undefined) sets.set(key, [result]);
    else known.push(result);
  }
  return [...sets.values()].flatMap((cells) => {
    const [first] = cells;
    return first === undefined ? [] : [{ index: first.index, overrides: first.overrides, cells }];
  });
}

/** What a set did in the periods that `isMeant`. */
export function measureSet(
  { cells }: ParameterSet,
  isMeant: (period: PeriodRow) => boolean = () => true,
): Measure {
  const periods = cells.flatMap((cell) => cell.periods.filter(isMeant));
  return measure(periods, cells.length);
}

/** The same of the periods of `runs` runs. */
export function measure(periods: readonly PeriodRow[], runs: number): Measure {
  let [pnl, square, cost, evaluations, sum, squares] = [0, 0, 0, 0, 0, 0];
  for (const period of periods) {
    pnl += period.pnl;
    square += period.pnl ** 2;
    cost += period.cost;
    evaluations += period.evaluations;
    sum += period.error_sum;
    squares += period.error_square;
  }
  const count = Math.max(1, periods.length);
  const mean = pnl / count;
  const deviation = Math.sqrt(Math.max(0, square / count - mean ** 2));
  const times = Math.max(1, evaluations);
  return {
    pnl: pnl / runs,
    cost: cost / runs,
    error: Math.max(0, squares / times - (sum / times) ** 2),
    // What is left of the squares of equal gains is rounding.
    sharpe: deviation > 1e-9 * Math.abs(mean) && deviation > 0 ? mean / deviation : 0,
  };
}

/** More is better, whatever is sought. */
export function scoreOf(measured: Measure, objective: Objective): number {
  const value = measured[objective];
  return objective === 'error' || objective === 'cost' ? -value : value;
}
