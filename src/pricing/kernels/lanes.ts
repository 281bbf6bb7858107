/**
 * Elementary functions of two doubles at a time, without branches. AssemblyScript, compiled to
 * WebAssembly; not TypeScript for Node.
 *
 * They are static methods because AssemblyScript's `@inline` would stand on a plain function where
 * TypeScript's own grammar, which the project's other tools read this with, has no decorator.
 *
 * The coefficients are Chebyshev interpolations computed with 60 digits (mpmath) on the interval
 * stated and rounded to doubles; the errors given are those of the rounded polynomials.
 */

// Constants stand in memory, coefficients in the order of their use: a constant in the code would
// be built in three steps each time that it is used, and an option uses more than a hundred.
export const ONE = memory.data<f64>([1.0]);
export const HALF = memory.data<f64>([0.5]);
export const MINUS_HALF = memory.data<f64>([-0.5]);
export const MIDDLE = memory.data<f64>([4.5]);
export const NINE = memory.data<f64>([9.0]);
export const FAR = memory.data<f64>([37.0]);
export const TINY = memory.data<f64>([1e-8]);
/** 1/√2π. */
export const DENSITY = memory.data<f64>([0.3989422804014327]);
/** 1.5·2^52: adding it rounds to an integer. */
const MAGIC = memory.data<f64>([6755399441055744.0]);
const LOG2_E = memory.data<f64>([Math.LOG2E]);
/** ln 2 in two parts: products of the first with an exponent are exact. */
export const LN2_HIGH = memory.data<f64>([0.6931471803691238]);
export const LN2_LOW = memory.data<f64>([1.9082149292705877e-10]);
const ROOT_TWO = memory.data<f64>([Math.SQRT2]);
const EXP = memory.data<f64>([
  2.0914686968086876e-9, 2.75572736431103e-7, 2.4801587325547743e-5, 0.0013888888888883748,
  0.04166666666666667, 0.5, 2.5105217004720745e-8, 2.7557255400206422e-6, 0.00019841269874820627,
  0.008333333333326136, 0.1666666666666667,
]);
const ATANH = memory.data<f64>([
  0.1308723619665962, 0.15386241881938595, 0.22222222392089008, 0.4000000000000088,
  0.13268714792348096, 0.18181795600060793, 0.28571428570801954, 0.6666666666666666,
]);
const MILLS = memory.data<f64>([
  3.037421380193371e-10, -3.205080773312918e-9, 1.9833676586988992e-8, -1.058581195649335e-7,
  5.96956746803797e-7, -3.964951273085584e-6, 3.120549834952678e-5, -0.00025560548193499886,
  0.0011763365244417305, 0.03102164065163453, 0.12434338917021595, 0.21257058044203178,
  7.505324018314212e-11, -1.7234441265855033e-9, 1.840722007082627e-8, -1.4031378171729028e-7,
  8.890457058658634e-7, -4.43777593073709e-6, 1.777283387552257e-6, 0.0004870742329270805,
  -0.009433647098972205, -0.07050359924980402, -0.1783209116556805,
]);

// biome-ignore lint/complexity/noStaticOnlyClass: only methods can carry @inline here.
export class Lanes {
  @inline
  static splat(value: f64): v128 {
    return f64x2.splat(value);
  }

  /** The number that stands at `place`, in both lanes. */
  @inline
  static at(place: usize): v128 {
    return v128.load64_splat(place);
  }

  /** One step of Horner's scheme; the next coefficient stands at `place`. */
  @inline
  static step(sum: v128, x: v128, place: usize): v128 {
    return f64x2.add(f64x2.mul(sum, x), v128.load64_splat(place));
  }

  /** x/ln 2 to the nearest integer k, which stands in the last bits of what is returned. */
  @inline
  static shifted(x: v128): v128 {
    return f64x2.add(f64x2.mul(x, Lanes.at(LOG2_E)), Lanes.at(MAGIC));
  }

  /** x less k ln 2. */
  @inline
  static reduced(x: v128, shifted: v128): v128 {
    const k = f64x2.sub(shifted, Lanes.at(MAGIC));
    const high = f64x2.sub(x, f64x2.mul(k, Lanes.at(LN2_HIGH)));
    return f64x2.sub(high, f64x2.mul(k, Lanes.at(LN2_LOW)));
  }

  /** (1 + r + r² q)·2^k. */
  @inline
  static scaled(r: v128, q: v128, shifted: v128): v128 {
    const e = f64x2.add(Lanes.at(ONE), f64x2.add(r, f64x2.mul(f64x2.mul(r, r), q)));
    return i64x2.add(e, i64x2.shl(shifted, 52));
  }

  /** e^x for |x| ≤ 708. Relative error of the polynomial 3e-19 on |r| ≤ ln 2 / 2. */
  @inline
  static exp(x: v128): v128 {
    const shifted = Lanes.shifted(x);
    const r = Lanes.reduced(x, shifted);
    const r2 = f64x2.mul(r, r);
    // Powers by their remainder of four: the processor would wait for the steps of one long chain.
    const r4 = f64x2.mul(r2, r2);
    let even0 = Lanes.at(EXP + 8);
    even0 = Lanes.step(even0, r4, EXP + 24);
    even0 = Lanes.step(even0, r4, EXP + 40);
    let even1 = Lanes.at(EXP);
    even1 = Lanes.step(even1, r4, EXP + 16);
    even1 = Lanes.step(even1, r4, EXP + 32);
    const even = f64x2.add(even0, f64x2.mul(even1, r2));
    let odd0 = Lanes.at(EXP + 48);
    odd0 = Lanes.step(odd0, r4, EXP + 64);
    odd0 = Lanes.step(odd0, r4, EXP + 80);
    let odd1 = Lanes.at(EXP + 56);
    odd1 = Lanes.step(odd1, r4, EXP + 72);
    const odd = f64x2.add(odd0, f64x2.mul(odd1, r2));
    return Lanes.scaled(r, f64x2.add(even, f64x2.mul(odd, r)), shifted);
  }

