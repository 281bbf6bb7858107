/**
 * Where a book's profit and loss came from. An interval runs between two moments at which nothing
 * was traded in between; what is traded at its end is a cost of it. Each term is the greek at the
 * start of the interval times what moved, the total is what the marks and the cash say, and what
 * the terms do not explain is a term of its own: so the parts add up to the total by construction,
 * and a part that should be small can be watched.
 *
 * Source: E. Sinclair, Volatility Trading, 2nd ed. (2013), ch. 1 and 5; R. Ahmad & P. Wilmott,
 * Which free lunch would you like today, sir?, Wilmott (2005), for gamma against theta.
 */

import assert from 'node:assert/strict';

/** One option of a book at one moment; all per share. */
export interface LegState {
  /** What it is marked at, USD. */
  readonly mark: number;
  /** Annualised. */
  readonly sigma: number;
  readonly delta: number;
  readonly gamma: number;
  /** Per year of calendar time that passes. */
  readonly theta: number;
  /** Per 1.00 of volatility; likewise `vanna` and, squared, `volga`. */
  readonly vega: number;
  readonly vanna: number;
  readonly volga: number;
  /** Per 1.00 of the rate. */
  readonly rho: number;
  /** Per 1.00 of the dividend yield. */
  readonly epsilon: number;
}

export interface LegInterval {
  /** Contracts held throughout, signed, and shares per contract. */
  readonly quantity: number;
  readonly multiplier: number;
  readonly start: LegState;
  readonly end: Pick<LegState, 'mark' | 'sigma'>;
}

/** What was traded in an interval: it counts as held from its end on. */
export interface IntervalTrade {
  /** Shares, or contracts times multiplier; bought is positive. */
  readonly quantity: number;
  /** USD paid for all of it; received is negative. */
  readonly cost: number;
  /**
   * USD that it was worth, likewise signed: shares at the mid at which they were decided, options
   * at their mark at the end of the interval. What is paid beyond it is a cost. What shares gained
   * from the decision to the end of the interval is direction, as if they had been there since.
   */
  readonly worth: number;
  readonly kind: 'hedge' | 'option';
}

/** Cash of an interval that is no trade; USD, received is positive. */
export interface IntervalCash {
  /** Interest on cash, stock borrow. */
  readonly financing: number;
  readonly dividend: number;
  /** What was paid: positive is a cost. */
  readonly commission: number;
  /** Of shares without an order: what a delivery was worth beyond the option's mark. */
  readonly exercise: number;
}

export interface BookInterval {
  /** Calendar years, of 365 days. */
  readonly years: number;
  /** The underlying's mid at the start and at the end, USD per share. */
  readonly spotStart: number;
  readonly spotEnd: number;
  /** Owned shares, held throughout. */
  readonly shares: number;
  readonly legs: readonly LegInterval[];
  /** By how much the rate and the dividend yield moved; 0.01 is one percent. */
  readonly rateMove: number;
  readonly yieldMove: number;
  /**
   * USD per share that the underlying lost in the interval because it went ex dividend: no move of
   * the market, and options whose model knows the dividend do not follow it.
   */
  readonly exDividend: number;
  readonly trades: readonly IntervalTrade[];
  readonly cash: IntervalCash;
}

export const ATTRIBUTION_TERMS = [
  'delta',
  'gamma',
  'theta',
  'vega',
  /** Second order: vanna with the spot, volga alone. */
  'vannaVolga',
  'rho',
  'dividend',
  'financing',
  'commission',
  /** Of hedges, against the mid at which they were decided. */
  'slippage',
  /** The half spread of option trades. */
  'optionSpread',
  'exercise',
  'unexplained',
] as const;

export type AttributionTerm = (typeof ATTRIBUTION_TERMS)[number];

/** USD; a gain is positive, so costs are negative. The terms sum to `total`. */
export interface Attribution extends Readonly<Record<AttributionTerm, number>> {
  readonly total: number;
  /**
   * What gamma would have earned had each leg's underlying moved by its implied volatility,
   * ½ Γ S² σ² dt: not part of the total. `gamma` divided by it is realised over implied variance.
   */
  readonly impliedGamma: number;
}

export const NO_CASH: IntervalCash = { financing: 0, dividend: 0, commission: 0, exercise: 0 };

/** Nothing gained, nothing lost: where a sum of intervals begins. */
export const NO_ATTRIBUTION: Attribution = { ...noTerms(), total: 0, impliedGamma: 0 };

