/** No command of a page is left out: a walk types it, or it is named what runs it instead. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { commandsOf, READERS_PAGES } from '../support/docs/page-blocks.ts';
import { NOT_TYPED, WALKS } from '../support/docs/walks.ts';
import { ROOT } from '../support/tidy/source.ts';

const WALKED = new Set(WALKS.flatMap(({ pages }) => pages));
const isTyped = (line: string): boolean => !NOT_TYPED.some(([pattern]) => pattern.test(line));

describe('the commands in', () => {
  it.each(READERS_PAGES)('%s are typed by a walk', (page) => {
    if (WALKED.has(page)) return;
    assert.deepEqual(commandsOf(page).filter(isTyped), []);
  });

  it('all pages are many', () => {
    const { length } = READERS_PAGES.flatMap(commandsOf);
    assert.ok(length > 130, `${length} commands`);
  });
});

describe('the walks', () => {
  it.each(WALKS)('$name types no line otherwise that no page of it has', (walk) => {
    const lines = new Set(walk.pages.flatMap(commandsOf));
    const own = [...Object.keys(walk.before ?? {}), ...Object.keys(walk.otherwise ?? {})];
    assert.deepEqual(
      own.filter((line) => !lines.has(line)),
      [],
    );
  });

  it('leave out only lines that there are, and say what runs them', () => {
    const lines = READERS_PAGES.flatMap(commandsOf);
    for (const [pattern, instead] of NOT_TYPED) {
      assert.ok(
        lines.some((line) => pattern.test(line)),
        String(pattern),
      );
      for (const [path] of instead.matchAll(/test\/[\w./-]+/g)) {
        assert.ok(existsSync(join(ROOT, path)), path);
      }
    }
  });
});
