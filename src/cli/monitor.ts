/** `bifrost monitor`: API and page from the database alone, on any host that reaches it. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { type Api, startApi } from '../api/server.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { definitionOf } from '../engine/definitions.ts';
import { EXIT, Fault } from '../fault.ts';
import { createLogger, type Logger } from '../log.ts';
import { createDatabaseControls } from '../monitor/controls.ts';
import { MonitorLogs } from '../monitor/logs.ts';
import { createMonitorReads } from '../monitor/reads.ts';
import { Watch } from '../monitor/watch.ts';
import { packageFile } from '../package.ts';
import { noHost } from '../protocol/host-ports.ts';
import type { Clock } from '../runtime/clock.ts';
import { realMono, realWall } from '../runtime/real-clock.ts';
import { apiToken, ensureDataDir } from '../store/data-dir.ts';
import { databaseLabel } from '../store/database-error.ts';
import { createHistory } from '../store/history.ts';
import { thisProcess } from '../store/lease.ts';
import { createPool } from '../store/pool.ts';
import { within } from '../store/wait.ts';
import { createBrokerChoices } from './broker-choice.ts';
import { programVersion } from './host.ts';
import { print } from './output.ts';
import { pageLink } from './page-link.ts';
import { createRisk } from './risk.ts';
import { watchStop } from './stop-requests.ts';
import { packageVersion } from './version.ts';

interface MonitorFlags {
  readonly config?: string;
  readonly logLevel: string;
}

export function monitorCommand(): Command {
  return new Command('monitor')
    .description('API and page alone: reads the database, and passes commands on through it.')
    .option('--config <file>', 'configuration (default: BIFROST_CONFIG, config/demo.yaml)')
    .option('--log-level <level>', 'trace, debug, info, warn or error', 'info')
    .action(async (flags: MonitorFlags) => {
      process.exit(await monitor(flags));
    });
}

async function monitor(flags: MonitorFlags): Promise<number> {
  const mono = realMono();
  const loaded = loadConfig({ file: flags.config, env: process.env, cwd: process.cwd() });
  const log = createLogger({ level: flags.logLevel, pretty: process.stderr.isTTY === true });
  const url = databaseUrl(loaded);
  const stop = watchStop({ mono, controlFile: null, log });
  const { api, close } = await startMonitor(loaded, url, mono, log);
  print(welcome(api, url));
  log.info({ origin: await stop.requested }, 'stopping');
  await close();
  stop.close();
  return EXIT.ok;
}

const STATEMENT_TIMEOUT_MS = 5000;
const CONNECTIONS_MAX = 4;
const CLOSE_MS = 1000;

async function startMonitor(loaded: LoadedConfig, url: string, mono: Clock, log: Logger) {
  const { api: settings, mode, broker } = loaded.config;
  const dataDir = ensureDataDir(loaded.dataDir);
  const pool = createPool({
    url,
    role: 'monitor',
    connectionsMax: CONNECTIONS_MAX,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    log,
  });
  const { holder, host } = thisProcess(dataDir);
  const [name = ''] = host.split('/', 1);
  const fallback = { mode, ib_config: { ib_host: broker.host, ib_port_type: broker.port_type } };
  const history = createHistory(pool);
  const reads = createMonitorReads(() => watch.look(), fallback);
  const status = () => reads.status();
  const watch = new Watch({ pool, history, who: holder, status, mono, log });
  const risk = createRisk(reads, mono);
  const startedAt = realWall().now();
  const logs = new MonitorLogs(() => watch.look(), mono);
  await within(mono, CLOSE_MS, watch.start());
  const api = await startApi({
    reads,
    controls: createDatabaseControls(pool, mono, `monitor ${name}`),
    feed: watch,
    history,
    risk,
    logs,
    hostPorts: noHost(() => programVersion(startedAt)),
    // What the engine counts stays with the daemon.
    metrics: { metrics: () => null, deliveries: () => [] },
    brokerChoices: createBrokerChoices(loaded.config, pool),
    definitions: definitionOf,
    fallback,
    token: settings.token ?? apiToken(dataDir),
    host: settings.host,
    port: settings.port,
    allowedHosts: settings.allowed_hosts,
    pageDir: packageFile('dist/web'),
    version: packageVersion(),
    mono,
    wall: realWall(),
    log,
  });
  const close = async (): Promise<void> => {
    watch.close();
    await api.close();
    await risk.close();
    await within(mono, CLOSE_MS, pool.end());
  };
  return { api, close };
}

/** The one that is configured; on the daemon's own host also the embedded one. */
function databaseUrl({ config, dataDir }: LoadedConfig): string {
  if (config.store.database_url !== null) return config.store.database_url;
  const file = join(dataDir, 'database-url');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new Fault('usage', 'the monitor needs the database of the daemon', {
    remedy: 'set DATABASE_URL, or BIFROST_DATA_DIR to the data directory of a daemon of this host',
  });
}

function welcome(api: Api, url: string): string {
  return [
    '',
    `  Bifrost shows the database at ${databaseLabel(url)}`,
    '',
    ...pageLink(api.url, api.onePageLoginCode()),
    '',
  ].join('\n');
}
