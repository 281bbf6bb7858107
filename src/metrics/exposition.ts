/** The text format in which Prometheus reads metrics, version 0.0.4. */

import type { HistogramView } from '../runtime/histogram.ts';
import { BUCKET_MS } from '../runtime/histogram.ts';

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** One value with those of its labels, in the metric's order; null: there is none now. */
export interface Sample {
  readonly labels: readonly string[];
  readonly value: number | null | HistogramView;
}

export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: readonly string[];
}

/** A metric with its samples, or nothing where it has none. */
export function expose(family: Family, samples: readonly Sample[]): string {
  const { name, type, help } = family;
  const lines = samples.flatMap(({ labels, value }) => {
    if (value === null) return [];
    if (typeof value !== 'number') return histogramLines(family, labels, value);
    return [line(name, labelsOf(family, labels), value)];
  });
  if (lines.length === 0) return '';
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function histogramLines(
  family: Family,
  labels: readonly string[],
  { counts, sumMs }: HistogramView,
): readonly string[] {
  const { name } = family;
  const own = labelsOf(family, labels);
  let below = 0;
  const buckets = counts.map((count, index) => {
    below += count;
    const bound = BUCKET_MS[index];
    const le = bound === undefined ? '+Inf' : String(Number((bound / 1000).toPrecision(6)));
    return line(`${name}_bucket`, [...own, ['le', le]], below);
  });
  return [...buckets, line(`${name}_sum`, own, sumMs / 1000), line(`${name}_count`, own, below)];
}

type Labels = readonly (readonly [name: string, value: string])[];

function labelsOf({ labels }: Family, values: readonly string[]): Labels {
  return labels.map((name, index) => [name, values[index] ?? ''] as const);
}

function line(name: string, labels: Labels, value: number): string {
  const inner = labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',');
  return `${name}${inner === '' ? '' : `{${inner}}`} ${numberText(value)}\n`;
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
