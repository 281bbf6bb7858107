/**
 * How much of the best Sharpe ratio is luck of having tried many: D. H. Bailey and M. López de
 * Prado, "The Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest Overfitting and
 * Non-Normality", J. Portfolio Management 40 (2014). Ratios are per period, never annualised.
 */

import { normalCdf } from '../pricing/normal.ts';
import { measureSet, type ParameterSet } from './sweep-sets.ts';

export interface SharpeTrial {
  readonly sharpe: number;
  /** Gains that it is made of, their skewness and kurtosis (3 for a normal one). */
  readonly samples: number;
  readonly skewness: number;
  readonly kurtosis: number;
}

export interface BestSharpe {
  readonly index: number;
  readonly sharpe: number;
  readonly samples: number;
  readonly trials: number;
  /** What the best of so many worthless ones would show. */
  readonly expected: number;
  /** Probability that the best is better than that. */
  readonly deflated: number;
}

const EULER = 0.5772156649015329;
const SAMPLES_MIN = 8;

/**
 * The best set; null where fewer than two were tried, or over too few periods. `tried`: of how many
 * sets these were kept, as the best; they are alike then, and the scatter of those that went is at
 * least that of worthless ones, whose ratios over T periods have a variance of 1 / (T − 1).
 */
export function bestSharpe(sets: readonly ParameterSet[], tried = sets.length): BestSharpe | null {
  const trials = sets.map((set) => ({ index: set.index, ...trialOf(set) }));
  const [first, ...rest] = trials;
  if (first === undefined || tried < 2 || first.samples < SAMPLES_MIN) return null;
  const best = rest.reduce((most, one) => (one.sharpe > most.sharpe ? one : most), first);
  const mean = trials.reduce((sum, { sharpe }) => sum + sharpe, 0) / trials.length;
  const squares = trials.reduce((sum, { sharpe }) => sum + (sharpe - mean) ** 2, 0);
  const scatter = squares / Math.max(1, trials.length - 1);
  const { index, sharpe, samples } = best;
  const variance = tried > trials.length ? Math.max(scatter, 1 / (samples - 1)) : scatter;
  const expected = expectedMaximum(tried, variance);
  const deflated = deflatedSharpe(best, expected);
  return { index, sharpe, samples, trials: tried, expected, deflated };
}

/** The highest ratio to expect of `trials` worthless ones whose ratios have this variance. */
export function expectedMaximum(trials: number, variance: number): number {
  const highest =
    (1 - EULER) * normalQuantile(1 - 1 / trials) +
    EULER * normalQuantile(1 - 1 / (trials * Math.E));
  return Math.sqrt(variance) * highest;
}

/** The probability that the true ratio is above `threshold`, for gains that need not be normal. */
export function deflatedSharpe(trial: SharpeTrial, threshold: number): number {
  const { sharpe, samples, skewness, kurtosis } = trial;
  const spread = 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe ** 2;
  // Below 0 only where so few gains are so skewed that the expansion does not hold.
  if (!(spread > 0)) return Number.NaN;
  return normalCdf(((sharpe - threshold) * Math.sqrt(samples - 1)) / Math.sqrt(spread));
}

/** Of the set's runs together; the samples are those of one run, since runs share their market. */
function trialOf(set: ParameterSet): SharpeTrial {
  const gains = set.cells.flatMap(({ periods }) => periods.map(({ pnl }) => pnl));
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  const moment = (power: number): number =>
    gains.reduce((sum, gain) => sum + (gain - mean) ** power, 0) / gains.length;
  const deviation = Math.sqrt(moment(2));
  const { sharpe } = measureSet(set);
  const flat = sharpe === 0 || !(deviation > 0);
  return {
    sharpe,
    samples: Math.floor(gains.length / set.cells.length),
    skewness: flat ? 0 : moment(3) / deviation ** 3,
    kurtosis: flat ? 3 : moment(4) / deviation ** 4,
  };
}

/** Of the standard normal, by halving: a report asks for two of them. */
function normalQuantile(share: number): number {
  let [low, high] = [-10, 10];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
