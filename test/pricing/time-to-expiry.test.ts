import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { epochOf } from '../../src/domain/calendar.ts';
import { expiryTime, yearsToExpiry } from '../../src/pricing/time-to-expiry.ts';

describe('time to expiry', () => {
  it('counts calendar time to 16:00 New York in years of 365 days', () => {
    const years = yearsToExpiry('20230901', epochOf('20230803', '10:00'));
    assert.equal(years, (29 * 1440 + 360) / (365 * 1440));
  });

  it('counts the hour that the clock change takes away', () => {
    const years = yearsToExpiry('20230317', epochOf('20230310', '16:00'));
    assert.equal(years, (7 * 1440 - 60) / (365 * 1440));
  });

  it('takes a Saturday date for the Friday, and Good Friday for the Thursday', () => {
    assert.equal(expiryTime('20140621'), epochOf('20140620', '16:00'));
    assert.equal(expiryTime('20140419'), epochOf('20140417', '16:00'));
    assert.equal(expiryTime('20150220'), epochOf('20150220', '16:00'));
  });

  it('ends at 13:00 on a half day', () => {
    assert.equal(expiryTime('20231124'), epochOf('20231124', '13:00'));
  });

  it('is zero at the close and negative after it', () => {
    assert.equal(yearsToExpiry('20230901', epochOf('20230901', '16:00')), 0);
    assert.ok(yearsToExpiry('20230901', epochOf('20230901', '16:01')) < 0);
  });
});
