/**
 * Volatility estimated from price bars. Each function returns the variance of one bar, from close
 * to close where gaps count; NaN where there are fewer bars than it needs. `annualised` makes it a
 * volatility. Formulas use o = ln(O/C₋₁), u = ln(H/O), d = ln(L/O), c = ln(C/O), r = ln(C/C₋₁).
 */

import assert from 'node:assert/strict';

/** USD per share; `low` ≤ `open`, `close` ≤ `high`. */
export interface Bar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** RiskMetrics, Technical Document (1996): daily data. */
const EWMA_LAMBDA = 0.94;

/** Whether the four prices can be a bar's. */
export function isBar({ open, high, low, close }: Bar): boolean {
  return (
    low > 0 &&
    Number.isFinite(high) &&
    low <= Math.min(open, close) &&
    high >= Math.max(open, close)
  );
}

/** `perYear` bars a year: 252 of them when they are days. */
export function annualised(variance: number, perYear = 252): number {
  return Math.sqrt(variance * perYear);
}

/** Sample variance of r. */
export function closeToClose(bars: readonly Bar[]): number {
  return sampleVariance(closeReturns(bars));
}

/** Σ ln²(H/L) / (4 n ln 2). M. Parkinson, J. Business 53 (1980). No drift, no gaps. */
export function parkinson(bars: readonly Bar[]): number {
  return mean(bars, ({ high, low }) => Math.log(high / low) ** 2) / (4 * Math.LN2);
}

/** ½ ln²(H/L) − (2 ln 2 − 1) c². M. Garman & M. Klass, J. Business 53 (1980). No drift, no gaps. */
export function garmanKlass(bars: readonly Bar[]): number {
  return mean(bars, ({ open, high, low, close }) => {
    return 0.5 * Math.log(high / low) ** 2 - (2 * Math.LN2 - 1) * Math.log(close / open) ** 2;
  });
}

/** Garman–Klass and the gap o². D. Yang & Q. Zhang, J. Business 73 (2000). */
export function garmanKlassYangZhang(bars: readonly Bar[]): number {
  return garmanKlass(bars.slice(1)) + mean(gaps(bars), (gap) => gap * gap);
}

/** u(u − c) + d(d − c). L. Rogers & S. Satchell, Ann. Appl. Prob. 1 (1991). Any drift, no gaps. */
export function rogersSatchell(bars: readonly Bar[]): number {
  return mean(bars, ({ open, high, low, close }) => {
    return (
      Math.log(high / open) * Math.log(high / close) + Math.log(low / open) * Math.log(low / close)
    );
  });
}

/** V_o + k V_c + (1 − k) V_RS. D. Yang & Q. Zhang, J. Business 73 (2000). Any drift, and gaps. */
export function yangZhang(bars: readonly Bar[]): number {
  const days = bars.slice(1);
  const n = days.length;
  const opening = sampleVariance(gaps(bars));
  const inside = sampleVariance(days.map(({ open, close }) => Math.log(close / open)));
  const k = 0.34 / (1.34 + (n + 1) / (n - 1));
  return opening + k * inside + (1 - k) * rogersSatchell(days);
}

/** λ V + (1 − λ) r², begun with the first r². RiskMetrics (1996). */
export function ewma(bars: readonly Bar[], lambda: number = EWMA_LAMBDA): number {
  assert(lambda > 0 && lambda < 1);
  const [first, ...rest] = closeReturns(bars).map((r) => r * r);
  if (first === undefined) return Number.NaN;
  return rest.reduce((variance, square) => lambda * variance + (1 - lambda) * square, first);
}

/** ln(C/C₋₁) of every bar but the first. */
export function closeReturns(bars: readonly Bar[]): number[] {
  return bars
    .slice(1)
    .map(({ close }, index) => Math.log(close / (bars[index]?.close ?? Number.NaN)));
}

/** ln(O/C₋₁) of every bar but the first. */
function gaps(bars: readonly Bar[]): number[] {
  return bars
    .slice(1)
    .map(({ open }, index) => Math.log(open / (bars[index]?.close ?? Number.NaN)));
}

function mean<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0) / items.length;
}

function sampleVariance(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const centre = mean(values, (value) => value);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
