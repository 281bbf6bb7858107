/** What a benchmark is given and what it gives back. */

import type { Rig } from '../gateway/rig.ts';
import type { Workspace } from './workspace.ts';

/** What is measured beside it in the same run; in the metric's own unit. */
export interface Baseline {
  readonly name: string;
  readonly value: number;
}

export interface Metric {
  readonly name: string;
  /** The median of the runs. */
  readonly value: number;
  readonly unit: string;
  readonly baseline: Baseline;
  /** `value` by the baseline's value. */
  readonly ratio: number;
  readonly p50?: number;
  readonly p99?: number;
  /** Blocks, requests or orders that the value comes from. */
  readonly runs: number;
  /** Half the distance between the quartiles, by the median: how far the runs lie apart. */
  readonly spread?: number;
  readonly goal?: Goal;
}

/** What the ratio, or the value itself, has to reach. */
export interface Goal {
  readonly of: 'ratio' | 'value';
  readonly kind: 'at_least' | 'at_most';
  readonly bound: number;
}

export interface Bench {
  /** A shorter run, for looking while one works: fewer blocks, the same method. */
  readonly quick: boolean;
  /** Aborted when a person interrupts. */
  readonly signal: AbortSignal;
  readonly workspace: Workspace;
  /** Where daemons leave CPU profiles of their threads; null: they make none. */
  readonly profileDir: string | null;
  /** One line to whoever waits. */
  progress(text: string): void;
  /** The daemon against the bench gateway; started once, shared by all who ask. */
  rig(): Promise<Rig>;
}

export interface Benchmark {
  /** Also the first part of the names of its metrics. */
  readonly name: string;
  readonly about: string;
  run(bench: Bench): Promise<readonly Metric[]>;
}

export const atLeast = (bound: number, of: Goal['of'] = 'ratio'): Goal => {
  return { of, kind: 'at_least', bound };
};

export const atMost = (bound: number, of: Goal['of'] = 'ratio'): Goal => {
  return { of, kind: 'at_most', bound };
};

export function isReached(metric: Metric): boolean | null {
  const { goal } = metric;
  if (goal === undefined) return null;
  const value = goal.of === 'ratio' ? metric.ratio : metric.value;
  return goal.kind === 'at_least' ? value >= goal.bound : value <= goal.bound;
}
