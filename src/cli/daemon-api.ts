/** The daemon's API and page, over whatever it shows now. */

import { type Api, startApi } from '../api/server.ts';
import { definitionOf } from '../engine/definitions.ts';
import type { LiveEngine } from '../engine/live.ts';
import { packageFile } from '../package.ts';
import type { EngineMetrics, MetricsReads } from '../protocol/engine-metrics.ts';
import type { MessageReads } from '../protocol/message-view.ts';
import type { EngineControls, EngineReads, EventFeed, HistoryReads } from '../protocol/ports.ts';
import { apiToken } from '../store/data-dir.ts';
import { createHistory } from '../store/history.ts';
import { createJsonlHistory } from '../store/jsonl-history.ts';
import { noStatistics } from '../store/no-statistics.ts';
import { createPool, type Pool } from '../store/pool.ts';
import { createBrokerChoices } from './broker-choice.ts';
import { sinkPlace } from './daemon-database.ts';
import type { Close, DaemonOptions } from './daemon-options.ts';
import { createHost } from './host.ts';
import { createRisk } from './risk.ts';
import { packageVersion } from './version.ts';

export interface Shown {
  readonly reads: EngineReads;
  readonly controls: EngineControls;
  readonly feed: EventFeed;
  /** Absent where no engine runs, as in a daemon that waits. */
  metrics?(): EngineMetrics | null;
  /** Absent where no alerts are sent. */
  deliveries?(): ReturnType<MetricsReads['deliveries']>;
  /** Absent where no actors run, as in a daemon that waits. */
  readonly messages?: MessageReads;
}

/** What an engine shows of itself. */
export function engineShown(engine: LiveEngine): Shown {
  const { reads, controls, feed, messages } = engine;
  return { reads, controls, feed, messages, metrics: () => engine.metrics() };
}

/** Listens; `port` is where it listened before, where it did. */
export async function startDaemonApi(
  options: DaemonOptions,
  shown: Shown,
  url: string | null,
  closers: Close[],
  port: number = options.loaded.config.api.port,
): Promise<Api> {
  const { loaded, dataDir, log, mono, wall } = options;
  const { api, mode, broker } = loaded.config;
  const pool = openPool(options, url, closers);
  const risk = createRisk(shown.reads, mono);
  closers.push(() => risk.close());
  const host = createHost({ ...options, messages: shown.messages });
  closers.push(() => host.close());
  const server = await startApi({
    ...shown,
    hostPorts: host.ports,
    risk,
    logs: options.logs,
    history: openHistory(options, pool),
    metrics: {
      metrics: () => shown.metrics?.() ?? null,
      deliveries: () => shown.deliveries?.() ?? [],
    },
    brokerChoices: createBrokerChoices(loaded.config, pool),
    definitions: definitionOf,
    fallback: { mode, ib_config: { ib_host: broker.host, ib_port_type: broker.port_type } },
    token: api.token ?? apiToken(dataDir),
    host: api.host,
    port,
    allowedHosts: api.allowed_hosts,
    pageDir: packageFile('dist/web'),
    version: packageVersion(),
    mono,
    wall,
    log,
  });
  closers.push(() => server.close());
  return server;
}

/** Of the API alone; null where the history is kept elsewhere. */
function openPool({ log }: DaemonOptions, url: string | null, closers: Close[]): Pool | null {
  if (url === null) return null;
  const pool = createPool({ url, role: 'api', connectionsMax: 4, statementTimeoutMs: 10_000, log });
  closers.push(() => pool.end());
  return pool;
}

/** Reads of wherever the history is written. */
function openHistory(options: DaemonOptions, pool: Pool | null): HistoryReads {
  if (pool !== null) return createHistory(pool);
  const place = sinkPlace(options, null);
  return place.kind === 'jsonl' ? createJsonlHistory(place.dir) : NO_HISTORY;
}

const NO_HISTORY: HistoryReads = {
  operations: async () => ({ operations: [], next_cursor: null }),
  transitions: async () => [],
  moves: async () => [],
  ...noStatistics(),
};
