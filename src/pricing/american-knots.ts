/**
 * Boundaries of early exercise at fixed volatilities, 5 % apart, kept by the terms that they were
 * solved for. A boundary depends on neither spot nor strike and moves little with the volatility:
 * between two of these knots ln²(B/limit)/σ² is taken to be a straight line in σ, which moves a
 * price by less than 4e-7 of the strike (root mean square over equity-like options of up to two
 * years: no more than the kernel's own error; 3e-8 over those of a week to two months). So the
 * volatilities that a solver tries, those of the other legs of an
 * expiry and a difference for vega need one solution where each would need its own.
 *
 * Knots are the same whatever was asked for before, and so is all that is computed from them.
 */

import type { AmericanOption } from './american.ts';
import type { AmericanKernel } from './american-columns.ts';
import { allocateBytes, allocateColumns, type OptionColumns } from './kernel.ts';

type Terms = Pick<AmericanOption, 'right' | 'rate' | 'dividendYield' | 'years'>;

/** Of ln σ. */
const STEP = 0.05;
/** A book has few expiries, each with a volatility or two within a step, of calls and of puts. */
const SLOTS = 64;
/** Six nodes and the volatility itself, of two knots. */
const SLOT_BYTES = 112;
/** By what a slot is found: right, rate, yield, years, step. */
const KEYS = 5;

/** For one thread: solving uses the kernel's scratch. */
export class AmericanKnots {
  readonly #american: AmericanKernel;
  readonly #columns: OptionColumns;
  readonly #place: number;
  readonly #keys = new Float64Array(KEYS * SLOTS).fill(Number.NaN);
  readonly #isGood = new Uint8Array(SLOTS);
  /** The slot of the last answer, and the one that is taken next. */
  #last = 0;
  #next = 0;

  constructor(american: AmericanKernel) {
    this.#american = american;
    this.#columns = allocateColumns(american.kernel, 2);
    this.#place = allocateBytes(american.kernel, SLOTS * SLOT_BYTES);
  }

  /** Where in the kernel's memory the knots about `sigma` stand; null where they are not solved. */
  at(option: Terms, sigma: number): number | null {
    const step = Math.floor(Math.log(sigma) / STEP);
    let slot = this.#last;
    if (!this.#has(slot, option, step)) {
      slot = this.#find(option, step);
      this.#last = slot;
    }
    return this.#isGood[slot] === 1 ? this.#place + slot * SLOT_BYTES : null;
  }

  #find(option: Terms, step: number): number {
    for (let slot = 0; slot < SLOTS; slot += 1) if (this.#has(slot, option, step)) return slot;
    const slot = this.#next;
    this.#next = (slot + 1) % SLOTS;
    this.#keys.set(
      [option.right === 'C' ? 1 : 0, option.rate, option.dividendYield, option.years, step],
      slot * KEYS,
    );
    this.#isGood[slot] = this.#solve(option, step, this.#place + slot * SLOT_BYTES) ? 1 : 0;
    return slot;
  }

  #has(slot: number, { right, rate, dividendYield, years }: Terms, step: number): boolean {
    const keys = this.#keys;
    const first = slot * KEYS;
    return (
      keys[first + 3] === years &&
      keys[first + 4] === step &&
      keys[first] === (right === 'C' ? 1 : 0) &&
      keys[first + 1] === rate &&
      keys[first + 2] === dividendYield
    );
  }

  #solve(option: Terms, step: number, place: number): boolean {
    const columns = this.#columns;
    // Spot and strike stay what they were: a boundary knows neither.
    for (let row = 0; row < 2; row += 1) {
      columns.sign[row] = option.right === 'C' ? 1 : -1;
      columns.years[row] = option.years;
      columns.rate[row] = option.rate;
      columns.dividendYield[row] = option.dividendYield;
      columns.sigma[row] = Math.exp((step + row) * STEP);
    }
    const { kernel, scheme, table, scratch } = this.#american;
    const { base, stride } = columns;
    const { inner, iterations } = scheme;
    return kernel.run.solveKnots(base, stride, table, scratch, place, inner, iterations) === 0;
  }
}
