/**
 * Which delta is hedged. All are shares of the underlying per share of option.
 *
 * - `black_scholes`: ∂V/∂S at the leg's own volatility, held fixed.
 * - `sticky_strike`: ∂V/∂S at the smile's volatility of the leg's strike, held fixed as the spot
 *   moves (E. Derman, Regimes of volatility, Goldman Sachs Quantitative Strategies, 1999). It
 *   differs from the first where the leg's own quote differs from the smile.
 * - `minimum_variance`: the volatility is expected to move with the spot, by
 *   E[δσ] = (δS/S)(a + bΔ + cΔ²)/√T, and what that does to the value is hedged with the rest:
 *   Δ_MV = Δ + ν (a + bΔ + cΔ²) / (S√T)
 *   (J. Hull & A. White, Optimal delta hedging for options, J. Banking & Finance 82, 2017; ν is
 *   vega per 1.00, T years). a, b and c are estimated for an underlying by regression
 *   of the daily hedging errors; equity indices have a negative correction, so that calls and puts
 *   alike are hedged with less stock, or more of it short.
 */

export interface MinimumVariance {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Δ_MV of a position whose Black–Scholes delta and vega (per 1.00) are given. */
export function minimumVarianceDelta(
  { a, b, c }: MinimumVariance,
  delta: number,
  vega: number,
  spot: number,
  years: number,
): number {
  return delta + (vega * (a + delta * (b + delta * c))) / (spot * Math.sqrt(years));
}

/** One day's option and what came of it, to estimate from. */
export interface HedgingError {
  readonly delta: number;
  readonly vega: number;
  readonly spot: number;
  readonly years: number;
  /** USD per share, over the day. */
  readonly optionMove: number;
  readonly spotMove: number;
}

/**
 * a, b and c by least squares of the error of the Black–Scholes hedge,
 * δV − Δ·δS = ν/(S√T)·δS·(a + bΔ + cΔ²) + ε. Null where the days do not tell them apart.
 */
export function estimateMinimumVariance(errors: readonly HedgingError[]): MinimumVariance | null {
  const m = Array.from({ length: 3 }, () => [0, 0, 0, 0]);
  for (const { delta, vega, spot, years, optionMove, spotMove } of errors) {
    const scale = (vega * spotMove) / (spot * Math.sqrt(years));
    const row = [scale, scale * delta, scale * delta * delta, optionMove - delta * spotMove];
    for (let i = 0; i < 3; i += 1) {
      const target = m[i];
      if (target === undefined) continue;
      for (let j = 0; j < 4; j += 1) target[j] = (target[j] ?? 0) + (row[i] ?? 0) * (row[j] ?? 0);
    }
  }
  const solution = eliminate(m);
  if (solution === null) return null;
  const [a = 0, b = 0, c = 0] = solution;
  return { a, b, c };
}

/** Gauss with pivots on an n × (n + 1) system; null where it is singular. */
function eliminate(rows: number[][]): readonly number[] | null {
  const n = rows.length;
  const size = Math.max(...rows.flat().map(Math.abs));
  for (let k = 0; k < n; k += 1) {
    const pivot = [...rows.keys()]
      .slice(k)
      .reduce((a, b) => (Math.abs(rows[b]?.[k] ?? 0) > Math.abs(rows[a]?.[k] ?? 0) ? b : a), k);
    [rows[k], rows[pivot]] = [rows[pivot] ?? [], rows[k] ?? []];
    const head = rows[k]?.[k] ?? 0;
    if (!(Math.abs(head) > 1e-12 * size)) return null;
    for (let i = 0; i < n; i += 1) {
      if (i === k) continue;
      const factor = (rows[i]?.[k] ?? 0) / head;
      rows[i] = (rows[i] ?? []).map((value, j) => value - factor * (rows[k]?.[j] ?? 0));
    }
  }
  return rows.map((row, k) => (row[n] ?? 0) / (row[k] ?? 1));
}
