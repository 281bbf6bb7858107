/**
 * The premium of early exercise, two options at a time. AssemblyScript; columns as in
 * `european.ts`, which must have written value, delta and gamma before: what is added here makes
 * them American. The method is that of `../american.ts`. A row whose boundary has not settled, or
 * that is outside the domain, gets 1 in the column `flag` and is left to the scalar reference.
 */

import {
  CURVE,
  guess,
  IS_EUROPEAN,
  LIMIT,
  LOG_LIMIT,
  NODES,
  PAID,
  PARTS,
  Put,
  prepare,
  RATE,
  ROW,
  SERIES,
  SIGMA,
  SLOPE,
  settle,
  VALUE,
  VALUES,
  YEARS,
} from './boundary';
import { DENSITY, HALF, Lanes, ONE } from './lanes';

/** Standard deviations from the boundary within which the range of the integral is divided. */
const NEAR: f64 = 0.25;
/** Of σ√T: how much the last iteration may still have moved ln B. */
const SETTLED: f64 = 0.1;
/** Where the two volatilities stand behind the values of both knots. */
const KNOT_SIGMAS: usize = 96;
/** r²T/σ²: beyond it the error exceeds 2e-5 of the strike. */
const INTEREST_MAX: f64 = 0.75;

// biome-ignore lint/complexity/noStaticOnlyClass: only methods can carry @inline here.
class Point {
  @inline
  static clear(scratch: usize): void {
    v128.store(scratch, f64x2.splat(0), VALUE);
    v128.store(scratch, f64x2.splat(0), SLOPE);
    v128.store(scratch, f64x2.splat(0), CURVE);
  }

  /** Adds the integrand of the premium at √(t/T) = `part`, times `weight` of that variable. */
  @inline
  static add(
    scratch: usize,
    x: v128,
    perX: v128,
    distance: v128,
    part: v128,
    weight: v128,
    rate: v128,
    paid: v128,
    years: v128,
    width: v128,
  ): void {
    const one = Lanes.at(ONE);
    const time = f64x2.mul(years, f64x2.mul(part, part));
    const deviation = f64x2.mul(width, part);
    const perDeviation = f64x2.div(one, deviation);
    const gained = f64x2.add(distance, f64x2.mul(f64x2.sub(rate, paid), time));
    const middle = f64x2.mul(gained, perDeviation);
    const halfDeviation = f64x2.mul(Lanes.at(HALF), deviation);
    const plus = f64x2.add(middle, halfDeviation);
    const minus = f64x2.sub(middle, halfDeviation);
    const bellPlus = Put.bell(plus);
    const bellMinus = Put.bell(minus);
    const plusBelow = Put.cdf(f64x2.neg(plus), bellPlus);
    const minusBelow = Put.cdf(f64x2.neg(minus), bellMinus);
    // dt = 2 T part d(part).
    const measure = f64x2.mul(f64x2.mul(f64x2.add(years, years), part), weight);
    const interest = Put.exp(f64x2.neg(f64x2.mul(rate, time)));
    const yielded = Put.exp(f64x2.neg(f64x2.mul(paid, time)));
    const strikeFlow = f64x2.mul(f64x2.mul(measure, rate), interest);
    const spotFlow = f64x2.mul(f64x2.mul(measure, paid), yielded);
    const perRoot = f64x2.mul(Lanes.at(DENSITY), perDeviation);
    const steepPlus = f64x2.mul(bellPlus, perRoot);
    const steepMinus = f64x2.mul(f64x2.mul(strikeFlow, f64x2.mul(bellMinus, perRoot)), perX);
    const spotBelow = f64x2.mul(spotFlow, plusBelow);
    const value = f64x2.sub(f64x2.mul(strikeFlow, minusBelow), f64x2.mul(spotBelow, x));
    const rise = f64x2.sub(f64x2.mul(spotFlow, steepPlus), spotBelow);
    const slope = f64x2.sub(rise, steepMinus);
    const bendMinus = f64x2.add(f64x2.mul(minus, perDeviation), one);
    const bendPlus = f64x2.sub(one, f64x2.mul(plus, perDeviation));
    const curve = f64x2.add(
      f64x2.mul(steepMinus, bendMinus),
      f64x2.mul(f64x2.mul(spotFlow, steepPlus), bendPlus),
    );
    v128.store(scratch, f64x2.add(v128.load(scratch, VALUE), value), VALUE);
    v128.store(scratch, f64x2.add(v128.load(scratch, SLOPE), slope), SLOPE);
    v128.store(scratch, f64x2.add(v128.load(scratch, CURVE), f64x2.mul(curve, perX)), CURVE);
  }
}

