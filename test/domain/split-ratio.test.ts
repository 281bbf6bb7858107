import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { nearestRatio, splitText } from '../../src/domain/split-ratio.ts';

describe('the ratio of a split', () => {
  it('is the fraction that rounded factors stand for', () => {
    // AAPL 2014 and 2000, and thirds as a vendor writes them.
    assert.equal(nearestRatio(0.25 / 0.0357143), 7);
    assert.equal(nearestRatio(0.0357143 / 0.0178571), 2);
    assert.equal(nearestRatio(1 / 0.6666667), 1.5);
    assert.equal(nearestRatio(0.3333333), 1 / 3);
    assert.equal(nearestRatio(1.05), 1.05);
    assert.equal(nearestRatio(0.1), 0.1);
  });

  it('stays as it is where no small numbers make it', () => {
    assert.equal(nearestRatio(1.04167), 25 / 24);
    assert.equal(nearestRatio(1.0077715), 1.0077715);
  });

  it('reads as the company writes it', () => {
    assert.deepEqual([7, 1.5, 0.1, 1 / 3, 1.05].map(splitText), [
      '7 for 1',
      '3 for 2',
      '1 for 10',
      '1 for 3',
      '21 for 20',
    ]);
  });
});
