/** What the seeds of one run came to, for people. */

import { PROMISED } from './promised.ts';
import type { SeedResult } from './world.ts';

export class Tally {
  readonly #verbose: boolean;
  readonly #began = performance.now();
  readonly #sometimes = new Map<string, number>();
  #failed = 0;
  #seeds = 0;
  #virtualMs = 0;
  #steps = 0;
  #turns = 0;
  #orders = 0;

  constructor(verbose: boolean) {
    this.#verbose = verbose;
  }

  take({ seed, failure, hash, orders, virtualMs, steps, turns, sometimes }: SeedResult): void {
    this.#seeds += 1;
    this.#virtualMs += virtualMs;
    this.#steps += steps;
    this.#turns += turns;
    this.#orders += orders;
    for (const [name, times] of sometimes) {
      this.#sometimes.set(name, (this.#sometimes.get(name) ?? 0) + times);
    }
    if (failure !== null) this.#failed += 1;
    if (!this.#verbose && failure === null) return;
    const end = failure === null ? 'ok' : `FAILED: ${failure.split('\n', 1)[0]}`;
    process.stdout.write(`seed ${seed} ${end} ${hash} ${orders} orders\n`);
  }

  /** Whether each thing that is promised has happened; a few seeds promise nothing. */
  keptPromises(promised: boolean): boolean {
    return !promised || this.#broken().length === 0;
  }

  summary(promised: boolean): string {
    const seconds = (performance.now() - this.#began) / 1000;
    const hours = this.#virtualMs / 3_600_000;
    const { user, system } = process.cpuUsage();
    // Where others use the machine too, this is the figure that can be compared.
    const busy = (user + system) / 1e6;
    const reached = [...this.#sometimes].sort().map(([name, times]) => `${name} ×${times}`);
    const broken = this.#broken();
    const never = `never happened${promised ? ', though promised' : ''}: ${broken.join(', ')}`;
    return (
      `${reached.join(', ')}\n` +
      `${broken.length === 0 ? 'all that is promised happened' : never}\n` +
      `${this.#seeds - this.#failed} of ${this.#seeds} seeds passed: ${hours.toFixed(1)} virtual ` +
      `hours, ${this.#steps} steps, ${this.#turns} turns, ${this.#orders} orders in ` +
      `${seconds.toFixed(1)} s (${((hours / seconds) * 60).toFixed(1)} virtual hours a minute, ` +
      `${((hours / busy) * 60).toFixed(1)} a minute of processor time, ` +
      `${Math.round(this.#steps / seconds)} steps a second)\n`
    );
  }

  #broken(): readonly string[] {
    return PROMISED.filter((name) => !this.#sometimes.has(name));
  }
}
