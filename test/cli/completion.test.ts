import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { wholeProgram } from '../../src/cli/program.ts';
import { takes, wordsOf } from '../support/command-line.ts';
import { bifrost } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

let program: Command;
beforeAll(async () => {
  program = await wholeProgram();
});

describe('the examples of help', () => {
  it.each(COMMANDS.map(({ name }) => name))('%s: each is a command line that is taken', (name) => {
    const { examples = [] } = COMMANDS.find((entry) => entry.name === name) ?? {};
    assert.ok(examples.length > 0);
    for (const [line] of examples) {
      const [bin, ...words] = wordsOf(line);
      assert.equal(bin, 'bifrost');
      assert.equal(words[0], name);
      takes(program, words, line);
    }
  });
});

describe('completion', () => {
  it('in bash knows commands, their options, and what an option takes', async () => {
    const { code, out } = await bifrost(['completion', 'bash']);
    assert.equal(code, 0);
    const file = join(tempDir('completion'), 'bifrost.bash');
    writeFileSync(file, out);
    const complete = (...words: readonly string[]): readonly string[] => {
      const ask = 'source "$0"; COMP_WORDS=(bifrost "$@"); COMP_CWORD=$#; _bifrost';
      const script = `${ask}; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const said = execFileSync('bash', ['-c', script, file, ...words], { encoding: 'utf8' });
      return said.split('\n').filter((word) => word !== '');
    };
    assert.deepEqual(complete('susp'), ['suspend']);
    assert.deepEqual(complete('config', 'val'), ['validate']);
    assert.deepEqual(complete('config', 'show', '--j'), ['--json']);
    assert.deepEqual(complete('init', '--mode', ''), ['simulated', 'paper', 'live']);
    assert.deepEqual(complete('init', '--mode', 'p'), ['paper']);
    assert.deepEqual(complete('completion', 'z'), ['zsh']);
    assert.deepEqual(complete('stats', '--days', ''), []);
    assert.ok(complete('').includes('explain'));
  });

  it.each(['zsh', 'fish'] as const)('for %s holds every command, and parses', async (shell) => {
    const { code, out } = await bifrost(['completion', shell]);
    assert.equal(code, 0);
    for (const { name } of COMMANDS) assert.match(out, new RegExp(`\\b${name}\\b`));
    const file = join(tempDir('completion'), `bifrost.${shell}`);
    writeFileSync(file, out);
    const parsed = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    // A machine without that shell cannot say more.
    if (parsed.error === undefined) assert.equal(parsed.status, 0, parsed.stderr);
  });
});
