/** Directories of a test's own, under the checkout's `.tmp`, removed when the test is over. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../../.tmp');

/** A new empty directory; the caller removes it. */
export function makeTempDir(name: string): string {
  mkdirSync(ROOT, { recursive: true });
  const dir = mkdtempSync(join(ROOT, `${name}-`));
  // A database server that runs as another user must be able to pass through.
  chmodSync(dir, 0o711);
  return dir;
}

/** A new empty directory for the running test. */
export function tempDir(name: string): string {
  const dir = makeTempDir(name);
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
