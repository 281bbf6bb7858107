import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { FAULT_TYPES } from '../../../src/gateway/sim/fault-schema.ts';

const ROOT = new URL('../../../', import.meta.url);
const PAGE = readFileSync(new URL('docs/gateway.md', ROOT), 'utf8');

describe("the gateway's page", () => {
  it('names every scenario there is', () => {
    const files = readdirSync(new URL('config/scenarios/', ROOT));
    const names = files.map((file) => file.replace('.yaml', ''));
    assert.deepEqual(
      names.filter((name) => !PAGE.includes(`| \`${name}\` |`)),
      [],
    );
  });

  it('maps each fault to the test that proves it', () => {
    const [, table = ''] = PAGE.split('| At IB | Fault | Test |\n|---|---|---|\n');
    const rows = table.split('\n\n', 1)[0]?.split('\n') ?? [];
    const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
    const tests = testNames();
    assert.ok(cells.length > 30 && cells.every((row) => row.length === 5 && row[3] !== ''));
    const missing = cells.filter(
      ([, , , phrase = '']) => !tests.some((name) => name.includes(phrase)),
    );
    assert.deepEqual(missing, []);
    const named = cells.flatMap(([, , faults = '']) => [
      ...faults.matchAll(/`([a-z_0-9]+)[^`]*`/g),
    ]);
    const known = new Set(named.map(([, name = '']) => name));
    const unknown = FAULT_TYPES.filter((type) => !known.has(type) && !type.startsWith('code_2'));
    assert.deepEqual(unknown, []);
    const words = readFileSync(new URL('src/gateway/sim/scenario.ts', ROOT), 'utf8');
    const made = [...known].filter((name) => !FAULT_TYPES.includes(name));
    assert.deepEqual(
      made.filter((name) => !words.includes(`${name}:`)),
      [],
    );
  });
});

/** The names of all tests of the gateway. */
function testNames(): readonly string[] {
  const dir = new URL('test/gateway/', ROOT);
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.test.ts'));
  return sources.flatMap((file) => {
    const text = readFileSync(new URL(file, dir), 'utf8');
    // A name stands behind `it(`, or behind the cases of an `it.each`.
    return [...text.matchAll(/(?:\bit|\]\)|cases\))\(\s*(['"])(.+?)\1,/g)].map(
      ([, , name = '']) => name,
    );
  });
}
