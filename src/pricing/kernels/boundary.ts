/**
 * The early-exercise boundary of two options at a time. AssemblyScript. The method is that of
 * `../exercise-boundary.ts`, system A, with seven nodes: the last stands at no time and has no
 * unknown.
 *
 * Each lane is a put of strike 1: a call is the put with spot and strike, rate and yield exchanged.
 * A pair's state stands in `scratch`, in words of two lanes; `../american-columns.ts` gives the
 * room and builds the table of the scheme's constants.
 */

import { DENSITY, HALF, Lanes, MIDDLE, MINUS_HALF, NINE, ONE } from './lanes';

/** Of the strike, as in the scalar reference. */
const NO_INTEREST: f64 = 1e-12;
export const NODES: i32 = 6;
/** Bytes of a row of the table: one coefficient for each node. */
export const ROW: usize = 48;

/** Where the table's inner points begin: behind √(τ/T) of the nodes and its logarithms. */
export const PARTS: usize = 96;

// Coefficients of shorter polynomials than those of `lanes.ts`: a boundary is known to 1e-7, and
// the premium that it makes is a small part of a price. Computed and stored as there.
/** (e^r − 1 − r)/r², even powers, then odd ones: relative error of e^r 4e-12. */
const EXP = memory.data<f64>([
  2.4859578222625295e-5, 0.001388885404961482, 0.041666666718980845, 0.5, 0.0001989927395864936,
  0.008333298483754886, 0.16666666718997508,
]);
/** Mills' ratio divided by 1 − t, of degree 15: relative error 9e-12. */
const MILLS = memory.data<f64>([
  3.142453462643523e-7, -3.569363461117989e-6, 3.089447764224036e-5, -0.00025546560919999413,
  0.0011763017944865554, 0.031021644929274478, 0.12434338896805715, 0.2125705804436088,
  -8.176125502257193e-8, 8.016075076760403e-7, -4.366880095323136e-6, 1.7448627665601063e-6,
  0.00048708236135838057, -0.009433648105798245, -0.07050359920208482, -0.17832091165605304,
]);
/**
 * |ln B|/(σ√τ) of a boundary that ends at the strike, by powers of L = ln(r√τ/σ), W = √(1 − q/r)
 * and σ√τ up to the second: 1, L, W, D, LL, LW, LD, WW, WD, DD. Least squares over 10,000
 * boundaries (rates 0.1 to 12 %, volatilities 6 to 120 %, days to years), 1.2 % root mean square;
 * the trigger that is taken elsewhere is 15 % off.
 */
const FIRST = memory.data<f64>([
  1.6756915052988777, -0.449809292522304, -1.3354481291940763, -1.2830859324224266,
  -0.01628372324462404, -0.08079484912254367, 0.05182465489962298, 0.07348682501055777,
  1.086039603465174, 0.09800086123051865,
]);
const LOG_MIN: f64 = -12;

/** Of σ√T: a round that moved ln B by less is the last. At three times it the error doubles. */
const ENOUGH: f64 = 0.003;

// Places in scratch, in bytes.
/** ln²(B/limit) at the nodes, then what the iteration makes of them. */
export const VALUES: usize = 0;
const NEXT: usize = 96;
/** The boundary's Chebyshev coefficients, of which there are seven. */
export const SERIES: usize = 192;
export const RATE: usize = 304;
export const PAID: usize = 320;
export const YEARS: usize = 336;
export const SIGMA: usize = 352;
export const LIMIT: usize = 368;
export const LOG_LIMIT: usize = 384;
export const IS_EUROPEAN: usize = 400;
export const VALUE: usize = 416;
export const SLOPE: usize = 432;
export const CURVE: usize = 448;
const STRIKE_SUM: usize = 464;
const SPOT_SUM: usize = 480;
/** e^(qu) at the inner points of each node. */
const GROWTH: usize = 496;

