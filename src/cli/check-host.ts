/** What `bifrost check` sees without a broker: this machine, its directories, and the database. */

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { listenProblem } from '../api/listen-problem.ts';
import type { LoadedConfig } from '../config/load.ts';
import { newYorkDate, nextTradingDay, tradingSession } from '../domain/calendar.ts';
import { type Fault, toFault } from '../fault.ts';
import { DISK_FULL_BYTES, DISK_LOW_BYTES } from '../limits.ts';
import { createLogger } from '../log.ts';
import type { Clock } from '../runtime/clock.ts';
import { freeBytesOf, hasCode, readDaemon } from '../store/data-dir.ts';
import { openDatabase } from '../store/database.ts';
import { databaseLabel } from '../store/database-error.ts';
import { runningPostgres } from '../store/embedded-postgres.ts';
import { schemaDrift, schemaState } from '../store/migrate.ts';
import { withClient } from '../store/pool.ts';
import { findBinaries, serverUser } from '../store/postgres-binaries.ts';
import { clusterPaths, readUrl } from '../store/postgres-cluster.ts';
import { type Finding, fail, ok, skip, warn } from './finding.ts';

const NODE_MAJOR = 24;
const GIB = 1024 ** 3;
const DATABASE_MS = 3000;

/** By the version that reads the sources, and the platforms that are tested. */
export function checkNode(version: string, platform: string): Finding {
  const major = Number.parseInt(version, 10);
  const says = `Node ${version} on ${platform}`;
  if (major < NODE_MAJOR) return fail('node', says, `install Node ${NODE_MAJOR} or newer`);
  if (!/^(linux|darwin)-/.test(platform)) {
    return warn('node', says, 'only Linux and macOS are tested: run it there, or in a container');
  }
  return ok('node', says);
}

