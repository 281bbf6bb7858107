/** What stands in the blocks of a page: commands, as somebody would paste them, and snippets. */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../tidy/source.ts';

/** Pages that tell a reader what to type and to write. */
export const READERS_PAGES: readonly string[] = [
  'README.md',
  ...globSync('docs/**/*.md', { cwd: ROOT })
    .filter((path) => !/^docs\/(evidence|decisions)\//.test(path))
    .sort(),
];

/** Blocks of one kind, also those indented below a step. */
export function blocksOf(page: string, kind: string): readonly string[] {
  return blocksIn(page)
    .filter((block) => block.kind === kind)
    .map(({ text }) => text);
}

interface Block {
  /** What stands behind the fence; empty where nothing does. */
  readonly kind: string;
  readonly text: string;
}

export function blocksIn(page: string): readonly Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```/gm)].map(
    ([, indent = '', kind = '', block = '']) => {
      return { kind, text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), '') };
    },
  );
}

/** Blocks of `sh`, and lines indented by four as the README has them, in the page's order. */
const TYPED = /^( *)```sh\n([\s\S]*?)^\1```|^((?: {4}(?:npm|npx|bifrost) .*\n)+)/gm;

/** Each command of a page, comments left out, lines that go on joined. */
export function commandsOf(page: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(TYPED)].flatMap(([, , fenced, indented]) =>
    (fenced ?? indented ?? '')
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => line.replace(/(^|\s+)#\s.*$/, '').trim())
      .filter((line) => line !== ''),
  );
}
