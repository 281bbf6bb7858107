import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  ATTRIBUTION_TERMS,
  type Attribution,
  addAttribution,
  attribute,
  type BookInterval,
  breakEvenMove,
  type LegInterval,
  type LegState,
  NO_ATTRIBUTION,
  NO_CASH,
  realisedToImplied,
  revalue,
  unexplainedLimit,
} from '../../src/domain/attribution.ts';
import { type EuropeanOption, priceEuropean } from '../../src/pricing/black-scholes.ts';
import { higherGreeks } from '../../src/pricing/higher-greeks.ts';
import { solveImpliedVol } from '../../src/pricing/implied-vol.ts';
import { yearsToExpiry } from '../../src/pricing/time-to-expiry.ts';
import { type LeanSeries, readLeanFile } from '../../src/store/lean-worker.ts';

function stateOf(option: EuropeanOption): LegState {
  const priced = priceEuropean(option);
  const higher = higherGreeks(option);
  assert(priced.kind === 'priced' && higher.kind === 'priced');
  const epsilon = -option.years * option.spot * priced.delta;
  return { ...priced, ...higher, epsilon, mark: priced.price, sigma: option.sigma };
}

const ATM: EuropeanOption = {
  right: 'C',
  spot: 100,
  strike: 100,
  years: 28 / 365,
  rate: 0.05,
  dividendYield: 0,
  sigma: 0.25,
};

/** A hedged straddle between two markets. */
function straddle(years: number, move: number, volMove: number): BookInterval {
  const legs = (['C', 'P'] as const).map((right): LegInterval => {
    const start = stateOf({ ...ATM, right });
    const end = stateOf({
      ...ATM,
      right,
      spot: ATM.spot + move,
      sigma: ATM.sigma + volMove,
      years: ATM.years - years,
    });
    return { quantity: 10, multiplier: 100, start, end };
  });
  const delta = legs.reduce((sum, leg) => sum + leg.start.delta * 1000, 0);
  return {
    years,
    spotStart: ATM.spot,
    spotEnd: ATM.spot + move,
    shares: -delta,
    legs,
    rateMove: 0,
    yieldMove: 0,
    exDividend: 0,
    trades: [],
    cash: NO_CASH,
  };
}

function sumOfTerms(attribution: Attribution): number {
  return ATTRIBUTION_TERMS.reduce((sum, term) => sum + attribution[term], 0);
}

