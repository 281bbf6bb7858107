/** Every command line in a page is one that the program takes: words, options and values. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, it } from 'vitest';
import { wholeProgram } from '../../src/cli/program.ts';
import { takes, wordsOf } from '../support/command-line.ts';
import { ROOT } from '../support/tidy/source.ts';

const PAGES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })].filter(
  (path) => !/^docs\/(evidence|decisions)\//.test(path),
);
const MORE = ['compose.yaml', 'deploy/systemd/bifrost.service'];

let program: Command;
beforeAll(async () => {
  program = await wholeProgram();
});

/** In blocks of commands, and between backticks. */
function linesIn(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^( *)```sh\n([\s\S]*?)^\1```/gm)].flatMap(([, , block = '']) =>
    block.replaceAll('\\\n', ' ').split('\n'),
  );
  const inline = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inline].flatMap((line) => {
    const told = line.trim().replace(/^(?:[A-Z_]+=\S+ )+/, '');
    const found = /^(?:sudo |npx |docker compose exec bifrost )?(bifrost [a-z][\s\S]*)$/.exec(told);
    return found?.[1] === undefined ? [] : [found[1]];
  });
}

describe('the commands in', () => {
  it.each([...PAGES, ...MORE])('%s are taken', (path) => {
    for (const line of linesIn(readFileSync(join(ROOT, path), 'utf8'))) {
      const [, ...words] = wordsOf(line);
      takes(program, words, line, 'some');
    }
  });

  it('all pages together name each that there is', () => {
    const all = PAGES.map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n');
    const names = program.commands.map((command) => command.name());
    assert.deepEqual(
      names.filter((name) => !new RegExp(`(bifrost |\`)${name}\\b`).test(all)),
      [],
    );
  });
});
