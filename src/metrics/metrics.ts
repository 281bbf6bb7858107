/** Every metric, and the answer to one scrape. Docs, dashboard and alert rules name these. */

import { BOOK_METRICS } from './book-metrics.ts';
import { ENGINE_METRICS } from './engine-metrics.ts';
import { expose } from './exposition.ts';
import type { Metric, Scrape } from './metric.ts';

export const METRICS: readonly Metric[] = [...ENGINE_METRICS, ...BOOK_METRICS];

/** What Prometheus reads. */
export function renderMetrics(scrape: Scrape): string {
  return METRICS.map((metric) => expose(metric, metric.take(scrape))).join('');
}
