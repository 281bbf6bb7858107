import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import {
  dte,
  epochOf,
  isTradingDay,
  lastTradingDay,
  newYorkDate,
  newYorkTime,
  nextTradingDay,
  previousTradingDay,
  sessionState,
  tradingSession,
} from '../../src/domain/calendar.ts';

const HOUR = 3_600_000;
const utc = (text: string): number => Date.parse(text);

/** As the exchange announced them: weekdays without trading, and those that end at 1 p.m. */
const PUBLISHED: Readonly<Record<string, { closed: string; half: string }>> = {
  2001: {
    closed: '0101 0115 0219 0413 0528 0704 0903 0911 0912 0913 0914 1122 1225',
    half: '0703 1123 1224',
  },
  2012: {
    closed: '0102 0116 0220 0406 0528 0704 0903 1029 1030 1122 1225',
    half: '0703 1123 1224',
  },
  2013: { closed: '0101 0121 0218 0329 0527 0704 0902 1128 1225', half: '0703 1129 1224' },
  2014: { closed: '0101 0120 0217 0418 0526 0704 0901 1127 1225', half: '0703 1128 1224' },
  2018: {
    closed: '0101 0115 0219 0330 0528 0704 0903 1122 1205 1225',
    half: '0703 1123 1224',
  },
  2022: { closed: '0117 0221 0415 0530 0620 0704 0905 1124 1226', half: '1125' },
  2023: { closed: '0102 0116 0220 0407 0529 0619 0704 0904 1123 1225', half: '0703 1124' },
  2024: { closed: '0101 0115 0219 0329 0527 0619 0704 0902 1128 1225', half: '0703 1129 1224' },
  2025: {
    closed: '0101 0109 0120 0217 0418 0526 0619 0704 0901 1127 1225',
    half: '0703 1128 1224',
  },
  2026: { closed: '0101 0119 0216 0403 0525 0619 0703 0907 1126 1225', half: '1127 1224' },
  2027: { closed: '0101 0118 0215 0326 0531 0618 0705 0906 1125 1224', half: '1126' },
  2028: { closed: '0117 0221 0414 0529 0619 0704 0904 1123 1225', half: '0703 1124' },
};

function weekdaysOf(year: number): string[] {
  const days: string[] = [];
  for (let ts = Date.UTC(year, 0, 1); ts < Date.UTC(year + 1, 0, 1); ts += 24 * HOUR) {
    const date = new Date(ts);
    if (date.getUTCDay() === 0 || date.getUTCDay() === 6) continue;
    days.push(date.toISOString().slice(0, 10).replaceAll('-', ''));
  }
  return days;
}

