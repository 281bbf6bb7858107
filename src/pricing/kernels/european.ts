/**
 * Value and greeks of European options, two at a time. AssemblyScript. Columns of doubles stand in
 * memory `stride` bytes apart from `base`; `src/pricing/kernel.ts` names them. A row outside the
 * domain in which the vector path is exact gets 1 in the column `flag` and is left to the scalar
 * reference; the functions return how many such rows there are.
 *
 * φ(d2) is not computed: S e^(−qT) φ(d1) = K e^(−rT) φ(d2). Reciprocals share one division.
 */

import {
  DENSITY,
  FAR,
  HALF,
  Lanes,
  LN2_HIGH,
  LN2_LOW,
  MIDDLE,
  MINUS_HALF,
  ONE,
  TINY,
} from './lanes';

/** The state of one pair; globals would be memory, so the callers keep it in locals. */
// biome-ignore lint/complexity/noStaticOnlyClass: only methods can carry @inline here.
class Row {
  @inline
  static at(base: usize, stride: usize, column: usize): usize {
    return base + stride * column;
  }
}

// biome-ignore lint/complexity/noStaticOnlyClass: only methods can carry @inline here.
class Core {
  /** Writes six greeks (ten where `wide`) at byte `i` of each column; returns the flags. */
  @inline
  static write(
    out: usize,
    stride: usize,
    wide: bool,
    sign: v128,
    years: v128,
    rate: v128,
    dividendYield: v128,
    sigma: v128,
    root: v128,
    logForward: v128,
    inverseDeviation: v128,
    inverseSpot: v128,
    spotDiscount: v128,
    spotPresent: v128,
    strikePresent: v128,
    inDomain: v128,
  ): v128 {
    const deviation = f64x2.mul(sigma, root);
    const half = f64x2.mul(Lanes.at(HALF), deviation);
    const middle = f64x2.mul(logForward, inverseDeviation);
    const d1 = f64x2.add(middle, half);
    const d2 = f64x2.sub(middle, half);
    const a1 = f64x2.abs(d1);
    const a2 = f64x2.abs(d2);
    const b1 = f64x2.add(a1, Lanes.at(MIDDLE));
    const b2 = f64x2.add(a2, Lanes.at(MIDDLE));
    const both = f64x2.div(Lanes.at(ONE), f64x2.mul(b1, b2));
    const square = f64x2.mul(Lanes.at(MINUS_HALF), f64x2.mul(d1, d1));
    const density = f64x2.mul(Lanes.at(DENSITY), Lanes.exp(square));
    // S e^(−qT) φ(d1), which is also K e^(−rT) φ(d2).
    const weight = f64x2.mul(spotPresent, density);
    const tail1 = f64x2.mul(density, Lanes.mills(f64x2.mul(both, b2)));
    const ratio2 = Lanes.mills(f64x2.mul(both, b1));
    const signed1 = f64x2.mul(sign, d1);
    const signed2 = f64x2.mul(sign, d2);
    const inside1 = Lanes.inside(signed1, tail1);
    const short2 = f64x2.mul(weight, ratio2);
    const beyond2 = f64x2.sub(strikePresent, short2);
    const strikeLeg = v128.bitselect(beyond2, short2, f64x2.gt(signed2, f64x2.splat(0)));
    const spotLeg = f64x2.mul(spotPresent, inside1);

    const value = f64x2.mul(sign, f64x2.sub(spotLeg, strikeLeg));
    const delta = f64x2.mul(sign, f64x2.mul(spotDiscount, inside1));
    const perSpot = f64x2.mul(weight, inverseSpot);
    const gamma = f64x2.mul(f64x2.mul(perSpot, inverseSpot), inverseDeviation);
    const vega = f64x2.mul(weight, root);
    // σ/(2√T) = σ²/(2 σ√T): the reciprocal is at hand.
    const spread = f64x2.mul(f64x2.mul(sigma, sigma), f64x2.mul(Lanes.at(HALF), inverseDeviation));
    const decay = f64x2.mul(weight, spread);
    const carry = f64x2.sub(f64x2.mul(dividendYield, spotLeg), f64x2.mul(rate, strikeLeg));
    const theta = f64x2.sub(f64x2.mul(sign, carry), decay);
    const rho = f64x2.mul(f64x2.mul(sign, years), strikeLeg);
    v128.store(out, f64x2.pmax(value, f64x2.splat(0)));
    v128.store(Row.at(out, stride, 1), delta);
    v128.store(Row.at(out, stride, 2), gamma);
    v128.store(Row.at(out, stride, 3), vega);
    v128.store(Row.at(out, stride, 4), theta);
    v128.store(Row.at(out, stride, 5), rho);
    if (wide) {
      const inverseSigma = f64x2.mul(root, inverseDeviation);
      const vanna = f64x2.neg(f64x2.mul(f64x2.mul(perSpot, d2), inverseSigma));
      const volga = f64x2.mul(f64x2.mul(vega, inverseSigma), f64x2.mul(d1, d2));
      // (2(r−q)T − d2 σ√T)/(2T σ√T) = (r−q)/(σ√T) − d2/(2T), and 1/T = (σ/σ√T)².
      const perRoot = f64x2.mul(sigma, inverseDeviation);
      const drift = f64x2.mul(f64x2.sub(rate, dividendYield), inverseDeviation);
      const fade = f64x2.mul(f64x2.mul(Lanes.at(HALF), d2), f64x2.mul(perRoot, perRoot));
      const paid = f64x2.mul(dividendYield, delta);
      const charm = f64x2.sub(paid, f64x2.mul(perSpot, f64x2.sub(drift, fade)));
      const steep = f64x2.add(Lanes.at(ONE), f64x2.mul(d1, inverseDeviation));
      const speed = f64x2.neg(f64x2.mul(f64x2.mul(gamma, inverseSpot), steep));
      v128.store(Row.at(out, stride, 6), vanna);
      v128.store(Row.at(out, stride, 7), volga);
      v128.store(Row.at(out, stride, 8), charm);
      v128.store(Row.at(out, stride, 9), speed);
    }
    const far = f64x2.le(f64x2.pmax(a1, a2), Lanes.at(FAR));
    const known = f64x2.eq(f64x2.abs(sign), Lanes.at(ONE));
    const usual = f64x2.ge(deviation, Lanes.at(TINY));
    const good = v128.and(v128.and(v128.and(inDomain, far), known), usual);
    return v128.andnot(Lanes.at(ONE), good);
  }

