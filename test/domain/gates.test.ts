import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { assess, explain } from '../../src/domain/assessment.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import { GATE_BY_ID, GATES, type GateId } from '../../src/domain/gates.ts';
import {
  at,
  type BookPatch,
  bookInput,
  bookQuotes,
  GOOD_ENGINE,
  heldLeg,
  legQuote,
  NO_MEMORY,
  NOW,
  optionContract,
  SECOND,
} from '../support/book.ts';

interface GateCase {
  /** On the open side of the edge: a target comes out, unless another gate is named. */
  readonly open: readonly BookPatch[];
  /** On the closed side: this gate, and only those named beside it, are closed. */
  readonly closed: readonly BookPatch[];
  readonly openBlocks?: readonly GateId[];
  readonly closedBlocks?: readonly GateId[];
}

const engine = (patch: Partial<typeof GOOD_ENGINE>): BookPatch => ({
  engine: { ...GOOD_ENGINE, ...patch },
});
const memory = (patch: Partial<typeof NO_MEMORY>): BookPatch => ({
  memory: { ...NO_MEMORY, ...patch },
});
const lastHedge = (agoMs: number, price: number): BookPatch =>
  memory({ lastHedge: { ts: NOW - agoMs, price } });
const flag = (open: BookPatch, closed: BookPatch): GateCase => ({ open: [open], closed: [closed] });
const degraded = (blocksHedge: boolean): BookPatch =>
  engine({ degraded: [{ reason: 'x', blocksHedge, blocksFlatten: false }] });
const times = (count: number, agoMs: number): number[] =>
  Array.from({ length: count }, () => NOW - agoMs);
const risk = (
  patch: NonNullable<
    NonNullable<NonNullable<NonNullable<BookPatch['settings']>['gates']>['guard']>['risk']
  >,
): BookPatch => ({
  settings: { gates: { guard: { risk: patch } } },
});
const account = (
  settings: { max_daily_loss_usd?: number; max_daily_notional_usd?: number },
  view: { dailyPnl?: number; dailyNotional?: number; orderTimes?: number[] },
): BookPatch => ({
  settings: { gates: { guard: { account: settings } } },
  account: { dailyPnl: 0, dailyNotional: 0, orderTimes: [], ...view },
});
const latched = (cause: 'position_break' | 'exec_fault'): GateCase =>
  flag({}, { latched: [cause] });
const earnings = (date: string): BookPatch => ({
  settings: { gates: { strategy: { earnings: { mode: 'force_only', dates: [date] } } } },
});
const expired = (spot: number): BookPatch => ({
  legs: [heldLeg({ contract: optionContract({ expiry: '20230802' }), quantity: 1 })],
  quotes: { bid: spot - 0.01, ask: spot + 0.01, legs: [] },
});
const minHedge = (shares: number): BookPatch => ({
  optionDelta: 25,
  settings: { gates: { intent: { hedge: { min_hedge_shares: shares } } } },
});
const minMove = (pct: number): BookPatch => ({
  ...lastHedge(60 * SECOND, 400),
  settings: { gates: { intent: { hedge: { min_price_move_pct: pct } } } },
});
const spread = (half: number): BookPatch => ({ quotes: { bid: 450 - half, ask: 450 + half } });

