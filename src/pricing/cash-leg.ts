/**
 * One leg with cash dividends in its life: a grid of finite differences, solved when volatility,
 * rate, time or dividends have moved, and looked up at every tick after that. A second grid a part
 * of a percent of volatility above gives vega, and a lattice, which has nothing in common with the
 * grids, a delta to check theirs by. Nothing depends on what was looked up before.
 */

import { type AmericanGreeks, fillTheta } from './american-leg.ts';
import { emptyGreeks, fillEuropean } from './black-scholes.ts';
import { type CashOption, escrowedSpot, solveCashGrid } from './cash-dividends.ts';
import { type CashLattice, latticeDelta, solveCashLattice } from './cash-lattice.ts';
import { type NoImpliedVol, solveImpliedVol } from './implied-vol.ts';
import { lookUp, type PriceGrid } from './price-grid.ts';

/**
 * Measured over lives of a day to a year, volatilities of 8 to 58 % and dividends of up to 1.6 % of
 * the strike at any date: prices within 7e-5 of the strike (root mean square 7e-6), deltas within
 * 0.013 (3e-4), the worst next to the boundary of a put's exercise; in a millisecond. From minutes
 * to a day before an ex-date, with dividends of up to 4 %, the deltas are as good.
 */
const INTERVALS = 120;
/** Where the value bends within less than that resolves: in three milliseconds. */
const INTERVALS_NARROW = 200;
/** Of the strike, as of one deviation; and annualised. */
const NARROW_DEVIATION = 0.02;
const NARROW_SIGMA = 0.12;
/** Of the strike: on the last days all that bends does so within cents. */
const DENSEST = 0.005;
/** Of the volatility. */
const VOL_STEP = 5e-3;
/** Of the strike: below the grid's own error. */
const PRICE_TOLERANCE = 1e-7;
const STEPS_MAX = 20;
const SIGMA_MIN = 1e-3;
const SIGMA_MAX = 10;

/**
 * Journals keep their prices. `plain` was without a witness, on a grid less dense at the strike;
 * `dense` had all that bends on grid and lattice; `split` is today's.
 */
export type CashMethod = 'plain' | 'dense' | 'split';

/** Everything but the spot and the volatility. */
export type CashTerms = Omit<CashOption, 'spot' | 'sigma' | 'model'> & {
  readonly method: CashMethod;
};

interface Solved {
  readonly terms: CashTerms;
  readonly sigma: number;
  readonly reach: number;
  readonly grid: PriceGrid;
  readonly gridUp: PriceGrid;
  readonly lattice: CashLattice | null;
}

/** `differenceDelta` is the lattice's. */
export interface CashGreeks extends AmericanGreeks {
  differenceDelta: number;
}

/** The two grids of one leg, and its lattice. */
export class CashLeg {
  #solved: Solved | null = null;
  readonly #up = { price: Number.NaN, delta: Number.NaN, gamma: Number.NaN };

  /** Fills `into`; `terms` are compared by identity: other dividends are another object. */
  fill(terms: CashTerms, spot: number, sigma: number, into: CashGreeks): void {
    const reach = reachOf(terms, spot);
    let solved = this.#solved;
    if (
      solved === null ||
      solved.terms !== terms ||
      solved.sigma !== sigma ||
      solved.reach !== reach
    ) {
      const grid = gridOf(terms, reach, sigma);
      const gridUp = gridOf(terms, reach, sigma * (1 + VOL_STEP));
      const lattice = latticeOf(terms, sigma);
      solved = { terms, sigma, reach, grid, gridUp, lattice };
      this.#solved = solved;
    }
    lookUp(solved.grid, spot, into);
    lookUp(solved.gridUp, spot, this.#up);
    into.vega = (this.#up.price - into.price) / (sigma * VOL_STEP);
    const pays = terms.right === 'C' ? spot - terms.strike : terms.strike - spot;
    const isExercised = terms.exercise === 'american' && into.price - pays < 1e-9 * terms.strike;
    const { rate, dividendYield } = terms;
    fillTheta({ spot, rate, dividendYield, sigma }, isExercised, into);
    const witness = solved.lattice === null ? Number.NaN : latticeDelta(solved.lattice, spot);
    // Five deviations beyond strike and dividends there is nothing to be wrong about.
    into.differenceDelta = Number.isNaN(witness) ? into.delta : witness;
  }
}

/** The volatility at which the leg is worth `price`, or why there is none. */
export function impliedCashVol(
  terms: CashTerms,
  spot: number,
  price: number,
): number | NoImpliedVol {
  const { right, strike, years, rate, dividendYield } = terms;
  const pays = right === 'C' ? spot - strike : strike - spot;
  if (!(price > 0 && spot > 0)) return 'no_price';
  if (terms.exercise === 'american' && price <= pays) return 'below_intrinsic';
  // The escrowed European is a good first guess, and its vega a good first slope.
  const escrowed = escrowedSpot({ ...terms, spot, sigma: 0, model: 'escrowed' });
  const plain = { right, strike, years, rate, dividendYield, spot: escrowed };
  const guess = escrowed > 0 ? solveImpliedVol({ ...plain, price }) : 'no_price';
  if (guess === 'expired') return guess;
  let sigma = typeof guess === 'number' ? guess : 0.2;
  const greeks = emptyGreeks();
  fillEuropean({ ...plain, sigma }, greeks);
  let slope = greeks.vega > 0 ? greeks.vega : spot * Math.sqrt(years) * 0.1;
  let [low, high] = [SIGMA_MIN, SIGMA_MAX];
  const found = { price: Number.NaN, delta: Number.NaN, gamma: Number.NaN };
  const reach = reachOf(terms, spot);
  let [lastSigma, lastError] = [Number.NaN, Number.NaN];
  for (let step = 0; step < STEPS_MAX; step += 1) {
    lookUp(gridOf(terms, reach, sigma), spot, found);
    const error = found.price - price;
    if (Math.abs(error) <= PRICE_TOLERANCE * strike) return sigma;
    if (error > 0) high = sigma;
    else low = sigma;
    const secant = (error - lastError) / (sigma - lastSigma);
    if (secant > 0) slope = secant;
    [lastSigma, lastError] = [sigma, error];
    const next = sigma - error / slope;
    sigma = next > low && next < high ? next : Math.sqrt(low * high);
    if (high < 1.0001 * SIGMA_MIN) return 'below_intrinsic';
    if (low > 0.999 * SIGMA_MAX) return 'above_bound';
  }
  return high < 2 * SIGMA_MIN ? 'below_intrinsic' : sigma;
}

/** The grid covers twice the strike, or the next doubling that the spot is in. */
function reachOf({ strike }: CashTerms, spot: number): number {
  return strike * 2 ** Math.max(0, Math.ceil(Math.log2(spot / strike)));
}

function gridOf(terms: CashTerms, spot: number, sigma: number): PriceGrid {
  const option = { ...terms, spot, sigma, model: 'spot' } as const;
  if (terms.method === 'plain') return solveCashGrid(option, INTERVALS, undefined, false);
  const isNarrow = sigma < NARROW_SIGMA || sigma * Math.sqrt(terms.years) < NARROW_DEVIATION;
  const intervals = isNarrow ? INTERVALS_NARROW : INTERVALS;
  return solveCashGrid(option, intervals, DENSEST, terms.method === 'split');
}

function latticeOf(terms: CashTerms, sigma: number): CashLattice | null {
  if (terms.method === 'plain') return null;
  return solveCashLattice({ ...terms, sigma }, terms.method === 'split');
}
