import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Repricer } from '../../../actors/greeks/reprice.ts';
import { flagNames, type LegQuote } from '../../../src/domain/book-quotes.ts';
import { epochOf } from '../../../src/domain/calendar.ts';
import { priceEuropean } from '../../../src/pricing/black-scholes.ts';
import { emptyLegGreeks, LegModel } from '../../../src/pricing/leg-model.ts';
import { yearsToExpiry } from '../../../src/pricing/time-to-expiry.ts';
import { BOOK, LEG, legOffset } from '../../../src/protocol/book-board.ts';
import {
  at,
  bench,
  CALL_LINE,
  call,
  GreeksBench,
  NONE,
  NOW,
  option,
  PUT_LINE,
  put,
  SETTINGS,
} from '../support/greeks-bench.ts';

const AMERICAN = { ...SETTINGS, exercise: 'american' } as const;

function legOf(made: GreeksBench, index: number, ts = NOW): LegQuote {
  const leg = made.price(ts).legs[index];
  assert.ok(leg !== undefined);
  return leg;
}

function near(a: number, b: number, tolerance: number): void {
  assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);
}

describe('an American leg', () => {
  it('has its volatility and greeks from the American engine', () => {
    const made = bench();
    made.watch({ greeks: AMERICAN });
    const leg = legOf(made, 0);
    assert.equal(leg.quality, 'quote');
    near(leg.value, 2.41, 1e-6);
    const european = bench();
    assert.ok(leg.iv < legOf(european, 0).iv, 'early exercise is in the price already');
    const exact = emptyLegGreeks();
    const carry = {
      exercise: 'american',
      rate: 0.05,
      dividendYield: 0.015,
      dividends: [],
    } as const;
    new LegModel(put).fill(carry, NOW, 451, leg.iv, exact);
    assert.deepEqual([leg.value, leg.delta, leg.theta], [exact.price, exact.delta, exact.theta]);
  });

  it('keeps its volatility while the spot alone moves, and the delta follows', () => {
    const made = bench();
    made.watch({ greeks: AMERICAN });
    const before = legOf(made, 0);
    made.spot(449.99, 450.01);
    const after = legOf(made, 0, NOW + 100);
    assert.equal(after.iv, before.iv);
    near(after.delta, before.delta - before.gamma, 5e-4);
  });

  it('is not solved for every quote, and not later than the pause of the settings', () => {
    const made = bench();
    made.watch({ greeks: AMERICAN });
    const { iv } = legOf(made, 0);
    made.quote(PUT_LINE, put.conId, { bid: 2.5, ask: 2.52 });
    assert.equal(legOf(made, 0, NOW + 249).iv, iv);
    assert.ok(legOf(made, 0, NOW + 250).iv > iv);
  });
});

describe('a quote that nothing confirms', () => {
  /** Both legs with volatilities of IB's beside their own. */
  function confirmed(): { readonly made: GreeksBench; readonly before: LegQuote } {
    const made = bench();
    const { iv } = legOf(made, 0);
    made.quote(PUT_LINE, put.conId, { ibIv: iv * 1.03 });
    return { made, before: legOf(made, 0) };
  }

  it('leaves the volatility and the delta where they were, and says why', () => {
    const { made, before } = confirmed();
    made.quote(PUT_LINE, put.conId, { bid: 5.0, ask: 5.02 });
    const wild = legOf(made, 0, NOW + 1000);
    assert.deepEqual([wild.quality, wild.reason, wild.flags], ['held', 'outlier', 0]);
    assert.equal(wild.iv, before.iv);
    near(wild.delta, before.delta, 1e-5);
  });

  it('moves the delta of its leg by less than 0.025 a share, however wild it is', () => {
    const { made, before } = confirmed();
    for (let mid = 0.2; mid < 12; mid += 0.1) {
      made.quote(PUT_LINE, put.conId, { bid: mid - 0.01, ask: mid + 0.01 });
      near(legOf(made, 0, NOW + 1000).delta, before.delta, 0.025);
      // The next one is a good one again.
      made.quote(PUT_LINE, put.conId, { bid: 2.4, ask: 2.42 });
      near(legOf(made, 0, NOW + 1000).delta, before.delta, 1e-5);
    }
  });

  it('is believed when the broker has moved as well, or the witnesses do not agree', () => {
    const { made, before } = confirmed();
    made.quote(PUT_LINE, put.conId, { bid: 5.0, ask: 5.02 });
    const { iv } = legOf(bench(), 0);
    made.quote(PUT_LINE, put.conId, { ibIv: iv * 1.4 });
    const moved = legOf(made, 0, NOW + 1000);
    assert.deepEqual([moved.quality, moved.reason], ['quote', 'none']);
    assert.ok(moved.iv > before.iv * 1.3);
  });

  it('is believed when there is no other volatility, or the last good one is too old', () => {
    const alone = bench();
    legOf(alone, 0);
    alone.quote(PUT_LINE, put.conId, { bid: 5.0, ask: 5.02 });
    assert.equal(legOf(alone, 0, NOW + 1000).quality, 'quote');
    const { made } = confirmed();
    made.quote(PUT_LINE, put.conId, { bid: 5.0, ask: 5.02, ts: NOW + 900_001 });
    assert.equal(legOf(made, 0, NOW + 900_001).quality, 'quote');
  });

  it('is outvoted again when the record is priced anew', () => {
    const { made } = confirmed();
    made.quote(PUT_LINE, put.conId, { bid: 5.0, ask: 5.02 });
    legOf(made, 0, NOW + 1000);
    const repriced = new Repricer(0).reprice(made.reader.record);
    assert.deepEqual([repriced.legs, repriced.difference], [2, null]);
  });
});

