/** The daemon's parts in their order of start, and in reverse of stop. */

import { join } from 'node:path';
import { bookSettings } from '../config/load.ts';
import { createEngine, type LiveEngine } from '../engine/live.ts';
import { marketMessagesPerSecond } from '../limits.ts';
import type { EngineConfig } from '../protocol/decision-config.ts';
import type { ReleaseReason } from '../store/lease.ts';
import { within } from '../store/wait.ts';
import { type BrokerPlace, brokerPlace } from './broker-choice.ts';
import { summaryOf, watchConfig } from './config-watch.ts';
import { startDaemonAlerts } from './daemon-alerts.ts';
import { engineShown, startDaemonApi } from './daemon-api.ts';
import { createReviver, sinkPlace, startHistory } from './daemon-database.ts';
import { type Gateway, startGateway } from './daemon-gateway.ts';
import {
  type Close,
  type DaemonEnding,
  type DaemonOptions,
  type RunningDaemon,
  unless,
} from './daemon-options.ts';
import { ParityLife } from './parity-life.ts';
import { RecorderLife } from './recorder-life.ts';
import { ShadowLife } from './shadow-life.ts';
import { type FormerApi, startStandby } from './standby.ts';
import { threadCacheDirectory } from './thread-cache.ts';
import { packageVersion } from './version.ts';
import {
  type Candidate,
  claimAtStart,
  createCandidate,
  createWriter,
  serveWriter,
  type Won,
  type Writer,
} from './writer.ts';

/** What is known by the time when it is decided who writes. */
interface Surroundings {
  readonly options: DaemonOptions;
  readonly url: string | null;
  readonly gateway: Gateway | null;
  readonly broker: BrokerPlace;
  readonly closers: Close[];
  /** What the lease is given back with. */
  readonly exit: { reason: ReleaseReason };
}

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
  const { loaded, dataDir, log, mono, wall, stopRequested } = options;
  const { mode, ha } = loaded.config;
  const [url, gateway] = await both(
    startHistory(options, closers),
    mode === 'simulated' ? startGateway(options, closers) : Promise.resolve(null),
  );
  if (stopping()) return null;
  const broker = await brokerPlace(loaded, url, log);
  const exit = { reason: 'handover' } as const;
  const around: Surroundings = { options, url, gateway, broker, closers, exit: { ...exit } };
  if (url === null) return withClose(await startWriting(around, null), close);

  const candidate = createCandidate({ url, dataDir, ha, mono, wall, log, logs: options.logs });
  closers.push(() => within(mono, POOL_END_MS, candidate.pool.end()));
  const outcome = await unless(stopRequested, claimAtStart(candidate));
  if (outcome === null) return null;
  if (outcome.kind === 'won') {
    return withClose(await startWriting(around, { candidate, won: outcome }), close);
  }
  const waiting = await startStandby({
    options,
    candidate,
    url,
    closers,
    held: outcome,
    config: engineConfig(around),
    takeOver: (won, former) => startWriting(around, { candidate, won }, former),
  });
  return withClose(waiting, close);
}

function withClose(
  daemon: Omit<RunningDaemon, 'close'> | null,
  close: () => Promise<void>,
): RunningDaemon | null {
  return daemon === null ? null : { ...daemon, close };
}

/** The engine with its API; null when a stop comes first. `former`: what listened until now. */
async function startWriting(
  around: Surroundings,
  place: { readonly candidate: Candidate; readonly won: Won } | null,
  former?: FormerApi,
): Promise<Omit<RunningDaemon, 'close'> | null> {
  const { options, url, closers, exit } = around;
  const { loaded, mono, log, stopRequested } = options;
  const writer = place === null ? null : await createWriter(place.candidate, place.won);
  if (writer !== null) closers.push(() => writer.release(exit.reason));
  const recorder: RecorderLife = createRecorder(options, (state, reason) => {
    engine.recorderChanged(state, reason);
  });
  closers.push(() => recorder.close());
  const shadows = new ShadowLife(options);
  const engine = assembleEngine(around, writer, { recorder, shadows });
  closers.push(() => engine.close());
  closers.push(() => shadows.close());
  void recorder.apply(loaded.config.recorder);
  const endWatch = watchConfig({
    loaded,
    load: options.reload,
    apply: (input) => engine.reconfigure(input),
    taken: (config) => void recorder.apply(config.recorder),
    mono,
    log,
  });
  closers.push(async () => endWatch());
  await former?.close();
  const alerts = startDaemonAlerts(options, engine);
  closers.push(async () => alerts.close());
  const shown = { ...engineShown(engine), deliveries: () => alerts.deliveries() };
  const api = await startDaemonApi(options, shown, url, closers, former?.port);
  const begun = writer === null ? engine.start() : writer.begin(engine, api.url);
  const started = begun.then(() => true);
  if ((await unless(stopRequested, started)) === null) return null;
  const parity = new ParityLife({
    ...{ dataDir: options.dataDir, mono, wall: options.wall, log, at: loaded.config.parity.at },
    tradingTs: () => engine.tradingTs(),
    report: (check, known) => engine.parityChecked(check, known),
  });
  closers.push(() => parity.close());
  parity.begin();
  if (loaded.config.books.some((book) => book.shadows.length > 0)) {
    shadows.begin(engine, (report) => engine.shadowsReported(report));
  }
  if (place !== null) closers.push(...serveWriter(place.candidate, place.won, engine));
  return {
    port: api.port,
    url: api.url,
    loginCode: api.onePageLoginCode(),
    standsBy: false,
    ended: endingOf(engine, writer, exit),
    requestStop: async (origin) => {
      await engine.controls.control({ control: { command: 'stop' }, origin });
      if (HANDS_OVER.test(origin)) exit.reason = 'handover';
    },
    fail: (error) => engine.fail(error),
  };
}