// biome-ignore lint/complexity/noStaticOnlyClass: only methods can carry @inline here.
export class Put {
  /** e^x for x up to 700; far below it is next to nothing. */
  @inline
  static exp(x: v128): v128 {
    const held = f64x2.pmax(x, f64x2.splat(-700));
    const shifted = Lanes.shifted(held);
    const r = Lanes.reduced(held, shifted);
    const r2 = f64x2.mul(r, r);
    let even = Lanes.at(EXP);
    even = Lanes.step(even, r2, EXP + 8);
    even = Lanes.step(even, r2, EXP + 16);
    even = Lanes.step(even, r2, EXP + 24);
    let odd = Lanes.at(EXP + 32);
    odd = Lanes.step(odd, r2, EXP + 40);
    odd = Lanes.step(odd, r2, EXP + 48);
    return Lanes.scaled(r, f64x2.add(even, f64x2.mul(odd, r)), shifted);
  }

  /** As `Lanes.mills`. */
  @inline
  static mills(inverse: v128): v128 {
    const scaled = f64x2.mul(Lanes.at(NINE), inverse);
    const t = f64x2.sub(Lanes.at(ONE), scaled);
    const u = f64x2.mul(t, t);
    const u2 = f64x2.mul(u, u);
    let even0 = Lanes.at(MILLS + 8);
    even0 = Lanes.step(even0, u2, MILLS + 24);
    even0 = Lanes.step(even0, u2, MILLS + 40);
    even0 = Lanes.step(even0, u2, MILLS + 56);
    let even1 = Lanes.at(MILLS);
    even1 = Lanes.step(even1, u2, MILLS + 16);
    even1 = Lanes.step(even1, u2, MILLS + 32);
    even1 = Lanes.step(even1, u2, MILLS + 48);
    const even = f64x2.add(even0, f64x2.mul(even1, u));
    let odd0 = Lanes.at(MILLS + 72);
    odd0 = Lanes.step(odd0, u2, MILLS + 88);
    odd0 = Lanes.step(odd0, u2, MILLS + 104);
    odd0 = Lanes.step(odd0, u2, MILLS + 120);
    let odd1 = Lanes.at(MILLS + 64);
    odd1 = Lanes.step(odd1, u2, MILLS + 80);
    odd1 = Lanes.step(odd1, u2, MILLS + 96);
    odd1 = Lanes.step(odd1, u2, MILLS + 112);
    const odd = f64x2.add(odd0, f64x2.mul(odd1, u));
    return f64x2.mul(scaled, f64x2.add(even, f64x2.mul(odd, t)));
  }

  /** φ(d)·√2π. */
  @inline
  static bell(d: v128): v128 {
    return Put.exp(f64x2.mul(Lanes.at(MINUS_HALF), f64x2.mul(d, d)));
  }

  /** Φ(d), given φ(d)·√2π. */
  @inline
  static cdf(d: v128, bell: v128): v128 {
    const place = f64x2.add(f64x2.abs(d), Lanes.at(MIDDLE));
    const density = f64x2.mul(Lanes.at(DENSITY), bell);
    const tail = f64x2.mul(density, Put.mills(f64x2.div(Lanes.at(ONE), place)));
    return Lanes.inside(d, tail);
  }

  /** The fit of `FIRST`, held to what boundaries have. */
  @inline
  static first(log: v128, w: v128, deviation: v128): v128 {
    const l = f64x2.pmax(log, f64x2.splat(LOG_MIN));
    const d = f64x2.pmin(deviation, f64x2.splat(1.8));
    const byL = f64x2.add(
      f64x2.add(Lanes.at(FIRST + 8), f64x2.mul(Lanes.at(FIRST + 32), l)),
      f64x2.add(f64x2.mul(Lanes.at(FIRST + 40), w), f64x2.mul(Lanes.at(FIRST + 48), d)),
    );
    const byW = f64x2.add(
      f64x2.add(Lanes.at(FIRST + 16), f64x2.mul(Lanes.at(FIRST + 56), w)),
      f64x2.mul(Lanes.at(FIRST + 64), d),
    );
    const byD = f64x2.add(Lanes.at(FIRST + 24), f64x2.mul(Lanes.at(FIRST + 72), d));
    const sum = f64x2.add(
      f64x2.add(Lanes.at(FIRST), f64x2.mul(byL, l)),
      f64x2.add(f64x2.mul(byW, w), f64x2.mul(byD, d)),
    );
    return f64x2.pmin(f64x2.pmax(sum, f64x2.splat(0.4)), f64x2.splat(6));
  }

