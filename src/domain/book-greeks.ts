/**
 * The greeks of a book's option legs, summed. An expired leg has none of its own any more: until
 * its delivery shows, it counts as the shares that it turns into.
 */

import type { BookQuotes, LegQuote } from './book-quotes.ts';
import { lastTradingDay, tradingSession } from './calendar.ts';
import { contractLabel, type OptionContract } from './contract.ts';
import type { HeldLeg } from './legs.ts';

/** Of the whole option position: shares, shares per USD, USD per year, USD per 1.00 of vol. */
export interface BookGreeks {
  readonly delta: number;
  readonly gamma: number;
  readonly theta: number;
  readonly vega: number;
}

export interface LegsView {
  /** NaN where a leg's own are not known. */
  readonly greeks: BookGreeks;
  /** Delta and gamma of every leg are known. */
  readonly valid: boolean;
  /** A leg has expired so near its strike that its delivery cannot be told. */
  readonly expiryPending: boolean;
}

/** At the close an option this near its strike may or may not be exercised (of strike, %). */
const PIN_RANGE_PCT = 0.5;

const NO_LEGS: LegsView = {
  greeks: { delta: 0, gamma: 0, theta: 0, vega: 0 },
  valid: true,
  expiryPending: false,
};

/** Sums the legs. `day` is today in New York, `YYYYMMDD`; `spot` NaN when unknown. */
export function sumLegs(
  legs: readonly HeldLeg[],
  quotes: BookQuotes | null,
  spot: number,
  now: number,
  day: string,
): LegsView {
  if (legs.length === 0) return NO_LEGS;
  let delta = 0;
  let gamma = 0;
  let theta = 0;
  let vega = 0;
  let expiryPending = false;
  for (let index = 0; index < legs.length; index += 1) {
    const leg = legs[index];
    if (leg === undefined) continue;
    const size = leg.quantity * leg.contract.multiplier;
    if (leg.contract.expiry <= day && hasExpired(leg.contract, now)) {
      delta += size * expiredDelta(leg.contract, spot);
      expiryPending ||= isPinned(leg.contract, spot);
      continue;
    }
    const quote = legQuote(quotes, leg.contract.conId, index);
    const known = quote !== undefined && quote.quality !== 'invalid';
    delta += known ? size * quote.delta : Number.NaN;
    gamma += known ? size * quote.gamma : Number.NaN;
    theta += known ? size * quote.theta : Number.NaN;
    vega += known ? size * quote.vega : Number.NaN;
  }
  const valid = Number.isFinite(delta) && Number.isFinite(gamma);
  return { greeks: { delta, gamma, theta, vega }, valid, expiryPending };
}

/** A leg's quote; legs mostly stand in the order of the record. */
export function legQuote(
  quotes: BookQuotes | null,
  conId: number,
  index: number,
): LegQuote | undefined {
  const guess = quotes?.legs[index];
  if (guess?.conId === conId) return guess;
  return quotes?.legs.find((leg) => leg.conId === conId);
}

/** The labels of the legs without delta or gamma, each with the reason. */
export function unpricedLegs(legs: readonly HeldLeg[], quotes: BookQuotes | null): string {
  const texts = legs.flatMap(({ contract }, index) => {
    const quote = legQuote(quotes, contract.conId, index);
    if (quote !== undefined && Number.isFinite(quote.delta + quote.gamma)) return [];
    const reason = quote?.reason ?? 'no_quote';
    return [`${contractLabel(contract)}${reason === 'none' ? '' : ` (${reason})`}`];
  });
  return texts.join(', ') || 'the legs';
}

/** Its last session is over. */
function hasExpired(contract: OptionContract, now: number): boolean {
  const session = tradingSession(lastTradingDay(contract.expiry));
  return session !== null && now >= session.close;
}

/** Per share: what an expired option delivers. */
function expiredDelta({ right, strike }: OptionContract, spot: number): number {
  if (!(spot > 0)) return Number.NaN;
  if (right === 'C') return spot > strike ? 1 : 0;
  return spot < strike ? -1 : 0;
}

function isPinned({ strike }: OptionContract, spot: number): boolean {
  return !((Math.abs(spot - strike) / strike) * 100 > PIN_RANGE_PCT);
}