function createRecorder(
  { loaded, dataDir, mono, wall, log, logOptions }: DaemonOptions,
  changed: (state: 'off' | 'ok' | 'failed', reason: string) => void,
): RecorderLife {
  const source = `recorded ${loaded.config.mode}`;
  return new RecorderLife({ dataDir, source, mono, wall, log, logOptions, changed });
}

/** A connection that hangs is left to end by itself. */
const POOL_END_MS = 800;

/** Who stops a process means the process; who gives the command means trading. */
const HANDS_OVER = /^(signal:|parent$)/;

async function endingOf(
  engine: LiveEngine,
  writer: Writer | null,
  exit: { reason: ReleaseReason },
): Promise<DaemonEnding> {
  exit.reason = 'stopped';
  const ended = engine.ended.then((ending): DaemonEnding => ({ ...ending, deposed: null }));
  if (writer === null) return ended;
  const deposed = writer.deposed.then(
    (reason): DaemonEnding => ({
      ...{ orderLeftLive: false, refusal: null, defect: null },
      deposed: reason,
    }),
  );
  const ending = await Promise.race([ended, deposed]);
  if (ending.defect !== null || ending.refusal !== null) exit.reason = 'handover';
  return ending;
}

function assembleEngine(
  around: Surroundings,
  writer: Writer | null,
  { recorder, shadows }: { readonly recorder: RecorderLife; readonly shadows: ShadowLife },
): LiveEngine {
  const { options, url, gateway } = around;
  const { loaded, dataDir, log, mono, wall } = options;
  const { config } = loaded;
  const inherited = writer?.inherited ?? null;
  const term = writer?.term ?? null;
  const { messages_per_second: messages } = config.broker;
  const marketMessages = marketMessagesPerSecond(messages);
  return createEngine({
    config: engineConfig(around),
    version: packageVersion(),
    exchangeId: gateway?.exchangeId ?? null,
    journalDir: join(dataDir, 'journal'),
    fsync: config.journal.fsync,
    evaluationIntervalMs: config.evaluation_interval_ms,
    clockRate: config.broker.clock_rate,
    orderLink: {
      heartbeatMs: config.broker.heartbeat_s * 1000,
      messagesPerSecond: messages - marketMessages,
    },
    marketLink: {
      marketLines: config.broker.market_data_lines,
      messagesPerSecond: marketMessages,
      workers: Math.min(config.broker.market_data_workers, config.books.length),
    },
    history: {
      sink: sinkPlace(options, url, term),
      journalDays: config.journal.retention_days,
      historyDays: config.store.retention_days,
      behindBytes: config.store.backlog_mb * 1e6,
    },
    neighbours: () => [...(gateway?.actors() ?? []), ...recorder.actors(), ...shadows.actors()],
    recorder,
    onSinkDown: createReviver(options),
    ...(term === null ? {} : { lease: term }),
    ...(inherited === null ? {} : { inherited }),
    log,
    workerLog: options.logOptions,
    compileCacheDirectory: threadCacheDirectory(dataDir),
    mono,
    wall,
  });
}

/** Waits for both even if one fails, so that what did start is known and can be undone. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value];
}

/** What the deciders are told: the configuration's part of it, in their own terms. */
function engineConfig({
  options,
  gateway,
  broker: place,
}: Surroundings): Omit<EngineConfig, 'journalId'> {
  const { config } = options.loaded;
  const { broker } = config;
  return {
    mode: config.mode,
    liveAccount: config.live_account,
    deployment: broker.deployment,
    configSummary: summaryOf(config),
    lockStep: broker.trading_clock === 'lockstep',
    books: config.books.map((book, slot) => ({ settings: bookSettings(config, book), slot })),
    broker: {
      host: gateway === null ? place.host : '127.0.0.1',
      port: gateway?.port ?? place.port,
      portType: gateway === null ? place.port_type : 'simulated',
      clientId: broker.client_id,
      marketDataClientId: broker.market_data_client_id,
      connectTimeoutMs: broker.connect_timeout_s * 1000,
      retryIntervalMs: broker.retry_interval_s * 1000,
      resetWindows: broker.reset_windows,
    },
    heartbeatMs: config.daemon.heartbeat_interval_s * 1000,
    quoteHistoryMs: config.store.history_interval_s * 1000,
  };
}
