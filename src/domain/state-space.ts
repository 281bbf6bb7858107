/**
 * The six dimensions in which a book is described at each evaluation. They say what is so, not
 * what to do about it; labels are public contract.
 */

import type { HedgeBand } from './policy.ts';

/** None; long gamma; short gamma. */
export type OptionPosition = 'O0' | 'O1' | 'O2';
/** In band; minor deviation; hedge needed; hedge forced; invalid. */
export type DeltaDeviation = 'D0' | 'D1' | 'D2' | 'D3' | 'D4';
/** Quiet; normal; trend; choppy with high volatility; gap; stale. */
export type MarketRegime = 'M0' | 'M1' | 'M2' | 'M3' | 'M4' | 'M5';
/** Normal spread; wide; extreme; no quote. */
export type Liquidity = 'L0' | 'L1' | 'L2' | 'L3';
/** Idle; order working; partial fill; disconnected; broker error. */
type ExecutionState = 'E0' | 'E1' | 'E2' | 'E3' | 'E4';
/** Ok; greeks bad; data lag; risk halt. */
export type SystemHealth = 'S0' | 'S1' | 'S2' | 'S3';

export interface StateSpace {
  readonly O: OptionPosition;
  readonly D: DeltaDeviation;
  readonly M: MarketRegime;
  readonly L: Liquidity;
  readonly E: ExecutionState;
  readonly S: SystemHealth;
}

const REGIME_LABELS = ['M0', 'M1', 'M2', 'M3', 'M4'] as const;

/** D of a net delta (shares). The forced limit comes first: no policy may loosen it. */
export function classifyDelta(
  netDelta: number,
  band: HedgeBand,
  maxDeltaLimit: number,
): DeltaDeviation {
  if (!Number.isFinite(netDelta)) return 'D4';
  if (Math.abs(netDelta) >= maxDeltaLimit) return 'D3';
  if (netDelta >= band.low && netDelta <= band.high) return 'D0';
  return netDelta <= band.triggerLow || netDelta >= band.triggerHigh ? 'D2' : 'D1';
}

/**
 * O of the legs. While their gamma is unknown O keeps its last value; without one the sign of the
 * contracts held tells it, for options bought have positive gamma.
 */
export function classifyOptions(
  legs: readonly { readonly quantity: number }[],
  gamma: number,
  previous: OptionPosition | null,
): OptionPosition {
  if (legs.length === 0) return 'O0';
  if (Number.isFinite(gamma)) return gamma < 0 ? 'O2' : 'O1';
  if (previous === 'O1' || previous === 'O2') return previous;
  let contracts = 0;
  for (const leg of legs) contracts += leg.quantity;
  return contracts < 0 ? 'O2' : 'O1';
}

/** L of the underlying's spread, in percent of mid; NaN without a two-sided quote. */
export function classifySpread(spreadPct: number, widePct: number, extremePct: number): Liquidity {
  if (Number.isNaN(spreadPct)) return 'L3';
  if (spreadPct >= extremePct) return 'L2';
  return spreadPct >= widePct ? 'L1' : 'L0';
}

/** M by the index that the greeks actor measured; a stale quote has no regime. */
export function classifyRegime(index: number, stale: boolean): MarketRegime {
  return stale ? 'M5' : (REGIME_LABELS[index] ?? 'M1');
}

/** E of a state of the hedge machine, while the broker is there. */
export function executionClass(hedgeState: string): 'E0' | 'E1' | 'E2' | 'E4' {
  switch (hedgeState) {
    case 'EXEC_IDLE':
    case 'FILLED':
      return 'E0';
    case 'PARTIAL':
      return 'E2';
    case 'FAIL':
      return 'E4';
    default:
      return 'E1';
  }
}
