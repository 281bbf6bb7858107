import assert from 'node:assert/strict';
import { afterAll, describe, it } from 'vitest';
import { createRisk, scenarioTask } from '../../src/cli/risk.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { rateAt } from '../../src/pricing/rate-curve.ts';
import { scenarioGrid } from '../../src/pricing/scenarios.ts';
import { yearsToExpiry } from '../../src/pricing/time-to-expiry.ts';
import type { LegView } from '../../src/protocol/leg-view.ts';
import type { EngineReads } from '../../src/protocol/ports.ts';
import type { BookView } from '../../src/protocol/views.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { PLAIN_GREEKS } from '../support/greeks-settings.ts';

const NOW = epochOf('20230803', '10:00');
const QUERY = {
  spot_pct: 10,
  spot_points: 5,
  vol_points: 5,
  vol_steps: 3,
  days: 10,
  day_steps: 3,
};

function legView(strike: number, iv: number | null): LegView {
  const quote = iv === null ? { bid: null, ask: null } : { bid: 11, ask: 11.2 };
  const terms = { label: `SPY ${strike} C`, expiry: '20230901', strike, right: 'C', quantity: 2 };
  // A view has more than a scenario reads.
  return { ...terms, ...quote, con_id: strike, multiplier: 100, iv } as unknown as LegView;
}

function bookView(change: Partial<BookView> = {}): BookView {
  const legs = [legView(450, 0.2), legView(460, null)];
  const book = { symbol: 'SPY', spot: 451, trading_ts: NOW, stock_position: -50, legs };
  return { ...book, ...change } as unknown as BookView;
}

const rate_curve = [
  { days: 1, rate: 0.04 },
  { days: 365, rate: 0.06 },
];
const SETTINGS = { ...PLAIN_GREEKS, rate_curve };

describe('the scenarios of a book', () => {
  const reads = {
    status: () => ({ books: [bookView()] }),
    config: () => ({ books: [{ symbol: 'SPY', greeks: SETTINGS }] }),
  } as unknown as EngineReads;
  const risk = createRisk(reads, realMono());
  afterAll(() => risk.close());

  it('come from the pool as they are computed here, with the axes they are on', async () => {
    const view = await risk.risk('SPY', QUERY);
    const { task } = scenarioTask(bookView(), SETTINGS, QUERY);
    const { pnl, netDelta, netGamma } = scenarioGrid(task);
    assert.deepEqual([view.pnl, view.net_delta, view.net_gamma], [pnl, netDelta, netGamma]);
    const [quoted, silent] = view.quotes;
    const { bid_iv: bid, mid_iv: mid, ask_iv: ask } = quoted ?? assert.fail();
    assert.ok(bid !== null && mid !== null && ask !== null && bid < mid && mid < ask);
    assert.deepEqual([silent?.con_id, silent?.mid_iv, silent?.parity_low], [460, null, null]);
    assert.deepEqual(view.days, [0, 5, 10]);
    assert.deepEqual(view.vol_points, [-5, 0, 5]);
    assert.deepEqual(
      view.spots.map((spot) => Math.round(spot * 1000) / 1000),
      [405.9, 428.45, 451, 473.55, 496.1],
    );
    assert.deepEqual([view.legs, view.left_out, view.shares], [1, ['SPY 460 C'], -50]);
    assert.equal(view.pnl[0]?.[1]?.[2], 0);
  });

  it('are what two calls and minus fifty shares are worth there by the closed form', async () => {
    const { pnl, spots, vol_points: vols, days } = await risk.risk('SPY', QUERY);
    const rate = rateAt(rate_curve, yearsToExpiry('20230901', NOW));
    const worth = (spot: number, points: number, day: number): number => {
      const years = yearsToExpiry('20230901', NOW + day * 86_400_000);
      const sigma = 0.2 + points / 100;
      const terms = {
        right: 'C',
        spot,
        strike: 450,
        years,
        rate,
        dividendYield: 0,
        sigma,
      } as const;
      const priced = priceEuropean(terms);
      assert(priced.kind === 'priced');
      return 200 * priced.price - 50 * spot;
    };
    const now = worth(451, 0, 0);
    for (const [d, day] of days.entries()) {
      for (const [v, points] of vols.entries()) {
        for (const [s, spot] of spots.entries()) {
          const gain = worth(spot, points, day) - now;
          const told = pnl[d]?.[v]?.[s] ?? Number.NaN;
          // Minutes are the finest that a price is solved for.
          assert.ok(Math.abs(told - gain) < 0.02, `${told} is not ${gain} at ${spot}`);
        }
      }
    }
  });

  it('are priced with the rate of the curve, the dividends and the style of the settings', () => {
    const dividends = [{ ex_date: '2023-08-21', amount: 1.5 }];
    const settings = { ...SETTINGS, dividends, exercise: 'american' } as const;
    const { task } = scenarioTask(bookView(), settings, QUERY);
    const [leg] = task.legs;
    assert(leg !== undefined);
    assert(leg.carry.rate > 0.05 && leg.carry.rate < 0.06);
    assert.deepEqual(leg.carry.dividends, [{ exTs: epochOf('20230821', '00:00'), amount: 1.5 }]);
    assert.deepEqual([leg.carry.exercise, leg.size, leg.sigma], ['american', 200, 0.2]);
  });

  it('of one point are where the book is now', () => {
    const one = { ...QUERY, spot_points: 1, vol_steps: 1, day_steps: 1 };
    const { task } = scenarioTask(bookView(), SETTINGS, one);
    assert.deepEqual([task.spotMoves, task.volMoves, task.days], [[0], [0], [0]]);
  });

  it('are refused for a book that is unknown or has no price yet', async () => {
    await assert.rejects(risk.risk('QQQ', QUERY), /no book QQQ; there are SPY/);
    assert.throws(
      () => scenarioTask(bookView({ spot: null }), SETTINGS, QUERY),
      /SPY has no price to start from yet/,
    );
  });
});
