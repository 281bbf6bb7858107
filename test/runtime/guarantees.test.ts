import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { it } from 'vitest';

const PAGE = new URL('../../docs/runtime.md', import.meta.url);
const HERE = new URL('./', import.meta.url);

const idsOf = (text: string, pattern: RegExp): Set<string> =>
  new Set([...text.matchAll(pattern)].flatMap(([, id]) => (id === undefined ? [] : [id])));

it('every guarantee of the page has a test that names it, and every name a guarantee', () => {
  const promised = idsOf(readFileSync(PAGE, 'utf8'), /^- `\[([a-z-]+)\]`/gm);
  const tests = readdirSync(HERE)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(name, HERE), 'utf8'))
    .join('\n');
  // In the title of a test: a string after `it(` or `it.each(…)(`.
  const proven = idsOf(tests, /['’`a-z0-9%)] \[([a-z][a-z-]+)\](?: \(thread %s\))?['`,]/g);
  assert(promised.size > 25, `${promised.size} guarantees`);
  assert.deepEqual([...promised].filter((id) => !proven.has(id)).toSorted(), []);
  assert.deepEqual([...proven].filter((id) => !promised.has(id)).toSorted(), []);
});
