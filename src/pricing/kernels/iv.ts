/**
 * Implied volatility, two options at a time. AssemblyScript; columns as in `european.ts`.
 *
 * The out-of-the-money price, undiscounted and divided by √(FK), is β(x, s) with x = −|ln(F/K)| and
 * s = σ√T. A guess from Bachelier's formula, inverted by two rational functions (P. Jäckel, Implied
 * Normal Volatility, 2017), is refined by two steps of Householder's third order on ln β. The last
 * step tells how far the first was off: a row in which it is not tiny is flagged, and so is all
 * that the guess was not made for; those rows are left to the scalar solver.
 */

import { DENSITY, HALF, Lanes, MIDDLE, MINUS_HALF, ONE } from './lanes';

const SQRT_TWO_PI: f64 = 2.5066282746310007;

// In memory, in the order of their use, as in `lanes.ts`.
const GUESS = memory.data<f64>([
  9.6066952861e-5,
  -2.6207332461e-3,
  0.016969777977,
  -0.032114372355,
  -0.010472855461,
  0.14528712196,
  -0.6635646938,
  1.0,
  -0.041666666666666664,
  1.0,
  0.001882039271,
  2.1464093351,
  0.58556997323,
  -9.6320903635,
  9.4883409779,
  6.6437847132e-5,
  1.5120247828,
  0.65174820867,
  1.0 / 24.0,
  1.0,
]);
const SINH = memory.data<f64>([1.0 / 5040.0, 1.0 / 120.0, 1.0 / 6.0, 1.0]);

// biome-ignore lint/complexity/noStaticOnlyClass: only methods can carry @inline here.
class Solve {
  /** From β, |x| and y = 2 sinh(|x|/2). */
  @inline
  static guess(beta: v128, x: v128, y: v128): v128 {
    const one = Lanes.at(ONE);
    // Bachelier near the money: h = y/(β + y/2)·p(g²), so that y = 0 needs no case of its own.
    const width = f64x2.add(beta, f64x2.mul(Lanes.at(HALF), y));
    const g = f64x2.div(y, width);
    const u = f64x2.mul(g, g);
    let top = Lanes.at(GUESS);
    top = Lanes.step(top, u, GUESS + 8);
    top = Lanes.step(top, u, GUESS + 16);
    top = f64x2.neg(Lanes.step(top, u, GUESS + 24));
    let bottom = Lanes.at(GUESS + 32);
    bottom = Lanes.step(bottom, u, GUESS + 40);
    bottom = Lanes.step(bottom, u, GUESS + 48);
    bottom = Lanes.step(bottom, u, GUESS + 56);
    const p = f64x2.add(Lanes.at(DENSITY), f64x2.div(f64x2.mul(u, top), bottom));
    // s0 = |x|/h; |x|/y = asinh-like series is 1 − y²/24 + 3y⁴/640: exact enough for a guess.
    const y2 = f64x2.mul(y, y);
    let shrink = f64x2.splat(0.0046875);
    shrink = Lanes.step(shrink, y2, GUESS + 64);
    shrink = Lanes.step(shrink, y2, GUESS + 72);
    const near = f64x2.div(f64x2.mul(width, shrink), p);
    // Far from the money.
    const tiny = f64x2.lt(beta, f64x2.mul(Lanes.at(GUESS + 80), y));
    let s0 = near;
    if (v128.any_true(tiny)) {
      const safe = v128.bitselect(f64x2.div(beta, y), f64x2.splat(0.001), tiny);
      const l = f64x2.sqrt(f64x2.neg(Lanes.logRatio(safe, one)));
      let up = Lanes.at(GUESS + 88);
      up = Lanes.step(up, l, GUESS + 96);
      up = Lanes.step(up, l, GUESS + 104);
      up = Lanes.step(up, l, GUESS + 112);
      let down = Lanes.at(GUESS + 120);
      down = Lanes.step(down, l, GUESS + 128);
      down = Lanes.step(down, l, GUESS + 136);
      down = f64x2.sub(one, f64x2.mul(down, l));
      const h = f64x2.neg(f64x2.div(up, down));
      s0 = v128.bitselect(f64x2.div(x, h), near, tiny);
    }
    // Bachelier's deviation to Black's, for both at the same place.
    const v = f64x2.mul(s0, s0);
    let more = f64x2.splat(7.0 / 5760.0);
    more = Lanes.step(more, v, GUESS + 144);
    more = Lanes.step(more, v, GUESS + 152);
    return f64x2.mul(s0, more);
  }

