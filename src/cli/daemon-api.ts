/** The daemon's API and page, over whatever it shows now. */

import { fileURLToPath } from 'node:url';
import { type Api, startApi } from '../api/server.ts';
import { definitionOf } from '../engine/definitions.ts';
import type { EngineControls, EngineReads, EventFeed } from '../protocol/ports.ts';
import { apiToken } from '../store/data-dir.ts';
import { createHistory } from '../store/history.ts';
import { createPool } from '../store/pool.ts';
import type { Close, DaemonOptions } from './daemon-options.ts';
import { createRisk } from './risk.ts';
import { packageVersion } from './version.ts';

export interface Shown {
  readonly reads: EngineReads;
  readonly controls: EngineControls;
  readonly feed: EventFeed;
}

/** Listens; `port` is where it listened before, where it did. */
export async function startDaemonApi(
  { loaded, dataDir, log, mono, wall }: DaemonOptions,
  shown: Shown,
  url: string | null,
  closers: Close[],
  port: number = loaded.config.api.port,
): Promise<Api> {
  const { api, mode, broker } = loaded.config;
  const pool =
    url === null
      ? null
      : createPool({ url, role: 'api', connectionsMax: 4, statementTimeoutMs: 10_000, log });
  if (pool !== null) closers.push(() => pool.end());
  const risk = createRisk(shown.reads, mono);
  closers.push(() => risk.close());
  const server = await startApi({
    ...shown,
    risk,
    history: pool === null ? NO_HISTORY : createHistory(pool),
    definitions: definitionOf,
    fallback: { mode, ib_config: { ib_host: broker.host, ib_port_type: broker.port_type } },
    token: api.token ?? apiToken(dataDir),
    host: api.host,
    port,
    allowedHosts: api.allowed_hosts,
    pageDir: fileURLToPath(new URL('../../dist/web', import.meta.url)),
    version: packageVersion(),
    mono,
    wall,
    log,
  });
  closers.push(() => server.close());
  return server;
}

const NO_HISTORY = {
  operations: async () => ({ operations: [], next_cursor: null }),
  transitions: async () => [],
};
