import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import {
  brief,
  daysTo,
  isoDay,
  NONE,
  newYorkTime,
  plain,
  signed,
  spanOf,
  toneOf,
} from '../../../src/api/web/format.ts';

describe('numbers', () => {
  it.each([
    [signed(-1234.5, 2), '−1,234.50'],
    [signed(10.6, 1), '+10.6'],
    [signed(0, 1), '0.0'],
    [signed(-0.04, 1), '0.0'],
    [plain(-3), '−3'],
    [plain(181.105, 3), '181.105'],
    [brief(0.05), '0.05'],
    [brief(-10), '−10'],
    [brief(1.23456789), '1.2346'],
  ])('%s is written with a true minus and grouped digits', (text, expected) => {
    assert.equal(text, expected);
  });

  it.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY])('%s is a dash', (value) => {
    assert.equal(plain(value, 2), NONE);
    assert.equal(signed(value, 2), NONE);
  });

  it('have the tone of what is shown, so that zero cents are neither won nor lost', () => {
    assert.deepEqual([0.004, -0.004, null, 0.01, -0.01].map(toneOf), ['', '', '', 'win', 'loss']);
  });
});

describe('times', () => {
  it('are told in New York with the date, over the end of summer time', () => {
    assert.equal(newYorkTime(Date.UTC(2026, 9, 31, 14)), '2026-10-31 10:00:00');
    assert.equal(newYorkTime(Date.UTC(2026, 10, 1, 14)), '2026-11-01 09:00:00');
    assert.equal(newYorkTime(Date.UTC(2026, 10, 2, 5)), '2026-11-02 00:00:00');
  });

  it('count days to an expiry from the date in New York', () => {
    assert.equal(isoDay('20261012'), '2026-10-12');
    assert.equal(daysTo('20261012', Date.UTC(2026, 8, 14, 14)), 28);
    // Already the 15th in London, still the 14th in New York.
    assert.equal(daysTo('20261012', Date.UTC(2026, 8, 15, 1)), 28);
    assert.equal(daysTo('20260914', Date.UTC(2026, 8, 14, 21)), 0);
  });

  it.each([
    [-5, '0.0 s'],
    [300, '0.3 s'],
    [9940, '9.9 s'],
    [9960, '10 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
  ])('%d ms are %s', (ms, expected) => {
    const { amount, unit } = spanOf(ms);
    assert.equal(`${amount} ${unit}`, expected);
  });
});
