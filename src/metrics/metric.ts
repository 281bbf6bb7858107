/** What a metric is: its name, what it means, and how its samples are taken from what is shown. */

import type { EngineMetrics, Tally } from '../protocol/engine-metrics.ts';
import type { ActorView, ExplainView, MachineSummary, StatusView } from '../protocol/views.ts';
import type { Family, Sample } from './exposition.ts';

/** What of a process is looked at for one answer. */
export interface Scrape {
  readonly status: StatusView;
  readonly actors: readonly ActorView[];
  readonly machines: readonly MachineSummary[];
  readonly explained: readonly ExplainView[];
  readonly engine: EngineMetrics | null;
  readonly process: ProcessView;
  readonly version: string;
  /** Wall time, unix seconds. */
  readonly now: number;
  /** Open event streams and inspectors. */
  readonly readers: { readonly events: number; readonly inspectors: number };
  /** Deliveries of alerts by webhook and outcome; empty without webhooks. */
  readonly deliveries: readonly Tally[];
}

export interface ProcessView {
  readonly startedAt: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
}

export interface Metric extends Family {
  readonly take: (scrape: Scrape) => readonly Sample[];
}

/** A value without labels. */
export function one(value: number | boolean | null | undefined): readonly Sample[] {
  return [sample([], value)];
}

/** A value with those of its labels. */
export function sample(
  labels: readonly (string | null)[],
  value: number | boolean | null | undefined,
): Sample {
  return { labels: labels.map((label) => label ?? ''), value: numeric(value) };
}

function numeric(value: number | boolean | null | undefined): number | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'boolean' ? Number(value) : value;
}