describe('dividends', () => {
  it('of the settings price the legs in whose life they fall, and no yield does then', () => {
    const made = bench();
    const dividends = [{ ex_date: '2023-08-21', amount: 2 }];
    made.watch({ greeks: { ...AMERICAN, dividends } });
    const put = legOf(made, 0);
    made.watch({ greeks: { ...AMERICAN, dividends: [{ ex_date: '2023-09-21', amount: 2 }] } });
    const later = legOf(made, 0, NOW + 60_000);
    assert.ok(put.delta < 0 && put.iv < later.iv, 'the fall of the stock is in the price already');
  });

  it('make a volatility slow to solve: of a quick record there is one, and none is forgotten', () => {
    const made = bench();
    const dividends = [{ ex_date: '2023-08-21', amount: 2 }];
    made.watch({ greeks: { ...AMERICAN, dividends } });
    const ivs = (ts: number): number[] => made.price(ts).legs.map(({ iv }) => iv);
    const first = ivs(NOW);
    ivs(NOW + 900);
    made.legs(2.5, 1.4);
    const second = ivs(NOW + 1000);
    const third = ivs(NOW + 1001);
    const changed = [second, third].map((later) => later.map((iv, index) => iv !== first[index]));
    assert.deepEqual(changed, [
      [true, false],
      [true, true],
    ]);
    made.legs(2.6, 1.5);
    const calm = ivs(NOW + 61_000).map((iv, index) => iv !== third[index]);
    assert.deepEqual(calm, [true, true], 'a record alone solves them all');
  });

  it('let a leg that moves go before those that stand still', () => {
    const made = bench();
    const dividends = [{ ex_date: '2023-08-21', amount: 2 }];
    made.watch({ greeks: { ...AMERICAN, dividends } });
    made.legs(2.4, 1.3);
    const ivOfCall = (ts: number): number => made.price(ts).legs[1]?.iv ?? Number.NaN;
    const before = ivOfCall(NOW);
    ivOfCall(NOW + 900);
    made.legs(2.4, 1.6);
    let moved = 0;
    for (let ms = 1400; ms <= 3000 && moved === 0; ms += 500) {
      if (ivOfCall(NOW + ms) !== before) moved = ms;
    }
    assert.ok(moved > 0 && moved <= 2000, 'a second after its quote at the latest');
  });

  it('that IB tells are taken where the settings have neither dates nor a yield', () => {
    const dividend = { dividendTs: epochOf('20230821', '00:00'), dividendAmount: 2 };
    const told = (change: object): number => {
      const made = new GreeksBench();
      made.watch({ greeks: { ...AMERICAN, dividend_yield: 0, ...change } });
      made.spot(450.99, 451.01, dividend);
      made.legs(2.4, 1.3);
      made.price();
      return at(made.reader.record, BOOK.dividendCount);
    };
    assert.equal(told({}), 1);
    assert.equal(told({ ib_dividends: false }), 0);
    assert.equal(told({ dividend_yield: 0.01 }), 0);
    assert.equal(told({ dividends: [{ ex_date: '2023-09-21', amount: 1 }] }), 1);
  });
});

