import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import {
  addressOf,
  machineAddress,
  PAGE_NAMES,
  placeOf,
  timeIn,
  timeQuery,
} from '../../../src/api/web/state/address.ts';

describe('the address', () => {
  it('of every page leads to that page', () => {
    for (const page of PAGE_NAMES) {
      assert.deepEqual(placeOf(addressOf(page)), { page, rest: [], query: {} });
    }
  });

  it('keeps what of a page is shown and how, whatever letters are in it', () => {
    const query = { search: 'a&b=c?d#e 对冲', type: 'fill' };
    const address = addressOf('operations', ['r/17 %'], query);
    assert.deepEqual(placeOf(address), { page: 'operations', rest: ['r/17 %'], query });
  });

  it('leaves out what is empty', () => {
    assert.equal(addressOf('operations', [], { type: '', symbol: undefined }), '#/operations');
  });

  it('of a machine is as it always was', () => {
    assert.equal(machineAddress('hedge:NVDA'), '#/machines/hedge%3ANVDA');
    assert.deepEqual(placeOf('#/machines/hedge:NVDA').rest, ['hedge:NVDA']);
  });

  it('of a machine tells the moment that it is looked at', () => {
    const then = { ts: 1_763_700_000.125, sequence: 812 };
    const address = machineAddress('hedge:NVDA', then);
    assert.equal(address, '#/machines/hedge%3ANVDA?ts=1763700000.125&seq=812');
    assert.deepEqual(timeIn(placeOf(address).query), then);
    const other = { ts: 0.5, sequence: undefined };
    assert.deepEqual(timeIn(placeOf(machineAddress('daemon', other)).query), other);
    assert.deepEqual(timeQuery(null), { ts: undefined, seq: undefined });
  });

  it('takes a time as logs write it too, and none that cannot be', () => {
    const told = (query: Record<string, string>) => timeIn(query)?.ts ?? null;
    assert.equal(told({ ts: '2026-11-23T05:10:00.250Z' }), 1_795_410_600.25);
    assert.equal(told({ ts: '2026-11-23T00:10:00-05:00' }), 1_795_410_600);
    for (const ts of ['', 'soon', '-5', '1e400', '1763700000125', '99999999999999']) {
      assert.equal(told({ ts }), null, ts);
    }
    assert.equal(timeIn({ ts: '7', seq: '0' })?.sequence, undefined);
    assert.equal(timeIn({ seq: '812' }), null);
  });

  it('that names no page of ours is the overview', () => {
    for (const hash of ['', '#', '#/', '#/nowhere/x', '#code=abc', '#books', '#/%E0%A4%A']) {
      assert.deepEqual(placeOf(hash), { page: 'overview', rest: [], query: {} }, hash);
    }
  });

  it('typed by hand with a broken escape is taken as it is', () => {
    assert.deepEqual(placeOf('#/machines/%E0%A4%A').rest, ['%E0%A4%A']);
  });
});