  /** A row of the table times the values at the nodes. */
  @inline
  static sum(row: usize, h0: v128, h1: v128, h2: v128, h3: v128, h4: v128, h5: v128): v128 {
    const even = f64x2.mul(h0, v128.load64_splat(row));
    const odd = f64x2.mul(h1, v128.load64_splat(row, 8));
    const even2 = f64x2.add(even, f64x2.mul(h2, v128.load64_splat(row, 16)));
    const odd2 = f64x2.add(odd, f64x2.mul(h3, v128.load64_splat(row, 24)));
    const even4 = f64x2.add(even2, f64x2.mul(h4, v128.load64_splat(row, 32)));
    const odd4 = f64x2.add(odd2, f64x2.mul(h5, v128.load64_splat(row, 40)));
    return f64x2.add(even4, odd4);
  }

  /** The boundary's polynomial at a row of the table; it is a square. */
  @inline
  static dot(row: usize, h0: v128, h1: v128, h2: v128, h3: v128, h4: v128, h5: v128): v128 {
    return f64x2.pmax(Put.sum(row, h0, h1, h2, h3, h4, h5), f64x2.splat(0));
  }

  /** The same where there is no row: Clenshaw's sum of the series at `z`. */
  @inline
  static series(scratch: usize, z: v128): v128 {
    const twice = f64x2.add(z, z);
    let later = f64x2.splat(0);
    let latest = f64x2.splat(0);
    for (let k = NODES; k > 0; k -= 1) {
      const own = v128.load(scratch + SERIES + ((<usize>k) << 4));
      const sum = f64x2.add(own, f64x2.sub(f64x2.mul(twice, later), latest));
      latest = later;
      later = sum;
    }
    const first = v128.load(scratch, SERIES);
    const sum = f64x2.add(first, f64x2.sub(f64x2.mul(z, later), latest));
    return f64x2.pmax(sum, f64x2.splat(0));
  }
}

/** Reads a pair and writes the put that it stands for. */
export function prepare(row: usize, stride: usize, scratch: usize): void {
  const zero = f64x2.splat(0);
  const isCall = f64x2.gt(v128.load(row), zero);
  const years = v128.load(row + stride * 3);
  const rateIn = v128.load(row + stride * 4);
  const yieldIn = v128.load(row + stride * 5);
  const given = v128.bitselect(yieldIn, rateIn, isCall);
  const paid = v128.bitselect(rateIn, yieldIn, isCall);
  // Exercise earns interest on the strike and saves a negative yield: else it is worth nothing.
  const saves = f64x2.pmax(f64x2.neg(paid), zero);
  const earns = f64x2.mul(f64x2.add(f64x2.pmax(given, zero), saves), years);
  const isNegative = f64x2.lt(given, zero);
  const isDouble = v128.and(isNegative, f64x2.lt(paid, given));
  const isWorthless = v128.or(isNegative, f64x2.lt(earns, f64x2.splat(NO_INTEREST)));
  const isEuropean = v128.andnot(isWorthless, isDouble);
  // A lane without a premium is computed with a rate that has one, and its result left out.
  const rate = v128.bitselect(f64x2.splat(0.05), given, isEuropean);
  const tiny = f64x2.splat(1e-300);
  const limit = f64x2.pmin(Lanes.at(ONE), f64x2.div(rate, f64x2.pmax(paid, tiny)));
  v128.store(scratch, rate, RATE);
  v128.store(scratch, paid, PAID);
  v128.store(scratch, years, YEARS);
  v128.store(scratch, v128.load(row + stride * 6), SIGMA);
  v128.store(scratch, limit, LIMIT);
  v128.store(scratch, Lanes.logRatio(f64x2.pmax(limit, tiny), Lanes.at(ONE)), LOG_LIMIT);
  v128.store(scratch, isEuropean, IS_EUROPEAN);
}

