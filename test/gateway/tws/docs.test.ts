import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { UNSERVED, UNSERVED_CANCELS } from '../../../src/gateway/tws/unserved.ts';
import { CLIENT, SERVER } from '../../../src/gateway/tws/wire-ids.ts';

const PAGE = readFileSync(new URL('../../../docs/gateway.md', import.meta.url), 'utf8');

function section(heading: string): string {
  const [, text = ''] = PAGE.split(`\n## ${heading}\n`);
  return text.split('\n## ', 1)[0] ?? '';
}

/** The rows of the clients' table: ids, names, and what is said of them. */
const ROWS = section('Messages from clients')
  .split('\n')
  .filter((line) => /^\| [\d–, ]+ \|/.test(line))
  .map((line) => {
    const [, ids = '', names = '', answer = ''] = line.split('|').map((cell) => cell.trim());
    return { ids: expand(ids), names: names.split(', '), answer };
  });

/** `54–57, 81` as numbers. */
function expand(text: string): readonly number[] {
  return text.split(', ').flatMap((part) => {
    const [from = Number.NaN, to = from] = part.split('–').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

describe("the gateway's page", () => {
  it('names each message that clients may send by id and name', () => {
    const listed = ROWS.flatMap(({ ids, names }) =>
      ids.map((id, index) => `${id} ${names[index]}`),
    );
    const known = [
      ...Object.entries(CLIENT).map(([name, id]) => `${id} ${name}`),
      ...[...UNSERVED].map(([id, { name }]) => `${id} ${name}`),
      ...[...UNSERVED_CANCELS].map(([id, name]) => `${id} ${name}`),
    ];
    assert.deepEqual(listed.toSorted(), known.toSorted());
  });

  it('says no of what is not served, with its code, and of nothing else', () => {
    for (const { ids, answer } of ROWS) {
      for (const id of ids) {
        const unserved = UNSERVED.get(id);
        assert.equal(answer.startsWith('no'), unserved !== undefined, String(id));
        if (unserved !== undefined) assert(answer.includes(String(unserved.code)), String(id));
      }
    }
  });

  it('names each message that the gateway sends', () => {
    const listed = [...section('Messages to clients').matchAll(/(\d+) ([a-zA-Z]+)(?: ·|\s\(|\n)/g)];
    // Orders placed by hand are bound to no client, so that nobody is told of it.
    const { orderBound: _, ...sent } = SERVER;
    assert.deepEqual(
      listed.map(([, id, name]) => `${id} ${name}`),
      Object.entries(sent).map(([name, id]) => `${id} ${name}`),
    );
  });
});
