/** What `/metrics` says, as the page shows it: histograms as quantiles, gauges as numbers. */

export interface HistogramSummary {
  readonly name: string;
  /** Its labels but the bin's, as they are written; empty without any. */
  readonly labels: string;
  readonly count: number;
  /** Upper ends of the bins that hold the quantile, in the unit of the metric; null: beyond all. */
  readonly p50: number | null;
  readonly p99: number | null;
  /** Samples in each bin, from the shortest to what lies beyond all. */
  readonly bins: readonly number[];
}

export interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;

/** Every sample of a text in the exposition format; comments are left out. */
export function samplesOf(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('#')) return [];
    const match = LINE.exec(line);
    if (match === null) return [];
    const [, name = '', labels = '', value = ''] = match;
    const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
    return Number.isNaN(number) ? [] : [{ name, labels, value: number }];
  });
}

/** The histograms among them, in their order. */
export function histogramsOf(samples: readonly Sample[]): readonly HistogramSummary[] {
  const bins = new Map<string, { name: string; labels: string; bins: [number, number][] }>();
  for (const { name, labels, value } of samples) {
    if (!name.endsWith('_bucket')) continue;
    const end = /(?:^|,)le="([^"]+)"/.exec(labels)?.[1];
    if (end === undefined) continue;
    const rest = labels.replace(/(?:^|,)le="[^"]+"/, '').replace(/^,/, '');
    const base = name.slice(0, -'_bucket'.length);
    const key = `${base} ${rest}`;
    const found = bins.get(key) ?? { name: base, labels: rest, bins: [] };
    found.bins.push([end === '+Inf' ? Number.POSITIVE_INFINITY : Number(end), value]);
    bins.set(key, found);
  }
  return [...bins.values()].map((histogram) => {
    const sorted = histogram.bins.toSorted(([a], [b]) => a - b);
    const count = sorted.at(-1)?.[1] ?? 0;
    const { name, labels } = histogram;
    // Each bin tells those below it too.
    const each = sorted.map(([, upTo], at) => upTo - (sorted[at - 1]?.[1] ?? 0));
    return { name, labels, count, p50: below(sorted, 0.5), p99: below(sorted, 0.99), bins: each };
  });
}

/** The upper end of the first bin that, with all before it, holds the share. */
function below(bins: readonly (readonly [number, number])[], share: number): number | null {
  const wanted = (bins.at(-1)?.[1] ?? 0) * share;
  const end = bins.find(([, upTo]) => upTo >= wanted && upTo > 0)?.[0];
  return end === undefined || !Number.isFinite(end) ? null : end;
}
