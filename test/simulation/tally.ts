/** What the seeds of one run came to, for people. */

import { FAULTS } from './faults.ts';
import type { SeedResult } from './world.ts';

export class Tally {
  failed = 0;
  readonly #minutes: number;
  readonly #verbose: boolean;
  readonly #began = performance.now();
  readonly #sometimes = new Map<string, number>();
  #seeds = 0;
  #virtualMs = 0;
  #steps = 0;
  #turns = 0;
  #orders = 0;

  constructor(minutes: number, verbose: boolean) {
    this.#minutes = minutes;
    this.#verbose = verbose;
  }

  take(result: SeedResult): void {
    this.#seeds += 1;
    this.#virtualMs += result.virtualMs;
    this.#steps += result.steps;
    this.#turns += result.turns;
    this.#orders += result.orders;
    for (const [name, times] of result.sometimes) {
      this.#sometimes.set(name, (this.#sometimes.get(name) ?? 0) + times);
    }
    const { seed, failure, hash, orders } = result;
    if (failure !== null) {
      this.failed += 1;
      process.stdout.write(this.#story(result, failure));
    } else if (this.#verbose) {
      process.stdout.write(`seed ${seed} ok ${hash} ${orders} orders\n`);
    }
  }

  summary(): string {
    const seconds = (performance.now() - this.#began) / 1000;
    const hours = this.#virtualMs / 3_600_000;
    const { user, system } = process.cpuUsage();
    // Where others use the machine too, this is the figure that can be compared.
    const busy = (user + system) / 1e6;
    const reached = [...this.#sometimes].sort().map(([name, times]) => `${name} ×${times}`);
    const spared = FAULTS.filter((name) => !this.#sometimes.has(`fault ${name}`));
    return (
      `${reached.join(', ')}\n` +
      `${spared.length === 0 ? 'every fault struck' : `never struck: ${spared.join(', ')}`}\n` +
      `${this.#seeds - this.failed} of ${this.#seeds} seeds passed: ${hours.toFixed(1)} virtual ` +
      `hours, ${this.#steps} steps, ${this.#turns} turns, ${this.#orders} orders in ` +
      `${seconds.toFixed(1)} s (${((hours / seconds) * 60).toFixed(1)} virtual hours a minute, ` +
      `${((hours / busy) * 60).toFixed(1)} a minute of processor time, ` +
      `${Math.round(this.#steps / seconds)} steps a second)\n`
    );
  }

  #story({ seed, virtualMs, faults }: SeedResult, failure: string): string {
    const struck = faults.map(({ at, name }) => `${name}@${Math.round(at / 1000)}s`);
    return (
      `seed ${seed} FAILED after ${Math.round(virtualMs / 1000)} s: ${failure}\n` +
      `  faults ${struck.join(' ')}\n` +
      `  again  npm run simulate -- --seeds 1 --seed ${seed} --minutes ${this.#minutes}\n`
    );
  }
}
