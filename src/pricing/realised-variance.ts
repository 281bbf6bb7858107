/**
 * Variance realised within a day, from the log returns of its ticks or minutes. Each function
 * returns the variance of the whole stretch (no annualisation), NaN where there are too few
 * returns. Those after the first resist jumps, or the noise of quotes that bounce.
 */

import assert from 'node:assert/strict';

/** Σ r². T. Andersen & T. Bollerslev, Int. Econ. Rev. 39 (1998). */
export function realisedVariance(returns: readonly number[]): number {
  return returns.length === 0 ? Number.NaN : returns.reduce((sum, r) => sum + r * r, 0);
}

/** The mean over the `step` grids one can lay through log prices, each scaled to the whole. */
export function subsampledVariance(logPrices: readonly number[], step: number): number {
  assert(Number.isInteger(step) && step >= 1);
  const total = logPrices.length - 1;
  let sum = 0;
  for (let offset = 0; offset < step; offset += 1) {
    const returns = stepReturns(logPrices, offset, step);
    sum += (realisedVariance(returns) * total) / (returns.length * step);
  }
  return sum / step;
}

/** (π/2) n/(n−1) Σ |r||r₋₁|. O. Barndorff-Nielsen & N. Shephard, J. Fin. Econometrics 2 (2004). */
export function bipowerVariation(returns: readonly number[]): number {
  const n = returns.length;
  if (n < 2) return Number.NaN;
  let sum = 0;
  for (let i = 1; i < n; i += 1) sum += Math.abs(at(returns, i) * at(returns, i - 1));
  return (Math.PI / 2) * (n / (n - 1)) * sum;
}

/** The part of the realised variance that jumps made: what bipower variation does not see. */
export function jumpVariance(returns: readonly number[]): number {
  return Math.max(0, realisedVariance(returns) - bipowerVariation(returns));
}

/**
 * How far a walk without jumps is from having this part of its variance made by them, in standard
 * deviations: (1 − BV/RV) / √((π²/4 + π − 5) max(1, TQ/BV²) / n), with the tripower quarticity TQ =
 * n μ⁻³ n/(n−2) Σ |r r₋₁ r₋₂|^(4/3). NaN without variance. O. Barndorff-Nielsen & N. Shephard,
 * J. Fin. Econometrics 4 (2006); X. Huang & G. Tauchen, J. Fin. Econometrics 3 (2005), for the
 * ratio.
 */
export function jumpStatistic(returns: readonly number[]): number {
  const n = returns.length;
  if (n < 3) return Number.NaN;
  const bipower = bipowerVariation(returns);
  let sum = 0;
  for (let i = 2; i < n; i += 1) {
    sum += Math.abs(at(returns, i) * at(returns, i - 1) * at(returns, i - 2)) ** (4 / 3);
  }
  const quarticity = (n * (n / (n - 2)) * sum) / MEAN_FOUR_THIRDS ** 3;
  const spread = (Math.PI / 2) ** 2 + Math.PI - 5;
  // Without neighbours of its size, a single move has no bipower variation at all.
  const weight = bipower > 0 ? Math.max(1, quarticity / bipower ** 2) : 1;
  const share = 1 - bipower / realisedVariance(returns);
  return share / Math.sqrt((spread * weight) / n);
}

/** E|z|^(4/3) of a standard normal: 2^(2/3) Γ(7/6) / Γ(1/2). */
const MEAN_FOUR_THIRDS = 0.830_860_925_029_559_2;

/** π/(π−2) n/(n−1) Σ min². T. Andersen, D. Dobrev & E. Schaumburg, J. Econometrics 169 (2012). */
export function minRv(returns: readonly number[]): number {
  const n = returns.length;
  if (n < 2) return Number.NaN;
  let sum = 0;
  for (let i = 1; i < n; i += 1) {
    sum += Math.min(Math.abs(at(returns, i)), Math.abs(at(returns, i - 1))) ** 2;
  }
  return (Math.PI / (Math.PI - 2)) * (n / (n - 1)) * sum;
}

