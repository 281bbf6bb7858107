import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, it } from 'vitest';
import { SPACE_WORDS } from '../../src/api/web/text/words.ts';
import { LATCHED_CAUSES } from '../../src/domain/causes.ts';
import { EXIT } from '../../src/fault.ts';
import { CONTROL_PAYLOADS } from '../../src/protocol/control.ts';
import { ROOT } from '../support/tidy/source.ts';

const PAGES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })].filter(
  (path) => !path.startsWith('docs/evidence/'),
);

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('each page', () => {
  it.each(PAGES)('%s links to what is there', (page) => {
    for (const [path, anchor] of linksIn(page)) {
      assert.ok(existsSync(join(ROOT, path)), `${page} links to ${path}`);
      if (anchor === '') continue;
      assert.ok(anchorsOf(path).has(anchor), `${page} links to ${path}#${anchor}`);
    }
  });

  it.each(PAGES)('%s stands alone, on any machine', (page) => {
    const text = textOf(page);
    assert.doesNotMatch(text, /\.\.\/shared|\/work\/|\/home\/|\/root\//);
    assert.doesNotMatch(text, /https?:\/\/(?!127\.0\.0\.1|localhost|desk)/);
    assert.match(text, /^# \S/);
  });
});

describe('the page of operations', () => {
  const text = textOf('docs/OPERATIONS.md');

  it('explains every exit status', () => {
    for (const status of Object.values(EXIT)) {
      assert.match(text, new RegExp(`^\\| ${status} \\| `, 'm'));
    }
  });

  it('explains every latched cause, and the command that clears it', () => {
    for (const cause of LATCHED_CAUSES) assert.ok(text.includes(`| \`${cause}\` |`), cause);
    assert.ok(Object.hasOwn(CONTROL_PAYLOADS, 'manual_resume'));
    assert.ok(text.includes('bifrost manual-resume'));
  });
});

describe('the glossary', () => {
  it('has every state of the state space, in the words of the page', () => {
    const text = textOf('docs/GLOSSARY.md');
    for (const [state, [words]] of Object.entries(SPACE_WORDS)) {
      assert.ok(text.includes(`\`${state}\` ${words}`), state);
    }
  });
});

/** Relative links of a page: the file they lead to, and the heading in it. */
function linksIn(page: string): readonly (readonly [path: string, anchor: string])[] {
  const links = textOf(page).matchAll(/\]\(([^)\s]+)\)/g);
  return [...links].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor = ''] = target.split('#', 2);
    const path = file === '' ? page : posix.join(dirname(page), file);
    return [[path, anchor] as const];
  });
}

/** As Markdown readers name headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = textOf(page).matchAll(/^#+ (.+)$/gm);
  const names = [...headings].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(names);
}
