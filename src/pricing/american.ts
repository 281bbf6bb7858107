/**
 * American options on an asset with a continuous yield: the European value and the premium of early
 * exercise, an integral over the boundary of `exercise-boundary.ts`. Delta and gamma are analytic.
 * A call is the put with spot and strike, rate and yield exchanged (R. McDonald & M. Schroder, J.
 * Comp. Finance 1, 1998).
 */

import {
  type EuropeanOption,
  emptyGreeks,
  fillEuropean,
  type PricingRefusal,
} from './black-scholes.ts';
import {
  type Boundary,
  type BoundaryTerms,
  logBoundary,
  logBoundaryAt,
  type Scheme,
  schemeTables,
  solveBoundary,
  TRADED,
} from './exercise-boundary.ts';
import { normalCdf, normalPdf } from './normal.ts';

export type AmericanOption = EuropeanOption;

/** `double_boundary`: exercise pays between two boundaries only (a put with q < r < 0). */
export type AmericanRefusal = PricingRefusal | 'double_boundary';

export interface AmericanValue {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  /** Exercise is worth as much as anything else: the price is what it pays. */
  readonly exercised: boolean;
}

export type PricedAmerican =
  | ({ readonly kind: 'priced' } & AmericanValue)
  | { readonly kind: 'refused'; readonly reason: AmericanRefusal };

/** Of the strike: less than what the boundary's own rounding amounts to. */
const NO_INTEREST = 1e-12;
/** Boundaries kept; one is some hundred bytes, and a book has a few volatilities per expiry. */
const CACHE_MAX = 512;

/** Prices with boundaries kept by rate, yield, volatility and time: the oldest go first. */
export class AmericanPricer {
  readonly #scheme: Scheme;
  readonly #boundaries = new Map<string, Boundary>();

  constructor(scheme: Scheme = TRADED) {
    this.#scheme = scheme;
  }

  price(option: AmericanOption): PricedAmerican {
    const european = emptyGreeks();
    const refusal = fillEuropean(option, european);
    if (refusal !== null && refusal !== 'at_strike') return { kind: 'refused', reason: refusal };
    const { right, spot, strike, years, sigma } = option;
    const put = asPut(option);
    const worth = exerciseWorth(option);
    if (worth === 'between') return { kind: 'refused', reason: 'double_boundary' };
    const pays = right === 'C' ? spot - strike : strike - spot;
    if (years === 0) {
      if (pays > 0) return exercised(right, pays);
      if (refusal !== null) return { kind: 'refused', reason: refusal };
      return { kind: 'priced', ...pickFirst(european), exercised: false };
    }
    if (worth === 'none') {
      if (refusal !== null) return { kind: 'refused', reason: refusal };
      return { kind: 'priced', ...pickFirst(european), exercised: false };
    }
    if (sigma === 0) return certain(option, pays);
    const boundary = this.#boundaryOf({ ...put, sigma, years });
    const x = right === 'P' ? spot / strike : strike / spot;
    if (Math.log(x) <= logBoundaryAt(boundary, years)) return exercised(right, pays);
    const [value, slope, curve] = premium(boundary, x);
    if (right === 'P') {
      return {
        kind: 'priced',
        price: Math.max(pays, european.price + strike * value),
        delta: european.delta + slope,
        gamma: european.gamma + curve / strike,
        exercised: false,
      };
    }
    return {
      kind: 'priced',
      price: Math.max(pays, european.price + spot * value),
      delta: european.delta + value - x * slope,
      gamma: european.gamma + (x * x * curve) / spot,
      exercised: false,
    };
  }

  /** The spot at which exercise begins; null where there is no early exercise. */
  boundary(option: AmericanOption): number | null {
    const put = asPut(option);
    const { right, strike, sigma, years } = option;
    if (!(put.rate > 0 && sigma > 0 && years > 0)) return null;
    const boundary = this.#boundaryOf({ ...put, sigma, years });
    const level = Math.exp(logBoundaryAt(boundary, years));
    return right === 'P' ? strike * level : strike / level;
  }