  /** The mantissa of a positive normal number, in [1, 2). */
  @inline
  static mantissa(x: v128): v128 {
    const fraction = v128.and(x, i64x2.splat(0x000fffffffffffff));
    return v128.or(fraction, i64x2.splat(0x3ff0000000000000));
  }

  /** Its exponent, as 2^52 + 1023 + the exponent: differences of two are exact. */
  @inline
  static exponent(x: v128): v128 {
    return v128.or(i64x2.shr_u(x, 52), i64x2.splat(0x4330000000000000));
  }

  /**
   * ln(a/b) is `exponents`·ln 2 + ln(ma/mb); this brings ma/mb into [√½, √2] by halving or doubling
   * one mantissa. It returns the new ma; `carry` tells what to add to the exponents.
   */
  @inline
  static above(ma: v128, mb: v128): v128 {
    return f64x2.gt(ma, f64x2.mul(mb, Lanes.at(ROOT_TWO)));
  }

  /** 2·atanh(z) for |z| ≤ 0.1716, relative error 5e-19: ln(a/b) with z = (a − b)/(a + b). */
  @inline
  static twoAtanh(z: v128): v128 {
    const w = f64x2.mul(z, z);
    const w2 = f64x2.mul(w, w);
    let odd = Lanes.at(ATANH);
    odd = Lanes.step(odd, w2, ATANH + 8);
    odd = Lanes.step(odd, w2, ATANH + 16);
    odd = Lanes.step(odd, w2, ATANH + 24);
    let even = Lanes.at(ATANH + 32);
    even = Lanes.step(even, w2, ATANH + 40);
    even = Lanes.step(even, w2, ATANH + 48);
    even = Lanes.step(even, w2, ATANH + 56);
    const q = f64x2.add(even, f64x2.mul(odd, w));
    return f64x2.add(f64x2.add(z, z), f64x2.mul(f64x2.mul(z, w), q));
  }

  /** ln(a/b) of positive normal numbers. */
  @inline
  static logRatio(a: v128, b: v128): v128 {
    const one = Lanes.at(ONE);
    let ma = Lanes.mantissa(a);
    let mb = Lanes.mantissa(b);
    const aAbove = Lanes.above(ma, mb);
    const bAbove = Lanes.above(mb, ma);
    ma = f64x2.mul(ma, f64x2.sub(one, v128.and(Lanes.at(HALF), aAbove)));
    mb = f64x2.mul(mb, f64x2.sub(one, v128.and(Lanes.at(HALF), bAbove)));
    const ea = f64x2.add(Lanes.exponent(a), v128.and(one, aAbove));
    const eb = f64x2.add(Lanes.exponent(b), v128.and(one, bAbove));
    const powers = f64x2.sub(ea, eb);
    const z = f64x2.div(f64x2.sub(ma, mb), f64x2.add(ma, mb));
    const low = f64x2.add(Lanes.twoAtanh(z), f64x2.mul(powers, Lanes.at(LN2_LOW)));
    return f64x2.add(f64x2.mul(powers, Lanes.at(LN2_HIGH)), low);
  }

  /**
   * Mills' ratio Φ(−a)/φ(a) for a ≥ 0, given `inverse` = 1/(a + 4.5). In t = (a − 4.5)/(a + 4.5)
   * the ratio divided by 1 − t is a polynomial of degree 22 with a relative error of 8e-17.
   */
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
    even0 = Lanes.step(even0, u2, MILLS + 72);
    even0 = Lanes.step(even0, u2, MILLS + 88);
    let even1 = Lanes.at(MILLS);
    even1 = Lanes.step(even1, u2, MILLS + 16);
    even1 = Lanes.step(even1, u2, MILLS + 32);
    even1 = Lanes.step(even1, u2, MILLS + 48);
    even1 = Lanes.step(even1, u2, MILLS + 64);
    even1 = Lanes.step(even1, u2, MILLS + 80);
    const even = f64x2.add(even0, f64x2.mul(even1, u));
    let odd0 = Lanes.at(MILLS + 96);
    odd0 = Lanes.step(odd0, u2, MILLS + 112);
    odd0 = Lanes.step(odd0, u2, MILLS + 128);
    odd0 = Lanes.step(odd0, u2, MILLS + 144);
    odd0 = Lanes.step(odd0, u2, MILLS + 160);
    odd0 = Lanes.step(odd0, u2, MILLS + 176);
    let odd1 = Lanes.at(MILLS + 104);
    odd1 = Lanes.step(odd1, u2, MILLS + 120);
    odd1 = Lanes.step(odd1, u2, MILLS + 136);
    odd1 = Lanes.step(odd1, u2, MILLS + 152);
    odd1 = Lanes.step(odd1, u2, MILLS + 168);
    const odd = f64x2.add(odd0, f64x2.mul(odd1, u));
    return f64x2.mul(scaled, f64x2.add(even, f64x2.mul(odd, t)));
  }

  /** Φ(sign·d) from φ(d)·Mills(|d|). */
  @inline
  static inside(signed: v128, tail: v128): v128 {
    const complement = f64x2.sub(Lanes.at(ONE), tail);
    return v128.bitselect(complement, tail, f64x2.gt(signed, f64x2.splat(0)));
  }

  @inline
  static between(x: v128, low: f64, high: f64): v128 {
    return v128.and(f64x2.ge(x, f64x2.splat(low)), f64x2.le(x, f64x2.splat(high)));
  }
}
