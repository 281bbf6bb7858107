import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Repricer } from '../../../actors/greeks/reprice.ts';
import type { LegQuote } from '../../../src/domain/book-quotes.ts';
import type { OptionContract } from '../../../src/domain/contract.ts';
import type { Carry } from '../../../src/pricing/leg-model.ts';
import { emptyLegGreeks, LegModel } from '../../../src/pricing/leg-model.ts';
import { LEG, legOffset } from '../../../src/protocol/book-board.ts';
import { GreeksBench, NOW, option, SETTINGS, SLOT } from '../support/greeks-bench.ts';

const CARRY: Carry = { exercise: 'american', rate: 0.05, dividendYield: 0.015, dividends: [] };
const AMERICAN = { ...SETTINGS, exercise: 'american' } as const;
const SIGMA = 0.15;
const [DEEP, PARTNER] = [option(21, 'C', 400), option(22, 'P', 400)];
const LINES = [10, 11] as const;

function worth({ right, strike, expiry }: OptionContract, spot = 451, sigma = SIGMA) {
  const greeks = emptyLegGreeks();
  const model = new LegModel({ right, strike, expiry });
  assert.equal(model.fill(CARRY, NOW, spot, sigma, greeks), null);
  return greeks;
}

/** A call deep in the money, quoted ten cents wide about `shift` off its value, and its put. */
function book(shift: number, { partner = PARTNER, greeks = {} } = {}): GreeksBench {
  const made = new GreeksBench();
  made.watch({ legs: [DEEP, partner], greeks: { ...AMERICAN, ...greeks } }, [
    [DEEP.conId, LINES[0]],
    [partner.conId, LINES[1]],
  ]);
  made.spot(450.99, 451.01);
  quote(made, LINES[0], DEEP, worth(DEEP).price + shift, 0.05);
  quote(made, LINES[1], partner, worth(partner).price, 0.01);
  return made;
}

function quote(made: GreeksBench, line: number, of: OptionContract, mid: number, half: number) {
  made.quote(line, of.conId, { bid: mid - half, ask: mid + half });
}

function legOf(made: GreeksBench, index: number, ts = NOW): LegQuote {
  const leg = made.price(ts).legs[index];
  assert(leg !== undefined);
  return leg;
}

function near(value: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(value - expected) <= tolerance, `${value} is not ${expected}`);
}

describe('a leg deep in the money', () => {
  it('has the volatility of its partner at the strike, whatever its own quote says', () => {
    for (const shift of [-0.4, -0.1, 0, 0.1, 0.4]) {
      const made = book(shift);
      const leg = legOf(made, 0);
      assert.equal(leg.quality, 'partner');
      near(leg.iv, SIGMA, 1e-4);
      near(leg.modelDelta, worth(DEEP).delta, 1e-4);
      assert.deepEqual([legOf(made, 1).quality, legOf(made, 1).reason], ['quote', 'none']);
      const repriced = new Repricer(0).reprice(made.reader.record);
      assert.deepEqual([repriced.legs, repriced.difference], [2, null]);
    }
  });

  it('says why: it is deep, or its own quote implies nothing', () => {
    assert.equal(legOf(book(0), 0).reason, 'deep_in_money');
    assert.equal(legOf(book(-1.5), 0).reason, 'below_intrinsic');
  });

  it('moves by its own quote alone without a partner that is quoted well', () => {
    const deltas = [0.1, 0.4].map((shift) => {
      const made = book(shift);
      made.quote(LINES[1], PARTNER.conId, { bid: Number.NaN });
      const leg = legOf(made, 0);
      assert.deepEqual([leg.quality, leg.reason], ['quote', 'none']);
      return leg.delta;
    });
    assert.ok((deltas[0] ?? 0) - (deltas[1] ?? 0) > 0.02, String(deltas));
  });

  it('has no partner of another right, strike, expiry, class or multiplier', () => {
    for (const other of [
      { right: 'C' },
      { strike: 405 },
      { expiry: '20230908' },
      { tradingClass: '1SPY' },
      { multiplier: 10 },
    ] as const) {
      assert.equal(legOf(book(0, { partner: { ...PARTNER, ...other } }), 0).quality, 'quote');
    }
  });

  it('finds its partner among the strikes of the smile', () => {
    const made = book(0.4);
    const strikes = [{ contract: PARTNER, line: LINES[1] }];
    made.watch(
      { legs: [DEEP], greeks: AMERICAN },
      [[DEEP.conId, LINES[0]]],
      [{ slot: SLOT, strikes, dropped: 0 }],
    );
    near(legOf(made, 0).iv, SIGMA, 1e-4);
    assert.equal(new Repricer(0).reprice(made.reader.record).difference, null);
  });

  it('keeps its own volatility where that was all a journal knew', () => {
    const made = book(0.4);
    made.price();
    const record = made.reader.record.slice();
    for (const index of [0, 1]) record[legOffset(index) + LEG.series] = Number.NaN;
    const { difference } = new Repricer(0).reprice(record);
    assert.deepEqual([difference?.conId, difference?.field], [DEEP.conId, 'iv']);
    assert.equal(difference?.priced, record[legOffset(0) + LEG.quoteIv]);
  });
});

describe('a leg near the money', () => {
  it('keeps its own last volatility while its quote is bad, however the partner differs', () => {
    const made = book(0);
    made.spot(400.99, 401.01);
    quote(made, LINES[0], DEEP, worth(DEEP, 401, SIGMA - 0.05).price, 0.02);
    quote(made, LINES[1], PARTNER, worth(PARTNER, 401).price, 0.02);
    const before = legOf(made, 0);
    quote(made, LINES[0], DEEP, worth(DEEP, 401, SIGMA - 0.05).price, 8);
    const leg = legOf(made, 0, NOW + 1000);
    assert.deepEqual([before.quality, leg.quality], ['quote', 'held']);
    assert.equal(leg.iv, before.iv);
  });
});

describe('the way into the money', () => {
  it('goes over from the own volatility to the partner’s without a jump', () => {
    const made = book(0);
    let last = Number.NaN;
    let most = 0;
    const seen = new Set<string>();
    for (let step = 0; step <= 160; step += 1) {
      const spot = 400 + step * 0.4;
      const ts = NOW + step * 1000;
      made.spot(spot - 0.01, spot + 0.01, { ts });
      // The call says two points more than the put: its holders pay to borrow.
      quote(made, LINES[0], DEEP, worth(DEEP, spot, SIGMA + 0.02).price, 0.02);
      quote(made, LINES[1], PARTNER, worth(PARTNER, spot).price, 0.02);
      const { delta, quality } = legOf(made, 0, ts);
      seen.add(quality);
      if (step > 0) most = Math.max(most, Math.abs(delta - last));
      last = delta;
    }
    assert.deepEqual([...seen], ['quote', 'partner']);
    assert.ok(most < 0.012, String(most));
  });
});
