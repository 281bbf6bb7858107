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

/** Where a block is short a few of them are no sample, and the compiler has seen too little. */
const SHORT_MS = 1000;
const WARM_UP: Span = { blocksMin: 3, blocksMax: 21 };
const MEASURED: Span = { blocksMin: 21, blocksMax: 21 };
const MEASURED_QUICK: Span = { blocksMin: 5, blocksMax: 21 };

/** So many blocks, and more while they have taken less than `SHORT_MS`. */
interface Span {
  readonly blocksMin: number;
  readonly blocksMax: number;
}

/** Runs them in turns after a warm-up of each: what the machine does falls on both. */
export async function inTurns(bench: Bench, comparison: Comparison): Promise<Blocks> {
  const values: (readonly number[])[] = [];
  const beside: (readonly number[])[] = [];
  const run = async (what: string, span: Span, keep: boolean): Promise<void> => {
    const start = performance.now();
    for (let block = 0; block < span.blocksMax; block += 1) {
      if (block >= span.blocksMin && performance.now() - start >= SHORT_MS) return;
      bench.signal.throwIfAborted();
      bench.progress(`${comparison.name}: ${what} ${block + 1}`);
      const [ours, bare] = [await comparison.ours(), await comparison.bare()];
      if (!keep) continue;
      values.push(ours);
      beside.push(bare);
    }
  };
  await run('warm-up', WARM_UP, false);
  await run('block', bench.quick ? MEASURED_QUICK : MEASURED, true);
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
