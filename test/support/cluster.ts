/**
 * An empty database cluster for a test's daemon, copied instead of made: initdb takes most of the
 * processor time of a first start. Made once a checkout, and again when the code that makes it has
 * changed. Tests that are about a first start make their own.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
/** What a cluster depends on: the code that makes it, and the programs that do. */
const MADE_BY = ['src/store/postgres-cluster.ts', 'src/store/embedded-postgres.ts', 'package.json'];
const COPIED = ['postgres', 'postgres-password'];

let template: string | undefined;

/** Puts a cluster into a data directory that has none. */
export function seedCluster(dataDir: string): void {
  if (existsSync(join(dataDir, 'postgres'))) return;
  template ??= ensureTemplate();
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  // Not node's own copy: the files belong to the user that the server runs as.
  execFileSync('cp', ['-a', ...COPIED.map((name) => join(template ?? '', name)), dataDir]);
}

/** Files that run beside each other may make it at once: the first one to be through is kept. */
function ensureTemplate(): string {
  const hash = createHash('sha256');
  for (const path of MADE_BY) hash.update(readFileSync(join(ROOT, path)));
  const dir = join(ROOT, '.tmp', `test-cluster-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(dir)) return dir;
  const unfinished = `${dir}.new-${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  execFileSync(process.execPath, [join(import.meta.dirname, 'make-cluster.ts'), unfinished]);
  try {
    renameSync(unfinished, dir);
  } catch (error) {
    if (!existsSync(dir)) throw error;
    rmSync(unfinished, { recursive: true, force: true });
  }
  return dir;
}