/** Each gate on both sides of its edge. The type makes the list complete. */
const CASES: Readonly<Record<GateId, GateCase>> = {
  stopping: flag({}, engine({ stopping: true })),
  standby: flag({}, engine({ standby: true })),
  not_synced: { open: [{}], closed: [engine({ synced: false }), engine({ brokerDown: true })] },
  suspended: flag({}, engine({ suspended: true })),
  degraded: flag(degraded(false), degraded(true)),
  no_option_position: {
    open: [{}],
    closed: [{ legs: [] }],
    closedBlocks: ['in_band', 'below_threshold', 'min_hedge_shares'],
  },
  strategy_disabled: flag({}, { settings: { strategy_enabled: false } }),
  outside_rth: {
    open: [{ now: at('15:59:44') }, { now: epochOf('20230703', '12:59:44') }],
    closed: [{ now: at('16:00') }, { now: at('09:29:59') }, { now: epochOf('20230703', '13:00') }],
  },
  holiday: flag({ now: epochOf('20230703', '12:00') }, { now: epochOf('20230704', '12:00') }),
  halted: flag({ quotes: { halted: false } }, { quotes: { halted: true } }),
  open_delay: {
    open: [{ now: at('09:31') }],
    closed: [{ now: at('09:30') }, { now: at('09:31') - 1 }],
  },
  close_cut: {
    open: [{ now: at('15:59:45') - 1 }],
    closed: [{ now: at('15:59:45') }, { now: at('16:00') - 1 }],
  },
  calendar_mismatch: flag({}, engine({ calendarMismatch: true })),
  earnings_blackout: {
    open: [earnings('2023-08-09'), earnings('2023-08-01')],
    closed: [earnings('2023-08-08'), earnings('2023-08-03'), earnings('2023-08-02')],
  },
  data_stale: {
    open: [{ quotes: { spotTs: NOW - 6999 } }],
    closed: [
      { quotes: { spotTs: NOW - 7000 } },
      {
        quotes: { spotTs: NOW - 5000 },
        probe: { askedAt: NOW - 1, answeredAt: null, failedAt: NOW - 1 },
      },
    ],
  },
  data_lag: flag({ quotes: { lagMs: 1000 } }, { quotes: { lagMs: 1001 } }),
  greeks_bad: {
    open: [{}],
    closed: [
      { quotes: { legs: [legQuote({ quality: 'invalid' })] } },
      { quotes: { legs: [legQuote({ delta: Number.NaN })] } },
      { quotes: { legs: [] } },
    ],
    closedBlocks: ['min_hedge_shares'],
  },
  no_quote: {
    open: [{ quotes: { bid: 450, ask: 450 } }],
    closed: [
      { quotes: { bid: 450.01, ask: 450 } },
      { quotes: { bid: 0 } },
      { quotes: { ask: Number.NaN } },
    ],
  },
  spread_extreme: { open: [spread(1.12)], closed: [spread(1.13)] },
  leg_settling: {
    open: [{ legsChangedAt: NOW - 30_000 }, { optionOrderSince: NOW - 120_000 }],
    closed: [
      { legsChangedAt: NOW - 29_999 },
      { legs: [heldLeg({ changedAt: NOW - 29_999 })] },
      { optionOrderSince: NOW - 119_999 },
    ],
  },
  in_band: {
    open: [{ optionDelta: 11 }, { optionDelta: -11 }],
    openBlocks: ['below_threshold'],
    closed: [{ optionDelta: 10 }, { optionDelta: -10 }],
    closedBlocks: ['below_threshold'],
  },
  below_threshold: {
    open: [{ optionDelta: 25 }, { optionDelta: -25 }],
    closed: [{ optionDelta: 24 }, { optionDelta: -24 }],
  },
  min_hedge_shares: flag(minHedge(25), minHedge(26)),
  max_hedge_shares_per_order: { open: [{ optionDelta: 501 }], closed: [] },
  min_price_move: flag(minMove(12.5), minMove(12.500001)),
  cooldown: flag(lastHedge(60_000, 400), lastHedge(59_999, 400)),
  daily_loss_limit: {
    open: [{ dailyPnl: -4999.99 }, { dailyPnl: null }],
    closed: [{ dailyPnl: -5000 }, { latched: ['daily_loss_limit'] }],
  },
  max_daily_hedge_count: {
    open: [memory({ dailyHedgeCount: 49 }), memory({ dailyHedgeCount: 50, day: '20230802' })],
    closed: [memory({ dailyHedgeCount: 50 })],
  },
  max_daily_hedge_cost: flag(
    { ...risk({ max_daily_hedge_cost_usd: 100 }), ...memory({ dailyHedgeCost: 99.99 }) },
    { ...risk({ max_daily_hedge_cost_usd: 100 }), ...memory({ dailyHedgeCost: 100 }) },
  ),
  max_position: {
    open: [{ owned: 1990, optionDelta: -2102 }],
    closed: [{ owned: 1991, optionDelta: -2103 }],
  },
  max_notional: flag(risk({ max_notional_usd: 4500 }), risk({ max_notional_usd: 4499 })),
  spread_too_wide: flag(risk({ max_spread_pct: 0.0045 }), risk({ max_spread_pct: 0.0044 })),
  price_collar: flag(risk({ price_collar_pct: 0.00223 }), risk({ price_collar_pct: 0.00222 })),
  order_rate: {
    open: [memory({ orderTimes: [NOW - 60_000, ...times(9, 59_999)] })],
    closed: [memory({ orderTimes: times(10, 59_999) })],
  },
  reject_streak: flag(memory({ rejectStreak: 2 }), memory({ rejectStreak: 3 })),
  order_in_flight: {
    open: [{}],
    closed: [
      { execution: { class: 'E1', orderInFlight: true, intent: null } },
      { execution: { class: 'E4', orderInFlight: false, intent: null } },
      { execution: { class: 'E0', orderInFlight: true, intent: null } },
    ],
  },
  position_break: latched('position_break'),
  ownership_unconfirmed: flag({}, { latched: ['ownership_unconfirmed'] }),
  corporate_action: flag({}, { latched: ['corporate_action'] }),
  exec_fault: latched('exec_fault'),
  expiry_pending: flag(expired(452.3), expired(452.2)),
  delayed_data: flag({ quotes: { dataType: 1 } }, { quotes: { dataType: 3 } }),
  account_daily_loss: flag(
    account({ max_daily_loss_usd: 1000 }, { dailyPnl: -999.99 }),
    account({ max_daily_loss_usd: 1000 }, { dailyPnl: -1000 }),
  ),
  account_daily_notional: flag(
    account({ max_daily_notional_usd: 100_000 }, { dailyNotional: 49_600 }),
    account({ max_daily_notional_usd: 100_000 }, { dailyNotional: 49_601 }),
  ),
  account_order_rate: flag(
    account({}, { orderTimes: [NOW - 60_000, ...times(29, 59_999)] }),
    account({}, { orderTimes: times(30, 59_999) }),
  ),
  lease: flag({}, engine({ leaseHeld: false })),
};

