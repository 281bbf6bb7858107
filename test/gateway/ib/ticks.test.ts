import { strict as assert } from 'node:assert';
import { describe, it } from 'vitest';
import { epochOf } from '../../../src/domain/calendar.ts';
import {
  applyGeneric,
  applyModel,
  applyPrice,
  applySize,
  applyText,
  isDelayedTick,
} from '../../../src/gateway/ib/ticks.ts';
import { QUOTE, QUOTE_RECORD_LENGTH } from '../../../src/protocol/quote-board.ts';

const empty = () => new Float64Array(QUOTE_RECORD_LENGTH).fill(Number.NaN);

describe('ticks', () => {
  it.each([
    [1, QUOTE.bid],
    [2, QUOTE.ask],
    [4, QUOTE.last],
    [9, QUOTE.close],
    [66, QUOTE.bid],
    [67, QUOTE.ask],
    [68, QUOTE.last],
    [75, QUOTE.close],
  ])('puts price tick %i into its field', (tick, field) => {
    const record = empty();
    applyPrice(record, tick, 451.2);
    assert.equal(record[field], 451.2);
  });

  it.each([-1, 0, undefined, Number.NaN])('makes the price %s none', (price) => {
    const record = empty();
    record[QUOTE.bid] = 451;
    assert.equal(applyPrice(record, 1, price), 'market');
    assert.ok(Number.isNaN(record[QUOTE.bid]));
  });

  it('keeps a crossed quote as it came', () => {
    const record = empty();
    applyPrice(record, 1, 452);
    applyPrice(record, 2, 451);
    assert.deepEqual([record[QUOTE.bid], record[QUOTE.ask]], [452, 451]);
  });

  it('reads the halt, where it is known', () => {
    const record = empty();
    applyGeneric(record, 49, 2);
    assert.equal(record[QUOTE.halted], 1);
    applyGeneric(record, 49, 0);
    assert.equal(record[QUOTE.halted], 0);
    applyGeneric(record, 49, -1);
    assert.ok(Number.isNaN(record[QUOTE.halted]));
  });

  it('takes the model computation without its missing greeks', () => {
    const record = empty();
    const model = { iv: 0.15, delta: -0.2, gamma: undefined, vega: undefined, theta: -0.05 };
    assert.equal(applyModel(record, 13, model), 'model');
    assert.equal(record[QUOTE.ibIv], 0.15);
    assert.equal(record[QUOTE.ibDelta], -0.2);
    assert.ok(Number.isNaN(record[QUOTE.ibGamma]));
    assert.equal(applyModel(record, 10, model), 'none');
  });

  it('takes yesterday’s close for no sign of life', () => {
    assert.equal(applyPrice(empty(), 9, 450), 'fact');
    assert.equal(applySize(empty(), 0, 300), 'market');
  });

  it('takes whether the underlying can be borrowed, none at all included', () => {
    const record = empty();
    assert.deepEqual([applyGeneric(record, 46, 1.2), applySize(record, 89, 0)], ['fact', 'fact']);
    assert.deepEqual([record[QUOTE.shortable], record[QUOTE.shortableShares]], [1.2, 0]);
    applySize(record, 89, undefined);
    assert.equal(record[QUOTE.shortableShares], Number.NaN);
  });

  it('takes the next dividend of an underlying, and forgets one that is not told any more', () => {
    const record = empty();
    assert.equal(applyText(record, 59, '0.83,0.92,20230921,0.23'), 'fact');
    const next = (): unknown[] => [record[QUOTE.dividendTs], record[QUOTE.dividendAmount]];
    assert.deepEqual(next(), [epochOf('20230921', '00:00'), 0.23]);
    for (const text of ['0.83,0.92,,', '', '0.83,0.92,20230921,', '1,1,2023-09-21,0.23']) {
      applyText(record, 59, text);
      assert.deepEqual(next(), [Number.NaN, Number.NaN], text);
    }
    assert.equal(applyText(record, 45, '1700000000'), 'none');
  });

  it('passes over ticks that no field wants', () => {
    const record = empty();
    assert.equal(applyPrice(record, 37, 451), 'none');
    assert.equal(applySize(record, 8, 10), 'none');
    assert.equal(applyGeneric(record, 23, 0.2), 'none');
    assert.ok(record.every(Number.isNaN));
  });

  it('tells the delayed feed by its numbers', () => {
    assert.deepEqual([1, 13, 49, 89, 66, 75, 83, 90].map(isDelayedTick), [
      false,
      false,
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
  });
});
