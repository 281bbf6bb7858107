/** Ratios of stock splits: new shares for each old one, which companies write as two numbers. */

/** Three for two, one for a hundred, a stock dividend of five hundredths. */
const FROM_MAX = 100;
/** Relative; vendors write factors with six digits. */
const ROUNDED = 1e-5;

/** The fraction of small numbers that a rounded ratio stands for; itself where there is none. */
export function nearestRatio(ratio: number): number {
  const { to, from } = fractionOf(ratio, ROUNDED) ?? { to: ratio, from: 1 };
  return to / from;
}

/** `7 for 1`, `3 for 2`, `1 for 10`. */
export function splitText(ratio: number): string {
  const { to, from } = fractionOf(ratio, ROUNDED) ?? { to: ratio, from: 1 };
  return `${to} for ${from}`;
}

function fractionOf(ratio: number, tolerance: number): { to: number; from: number } | null {
  for (let from = 1; from <= FROM_MAX; from += 1) {
    const to = Math.round(ratio * from);
    if (to > 0 && Math.abs(ratio * from - to) <= tolerance * to) return { to, from };
  }
  return null;
}
