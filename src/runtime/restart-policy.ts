/** When what died is started again, and when its supervisor gives up. */

import type { ChildSpec } from './actor.ts';
import type { Random } from './random.ts';

export interface Intensity {
  readonly restarts: number;
  readonly periodMs: number;
}

export interface Backoff {
  readonly msMin: number;
  readonly msMax: number;
}

/** `normal`: its thread left with exit code 0. Everything else is a crash. */
export function mayRestart(restart: ChildSpec['restart'], normal: boolean): boolean {
  switch (restart) {
    case 'permanent':
      return true;
    case 'transient':
      return !normal;
    case 'temporary':
      return false;
  }
}

/**
 * The wait before the restart after `failures` failures in a row: doubles from `msMin` to `msMax`,
 * with jitter over its upper half, so that what fell together does not rise together.
 */
export function backoffMs(backoff: Backoff, failures: number, random: Random): number {
  // Beyond 2^30 the doubling has long met its maximum.
  const doubled = backoff.msMin * 2 ** Math.min(Math.max(failures - 1, 0), 30);
  return Math.min(doubled, backoff.msMax) * (0.5 + random.next() / 2);
}

/** Remembers the restarts of the period. */
export class RestartWindow {
  readonly #intensity: Intensity;
  #times: number[] = [];

  constructor(intensity: Intensity) {
    this.#intensity = intensity;
  }

  /** Counts a restart at `now`; false if there were too many within the period. */
  admit(now: number): boolean {
    this.#times = this.#times.filter((time) => now - time < this.#intensity.periodMs);
    this.#times.push(now);
    return this.#times.length <= this.#intensity.restarts;
  }
}