/** Splits one interval. Every number must be finite: an interval without marks has no split. */
export function attribute(interval: BookInterval): Attribution {
  const { years, spotStart, spotEnd, shares, legs, trades, cash } = interval;
  assert(years >= 0 && spotStart > 0 && spotEnd > 0, 'an interval has a length and two spots');
  const move = spotEnd - spotStart + interval.exDividend;
  const terms = noTerms();
  let total = shares * (spotEnd - spotStart);
  let impliedGamma = 0;
  terms.delta = shares * move;
  terms.dividend = cash.dividend - shares * interval.exDividend;
  for (const { quantity, multiplier, start, end } of legs) {
    const size = quantity * multiplier;
    const volMove = end.sigma - start.sigma;
    total += size * (end.mark - start.mark);
    terms.delta += size * start.delta * move;
    terms.gamma += 0.5 * size * start.gamma * move * move;
    terms.theta += size * start.theta * years;
    terms.vega += size * start.vega * volMove;
    terms.vannaVolga +=
      size * (start.vanna * move * volMove + 0.5 * start.volga * volMove * volMove);
    terms.rho += size * start.rho * interval.rateMove;
    terms.dividend += size * start.epsilon * interval.yieldMove;
    impliedGamma += 0.5 * size * start.gamma * (spotStart * start.sigma) ** 2 * years;
  }
  for (const { quantity, cost, worth, kind } of trades) {
    terms[kind === 'hedge' ? 'slippage' : 'optionSpread'] -= cost - worth;
    const gained = kind === 'hedge' ? quantity * spotEnd - worth : 0;
    terms.delta += gained;
    total += gained - (cost - worth);
  }
  terms.financing = cash.financing;
  terms.commission -= cash.commission;
  terms.exercise = cash.exercise;
  total += cash.financing + cash.dividend + cash.exercise - cash.commission;
  terms.unexplained = total - explained(terms);
  assert(Number.isFinite(total + terms.unexplained), 'an interval is of finite numbers');
  return { ...terms, total, impliedGamma };
}

function noTerms(): Record<AttributionTerm, number> {
  const terms = ATTRIBUTION_TERMS.map((term) => [term, 0] as const);
  return Object.fromEntries(terms) as Record<AttributionTerm, number>;
}

/** The sum of two: of intervals a day, of days a month. */
export function addAttribution(one: Attribution, other: Attribution): Attribution {
  const sum = noTerms();
  for (const term of ATTRIBUTION_TERMS) sum[term] = one[term] + other[term];
  const impliedGamma = one.impliedGamma + other.impliedGamma;
  return { ...sum, total: one.total + other.total, impliedGamma };
}

/**
 * The same parts with the total that the account says. What the interval does not know of (a
 * correction of an earlier day, a close that was told late) stands unexplained.
 */
export function withTotal(attribution: Attribution, total: number): Attribution {
  return { ...attribution, total, unexplained: total - explained(attribution) };
}

/** What trading cost: commissions, slippage, half spreads. USD, negative. */
export function costsOf({ commission, slippage, optionSpread }: Attribution): number {
  return commission + slippage + optionSpread;
}

/** Realised over implied variance, as gamma weighs it; null before anything could be earned. */
export function realisedToImplied({ gamma, impliedGamma }: Attribution): number | null {
  return impliedGamma === 0 ? null : gamma / impliedGamma;
}

/** The move (USD per share) at which gamma earns what theta costs over `years`. */
export function breakEvenMove(spot: number, sigma: number, years: number): number {
  return spot * sigma * Math.sqrt(years);
}

/** USD: beyond it the unexplained part of an interval deserves a look. */
export function unexplainedLimit(attribution: Attribution): number {
  let gross = 0;
  for (const term of ATTRIBUTION_TERMS) {
    if (term !== 'unexplained') gross += Math.abs(attribution[term]);
  }
  return Math.max(0.01, 0.01 * gross);
}

function explained(terms: Readonly<Record<AttributionTerm, number>>): number {
  let sum = 0;
  for (const term of ATTRIBUTION_TERMS) if (term !== 'unexplained') sum += terms[term];
  return sum;
}

/** What a leg is worth, USD per share, at a spot, a volatility and years to its expiry. */
export type LegValue = (spot: number, sigma: number, years: number) => number;

/** USD per share, or of a whole book. */
export interface Revaluation {
  readonly spot: number;
  readonly vol: number;
  readonly time: number;
  /** Of the marks that the model does not reprice. */
  readonly rest: number;
}

/** Beyond one deviation of a day (of 252) the greeks at the start explain a move badly. */
export function isLargeMove(spotStart: number, spotEnd: number, sigma: number): boolean {
  return Math.abs(spotEnd - spotStart) > breakEvenMove(spotStart, sigma, 1 / 252);
}

/**
 * The split for a move that is too large for greeks: the leg is revalued in full, first at the new
 * spot, then at the new volatility, then at the new time. Per share; the parts sum to the change of
 * the mark.
 */
export function revalue(
  value: LegValue,
  start: { readonly spot: number; readonly sigma: number; readonly years: number },
  end: { readonly spot: number; readonly sigma: number; readonly years: number },
  markChange: number,
): Revaluation {
  const before = value(start.spot, start.sigma, start.years);
  const moved = value(end.spot, start.sigma, start.years);
  const repriced = value(end.spot, end.sigma, start.years);
  const after = value(end.spot, end.sigma, end.years);
  const [spot, vol, time] = [moved - before, repriced - moved, after - repriced];
  return { spot, vol, time, rest: markChange - (spot + vol + time) };
}
