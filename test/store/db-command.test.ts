import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, onTestFinished } from 'vitest';

import { realMono } from '../../src/runtime/real-clock.ts';
import { openDataDir } from '../../src/store/data-dir.ts';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { isAlive } from '../../src/store/process-identity.ts';
import { silentLog } from '../support/postgres.ts';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = new URL('../../', import.meta.url);

describe('bifrost db', () => {
  it('migrates a database that did not exist, and leaves nothing running', async () => {
    const dir = tempDir('db-command');
    const first = await bifrost(dir, 'migrate', '--json');
    assert.equal(first.status, 0, first.stderr);
    assert.equal(JSON.parse(first.stdout).applied[0], '0001_create_contract_tables');
    const again = await bifrost(dir, 'migrate');
    assert.match(again.stdout, /the schema is up to date/);
    const status = await bifrost(dir, 'status', '--json');
    assert.equal(JSON.parse(status.stdout).running, false);
    assert.match((await bifrost(dir, 'stop')).stdout, /no embedded database is running/);
  });

  it('shows and stops a server that a killed daemon left', async () => {
    const dir = tempDir('db-command');
    const options = { dataDir: dir, mono: realMono(), log: silentLog };
    const { pid } = await startEmbeddedPostgres(options);
    onTestFinished(async () => {
      await stopEmbeddedPostgres({ ...options, deadlineMs: 5000 });
    });
    const status = JSON.parse((await bifrost(dir, 'status', '--json')).stdout);
    assert.equal(status.pid, pid);
    assert.deepEqual(status.applied, []);
    const to = join(dir, 'backup');
    for (const [command, ...args] of [['migrate'], ['backup', to], ['restore', to]] as const) {
      const { stdout, stderr } = await bifrost(dir, command, [...args, '--json']);
      assert.ok(Object.keys(JSON.parse(stdout)).length > 0, stderr);
    }
    const stopped = await bifrost(dir, 'stop');
    assert.equal(stopped.status, 0, stopped.stderr);
    assert.equal(isAlive(pid), false);
  });

  it('stops no server under a daemon: exit 6, and its pid', async () => {
    const dir = tempDir('db-command');
    const daemon = await openDataDir(dir);
    daemon.announce(8765);
    const { status, stderr } = await bifrost(dir, 'stop');
    assert.equal(status, 6);
    assert.match(stderr, new RegExp(`pid ${process.pid}, port 8765`));
    await daemon.close();
  });

  it('leaves a database of the operator’s own alone: exit 6', async () => {
    const env = { DATABASE_URL: 'postgresql://me:secret@127.0.0.1:1/trades' };
    const { status, stderr } = await bifrost(tempDir('db-command'), 'stop', [], env);
    assert.equal(status, 6);
    assert.doesNotMatch(stderr, /secret|\n\s+at /);
  });
});

async function bifrost(
  dataDir: string,
  command: string,
  args: string | readonly string[] = [],
  env: Record<string, string> = {},
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const words = ['src/main.ts', 'db', command, '--data-dir', dataDir, ...[args].flat()];
  const child = spawn(process.execPath, words, { cwd: ROOT, env: { ...inherited, ...env } });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await closed, stdout, stderr };
}