/** The premium and its two derivatives by the spot `x`; `beyond` is ln x less ln B. */
function premium(
  scratch: usize,
  table: usize,
  inner: i32,
  outer: i32,
  x: v128,
  logX: v128,
  beyond: v128,
): void {
  const zero = f64x2.splat(0);
  const rate = v128.load(scratch, RATE);
  const paid = v128.load(scratch, PAID);
  const years = v128.load(scratch, YEARS);
  const width = f64x2.mul(v128.load(scratch, SIGMA), f64x2.sqrt(years));
  const perX = f64x2.div(Lanes.at(ONE), x);
  const above = f64x2.sub(logX, v128.load(scratch, LOG_LIMIT));
  const h0 = v128.load(scratch, VALUES);
  const h1 = v128.load(scratch, VALUES + 16);
  const h2 = v128.load(scratch, VALUES + 32);
  const h3 = v128.load(scratch, VALUES + 48);
  const h4 = v128.load(scratch, VALUES + 64);
  const h5 = v128.load(scratch, VALUES + 80);
  const words = (<usize>outer) << 3;
  const parts = table + PARTS + 24 * <usize>inner + ROW * <usize>(NODES * inner);
  const weights = parts + words;
  const rows = weights + words;
  Point.clear(scratch);
  for (let j: usize = 0; j < words; j += 8) {
    const square = Put.dot(rows + j * 6, h0, h1, h2, h3, h4, h5);
    const distance = f64x2.add(above, f64x2.sqrt(square));
    const part = v128.load64_splat(parts + j);
    const weight = v128.load64_splat(weights + j);
    Point.add(scratch, x, perX, distance, part, weight, rate, paid, years, width);
  }
  const peak = f64x2.div(f64x2.pmax(beyond, zero), width);
  const isExercised = f64x2.le(beyond, zero);
  const isNear = v128.andnot(f64x2.lt(peak, f64x2.splat(NEAR)), isExercised);
  if (!v128.any_true(isNear)) return;
  // A lane's result must not depend on its neighbour: each keeps that of its own way.
  const value = v128.load(scratch, VALUE);
  const slope = v128.load(scratch, SLOPE);
  const curve = v128.load(scratch, CURVE);
  const series = rows + words * 6;
  for (let k: usize = 0; k <= <usize>NODES; k += 1) {
    const sum = Put.sum(series + ROW * k, h0, h1, h2, h3, h4, h5);
    v128.store(scratch + SERIES + (k << 4), sum);
  }
  divided(scratch, parts, words, x, above, peak);
  v128.store(scratch, v128.bitselect(v128.load(scratch, VALUE), value, isNear), VALUE);
  v128.store(scratch, v128.bitselect(v128.load(scratch, SLOPE), slope, isNear), SLOPE);
  v128.store(scratch, v128.bitselect(v128.load(scratch, CURVE), curve, isNear), CURVE);
}

/** Close to the boundary the integrand of gamma peaks at √t ≈ distance/σ: the range is divided. */
function divided(
  scratch: usize,
  parts: usize,
  words: usize,
  x: v128,
  above: v128,
  peak: v128,
): void {
  const one = Lanes.at(ONE);
  const rate = v128.load(scratch, RATE);
  const paid = v128.load(scratch, PAID);
  const years = v128.load(scratch, YEARS);
  const width = f64x2.mul(v128.load(scratch, SIGMA), f64x2.sqrt(years));
  const perX = f64x2.div(one, x);
  const weights = parts + words;
  let from = f64x2.splat(0);
  Point.clear(scratch);
  for (let piece = 0; piece < 3; piece += 1) {
    const cut = f64x2.mul(f64x2.splat(piece === 0 ? 3 : 12), peak);
    const to = piece === 2 ? one : f64x2.pmin(cut, one);
    const span = f64x2.sub(to, from);
    for (let j: usize = 0; j < words; j += 8) {
      const place = f64x2.add(from, f64x2.mul(span, v128.load64_splat(parts + j)));
      // A lane that is exercised has no peak: its first range is empty, and its result left out.
      const part = f64x2.pmax(place, f64x2.splat(1e-9));
      const left = f64x2.pmax(f64x2.sub(one, f64x2.mul(part, part)), f64x2.splat(0));
      const root = f64x2.sqrt(left);
      const square = Put.series(scratch, f64x2.sub(f64x2.add(root, root), one));
      const distance = f64x2.add(above, f64x2.sqrt(square));
      const weight = f64x2.mul(span, v128.load64_splat(weights + j));
      Point.add(scratch, x, perX, distance, part, weight, rate, paid, years, width);
    }
    from = to;
  }
}

