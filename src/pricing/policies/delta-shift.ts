/** How far the delta of an option moves when it is taken at another volatility. */

import { emptyGreeks, fillEuropean } from '../black-scholes.ts';
import type { PolicyMarket } from './band.ts';

/** A market with the terms of one option, whatever its right. */
export interface StrikeMarket extends PolicyMarket {
  readonly strike: number;
  readonly dividendYield: number;
}

/**
 * Per share. Calls and puts of a strike differ by a constant delta, so that the shift is the same
 * for both. NaN where there is no delta, as at the strike without volatility.
 */
export function deltaShift(market: StrikeMarket, sigma: number): number {
  return callDelta(market, sigma) - callDelta(market, market.sigma);
}

function callDelta(market: StrikeMarket, sigma: number): number {
  const greeks = emptyGreeks();
  fillEuropean({ ...market, right: 'C', sigma }, greeks);
  return greeks.delta;
}
