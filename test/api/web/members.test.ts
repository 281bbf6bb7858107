import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { membersOf } from '../../../src/api/web/state/members.ts';

describe('the options of an account', () => {
  it('are the legs, then the others with why they are none', () => {
    const leg = { con_id: 1, label: 'NVDA 180 C', quantity: 10, reason: null };
    const other = { con_id: 2, label: 'NVDA 190 C', quantity: -5, reason: 'awaits_confirmation' };
    const reply = { ok: true, message: 'NVDA: 1 legs, 1 outside', legs: [leg], outside: [other] };
    assert.deepEqual(membersOf(reply), [
      { conId: 1, label: 'NVDA 180 C', quantity: 10, reason: null },
      { conId: 2, label: 'NVDA 190 C', quantity: -5, reason: 'awaits_confirmation' },
    ]);
  });

  it('are none where the answer is none', () => {
    for (const reply of [null, 'ok', {}, { legs: 7, outside: [null, { con_id: '1' }] }]) {
      assert.deepEqual(membersOf(reply), []);
    }
  });
});
