/**
 * One American leg over the spot: solved where a spot first falls when volatility, rate or time
 * have moved, and looked up at every tick after that. The curve is in pieces of equal width in the
 * spot's logarithm; a piece is the polynomial of degree five that has value, delta and gamma of
 * both its ends, so that the three belong together. Its error is below the kernel's own.
 *
 * A piece depends on the terms and on its place alone, never on what was looked up before.
 */

import type { AmericanOption, AmericanRefusal } from './american.ts';
import {
  type AmericanGreeks,
  type AmericanLegPricer,
  type CurveEnd,
  fillTheta,
  VOL_STEP,
} from './american-leg.ts';

/** Of σ√T: at an eighth the sixth derivative of a price leaves 1e-9 of the strike. */
const STEP_DEVIATIONS = 0.125;
const STEP_MIN = 1e-4;
const STEP_MAX = 0.02;
/** A spot that wanders over more is far from where the first pieces are. */
const PIECES_MAX = 64;

interface Piece {
  readonly low: number;
  readonly width: number;
  /** `edge`: exercise begins within it, and gamma jumps there: each spot is solved by itself. */
  readonly kind: 'smooth' | 'exercised' | 'edge';
  readonly refusal: AmericanRefusal | null;
  /** Of the value by powers of the place in the piece; and of the value a hair above. */
  readonly value: Float64Array;
  readonly valueUp: Float64Array;
  /** What the prices of the ends say of the slope beyond what their deltas do. */
  readonly slopeError: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** For one thread, which is that of its pricer. */
export class AmericanCurve {
  /** Price differences less deltas, at the last `fill`: what a finite difference would add. */
  slopeError = 0;
  readonly #pricer: AmericanLegPricer;
  readonly #option: Mutable<AmericanOption>;
  readonly #pieces = new Map<number, Piece>();
  readonly #low = emptyEnd();
  readonly #high = emptyEnd();

  constructor(pricer: AmericanLegPricer, right: 'C' | 'P', strike: number) {
    const none = Number.NaN;
    this.#pricer = pricer;
    this.#option = {
      right,
      strike,
      spot: none,
      years: none,
      rate: none,
      dividendYield: none,
      sigma: none,
    };
  }

  /** Fills `into` and returns null, or returns why not and fills NaN. */
  fill(option: AmericanOption, into: AmericanGreeks): AmericanRefusal | null {
    this.#take(option);
    const { spot, strike, sigma, years, right } = option;
    const step = Math.min(Math.max(STEP_DEVIATIONS * sigma * Math.sqrt(years), STEP_MIN), STEP_MAX);
    const index = Math.floor(Math.log(spot / strike) / step);
    const piece = this.#pieces.get(index) ?? this.#solve(index, step);
    this.slopeError = piece.slopeError;
    // Where the ends have no value the spot itself may have one.
    if (piece.kind === 'edge' || piece.refusal !== null) return this.#pricer.fill(option, into);
    if (piece.kind === 'exercised') {
      into.price = right === 'C' ? spot - strike : strike - spot;
      into.delta = right === 'C' ? 1 : -1;
      into.gamma = 0;
      into.vega = 0;
      into.theta = 0;
      return null;
    }
    const { low, width, value, valueUp } = piece;
    const t = (spot - low) / width;
    const [c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0, c5 = 0] = value;
    into.price = c0 + t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * c5))));
    into.delta = (c1 + t * (2 * c2 + t * (3 * c3 + t * (4 * c4 + t * 5 * c5)))) / width;
    into.gamma = (2 * c2 + t * (6 * c3 + t * (12 * c4 + t * 20 * c5))) / (width * width);
    const [u0 = 0, u1 = 0, u2 = 0, u3 = 0, u4 = 0, u5 = 0] = valueUp;
    const priceUp = u0 + t * (u1 + t * (u2 + t * (u3 + t * (u4 + t * u5))));
    into.vega = (priceUp - into.price) / (sigma * VOL_STEP);
    fillTheta(option, false, into);
    return null;
  }

  /** Other terms have another curve. */
  #take(option: AmericanOption): void {
    const own = this.#option;
    own.spot = option.spot;
    if (
      own.sigma === option.sigma &&
      own.years === option.years &&
      own.rate === option.rate &&
      own.dividendYield === option.dividendYield
    ) {
      return;
    }
    own.sigma = option.sigma;
    own.years = option.years;
    own.rate = option.rate;
    own.dividendYield = option.dividendYield;
    this.#pieces.clear();
  }

  #solve(index: number, step: number): Piece {
    const option = this.#option;
    const low = option.strike * Math.exp(index * step);
    const high = option.strike * Math.exp((index + 1) * step);
    const [start, end] = [this.#low, this.#high];
    const refusal = this.#pricer.ends(option, low, high, start, end);
    const width = high - low;
    const both = start.isExercised && end.isExercised;
    const isEdge = start.isExercised !== end.isExercised;
    const chord = (end.price - start.price) / width;
    const slope = 0.5 * (start.delta + end.delta) + (width * (start.gamma - end.gamma)) / 12;
    const piece: Piece = {
      low,
      width,
      kind: both ? 'exercised' : isEdge ? 'edge' : 'smooth',
      refusal,
      value: quintic(start.price, start.delta, start.gamma, end.price, end.delta, end.gamma, width),
      valueUp: quintic(
        start.priceUp,
        start.deltaUp,
        start.gammaUp,
        end.priceUp,
        end.deltaUp,
        end.gammaUp,
        width,
      ),
      slopeError: isEdge ? 0 : chord - slope,
    };
    if (this.#pieces.size >= PIECES_MAX) this.#pieces.clear();
    this.#pieces.set(index, piece);
    return piece;
  }
}

/** The polynomial on 0 … 1 with value, slope and bend of both ends; a piece is `width` wide. */
function quintic(
  price0: number,
  delta0: number,
  gamma0: number,
  price1: number,
  delta1: number,
  gamma1: number,
  width: number,
): Float64Array {
  const slope = delta0 * width;
  const bend = 0.5 * gamma0 * width * width;
  const value = price1 - (price0 + slope + bend);
  const rise = delta1 * width - (slope + 2 * bend);
  const turn = 0.5 * gamma1 * width * width - bend;
  return Float64Array.of(
    price0,
    slope,
    bend,
    10 * value - 4 * rise + turn,
    -15 * value + 7 * rise - 2 * turn,
    6 * value - 3 * rise + turn,
  );
}

function emptyEnd(): CurveEnd {
  const none = Number.NaN;
  return {
    price: none,
    delta: none,
    gamma: none,
    priceUp: none,
    deltaUp: none,
    gammaUp: none,
    isExercised: false,
  };
}
