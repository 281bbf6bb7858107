import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { type Assessment, assess, explain } from '../../src/domain/assessment.ts';
import type { AssessmentInput } from '../../src/domain/assessment-input.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import { LATCHED_CAUSES } from '../../src/domain/causes.ts';
import {
  at,
  type BookPatch,
  bookInput,
  GOOD_ENGINE,
  heldLeg,
  legQuote,
  MINUTE,
  NO_MEMORY,
  NOW,
  optionContract,
  SECOND,
} from '../support/book.ts';

const look = (patch: BookPatch): Assessment => assess(bookInput(patch));
const space = (patch: BookPatch): string => Object.values(look(patch).space).join(' ');

describe('the state space', () => {
  it('is normal for a book that would hedge', () => {
    assert.equal(space({}), 'O1 D2 M1 L0 E0 S0');
  });

  it('takes each value of each dimension', () => {
    const gone = { ...GOOD_ENGINE, brokerDown: true };
    const short = legQuote({ gamma: -0.1, delta: 0 });
    const seen = new Set(
      (
        [
          {},
          { legs: [] },
          { quotes: { legs: [short] } },
          { optionDelta: 0 },
          { optionDelta: 20 },
          { optionDelta: 600 },
          { quotes: { legs: [] } },
          { quotes: { regime: 0 } },
          { quotes: { regime: 2 } },
          { quotes: { regime: 3 } },
          { quotes: { regime: 4 } },
          { quotes: { spotTs: NOW - MINUTE } },
          { quotes: { bid: 449.7, ask: 450.3 } },
          { quotes: { bid: 448, ask: 452 } },
          { quotes: { bid: 0 } },
          { execution: { class: 'E1', orderInFlight: true, intent: null } },
          { execution: { class: 'E2', orderInFlight: true, intent: null } },
          { execution: { class: 'E4', orderInFlight: true, intent: null } },
          { engine: gone },
          { quotes: { lagMs: 2000 } },
          { latched: ['position_break'] },
        ] satisfies BookPatch[]
      ).flatMap((patch) => Object.values(look(patch).space)),
    );
    const all = ['O0 O1 O2', 'D0 D1 D2 D3 D4', 'M0 M1 M2 M3 M4 M5', 'L0 L1 L2 L3'];
    const labels = [...all, 'E0 E1 E2 E3 E4', 'S0 S1 S2 S3'].flatMap((line) => line.split(' '));
    assert.deepEqual([...seen].sort(), labels.sort());
  });

  it('keeps O while greeks are invalid, and tells it from the contracts without a memory', () => {
    const blind = { quotes: { legs: [] } };
    assert.equal(look({ ...blind, previousO: 'O2' }).space.O, 'O2');
    assert.equal(look(blind).space.O, 'O1');
    assert.equal(look({ ...blind, legs: [heldLeg({ quantity: -1 })] }).space.O, 'O2');
    assert.equal(look({ legs: [], previousO: 'O2' }).space.O, 'O0');
  });

  it('puts risk halt before greeks, and greeks before lag', () => {
    const lag = { lagMs: 5000 };
    assert.equal(look({ quotes: { ...lag, legs: [] }, latched: ['exec_fault'] }).space.S, 'S3');
    assert.equal(look({ quotes: { ...lag, legs: [] } }).space.S, 'S1');
    assert.equal(look({ quotes: lag }).space.S, 'S2');
  });
});

