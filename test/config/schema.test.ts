import assert from 'node:assert/strict';
import { it } from 'vitest';
import { z } from 'zod';
import { nearest } from '../../src/config/problems.ts';
import { configSchema } from '../../src/config/schema.ts';

interface Node {
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Record<string, Node>;
  readonly additionalProperties?: unknown;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

function* keysOf(node: Node, path: string): Generator<readonly [string, Node]> {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const childPath = path === '' ? key : `${path}.${key}`;
    yield [childPath, child];
    yield* keysOf(child, childPath);
  }
  for (const child of [node.items, ...(node.anyOf ?? [])]) {
    if (child !== undefined) yield* keysOf(child, path);
  }
}

const root = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as Node;
const keys = [...keysOf(root, '')];

it('describes every key', () => {
  assert(keys.length > 150, `only ${keys.length} keys were looked at`);
  const silent = keys.filter(([, node]) => (node.description ?? '').length < 5);
  assert.deepEqual(
    silent.map(([path]) => path),
    [],
  );
});

it('says the unit of every key whose name ends with one', () => {
  const units: readonly (readonly [RegExp, RegExp])[] = [
    [/(_s|_seconds)$/, /seconds/],
    [/_ms$/, /ms/],
    [/_pct$/, /percent/],
    [/_usd$/, /USD/],
    [/(_shares|_shares_per_order)$/, /shares/i],
    [/_days$/, /days/i],
  ];
  for (const [path, { description = '' }] of keys) {
    for (const [name, unit] of units) {
      if (name.test(path)) assert.match(description, unit, path);
    }
  }
});

it('refuses unknown keys in every section', () => {
  const open = keys.filter(([, { properties, additionalProperties }]) => {
    return properties !== undefined && additionalProperties !== false;
  });
  assert.deepEqual(
    open.map(([path]) => path),
    [],
  );
});

it('takes a word for the key it is nearest to, or for none', () => {
  assert.equal(nearest('prot', ['port', 'host']), 'port');
  assert.equal(nearest('por', ['port', 'host']), 'port');
  assert.equal(nearest('epsilonband', ['epsilon_band', 'delta']), 'epsilon_band');
  assert.equal(nearest('retry', ['retry_interval_s']), 'retry_interval_s');
  assert.equal(nearest('zzz', ['port', 'host']), undefined);
});
