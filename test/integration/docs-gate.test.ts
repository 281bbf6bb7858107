/**
 * The gate of `docs/contributing.md`, added to a copy of the tree as the page says: the compiler
 * names what is missing after the first step, and with the last one gates, pages and keys are
 * whole. Long, so only with BIFROST_TEST_LONG=1.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'vitest';

import { blocksOf } from '../support/docs/page-blocks.ts';
import { ROOT } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

const LONG = process.env['BIFROST_TEST_LONG'] === '1';
const BIN = join(ROOT, 'node_modules/.bin');

/** What is under version control, as it stands in the working tree. */
function copyOfTree(): string {
  const dir = tempDir('gate');
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT });
  for (const path of listed.toString().split('\n')) {
    if (!/^(src|actors|machines|migrations|config|test|docs|[^/]+$)/.test(path) || path === '') {
      continue;
    }
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    cpSync(join(ROOT, path), join(dir, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  return dir;
}

/** Puts lines before the first one that fits. */
function insert(dir: string, path: string, before: RegExp, lines: string): void {
  const text = readFileSync(join(dir, path), 'utf8');
  const at = text.search(before);
  assert.ok(at >= 0, `${path} has no ${before}`);
  writeFileSync(join(dir, path), `${text.slice(0, at)}${lines.trimEnd()}\n${text.slice(at)}`);
}

function run(dir: string, command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(join(BIN, command), args, {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${BIN}:${process.env['PATH'] ?? ''}` },
  });
  return status === 0 ? '' : `${stdout}${stderr}`.slice(-6000);
}

describe.runIf(LONG)('the gate of the page for contributors', () => {
  it('is whole after its steps, and the compiler leads to them', { timeout: 240_000 }, () => {
    const [definition = '', check = '', key = '', cases = ''] = blocksOf(
      'docs/contributing.md',
      'ts',
    );
    const dir = copyOfTree();
    insert(dir, 'src/domain/gates.ts', /^ {2}gate\('data_stale'/m, definition);

    const named = run(dir, 'tsc', '-p', 'tsconfig.json');
    for (const path of ['src/domain/gate-checks.ts', 'src/api/web/text/words.ts']) {
      assert.ok(named.includes(path), `the compiler names ${path}:\n${named}`);
    }
    assert.ok(named.includes('test/support/gate-cases.ts'), named);

    insert(dir, 'src/domain/gate-checks.ts', /^ {2}stopping: flag/m, check);
    const type = '    readonly min_net_gamma: number | null;';
    insert(dir, 'src/domain/settings.ts', /^ {4}readonly earnings: Earn/m, type);
    insert(dir, 'src/config/book-schema.ts', /^ {2}earnings: earnings\./m, key);
    const words = "  short_gamma: ['Short of gamma', 'Gamma 空头过大'],";
    insert(dir, 'src/api/web/text/words.ts', /^ {2}data_stale: \[/m, words);
    insert(dir, 'test/support/book.ts', /^ {6}earnings: \{ mode/m, '      min_net_gamma: null,');
    const [helper = '', line = ''] = cases.split('…\n');
    insert(dir, 'test/support/gate-cases.ts', /^export const GATE_CASES/m, helper);
    insert(dir, 'test/support/gate-cases.ts', /^ {2}data_stale:/m, line);

    assert.equal(run(dir, 'tsc', '-p', 'tsconfig.json'), '');
    assert.equal(run(dir, 'node', 'test/support/generate-docs.ts'), '');
    const tests = ['test/domain/gates.test.ts', 'test/docs', 'test/api/web/text.test.ts'];
    assert.equal(run(dir, 'vitest', 'run', ...tests), '');
    assert.match(readFileSync(join(dir, 'docs/gates.md'), 'utf8'), /^\| `short_gamma` \|/m);
    const reference = readFileSync(join(dir, 'docs/configuration.md'), 'utf8');
    assert.match(reference, /^\| `min_net_gamma` \|/m);
  });
});
