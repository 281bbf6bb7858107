/**
 * What attribution needs to know of an option at a moment: the greeks as the book's own record has
 * them, so that profit is explained by what was decided on, and those of second order beside them.
 */

import type { LegState } from '../domain/attribution.ts';
import type { OptionContract } from '../domain/contract.ts';
import { NO_LEG_STATE } from '../domain/day-attribution.ts';
import { fillHigherGreeks, type HigherGreeks } from '../pricing/higher-greeks.ts';
import { yearsToExpiry } from '../pricing/time-to-expiry.ts';
import { BOOK, LEG, legOffset } from '../protocol/book-board.ts';

export interface LegTerms {
  readonly rate: number;
  readonly dividendYield: number;
}

interface At extends LegTerms {
  readonly ts: number;
  readonly spot: number;
  readonly mark: number;
}

/**
 * Where the record has no greeks those of `before` stand, and without them none: what then changes
 * stays unexplained, and shows.
 */
export function readLegState(
  record: Float64Array | null,
  contract: OptionContract,
  at: At,
  before: LegState | null,
): LegState {
  const base = record === null ? -1 : findLeg(record, contract.conId);
  const value = (offset: number): number => record?.[base + offset] ?? Number.NaN;
  const { mark } = at;
  if (base < 0 || !(value(LEG.iv) > 0) || !Number.isFinite(value(LEG.delta))) {
    return { ...(before ?? NO_LEG_STATE), mark };
  }
  const sigma = value(LEG.iv);
  const higher = higherOf(contract, at, sigma);
  return {
    mark,
    sigma,
    delta: value(LEG.delta),
    gamma: value(LEG.gamma),
    theta: value(LEG.theta),
    vega: value(LEG.vega),
    vanna: higher.vanna,
    volga: higher.volga,
    rho: 0,
    epsilon: 0,
  };
}

function findLeg(record: Float64Array, conId: number): number {
  const count = record[BOOK.legCount] ?? 0;
  for (let index = 0; index < count; index += 1) {
    const base = legOffset(index);
    if (record[base + LEG.conId] === conId) return base;
  }
  return -1;
}

function higherOf(contract: OptionContract, at: At, sigma: number): HigherGreeks {
  const { right, strike, expiry } = contract;
  const years = yearsToExpiry(expiry, at.ts);
  const { spot, rate, dividendYield } = at;
  const into: HigherGreeks = { vanna: 0, volga: 0, charm: 0, speed: 0 };
  const terms = { right, spot, strike, years, rate, dividendYield, sigma };
  const refused = years > 0 ? fillHigherGreeks(terms, into) : 'expired';
  return refused === null ? into : { vanna: 0, volga: 0, charm: 0, speed: 0 };
}
