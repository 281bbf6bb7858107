/**
 * The greeks with which an interval begins: those of the board at a standing volatility, and beside
 * them the second-order ones and those of rate and yield, which nothing else needs. At the
 * previous close nobody priced the book for us, so it is priced from the closes themselves.
 */

import {
  isLargeMove,
  type LegState,
  type LegValue,
  revalue,
} from '../../src/domain/attribution.ts';
import type { LegQuote } from '../../src/domain/book-quotes.ts';
import {
  dayStart,
  newYorkDate,
  previousTradingDay,
  tradingSession,
} from '../../src/domain/calendar.ts';
import type { OptionContract } from '../../src/domain/contract.ts';
import {
  type Anchor,
  type AnchorLeg,
  gammaSigma,
  type LargeMove,
  type Moment,
  NO_LEG_STATE,
} from '../../src/domain/day-attribution.ts';
import { flowsSince } from '../../src/domain/ledger.ts';
import { type EuropeanOption, priceEuropean } from '../../src/pricing/black-scholes.ts';
import { higherGreeks } from '../../src/pricing/higher-greeks.ts';
import { solveImpliedVol } from '../../src/pricing/implied-vol.ts';
import { yearsToExpiry } from '../../src/pricing/time-to-expiry.ts';
import { dayLegs } from './money.ts';
import type { BookState } from './state.ts';

/** The moment as the start of an interval; null while greeks of a leg are not known. */
export function anchorAt(state: BookState, moment: Moment): Anchor | null {
  const legs: AnchorLeg[] = [];
  for (const leg of moment.legs) {
    const held = state.legs.find(({ contract }) => contract.conId === leg.conId);
    const quote = state.quotes.legs.find(({ conId }) => conId === leg.conId);
    const { mark, sigma } = leg;
    if (held === undefined || leg.quantity === 0) {
      legs.push({ ...leg, state: { ...NO_LEG_STATE, mark, sigma } });
      continue;
    }
    if (quote === undefined || quote.quality === 'invalid') return null;
    legs.push({ ...leg, state: legState(state, held.contract, quote, { ...moment, mark, sigma }) });
  }
  return { ...moment, legs };
}

/**
 * The volatility that a mark implies with the spot of its moment; else the book's own, or 0. The
 * option is quoted a moment after its underlying has moved, and until then its mark and the board's
 * volatility do not fit together: what is left of such a moment would look unexplained.
 */
export function markSigma(
  state: BookState,
  contract: OptionContract,
  at: { readonly ts: number; readonly spot: number; readonly mark: number },
): number {
  const option = optionOf(state, contract, at.spot, at.ts, 0);
  const solved = option.years > 0 ? solveImpliedVol({ ...option, price: at.mark }) : 'expired';
  if (typeof solved === 'number') return solved;
  const iv = state.quotes.legs.find(({ conId }) => conId === contract.conId)?.iv ?? 0;
  return iv > 0 ? iv : 0;
}

/** One leg as it is quoted now. */
export function legState(
  state: BookState,
  contract: OptionContract,
  quote: LegQuote,
  at: { readonly ts: number; readonly spot: number; readonly mark: number; readonly sigma: number },
): LegState {
  const { ts, spot, mark, sigma } = at;
  const option = optionOf(state, contract, spot, ts, sigma);
  return { ...higherOf(option), ...ownOf(quote), mark, sigma };
}

/** The book at the close of the previous session, from which the day's P&L counts. */
export function closeAnchor(state: BookState, now: number): Anchor {
  const { quotes, settings } = state;
  const session = tradingSession(previousTradingDay(newYorkDate(now)));
  const ts = session?.close ?? dayStart(now);
  const spot = quotes.close > 0 ? quotes.close : spotOrLast(state);
  const legs = dayLegs(state, now).flatMap((leg): readonly AnchorLeg[] => {
    const { conId, contract, quantityAtClose: quantity, multiplier, previousClose } = leg;
    if (quantity === 0) return [];
    const iv = quotes.legs.find((quote) => quote.conId === conId)?.iv ?? 0;
    const at =
      contract === null
        ? { ...NO_LEG_STATE, mark: previousClose }
        : stateAtClose(optionOf(state, contract, spot, ts, iv), previousClose);
    const nothing = { traded: 0, cost: 0, events: 0 };
    return [{ conId, quantity, multiplier, mark: at.mark, sigma: at.sigma, ...nothing, state: at }];
  });
  return {
    ts,
    spot,
    shares: flowsSince(state.ledger, dayStart(now)).ownedBefore,
    rate: settings.greeks.risk_free_rate,
    dividendYield: settings.greeks.dividend_yield,
    pnl: 0,
    executionCash: 0,
    adjustmentCash: 0,
    adjustedShares: 0,
    commissions: 0,
    decidedShares: 0,
    decidedWorth: 0,
    legs,
  };
}

