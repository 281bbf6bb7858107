import { strict as assert } from 'node:assert';
import { describe, it } from 'vitest';
import {
  formatExchangeMinute,
  formatUtcTime,
  formatZonedTime,
  parseZonedTime,
} from '../../../src/gateway/sim/zoned-time.ts';

const SUMMER = Date.UTC(2023, 7, 3, 13, 31, 5);
const WINTER = Date.UTC(2023, 11, 4, 14, 31, 5);

describe('times on the wire', () => {
  it('name the zone of the exchange, in summer and in winter', () => {
    assert.equal(formatZonedTime(SUMMER), '20230803 09:31:05 America/New_York');
    assert.equal(formatZonedTime(WINTER), '20231204 09:31:05 America/New_York');
    assert.equal(formatExchangeMinute(WINTER), '09:31');
    assert.equal(formatUtcTime(SUMMER), '20230803 13:31:05 UTC');
  });

  it('write midnight as 00', () => {
    assert.equal(formatUtcTime(Date.UTC(2023, 7, 3)), '20230803 00:00:00 UTC');
  });

  it('are read in every spelling a client may use', () => {
    const spellings: readonly (readonly [string, number])[] = [
      ['20230803-13:31:05', SUMMER],
      ['20230803 09:31:05', SUMMER],
      ['20230803  09:31:05', SUMMER],
      ['20230803 09:31:05 America/New_York', SUMMER],
      ['20230803 09:31:05 US/Eastern', SUMMER],
      ['20230803 13:31:05 UTC', SUMMER],
      ['20230803 14:31:05 British Summer Time', SUMMER],
      ['20231204 09:31:05 EST', WINTER],
      ['20231204 09:31:05 America/New_York', WINTER],
      ['20230803-13:31', SUMMER - 5000],
    ];
    for (const [text, expected] of spellings) assert.equal(parseZonedTime(text), expected, text);
  });

  it('are themselves again when written and read on both sides of a clock change', () => {
    const change = Date.UTC(2023, 10, 5, 6, 0, 0);
    for (const hours of [-48, -3, 2, 48]) {
      const ts = change + hours * 3_600_000;
      assert.equal(parseZonedTime(formatZonedTime(ts)), ts);
    }
  });

  it('are refused when they are none', () => {
    for (const text of ['', 'today', '2023-08-03', '20230803', '20230803 09:31:05 Mars/Base']) {
      assert.equal(parseZonedTime(text), null, text);
    }
  });
});
