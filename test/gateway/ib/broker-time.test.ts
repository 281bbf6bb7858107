import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { formatBrokerTime, parseBrokerTime } from '../../../src/gateway/ib/broker-time.ts';

const AT = Date.UTC(2025, 3, 15, 23, 38, 31);

describe('broker times', () => {
  it.each([
    ['20250415  19:38:31', AT],
    ['20250415 19:38:31', AT],
    ['20250415 19:38:31 US/Eastern', AT],
    ['20250415 19:38:31 America/New_York', AT],
    ['20250415 19:38:31 EDT', AT],
    ['20250415 19:38:31 EST', AT],
    ['20250415-23:38:31', AT],
    ['20250415 23:38:31 UTC', AT],
    ['20250415 23:38:31 GMT', AT],
    ['20250416 00:38:31 British Summer Time', AT],
    ['20250416 01:38:31 Europe/Berlin', AT],
    ['20250415 18:38:31 US/Central', AT],
  ])('reads %s', (text, expected) => {
    assert.equal(parseBrokerTime(text), expected);
  });

  it('takes a time without a zone, or with an unknown one, to be in the zone given', () => {
    const zone = 'Europe/Berlin';
    assert.equal(parseBrokerTime('20250416 01:38:31', zone), AT);
    assert.equal(parseBrokerTime('20250416 01:38:31 Middle Earth', zone), AT);
  });

  it.each(['', 'finished', '2025-04-15 19:38:31', '20250415'])('refuses %j', (text) => {
    assert.ok(Number.isNaN(parseBrokerTime(text)));
  });

  it('keeps the hour on both sides of a daylight-saving change', () => {
    const before = parseBrokerTime('20251102 00:30:00 America/New_York');
    const after = parseBrokerTime('20251102 02:30:00 America/New_York');
    assert.equal(before, Date.UTC(2025, 10, 2, 4, 30));
    assert.equal(after, Date.UTC(2025, 10, 2, 7, 30));
  });

  it('writes UTC that reads back as the same second', () => {
    const max = Date.UTC(2099, 0, 1) / 1000;
    fc.assert(
      fc.property(fc.integer({ min: 0, max }), (seconds) => {
        assert.equal(parseBrokerTime(formatBrokerTime(seconds * 1000 + 999)), seconds * 1000);
      }),
    );
  });
});
