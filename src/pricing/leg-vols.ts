/**
 * What the quotes of a book's legs imply, for people: the volatilities at bid, mid and ask, and the
 * forward that a put and a call of one strike agree on. Three inversions a leg are dear for a tick,
 * so this is computed when somebody asks.
 */

import type { Carry } from './leg-model.ts';
import { emptyLegGreeks, LegModel, type LegTerms } from './leg-model.ts';
import { parityForward, type QuotePair, quoteVols } from './quote-vol.ts';

export interface QuotedLeg {
  readonly terms: LegTerms;
  readonly carry: Carry;
  /** Annualised; what it is priced at now, or NaN. */
  readonly sigma: number;
  /** Legs of different multipliers are no pair. */
  readonly multiplier: number;
  readonly quote: QuotePair;
}

/** Annualised volatilities and USD per share; null where there is none. */
export interface LegVols {
  readonly bid: number | null;
  readonly mid: number | null;
  readonly ask: number | null;
  /** At expiry, of the spot, the rate and the dividends that the leg is priced with. */
  readonly forward: number | null;
  /** Between which the quotes of the leg and of its partner put the forward. */
  readonly parity: readonly [low: number, high: number] | null;
}

/** One for each leg, in their order. */
export function legVols(legs: readonly QuotedLeg[], ts: number, spot: number): readonly LegVols[] {
  return legs.map((leg) => {
    const { terms, carry, quote } = leg;
    const model = new LegModel(terms);
    const solve = (price: number): number | null => {
      if (!(price > 0)) return null;
      const solved = model.implied(carry, ts, spot, price);
      return typeof solved === 'number' ? solved : null;
    };
    const forward = forwardOf(leg, model, ts, spot);
    return { ...quoteVols(solve, quote), forward, parity: parityOf(leg, legs, ts, spot) };
  });
}

function forwardOf({ carry }: QuotedLeg, model: LegModel, ts: number, spot: number) {
  const years = model.yearsAt(ts);
  if (!(years > 0)) return null;
  const { rate, dividendYield, dividends } = carry;
  const living = dividends.filter(({ exTs }) => exTs > ts && exTs <= model.expiryTs);
  if (living.length === 0) return spot * Math.exp((rate - dividendYield) * years);
  // What is paid in cash is not paid again as a yield.
  const yearMs = (model.expiryTs - ts) / years;
  const paid = living.map(({ exTs, amount }) => amount * Math.exp((-rate * (exTs - ts)) / yearMs));
  return (spot - paid.reduce((sum, amount) => sum + amount, 0)) * Math.exp(rate * years);
}

function parityOf(
  leg: QuotedLeg,
  legs: readonly QuotedLeg[],
  ts: number,
  spot: number,
): LegVols['parity'] {
  const { strike, expiry, right } = leg.terms;
  const partner = legs.find(({ terms, multiplier }) => {
    const isSame = terms.strike === strike && terms.expiry === expiry;
    return isSame && terms.right !== right && multiplier === leg.multiplier;
  });
  if (partner === undefined) return null;
  const [own, other] = [europeanQuote(leg, ts, spot), europeanQuote(partner, ts, spot)];
  const [call, put] = right === 'C' ? [own, other] : [other, own];
  const years = new LegModel(leg.terms).yearsAt(ts);
  const forward = parityForward([{ strike, call, put }], years, leg.carry.rate);
  return forward.kind === 'implied' ? [forward.low, forward.high] : null;
}

/**
 * The quote less what early exercise is worth in it, by the model: parity is an equation of
 * European options only.
 */
function europeanQuote({ terms, carry, sigma, quote }: QuotedLeg, ts: number, spot: number) {
  if (carry.exercise === 'european') return quote;
  const value = (exercise: Carry['exercise']): number => {
    const greeks = emptyLegGreeks();
    new LegModel(terms).fill({ ...carry, exercise }, ts, spot, sigma, greeks);
    return greeks.price;
  };
  const worth = value('american') - value('european');
  return { bid: quote.bid - worth, ask: quote.ask - worth };
}
