import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import {
  addressOf,
  machineAddress,
  PAGE_NAMES,
  placeOf,
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

  it('that names no page of ours is the overview', () => {
    for (const hash of ['', '#', '#/', '#/nowhere/x', '#code=abc', '#books', '#/%E0%A4%A']) {
      assert.deepEqual(placeOf(hash), { page: 'overview', rest: [], query: {} }, hash);
    }
  });

  it('typed by hand with a broken escape is taken as it is', () => {
    assert.deepEqual(placeOf('#/machines/%E0%A4%A').rest, ['%E0%A4%A']);
  });
});
