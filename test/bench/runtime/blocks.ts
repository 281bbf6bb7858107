/** Blocks of ours and of the baseline in turns, and what they come to. */

import type { Bench, Goal, Metric } from '../harness/benchmark.ts';
import { metricOf } from '../harness/paired.ts';
import { quantile } from '../harness/statistics.ts';

/** One block: a single figure, or the time of each of its rounds. */
export type Block = () => Promise<readonly number[]>;

export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly baseline: string;
  readonly ours: Block;
  readonly bare: Block;
}

export interface Blocks extends Comparison {
  /** Of each block, in order. */
  readonly values: readonly (readonly number[])[];
  readonly beside: readonly (readonly number[])[];
}

/** The compiler has seen both often enough after so many. */
const WARM_UP_BLOCKS = 3;
const BLOCKS = 21;
const BLOCKS_QUICK = 5;

/** Runs them in turns after a warm-up of each: what the machine does falls on both. */
export async function inTurns(bench: Bench, comparison: Comparison): Promise<Blocks> {
  const count = (bench.quick ? BLOCKS_QUICK : BLOCKS) + WARM_UP_BLOCKS;
  const values: (readonly number[])[] = [];
  const beside: (readonly number[])[] = [];
  for (let block = 0; block < count; block += 1) {
    bench.signal.throwIfAborted();
    bench.progress(`${comparison.name}: block ${block + 1} of ${count}`);
    const [ours, bare] = [await comparison.ours(), await comparison.bare()];
    if (block < WARM_UP_BLOCKS) continue;
    values.push(ours);
    beside.push(bare);
  }
  return { ...comparison, values, beside };
}

/** The median over the blocks of this quantile of each. */
export function quantileMetric(
  { name, unit, baseline, values, beside }: Blocks,
  fraction: 0.5 | 0.99,
  goal?: Goal,
): Metric {
  const of = (blocks: Blocks['values']) => blocks.map((block) => quantile(block, fraction));
  return metricOf({
    name: `${name}.${fraction === 0.5 ? 'p50' : 'p99'}`,
    unit,
    values: of(values),
    baseline: { name: baseline, values: of(beside) },
    ...(goal && { goal }),
  });
}

/** The median of blocks that are one figure each. */
export function blockMetric({ name, unit, baseline, values, beside }: Blocks, goal?: Goal): Metric {
  return metricOf({
    name,
    unit,
    values: values.flat(),
    baseline: { name: baseline, values: beside.flat() },
    ...(goal && { goal }),
  });
}
