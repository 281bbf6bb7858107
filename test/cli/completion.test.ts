import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { wholeProgram } from '../../src/cli/program.ts';
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
      const [bin, ...words] = line.match(/"[^"]*"|\S+/g) ?? [];
      assert.equal(bin, 'bifrost');
      assert.equal(words[0], name);
      takes(program, words, line);
    }
  });
});

/** Follows commands, and asks each option whether it is known and has its value. */
function takes(from: Command, words: readonly string[], line: string): void {
  let command = from;
  const values: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const child = command.commands.find((each) => each.name() === word);
    const option = command.options.find(({ long, short }) => [long, short].includes(word));
    if (child !== undefined && values.length === 0) command = child;
    else if (option !== undefined) {
      if (option.required) assert.ok(!(words[++at] ?? '-').startsWith('-'), `${line}: ${word}`);
      while (option.variadic && at + 1 < words.length && !words[at + 1]?.startsWith('-')) at += 1;
    } else {
      assert.ok(!word.startsWith('-'), `${line}: ${word} is no option`);
      values.push(word);
    }
  }
  const { registeredArguments: wanted } = command;
  const needed = wanted.filter(({ required }) => required).length;
  assert.ok(values.length >= needed && values.length <= wanted.length, `${line}: its arguments`);
}

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
