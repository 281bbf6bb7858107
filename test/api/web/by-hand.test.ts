import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import { adoptWish, resumeWish } from '../../../src/api/web/state/by-hand.ts';

describe('a resume by hand', () => {
  it('is sent with a reason of some letters, and not before', () => {
    assert.equal(resumeWish('NVDA', {}, false), null);
    assert.equal(resumeWish('NVDA', { reason: ' ok ' }, false), null);
    assert.deepEqual(resumeWish('NVDA', { reason: ' looked at it ' }, false), {
      name: 'manual_resume',
      input: { symbol: 'NVDA', reason: 'looked at it' },
    });
  });

  it('of a book that reached its loss limit says how much more may be lost', () => {
    const reason = 'looked at it';
    for (const allowance of ['', '0', '-5', 'much', '1e3', '5 USD']) {
      assert.equal(resumeWish('NVDA', { reason, allowance }, true), null, allowance);
    }
    assert.deepEqual(resumeWish('NVDA', { reason, allowance: '1,500.50' }, true), {
      name: 'manual_resume',
      input: { symbol: 'NVDA', reason, allowance_usd: 1500.5 },
    });
  });
});

describe('shares to adopt', () => {
  it.each([
    ['7', 7],
    ['+7', 7],
    ['-7', -7],
    ['−7', -7],
    ['1,000', 1000],
    ['0', 0],
  ])('%s are a number', (shares, number) => {
    const wish = adoptWish('NVDA', { shares });
    assert.deepEqual(wish, { name: 'adopt', input: { symbol: 'NVDA', shares: number } });
  });

  it.each(['', '-', '1.5', 'seven', '99999999999999999999'])('%s are none', (shares) => {
    assert.equal(adoptWish('NVDA', { shares }), null);
  });
});