/** The daemon makes the directory at its start; here it is only asked whether it could. */
export function checkDataDir(dir: string): Finding {
  const daemon = existsSync(dir) ? readDaemon(dir) : null;
  if (daemon !== null) {
    const { pid, port } = daemon;
    return ok('data directory', `${dir}: a daemon runs on it, pid ${pid}, port ${port}`);
  }
  const near = nearestExisting(dir);
  try {
    if (!statSync(near).isDirectory()) throw new Error(`${near} is not a directory`);
    accessSync(near, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (thrown) {
    const why = hasCode(thrown, 'EACCES')
      ? `${near} is not yours to write`
      : toFault(thrown).message;
    return fail('data directory', `${dir}: ${why}`, 'name another one with BIFROST_DATA_DIR');
  }
  return ok('data directory', near === dir ? `${dir} can be written` : `${dir} can be made`);
}

/** By the bounds at which the engine itself warns and stops. */
export function checkDisk(dir: string, freeBytes = freeBytesOf(nearestExisting(dir))): Finding {
  const says = `${(freeBytes / GIB).toFixed(1)} GiB free at ${dir}`;
  if (freeBytes < DISK_FULL_BYTES) {
    return fail('disk', says, 'make room: with less than 1 GiB the engine does not hedge');
  }
  if (freeBytes < DISK_LOW_BYTES) {
    return warn('disk', says, 'make room: from 1 GiB down the engine does not hedge');
  }
  return ok('disk', says);
}

/** The port of API and page: free, or held by the daemon of this very directory. */
export async function checkApiPort({ config, dataDir }: LoadedConfig): Promise<Finding> {
  const { host, port } = config.api;
  const where = `${host}:${port}`;
  if (port === 0) return ok('api port', 'any free port');
  if (existsSync(dataDir) && readDaemon(dataDir)?.port === port) {
    return ok('api port', `${where} is the daemon's that runs`);
  }
  const problem = await listenProblem(host, port);
  if (problem === null) return ok('api port', `${where} is free`);
  if (problem === 'EADDRINUSE') {
    return fail('api port', `${where} is taken`, 'stop what has it, or set api.port');
  }
  return fail('api port', `cannot listen on ${where}: ${problem}`, 'set api.host and api.port');
}

/** The server, its version and its schema, without changing either. */
export async function checkDatabase(loaded: LoadedConfig, mono: Clock): Promise<Finding> {
  const { sink, database_url: url } = loaded.config.store;
  if (sink !== 'postgres') return ok('database', `none: history goes to ${sink}`);
  try {
    if (url !== null) return await checkServer(url, loaded.dataDir, mono);
    return await checkEmbedded(loaded.dataDir);
  } catch (thrown) {
    const { message, remedy } = asFault(thrown);
    return fail('database', message, remedy ?? 'see docs/OPERATIONS.md, "The database"');
  }
}

async function checkServer(url: string, dataDir: string, mono: Clock): Promise<Finding> {
  const log = createLogger({ level: 'error', pretty: false });
  await openDatabase({ url, dataDir, mono, log, budgetMs: DATABASE_MS });
  return schemaFinding(url);
}

async function checkEmbedded(dataDir: string): Promise<Finding> {
  const paths = clusterPaths(dataDir);
  if (existsSync(dataDir) && runningPostgres(dataDir) !== null) {
    const url = readUrl(paths);
    if (url !== null) return schemaFinding(url);
  }
  // Only what a start needs is looked at; it is the start that makes a cluster, or mends one.
  const binaries = findBinaries(paths.libraryDir);
  serverUser(nearestExisting(dataDir), binaries);
  const cluster = existsSync(paths.cluster)
    ? 'starts with the daemon'
    : 'is made at the first start';
  return ok('database', `embedded PostgreSQL ${binaries.major}, ${cluster}`);
}

async function schemaFinding(url: string): Promise<Finding> {
  const label = databaseLabel(url);
  return withClient(url, 'check', async (client) => {
    const { applied, pending, unknown } = await schemaState(client);
    const newest = unknown.at(-1);
    if (newest !== undefined) {
      const fix = 'run the version of Bifrost that migrated it, or a later one';
      return fail('database', `${label}: its schema is of a newer Bifrost (${newest})`, fix);
    }
    if (pending.length > 0) {
      return ok('database', `${label}: ${pending.length} migrations are applied at the start`);
    }
    const { problems } = await schemaDrift(client);
    const [first] = problems;
    if (first !== undefined) {
      return fail('database', `${label}: ${first}`, '`bifrost db status` lists all; undo it');
    }
    return ok('database', `${label}: schema ${applied.at(-1)}`);
  });
}

/** The trading day that is or comes next, as the engine reckons it. */
export function checkCalendar(now: number): Finding {
  const today = newYorkDate(now);
  const session = tradingSession(today);
  const day = session !== null && now < session.close ? today : nextTradingDay(today);
  const next = tradingSession(day);
  if (next === null) return skip('calendar', `${day} has no session`);
  const at = (ts: number): string => new Date(ts).toISOString().slice(11, 16);
  const state = now >= next.open ? 'open now' : 'the next session';
  const iso = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
  return ok('calendar', `${state}: ${iso}, ${at(next.open)} to ${at(next.close)} UTC`);
}

/** A file that holds a secret is nobody else's to read. */
export function checkSecrets({ config, file, sources }: LoadedConfig): Finding {
  const holds = ['store.database_url', 'api.token'].filter((key) => {
    const source = sources.get(key) ?? 'default';
    return source !== 'default' && source.includes(':');
  });
  if (config.alerts.webhooks.some(({ url }) => url !== null)) holds.push('alerts.webhooks.url');
  const mode = statSync(file).mode & 0o077;
  if (holds.length === 0) return ok('secrets', 'none in the configuration file');
  const names = holds.join(', ');
  if (mode === 0) return ok('secrets', `${names}: the file is yours alone`);
  return warn('secrets', `others can read ${names}`, `chmod 600 ${file}, or use the environment`);
}

function nearestExisting(path: string): string {
  let at = path;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  return at;
}

function asFault(thrown: unknown): Fault {
  return toFault(thrown, 'database_unusable');
}
