/** R-C1a while the daemon starts: a stop at any of its stages is a stop, not a failure. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { openDataDir, readDaemon } from '../../src/store/data-dir.ts';
import { postgresPid, type TestDaemon, testHome } from '../support/daemon.ts';

const home = testHome('stop', { firstStart: true });

function has(dir: string, pattern: RegExp): boolean {
  return existsSync(dir) && readdirSync(dir).some((name) => pattern.test(name));
}

async function assertClean(dataDir: string): Promise<void> {
  assert.equal(readDaemon(dataDir), null);
  assert.equal(existsSync(join(dataDir, 'daemon.json')), false);
  assert.equal(postgresPid(dataDir), null);
  assert.equal(has(dataDir, /^postgres\.new/), false);
  const lock = await openDataDir(dataDir);
  await lock.close();
}

async function stopsAt(
  daemon: TestDaemon,
  stage: string,
  reached: () => boolean,
  signal: NodeJS.Signals,
): Promise<void> {
  await daemon.until(stage, () => (reached() ? true : null));
  const { code, ms } = await daemon.stop(signal);
  assert.equal(code, 0, `${stage}: ${daemon.err()}`);
  assert.ok(ms < 5000, `${stage}: the stop took ${ms} ms`);
  await assertClean(daemon.dataDir);
}

describe('R-C1a: a stop while it starts', () => {
  it('ends what has not begun: the process alone, and nothing is left', async () => {
    const daemon = home.daemon({ dataDir: join(home.dir, 'at-once') });
    const { code, signal } = await daemon.stop('SIGTERM');
    // Node itself ends by the signal as long as it has not read a line of ours.
    assert.ok(code === 0 || signal === 'SIGTERM', `code ${code}: ${daemon.err()}`);
    assert.equal(existsSync(daemon.dataDir), false);
  });

  it('SIGTERM and SIGINT end it with 0, stage by stage', { timeout: 120_000 }, async () => {
    const dataDir = join(home.dir, 'stages');
    const at = async (
      stage: string,
      signal: NodeJS.Signals,
      reached: (daemon: TestDaemon) => boolean,
    ) => {
      const daemon = home.daemon({ dataDir });
      await stopsAt(daemon, stage, () => reached(daemon), signal);
    };
    await at('it has the directory', 'SIGTERM', () => has(dataDir, /^daemon\.json$/));
    await at('the cluster is being made', 'SIGINT', () => has(dataDir, /^postgres\.new/));
    await at('the database server starts', 'SIGTERM', () => postgresPid(dataDir) !== null);
    await at('the API listens', 'SIGINT', (daemon) => daemon.err().includes('"api listens"'));
    await at('it says that it runs', 'SIGTERM', () => (readDaemon(dataDir)?.port ?? 0) > 0);
  });
});
