import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { epochOf } from '../../src/domain/calendar.ts';
import {
  type BarOptions,
  LeanSyntaxError,
  leanQuotePath,
  parseContractName,
  parseQuoteBars,
} from '../../src/store/lean-format.ts';
import { leanRow } from '../support/lean-folder.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const regular: BarOptions = { day: '20230803', resolution: 'minute', hours: 'regular' };
const all: BarOptions = { ...regular, hours: 'all' };

function parse(text: string, options: BarOptions = all) {
  const bars = parseQuoteBars(Buffer.from(text), options);
  return [...bars.ts].map((ts, row) => ({
    ts,
    bid: bars.bid[row],
    ask: bars.ask[row],
    bidSize: bars.bidSize[row],
    askSize: bars.askSize[row],
  }));
}

describe('a LEAN quote file', () => {
  it('is found where LEAN puts it', () => {
    assert.equal(
      leanQuotePath('option', 'minute', 'SPY', '20230803'),
      'option/usa/minute/spy/20230803_quote_american.zip',
    );
    assert.equal(
      leanQuotePath('equity', 'second', 'SPY', '20131007'),
      'equity/usa/second/spy/20131007_quote.zip',
    );
  });

  it('names its contract, a Saturday expiry by its last trading day', () => {
    const name = '20140605_twx_minute_quote_american_put_675000_20140621.csv';
    assert.deepEqual(parseContractName(name), {
      right: 'P',
      strike: 67.5,
      datedExpiry: '20140621',
      expiry: '20140620',
    });
    assert.equal(parseContractName('20140605_twx_minute_trade_american_put_1_20140621.csv'), null);
    assert.equal(parseContractName('readme.txt'), null);
  });

  it('gives the closing quote of each bar at its end', () => {
    // As in the real file: bid open high low close size, ask open high low close size.
    const row = '34200000,4480400,4484400,4480400,4483000,900,4480500,4484500,4480500,4483100,700';
    assert.deepEqual(parse(row), [
      {
        ts: epochOf('20230803', '09:31'),
        bid: 4_483_000,
        ask: 4_483_100,
        bidSize: 900,
        askSize: 700,
      },
    ]);
  });

  it('keeps an empty side empty, and takes a price of zero for none', () => {
    const rows = [leanRow(10 * HOUR, '', '', 12_900, 5), leanRow(11 * HOUR, 12_800, 3, 0, 9)];
    const [first, second] = parse(rows.join('\n'));
    assert.deepEqual([first?.bid, first?.bidSize], [-1, 0]);
    assert.deepEqual([first?.ask, first?.askSize], [12_900, 5]);
    assert.deepEqual([second?.ask, second?.askSize], [-1, 0]);
  });

  it('keeps bars that end within the session, the opening instant included', () => {
    const starts = [9 * HOUR, 9.5 * HOUR - 2 * MINUTE, 9.5 * HOUR - MINUTE, 9.5 * HOUR];
    const late = [16 * HOUR - MINUTE, 16 * HOUR, 19 * HOUR];
    const text = [...starts, ...late].map((start) => leanRow(start, 1, 1, 2, 2)).join('\n');
    const kept = parse(text, regular).map(({ ts }) => ts);
    assert.deepEqual(
      kept,
      ['09:30', '09:31', '16:00'].map((time) => epochOf('20230803', time)),
    );
    assert.equal(parse(text, all).length, 7);
    // The day after Thanksgiving ends at 13:00.
    const half = [13 * HOUR - MINUTE, 13 * HOUR].map((start) => leanRow(start, 1, 1, 2, 2));
    assert.equal(parse(half.join('\n'), { ...regular, day: '20231124' }).length, 1);
  });

  it('reads the clock of New York in winter, in summer and when it changes', () => {
    const row = leanRow(9.5 * HOUR, 1, 1, 2, 2);
    const ts = (day: string) => parse(row, { ...all, day })[0]?.ts;
    assert.equal(ts('20230103'), Date.parse('2023-01-03T14:31:00Z'));
    assert.equal(ts('20230803'), Date.parse('2023-08-03T13:31:00Z'));
    assert.equal(ts('20060403'), Date.parse('2006-04-03T13:31:00Z'));
    assert.equal(ts('20230312'), Date.parse('2023-03-12T13:31:00Z'));
  });

  it('reads bars of a second', () => {
    const text = leanRow(9.5 * HOUR, 1, 1, 2, 2);
    const [bar] = parse(text, { ...all, resolution: 'second' });
    assert.equal(bar?.ts, epochOf('20230803', '09:30:01'));
  });

  it('takes any line ends and a file without rows', () => {
    const rows = [leanRow(10 * HOUR, 1, 1, 2, 2), leanRow(11 * HOUR, 1, 1, 2, 2)];
    assert.equal(parse(rows.join('\r\n')).length, 2);
    assert.equal(parse(`${rows.join('\n')}\n`).length, 2);
    assert.equal(parse('').length, 0);
  });

  it('is refused with the line that is wrong', () => {
    const good = leanRow(10 * HOUR, 1, 1, 2, 2);
    const bad = [
      ['1,2,3', /line 2: not 11 whole numbers/],
      [`${good},7`, /line 2: not 11/],
      [leanRow(11 * HOUR, 1.5, 1, 2, 2), /line 2: not 11/],
      [good.replace('36000000', '36000000x'), /line 2: not 11/],
      [leanRow(24 * HOUR, 1, 1, 2, 2), /line 2: no time of day/],
      [leanRow(11 * HOUR, 1, 1, 2, 2).replace('39600000', ''), /line 2: no time of day/],
      [leanRow(10 * HOUR, 1, 1, 2, 2), /line 2: it goes back in time/],
      [leanRow(11 * HOUR, 99_999_999_999, 1, 2, 2), /line 2: a number is too large/],
    ] as const;
    for (const [row, message] of bad) {
      assert.throws(
        () => parse(`${good}\n${row}`),
        (error) => error instanceof LeanSyntaxError && message.test(error.message),
        row,
      );
    }
  });
});