/** Which lanes have a boundary to rely on, or need none; `change` is its last move. */
function isSolved(scratch: usize, change: v128): v128 {
  const years = v128.load(scratch, YEARS);
  const width = f64x2.mul(v128.load(scratch, SIGMA), f64x2.sqrt(years));
  const settled = f64x2.le(change, f64x2.mul(f64x2.splat(SETTLED), width));
  const rate = v128.load(scratch, RATE);
  // Where interest is large against volatility the iteration is slow, and may seem to have settled.
  const interest = f64x2.mul(f64x2.mul(rate, rate), years);
  const variance = f64x2.mul(v128.load(scratch, SIGMA), v128.load(scratch, SIGMA));
  const isQuick = f64x2.le(interest, f64x2.mul(f64x2.splat(INTEREST_MAX), variance));
  const single = v128.and(
    v128.and(f64x2.ge(rate, f64x2.splat(0)), isQuick),
    f64x2.ge(v128.load(scratch, LIMIT), f64x2.splat(1e-4)),
  );
  const usual = v128.and(
    v128.and(f64x2.ge(width, f64x2.splat(1e-3)), f64x2.ge(years, f64x2.splat(1e-5))),
    f64x2.ge(v128.load(scratch, PAID), f64x2.splat(0)),
  );
  const isEuropean = v128.load(scratch, IS_EUROPEAN);
  return v128.or(v128.and(v128.and(settled, single), usual), isEuropean);
}

/** Makes the pair's value, delta and gamma American; returns its flags. */
function finish(
  row: usize,
  stride: usize,
  scratch: usize,
  x: v128,
  beyond: v128,
  change: v128,
): v128 {
  const one = Lanes.at(ONE);
  const sign = v128.load(row);
  const isCall = f64x2.gt(sign, f64x2.splat(0));
  const spot = v128.load(row + stride);
  const strike = v128.load(row + stride * 2);
  const european = v128.load(row + stride * 8);
  const delta = v128.load(row + stride * 9);
  const gamma = v128.load(row + stride * 10);
  const value = v128.load(scratch, VALUE);
  const slope = v128.load(scratch, SLOPE);
  const curve = v128.load(scratch, CURVE);
  const isEuropean = v128.load(scratch, IS_EUROPEAN);
  const isExercised = f64x2.le(beyond, f64x2.splat(0));
  const pays = f64x2.mul(sign, f64x2.sub(spot, strike));
  const unit = v128.bitselect(spot, strike, isCall);
  const worth = f64x2.pmax(f64x2.add(european, f64x2.mul(unit, value)), pays);
  const callSlope = f64x2.sub(value, f64x2.mul(x, slope));
  const deltaMore = f64x2.add(delta, v128.bitselect(callSlope, slope, isCall));
  // By the spot of the put, which is S/K, or K/S of a call.
  const bent = v128.bitselect(f64x2.mul(f64x2.mul(x, x), curve), curve, isCall);
  const gammaMore = f64x2.add(gamma, f64x2.div(bent, unit));
  const price = v128.bitselect(pays, worth, isExercised);
  const slopeOut = v128.bitselect(sign, deltaMore, isExercised);
  const curveOut = v128.bitselect(f64x2.splat(0), gammaMore, isExercised);
  v128.store(row + stride * 8, v128.bitselect(european, price, isEuropean));
  v128.store(row + stride * 9, v128.bitselect(delta, slopeOut, isEuropean));
  v128.store(row + stride * 10, v128.bitselect(gamma, curveOut, isEuropean));

  const solved = isSolved(scratch, change);
  const wasGood = f64x2.eq(v128.load(row + stride * 7), f64x2.splat(0));
  const flag = v128.andnot(one, v128.and(solved, wasGood));
  v128.store(row + stride * 7, flag);
  return flag;
}

/** Adds the premium of the boundaries in scratch to a pair; returns its flags. */
function complete(
  row: usize,
  stride: usize,
  table: usize,
  scratch: usize,
  inner: i32,
  outer: i32,
  change: v128,
): v128 {
  const isCall = f64x2.gt(v128.load(row), f64x2.splat(0));
  const spot = v128.load(row + stride);
  const strike = v128.load(row + stride * 2);
  const above = v128.bitselect(strike, spot, isCall);
  const below = v128.bitselect(spot, strike, isCall);
  const x = f64x2.div(above, below);
  const logX = Lanes.logRatio(above, below);
  const edge = f64x2.sub(v128.load(scratch, LOG_LIMIT), f64x2.sqrt(v128.load(scratch, VALUES)));
  const beyond = f64x2.sub(logX, edge);
  premium(scratch, table, inner, outer, x, logX, beyond);
  return finish(row, stride, scratch, x, beyond, change);
}

