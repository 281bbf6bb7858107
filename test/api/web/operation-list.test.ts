import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import {
  joined,
  matches,
  type OperationRow,
  ROWS_MAX,
  withHistory,
  withRow,
} from '../../../src/api/web/state/operation-list.ts';

function operation(ts: number, type = 'fill'): OperationRow {
  return {
    ts,
    type,
    side: 'BUY',
    quantity: 1,
    price: 100,
    state_reason: '',
    symbol: 'NVDA',
    account: 'DU1',
    order_ref: 'demo:1:1',
    perm_id: null,
    exec_id: null,
    commission: null,
  };
}

const typesOf = (rows: readonly OperationRow[]) => rows.map(({ ts, type }) => `${ts} ${type}`);

describe('the operations list', () => {
  it('puts what came last on top, also of two rows of one moment', () => {
    const rows = [operation(1, 'hedge_intent'), operation(1, 'order_sent'), operation(2)];
    const list = rows.reduce<readonly OperationRow[]>(withRow, []);
    assert.deepEqual(typesOf(list), ['2 fill', '1 order_sent', '1 hedge_intent']);
  });

  it('shows a row once, although stream and history both tell it', () => {
    const streamed = withRow([], operation(2));
    const list = withHistory(streamed, [operation(2), operation(1)]);
    assert.deepEqual(typesOf(list), ['2 fill', '1 fill']);
    assert.deepEqual(withRow(list, operation(2)), list);
  });

  it('keeps what the stream told and the database has not yet', () => {
    const list = withHistory(withRow([], operation(3)), [operation(2), operation(1)]);
    assert.deepEqual(typesOf(list), ['3 fill', '2 fill', '1 fill']);
  });

  it('is bounded', () => {
    let list: readonly OperationRow[] = [];
    for (let ts = 0; ts <= ROWS_MAX; ts += 1) list = withRow(list, operation(ts));
    assert.equal(list.length, ROWS_MAX);
    assert.equal(list.at(-1)?.ts, 1);
  });
});

describe('older operations', () => {
  it('join those of the stream, each once, however many there are', () => {
    const history = Array.from({ length: 150 }, (_, index) => operation(index));
    const rows = joined([operation(150), operation(149)], history);
    assert.equal(rows.length, 151);
    assert.deepEqual([rows[0]?.ts, rows.at(-1)?.ts], [150, 0]);
  });
});

describe('a search among operations', () => {
  it('finds rows that hold every word, whatever the case, in any of what they say', () => {
    const row = { ...operation(1), state_reason: 'target -29', order_ref: 'demo:ab12:7' };
    for (const words of ['', '  ', 'TARGET', 'nvda ab12', '-29 fill', '100']) {
      assert.equal(matches(row, words), true, words);
    }
    for (const words of ['target spy', 'null', '101']) {
      assert.equal(matches(row, words), false, words);
    }
  });
});
