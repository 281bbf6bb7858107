/** What the exchange computes for who asks: an option at a given price, a stock's statistics. */

import { expiryTime, yearsUntil } from '../../pricing/time-to-expiry.ts';
import { type Carry, impliedModel, modelAt, type OptionModel } from './option-model.ts';
import type { Scenario } from './scenario.ts';
import type { Turn } from './turn.ts';
import type { VenueStatistics } from './venue.ts';

/** Easy to borrow, as all of these shares are. */
const SHORTABLE_SHARES = 5_000_000;

/** The model of an option at a price or a volatility; null where there is no answer. */
export function computeOption(
  { listing, scenario }: Turn,
  now: number,
  conId: number,
  spot: number,
  given: { readonly price: number } | { readonly volatility: number },
): OptionModel | null {
  const contract = listing.contracts.get(conId);
  if (contract?.secType !== 'OPT' || !(spot > 0)) return null;
  const { strike, right, expiry, symbol } = contract;
  const years = yearsUntil(expiryTime(expiry), now);
  if (years < 0) return null;
  const terms = { strike, right, years };
  const carry = carryOf(scenario, symbol);
  if ('price' in given) return impliedModel(carry, spot, terms, given.price);
  return given.volatility > 0 ? modelAt(carry, spot, terms, given.volatility) : null;
}

/** Null for what has none: options, and recorded stocks. */
export function statisticsOf({ listing, scenario }: Turn, conId: number): VenueStatistics | null {
  const contract = listing.contracts.get(conId);
  const underlying = scenario.underlyings.find(({ symbol }) => symbol === contract?.symbol);
  if (contract?.secType !== 'STK' || underlying === undefined) return null;
  return {
    impliedVol: underlying.surface.atm_vol,
    historicalVol: underlying.model.volatility,
    shortableShares: SHORTABLE_SHARES,
  };
}

function carryOf(scenario: Scenario, symbol: string): Carry {
  const underlying = scenario.underlyings.find((entry) => entry.symbol === symbol);
  return underlying?.surface ?? scenario.recorded ?? { rate: 0, dividend_yield: 0 };
}