  #boundaryOf(terms: BoundaryTerms): Boundary {
    const { rate, dividendYield, sigma, years } = terms;
    const key = `${rate} ${dividendYield} ${sigma} ${years}`;
    const known = this.#boundaries.get(key);
    if (known !== undefined) return known;
    const boundary = solveBoundary({ rate, dividendYield, sigma, years }, this.#scheme);
    const [oldest] = this.#boundaries.keys();
    if (this.#boundaries.size >= CACHE_MAX && oldest !== undefined) this.#boundaries.delete(oldest);
    this.#boundaries.set(key, boundary);
    return boundary;
  }
}

/**
 * Whether exercise before expiry is worth anything: `none` makes the option European; `between`:
 * between two boundaries only, which is not priced here.
 */
export function exerciseWorth(
  option: Pick<AmericanOption, 'right' | 'rate' | 'dividendYield' | 'years'>,
): 'none' | 'early' | 'between' {
  const isPut = option.right === 'P';
  const rate = isPut ? option.rate : option.dividendYield;
  const paid = isPut ? option.dividendYield : option.rate;
  if (rate < 0) return paid < rate ? 'between' : 'none';
  // Exercise earns interest on the strike and saves a negative yield: at most these parts of it.
  const earns = (rate + Math.max(0, -paid)) * option.years;
  return earns < NO_INTEREST ? 'none' : 'early';
}

/** Rate and yield of the put that the option is, or is symmetric to. */
function asPut({ right, rate, dividendYield }: AmericanOption) {
  return right === 'P' ? { rate, dividendYield } : { rate: dividendYield, dividendYield: rate };
}

function pickFirst({ price, delta, gamma }: Omit<AmericanValue, 'exercised'>) {
  return { price, delta, gamma };
}

function exercised(right: 'C' | 'P', pays: number): PricedAmerican {
  return { kind: 'priced', price: pays, delta: right === 'C' ? 1 : -1, gamma: 0, exercised: true };
}

/** Without volatility the future is known: exercise now, at expiry, or at the best time between. */
function certain(option: AmericanOption, pays: number): PricedAmerican {
  const { right, spot, strike, years, rate, dividendYield } = option;
  const sign = right === 'C' ? 1 : -1;
  const paid = (time: number): number =>
    sign * (spot * Math.exp(-dividendYield * time) - strike * Math.exp(-rate * time));
  // The pay-off's present value has one turning point in time.
  const turning = Math.log((rate * strike) / (dividendYield * spot)) / (rate - dividendYield);
  const times = [years, turning].filter((time) => time > 0 && time <= years);
  const best = times.reduce((a, b) => (paid(b) > paid(a) ? b : a), years);
  if (pays > 0 && pays >= paid(best)) return exercised(right, pays);
  const value = paid(best);
  if (value <= 0) return { kind: 'priced', price: 0, delta: 0, gamma: 0, exercised: false };
  const delta = sign * Math.exp(-dividendYield * best);
  return { kind: 'priced', price: value, delta, gamma: 0, exercised: false };
}

/** Value of early exercise of a put of strike 1 at spot `x`, and its two derivatives by x. */
function premium(boundary: Boundary, x: number): readonly [number, number, number] {
  const { years, sigma } = boundary.terms;
  const { outer, outerRows } = schemeTables(boundary.scheme);
  const logX = Math.log(x);
  const sums: [number, number, number] = [0, 0, 0];
  // Close to the boundary the integrand of gamma peaks at √t ≈ distance/σ: the range is divided.
  const peak = (logX - logBoundaryAt(boundary, years)) / (sigma * Math.sqrt(years));
  const cuts = [3 * peak, 12 * peak].filter((cut) => peak < 0.25 && cut < 1);
  if (cuts.length === 0) {
    for (const [j, row] of outerRows.entries()) {
      const part = 0.5 * (1 + (outer.y[j] ?? 0));
      addPoint(sums, boundary, x, logX - logBoundary(boundary, row), part, 0.5 * (outer.w[j] ?? 0));
    }
    return sums;
  }
  let from = 0;
  for (const to of [...cuts, 1]) {
    const half = 0.5 * (to - from);
    for (const [j, y] of outer.y.entries()) {
      const part = from + half * (1 + y);
      const apart = logX - logBoundaryAt(boundary, years * (1 - part * part));
      addPoint(sums, boundary, x, apart, part, half * (outer.w[j] ?? 0));
    }
    from = to;
  }
  return sums;
}

/** Adds the integrand at √(t/T) = `part`, times `weight` of that variable. */
function addPoint(
  sums: [number, number, number],
  { terms }: Boundary,
  x: number,
  apart: number,
  part: number,
  weight: number,
): void {
  const { rate, dividendYield, sigma, years } = terms;
  const time = years * part * part;
  const deviation = sigma * Math.sqrt(time);
  const plus = (apart + (rate - dividendYield) * time) / deviation + 0.5 * deviation;
  const minus = plus - deviation;
  // dt = 2 T part d(part).
  const measure = 2 * years * part * weight;
  const strikeFlow = measure * rate * Math.exp(-rate * time);
  const spotFlow = measure * dividendYield * Math.exp(-dividendYield * time);
  const below = normalCdf(-plus);
  const densityPlus = normalPdf(plus) / deviation;
  const densityMinus = normalPdf(minus) / deviation;
  sums[0] += strikeFlow * normalCdf(-minus) - spotFlow * x * below;
  sums[1] += spotFlow * (densityPlus - below) - (strikeFlow * densityMinus) / x;
  sums[2] +=
    (strikeFlow * densityMinus * (minus / deviation + 1)) / (x * x) +
    (spotFlow * densityPlus * (1 - plus / deviation)) / x;
}