describe('the quantities', () => {
  it('sum delta × multiplier × quantity over the legs, and the shares that are ours', () => {
    const put = optionContract({ conId: 2002, right: 'P' });
    const { netDelta, greeks } = look({
      owned: -40,
      legs: [heldLeg({ quantity: 3 }), heldLeg({ contract: put, quantity: -2 })],
      quotes: {
        legs: [
          legQuote({ conId: 2002, delta: -0.4, gamma: 0.02, theta: -10, vega: 0.3 }),
          legQuote({ delta: 0.6, gamma: 0.03, theta: -12, vega: 0.4 }),
        ],
      },
    });
    assert.ok(Math.abs(netDelta - (0.6 * 300 + 0.4 * 200 - 40)) < 1e-9);
    assert.ok(Math.abs(greeks.gamma - (0.03 * 300 - 0.02 * 200)) < 1e-9);
    assert.ok(Math.abs(greeks.theta - (-12 * 300 + 10 * 200)) < 1e-9);
    assert.ok(Math.abs(greeks.vega - (0.4 * 300 - 0.3 * 200)) < 1e-9);
  });

  it('leaves foreign shares out: only what is ours counts', () => {
    assert.equal(Math.round(look({ owned: -112 }).netDelta), 0);
  });

  it('trades to the centre, or to the edge of the band', () => {
    assert.equal(look({}).need, -112);
    assert.equal(look({ settings: { hedging: { trade_to: 'edge' } } }).need, -102);
    const edge = look({ optionDelta: -112, settings: { hedging: { trade_to: 'edge' } } });
    assert.equal(edge.need, 102);
  });

  it('clips one order, and says that a remainder is left', () => {
    const { target } = look({ optionDelta: 620 });
    assert.deepEqual(
      { ...target },
      { targetShares: -500, quantity: -500, clipped: true, forced: true, atMid: false, spot: 450 },
    );
    assert.equal(look({}).target?.clipped, false);
  });

  it('clips at the position limit, but never what reduces shares and delta', () => {
    assert.equal(look({ owned: -1950, optionDelta: 2062 }).target?.quantity, -50);
    // Beyond the limit already (adopted, or the limit was lowered): the way back stays open.
    assert.equal(look({ owned: 2500, optionDelta: -2100 }).target?.quantity, -400);
    assert.equal(look({ owned: 2500, optionDelta: -2612 }).target, null);
  });

  it('would place a marketable order on the tick', () => {
    assert.deepEqual(explain(bookInput()).wouldBeOrder, {
      side: 'SELL',
      quantity: 112,
      limitPrice: 449.98,
      targetShares: -112,
    });
    assert.equal(explain(bookInput({ quotes: null })).wouldBeOrder, null);
    assert.equal(explain(bookInput({ quotes: { bid: 0 } })).wouldBeOrder?.limitPrice, null);
  });

  it('counts an expired leg as the shares it turns into', () => {
    const held = (strike: number, right: 'C' | 'P'): BookPatch => ({
      now: at('16:00'),
      legs: [
        heldLeg({ contract: optionContract({ expiry: '20230803', strike, right }), quantity: 2 }),
      ],
      quotes: { legs: [] },
    });
    assert.equal(look(held(440, 'C')).netDelta, 200);
    assert.equal(look(held(460, 'C')).netDelta, 0);
    assert.equal(look(held(460, 'P')).netDelta, -200);
    assert.equal(look(held(440, 'P')).netDelta, 0);
    assert.deepEqual(look(held(449, 'C')).causes, ['expiry_pending']);
    // A second earlier it still has greeks of its own, or none.
    assert.equal(look({ ...held(440, 'C'), now: at('15:59:59') }).space.D, 'D4');
  });
});

describe('the verdict', () => {
  const paused = { memory: { ...NO_MEMORY, lastHedge: { ts: NOW - 1, price: 450 } } };
  const wide = { quotes: { bid: 448, ask: 452 } };
  const cases: readonly (readonly [BookPatch, string])[] = [
    [{ legs: [] }, 'EMPTY'],
    [{ quotes: null }, 'UNPRICED'],
    [{ optionDelta: 10 }, 'NO_TRADE'],
    [{ optionDelta: 11 }, 'MONITOR'],
    [paused, 'PAUSE_COST'],
    [{ ...paused, ...wide }, 'PAUSE_COST'],
    [wide, 'PAUSE_LIQ'],
    [{ quotes: { bid: 0 } }, 'PAUSE_LIQ'],
    [{}, 'NEED_HEDGE'],
    [{ optionDelta: 500 }, 'NEED_HEDGE'],
    [{ ...paused, optionDelta: 500 }, 'NEED_HEDGE'],
    [
      { optionDelta: 500, quotes: { bid: 448, ask: 452, legs: [legQuote({ delta: 0.05 })] } },
      'NEED_HEDGE',
    ],
    [{ quotes: { bid: 0, legs: [legQuote({ delta: 0.05 })] } }, 'PAUSE_LIQ'],
  ];
  it('follows from D, the cost gate and the liquidity gate', () => {
    for (const [patch, verdict] of cases) assert.equal(look(patch).verdict, verdict);
  });
});

