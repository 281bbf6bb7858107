import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { ROOT } from '../support/tidy/source.ts';

/** Their names with a dot are those of measures, of events, and of the earlier engine. */
const OTHER_WORDS = /^docs\/(evidence\/|performance|machines|from-python)/;
const PAGES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })].filter(
  (path) => !OTHER_WORDS.test(path),
);
/** Fields of an answer of the API. */
const FIELDS: ReadonlySet<string> = new Set(['books[].attribution', 'books[].band']);
const KEYS_MIN = 50;

type Schema = { readonly [name: string]: unknown };

const schema = JSON.parse(readFileSync(join(ROOT, 'config/schema.json'), 'utf8')) as Schema;

/** Whether the schema of the configuration has this key, in any of the forms that it takes. */
function has(at: unknown, [name, ...rest]: readonly string[]): boolean {
  if (typeof at !== 'object' || at === null) return false;
  if (name === undefined) return true;
  const { $ref: reference, anyOf = [], items, properties = {} } = at as Schema;
  if (typeof reference === 'string') return has(placed(reference), [name, ...rest]);
  const forms = [...(anyOf as readonly unknown[]), items];
  if (forms.some((form) => has(form, [name, ...rest]))) return true;
  return has((properties as Schema)[name], rest);
}

function placed(reference: string): unknown {
  const [, ...names] = reference.split('/');
  return names.reduce<unknown>((at, name) => (at as Schema)[name], schema);
}

const isSetting = (name: string): boolean =>
  has(schema, [name.split(/[.[]/, 1)[0] ?? '']) && !name.endsWith('.json') && !FIELDS.has(name);

function settingsIn(path: string): readonly string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const named = text.matchAll(/`([a-z_]+(?:\[\])?(?:\.[a-z_]+(?:\[\])?)+)`/g);
  return [...named].map(([, name = '']) => name).filter(isSetting);
}

describe('the settings that are named in', () => {
  it.each(PAGES)('%s are there', (path) => {
    const missing = settingsIn(path).filter(
      (name) => !has(schema, name.replaceAll('[]', '').split('.')),
    );
    assert.deepEqual(missing, []);
  });

  it('all pages are many', () => {
    const { length } = PAGES.flatMap(settingsIn);
    assert.ok(length > KEYS_MIN, `${length} names`);
  });

  it('no page are found where there is none', () => {
    assert.equal(has(schema, ['broker', 'client_id']), true);
    assert.equal(has(schema, ['books', 'overrides', 'gates', 'state', 'iv_max_age_s']), true);
    assert.equal(has(schema, ['broker', 'client']), false);
    assert.equal(has(schema, ['broker', 'client_id', 'more']), false);
  });
});
