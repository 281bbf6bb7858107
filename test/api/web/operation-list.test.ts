import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import {
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
