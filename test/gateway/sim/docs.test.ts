import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { CLIENT } from '../../../src/gateway/tws/wire-ids.ts';

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

  it('names every message that is read', () => {
    const rows = PAGE.split('\n').filter((line) => line.startsWith('| '));
    const ids = rows.flatMap((row) => expand(row.split('|')[1] ?? ''));
    assert.deepEqual(
      Object.values(CLIENT).filter((id) => !ids.includes(id)),
      [],
    );
  });
});

/** `54–57, 81` as numbers. */
function expand(text: string): readonly number[] {
  return text.split(',').flatMap((part) => {
    const [from = Number.NaN, to = from] = part.trim().split('–').map(Number);
    return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
}
