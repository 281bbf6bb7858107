/**
 * The normal distribution to machine precision, from the scaled complementary error function.
 *
 * Source: W. J. Cody, "Rational Chebyshev approximation for the error function", Math. Comp. 23
 * (1969), with the coefficients of his CALERF (netlib, SPECFUN). Relative error below 1.2e-16 in
 * exact arithmetic; below 6e-16 as computed here where the result is a normal number.
 */

const SQRT_HALF = Math.SQRT1_2;
const INVERSE_SQRT_PI = 0.5641895835477563;
export const INVERSE_SQRT_TWO_PI = 0.3989422804014327;

const A = [
  3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694, 0.18577770618460315,
] as const;
const B = [23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171] as const;
const C = [
  0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769,
  1712.0476126340707, 2051.0783778260716, 1230.3393547979972, 2.1531153547440383e-8,
] as const;
const D = [
  15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
  4362.619090143247, 3439.3676741437216, 1230.3393548037495,
] as const;
const P = [
  0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
  0.0006587491615298378, 0.016315387137302097,
] as const;
const Q = [
  2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132,
  0.0023352049762686918,
] as const;

/** Cody's switch points: erf itself below the first, asymptotic form above the second. */
const ERF_LIMIT = 0.46875;
const TAIL_LIMIT = 4;
/** Above it exp(−y²) is below the smallest double. */
const UNDERFLOW_LIMIT = 27.5;

/** The probability that a standard normal variable is below `x`. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x * SQRT_HALF);
}

/** The standard normal density. */
export function normalPdf(x: number): number {
  return INVERSE_SQRT_TWO_PI * Math.exp(-0.5 * x * x);
}

/** 1 − erf(x), without cancellation in the tail. */
export function erfc(x: number): number {
  const y = Math.abs(x);
  if (y <= ERF_LIMIT) return 1 - x * erfRatio(y * y);
  const tail = expMinusSquare(y) * scaledTail(y);
  return x < 0 ? 2 - tail : tail;
}

/** exp(x²)·erfc(x): what is left of the tail when its exponential is taken out. */
export function erfcx(x: number): number {
  const y = Math.abs(x);
  if (y <= ERF_LIMIT) return Math.exp(y * y) * (1 - x * erfRatio(y * y));
  const tail = scaledTail(y);
  return x < 0 ? 2 * Math.exp(y * y) - tail : tail;
}

/** erf(x)/x as a function of x², for small |x|. */
function erfRatio(square: number): number {
  const numerator = (((A[4] * square + A[0]) * square + A[1]) * square + A[2]) * square + A[3];
  const denominator = (((square + B[0]) * square + B[1]) * square + B[2]) * square + B[3];
  return numerator / denominator;
}

/** erfcx for y above `ERF_LIMIT`. */
function scaledTail(y: number): number {
  if (y <= TAIL_LIMIT) {
    const upper = ((((C[8] * y + C[0]) * y + C[1]) * y + C[2]) * y + C[3]) * y + C[4];
    const numerator = ((upper * y + C[5]) * y + C[6]) * y + C[7];
    const lower = ((((y + D[0]) * y + D[1]) * y + D[2]) * y + D[3]) * y + D[4];
    const denominator = ((lower * y + D[5]) * y + D[6]) * y + D[7];
    return numerator / denominator;
  }
  const inverse = 1 / (y * y);
  const numerator =
    ((((P[5] * inverse + P[0]) * inverse + P[1]) * inverse + P[2]) * inverse + P[3]) * inverse +
    P[4];
  const denominator =
    ((((inverse + Q[0]) * inverse + Q[1]) * inverse + Q[2]) * inverse + Q[3]) * inverse + Q[4];
  return (INVERSE_SQRT_PI - (inverse * numerator) / denominator) / y;
}

/** exp(−y²) with y split, so that the rounding of y² is not magnified by the exponential. */
function expMinusSquare(y: number): number {
  if (y > UNDERFLOW_LIMIT) return 0;
  const head = Math.trunc(y * 16) / 16;
  const rest = (y - head) * (y + head);
  return Math.exp(-head * head) * Math.exp(-rest);
}