describe('cooldown and price move', () => {
  const hedged = (patch: Partial<typeof NO_MEMORY>): Assessment =>
    look({
      memory: { ...NO_MEMORY, lastHedge: { ts: NOW - 10 * SECOND, price: 450 }, ...patch },
    });

  it('hold the next hedge back', () => {
    assert.deepEqual(hedged({}).blocked, ['min_price_move', 'cooldown']);
  });

  it('do not hold back a remainder', () => {
    assert.deepEqual(hedged({ remainder: true }).blocked, []);
  });

  it('are cleared by a leg change, an adjustment or a resume since', () => {
    assert.deepEqual(hedged({ clearedAt: NOW - 10 * SECOND }).blocked, []);
    assert.equal(hedged({ clearedAt: NOW - 11 * SECOND }).verdict, 'PAUSE_COST');
  });

  it('are cleared by the open', () => {
    const lastHedge = { ts: epochOf('20230802', '15:59'), price: 450 };
    assert.deepEqual(hedged({ lastHedge }).blocked, []);
    assert.equal(hedged({ lastHedge: { ts: at('09:30'), price: 450 } }).verdict, 'PAUSE_COST');
  });
});

describe('a silent underlying', () => {
  const silent = (agoMs: number, patch: BookPatch = {}): Assessment =>
    look({ quotes: { spotTs: NOW - agoMs }, ...patch });
  const probe = (patch: Partial<AssessmentInput['probe']>): BookPatch => ({
    probe: { askedAt: null, answeredAt: null, failedAt: null, ...patch },
  });

  it('is probed after the threshold, once', () => {
    assert.equal(silent(4999).needProbe, false);
    assert.equal(silent(5000).needProbe, true);
    assert.equal(silent(5000, probe({ askedAt: NOW })).needProbe, false);
  });

  it('is stale when the probe is not answered in two seconds', () => {
    assert.deepEqual(silent(6999, probe({ askedAt: NOW - 1999 })).causes, []);
    assert.deepEqual(silent(7000, probe({ askedAt: NOW - 2000 })).causes, ['data_stale']);
    assert.deepEqual(silent(5001, probe({ askedAt: NOW, failedAt: NOW })).causes, ['data_stale']);
  });

  it('is fresh when the probe is answered, and quiet again after the threshold', () => {
    const answered = probe({ askedAt: NOW - 5000, answeredAt: NOW - 5000 });
    assert.deepEqual(silent(60_000, answered).causes, []);
    assert.equal(silent(60_000, answered).needProbe, true);
    const now = probe({ askedAt: NOW - 4999, answeredAt: NOW - 4999 });
    assert.equal(silent(60_000, now).needProbe, false);
    assert.equal(silent(60_000, now).target?.quantity, -112);
  });

  it('is probed again when a probe has failed', () => {
    const failed = (agoMs: number): Assessment =>
      silent(60_000, probe({ askedAt: NOW - agoMs, failedAt: NOW - agoMs }));
    assert.equal(failed(9999).needProbe, false);
    assert.equal(failed(10_000).needProbe, true);
    assert.deepEqual(failed(10_000).causes, ['data_stale']);
  });

  it('is no cause outside trading hours, where the market is closed', () => {
    const closed = look({ now: at('17:00'), quotes: { spotTs: NOW, legs: [] } });
    assert.deepEqual(closed.causes, []);
    assert.equal(closed.marketClosed, true);
    assert.equal(closed.needProbe, false);
    assert.equal(closed.dataReady, true);
  });

  it('counts from the subscription and from the open, not from yesterday', () => {
    const since = look({ quotes: null, watchedSince: NOW - 4999 });
    assert.deepEqual([since.causes, since.needProbe, since.dataReady], [[], false, false]);
    const open = look({ now: at('09:30:04'), quotes: { spotTs: at('09:29') } });
    assert.deepEqual([open.causes, open.needProbe], [[], false]);
    assert.ok(open.blocked.includes('data_stale'));
  });

  it('is not probed before it is subscribed', () => {
    const unwatched = look({ quotes: null, watchedSince: null });
    assert.deepEqual(
      [unwatched.causes, unwatched.needProbe, unwatched.dataReady],
      [[], false, false],
    );
  });
});

