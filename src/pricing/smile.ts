/**
 * The volatility smile of one expiry from the quotes of its options out of the money, so that one
 * bad quote does not move the volatility, and with it the delta, of the leg that has it.
 *
 * In two steps. First the bad ones are found: of all parabolas through three of the points the one
 * with the least median of absolute residuals is taken (P. Rousseeuw, Least median of squares
 * regression, J. American Statistical Association 79, 1984: it stands as long as more than half of
 * the points are good), and what lies further from it than the others do is left out. Then each
 * strike's volatility is a local quadratic through the rest, the nearer the heavier (W. Cleveland,
 * Robust locally weighted regression, J. American Statistical Association 74, 1979). A curve with
 * more freedom at once, such as SVI, follows a bad quote in a wing, where nothing holds it.
 */

/** A quote's own volatility; one for each strike. */
export interface SmilePoint {
  /** ln K: neither an origin nor a unit of x changes the fit. */
  readonly x: number;
  readonly sigma: number;
}

/** The fewest strikes of which one may be wrong without being believed. */
export const SMILE_POINTS_MIN = 5;
/** Standard deviations, of residuals whose size is told by their median. */
const OUTLIER_DEVIATIONS = 4;
/** A median as a standard deviation, where errors are normal. */
const MAD_TO_DEVIATION = 1.4826;
/** Volatility: quotes agree no better than this, and a parabola is no better than this far out. */
const RESIDUAL_MIN = 0.004;
/** The share of the points that a local fit sees. */
const SPAN = 0.75;
/** More points than this are thinned for the search of triples, which grows with their cube. */
const SEARCH_MAX = 14;

export interface Smile {
  /** The points that were believed, by x. */
  readonly points: readonly SmilePoint[];
  readonly rejected: readonly SmilePoint[];
}

/** The smile; null where there are too few points. Points may come in any order. */
export function fitSmile(given: readonly SmilePoint[]): Smile | null {
  const points = [...given].sort((a, b) => a.x - b.x);
  if (points.length < SMILE_POINTS_MIN) return null;
  const parabola = leastMedian(thinned(points));
  if (parabola === null) return null;
  const residuals = points.map(({ x, sigma }) => Math.abs(sigma - heightOf(parabola, x)));
  const deviation = Math.max(RESIDUAL_MIN, MAD_TO_DEVIATION * median(residuals));
  const isGood = (_: SmilePoint, index: number): boolean =>
    (residuals[index] ?? 0) <= OUTLIER_DEVIATIONS * deviation;
  const believed = points.filter(isGood);
  if (believed.length < SMILE_POINTS_MIN - 1) return null;
  return { points: believed, rejected: points.filter((point, index) => !isGood(point, index)) };
}

/** The volatility at `x`: flat beyond the outermost strikes, which is all that is known of it. */
export function smileAt({ points }: Smile, x: number): number {
  const first = points[0]?.x ?? Number.NaN;
  const last = points.at(-1)?.x ?? Number.NaN;
  const place = Math.min(Math.max(x, first), last);
  const count = Math.max(4, Math.ceil(SPAN * points.length));
  const byDistance = points.map((point) => Math.abs(point.x - place)).sort((a, b) => a - b);
  // A hair beyond the furthest that is taken, so that this one has a weight too.
  const reach = 1.1 * (byDistance[Math.min(count, points.length) - 1] ?? 1);
  const weights = points.map((point) => tricube(Math.abs(point.x - place) / reach));
  const fitted = quadratic(points, weights, place);
  const sigmas = points.filter((_, index) => (weights[index] ?? 0) > 0).map(({ sigma }) => sigma);
  // A quadratic through few points may overshoot; no strike is beyond what its neighbours say.
  return Math.min(Math.max(fitted, Math.min(...sigmas)), Math.max(...sigmas));
}

type Parabola = readonly [number, number, number];

/** Of some hundred triples few are kept: the others leave nothing behind. */
function leastMedian(points: readonly SmilePoint[]): Parabola | null {
  const xs = points.map(({ x }) => x);
  const sigmas = points.map(({ sigma }) => sigma);
  let best: Parabola | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < points.length; i += 1) {
    for (let j = i + 1; j < points.length; j += 1) {
      const [xi, xj, si, sj] = [at(xs, i), at(xs, j), at(sigmas, i), at(sigmas, j)];
      if (!(xi < xj)) continue;
      const first = (sj - si) / (xj - xi);
      for (let k = j + 1; k < points.length; k += 1) {
        const xk = at(xs, k);
        if (!(xj < xk)) continue;
        // Through the three points.
        const second = ((at(sigmas, k) - sj) / (xk - xj) - first) / (xk - xi);
        const constant = si - first * xi + second * xi * xj;
        const slope = first - second * (xi + xj);
        if (!canBeat(xs, sigmas, constant, slope, second, least)) continue;
        const parabola: Parabola = [constant, slope, second];
        const spread = median(
          points.map(({ x, sigma }) => Math.abs(sigma - heightOf(parabola, x))),
        );
        if (spread >= least) continue;
        least = spread;
        best = parabola;
      }
    }
  }
  return best;
}

/** Where fewer than half of the residuals are below the least median, theirs is not. */
function canBeat(
  xs: readonly number[],
  sigmas: readonly number[],
  constant: number,
  slope: number,
  second: number,
  least: number,
): boolean {
  let below = 0;
  for (let index = 0; index < xs.length; index += 1) {
    const x = at(xs, index);
    if (Math.abs(at(sigmas, index) - (constant + x * (slope + x * second))) < least) below += 1;
  }
  return below >= xs.length >> 1;
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? Number.NaN;
}

function heightOf([a, b, c]: Parabola, x: number): number {
  return a + x * (b + x * c);
}

/** The value at `place` of the weighted quadratic about it; of fewer freedoms where it must. */
function quadratic(
  points: readonly SmilePoint[],
  weights: readonly number[],
  place: number,
): number {
  const m = [0, 0, 0, 0, 0];
  const v = [0, 0, 0];
  for (const [index, { x, sigma }] of points.entries()) {
    let power = weights[index] ?? 0;
    for (let k = 0; k < 5; k += 1) {
      m[k] = (m[k] ?? 0) + power;
      if (k < 3) v[k] = (v[k] ?? 0) + power * sigma;
      power *= x - place;
    }
  }
  const [m0 = 0, m1 = 0, m2 = 0, m3 = 0, m4 = 0] = m;
  const [v0 = 0, v1 = 0, v2 = 0] = v;
  const determinant =
    m0 * (m2 * m4 - m3 * m3) - m1 * (m1 * m4 - m2 * m3) + m2 * (m1 * m3 - m2 * m2);
  const size = m0 * m2 * m4;
  if (determinant > 1e-9 * size) {
    const top = v0 * (m2 * m4 - m3 * m3) - v1 * (m1 * m4 - m2 * m3) + v2 * (m1 * m3 - m2 * m2);
    return top / determinant;
  }
  return v0 / m0;
}

function tricube(u: number): number {
  return u >= 1 ? 0 : (1 - u ** 3) ** 3;
}

function thinned(points: readonly SmilePoint[]): readonly SmilePoint[] {
  if (points.length <= SEARCH_MAX) return points;
  const step = (points.length - 1) / (SEARCH_MAX - 1);
  const kept = Array.from({ length: SEARCH_MAX }, (_, k) => points[Math.round(k * step)]);
  return kept.filter((point) => point !== undefined);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : 0.5 * ((sorted[middle - 1] ?? Number.NaN) + high);
}