const ids = GATES.map(({ id }) => id);

describe('the gates', () => {
  it('are all here, once each and in their order', () => {
    assert.deepEqual(Object.keys(CASES), ids);
    assert.equal(new Set(ids).size, ids.length);
  });

  for (const id of ids) {
    const { open, closed, openBlocks = [], closedBlocks = [] } = CASES[id];
    it(`${id} is open on one side of its edge and closed on the other`, () => {
      for (const patch of open) {
        const { blocked, target } = assess(bookInput(patch));
        assert.deepEqual(blocked, openBlocks);
        assert.equal(target !== null, openBlocks.length === 0);
      }
      for (const patch of closed) {
        const { blocked, target } = assess(bookInput(patch));
        const expected = ids.filter((gate) => gate === id || closedBlocks.includes(gate));
        assert.deepEqual(blocked, expected);
        assert.equal(target, null);
      }
    });
  }

  it('every gate that can block has been seen closed', () => {
    const seen = new Set(
      ids.flatMap((id) => CASES[id].closed.flatMap((patch) => assess(bookInput(patch)).blocked)),
    );
    const clipsOnly: GateId = 'max_hedge_shares_per_order';
    assert.deepEqual(
      ids.filter((id) => !seen.has(id)),
      [clipsOnly],
    );
  });

  it('meet a flatten only where the specification says so', () => {
    const met = GATES.filter(({ appliesTo }) => appliesTo.includes('flatten'));
    assert.deepEqual(met.map(({ id }) => id).sort(), [
      'data_stale',
      'degraded',
      'delayed_data',
      'halted',
      'holiday',
      'lease',
      'max_hedge_shares_per_order',
      'no_quote',
      'not_synced',
      'order_in_flight',
      'order_rate',
      'outside_rth',
      'price_collar',
      'standby',
      'stopping',
    ]);
  });

  it('say in words what they mean', () => {
    for (const { id, meaning } of GATES) {
      assert.ok(meaning.length > 10, id);
      assert.equal(GATE_BY_ID[id].meaning, meaning);
    }
  });
});