/** Whether the pair before has the same boundaries: they depend on neither spot nor strike. */
function hasSameBoundaries(row: usize, stride: usize): bool {
  const before = row - 16;
  const isCall = f64x2.eq(v128.load(row), v128.load(before));
  const years = f64x2.eq(v128.load(row + stride * 3), v128.load(before + stride * 3));
  const rate = f64x2.eq(v128.load(row + stride * 4), v128.load(before + stride * 4));
  const paid = f64x2.eq(v128.load(row + stride * 5), v128.load(before + stride * 5));
  const sigma = f64x2.eq(v128.load(row + stride * 6), v128.load(before + stride * 6));
  return i64x2.all_true(v128.and(v128.and(isCall, sigma), v128.and(v128.and(years, rate), paid)));
}

/** Adds the premium to `n` rows, rounded up to even; how many of them are left to the reference. */
export function american(
  n: i32,
  base: usize,
  stride: usize,
  table: usize,
  scratch: usize,
  inner: i32,
  iterations: i32,
  outer: i32,
): i32 {
  let flagged = f64x2.splat(0);
  let change = f64x2.splat(0);
  const end = base + ((<usize>n) << 3);
  for (let row = base; row < end; row += 16) {
    if (row === base || !hasSameBoundaries(row, stride)) {
      prepare(row, stride, scratch);
      guess(scratch, table, inner);
      change = settle(scratch, table, inner, iterations);
    }
    const flags = complete(row, stride, table, scratch, inner, outer, change);
    flagged = f64x2.add(flagged, flags);
  }
  return <i32>(f64x2.extract_lane(flagged, 0) + f64x2.extract_lane(flagged, 1));
}

/**
 * Solves the boundaries of the pair at `row`, which differ in volatility alone, and keeps them at
 * `knots`: ln²(B/limit)/σ² at each node, then both volatilities. How many of the two are no good.
 */
export function solveKnots(
  row: usize,
  stride: usize,
  table: usize,
  scratch: usize,
  knots: usize,
  inner: i32,
  rounds: i32,
): i32 {
  prepare(row, stride, scratch);
  guess(scratch, table, inner);
  const solved = isSolved(scratch, settle(scratch, table, inner, rounds));
  const sigma = v128.load(scratch, SIGMA);
  const perVariance = f64x2.div(Lanes.at(ONE), f64x2.mul(sigma, sigma));
  for (let place: usize = 0; place < KNOT_SIGMAS; place += 16) {
    v128.store(knots + place, f64x2.mul(v128.load(scratch + place, VALUES), perVariance));
  }
  v128.store(knots, sigma, KNOT_SIGMAS);
  return 2 - i32(i64x2.extract_lane(solved, 0) !== 0) - i32(i64x2.extract_lane(solved, 1) !== 0);
}

/** As `american`, by boundaries between those of `knots`, which have the rows' other terms. */
export function americanBetween(
  n: i32,
  base: usize,
  stride: usize,
  table: usize,
  scratch: usize,
  knots: usize,
  inner: i32,
  outer: i32,
): i32 {
  let flagged = f64x2.splat(0);
  const low = v128.load64_splat(knots + KNOT_SIGMAS);
  const span = f64x2.sub(v128.load64_splat(knots + KNOT_SIGMAS + 8), low);
  const end = base + ((<usize>n) << 3);
  for (let row = base; row < end; row += 16) {
    prepare(row, stride, scratch);
    const sigma = v128.load(scratch, SIGMA);
    const variance = f64x2.mul(sigma, sigma);
    const share = f64x2.div(f64x2.sub(sigma, low), span);
    for (let place: usize = 0; place < KNOT_SIGMAS; place += 16) {
      const first = v128.load64_splat(knots + place);
      const rise = f64x2.sub(v128.load64_splat(knots + place + 8), first);
      const value = f64x2.mul(variance, f64x2.add(first, f64x2.mul(share, rise)));
      v128.store(scratch + place, f64x2.pmax(value, f64x2.splat(0)), VALUES);
    }
    const flags = complete(row, stride, table, scratch, inner, outer, f64x2.splat(0));
    flagged = f64x2.add(flagged, flags);
  }
  return <i32>(f64x2.extract_lane(flagged, 0) + f64x2.extract_lane(flagged, 1));
}
