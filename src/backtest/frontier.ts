/**
 * What a sweep tells: which cells nobody beats in both risk and cost, what each parameter moves,
 * and how much of the best Sharpe ratio is luck of having tried many.
 */

import { normalCdf } from '../pricing/normal.ts';
import { createRandom } from '../runtime/random.ts';
import type { CellResult } from './sweep-job.ts';

export interface FrontierCell {
  readonly index: number;
  readonly overrides: CellResult['overrides'];
  /** Variance of net delta at evaluations, shares squared. */
  readonly error: number;
  /** Commissions and slippage of hedges, USD. */
  readonly cost: number;
  readonly pnl: number;
  /** Of the P&L, by resampling its days; null for fewer than five. */
  readonly band: readonly [low: number, high: number] | null;
  /** No other cell has less of the one without more of the other. */
  readonly efficient: boolean;
}

export interface Sensitivity {
  readonly parameter: string;
  readonly values: readonly {
    readonly value: string;
    readonly cells: number;
    readonly pnl: number;
    readonly error: number;
    readonly cost: number;
    readonly hedges: number;
  }[];
}

export interface SweepReport {
  readonly cells: readonly FrontierCell[];
  readonly sensitivity: readonly Sensitivity[];
  /** By gate, the closed evaluations of each cell. */
  readonly blocks: Readonly<Record<string, readonly number[]>>;
  readonly best: BestSharpe | null;
}

export interface BestSharpe {
  readonly index: number;
  /** Per sample, not annualised. */
  readonly sharpe: number;
  /** What the best of so many worthless ones would show. */
  readonly expected: number;
  /** Probability that the best is better than that. */
  readonly deflated: number;
}

const DAYS_MIN = 5;
const RESAMPLES = 500;

/** Compares all cells; at least one. */
export function reportSweep(results: readonly CellResult[]): SweepReport {
  const plain = results.map((result) => ({
    index: result.index,
    overrides: result.overrides,
    error: result.hedge_error?.variance ?? 0,
    cost: result.totals.commissions + result.totals.slippage,
    pnl: result.totals.pnl,
    band: bandOf(result),
  }));
  const cells = plain.map((cell) => ({
    ...cell,
    efficient: !plain.some((other) => beats(other, cell)),
  }));
  return {
    cells,
    sensitivity: sensitivityOf(results),
    blocks: blocksOf(results),
    best: bestSharpe(results),
  };
}

function beats(
  one: { error: number; cost: number },
  other: { error: number; cost: number },
): boolean {
  const noWorse = one.error <= other.error && one.cost <= other.cost;
  return noWorse && (one.error < other.error || one.cost < other.cost);
}

/** The 90 % band of the sum of as many days, drawn again from them. */
function bandOf({ days, index }: CellResult): readonly [number, number] | null {
  if (days.length < DAYS_MIN) return null;
  const random = createRandom(`bootstrap ${index}`);
  const sums = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let day = 0; day < days.length; day += 1)
      sum += days[random.integer(days.length)]?.pnl ?? 0;
    return sum;
  }).sort((a, b) => a - b);
  const at = (share: number): number => sums[Math.floor(share * RESAMPLES)] ?? 0;
  return [at(0.05), at(0.95)];
}

function sensitivityOf(results: readonly CellResult[]): readonly Sensitivity[] {
  const parameters = [...new Set(results.flatMap(({ overrides }) => Object.keys(overrides)))];
  return parameters.map((parameter) => {
    const byValue = new Map<string, CellResult[]>();
    for (const result of results) {
      const value = String(result.overrides[parameter]);
      const known = byValue.get(value);
      if (known === undefined) byValue.set(value, [result]);
      else known.push(result);
    }
    const values = [...byValue].map(([value, cells]) => {
      const mean = (read: (cell: CellResult) => number): number =>
        cells.reduce((sum, cell) => sum + read(cell), 0) / cells.length;
      return {
        value,
        cells: cells.length,
        pnl: mean(({ totals }) => totals.pnl),
        error: mean(({ hedge_error: error }) => error?.variance ?? 0),
        cost: mean(({ totals }) => totals.commissions + totals.slippage),
        hedges: mean(({ totals }) => totals.hedges),
      };
    });
    return { parameter, values };
  });
}

function blocksOf(results: readonly CellResult[]): Readonly<Record<string, readonly number[]>> {
  const reasons = [...new Set(results.flatMap((cell) => Object.keys(cell.block_reasons)))].sort();
  return Object.fromEntries(
    reasons.map((reason) => [reason, results.map((cell) => cell.block_reasons[reason] ?? 0)]),
  );
}

const EULER = 0.5772156649015329;
const MINUTES_PER_YEAR = 252 * 390;
const DAYS_PER_YEAR = 252;

/**
 * D. H. Bailey and M. López de Prado, "The Deflated Sharpe Ratio", J. Portfolio Management 40
 * (2014), with returns taken as normal.
 */
function bestSharpe(results: readonly CellResult[]): BestSharpe | null {
  const rated = results.flatMap(({ index, ratios }) => {
    const perYear = ratios.from === 'days' ? DAYS_PER_YEAR : MINUTES_PER_YEAR;
    const { sharpe, samples } = ratios;
    return sharpe === null ? [] : [{ index, sharpe: sharpe / Math.sqrt(perYear), samples }];
  });
  const [first, ...rest] = rated;
  if (first === undefined || rest.length < 2) return null;
  const best = rest.reduce((most, one) => (one.sharpe > most.sharpe ? one : most), first);
  const mean = rated.reduce((sum, { sharpe }) => sum + sharpe, 0) / rated.length;
  const variance = rated.reduce((sum, { sharpe }) => sum + (sharpe - mean) ** 2, 0) / rated.length;
  const trials = rated.length;
  const highest =
    (1 - EULER) * quantile(1 - 1 / trials) + EULER * quantile(1 - 1 / (trials * Math.E));
  const expected = Math.sqrt(variance) * highest;
  const spread = Math.sqrt((1 + best.sharpe ** 2 / 2) / Math.max(1, best.samples - 1));
  const { index, sharpe } = best;
  return { index, sharpe, expected, deflated: normalCdf((sharpe - expected) / spread) };
}

/** Of the standard normal, by halving: a report asks for two of them. */
function quantile(share: number): number {
  let [low, high] = [-10, 10];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