  /** Householder's step of third order for ln b(s) = ln β. */
  @inline
  static refine(s: v128, x: v128, scaledBeta: v128): v128 {
    const one = Lanes.at(ONE);
    const inverse = f64x2.div(one, s);
    const h = f64x2.mul(x, inverse);
    const t = f64x2.mul(Lanes.at(HALF), s);
    const near = f64x2.sub(h, t);
    const b1 = f64x2.add(f64x2.abs(near), Lanes.at(MIDDLE));
    const b2 = f64x2.add(f64x2.add(h, t), Lanes.at(MIDDLE));
    const both = f64x2.div(one, f64x2.mul(b1, b2));
    const m1 = Lanes.mills(f64x2.mul(both, b2));
    const m2 = Lanes.mills(f64x2.mul(both, b1));
    // Mills of a negative argument: √2π e^(u²/2) less that of its opposite.
    const crossed = f64x2.lt(near, f64x2.splat(0));
    let first = m1;
    if (v128.any_true(crossed)) {
      const capped = f64x2.min(f64x2.mul(near, near), f64x2.splat(100));
      const large = f64x2.mul(
        f64x2.splat(SQRT_TWO_PI),
        Lanes.exp(f64x2.mul(Lanes.at(HALF), capped)),
      );
      first = v128.bitselect(f64x2.sub(large, m1), m1, crossed);
    }
    const difference = f64x2.sub(first, m2);
    const h2 = f64x2.mul(h, h);
    const t2 = f64x2.mul(t, t);
    const exponent = f64x2.mul(Lanes.at(MINUS_HALF), f64x2.add(h2, t2));
    const error = f64x2.add(exponent, Lanes.logRatio(difference, scaledBeta));
    const slope = f64x2.div(one, difference);
    const newton = f64x2.neg(f64x2.mul(error, difference));
    const curve = f64x2.sub(f64x2.mul(h2, inverse), f64x2.mul(Lanes.at(HALF), t));
    const third = f64x2.sub(
      f64x2.sub(
        f64x2.mul(curve, curve),
        f64x2.mul(f64x2.splat(3), f64x2.mul(h2, f64x2.mul(inverse, inverse))),
      ),
      f64x2.splat(0.25),
    );
    const second = f64x2.sub(curve, slope);
    const cubic = f64x2.add(
      third,
      f64x2.mul(slope, f64x2.sub(f64x2.add(slope, slope), f64x2.mul(f64x2.splat(3), curve))),
    );
    const top = f64x2.add(one, f64x2.mul(Lanes.at(HALF), f64x2.mul(second, newton)));
    const inner = f64x2.add(second, f64x2.mul(f64x2.splat(1.0 / 6.0), f64x2.mul(cubic, newton)));
    const bottom = f64x2.add(one, f64x2.mul(newton, inner));
    return f64x2.div(f64x2.mul(newton, top), bottom);
  }

  /** Solves β = b(x, s); writes s·`scale` to `out` and the flag to `flagAt`, and returns it. */
  @inline
  static write(
    beta: v128,
    x: v128,
    y: v128,
    scale: v128,
    out: usize,
    flagAt: usize,
    ok: v128,
  ): v128 {
    const scaledBeta = f64x2.mul(beta, f64x2.splat(SQRT_TWO_PI));
    const s0 = Solve.guess(beta, x, y);
    const s1 = f64x2.add(s0, Solve.refine(s0, x, scaledBeta));
    const last = Solve.refine(s1, x, scaledBeta);
    const s = f64x2.add(s1, last);
    // The error is of the fourth order: 1e-3 before the last step leaves 1e-12 at worst.
    const settled = f64x2.le(f64x2.abs(last), f64x2.mul(f64x2.splat(5e-4), s));
    const near = f64x2.le(x, f64x2.mul(f64x2.splat(8), s));
    const usual = v128.and(Lanes.between(s, 1e-7, 3), Lanes.between(beta, 1e-30, 0.8));
    const good = v128.and(v128.and(v128.and(settled, near), usual), ok);
    v128.store(out, f64x2.mul(s, scale));
    const flag = v128.andnot(Lanes.at(ONE), good);
    v128.store(flagAt, flag);
    return flag;
  }
}