/**
 * A first boundary, and the growth at its points: the fit, or the trigger of Bjerksund and
 * Stensland (1993) where the yield is above the rate.
 */
export function guess(scratch: usize, table: usize, inner: i32): void {
  const one = Lanes.at(ONE);
  const rate = v128.load(scratch, RATE);
  const paid = v128.load(scratch, PAID);
  const years = v128.load(scratch, YEARS);
  const sigma = v128.load(scratch, SIGMA);
  const limit = v128.load(scratch, LIMIT);
  const drift = f64x2.sub(rate, paid);
  const perVariance = f64x2.div(one, f64x2.mul(sigma, sigma));
  const a = f64x2.sub(f64x2.mul(drift, perVariance), Lanes.at(HALF));
  const b = f64x2.mul(f64x2.add(rate, rate), perVariance);
  const size = f64x2.sqrt(f64x2.add(f64x2.mul(a, a), b));
  // The negative root of the characteristic equation, by the form that does not cancel.
  const below = f64x2.neg(f64x2.div(b, f64x2.sub(size, a)));
  const above = f64x2.neg(f64x2.add(a, size));
  const power = v128.bitselect(below, above, f64x2.lt(a, f64x2.splat(0)));
  const endless = f64x2.pmax(f64x2.div(power, f64x2.sub(power, one)), f64x2.splat(1e-9));
  const near = f64x2.div(one, limit);
  const far = f64x2.pmin(endless, f64x2.mul(limit, f64x2.splat(1 - 1e-12)));
  const apart = f64x2.sub(f64x2.div(one, far), near);
  const pace = f64x2.neg(f64x2.div(near, apart));
  const parts = table + PARTS;
  // Where the boundary ends at the strike a fit is nearer than the trigger.
  const isFitted = f64x2.ge(rate, paid);
  const kept = f64x2.sub(one, f64x2.div(paid, rate));
  const w = f64x2.sqrt(f64x2.pmin(f64x2.pmax(kept, f64x2.splat(0)), one));
  const rootYears = f64x2.sqrt(years);
  const log0 = Lanes.logRatio(f64x2.pmax(f64x2.mul(rate, rootYears), f64x2.splat(1e-300)), sigma);
  for (let node: usize = 0; node < <usize>NODES; node += 1) {
    const root = v128.load64_splat(table + (node << 3));
    const time = f64x2.mul(years, f64x2.mul(root, root));
    const deviation = f64x2.mul(f64x2.mul(sigma, rootYears), root);
    const twice = f64x2.sub(f64x2.add(deviation, deviation), f64x2.mul(drift, time));
    const reach = f64x2.pmax(twice, f64x2.mul(Lanes.at(HALF), deviation));
    const share = f64x2.sub(one, Put.exp(f64x2.mul(pace, reach)));
    const trigger = f64x2.add(near, f64x2.mul(apart, share));
    const log = Lanes.logRatio(f64x2.mul(limit, trigger), one);
    const logRoot = f64x2.add(log0, v128.load64_splat(table + ROW + (node << 3)));
    const fit = f64x2.mul(Put.first(logRoot, w, deviation), deviation);
    const chosen = v128.bitselect(fit, log, isFitted);
    v128.store(scratch + VALUES + (node << 4), f64x2.mul(chosen, chosen));
    const growth = scratch + GROWTH + ((node * <usize>inner) << 4);
    for (let j: usize = 0; j < <usize>inner; j += 1) {
      const part = v128.load64_splat(parts + (j << 3));
      const left = f64x2.mul(time, f64x2.sub(one, f64x2.mul(part, part)));
      v128.store(growth + (j << 4), Put.exp(f64x2.mul(paid, left)));
    }
  }
}

