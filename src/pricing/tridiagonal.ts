/** Tridiagonal systems, with or without a floor under the solution. */

export interface Tridiagonal {
  readonly lower: Float64Array;
  readonly diagonal: Float64Array;
  readonly upper: Float64Array;
  readonly right: Float64Array;
}

/**
 * Solves the system into `solution`; where `least` is given the solution is the largest of it and
 * what the floor allows, provided the floor holds on one side only: for low indices or for high
 * ones. `diagonal` and `right` are overwritten. M. Brennan & E. Schwartz, J. Finance 32 (1977); P.
 * Jaillet, D. Lamberton & B. Lapeyre (1990) for the proof.
 */
export function brennanSchwartz(
  system: Tridiagonal,
  least: Float64Array | null,
  side: 'low' | 'high',
  solution: Float64Array,
): void {
  const { diagonal, right: known } = system;
  const n = diagonal.length;
  // Elimination begins where the floor does not hold; substitution where it does.
  const low = side === 'low';
  const step = low ? -1 : 1;
  const toward = low ? system.upper : system.lower;
  const away = low ? system.lower : system.upper;
  const first = low ? n - 1 : 0;
  for (let k = 1, j = first + step; k < n; k += 1, j += step) {
    const before = j - step;
    const factor = (toward[j] ?? 0) / (diagonal[before] ?? 1);
    diagonal[j] = (diagonal[j] ?? 1) - factor * (away[before] ?? 0);
    known[j] = (known[j] ?? 0) - factor * (known[before] ?? 0);
  }
  let next = 0;
  for (let k = 0, j = low ? 0 : n - 1; k < n; k += 1, j -= step) {
    const free = ((known[j] ?? 0) - (away[j] ?? 0) * next) / (diagonal[j] ?? 1);
    next = least === null ? free : Math.max(free, least[j] ?? 0);
    solution[j] = next;
  }
}
