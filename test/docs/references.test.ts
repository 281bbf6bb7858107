import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../../src/config/schema.ts';
import { BROKER_CODES } from '../../src/gateway/ib/codes.ts';
import { explainedKinds } from '../support/docs/broker-codes.ts';
import { WITHOUT_EFFECT } from '../support/docs/config-reference.ts';
import { unexplainedFaults } from '../support/docs/faults.ts';
import { markdownTable } from '../support/docs/generated.ts';
import { generatedFiles } from '../support/docs/pages.ts';
import { ROOT } from '../support/tidy/source.ts';

const FILES = await generatedFiles();

describe('generated references', () => {
  it.each(FILES)('$path says what the sources say (else: npm run docs)', ({ path, content }) => {
    assert.equal(readFileSync(join(ROOT, path), 'utf8'), content);
  });

  it('explain every kind of code, and every fault', () => {
    const kinds = new Set(BROKER_CODES.map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), [...explainedKinds()].sort());
    assert.deepEqual(unexplainedFaults(), []);
  });

  it('name every key of the configuration', () => {
    const page = FILES.find(({ path }) => path === 'docs/configuration.md')?.content ?? '';
    const keys = new Set(leafKeys(z.toJSONSchema(configSchema, { io: 'input' }) as Node, ''));
    assert.ok(keys.size > 80, `${keys.size} keys`);
    for (const key of keys) {
      const name = key.split('.').at(-1) ?? '';
      const stands = page.includes(`| \`${name}\` |`) || page.includes(`## \`${key}\``);
      assert.ok(stands, key);
    }
    for (const [key] of WITHOUT_EFFECT) assert.ok(keys.has(key), `${key} is no key`);
  });

  it('keep a bar in a cell from breaking its table', () => {
    assert.equal(markdownTable(['a'], [['x|y']]), '| a |\n|---|\n| x\\|y |');
  });
});

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

/** Keys with a value of their own; a book's overrides are other sections' keys again. */
function leafKeys(node: Node, path: string): readonly string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const name = path === '' ? key : `${path}.${key}`;
    const inner = child.properties === undefined ? child.items : child;
    if (key === 'overrides') return [];
    return inner?.properties === undefined ? [name] : leafKeys(inner, name);
  });
}