/**
 * The options of an interval revalued in full, where its move was too large for greeks; null where
 * it was not. Of European values: what early exercise adds is in the rest.
 */
export function revaluedMove(state: BookState, start: Anchor, end: Moment): LargeMove | null {
  if (!isLargeMove(start.spot, end.spot, gammaSigma(start))) return null;
  const sum = { spot: 0, vol: 0, time: 0, rest: 0 };
  for (const { conId, quantity, multiplier, state: from } of start.legs) {
    const to = end.legs.find((leg) => leg.conId === conId);
    const contract = state.legs.find((leg) => leg.contract.conId === conId)?.contract;
    if (to === undefined || contract === undefined) continue;
    const value: LegValue = (spot, sigma, years) => {
      const option = { ...optionOf(state, contract, spot, start.ts, sigma), years };
      const priced = priceEuropean(option);
      return priced.kind === 'refused' ? 0 : priced.price;
    };
    const at = (moment: Moment, sigma: number) => {
      const years = Math.max(0, yearsToExpiry(contract.expiry, moment.ts));
      return { spot: moment.spot, sigma, years };
    };
    const sigma = to.sigma > 0 ? to.sigma : from.sigma;
    const parts = revalue(value, at(start, from.sigma), at(end, sigma), to.mark - from.mark);
    const size = quantity * multiplier;
    sum.spot += size * parts.spot;
    sum.vol += size * parts.vol;
    sum.time += size * parts.time;
    sum.rest += size * parts.rest;
  }
  return { ...sum, from: start.ts, until: end.ts };
}

/** Without a close nothing was held, and no move of the price is ours. */
function spotOrLast({ quotes: { bid, ask, last } }: BookState): number {
  return bid > 0 && ask >= bid ? (bid + ask) / 2 : last;
}

/** A close that no volatility explains, as a last trade of the morning may be, has today's. */
function stateAtClose(option: EuropeanOption, close: number): LegState {
  const solved = solveImpliedVol({ ...option, price: close });
  const sigma = typeof solved === 'number' ? solved : option.sigma;
  const priced = priceEuropean({ ...option, sigma });
  if (priced.kind === 'refused') return { ...NO_LEG_STATE, mark: close };
  const { delta, gamma, theta, vega } = priced;
  const own = { delta, gamma, theta, vega, mark: close, sigma };
  return { ...higherOf({ ...option, sigma }), ...own };
}

function optionOf(
  { settings }: BookState,
  { right, strike, expiry }: OptionContract,
  spot: number,
  ts: number,
  sigma: number,
): EuropeanOption {
  const { risk_free_rate: rate, dividend_yield: dividendYield } = settings.greeks;
  const years = yearsToExpiry(expiry, ts);
  return { right, strike, spot, years, rate, dividendYield, sigma };
}

/**
 * The board's greeks at a standing volatility: a delta that expects the volatility to move with the
 * spot would count its move twice, there and in the part of vega. A greek that the board lacks
 * explains nothing.
 */
function ownOf({ modelDelta, gamma, theta, vega }: LegQuote) {
  const known = (value: number): number => (Number.isFinite(value) ? value : 0);
  return { delta: known(modelDelta), gamma: known(gamma), theta: known(theta), vega: known(vega) };
}

/** European, for want of others: early exercise moves them by less than the parts they explain. */
function higherOf(option: EuropeanOption): LegState {
  const priced = priceEuropean(option);
  const higher = higherGreeks(option);
  if (priced.kind === 'refused' || higher.kind === 'refused') return NO_LEG_STATE;
  const { vanna, volga } = higher;
  const epsilon = -option.years * option.spot * priced.delta;
  return { ...NO_LEG_STATE, vanna, volga, rho: priced.rho, epsilon };
}