/** Columns: β, |x|, s out, flag. */
export function normalised(n: i32, base: usize, stride: usize): i32 {
  let flagged = f64x2.splat(0);
  const end = base + ((<usize>n) << 3);
  for (let row = base; row < end; row += 16) {
    const beta = v128.load(row);
    const x = v128.load(row + stride);
    const half = f64x2.mul(Lanes.at(HALF), x);
    // 2 sinh(x/2) by its series; beyond |x| = 2 the guess is not used.
    const w = f64x2.mul(half, half);
    let sum = f64x2.splat(1.0 / 362880.0);
    sum = Lanes.step(sum, w, SINH);
    sum = Lanes.step(sum, w, SINH + 8);
    sum = Lanes.step(sum, w, SINH + 16);
    sum = Lanes.step(sum, w, SINH + 24);
    const y = f64x2.mul(x, sum);
    const ok = Lanes.between(x, 0, 2);
    const one = Lanes.at(ONE);
    const flag = Solve.write(beta, x, y, one, row + stride * 2, row + stride * 3, ok);
    flagged = f64x2.add(flagged, flag);
  }
  return <i32>(f64x2.extract_lane(flagged, 0) + f64x2.extract_lane(flagged, 1));
}

/** Columns as of `general`, with the price in that of the price; σ out in that of σ. */
export function implied(n: i32, base: usize, stride: usize): i32 {
  let flagged = f64x2.splat(0);
  const end = base + ((<usize>n) << 3);
  const one = Lanes.at(ONE);
  for (let row = base; row < end; row += 16) {
    const sign = v128.load(row);
    const spot = v128.load(row + stride);
    const strike = v128.load(row + stride * 2);
    const years = v128.load(row + stride * 3);
    const rate = v128.load(row + stride * 4);
    const dividendYield = v128.load(row + stride * 5);
    const price = v128.load(row + stride * 8);
    const rateTime = f64x2.mul(rate, years);
    const yieldTime = f64x2.mul(dividendYield, years);
    const spotPresent = f64x2.mul(spot, Lanes.exp(f64x2.neg(yieldTime)));
    const strikePresent = f64x2.mul(strike, Lanes.exp(f64x2.neg(rateTime)));
    const carry = f64x2.mul(f64x2.sub(rate, dividendYield), years);
    const x = f64x2.add(Lanes.logRatio(spot, strike), carry);
    const gap = f64x2.abs(f64x2.sub(spotPresent, strikePresent));
    const inTheMoney = f64x2.gt(f64x2.mul(sign, x), f64x2.splat(0));
    const outPrice = f64x2.sub(price, v128.and(gap, inTheMoney));
    const perMean = f64x2.div(one, f64x2.sqrt(f64x2.mul(spotPresent, strikePresent)));
    const beta = f64x2.mul(outPrice, perMean);
    const y = f64x2.mul(gap, perMean);
    const distance = f64x2.abs(x);
    const rates = f64x2.pmax(f64x2.abs(rateTime), f64x2.abs(yieldTime));
    const ok = v128.and(
      v128.and(Lanes.between(spot, 1e-100, 1e100), Lanes.between(strike, 1e-100, 1e100)),
      v128.and(
        v128.and(f64x2.ge(years, f64x2.splat(1e-12)), f64x2.le(rates, f64x2.splat(50))),
        v128.and(f64x2.le(distance, f64x2.splat(2)), f64x2.eq(f64x2.abs(sign), one)),
      ),
    );
    const scale = f64x2.div(one, f64x2.sqrt(years));
    const flag = Solve.write(beta, distance, y, scale, row + stride * 6, row + stride * 7, ok);
    flagged = f64x2.add(flagged, flag);
  }
  return <i32>(f64x2.extract_lane(flagged, 0) + f64x2.extract_lane(flagged, 1));
}
