/** Options for properties, wide but such that formulas in doubles can be held to each other. */

import fc from 'fast-check';
import type { EuropeanOption } from '../../src/pricing/black-scholes.ts';

export interface Domain {
  /** The strike lies within so many standard deviations of the spot. */
  readonly deviations: number;
  readonly sigmaMin?: number;
  readonly sigmaMax?: number;
  readonly yearsMin?: number;
  readonly yearsMax?: number;
}

export function europeanOption(domain: Domain): fc.Arbitrary<EuropeanOption> {
  const { deviations, sigmaMin = 0.03, sigmaMax = 1.5 } = domain;
  const { yearsMin = 1 / 365, yearsMax = 3 } = domain;
  return fc
    .record({
      right: fc.constantFrom('C' as const, 'P' as const),
      spot: fc.double({ min: 1, max: 5000, noNaN: true }),
      moneyness: fc.double({ min: -deviations, max: deviations, noNaN: true }),
      years: fc.double({ min: yearsMin, max: yearsMax, noNaN: true }),
      rate: fc.double({ min: -0.03, max: 0.12, noNaN: true }),
      dividendYield: fc.double({ min: -0.02, max: 0.1, noNaN: true }),
      sigma: fc.double({ min: sigmaMin, max: sigmaMax, noNaN: true }),
    })
    .map(({ moneyness, ...rest }) => ({
      ...rest,
      strike: rest.spot * Math.exp(moneyness * rest.sigma * Math.sqrt(rest.years)),
    }));
}
