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
  let lines = '';
  for (const { labels, value } of samples) {
    if (value === null) continue;
    const own = labelsText(family, labels);
    if (typeof value === 'number') lines += line(name, own, value);
    else lines += histogramLines(name, own, value);
  }
  return lines === '' ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines}`;
}

/** What Prometheus calls the bounds of the buckets, in seconds. */
const BOUNDS = [...BUCKET_MS.map((bound) => String(Number((bound / 1000).toPrecision(6)))), '+Inf'];

function histogramLines(name: string, own: string, { counts, sumMs }: HistogramView): string {
  const before = own === '' ? '' : `${own},`;
  let [lines, below] = ['', 0];
  for (const [index, count] of counts.entries()) {
    below += count;
    lines += line(`${name}_bucket`, `${before}le="${BOUNDS[index] ?? '+Inf'}"`, below);
  }
  return lines + line(`${name}_sum`, own, sumMs / 1000) + line(`${name}_count`, own, below);
}

function labelsText({ labels }: Family, values: readonly string[]): string {
  let text = '';
  for (const [index, label] of labels.entries()) {
    text += `${text === '' ? '' : ','}${label}="${escaped(values[index] ?? '')}"`;
  }
  return text;
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${numberText(value)}\n`;
}

const SIGNS = /[\\"\n]/;
const ALL_SIGNS = /[\\"\n]/g;

/** Hardly any text holds one. */
function escaped(text: string): string {
  if (!SIGNS.test(text)) return text;
  return text.replace(ALL_SIGNS, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
