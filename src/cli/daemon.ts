/** The daemon's parts in their order of start, and in reverse of stop. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GatewayArgs, GatewayPorts } from '../../actors/gateway.ts';
import type { SinkPlace } from '../../actors/persistence/open-sink.ts';
import { startApi } from '../api/server.ts';
import { bookSettings, type LoadedConfig } from '../config/load.ts';
import { definitionOf } from '../engine/definitions.ts';
import { createEngine, type Ending, type LiveEngine } from '../engine/live.ts';
import { loadScenario } from '../gateway/sim/scenario.ts';
import { MARKET_MESSAGES_PER_SECOND, STOP_BUDGET_MS } from '../limits.ts';
import type { Logger, LogOptions } from '../log.ts';
import { ACTORS } from '../protocol/decision.ts';
import type { EngineConfig } from '../protocol/decision-config.ts';
import type { Clock, WallClock } from '../runtime/clock.ts';
import { type ActorStatus, startSystem } from '../runtime/system.ts';
import { apiToken } from '../store/data-dir.ts';
import { openDatabase } from '../store/database.ts';
import { createHistory } from '../store/history.ts';
import { migrate } from '../store/migrate.ts';
import { createPool } from '../store/pool.ts';
import { summaryOf, watchConfig } from './config-watch.ts';
import { createRisk } from './risk.ts';
import { packageVersion } from './version.ts';

export interface DaemonOptions {
  readonly loaded: LoadedConfig;
  /** Reads the file again, with the same environment; throws what is wrong with it. */
  readonly reload: () => LoadedConfig;
  readonly dataDir: string;
  readonly log: Logger;
  readonly logOptions: LogOptions;
  readonly mono: Clock;
  readonly wall: WallClock;
  /** Resolves when somebody asked to stop, be it during the start. */
  readonly stopRequested: Promise<string>;
}

export interface RunningDaemon {
  readonly port: number;
  readonly url: string;
  /** Signs one browser in, once. */
  readonly loginUrl: string;
  readonly ended: Promise<Ending>;
  requestStop(origin: string): Promise<void>;
  /** An error that nobody caught. */
  fail(error: unknown): void;
  close(): Promise<void>;
}

type Close = () => Promise<unknown>;

/** Null when a stop was requested before everything ran. All or nothing: a fault undoes it. */
export async function startDaemon(options: DaemonOptions): Promise<RunningDaemon | null> {
  const closers: Close[] = [];
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  let stopping = false;
  void options.stopRequested.then(() => {
    stopping = true;
  });
  try {
    const daemon = await startParts(options, closers, () => stopping, close);
    if (daemon === null) await close();
    return daemon;
  } catch (thrown) {
    await close();
    // Ctrl-C reaches what we started too: that it failed is then no news.
    if (!stopping) throw thrown;
    options.log.warn({ err: thrown }, 'the start was given up');
    return null;
  }
}

async function startParts(
  options: DaemonOptions,
  closers: Close[],
  stopping: () => boolean,
  close: () => Promise<void>,
): Promise<RunningDaemon | null> {
  const { loaded, dataDir, log, mono, wall } = options;
  const { config } = loaded;
  const [url, gateway] = await both(
    startHistory(options, closers),
    config.mode === 'simulated' ? startGateway(options, closers) : Promise.resolve(null),
  );
  if (stopping()) return null;

  const engine = createEngine({
    config: engineConfig(loaded, gateway),
    version: packageVersion(),
    exchangeId: gateway?.exchangeId ?? null,
    journalDir: join(dataDir, 'journal'),
    fsync: config.journal.fsync,
    evaluationIntervalMs: config.evaluation_interval_ms,
    clockRate: config.broker.clock_rate,
    orderLink: {
      heartbeatMs: config.broker.heartbeat_s * 1000,
      messagesPerSecond: config.broker.messages_per_second - MARKET_MESSAGES_PER_SECOND,
    },
    history: {
      sink: sinkPlace(options, url),
      journalDays: config.journal.retention_days,
      historyDays: config.store.retention_days,
      behindBytes: config.store.backlog_mb * 1e6,
    },
    neighbours: gateway?.actors ?? (() => []),
    onSinkDown: createReviver(options),
    log,
    workerLog: options.logOptions,
    compileCacheDirectory: join(dataDir, 'cache'),
    mono,
    wall,
  });
  closers.push(() => engine.close());
  const endWatch = watchConfig({
    loaded,
    load: options.reload,
    apply: (input) => engine.reconfigure(input),
    mono,
    log,
  });
  closers.push(async () => endWatch());
  const api = await startDaemonApi(options, engine, url, closers);
  if (stopping()) return null;
  const started = engine.start().then(() => true);
  if ((await unless(options.stopRequested, started)) === null) return null;
  return {
    port: api.port,
    url: api.url,
    loginUrl: `${api.url}/#code=${api.onePageLoginCode()}`,
    ended: engine.ended,
    requestStop: async (origin) => {
      await engine.controls.control({ control: { command: 'stop' }, origin });
    },
    fail: (error) => engine.fail(error),
    close,
  };
}

/** Waits for both even if one fails, so that what did start is known and can be undone. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value];
}

function sinkPlace({ loaded, dataDir }: DaemonOptions, url: string | null): SinkPlace {
  if (url !== null) return { kind: 'postgres', url };
  const { sink } = loaded.config.store;
  return sink === 'jsonl' ? { kind: 'jsonl', dir: join(dataDir, 'history') } : { kind: 'none' };
}

/** The database with its schema; null when the sink is another. */
async function startHistory(options: DaemonOptions, closers: Close[]): Promise<string | null> {
  const { loaded, dataDir, mono, log, stopRequested } = options;
  const { sink, database_url } = loaded.config.store;
  if (sink !== 'postgres') return null;
  const giveUp = new AbortController();
  void stopRequested.then(() => giveUp.abort());
  const { signal } = giveUp;
  const opening = openDatabase({ url: database_url, dataDir, mono, log, signal });
  // The embedded server ends what it began, or it would be left behind; another need not answer.
  const database = await (database_url === null ? opening : unless(stopRequested, opening));
  if (database === null) return null;
  closers.push(() => database.stop(STOP_BUDGET_MS.database));
  await migrate(database.url, log);
  return database.url;
}

