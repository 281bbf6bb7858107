/** What the engine counts and times of itself, for `GET /metrics`. */

import type { HistogramView } from '../runtime/histogram.ts';
import type { Stage } from './stages.ts';

/** How often, by the values of its labels. */
export interface Tally {
  readonly labels: readonly string[];
  readonly count: number;
}

export interface EngineMetrics {
  readonly stages: Readonly<Record<Stage, HistogramView>>;
  /** By kind of input. */
  readonly turns: readonly Tally[];
  /** By book and type of operation. */
  readonly operations: readonly Tally[];
  /** By machine and the state it came to. */
  readonly transitions: readonly Tally[];
  /** By book and gate: evaluations in which it kept a hedge back. */
  readonly gateBlocks: readonly Tally[];
  /** Inputs that wait for a turn. */
  readonly waiting: number;
  /** Evaluations that are on no tape because it could not be written. */
  readonly tapeLost: number;
  /** Of the journal; null where it is not known, because nothing is shipped. */
  readonly unshippedBytes: number | null;
}

/** Null where no engine runs in this process. */
export interface MetricsReads {
  metrics(): EngineMetrics | null;
  /** Alerts that were sent by webhook, by the webhook's name and what became of them. */
  deliveries(): readonly Tally[];
}