/** π/(6−4√3+π) n/(n−2) Σ median². The same source. */
export function medRv(returns: readonly number[]): number {
  const n = returns.length;
  if (n < 3) return Number.NaN;
  let sum = 0;
  for (let i = 2; i < n; i += 1) {
    const [a, b, c] = [at(returns, i - 2), at(returns, i - 1), at(returns, i)].map(Math.abs);
    assert(a !== undefined && b !== undefined && c !== undefined);
    sum += Math.max(Math.min(a, b), Math.min(Math.max(a, b), c)) ** 2;
  }
  return (Math.PI / (6 - 4 * Math.sqrt(3) + Math.PI)) * (n / (n - 2)) * sum;
}

/**
 * γ₀ + 2 Σ k(h/(H+1)) γ_h with Parzen's kernel. O. Barndorff-Nielsen, P. Hansen, A. Lunde &
 * N. Shephard, Econometrics J. 12 (2009). `bandwidth` is H.
 */
export function realisedKernel(returns: readonly number[], bandwidth: number): number {
  assert(Number.isInteger(bandwidth) && bandwidth >= 0);
  const n = returns.length;
  if (n <= bandwidth) return Number.NaN;
  const covariance = (lag: number): number => {
    let sum = 0;
    for (let i = lag; i < n; i += 1) sum += at(returns, i) * at(returns, i - lag);
    return sum;
  };
  let sum = covariance(0);
  for (let lag = 1; lag <= bandwidth; lag += 1) {
    sum += 2 * parzen(lag / (bandwidth + 1)) * covariance(lag);
  }
  return sum;
}

/** H = 3.5134 ξ^(4/5) n^(3/5), the same source; ξ² is the noise's variance by the price's. */
export function kernelBandwidth(noiseRatio: number, count: number): number {
  return Math.ceil(3.5134 * noiseRatio ** 0.8 * count ** 0.6);
}

/**
 * Two time scales: the mean of `step` coarse grids less what the noise, seen on the fine grid, adds
 * to it. L. Zhang, P. Mykland & Y. Aït-Sahalia, JASA 100 (2005), with the small-sample factor.
 */
export function twoScaleVariance(logPrices: readonly number[], step: number): number {
  assert(Number.isInteger(step) && step >= 2);
  const n = logPrices.length - 1;
  const coarseCount = (n - step + 1) / step;
  if (coarseCount < 1) return Number.NaN;
  let coarse = 0;
  for (let i = step; i <= n; i += 1) coarse += (at(logPrices, i) - at(logPrices, i - step)) ** 2;
  const fine = realisedVariance(stepReturns(logPrices, 0, 1));
  return (coarse / step - (coarseCount / n) * fine) / (1 - coarseCount / n);
}

/** One option of a strip: the out-of-the-money one at its strike, both averaged at K₀. */
export interface StripQuote {
  readonly strike: number;
  readonly mid: number;
}

/**
 * The variance per year that a strip of options implies: (2/T) Σ ΔK/K² e^(rT) Q(K) −
 * (1/T)(F/K₀ − 1)². Cboe Volatility Index mathematics methodology. Strikes ascend.
 */
export function stripVariance(
  strip: readonly StripQuote[],
  market: { readonly forward: number; readonly years: number; readonly rate: number },
): number {
  const { forward, years, rate } = market;
  const below = strip.filter(({ strike }) => strike <= forward).at(-1);
  if (strip.length < 2 || below === undefined) return Number.NaN;
  let sum = 0;
  for (const [index, { strike, mid }] of strip.entries()) {
    const left = strip[Math.max(0, index - 1)]?.strike ?? strike;
    const right = strip[Math.min(strip.length - 1, index + 1)]?.strike ?? strike;
    const isEnd = index === 0 || index === strip.length - 1;
    sum += (((right - left) / (isEnd ? 1 : 2)) * mid) / (strike * strike);
  }
  const shift = forward / below.strike - 1;
  return (2 * Math.exp(rate * years) * sum - shift * shift) / years;
}

/** Parzen's weights. */
function parzen(x: number): number {
  return x <= 0.5 ? 1 - 6 * x * x + 6 * x ** 3 : 2 * (1 - x) ** 3;
}

function stepReturns(logPrices: readonly number[], offset: number, step: number): number[] {
  const returns: number[] = [];
  for (let i = offset + step; i < logPrices.length; i += step) {
    returns.push(at(logPrices, i) - at(logPrices, i - step));
  }
  return returns;
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? Number.NaN;
}
