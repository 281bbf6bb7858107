/**
 * The data directory and the daemon that owns it: one daemon per directory, by a lock that the
 * kernel frees whatever becomes of its holder, and `daemon.json`, by which others find it.
 */

import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

import { Fault, toFault } from '../fault.ts';
import { processStartTime } from './process-identity.ts';

/** What `daemon.json` says. */
export interface DaemonIdentity {
  readonly pid: number;
  /** As `processStartTime` gives it. */
  readonly start_time: number;
  /** Of the API; 0 while it does not listen yet. */
  readonly port: number;
}

export interface DataDir {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Writes `daemon.json`; again when the API's port is known. */
  announce(port: number): void;
  /** Removes `daemon.json` and gives the lock back. */
  close(): Promise<void>;
}

/**
 * Creates the directory if need be and takes it for this process. Throws `Fault('daemon_running')`
 * that names the daemon which has it, or `Fault('data_dir_unusable')`.
 */
export async function openDataDir(dir: string): Promise<DataDir> {
  const path = ensureDataDir(dir);
  const release = await takeLock(path);
  const daemonFile = join(path, 'daemon.json');
  return {
    path,
    announce(port) {
      const startTime = processStartTime(process.pid);
      const identity = { pid: process.pid, start_time: startTime ?? 0, port };
      writeAtomically(daemonFile, `${JSON.stringify(identity)}\n`, 0o644);
    },
    async close() {
      if (readIdentity(path)?.pid === process.pid) rmSync(daemonFile, { force: true });
      await release();
    },
  };
}

/** Creates the directory and sets its mode; the real path. */
export function ensureDataDir(dir: string): string {
  // As root the database server runs as another user, who must pass through, and no more.
  const isRoot = process.getuid?.() === 0;
  const mode = isRoot ? 0o711 : 0o700;
  try {
    mkdirSync(dir, { recursive: true, mode });
    const path = realpathSync(dir);
    const stat = statSync(path);
    if (!stat.isDirectory()) throw new Error('it is not a directory');
    const isOurs = stat.uid === process.getuid?.();
    if (isOurs && (stat.mode & 0o777) !== mode) chmodSync(path, mode);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Fault('data_dir_unusable', `cannot use the data directory ${dir}: ${reason}`, {
      remedy: 'choose another one with BIFROST_DATA_DIR',
      cause: error,
    });
  }
}

/** The daemon that runs on the directory, or null. */
export function readDaemon(dir: string): DaemonIdentity | null {
  const identity = readIdentity(dir);
  if (identity === null) return null;
  return processStartTime(identity.pid) === identity.start_time ? identity : null;
}

/** The token that control calls need; generated at the first call, mode 0600. */
export function apiToken(dir: string): string {
  const path = join(dir, 'api-token');
  try {
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw toFault(error, 'data_dir_unusable');
  }
  const token = readFileSync(path, 'utf8').trim();
  if (token.length < 16) {
    throw new Fault('data_dir_unusable', `${path} holds no token`, {
      remedy: 'remove the file; a new token is generated at the next start',
    });
  }
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return token;
}

/** Replaces a file such that a reader sees the old content or the new, never a part. */
export function writeAtomically(path: string, content: string | Buffer, mode: number): void {
  try {
    writeFileSync(`${path}.new`, content, { mode, flush: true });
    chmodSync(`${path}.new`, mode);
    renameSync(`${path}.new`, path);
  } catch (error) {
    removeUnfinished(`${path}.new`);
    throw error;
  }
}

/** On a full disk it would hold the last of the room. */
function removeUnfinished(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not made at all, or the disk refuses this too.
  }
}

/** What the disk of a directory has left for us. */
export function freeBytesOf(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

/** Whether the operating system refused something: a full disk, a file that cannot be read. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'errno' in error;
}

/** Whether an error of the platform carries this code, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function readIdentity(dir: string): DaemonIdentity | null {
  let text: string;
  try {
    text = readFileSync(join(dir, 'daemon.json'), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return null;
    throw toFault(error, 'data_dir_unusable');
  }
  try {
    const { pid, start_time, port } = JSON.parse(text) as Partial<DaemonIdentity>;
    if (typeof pid !== 'number' || typeof start_time !== 'number') return null;
    return { pid, start_time, port: typeof port === 'number' ? port : 0 };
  } catch (error) {
    // Written by something else: it names no daemon.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Returns the function that gives the lock back. */
function takeLock(path: string): Promise<() => Promise<void>> {
  return process.platform === 'linux' ? takeSocketLock(path) : takePidLock(path);
}

/** An abstract socket has a name and no file: it is free the moment its process is gone. */
async function takeSocketLock(path: string): Promise<() => Promise<void>> {
  // The name is limited to 107 bytes, so the path goes in as its hash.
  const name = `\0bifrost-${createHash('sha256').update(path).digest('hex').slice(0, 40)}`;
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(server, name);
  } catch (error) {
    throw hasCode(error, 'EADDRINUSE') ? runningFault(path) : toFault(error, 'data_dir_unusable');
  }
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function listen(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(name, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function takePidLock(path: string): Promise<() => Promise<void>> {
  const file = join(path, 'daemon.lock');
  const content = `${process.pid} ${processStartTime(process.pid)}\n`;
  // Two rounds: the second comes after a dead holder's file was removed.
  for (let round = 0; round < 2; round++) {
    try {
      writeFileSync(file, content, { flag: 'wx', mode: 0o600 });
      return async () => rmSync(file, { force: true });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw toFault(error, 'data_dir_unusable');
    }
    const [pid, startTime] = readFileSync(file, 'utf8').trim().split(' ').map(Number);
    if (pid !== undefined && processStartTime(pid) === startTime) throw runningFault(path);
    rmSync(file, { force: true });
  }
  throw runningFault(path);
}

function runningFault(path: string): Fault {
  const daemon = readDaemon(path);
  const who =
    daemon === null ? 'it is just starting' : `pid ${daemon.pid}, port ${daemon.port || 'unknown'}`;
  return new Fault('daemon_running', `another daemon holds ${path}: ${who}`, {
    remedy: 'stop it with `bifrost stop`, or use another BIFROST_DATA_DIR',
  });
}