describe('the rate', () => {
  it('of a leg is that of the curve at its expiry', () => {
    const made = bench();
    const rate_curve = [
      { days: 1, rate: 0.04 },
      { days: 100, rate: 0.06 },
    ];
    made.watch({ greeks: { ...SETTINGS, rate_curve } });
    made.price();
    const rate = at(made.reader.record, legOffset(0) + LEG.rate);
    assert.ok(rate > 0.05 && rate < 0.06, String(rate));
    made.watch();
    made.price();
    assert.equal(at(made.reader.record, legOffset(0) + LEG.rate), 0.05);
  });
});

describe('a quote', () => {
  it('that is wide, old, crossed or one-sided says so, and so does the volatility', () => {
    for (const [fields, ts, flag, reason] of [
      [{ bid: 1.5, ask: 3.4 }, NOW, 'wide', 'wide'],
      [{ bid: 2.5, ask: 2.4 }, NOW, 'crossed', 'crossed'],
      [{ bid: NONE, ask: 2.4 }, NOW, 'one_sided', 'one_sided'],
      [{ bid: NONE, ask: NONE }, NOW, 'no_quote', 'no_quote'],
      [{ bid: 2.4, ask: 2.42 }, NOW + 900_001, 'stale', 'stale'],
      [{ bid: 2.4, ask: 2.42, ts: NONE }, NOW, 'stale', 'stale'],
    ] as const) {
      const made = bench();
      made.price();
      made.quote(PUT_LINE, put.conId, fields);
      const leg = legOf(made, 0, ts);
      assert.deepEqual([flagNames(leg.flags), leg.reason], [[flag], reason]);
      // The last good volatility stands in for it, while it is fresh.
      assert.equal(leg.quality, ts === NOW ? 'held' : 'quote');
    }
  });

  it('that is wide is better than none', () => {
    const made = bench();
    made.quote(PUT_LINE, put.conId, { bid: 1.5, ask: 3.4, ibIv: 0.2 });
    const leg = legOf(made, 0);
    assert.deepEqual([leg.quality, leg.reason], ['quote', 'wide']);
  });

  it('of a cheap option is not wide for a tick or two', () => {
    const made = bench();
    made.quote(CALL_LINE, call.conId, { bid: 0.05, ask: 0.15 });
    assert.equal(legOf(made, 1).flags, 0);
  });

  it('below its intrinsic value names that, and the leg takes what is next', () => {
    const made = bench();
    made.price();
    made.quote(PUT_LINE, put.conId, { bid: 440, ask: 441 });
    const leg = legOf(made, 0, NOW + 1000);
    assert.deepEqual([leg.quality, leg.reason], ['held', 'above_bound']);
  });
});

describe('the deltas of a leg', () => {
  it('agree with the broker’s within the tolerance, or are disputed with all of them', () => {
    const made = bench();
    assert.equal(legOf(made, 0).check, 'alone');
    const { delta } = legOf(made, 0);
    made.quote(PUT_LINE, put.conId, { ibDelta: delta + 0.049 });
    assert.equal(legOf(made, 0).check, 'agreed');
    made.quote(PUT_LINE, put.conId, { ibDelta: delta + 0.051 });
    const leg = legOf(made, 0);
    assert.equal(leg.check, 'disputed');
    assert.equal(leg.modelDelta, delta);
    near(leg.differenceDelta, delta, 1e-6);
    near(leg.ibDelta, delta + 0.051, 1e-12);
  });

  it('hedge by the mode of the settings', () => {
    const made = bench();
    const plain = legOf(made, 0);
    const minimum_variance = { a: -0.2, b: 0.1, c: 0 };
    made.watch({ greeks: { ...SETTINGS, delta_mode: 'minimum_variance', minimum_variance } });
    const leg = legOf(made, 0);
    const root = Math.sqrt(yearsToExpiry('20230901', NOW));
    const expected = plain.delta + (plain.vega * (-0.2 + 0.1 * plain.delta)) / (451 * root);
    near(leg.delta, expected, 1e-12);
    assert.equal(leg.modelDelta, plain.delta);
  });
});

