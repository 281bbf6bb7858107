import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it, onTestFinished } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/.bin/node');

interface Run {
  readonly child: ChildProcess;
  readonly said: Promise<{ readonly out: string; readonly err: string; readonly code: number }>;
  /** Resolves with the first line of standard output. */
  readonly firstLine: Promise<string>;
}

function gateway(...flags: readonly string[]): Run {
  const child = spawn(NODE, ['src/main.ts', 'gateway', ...flags], { cwd: ROOT });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let out = '';
  let err = '';
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('\n')) resolve(out.split('\n', 1)[0] ?? '');
    });
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const said = once(child, 'close').then(([code]) => ({ out, err, code: Number(code) }));
  return { child, said, firstLine };
}

const FREE = ['--port', '0', '--admin-port', '0'];

describe('bifrost gateway', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says where it is, and %s ends it with 0',
    async (signal) => {
      const run = gateway(...FREE, '--data-dir', tempDir('gateway'));
      const line = await run.firstLine;
      const admin = /admin (http:\S+),/.exec(line)?.[1];
      const response = await fetch(`${admin}/ledger`);
      const { cash } = (await response.json()) as { readonly cash: unknown };
      assert.deepEqual(cash, { DU0000001: 250_000 });
      run.child.kill(signal);
      assert.equal((await run.said).code, 0);
    },
  );

  it('names a port that is taken and the way out, in two lines, and fails', async () => {
    const first = gateway(...FREE, '--data-dir', tempDir('gateway'));
    const port = /:(\d+),/.exec(await first.firstLine)?.[1] ?? '';
    const flags = ['--port', port, '--admin-port', '0', '--data-dir', tempDir('gateway')];
    const { err, code } = await gateway(...flags).said;
    assert.equal(code, 1);
    assert.match(err, new RegExp(`^bifrost: .*${port} is in use\n  → .*\n$`));
  });

  it('refuses a directory that another gateway has', async () => {
    const dir = tempDir('gateway');
    await gateway(...FREE, '--data-dir', dir).firstLine;
    const { code, err } = await gateway(...FREE, '--data-dir', dir).said;
    assert.equal(code, 6);
    assert.match(err, /--data-dir/);
  });

  it.each([
    [['--port', 'x'], 2],
    [['--scenario', '/nowhere.yaml'], 3],
    [['--cap', '300'], 2],
  ])('%j is told in plain words', async (flags, code) => {
    const said = await gateway(...FREE, '--data-dir', tempDir('gateway'), ...flags).said;
    assert.equal(said.code, code);
    assert.ok(!said.err.includes('    at '), said.err);
  });

  it('tells a stranger how to use it', async () => {
    const { out, code } = await gateway('--help').said;
    assert.equal(code, 0);
    assert.match(out, /connect\('127\.0\.0\.1', 7497, clientId=1\)/);
    assert.match(out, /\/ledger/);
  });
});