/** What `work` gives, or null when the stop comes first. */
function unless<T>(stopRequested: Promise<unknown>, work: Promise<T>): Promise<T | null> {
  return Promise.race([work, stopRequested.then(() => null)]);
}

/** As long as a disk is full a server does not start; seldom enough to fill no log either. */
const REVIVE_AGAIN_MS = 5000;

/**
 * An embedded server that died is started again on its port, however often that fails; the
 * operator's own is theirs. Returns what tells that the database is away.
 */
function createReviver({ loaded, dataDir, mono, log, stopRequested }: DaemonOptions): () => void {
  if (loaded.config.store.database_url !== null) return () => undefined;
  const giveUp = new AbortController();
  void stopRequested.then(() => giveUp.abort());
  const { signal } = giveUp;
  let reviving = false;
  const revive = async (): Promise<void> => {
    if (reviving || signal.aborted) return;
    reviving = true;
    try {
      await openDatabase({ url: null, dataDir, mono, log, signal });
    } catch (error) {
      if (signal.aborted) return;
      log.error({ err: error }, 'the embedded database does not come back: it is tried again');
      mono.setTimer(REVIVE_AGAIN_MS, () => void revive());
    } finally {
      reviving = false;
    }
  };
  return () => void revive();
}

interface Gateway extends GatewayPorts {
  actors(): readonly ActorStatus[];
}

/**
 * The simulated gateway in a thread of its own; it outlives the engine at the stop. A thread that
 * died is started again where it listened: to the engine, a broker that was away for a moment.
 */
async function startGateway(options: DaemonOptions, closers: Close[]): Promise<Gateway | null> {
  const { loaded, dataDir, log, logOptions, mono, wall, stopRequested } = options;
  const { gateway } = loaded.config;
  const args: GatewayArgs = {
    scenario: loadScenario(loaded.scenarioFile),
    dataDir,
    host: '127.0.0.1',
    port: gateway.port,
    adminPort: gateway.admin_port,
    cap: gateway.cap,
  };
  const system = startSystem({
    children: [
      {
        id: ACTORS.gateway,
        module: new URL('../../actors/gateway.ts', import.meta.url).href,
        args,
        placement: { kind: 'worker', thread: 'gateway' },
        mailbox: { capacity: 100, policy: { kind: 'refuse' } },
        restart: 'permanent',
        stopDeadlineMs: 500,
      },
    ],
    log,
    workerLog: logOptions,
    compileCacheDirectory: join(dataDir, 'cache'),
    seed: 'gateway',
    mono,
    wall,
    onEscalate: (fault) => log.error({ err: fault }, 'the simulated gateway is gone'),
  });
  closers.push(() => system.stop(STOP_BUDGET_MS.actors));
  const listens = system.ready.then(() => true);
  if ((await unless(stopRequested, listens)) === null) return null;
  const ports = await system
    .ref<{ type: 'ports' }>(ACTORS.gateway)
    .call<GatewayPorts>({ type: 'ports' }, CALL_MS);
  // Whichever ports were free at first, every later life is found at them.
  args.port = ports.port;
  args.adminPort = ports.adminPort;
  return { ...ports, actors: () => system.status() };
}

const CALL_MS = 5000;

async function startDaemonApi(
  options: DaemonOptions,
  engine: LiveEngine,
  url: string | null,
  closers: Close[],
) {
  const { loaded, dataDir, log, mono, wall } = options;
  const { api, mode, broker } = loaded.config;
  const pool =
    url === null
      ? null
      : createPool({ url, role: 'api', connectionsMax: 4, statementTimeoutMs: 10_000, log });
  if (pool !== null) closers.push(() => pool.end());
  const risk = createRisk(engine.reads, mono);
  closers.push(() => risk.close());
  const server = await startApi({
    reads: engine.reads,
    risk,
    controls: engine.controls,
    feed: engine.feed,
    history: pool === null ? NO_HISTORY : createHistory(pool),
    definitions: definitionOf,
    fallback: { mode, ib_config: { ib_host: broker.host, ib_port_type: broker.port_type } },
    token: api.token ?? apiToken(dataDir),
    host: api.host,
    port: api.port,
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

/** What the deciders are told: the configuration's part of it, in their own terms. */
function engineConfig(
  loaded: LoadedConfig,
  gateway: GatewayPorts | null,
): Omit<EngineConfig, 'journalId'> {
  const { config } = loaded;
  const { broker } = config;
  return {
    mode: config.mode,
    liveAccount: config.live_account,
    deployment: broker.deployment,
    configSummary: summaryOf(config),
    lockStep: broker.trading_clock === 'lockstep',
    books: config.books.map((book, slot) => ({ settings: bookSettings(config, book), slot })),
    broker: {
      host: gateway === null ? broker.host : '127.0.0.1',
      port: gateway?.port ?? broker.port,
      portType: gateway === null ? broker.port_type : 'simulated',
      clientId: broker.client_id,
      marketDataClientId: broker.market_data_client_id,
      connectTimeoutMs: broker.connect_timeout_s * 1000,
      retryIntervalMs: broker.retry_interval_s * 1000,
      resetWindows: broker.reset_windows,
    },
    heartbeatMs: config.daemon.heartbeat_interval_s * 1000,
  };
}
