/**
 * A cluster on disk: made once, and found again by its files. It says by itself which server runs
 * on it (`postmaster.pid`) and which cluster it is (the system identifier).
 */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import { hasCode, writeAtomically } from './data-dir.ts';
import type { PostgresBinaries, ServerUser } from './postgres-binaries.ts';
import { isAlive, processName } from './process-identity.ts';

export interface ClusterPaths {
  readonly dataDir: string;
  readonly cluster: string;
  readonly passwordFile: string;
  readonly urlFile: string;
  readonly logFile: string;
  readonly libraryDir: string;
}

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Only a `ready` one takes connections; one that repairs itself is `starting` for long. */
  readonly state: 'starting' | 'ready' | 'stopping';
}

/** The superuser of the cluster, and the database in it. */
export const ROLE = 'bifrost';

/** Where the embedded cluster of a data directory keeps what. */
export function clusterPaths(dataDir: string): ClusterPaths {
  return {
    dataDir,
    cluster: join(dataDir, 'postgres'),
    passwordFile: join(dataDir, 'postgres-password'),
    urlFile: join(dataDir, 'database-url'),
    logFile: join(dataDir, 'postgres.log'),
    libraryDir: join(dataDir, 'postgres-lib'),
  };
}

/** Makes the cluster if there is none; one of another major version is a fault. */
export async function ensureCluster(
  paths: ClusterPaths,
  binaries: PostgresBinaries,
  user: ServerUser | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const versionFile = join(paths.cluster, 'PG_VERSION');
  if (!existsSync(versionFile)) await createCluster(paths, binaries, user, signal);
  const major = Number(readFileSync(versionFile, 'utf8'));
  if (major === binaries.major) return;
  throw new Fault(
    'database_unusable',
    `${paths.cluster} is of PostgreSQL ${major}, and this is PostgreSQL ${binaries.major}`,
    {
      remedy:
        `move it away to begin an empty database, ` +
        `or run PostgreSQL ${major} on it and set DATABASE_URL`,
    },
  );
}

/** The password of the cluster's superuser; made at the first call, mode 0600. */
export function clusterPassword(paths: ClusterPaths): string {
  try {
    const password = `${randomBytes(24).toString('base64url')}\n`;
    writeFileSync(paths.passwordFile, password, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  return readFileSync(paths.passwordFile, 'utf8').trim();
}

/** The server that runs on the cluster, or null. */
export function readPostmaster(paths: ClusterPaths): Postmaster | null {
  const text = readIfThere(join(paths.cluster, 'postmaster.pid'));
  if (text === null) return null;
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!isAlive(pid)) return null;
  const word = lines[7]?.trim();
  const state = word === 'ready' || word === 'stopping' ? word : 'starting';
  return { pid, port: Number(lines[3]), state };
}

/**
 * Removes the pid file of a server that is gone when its pid is another program's now, as after
 * the restart of a container: PostgreSQL itself would take that program for a server and refuse.
 */
export function clearReusedPid(paths: ClusterPaths): void {
  const postmaster = readPostmaster(paths);
  if (postmaster === null) return;
  const name = processName(postmaster.pid);
  if (name !== null && name !== 'postgres') rmSync(join(paths.cluster, 'postmaster.pid'));
}

/** The cluster's system identifier, by which a server proves that it serves this one. */
export function systemIdentifier(paths: ClusterPaths): string {
  const fd = openSync(join(paths.cluster, 'global', 'pg_control'), 'r');
  try {
    const bytes = Buffer.alloc(8);
    readSync(fd, bytes, 0, 8, 0);
    return bytes.readBigUInt64LE().toString();
  } finally {
    closeSync(fd);
  }
}

/** The URL by which others reach the embedded database, as the last start left it. */
export function readUrl(paths: ClusterPaths): string | null {
  return readIfThere(paths.urlFile)?.trim() ?? null;
}

/** Leaves the address for other programs, readable by its owner alone. */
export function writeUrl(paths: ClusterPaths, url: string): void {
  if (readUrl(paths) !== url) writeAtomically(paths.urlFile, `${url}\n`, 0o600);
}

/** Made under another name and renamed when complete: a kill in between leaves no half cluster. */
async function createCluster(
  paths: ClusterPaths,
  binaries: PostgresBinaries,
  user: ServerUser | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (existsSync(paths.cluster) && readdirSync(paths.cluster).length > 0) {
    throw new Fault('database_unusable', `${paths.cluster} is not empty and no database cluster`, {
      remedy: 'move it away',
    });
  }
  dropUnfinished(paths);
  const unfinished = `${paths.cluster}.new-${process.pid}`;
  const passwordFile = `${unfinished}-password`;
  try {
    mkdirSync(unfinished, { mode: 0o700 });
    writeFileSync(passwordFile, clusterPassword(paths), { mode: 0o600 });
    if (user !== undefined) {
      for (const path of [unfinished, passwordFile]) chownSync(path, user.uid, user.gid);
    }
    await runInitdb(binaries, user, unfinished, passwordFile, signal);
    // Another process may have been quicker; its cluster has the same password as ours.
    if (!existsSync(join(paths.cluster, 'PG_VERSION'))) renameSync(unfinished, paths.cluster);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(passwordFile, { force: true });
  }
}

function runInitdb(
  binaries: PostgresBinaries,
  user: ServerUser | undefined,
  cluster: string,
  passwordFile: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = [
    ...['-D', cluster, '-U', ROLE, '-A', 'scram-sha-256', '--pwfile', passwordFile],
    ...['-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    // There is nothing to lose yet, and the sync takes longer than all the rest.
    ...['--no-sync', '--no-instructions'],
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(binaries.initdb, options, {
      ...identity(user),
      env: binaries.env,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000);
    });
    const giveUp = (): boolean => child.kill();
    if (signal?.aborted === true) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    child.on('error', (error) => reject(initdbFault(error.message)));
    child.on('close', (code) => {
      signal?.removeEventListener('abort', giveUp);
      if (code === 0) resolve();
      else reject(initdbFault(/^initdb: error: .*$/m.exec(output)?.[0] ?? output.trim()));
    });
  });
}

/** Spawn options that make a child run as `user`. */
export function identity(user: ServerUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid };
}

function initdbFault(reason: string): Fault {
  return new Fault('database_unusable', `cannot make the database cluster: ${reason}`);
}

/** What a killed start left behind. */
function dropUnfinished(paths: ClusterPaths): void {
  for (const name of readdirSync(paths.dataDir)) {
    const pid = /^postgres\.new-(\d+)/.exec(name)?.[1];
    if (pid === undefined) continue;
    // Under our own number it is of an earlier process, in a container that counts anew.
    if (Number(pid) !== process.pid && isAlive(Number(pid))) continue;
    rmSync(join(paths.dataDir, name), { recursive: true, force: true });
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