  @inline
  static general(n: i32, base: usize, stride: usize, wide: bool): i32 {
    let flagged = f64x2.splat(0);
    const end = base + ((<usize>n) << 3);
    for (let row = base; row < end; row += 16) {
      const sign = v128.load(row);
      const spot = v128.load(Row.at(row, stride, 1));
      const strike = v128.load(Row.at(row, stride, 2));
      const years = v128.load(Row.at(row, stride, 3));
      const rate = v128.load(Row.at(row, stride, 4));
      const dividendYield = v128.load(Row.at(row, stride, 5));
      const sigma = v128.load(Row.at(row, stride, 6));
      const root = f64x2.sqrt(years);
      const deviation = f64x2.mul(sigma, root);
      // ln(S/K), by mantissas brought within √2 of each other and the difference of exponents.
      let ms = Lanes.mantissa(spot);
      let mk = Lanes.mantissa(strike);
      const sAbove = Lanes.above(ms, mk);
      const kAbove = Lanes.above(mk, ms);
      const one = Lanes.at(ONE);
      ms = f64x2.mul(ms, f64x2.sub(one, v128.and(Lanes.at(HALF), sAbove)));
      mk = f64x2.mul(mk, f64x2.sub(one, v128.and(Lanes.at(HALF), kAbove)));
      const es = f64x2.add(Lanes.exponent(spot), v128.and(one, sAbove));
      const ek = f64x2.add(Lanes.exponent(strike), v128.and(one, kAbove));
      const powers = f64x2.sub(es, ek);
      const sum = f64x2.add(ms, mk);
      // One division for three reciprocals: of σ√T, of S and of the logarithm's denominator.
      const spotSum = f64x2.mul(spot, sum);
      const inverse = f64x2.div(one, f64x2.mul(deviation, spotSum));
      const inverseDeviation = f64x2.mul(inverse, spotSum);
      const rest = f64x2.mul(inverse, deviation);
      const inverseSpot = f64x2.mul(rest, sum);
      const z = f64x2.mul(f64x2.sub(ms, mk), f64x2.mul(rest, spot));
      const low = f64x2.add(Lanes.twoAtanh(z), f64x2.mul(powers, Lanes.at(LN2_LOW)));
      const logSpot = f64x2.add(f64x2.mul(powers, Lanes.at(LN2_HIGH)), low);
      const rateTime = f64x2.mul(rate, years);
      const yieldTime = f64x2.mul(dividendYield, years);
      const carry = f64x2.mul(f64x2.sub(rate, dividendYield), years);
      const logForward = f64x2.add(logSpot, carry);
      const spotDiscount = Lanes.exp(f64x2.neg(yieldTime));
      const spotPresent = f64x2.mul(spot, spotDiscount);
      const strikePresent = f64x2.mul(strike, Lanes.exp(f64x2.neg(rateTime)));
      const rates = f64x2.pmax(f64x2.abs(rateTime), f64x2.abs(yieldTime));
      const inDomain = v128.and(
        v128.and(Lanes.between(spot, 1e-100, 1e100), Lanes.between(strike, 1e-100, 1e100)),
        v128.and(f64x2.ge(years, f64x2.splat(1e-12)), f64x2.le(rates, f64x2.splat(50))),
      );
      const flag = Core.write(
        Row.at(row, stride, 8),
        stride,
        wide,
        sign,
        years,
        rate,
        dividendYield,
        sigma,
        root,
        logForward,
        inverseDeviation,
        inverseSpot,
        spotDiscount,
        spotPresent,
        strikePresent,
        inDomain,
      );
      v128.store(Row.at(row, stride, 7), flag);
      flagged = f64x2.add(flagged, flag);
    }
    return <i32>(f64x2.extract_lane(flagged, 0) + f64x2.extract_lane(flagged, 1));
  }