describe('the attribution of an interval', () => {
  it('adds up to what the marks and the cash say, whatever moved', () => {
    const amount = fc.double({ min: -500, max: 500, noNaN: true });
    const interval = fc.record({
      days: fc.double({ min: 0, max: 5, noNaN: true }),
      move: fc.double({ min: -20, max: 20, noNaN: true }),
      volMove: fc.double({ min: -0.1, max: 0.3, noNaN: true }),
      cash: fc.record({
        financing: amount,
        dividend: amount,
        commission: amount,
        exercise: amount,
      }),
      trades: fc.array(
        fc.record({
          quantity: fc.integer({ min: -500, max: 500 }),
          cost: fc.double({ min: -50_000, max: 50_000, noNaN: true }),
          worth: fc.double({ min: -50_000, max: 50_000, noNaN: true }),
          kind: fc.constantFrom('hedge', 'option'),
        }),
      ),
      rateMove: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
      yieldMove: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
      exDividend: fc.double({ min: 0, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(interval, ({ days, move, volMove, ...rest }) => {
        const base = straddle(days / 365, move, volMove);
        const result = attribute({ ...base, ...rest });
        let total = base.shares * move;
        for (const { quantity, multiplier, start, end } of base.legs) {
          total += quantity * multiplier * (end.mark - start.mark);
        }
        for (const { quantity, cost, worth, kind } of rest.trades) {
          total += kind === 'hedge' ? quantity * (ATM.spot + move) - cost : worth - cost;
        }
        const { financing, dividend, commission, exercise } = rest.cash;
        total += financing + dividend + exercise - commission;
        const size = 1 + ATTRIBUTION_TERMS.reduce((sum, t) => sum + Math.abs(result[t]), 0);
        assert(Math.abs(result.total - total) < 1e-10 * size);
        assert(Math.abs(sumOfTerms(result) - result.total) < 1e-10 * size);
      }),
    );
  });

  it('leaves little of a small move unexplained', () => {
    const result = attribute(straddle(1 / 365 / 390, 0.2, 0.001));
    assert(Math.abs(result.unexplained) < unexplainedLimit(result));
    assert(Math.abs(result.delta) < 1e-9, 'a hedged book has no direction');
  });

  it('finds gamma and theta equal and opposite at the break-even move', () => {
    // Without a rate the identity is exact: ½ Γ S² σ² dt = −Θ dt.
    const years = 1 / 365;
    const legs = straddle(years, 0, 0).legs.map((leg, index) => {
      const option = { ...ATM, right: index === 0 ? 'C' : 'P', rate: 0 } as const;
      return { ...leg, start: stateOf(option), end: stateOf(option) };
    });
    const move = breakEvenMove(ATM.spot, ATM.sigma, years);
    const base = straddle(years, move, 0);
    const result = attribute({ ...base, legs });
    assert(Math.abs(result.gamma + result.theta) < 1e-9 * result.gamma);
    const ratio = realisedToImplied(result);
    assert(ratio !== null && Math.abs(ratio - 1) < 1e-12);
  });

  it('charges what was paid beyond the mid, on the side of the trade', () => {
    const { slippage, optionSpread, commission, total } = attribute({
      ...straddle(0, 0, 0),
      trades: [
        { quantity: 100, cost: 10_002, worth: 10_000, kind: 'hedge' },
        { quantity: -50, cost: -4999, worth: -5000, kind: 'hedge' },
        { quantity: -1000, cost: -2450, worth: -2500, kind: 'option' },
      ],
      cash: { ...NO_CASH, commission: 1.5 },
    });
    assert.deepEqual(
      [slippage, optionSpread, commission, total].map((usd) => usd.toFixed(6)),
      ['-3.000000', '-50.000000', '-1.500000', '-54.500000'],
    );
  });

  it('has no ratio before anything could be earned, and sums from nothing', () => {
    assert.equal(realisedToImplied(NO_ATTRIBUTION), null);
    const one = attribute(straddle(1 / 365, 1, 0.01));
    assert.deepEqual(addAttribution(NO_ATTRIBUTION, one), one);
    assert.equal(addAttribution(one, one).total, 2 * one.total);
  });

  it('refuses what is no number, rather than to carry it into a sum', () => {
    assert.throws(() => attribute({ ...straddle(0, 0, 0), rateMove: Number.NaN }), /finite/);
  });
});

describe('a full revaluation', () => {
  it('splits a large move so that nothing of a model price is left', () => {
    const value = (spot: number, sigma: number, years: number): number =>
      stateOf({ ...ATM, spot, sigma, years }).mark;
    const start = { spot: 100, sigma: 0.25, years: 28 / 365 };
    const end = { spot: 88, sigma: 0.4, years: 27 / 365 };
    const change = value(88, 0.4, 27 / 365) - value(100, 0.25, 28 / 365);
    const { spot, vol, time, rest } = revalue(value, start, end, change);
    assert(spot < 0 && vol > 0 && time < 0);
    assert(Math.abs(rest) < 1e-12);
    assert.equal(revalue(value, start, end, change + 0.5).rest.toFixed(9), '0.500000000');
  });
});

// Recorded quotes, hedged to flat whenever the mid delta has left the band, bought at 09:36 and
// held to the close: the parts were computed by another program.
const LEAN = join(import.meta.dirname, '../../../shared/market-data/lean');
const SCALPS = [
  {
    name: 'SPY of 2023-08-03, a wide strangle',
    symbol: 'spy',
    day: '20230803',
    expiry: '20230901',
    put: 430,
    call: 470,
    band: 0.02,
    rate: 0.053,
    dividendYield: 0.015,
    hedges: 4,
    computed: [-0.1818, -0.029, 0.067, -0.0358, -0.1749, -0.0084, -0.0007],
  },
  {
    name: 'NWSA of 2013-06-28, a straddle',
    symbol: 'nwsa',
    day: '20130628',
    expiry: '20130719',
    put: 33,
    call: 33,
    band: 0.05,
    rate: 0.005,
    dividendYield: 0,
    hedges: 7,
    computed: [0.0149, 0.0028, 0.0218, -0.009, 0.0004, 0.0013, -0.0024],
  },
  {
    name: 'TWX of 2014-06-05, a straddle',
    symbol: 'twx',
    day: '20140605',
    expiry: '20140718',
    put: 70,
    call: 70,
    band: 0.05,
    rate: 0.005,
    dividendYield: 0.018,
    hedges: 4,
    computed: [0.0581, -0.0039, 0.0284, -0.0107, 0.049, 0.001, -0.0056],
  },
] as const;

type Quoted = (ts: number) => { readonly bid: number; readonly ask: number };

/** The last two-sided quote at a time; many rows of thin names have one side only. */
function lastQuote(
  all: readonly LeanSeries[],
  wanted: { readonly strike: number; readonly right: 'C' | 'P'; readonly expiry: string } | null,
): Quoted {
  const series = all.find(
    ({ contract }) =>
      wanted === null ||
      (contract?.strike === wanted.strike &&
        contract.right === wanted.right &&
        contract.expiry === wanted.expiry),
  );
  assert(series !== undefined, 'the contract is in the file');
  const { ts, bid, ask } = series.bars;
  return (time) => {
    let index = ts.findLastIndex((end) => end <= time);
    while (index >= 0 && !((bid[index] ?? -1) > 0 && (ask[index] ?? -1) > 0)) index -= 1;
    assert(index >= 0, 'there has been a quote');
    return { bid: (bid[index] ?? 0) / 10_000, ask: (ask[index] ?? 0) / 10_000 };
  };
}

const mid = ({ bid, ask }: { readonly bid: number; readonly ask: number }) => 0.5 * (bid + ask);

/** One option of each leg, hedged minute by minute; per share. */
async function scalp(set: (typeof SCALPS)[number]): Promise<{ hedges: number; sum: Attribution }> {
  const { symbol, day, expiry, rate, dividendYield, band } = set;
  const task = { day, resolution: 'minute', hours: 'regular' } as const;
  const folder = (kind: string): string => join(LEAN, kind, 'usa/minute', symbol);
  const stock = await readLeanFile({
    ...task,
    kind: 'equity',
    path: join(folder('equity'), `${day}_quote.zip`),
  });
  const options = await readLeanFile({
    ...task,
    kind: 'option',
    path: join(folder('option'), `${day}_quote_american.zip`),
  });
  const spotQuote = lastQuote(stock, null);
  const terms = [
    { right: 'P', strike: set.put, expiry },
    { right: 'C', strike: set.call, expiry },
  ] as const;
  const legQuotes = terms.map((one) => lastQuote(options, one));
  const open = Date.parse(`${day.replace(/(....)(..)(..)/, '$1-$2-$3')}T09:30:00-04:00`);
  const snapshot = (minute: number) => {
    const ts = open + minute * 60_000;
    const quote = spotQuote(ts);
    const spot = mid(quote);
    const states = terms.map(({ right, strike }, index) => {
      const price = mid((legQuotes[index] ?? spotQuote)(ts));
      const years = yearsToExpiry(expiry, ts);
      const market = { right, strike, spot, years, rate, dividendYield };
      const sigma = solveImpliedVol({ ...market, price });
      assert(typeof sigma === 'number');
      return { ...stateOf({ ...market, sigma }), mark: price };
    });
    return { ts, quote, spot, states };
  };
  let hedges = 0;
  let shares = 0;
  let sum = NO_ATTRIBUTION;
  let before: ReturnType<typeof snapshot> | undefined;
  for (let minute = 6; minute <= 390; minute += 1) {
    const now = snapshot(minute);
    const net = now.states.reduce((all, { delta }) => all + delta, shares);
    const isHedge = before === undefined || Math.abs(net) > band;
    const price = net > 0 ? now.quote.bid : now.quote.ask;
    const trade = { quantity: -net, cost: -net * price, worth: -net * now.spot } as const;
    const interval: BookInterval = {
      years: before === undefined ? 0 : (now.ts - before.ts) / (365 * 86_400_000),
      spotStart: before?.spot ?? now.spot,
      spotEnd: now.spot,
      shares,
      legs: now.states.map((end, index) => ({
        quantity: 1,
        multiplier: 1,
        start: before?.states[index] ?? end,
        end,
      })),
      rateMove: 0,
      yieldMove: 0,
      exDividend: 0,
      trades: isHedge ? [{ ...trade, kind: 'hedge' }] : [],
      cash: NO_CASH,
    };
    sum = addAttribution(sum, attribute(interval));
    if (isHedge) shares -= net;
    if (isHedge) hedges += 1;
    before = now;
  }
  return { hedges, sum };
}

describe.skipIf(!existsSync(LEAN))('the attribution of a recorded day', () => {
  for (const set of SCALPS) {
    it(`has the parts computed independently: ${set.name}`, async () => {
      const { hedges, sum } = await scalp(set);
      const rest = sum.vannaVolga + sum.unexplained;
      const parts = [sum.total, sum.delta, sum.gamma, sum.theta, sum.vega, rest, sum.slippage];
      assert.equal(hedges, set.hedges);
      for (const [index, usd] of parts.entries()) {
        // They have four decimals, and a rate that is not told to the last one.
        assert(Math.abs(usd - (set.computed[index] ?? 0)) < 1e-4, `${index}: ${usd}`);
      }
    });
  }
});
