/** The route of the metrics, in the text format of Prometheus. */

import { z } from 'zod';
import { Fault } from '../fault.ts';
import { EXPOSITION_TYPE } from '../metrics/exposition.ts';
import type { Scrape } from '../metrics/metric.ts';
import { renderMetrics } from '../metrics/metrics.ts';
import type { MetricsReads } from '../protocol/engine-metrics.ts';
import type { EngineReads } from '../protocol/ports.ts';
import type { StatusView } from '../protocol/views.ts';
import type { WallClock } from '../runtime/clock.ts';
import { get, type Route } from './route.ts';

/** How many follow what happens now. */
export type Readers = () => Scrape['readers'];

export interface MetricsPorts {
  readonly reads: EngineReads;
  /** With the fallback of `GET /status`. */
  readonly status: () => StatusView;
  readonly metrics: MetricsReads;
  readonly version: string;
  readonly wall: WallClock;
  /** When this process began to answer, unix seconds. */
  readonly startedAt: number;
  readonly readers: Readers;
}

/** It never fails: what cannot be read is left out, and the lamp is red. */
export function metricsRoute(ports: MetricsPorts): Route {
  return get('/metrics', {
    id: 'metrics',
    summary: 'Metrics for Prometheus; `docs/metrics.md` lists them.',
    reply: z.unknown().describe('Always text.'),
    otherTypes: ['text/plain'],
    answer: () => ({ status: 200, body: renderMetrics(scrape(ports)), type: EXPOSITION_TYPE }),
  });
}

function scrape(ports: MetricsPorts): Scrape {
  const { reads, status, metrics, version, wall, startedAt, readers } = ports;
  const now = wall.now() / 1000;
  const shown = status();
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    status: shown,
    actors: known(() => reads.actors()) ?? [],
    machines: known(() => reads.machines()) ?? [],
    explained: shown.books.flatMap(({ symbol }) => known(() => reads.explain(symbol)) ?? []),
    engine: metrics.metrics(),
    process: {
      startedAt,
      cpuSeconds: (user + system) / 1e6,
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      externalBytes: external,
    },
    version,
    now,
    readers: readers(),
    deliveries: metrics.deliveries(),
  };
}

/** What a monitor's daemon has not left in the database is not known. */
function known<T>(read: () => T): T | null {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof Fault) return null;
    throw thrown;
  }
}
