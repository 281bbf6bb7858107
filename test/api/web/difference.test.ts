import assert from 'node:assert/strict';
import { it } from 'vitest';
import { differencesOf } from '../../../src/api/web/state/difference.ts';

it('tells by dotted keys which settings differ, and which are on one side alone', () => {
  const one = { gates: { delta: { band: 10 }, dates: ['a'] }, policy: 'fixed_band' };
  const other = { gates: { delta: { band: 15 }, dates: ['a'], more: true }, policy: 'fixed_band' };
  assert.deepEqual(differencesOf(one, other), [
    { key: 'gates.delta.band', one: '10', other: '15' },
    { key: 'gates.more', one: '–', other: 'true' },
  ]);
  assert.deepEqual(differencesOf(one, one), []);
});
