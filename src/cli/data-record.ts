/**
 * `bifrost data record`: records quotes without a daemon, or beside one, over connections of its
 * own. In mode `simulated` it connects to the gateway of the daemon that runs.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { bookSettings, type LoadedConfig, loadConfig } from '../config/load.ts';
import { Fault } from '../fault.ts';
import { createLogger } from '../log.ts';
import { contractsOf } from '../protocol/recorder.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { realMono, realWall } from '../runtime/real-clock.ts';
import { readDaemon } from '../store/data-dir.ts';
import { GATEWAY_FILE } from './daemon-gateway.ts';
import { RecorderLife } from './recorder-life.ts';
import { RecordingSession } from './recording-session.ts';
import { watchStop } from './stop-requests.ts';
import { threadCacheDirectory } from './thread-cache.ts';

interface RecordFlags {
  readonly to: string;
  readonly config?: string;
  readonly intervalMs?: number;
  readonly for?: number;
  readonly host?: string;
  readonly port?: number;
  readonly clientId?: number;
  readonly logLevel: string;
  readonly json?: boolean;
}

/** Behind the ids of a daemon that is configured alike, which may run beside it. */
const CLIENT_IDS_ON = 100;
const SAY_MS = 10_000;

/** `show` prints what the data set holds when the recording has ended. */
export function recordCommand(show: (dir: string, json: boolean) => Promise<void>): Command {
  return new Command('record')
    .description('record quotes of the configured underlyings and the options held, until Ctrl-C')
    .requiredOption('--to <dir>', 'the data set; a recording that is there is continued')
    .option('--config <file>', 'configuration (default: BIFROST_CONFIG, config/demo.yaml)')
    .option('--interval-ms <ms>', 'the last quote of each interval; 0: every quote', toWhole)
    .option('--for <seconds>', 'ends by itself after so long', toWhole)
    .option('--host <host>', 'of TWS or a gateway, instead of the configured one')
    .option('--port <n>', 'likewise', toWhole)
    .option('--client-id <n>', 'and the next one: ids that nobody else uses', toWhole)
    .option('--log-level <level>', 'trace, debug, info, warn or error', 'warn')
    .option('--json', 'print the summary as JSON')
    .action(async (flags: RecordFlags) => {
      await record(flags);
      await show(flags.to, flags.json ?? false);
    });
}

async function record(flags: RecordFlags): Promise<void> {
  const loaded = loadConfig({ file: flags.config, env: process.env, cwd: process.cwd() });
  const { config } = loaded;
  const [mono, wall] = [realMono(), realWall()];
  const logOptions = { level: flags.logLevel, pretty: process.stderr.isTTY === true };
  const log = createLogger(logOptions);
  const dir = resolve(flags.to);
  const failed = Promise.withResolvers<never>();
  // It may come when nobody waits for it any more.
  failed.promise.catch(() => undefined);
  let recorded = false;
  const life = new RecorderLife({
    ...{ dataDir: loaded.dataDir, source: `recorded ${config.mode}`, mono, wall, log, logOptions },
    changed: (state, reason) => {
      // What never worked will not; what did is tried again for as long as it takes.
      if (state === 'failed' && !recorded) failed.reject(new Fault('data_dir_unusable', reason));
      else if (state === 'failed') say(`not recorded now: ${reason}`);
      else if (recorded) say('recorded again');
      recorded ||= state === 'ok';
    },
  });
  const stop = watchStop({ mono, controlFile: null, log });
  const intervalMs = flags.intervalMs ?? config.recorder.interval_ms;
  let session: RecordingSession | null = null;
  let talking: Talk | null = null;
  try {
    await life.apply({ ...config.recorder, enabled: true, dir, interval_ms: intervalMs });
    session = new RecordingSession({
      ...{ ...placeOf(loaded, flags), broker: config.broker, tap: life.tap },
      ...{ mono, wall, log, logOptions, cacheDir: threadCacheDirectory(loaded.dataDir) },
      clientId: flags.clientId ?? config.broker.market_data_client_id + CLIENT_IDS_ON,
      books: config.books.map((book) => bookSettings(config, book)),
      lost: () => life.lost(),
      watched: (books) => {
        const contracts = contractsOf(books);
        say(`${contracts.length} contracts are recorded to ${dir}`);
        life.watch(contracts);
      },
    });
    const stopped = stop.requested.then(() => undefined);
    await Promise.race([session.connected, failed.promise, stopped]);
    talking = talk(life, mono, flags.for ?? Number.POSITIVE_INFINITY);
    await Promise.race([failed.promise, stopped, talking.over]);
  } finally {
    stop.close();
    talking?.end();
    await session?.close();
    await life.close();
  }
}

interface Talk {
  /** Resolves after the seconds, if they are finite. */
  readonly over: Promise<void>;
  end(): void;
}

/** Says now and then how far it is. */
function talk(life: RecorderLife, mono: Clock, seconds: number): Talk {
  const { promise: over, resolve: done } = Promise.withResolvers<void>();
  const until = mono.now() + seconds * 1000;
  let timer: Timer | undefined;
  const next = (): void => {
    const left = until - mono.now();
    if (left <= 0) {
      done();
      return;
    }
    timer = mono.setTimer(Math.min(left, SAY_MS), () => {
      const view = life.view();
      if (view !== null) say(`${view.rows} quotes, ${view.files} files closed`);
      next();
    });
  };
  next();
  return { over, end: () => timer?.cancel() };
}

/** Where to connect; of a simulated gateway only the daemon that runs it knows the port. */
function placeOf({ config, dataDir }: LoadedConfig, flags: RecordFlags) {
  const { broker, mode } = config;
  if (flags.port !== undefined) return { host: flags.host ?? '127.0.0.1', port: flags.port };
  if (mode !== 'simulated') return { host: flags.host ?? broker.host, port: broker.port };
  const file = join(dataDir, GATEWAY_FILE);
  if (readDaemon(dataDir) === null || !existsSync(file)) {
    throw new Fault('broker_unreachable', `no daemon with a simulated gateway runs on ${dataDir}`, {
      remedy: 'Start one with bifrost run, or name a gateway with --port.',
    });
  }
  const { port } = JSON.parse(readFileSync(file, 'utf8')) as { readonly port: number };
  return { host: '127.0.0.1', port };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function toWhole(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 1e9) return value;
  throw new InvalidArgumentError('It is a whole number.');
}
