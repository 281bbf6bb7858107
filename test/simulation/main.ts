/**
 * `npm run simulate -- --seeds N [--seed FIRST] [--minutes M]`: the whole daemon against the
 * simulated exchange, with faults drawn from each seed. A failure prints how to see it again.
 */

import { parseArgs } from 'node:util';
import { runSeed } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '10' },
    verbose: { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
  },
});

const count = Number(values.seeds);
const first = Number(values.seed);
const minutes = Number(values.minutes);
const began = performance.now();
const sometimes = new Map<string, number>();
const totals = { virtualMs: 0, steps: 0, turns: 0, orders: 0, failed: 0 };

for (let seed = first; seed < first + count; seed += 1) {
  const result = await runSeed({ seed, minutes, log: values.log });
  totals.virtualMs += result.virtualMs;
  totals.steps += result.steps;
  totals.turns += result.turns;
  totals.orders += result.orders;
  for (const [name, times] of result.sometimes) {
    sometimes.set(name, (sometimes.get(name) ?? 0) + times);
  }
  if (result.failure !== null) {
    totals.failed += 1;
    const faults = result.faults.map(({ at, name }) => `${name}@${Math.round(at / 1000)}s`);
    process.stdout.write(
      `seed ${seed} FAILED after ${Math.round(result.virtualMs / 1000)} s: ${result.failure}\n` +
        `  faults ${faults.join(' ')}\n` +
        `  again  npm run simulate -- --seeds 1 --seed ${seed} --minutes ${minutes}\n`,
    );
  } else if (values.verbose) {
    process.stdout.write(`seed ${seed} ok ${result.hash} ${result.orders} orders\n`);
  }
}

const seconds = (performance.now() - began) / 1000;
const hours = totals.virtualMs / 3_600_000;
const reached = [...sometimes].sort().map(([name, times]) => `${name} ×${times}`);
process.stdout.write(
  `${reached.join(', ')}\n` +
    `${count - totals.failed} of ${count} seeds passed: ${hours.toFixed(1)} virtual hours, ` +
    `${totals.steps} steps, ${totals.turns} turns, ${totals.orders} orders in ` +
    `${seconds.toFixed(1)} s (${((hours / seconds) * 60).toFixed(0)} virtual hours a minute, ` +
    `${Math.round(totals.steps / seconds)} steps/s)\n`,
);
process.exitCode = totals.failed === 0 ? 0 : 1;