  /** All rows of one underlying, expiry and rate; `logStrike` is ln(K/reference). */
  @inline
  static chain(
    n: i32,
    base: usize,
    stride: usize,
    wide: bool,
    spot: f64,
    years: f64,
    rate: f64,
    dividendYield: f64,
    logSpot: f64,
    spotDiscount: f64,
    strikeDiscount: f64,
  ): i32 {
    let flagged = f64x2.splat(0);
    const root = f64x2.splat(Math.sqrt(years));
    const inverseSpot = f64x2.splat(1 / spot);
    const present = f64x2.splat(spot * spotDiscount);
    const logDrift = f64x2.splat(logSpot + (rate - dividendYield) * years);
    const end = base + ((<usize>n) << 3);
    for (let row = base; row < end; row += 16) {
      const sign = v128.load(row);
      const strike = v128.load(Row.at(row, stride, 2));
      const logStrike = v128.load(Row.at(row, stride, 1));
      const sigma = v128.load(Row.at(row, stride, 6));
      const inverseDeviation = f64x2.div(Lanes.at(ONE), f64x2.mul(sigma, root));
      const flag = Core.write(
        Row.at(row, stride, 8),
        stride,
        wide,
        sign,
        f64x2.splat(years),
        f64x2.splat(rate),
        f64x2.splat(dividendYield),
        sigma,
        root,
        f64x2.sub(logDrift, logStrike),
        inverseDeviation,
        inverseSpot,
        f64x2.splat(spotDiscount),
        present,
        f64x2.mul(strike, f64x2.splat(strikeDiscount)),
        Lanes.between(strike, 1e-100, 1e100),
      );
      v128.store(Row.at(row, stride, 7), flag);
      flagged = f64x2.add(flagged, flag);
    }
    return <i32>(f64x2.extract_lane(flagged, 0) + f64x2.extract_lane(flagged, 1));
  }
}

/** Six greeks of rows that each have their own inputs; `n` is rounded up to even. */
export function general(n: i32, base: usize, stride: usize): i32 {
  return Core.general(n, base, stride, false);
}

/** Ten greeks. */
export function generalWide(n: i32, base: usize, stride: usize): i32 {
  return Core.general(n, base, stride, true);
}

/** One underlying and one expiry: spot, years and rates are shared by all rows. */
export function chain(
  n: i32,
  base: usize,
  stride: usize,
  spot: f64,
  years: f64,
  rate: f64,
  dividendYield: f64,
  logSpot: f64,
  spotDiscount: f64,
  strikeDiscount: f64,
): i32 {
  const s = stride;
  const y = dividendYield;
  return Core.chain(n, base, s, false, spot, years, rate, y, logSpot, spotDiscount, strikeDiscount);
}

/** The same with ten greeks. */
export function chainWide(
  n: i32,
  base: usize,
  stride: usize,
  spot: f64,
  years: f64,
  rate: f64,
  dividendYield: f64,
  logSpot: f64,
  spotDiscount: f64,
  strikeDiscount: f64,
): i32 {
  const s = stride;
  const y = dividendYield;
  return Core.chain(n, base, s, true, spot, years, rate, y, logSpot, spotDiscount, strikeDiscount);
}