/** One application of B = e^(−(r−q)τ) N/D at all nodes of active lanes; the largest moves. */
function iterate(scratch: usize, table: usize, inner: i32, active: v128): v128 {
  const words = (<usize>inner) << 3;
  const rows = table + PARTS + 3 * words;
  let change = f64x2.splat(0);
  for (let node: usize = 0; node < <usize>NODES; node += 1) {
    const root = v128.load64_splat(table + (node << 3));
    const row = rows + ROW * node * <usize>inner;
    const growth = scratch + GROWTH + ((node * <usize>inner) << 4);
    const here = f64x2.neg(f64x2.sqrt(v128.load(scratch + VALUES + (node << 4))));
    integrate(scratch, table, words, row, growth, here, root);
    const moved = nextOf(scratch, here, root);
    change = f64x2.pmax(change, f64x2.abs(f64x2.sub(moved, here)));
    v128.store(scratch + NEXT + (node << 4), f64x2.mul(moved, moved));
  }
  for (let place: usize = 0; place < 16 * <usize>NODES; place += 16) {
    const old = v128.load(scratch + place, VALUES);
    const next = v128.load(scratch + place, NEXT);
    v128.store(scratch + place, v128.bitselect(next, old, active), VALUES);
  }
  return change;
}

/**
 * Solves both lanes' equations in as many rounds as each needs; the last moves of ln B. A round
 * leaves a sixth of its move where rate and yield are alike, half where they are far apart.
 */
export function settle(scratch: usize, table: usize, inner: i32, rounds: i32): v128 {
  const root = f64x2.sqrt(v128.load(scratch, YEARS));
  const width = f64x2.mul(v128.load(scratch, SIGMA), root);
  const enough = f64x2.mul(f64x2.splat(ENOUGH), width);
  let active = i64x2.splat(-1);
  let moved = f64x2.splat(0);
  for (let round = 0; round < rounds; round += 1) {
    moved = v128.bitselect(iterate(scratch, table, inner, active), moved, active);
    // A lane stops by itself: what its neighbour needs must not move it further.
    active = v128.and(active, f64x2.gt(moved, enough));
    if (!v128.any_true(active)) break;
  }
  return moved;
}

