/**
 * The six dimensions in which a book is described at each evaluation. They say what is so, not
 * what to do about it; labels are public contract.
 */

export type OptionPosition = 'O0' | 'O1' | 'O2';
export type DeltaDeviation = 'D0' | 'D1' | 'D2' | 'D3' | 'D4';
export type MarketRegime = 'M0' | 'M1' | 'M2' | 'M3' | 'M4' | 'M5';
export type Liquidity = 'L0' | 'L1' | 'L2' | 'L3';
export type ExecutionState = 'E0' | 'E1' | 'E2' | 'E3' | 'E4';
export type SystemHealth = 'S0' | 'S1' | 'S2' | 'S3';

export interface StateSpace {
  readonly O: OptionPosition;
  readonly D: DeltaDeviation;
  readonly M: MarketRegime;
  readonly L: Liquidity;
  readonly E: ExecutionState;
  readonly S: SystemHealth;
}

/** What each label means, for pages and documents. */
export const STATE_SPACE_MEANING = {
  O0: 'no option position',
  O1: 'long gamma',
  O2: 'short gamma',
  D0: 'in band',
  D1: 'minor deviation',
  D2: 'hedge needed',
  D3: 'hedge forced',
  D4: 'invalid',
  M0: 'quiet',
  M1: 'normal',
  M2: 'trend',
  M3: 'choppy, high volatility',
  M4: 'gap',
  M5: 'stale',
  L0: 'normal spread',
  L1: 'wide spread',
  L2: 'extreme spread',
  L3: 'no quote',
  E0: 'idle',
  E1: 'order working',
  E2: 'partial fill',
  E3: 'disconnected',
  E4: 'broker error',
  S0: 'ok',
  S1: 'greeks bad',
  S2: 'data lag',
  S3: 'risk halt',
} as const;
