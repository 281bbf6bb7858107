import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'vitest';
import { parse } from 'yaml';

import { loadConfig } from '../../src/config/load.ts';
import { blocksOf } from '../support/docs/page-blocks.ts';
import { tempDir } from '../support/temp-dir.ts';
import { ROOT } from '../support/tidy/source.ts';

const PAGES = globSync('docs/how-to/*.md', { cwd: ROOT }).filter((path) => !/README/.test(path));
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** What stands around a snippet in a file that has nothing else in it. */
const AROUND = { mode: 'paper', books: [{ symbol: 'NVDA' }] };
const ENV = {
  DATABASE_URL: 'postgresql://desk:5432/bifrost',
  SLACK_URL: 'https://desk/hook',
  NTFY_URL: 'https://desk/topic',
};

describe('each page of what one wants to do', () => {
  it.each(PAGES)('%s is short, and in the list of them', (path) => {
    const text = textOf(path);
    assert.match(text, /^# How to \S/);
    assert.ok(text.split('\n').length <= 70, 'it is one screen or two');
    assert.ok(textOf('docs/how-to/README.md').includes(`](${basename(path)})`), 'it is listed');
  });

  it.each(PAGES)('%s writes a configuration that is valid', (path) => {
    const dir = tempDir('how-to');
    const file = join(dir, 'my.yaml');
    for (const snippet of blocksOf(path, 'yaml')) {
      writeFileSync(file, JSON.stringify({ ...AROUND, ...(parse(snippet) as object) }));
      loadConfig({ file, env: ENV, cwd: dir });
    }
  });

  it('shows configurations that this looks at', () => {
    const shown = PAGES.flatMap((path) => blocksOf(path, 'yaml'));
    assert.ok(shown.length >= 8, `${shown.length} snippets`);
  });
});
