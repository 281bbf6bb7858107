/**
 * Seeded random numbers: every run is a function of its seed. Streams are split by name, so that
 * one more draw in one part does not shift the numbers of another.
 */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, below). */
  integer(below: number): number;
  /** Standard normal. */
  normal(): number;
  /** An independent stream, the same for the same name and seed. */
  split(name: string): Random;
}
