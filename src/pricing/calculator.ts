/**
 * One option by the engine that is right for it: closed form, spectral collocation where exercise
 * is early, finite differences where dividends are cash. For tools, not for ticks: what has no
 * closed form is priced anew for vega and rho.
 */

import { AmericanPricer, type AmericanRefusal } from './american.ts';
import { type Greeks, priceEuropean } from './black-scholes.ts';
import {
  type CashOption,
  escrowedSpot,
  livingDividends,
  presentValue,
  solveCashGrid,
} from './cash-dividends.ts';
import { type HigherGreeks, higherGreeks } from './higher-greeks.ts';
import { type ImpliedVol, impliedVol, type NoImpliedVol } from './implied-vol.ts';
import { lookUp } from './price-grid.ts';

export type OptionTerms = Omit<CashOption, 'sigma'>;

/** `dividends_too_large`: their present value exceeds the spot. */
export type CalculatorRefusal = AmericanRefusal | 'dividends_too_large' | 'sigma_zero';

export type Calculated =
  | {
      readonly kind: 'priced';
      readonly greeks: Readonly<Greeks>;
      readonly higher: Readonly<HigherGreeks> | null;
    }
  | { readonly kind: 'refused'; readonly reason: CalculatorRefusal };

interface Value {
  readonly kind: 'priced';
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  readonly exercised: boolean;
}

type Valued = Value | { readonly kind: 'refused'; readonly reason: CalculatorRefusal };

/** Bumps of volatility and rate, wide enough that the engines' own errors do not show. */
const BUMP = 1e-3;

/** Halving alone would need 40; the secant needs about 8. */
const SOLVER_STEPS_MAX = 80;
const SIGMA_MIN = 1e-3;
const SIGMA_MAX = 10;

const american = new AmericanPricer();

/** `higher` is null where there is no closed form. */
export function calculate(terms: OptionTerms, sigma: number): Calculated {
  const option = { ...terms, sigma };
  const closed = closedForm(option);
  if (closed !== null) return closed;
  const value = worth(option);
  if (value.kind === 'refused') return value;
  const up = worth({ ...option, sigma: sigma + BUMP });
  const down = worth({ ...option, sigma: Math.max(sigma - BUMP, sigma / 2) });
  const higherRate = worth({ ...option, rate: option.rate + BUMP });
  const lowerRate = worth({ ...option, rate: option.rate - BUMP });
  const { price, delta, gamma, exercised } = value;
  const sigmas = Math.min(2 * BUMP, BUMP + sigma / 2);
  const greeks = {
    price,
    delta,
    gamma,
    vega: slope(up, value, down, sigmas),
    theta: exercised ? 0 : thetaOf(option, value),
    rho: slope(higherRate, value, lowerRate, 2 * BUMP),
  };
  return { kind: 'priced', greeks, higher: null };
}

/** The volatility at which the option has `price`. */
export function calculateVol(terms: OptionTerms, price: number): ImpliedVol {
  const { dividends: _dividends, ...plain } = terms;
  const living = livingDividends({ ...terms, sigma: 0 });
  if (terms.exercise === 'european') {
    if (living.length === 0) return impliedVol({ ...plain, price });
    if (terms.model === 'escrowed') {
      return impliedVol({ ...plain, price, spot: escrowedSpot({ ...terms, sigma: 0 }) });
    }
  }
  if (!(price > 0 && terms.spot > 0 && terms.strike > 0)) return none('no_price');
  if (!(terms.years > 0)) return none('expired');
  return solve(terms, price);
}

function solve(terms: OptionTerms, price: number): ImpliedVol {
  const errorAt = (sigma: number): number => {
    const value = worth({ ...terms, sigma });
    return value.kind === 'priced' ? value.price - price : Number.NaN;
  };
  let [low, high] = [SIGMA_MIN, SIGMA_MAX];
  let [below, above] = [errorAt(low), errorAt(high)];
  if (Number.isNaN(below + above)) return none('no_price');
  const { right, spot, strike, exercise } = terms;
  const pays = right === 'C' ? spot - strike : strike - spot;
  // At its exercise value an American option has every volatility below some bound, and none.
  if (below >= 0 || (exercise === 'american' && price <= pays)) return none('below_intrinsic');
  if (above <= 0) return none('above_bound');
  let sigma = high;
  for (let step = 0; step < SOLVER_STEPS_MAX && high - low > 1e-12 * high; step += 1) {
    const secant = low - (below * (high - low)) / (above - below);
    // Every third step halves: on a flat stretch the secant alone would creep.
    sigma = step % 3 === 2 || !(secant > low && secant < high) ? Math.sqrt(low * high) : secant;
    const error = errorAt(sigma);
    if (Math.abs(error) <= 1e-12 * price) return { kind: 'solved', sigma };
    if (error < 0) [low, below, above] = [sigma, error, above / 2];
    else [high, above, below] = [sigma, error, below / 2];
  }
  return { kind: 'solved', sigma };
}