describe('the NYSE calendar', () => {
  for (const [year, { closed, half }] of Object.entries(PUBLISHED)) {
    it(`closes on the published holidays of ${year}, and early on its half days`, () => {
      const days = weekdaysOf(Number(year));
      const shut = days.filter((day) => tradingSession(day) === null);
      assert.equal(shut.map((day) => day.slice(4)).join(' '), closed);
      const short = days.filter((day) => {
        const session = tradingSession(day);
        return session !== null && session.close - session.open !== 6.5 * HOUR;
      });
      assert.equal(short.map((day) => day.slice(4)).join(' '), half);
      for (const day of short) assert.equal(tradingSession(day)?.close, epochOf(day, '13:00'));
    });
  }

  it('closes early after July 4 on a Thursday before 2013, and on its eve from then on', () => {
    assert.equal(tradingSession('20020705')?.close, epochOf('20020705', '13:00'));
    assert.equal(tradingSession('20020703')?.close, epochOf('20020703', '16:00'));
    assert.equal(tradingSession('20190703')?.close, epochOf('20190703', '13:00'));
    assert.equal(tradingSession('20190705')?.close, epochOf('20190705', '16:00'));
  });

  it('keeps Martin Luther King Day from 1998 and Juneteenth from 2022', () => {
    assert.equal(isTradingDay('19970120'), true);
    assert.equal(isTradingDay('19980119'), false);
    assert.equal(isTradingDay('20210618'), true);
    assert.equal(isTradingDay('20220620'), false);
  });

  it('never trades at the weekend', () => {
    assert.equal(tradingSession('20230805'), null);
    assert.equal(tradingSession('20230806'), null);
  });

  it('opens at 9:30 and closes at 16:00 in winter and in summer', () => {
    assert.deepEqual(tradingSession('20230803'), {
      open: utc('2023-08-03T13:30:00Z'),
      close: utc('2023-08-03T20:00:00Z'),
    });
    assert.deepEqual(tradingSession('20230103'), {
      open: utc('2023-01-03T14:30:00Z'),
      close: utc('2023-01-03T21:00:00Z'),
    });
  });

  it('follows the clock change of both eras', () => {
    // Until 2006 the first Sunday in April and the last in October; since 2007 March and November.
    assert.equal(epochOf('20060331', '09:30'), utc('2006-03-31T14:30:00Z'));
    assert.equal(epochOf('20060403', '09:30'), utc('2006-04-03T13:30:00Z'));
    assert.equal(epochOf('20061030', '09:30'), utc('2006-10-30T14:30:00Z'));
    assert.equal(epochOf('20230310', '09:30'), utc('2023-03-10T14:30:00Z'));
    assert.equal(epochOf('20230313', '09:30'), utc('2023-03-13T13:30:00Z'));
    assert.equal(epochOf('20231106', '09:30'), utc('2023-11-06T14:30:00Z'));
  });

  it('tells the time on the days when the clock changes', () => {
    assert.equal(newYorkTime(utc('2023-03-12T06:59:00Z')), 1 * HOUR + 59 * 60_000);
    assert.equal(newYorkTime(utc('2023-03-12T07:00:00Z')), 3 * HOUR);
    assert.equal(newYorkTime(utc('2023-11-05T05:30:00Z')), 1.5 * HOUR);
    assert.equal(newYorkTime(utc('2023-11-05T06:30:00Z')), 1.5 * HOUR);
    assert.equal(epochOf('20230312', '12:00'), utc('2023-03-12T16:00:00Z'));
    assert.equal(epochOf('20231105', '12:00'), utc('2023-11-05T17:00:00Z'));
    assert.equal(epochOf('20230312', '00:00'), utc('2023-03-12T05:00:00Z'));
  });

  it('dates a moment by New York, not by UTC', () => {
    assert.equal(newYorkDate(utc('2023-08-04T03:59:59Z')), '20230803');
    assert.equal(newYorkDate(utc('2023-08-04T04:00:00Z')), '20230804');
    assert.equal(newYorkDate(utc('2024-01-01T04:59:59.999Z')), '20231231');
    assert.equal(newYorkDate(utc('2024-01-01T05:00:00Z')), '20240101');
  });

  it('gives back every moment from its date and time, except the hour that repeats', () => {
    for (
      let ts = utc('2022-12-30T00:00:00Z');
      ts < utc('2024-01-03T00:00:00Z');
      ts += 17 * 60_000
    ) {
      const time = newYorkTime(ts);
      const clock = new Date(time).toISOString().slice(11, 16);
      const back = epochOf(newYorkDate(ts), clock);
      const repeated = ts >= utc('2023-11-05T05:00:00Z') && ts < utc('2023-11-05T07:00:00Z');
      if (repeated) assert.ok(back === ts || Math.abs(ts - back) === HOUR);
      else assert.equal(back, ts);
    }
  });

  it('steps over weekends, holidays and the closure of September 2001', () => {
    assert.equal(nextTradingDay('20230901'), '20230905');
    assert.equal(previousTradingDay('20230905'), '20230901');
    assert.equal(nextTradingDay('20010910'), '20010917');
    assert.equal(previousTradingDay('20010917'), '20010910');
    assert.equal(nextTradingDay('20231229'), '20240102');
  });

  it('takes a Saturday expiry to the Friday, and Good Friday to the Thursday', () => {
    assert.equal(lastTradingDay('20140621'), '20140620');
    assert.equal(lastTradingDay('20140419'), '20140417');
    assert.equal(lastTradingDay('20230901'), '20230901');
  });

  it('counts calendar days to expiry by the date in New York', () => {
    assert.equal(dte('20230901', utc('2023-08-03T13:30:00Z')), 29);
    assert.equal(dte('20230901', utc('2023-08-04T03:59:00Z')), 29);
    assert.equal(dte('20230901', utc('2023-08-04T04:00:00Z')), 28);
    assert.equal(dte('20230901', utc('2023-09-01T20:00:00Z')), 0);
    assert.equal(dte('20230901', utc('2023-09-02T20:00:00Z')), -1);
    assert.equal(dte('20231117', utc('2023-10-20T12:00:00Z')), 28);
  });

  it('says where the session stands and what comes next', () => {
    const at = (day: string, time: string) => sessionState(epochOf(day, time));
    const open = epochOf('20230803', '09:30');
    const close = epochOf('20230803', '16:00');
    assert.deepEqual(at('20230803', '00:00'), {
      state: 'before',
      day: '20230803',
      session: { open, close },
      next: open,
    });
    assert.equal(sessionState(open - 1).state, 'before');
    assert.equal(sessionState(open).state, 'open');
    assert.equal(sessionState(open).next, close);
    assert.equal(sessionState(close - 1).state, 'open');
    assert.equal(sessionState(close).state, 'after');
    assert.equal(sessionState(close).next, epochOf('20230804', '09:30'));
    assert.equal(at('20230904', '12:00').state, 'closed');
    assert.equal(at('20230904', '12:00').next, epochOf('20230905', '09:30'));
    assert.equal(at('20231124', '13:00').state, 'after');
  });

  it('gives the same state object while nothing changes', () => {
    const first = sessionState(epochOf('20230803', '10:00'));
    assert.equal(sessionState(epochOf('20230803', '15:59')), first);
  });

  it('refuses what is no date and years it does not know', () => {
    assert.throws(() => tradingSession('20230230'), /no date/);
    assert.throws(() => tradingSession('2023-08-03'), /YYYYMMDD/);
    assert.throws(() => tradingSession('19870101'), /begins in 1993/);
    assert.throws(() => epochOf('20230803', '9:30'), /HH:MM/);
    assert.throws(() => newYorkDate(Number.NaN), /finite/);
  });
});
