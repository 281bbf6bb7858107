/** Tridiagonal systems, with or without a floor under the solution. */

export interface Tridiagonal {
  readonly lower: Float64Array;
  readonly diagonal: Float64Array;
  readonly upper: Float64Array;
  readonly right: Float64Array;
}

/**
 * Solves the system; where `least` is given the solution is the largest of it and what the floor
 * allows, provided the floor holds on one side only: for low indices or for high ones. M. Brennan &
 * E. Schwartz, J. Finance 32 (1977); P. Jaillet, D. Lamberton & B. Lapeyre (1990) for the proof.
 */
export function brennanSchwartz(
  system: Tridiagonal,
  least: Float64Array | null,
  side: 'low' | 'high',
): Float64Array {
  const n = system.diagonal.length;
  const solution = new Float64Array(n);
  const diagonal = new Float64Array(n);
  const known = new Float64Array(n);
  // Elimination begins where the floor does not hold; substitution where it does.
  const low = side === 'low';
  const order = (k: number): number => (low ? n - 1 - k : k);
  const toward = low ? system.upper : system.lower;
  const away = low ? system.lower : system.upper;
  for (let k = 0; k < n; k += 1) {
    const j = order(k);
    const before = order(k - 1);
    const factor = k === 0 ? 0 : (toward[j] ?? 0) / (diagonal[before] ?? 1);
    const coupled = k === 0 ? 0 : (away[before] ?? 0);
    diagonal[j] = (system.diagonal[j] ?? 1) - factor * coupled;
    known[j] = (system.right[j] ?? 0) - factor * (k === 0 ? 0 : (known[before] ?? 0));
  }
  for (let k = n - 1; k >= 0; k -= 1) {
    const j = order(k);
    const next = k === n - 1 ? 0 : (solution[order(k + 1)] ?? 0);
    const free = ((known[j] ?? 0) - (away[j] ?? 0) * next) / (diagonal[j] ?? 1);
    solution[j] = least === null ? free : Math.max(free, least[j] ?? 0);
  }
  return solution;
}