function closedForm(option: CashOption): Calculated | null {
  if (option.exercise === 'american') return null;
  const living = livingDividends(option);
  if (living.length > 0 && option.model === 'spot') return null;
  const stock = living.length === 0 ? option : { ...option, spot: escrowedSpot(option) };
  if (stock !== option && stock.spot <= 0) return refused('dividends_too_large');
  const first = priceEuropean(stock);
  if (first.kind === 'refused') return first;
  const higher = higherGreeks(stock);
  if (higher.kind === 'refused') return higher;
  const { price, delta, gamma, vega, theta, rho } = first;
  const { vanna, volga, charm, speed } = higher;
  if (living.length === 0) {
    return {
      kind: 'priced',
      greeks: { price, delta, gamma, vega, theta, rho },
      higher: { vanna, volga, charm, speed },
    };
  }
  // With the spot held, time and the rate move the present value of what it will pay, too.
  const owed = presentValue(option, 0);
  const later = living.reduce(
    (sum, { years, amount }) => sum + years * amount * Math.exp(-option.rate * years),
    0,
  );
  return {
    kind: 'priced',
    greeks: {
      price,
      delta,
      gamma,
      vega,
      theta: theta - delta * option.rate * owed,
      rho: rho + delta * later,
    },
    higher: { vanna, volga, charm: charm - gamma * option.rate * owed, speed },
  };
}

function worth(option: CashOption): Valued {
  const { spot, strike, right, years, sigma, exercise, model } = option;
  if (livingDividends(option).length === 0) {
    if (exercise === 'american') return american.price(option);
    const plain = priceEuropean(option);
    return plain.kind === 'refused' ? plain : { ...plain, exercised: false };
  }
  const checked = priceEuropean(option);
  if (checked.kind === 'refused' && checked.reason !== 'at_strike') return checked;
  if (!(sigma > 0)) return refused('sigma_zero');
  const seen = model === 'spot' ? spot : escrowedSpot(option);
  if (seen <= 0) return refused('dividends_too_large');
  const into = { price: 0, delta: 0, gamma: 0 };
  lookUp(solveCashGrid(option), seen, into);
  const pays = right === 'C' ? spot - strike : strike - spot;
  const isExercised = exercise === 'american' && years > 0 && into.price <= pays;
  if (!isExercised) return { kind: 'priced', ...into, exercised: false };
  return { kind: 'priced', price: pays, delta: right === 'C' ? 1 : -1, gamma: 0, exercised: true };
}

/** From the pricing equation, with the spot of the model. */
function thetaOf(option: CashOption, { price, delta, gamma }: Value): number {
  const { rate, dividendYield, sigma, model } = option;
  const owed = model === 'escrowed' ? presentValue(option, 0) : 0;
  const spot = option.spot - owed;
  const drift = (rate - dividendYield) * spot * delta + delta * rate * owed;
  return rate * price - drift - 0.5 * (sigma * spot) ** 2 * gamma;
}

/** One-sided where a bump has no value. */
function slope(up: Valued, here: Value, down: Valued, width: number): number {
  if (up.kind === 'priced' && down.kind === 'priced') return (up.price - down.price) / width;
  if (up.kind === 'priced') return (up.price - here.price) / BUMP;
  if (down.kind === 'priced') return (here.price - down.price) / BUMP;
  return Number.NaN;
}

function refused(reason: CalculatorRefusal) {
  return { kind: 'refused', reason } as const;
}

function none(reason: NoImpliedVol): ImpliedVol {
  return { kind: 'none', reason };
}