/** A net delta that must be hedged: half as much again as the forced limit. */
const forced = (patch: BookPatch): BookPatch => ({ optionDelta: 750, ...patch });

/** What D3 opens; everything else stays closed for it. */
const OPENED_BY_FORCE: readonly GateId[] = [
  'cooldown',
  'min_price_move',
  'earnings_blackout',
  'open_delay',
  'max_daily_hedge_count',
  'daily_loss_limit',
  'spread_extreme',
  'in_band',
  'below_threshold',
];

describe('a forced hedge (D3)', () => {
  for (const id of OPENED_BY_FORCE.filter(
    (gate) => !['in_band', 'below_threshold'].includes(gate),
  )) {
    it(`passes ${id}`, () => {
      for (const patch of CASES[id].closed) {
        const { space, target, blocked } = assess(bookInput(forced(patch)));
        assert.equal(space.D, 'D3');
        assert.deepEqual(blocked, []);
        assert.equal(target?.forced, true);
        assert.equal(target?.quantity, -500);
      }
    });
  }

  const needsOwnDelta: readonly GateId[] = [
    'no_option_position',
    'greeks_bad',
    'min_hedge_shares',
    'max_position',
    'expiry_pending',
  ];
  for (const id of ids) {
    if (OPENED_BY_FORCE.includes(id) || needsOwnDelta.includes(id)) continue;
    it(`does not pass ${id}`, () => {
      for (const patch of CASES[id].closed) {
        assert.ok(assess(bookInput(forced(patch))).blocked.includes(id));
      }
    });
  }

  it('stops at twice the daily number of hedges', () => {
    assert.deepEqual(assess(bookInput(forced(memory({ dailyHedgeCount: 99 })))).blocked, []);
    const { blocked } = assess(bookInput(forced(memory({ dailyHedgeCount: 100 }))));
    assert.deepEqual(blocked, ['max_daily_hedge_count']);
  });

  it('stops at the loss limit where the limit halts', () => {
    const halt = risk({ on_daily_loss: 'halt' });
    assert.deepEqual(assess(bookInput(forced({ ...halt, dailyPnl: -5000 }))).blocked, [
      'daily_loss_limit',
    ]);
  });

  it('stops at earnings where earnings block', () => {
    const strategy = { earnings: { mode: 'block', dates: ['2023-08-03'] } } as const;
    const { blocked } = assess(bookInput(forced({ settings: { gates: { strategy } } })));
    assert.deepEqual(blocked, ['earnings_blackout']);
  });

  it('goes out at mid when the spread is extreme', () => {
    const wide = explain(bookInput(forced(spread(2))));
    assert.equal(wide.assessment.target?.atMid, true);
    assert.equal(wide.wouldBeOrder?.limitPrice, 450);
    const normal = explain(bookInput(forced({})));
    assert.equal(normal.assessment.target?.atMid, false);
    assert.equal(normal.wouldBeOrder?.limitPrice, 449.98);
  });
});

