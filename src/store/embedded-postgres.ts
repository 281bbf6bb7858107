/**
 * The embedded PostgreSQL: a real server on a cluster in the data directory, on loopback, with a
 * password. It is detached from the terminal, because Ctrl-C must not end it before our last rows
 * are written, and it outlives a killed daemon: the next start adopts it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';

import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { Clock } from '../runtime/clock.ts';
import { ensureDataDir, hasCode } from './data-dir.ts';
import { type Client, LONG_PATIENCE_MS, withClient } from './pool.ts';
import { findBinaries, type PostgresBinaries, serverUser } from './postgres-binaries.ts';
import {
  type ClusterPaths,
  clearReusedPid,
  clusterPassword,
  clusterPaths,
  ensureCluster,
  identity,
  type Postmaster,
  ROLE,
  readPostmaster,
  readUrl,
  systemIdentifier,
  writeUrl,
} from './postgres-cluster.ts';
import { letGiveWay } from './priority.ts';
import { isAlive } from './process-identity.ts';
import { waitFor } from './wait.ts';

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly mono: Clock;
  readonly log: Logger;
  /** Gives a start up: what it began is ended, and it is a fault. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedPostgres {
  readonly url: string;
  readonly pid: number;
  /** It was running before us. */
  readonly adopted: boolean;
}

export type StopOutcome =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'not_running' }
  /** Others of ours are connected, and it was left running. */
  | { readonly kind: 'in_use'; readonly sessions: number };

/** Of the last two to leave each would else take the other's question for a session. */
const STOP_ROLE = 'bifrost/stop';
/** For a server that is just stopping, or being started by another process. */
const START_BUDGET_MS = 10_000;
/** After a crash it replays its log first. */
const READY_BUDGET_MS = 60_000;
const LOG_BYTES_MAX = 16 * 1024 * 1024;
/** Backends of clients that closed a moment ago may still be listed. */
const LEAVING_BUDGET_MS = 200;
/** What is left for the immediate stop when the fast one takes too long. */
const QUIT_SHARE = 0.3;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '32MB',
  // Fewer processes, and no compilation of statements that run for a millisecond.
  io_method: 'sync',
  jit: 'off',
  log_line_prefix: '%m [%p] %a ',
};

/** Starts the server of the data directory, or adopts the one that runs; idempotent. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = ensureDataDir(options.dataDir);
  const paths = clusterPaths(dataDir);
  const binaries = findBinaries(paths.libraryDir);
  const user = serverUser(dataDir, binaries);
  const start = () => spawnServer(paths, binaries, user, options);

  await ensureCluster(paths, binaries, user, options.signal);
  clearReusedPid(paths);
  const { mono } = options;
  const running = await waitFor(mono, START_BUDGET_MS, async () => {
    const postmaster = await settled(paths, mono);
    if (postmaster === null) return start();
    return postmaster.state === 'ready' ? adopt(paths, postmaster) : null;
  });
  if (running === null) throw silentServerFault(paths);
  writeUrl(paths, running.url);
  return running;
}

/** Stops the server of the data directory, unless other sessions of ours use it. */
export async function stopEmbeddedPostgres(
  options: EmbeddedOptions & { readonly deadlineMs: number },
): Promise<StopOutcome> {
  const { mono, log, deadlineMs } = options;
  const paths = clusterPaths(options.dataDir);
  const postmaster = readPostmaster(paths);
  if (postmaster === null) return { kind: 'not_running' };
  const sessions = await sessionsLeft(paths, postmaster, options);
  if (sessions > 0) return { kind: 'in_use', sessions };

  const { pid } = postmaster;
  const gone = () => (isAlive(pid) ? null : true);
  signal(pid, 'SIGINT');
  if ((await waitFor(mono, deadlineMs * (1 - QUIT_SHARE), gone, 5)) !== null) {
    return { kind: 'stopped' };
  }
  log.warn({ pid }, 'the database stops at once; it repairs itself at its next start');
  signal(pid, 'SIGQUIT');
  if ((await waitFor(mono, deadlineMs * QUIT_SHARE, gone, 5)) === null) {
    log.warn({ pid }, 'the database has been told to stop, and is still there');
  }
  return { kind: 'stopped' };
}

/** The server that runs on the data directory's cluster. */
export function runningPostgres(dataDir: string): Postmaster | null {
  return readPostmaster(clusterPaths(dataDir));
}

/** The server that runs, when it is through with its start; null: none. */
async function settled(paths: ClusterPaths, mono: Clock): Promise<Postmaster | null> {
  const server = await waitFor(mono, READY_BUDGET_MS, () => {
    const postmaster = readPostmaster(paths);
    return postmaster?.state === 'starting' ? null : { postmaster };
  });
  return server === null ? readPostmaster(paths) : server.postmaster;
}

/** The server as ours when it takes our password and serves our cluster; null: ask again. */
async function adopt(paths: ClusterPaths, server: Postmaster): Promise<EmbeddedPostgres | null> {
  const url = urlOf(paths, server.port);
  try {
    await ensureDatabase(paths, server.port);
    const served = await withClient(url, 'start', async (client) => {
      const { rows } = await client.query<{ id: string }>(
        'select system_identifier::text as id from pg_control_system()',
      );
      return rows[0]?.id;
    });
    if (served === systemIdentifier(paths)) return { url, pid: server.pid, adopted: true };
  } catch (error) {
    if (error instanceof Fault && error.code === 'database_unreachable') return null;
    throw error;
  }
  throw new Fault(
    'database_unusable',
    `the server with pid ${server.pid} on port ${server.port} serves another cluster`,
    { remedy: `if no server runs on ${paths.cluster}, remove its postmaster.pid` },
  );
}

