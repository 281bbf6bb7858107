/** What a Node user finds in the registry; none of it knows a dividend yield. */

import { BlackScholes } from '@uqee/black-scholes';
import { blackScholes } from 'black-scholes';
import { getDelta, getGamma, getRho, getTheta, getVega } from 'greeks';
import { getImpliedVolatility } from 'implied-volatility';
import type { EuropeanOption } from '../../../src/pricing/black-scholes.ts';

const uqee = new BlackScholes({ sigmaToPricePrecision: 'double' });

export function uqeeGreeks({ right, spot, strike, years, rate, sigma }: EuropeanOption): number {
  const type = right === 'C' ? 'call' : 'put';
  const terms = { type, underlying: spot, strike, time: years, rate, sigma } as const;
  // All six are used, or the compiler would leave out what is not.
  const { price, delta, gamma, vega, theta, rho } = uqee.option(terms);
  return price + delta + gamma + vega + theta + rho;
}

export function uqeeVol(option: EuropeanOption & { readonly price: number }): number {
  const { right, spot, strike, years, rate, price } = option;
  const type = right === 'C' ? 'call' : 'put';
  return uqee.sigma({ type, underlying: spot, strike, time: years, rate, price });
}

/** `black-scholes` for the price and `greeks` for the rest. */
export function pairGreeks({ right, spot, strike, years, rate, sigma }: EuropeanOption): number {
  const type = right === 'C' ? 'call' : 'put';
  return (
    blackScholes(spot, strike, years, sigma, rate, type) +
    getDelta(spot, strike, years, sigma, rate, type) +
    getGamma(spot, strike, years, sigma, rate) +
    getVega(spot, strike, years, sigma, rate) +
    getTheta(spot, strike, years, sigma, rate, type) +
    getRho(spot, strike, years, sigma, rate, type)
  );
}

export function packageVol(option: EuropeanOption & { readonly price: number }): number {
  const { right, spot, strike, years, rate, price } = option;
  return getImpliedVolatility(price, spot, strike, years, rate, right === 'C' ? 'call' : 'put');
}
