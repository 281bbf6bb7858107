import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { resetUntil } from '../../src/domain/reset-window.ts';
import { at } from '../support/book.ts';

describe('the nightly reset', () => {
  it.each([
    ['00:14', null],
    ['00:15', '01:45'],
    ['01:44', '01:45'],
    ['01:45', null],
  ])('at %s ends %s', (time, until) => {
    assert.equal(resetUntil(['00:15-01:45'], at(time)), until);
  });

  it('may reach over midnight', () => {
    const windows = ['23:00-03:00'];
    assert.deepEqual(
      ['22:59', '23:00', '02:59', '03:00'].map((time) => resetUntil(windows, at(time))),
      [null, '03:00', '03:00', null],
    );
  });
});