/** Null when it has to be tried again. */
async function spawnServer(
  paths: ClusterPaths,
  binaries: PostgresBinaries,
  user: ReturnType<typeof serverUser>,
  options: EmbeddedOptions,
): Promise<EmbeddedPostgres | null> {
  const port = await choosePort(paths);
  const logFd = openLog(paths);
  const logStart = statSync(paths.logFile).size;
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(binaries.postgres, ['-D', paths.cluster, '-p', String(port), ...settings], {
    ...identity(user),
    env: binaries.env,
    cwd: '/',
    detached: true,
    stdio: ['ignore', logFd, logFd],
  });
  child.unref();
  closeSync(logFd);
  const ended = endOf(child);
  const { pid } = child;
  if (pid !== undefined) letGiveWay(pid);
  let isGivenUp = false;
  const ready = await waitFor(options.mono, READY_BUDGET_MS, async () => {
    if (ended.reason !== undefined) return { kind: 'ended', reason: ended.reason } as const;
    if (options.signal?.aborted === true && pid !== undefined) {
      if (!isGivenUp) signal(pid, 'SIGINT');
      isGivenUp = true;
      return null;
    }
    const postmaster = readPostmaster(paths);
    const isReady = postmaster?.state === 'ready' && postmaster.pid === pid;
    return isReady ? ({ kind: 'ready' } as const) : null;
  });
  if (pid !== undefined && ready?.kind === 'ready') {
    await ensureDatabase(paths, port);
    return { url: urlOf(paths, port), pid, adopted: false };
  }
  const output = readFileSync(paths.logFile).subarray(logStart).toString();
  if (PASSES_BY_ITSELF.test(output)) return null;
  const fatal = /^.*(?:FATAL|PANIC): {2}(.*)$/m.exec(output)?.[1];
  const reason = fatal ?? ready?.reason ?? `it was not ready in ${READY_BUDGET_MS / 1000} s`;
  throw new Fault('database_unusable', `the embedded PostgreSQL does not start: ${reason}`, {
    remedy: `see ${paths.logFile}`,
  });
}

/**
 * Another starter was quicker, or took the port; or processes of a server that was killed have not
 * noticed yet, and still hold its memory.
 */
const PASSES_BY_ITSELF =
  /lock file .* (already exists|is empty)|Address already in use|memory block .* still in use/;

function endOf(child: ChildProcess): { reason: string | undefined } {
  const end: { reason: string | undefined } = { reason: undefined };
  child.on('error', (error) => {
    end.reason = error.message;
  });
  child.on('exit', (code, signalName) => {
    end.reason = `it ended with ${signalName ?? `status ${code}`}`;
  });
  return end;
}

/** Makes our database in a cluster that is new, or whose first start was cut short. */
async function ensureDatabase(paths: ClusterPaths, port: number): Promise<void> {
  const work = async (client: Client): Promise<void> => {
    // Two starters may look at once; the session's end gives the lock back.
    await client.query('select pg_advisory_lock(hashtext($1))', [ROLE]);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [ROLE]);
    if (rowCount === 0) await client.query(`create database ${ROLE}`);
  };
  await withClient(urlOf(paths, port, 'postgres'), 'start', work, LONG_PATIENCE_MS);
}

/** Our sessions on the server but those that want to stop it; none where it does not answer. */
async function sessionsLeft(
  paths: ClusterPaths,
  server: Postmaster,
  { mono, log }: EmbeddedOptions,
): Promise<number> {
  const count = async (): Promise<number> => {
    return await withClient(urlOf(paths, server.port), 'stop', async (client) => {
      const { rows } = await client.query<{ sessions: number }>(
        `select count(*)::int as sessions from pg_stat_activity
         where application_name like 'bifrost/%' and application_name <> '${STOP_ROLE}'`,
      );
      return rows[0]?.sessions ?? 0;
    });
  };
  let sessions = 0;
  try {
    await waitFor(mono, LEAVING_BUDGET_MS, async () => {
      sessions = await count();
      return sessions === 0 ? true : null;
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    log.warn({ reason: error.message }, 'the database does not answer, and is stopped');
    return 0;
  }
  return sessions;
}

/** The port of the last start if it is free, so that other programs' settings stay true. */
async function choosePort(paths: ClusterPaths): Promise<number> {
  const url = readUrl(paths);
  const remembered = url !== null && URL.canParse(url) ? Number(new URL(url).port) : 0;
  return (await freePort(remembered)) ?? (await freePort(0)) ?? 0;
}

function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      server.close(() => resolve(port));
    });
  });
}

function openLog(paths: ClusterPaths): number {
  const size = statSync(paths.logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(paths.logFile, `${paths.logFile}.1`);
  return openSync(paths.logFile, 'a', 0o600);
}

function urlOf(paths: ClusterPaths, port: number, database: string = ROLE): string {
  return `postgresql://${ROLE}:${clusterPassword(paths)}@127.0.0.1:${port}/${database}`;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

function silentServerFault(paths: ClusterPaths): Fault {
  const server = readPostmaster(paths);
  const who = server === null ? 'the embedded PostgreSQL' : `the server with pid ${server.pid}`;
  return new Fault('database_unusable', `${who} on ${paths.cluster} does not answer`, {
    remedy: `see ${paths.logFile}`,
  });
}