describe('the smile of an expiry', () => {
  const STRIKES = [420, 430, 440, 445, 455, 460, 470, 480];
  const YEARS = yearsToExpiry('20230901', NOW);
  const skew = (strike: number): number => 0.16 - 0.6 * Math.log(strike / 451);

  /** A leg out of the money at each strike, quoted at its volatility. */
  function chain(greeks: object): GreeksBench {
    const made = new GreeksBench();
    const legs = STRIKES.map((strike, i) => option(100 + i, strike < 451 ? 'P' : 'C', strike));
    made.watch(
      { legs, greeks: { ...SETTINGS, ...greeks } },
      legs.map(({ conId }, i) => [conId, 8 + i]),
    );
    made.spot(450.99, 451.01);
    for (const [index, { conId, right, strike }] of legs.entries()) {
      const priced = priceEuropean({
        right,
        spot: 451,
        strike,
        years: YEARS,
        rate: 0.05,
        dividendYield: 0.015,
        sigma: skew(strike),
      });
      assert(priced.kind === 'priced');
      made.quote(8 + index, conId, { bid: priced.price - 0.02, ask: priced.price + 0.02 });
    }
    return made;
  }

  it('prices the legs, and one bad quote does not move the delta', () => {
    const made = chain({ vol_source: 'smile' });
    const before = legOf(made, 2);
    assert.deepEqual([before.quality, before.reason], ['smile', 'none']);
    near(before.iv, skew(440), 2e-3);
    made.quote(10, 102, { bid: 14, ask: 14.04 });
    const after = legOf(made, 2, NOW + 1000);
    near(after.delta, before.delta, 5e-3);
    const trusting = chain({});
    const own = legOf(trusting, 2);
    trusting.quote(10, 102, { bid: 14, ask: 14.04 });
    assert.ok(Math.abs(legOf(trusting, 2, NOW + 1000).delta - own.delta) > 0.03);
  });

  it('stands in for a quote that is bad, before the volatility that is held', () => {
    const made = chain({});
    made.price();
    made.quote(10, 102, { bid: NONE });
    const leg = legOf(made, 2, NOW + 1000);
    assert.deepEqual([leg.quality, leg.reason], ['smile', 'one_sided']);
    near(leg.iv, skew(440), 3e-3);
  });

  it('is where the sticky-strike delta is taken', () => {
    const made = chain({ delta_mode: 'sticky_strike' });
    const before = legOf(made, 2);
    made.quote(10, 102, { bid: 14, ask: 14.04 });
    const after = legOf(made, 2, NOW + 1000);
    assert.ok(Math.abs(after.modelDelta - before.modelDelta) > 0.03);
    near(after.delta, before.delta, 5e-3);
  });

  it('has no point of another trading class or multiplier', () => {
    for (const other of [{ tradingClass: '1SPY' }, { multiplier: 10 }]) {
      const made = chain({ vol_source: 'smile' });
      const { iv } = legOf(made, 2);
      const legs = STRIKES.map((strike, i) => option(100 + i, strike < 451 ? 'P' : 'C', strike));
      const adjusted = { ...option(200, 'P', 435), ...other };
      made.watch({ legs: [...legs, adjusted], greeks: { ...SETTINGS, vol_source: 'smile' } }, [
        ...legs.map(({ conId }, i) => [conId, 8 + i] as const),
        [200, 20],
      ]);
      made.quote(20, 200, { bid: 9, ask: 9.05 });
      assert.equal(legOf(made, 2).iv, iv);
      assert.deepEqual([legOf(made, 8).quality, legOf(made, 8).reason], ['quote', 'no_smile']);
    }
  });

  it('that is missing leaves the sticky-strike delta to the model, which says so', () => {
    const made = bench();
    assert.equal(legOf(made, 0).deltaReason, 'none');
    made.watch({ greeks: { ...SETTINGS, delta_mode: 'sticky_strike' } });
    const leg = legOf(made, 0);
    assert.deepEqual([leg.delta, leg.deltaReason], [leg.modelDelta, 'no_smile']);
    const record = made.reader.record.slice();
    assert.equal(new Repricer(0).reprice(record).difference, null);
    record[BOOK.method] = NONE;
    for (const index of [0, 1]) record[legOffset(index) + LEG.deltaReason] = NONE;
    assert.equal(new Repricer(0).reprice(record).difference, null);
  });

  it('is none of two legs, and they say so', () => {
    const made = bench();
    made.watch({ greeks: { ...SETTINGS, vol_source: 'smile' } });
    const leg = legOf(made, 0);
    assert.deepEqual([leg.quality, leg.reason], ['quote', 'no_smile']);
  });
});