describe('explain', () => {
  it('shows every gate in order, with the numbers at hand', () => {
    const { gates, assessment } = explain(bookInput(lastHedge(59_999, 400)));
    assert.deepEqual(
      gates.map(({ gate }) => gate),
      ids,
    );
    assert.deepEqual(
      gates.filter(({ pass }) => !pass).map(({ gate }) => gate),
      assessment.blocked,
    );
    assert.deepEqual(
      gates.find(({ gate }) => gate === 'cooldown'),
      {
        group: 'intent',
        gate: 'cooldown',
        pass: false,
        value: 60,
        limit: 60,
        unit: 's',
        opensAt: NOW + 1,
      },
    );
  });

  it('names the time at which a gate opens, and it is open then', () => {
    for (const id of ids) {
      for (const patch of CASES[id].closed) {
        const input = bookInput(patch);
        const opensAt = explain(input).gates.find(({ gate }) => gate === id)?.opensAt ?? null;
        if (opensAt === null) continue;
        assert.ok(opensAt > input.now, id);
        const then = explain({ ...input, now: opensAt }).gates.find(({ gate }) => gate === id);
        assert.equal(then?.pass, true, id);
      }
    }
  });

  it('has a time for every gate that time alone opens', () => {
    const timed = ids.filter((id) =>
      CASES[id].closed.some((patch) =>
        explain(bookInput(patch)).gates.some(
          ({ gate, opensAt }) => gate === id && opensAt !== null,
        ),
      ),
    );
    assert.deepEqual(timed, [
      'outside_rth',
      'holiday',
      'open_delay',
      'close_cut',
      'leg_settling',
      'cooldown',
      'max_daily_hedge_count',
      'max_daily_hedge_cost',
      'order_rate',
      'account_order_rate',
    ]);
  });

  it('shows numbers and texts, never NaN', () => {
    const bare: BookPatch[] = [{ quotes: null }, { legs: [] }, { quotes: { legs: [] } }];
    for (const patch of bare) {
      for (const { gate, value, limit } of explain(bookInput(patch)).gates) {
        assert.ok(!Number.isNaN(value) && !Number.isNaN(limit), gate);
      }
    }
  });

  it('says in one sentence why it does not hedge', () => {
    const why = (patch: BookPatch): string => explain(bookInput(patch)).why;
    assert.equal(why({ optionDelta: -4.2 }), 'net delta −4.2 is inside the band ±10');
    assert.equal(
      why({ optionDelta: 12.44 }),
      'net delta +12.4 is outside the band, but below the threshold ±25',
    );
    assert.equal(why({}), 'sells 112 shares: net delta +112 is at or beyond the threshold ±25');
    assert.equal(
      why({ optionDelta: -620 }),
      'buys 500 shares: net delta −620 is at or beyond the limit ±500',
    );
    assert.equal(
      why(lastHedge(20_000, 400)),
      'would sell 112 shares, but cooldown opens at 10:30:40 New York',
    );
    assert.equal(
      why({ now: at('17:00') }),
      'would sell 112 shares, but outside_rth opens at 2023-08-04 09:30:00 New York',
    );
    assert.equal(
      why(engine({ suspended: true })),
      'would sell 112 shares, but suspended: hedging is suspended by the operator',
    );
    assert.equal(
      why(spread(1.13)),
      'would sell 112 shares, but spread_extreme: the spread is extreme ' +
        '(0.5022 against 0.5 % of mid)',
    );
    assert.equal(why({ legs: [] }), 'the book has no option legs');
    assert.equal(
      why({ latched: ['position_break'] }),
      "does not hedge: position_break, the account's shares are not explained",
    );
    assert.equal(
      why({ legs: [heldLeg({ joinedAt: NOW })], quotes: { legs: [] } }),
      'net delta is not known: no greeks of SPY 2023-09-01 450 C',
    );
  });
});

// A view on quotes alone keeps the builder honest: the default book stands in an open market.
it('the book of the tests would hedge', () => {
  assert.equal(bookQuotes().dataType, 1);
  assert.deepEqual(assess(bookInput()).blocked, []);
});
