/**
 * Two things measured in turns, so that whatever else the machine does falls on both: A, B, A, B …
 * in at least five blocks, after a warm-up of each. The ratio of the medians is what counts.
 */

import assert from 'node:assert/strict';
import type { Baseline, Bench, Goal, Metric } from './benchmark.ts';
import { median, spread } from './statistics.ts';

const BLOCKS_MIN = 5;
const WARM_UP_MS = 300;
/** The clock is read this seldom, so that reading it costs nothing. */
const CHECK_MS = 5;

/** Does a small amount of work and returns how many operations that was. */
export type Batch = () => number;

export interface PairedSpec {
  readonly name: string;
  readonly ours: Batch;
  readonly baseline: Batch;
  readonly baselineName: string;
  /** `rate`: operations per second. `latency`: microseconds per operation. */
  readonly as: 'rate' | 'latency';
  readonly goal?: Goal;
}

/** Rates, or times, of both; the event loop turns between blocks, so a person can interrupt. */
export async function paired(bench: Bench, spec: PairedSpec): Promise<Metric> {
  const blockMs = bench.quick ? 150 : 600;
  const blocks = bench.quick ? BLOCKS_MIN : 2 * BLOCKS_MIN + 1;
  run(spec.ours, WARM_UP_MS);
  run(spec.baseline, WARM_UP_MS);
  const ours: number[] = [];
  const baseline: number[] = [];
  for (let block = 0; block < blocks; block += 1) {
    bench.signal.throwIfAborted();
    bench.progress(`${spec.name}: block ${block + 1} of ${blocks}`);
    ours.push(run(spec.ours, blockMs));
    baseline.push(run(spec.baseline, blockMs));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const value = spec.as === 'rate' ? (perSecond: number) => perSecond : microseconds;
  return metricOf({
    name: spec.name,
    unit: spec.as === 'rate' ? '1/s' : 'µs',
    values: ours.map(value),
    baseline: { name: spec.baselineName, values: baseline.map(value) },
    ...(spec.goal === undefined ? {} : { goal: spec.goal }),
  });
}

export interface Samples {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly baseline: { readonly name: string; readonly values: readonly number[] };
  readonly goal?: Goal;
}

/** A metric from one value of each block. */
export function metricOf({ name, unit, values, baseline, goal }: Samples): Metric {
  const value = median(values);
  const beside: Baseline = { name: baseline.name, value: median(baseline.values) };
  return {
    name,
    value,
    unit,
    baseline: beside,
    ratio: value / beside.value,
    runs: values.length,
    spread: spread(values),
    ...(goal === undefined ? {} : { goal }),
  };
}

/**
 * The same, but the ratio is the median of what each pair says: a burst of something else spoils
 * the pairs that it meets, and no more. Both sides have one value a pair.
 */
export function pairedMetric(samples: Samples): Metric {
  const { values, baseline } = samples;
  assert.equal(values.length, baseline.values.length, 'a pair has two sides');
  const ratios = values.map((value, pair) => value / (baseline.values[pair] ?? Number.NaN));
  return { ...metricOf(samples), ratio: median(ratios), spread: spread(ratios) };
}

/** Operations per second over at least `ms`. */
function run(batch: Batch, ms: number): number {
  const start = performance.now();
  let operations = 0;
  let now = start;
  let repeats = 1;
  while (now - start < ms) {
    const before = now;
    for (let repeat = 0; repeat < repeats; repeat += 1) operations += batch();
    now = performance.now();
    if (now - before < CHECK_MS) repeats *= 2;
  }
  return (operations / (now - start)) * 1000;
}

function microseconds(perSecond: number): number {
  return 1e6 / perSecond;
}