/** Both integrals of a node's equation, into `STRIKE_SUM` and `SPOT_SUM`. */
function integrate(
  scratch: usize,
  table: usize,
  words: usize,
  firstRow: usize,
  growth: usize,
  here: v128,
  root: v128,
): void {
  const halfUnit = Lanes.at(HALF);
  const rate = v128.load(scratch, RATE);
  const drift = f64x2.sub(rate, v128.load(scratch, PAID));
  const years = v128.load(scratch, YEARS);
  const sigma = v128.load(scratch, SIGMA);
  const time = f64x2.mul(years, f64x2.mul(root, root));
  const width = f64x2.mul(f64x2.mul(sigma, f64x2.sqrt(years)), root);
  const perWidth = f64x2.div(Lanes.at(ONE), width);
  // √τ/σ = σ√τ/σ²; the densities' 1/√2π is in it.
  const scale = f64x2.div(width, f64x2.mul(sigma, sigma));
  const densityScale = f64x2.mul(Lanes.at(DENSITY), scale);
  const h0 = v128.load(scratch, VALUES);
  const h1 = v128.load(scratch, VALUES + 16);
  const h2 = v128.load(scratch, VALUES + 32);
  const h3 = v128.load(scratch, VALUES + 48);
  const h4 = v128.load(scratch, VALUES + 64);
  const h5 = v128.load(scratch, VALUES + 80);
  const parts = table + PARTS;
  const inverseParts = parts + words;
  const weights = inverseParts + words;
  let strikeSum = f64x2.splat(0);
  let spotSum = f64x2.splat(0);
  for (let j: usize = 0; j < words; j += 8) {
    const part = v128.load64_splat(parts + j);
    const perDeviation = f64x2.mul(perWidth, v128.load64_splat(inverseParts + j));
    const weight = v128.load64_splat(weights + j);
    const square = Put.dot(firstRow + j * 6, h0, h1, h2, h3, h4, h5);
    const distance = f64x2.add(here, f64x2.sqrt(square));
    const halfDeviation = f64x2.mul(halfUnit, f64x2.mul(width, part));
    const ahead = f64x2.mul(time, f64x2.mul(part, part));
    const middle = f64x2.mul(f64x2.add(distance, f64x2.mul(drift, ahead)), perDeviation);
    const plus = f64x2.add(middle, halfDeviation);
    const minus = f64x2.sub(middle, halfDeviation);
    const interest = f64x2.mul(rate, f64x2.sub(time, ahead));
    const half = f64x2.mul(halfUnit, f64x2.mul(minus, minus));
    const strikeTerm = Put.exp(f64x2.sub(interest, half));
    const bell = Put.bell(plus);
    const inside = f64x2.mul(Put.cdf(plus, bell), f64x2.mul(time, part));
    const spotTerm = f64x2.add(inside, f64x2.mul(bell, densityScale));
    const grown = f64x2.mul(weight, v128.load(growth + (j << 1)));
    strikeSum = f64x2.add(strikeSum, f64x2.mul(weight, strikeTerm));
    spotSum = f64x2.add(spotSum, f64x2.mul(grown, spotTerm));
  }
  v128.store(scratch, f64x2.mul(strikeSum, densityScale), STRIKE_SUM);
  v128.store(scratch, spotSum, SPOT_SUM);
}

/** ln(B/limit) by the node's integrals; `here` where the equation has no answer. */
function nextOf(scratch: usize, here: v128, root: v128): v128 {
  const zero = f64x2.splat(0);
  const one = Lanes.at(ONE);
  const rate = v128.load(scratch, RATE);
  const paid = v128.load(scratch, PAID);
  const years = v128.load(scratch, YEARS);
  const logLimit = v128.load(scratch, LOG_LIMIT);
  const time = f64x2.mul(years, f64x2.mul(root, root));
  const width = f64x2.mul(f64x2.mul(v128.load(scratch, SIGMA), f64x2.sqrt(years)), root);
  const perWidth = f64x2.div(one, width);
  const driftTime = f64x2.mul(f64x2.sub(rate, paid), time);
  const middle = f64x2.mul(f64x2.add(f64x2.add(here, logLimit), driftTime), perWidth);
  const halfWidth = f64x2.mul(Lanes.at(HALF), width);
  const plus = f64x2.add(middle, halfWidth);
  const bell = Put.bell(plus);
  const perRoot = f64x2.mul(Lanes.at(DENSITY), perWidth);
  const first = f64x2.mul(Put.bell(f64x2.sub(middle, halfWidth)), perRoot);
  const top = f64x2.add(first, f64x2.mul(rate, v128.load(scratch, STRIKE_SUM)));
  const second = f64x2.add(Put.cdf(plus, bell), f64x2.mul(bell, perRoot));
  const bottom = f64x2.add(second, f64x2.mul(paid, v128.load(scratch, SPOT_SUM)));
  const isDefined = v128.and(f64x2.gt(top, zero), f64x2.gt(bottom, zero));
  const safeTop = v128.bitselect(top, one, isDefined);
  const ratio = Lanes.logRatio(safeTop, v128.bitselect(bottom, one, isDefined));
  const found = f64x2.pmin(f64x2.sub(f64x2.sub(ratio, driftTime), logLimit), zero);
  return v128.bitselect(found, here, isDefined);
}