describe('the causes of SAFE', () => {
  it('are none while the first prices are awaited, and greeks_bad after that', () => {
    const joined = (agoMs: number): Assessment =>
      look({ legs: [heldLeg({ joinedAt: NOW - agoMs })], quotes: { legs: [] } });
    assert.deepEqual(joined(9999).causes, []);
    assert.deepEqual(joined(10_000).causes, ['greeks_bad']);
  });

  it('are each found', () => {
    assert.deepEqual(look({ engine: { ...GOOD_ENGINE, brokerDown: true } }).causes, [
      'broker_down',
    ]);
    assert.deepEqual(look({ legs: [], owned: 5 }).causes, ['orphan_shares']);
    for (const cause of LATCHED_CAUSES) {
      const expected = cause === 'daily_loss_limit' ? [] : [cause];
      assert.deepEqual(look({ latched: [cause] }).causes, expected);
    }
  });

  it('include the loss limit only where it halts', () => {
    const settings = { gates: { guard: { risk: { on_daily_loss: 'halt' } } } } as const;
    assert.deepEqual(look({ settings, latched: ['daily_loss_limit'] }).causes, [
      'daily_loss_limit',
    ]);
    assert.deepEqual(look({ dailyPnl: -5000 }).trips, ['daily_loss_limit']);
    assert.deepEqual(look({ dailyPnl: -4999 }).trips, []);
  });

  it('count a loss from the allowance that was given, on its day', () => {
    const allowance = { day: '20230803', fromPnl: -5200, fromAccountPnl: null, usd: 1000 };
    const given = { memory: { ...NO_MEMORY, lossAllowance: allowance } };
    assert.deepEqual(look({ dailyPnl: -6199, ...given }).trips, []);
    assert.deepEqual(look({ dailyPnl: -6200, ...given }).trips, ['daily_loss_limit']);
    const old = { memory: { ...NO_MEMORY, lossAllowance: { ...allowance, day: '20230802' } } };
    assert.deepEqual(look({ dailyPnl: -5000, ...old }).trips, ['daily_loss_limit']);
  });

  it('ask for a latch when rejects come in a row', () => {
    const memory = { ...NO_MEMORY, rejectStreak: 3 };
    assert.deepEqual(look({ memory }).trips, ['exec_fault']);
  });
});

describe('a hedge under way', () => {
  const working = (
    owned: number,
    optionDelta: number,
    patch: BookPatch = {},
    rest = Math.max(0, 112 + owned),
  ): Assessment =>
    look({
      owned,
      optionDelta,
      execution: {
        class: 'E1',
        orderInFlight: true,
        intent: { side: 'SELL', ownedAtStart: 0, rest },
      },
      ...patch,
    });

  it('stays wanted while its need lasts, its own fills counted', () => {
    assert.equal(working(0, 112).unwanted, null);
    assert.equal(working(-107, 112).unwanted, null);
    assert.equal(working(-112, 112).unwanted, null);
  });

  it('is unwanted when the need changed sign or fell below the minimum', () => {
    assert.equal(working(0, -30).unwanted, 'need_gone');
    assert.equal(working(-60, 50).unwanted, 'need_gone');
    assert.equal(working(0, 9).unwanted, 'need_gone');
    assert.equal(working(0, 10, {}, 20).unwanted, null);
  });

  it('is unwanted where the rest of it would carry delta out of the band on the other side', () => {
    assert.equal(working(0, 10).unwanted, 'need_gone');
    // Another order was filled late: what is left to sell is no more than 22.
    assert.equal(working(-90, 112, {}, 112).unwanted, 'need_gone');
    assert.equal(working(-90, 112, {}, 40).unwanted, null);
    // Still on the side that it came from, or not beyond where a hedge begins.
    assert.equal(working(0, 400, {}, 112).unwanted, null);
    assert.equal(working(-60, 112, {}, 100).unwanted, null);
  });

  it('is unwanted in the closing cut, and judged by nothing while delta is unknown', () => {
    assert.equal(working(0, 112, { now: at('15:59:50') }).unwanted, 'close_cut');
    assert.equal(working(0, 112, { quotes: { legs: [] } }).unwanted, null);
  });
});
