/** What the exchange computes for who asks: options at given prices, statistics of a stock. */

import type { OptionContract } from '../../domain/contract.ts';
import type { Dividend } from './dividends.ts';
import type { Listing } from './listing.ts';
import { midOfQuote } from './market.ts';
import { optionActivityOf } from './option-activity.ts';
import {
  type Carry,
  impliedModel,
  modelAt,
  type OptionModel,
  optionSpread,
  priceOnSurface,
} from './option-model.ts';
import { optionTermsAt } from './option-terms.ts';
import type { Scenario } from './scenario.ts';
import type { Turn } from './turn.ts';
import type { VenueStatistics } from './venue.ts';

/** The model of an option at a price or a volatility; null where there is no answer. */
export function computeOption(
  { listing, scenario }: Turn,
  dividends: readonly Dividend[],
  asked: { readonly now: number; readonly conId: number; readonly spot: number },
  given: { readonly price: number } | { readonly volatility: number },
): OptionModel | null {
  const { conId, now, spot } = asked;
  const option = listing.contracts.get(conId);
  if (option?.secType !== 'OPT' || !(spot > 0)) return null;
  const carry = carryOf(scenario, option.symbol);
  const own = dividends.filter(({ symbol }) => symbol === option.symbol);
  const terms = optionTermsAt(listing, own, option, now, carry.rate);
  if (terms === null) return null;
  if ('price' in given) return impliedModel(carry, spot, terms, given.price);
  return given.volatility > 0 ? modelAt(carry, spot, terms, given.volatility) : null;
}

/** The calm market of an option at a price of its stock; null where no model is known. */
export function quoteOption(
  scenario: Scenario,
  listing: Listing,
  dividends: readonly Dividend[],
  option: OptionContract,
  at: { readonly spot: number; readonly ts: number },
): { readonly bid: number; readonly ask: number; readonly middle: number } | null {
  const underlying = scenario.underlyings.find(({ symbol }) => symbol === option.symbol);
  if (underlying === undefined) return null;
  const { surface } = underlying;
  const own = dividends.filter(({ symbol }) => symbol === option.symbol);
  const terms = optionTermsAt(listing, own, option, at.ts, surface.rate);
  const model = terms === null ? null : priceOnSurface(surface, at.spot, terms);
  if (terms === null || model === null) return null;
  const half = optionSpread(surface.spread_vol, model, terms) / 2;
  const bid = Math.max(0, Math.floor((model.price - half) * 100 + 1e-6) / 100);
  const ask = Math.max(bid + 0.01, Math.ceil((model.price + half) * 100 - 1e-6) / 100);
  return { bid, ask: Math.round(ask * 100) / 100, middle: (bid + ask) / 2 };
}

/** Null for what has none: options, and recorded stocks. */
export function statisticsOf(
  { listing, scenario, market }: Turn,
  conId: number,
  now: number,
): VenueStatistics | null {
  const contract = listing.contracts.get(conId);
  const underlying = scenario.underlyings.find(({ symbol }) => symbol === contract?.symbol);
  if (contract?.secType !== 'STK' || underlying === undefined) return null;
  const quote = market.quote(conId, now);
  const price = quote === null ? underlying.price : midOfQuote(quote);
  return {
    options: optionActivityOf(listing, { conId, price }, underlying.surface.size, now),
    impliedVol: underlying.surface.atm_vol,
    historicalVol: underlying.model.volatility,
    shortableShares: underlying.shortable_shares,
  };
}

function carryOf(scenario: Scenario, symbol: string): Carry {
  const underlying = scenario.underlyings.find((entry) => entry.symbol === symbol);
  return underlying?.surface ?? scenario.recorded ?? { rate: 0, dividend_yield: 0 };
}
