import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { assess, explain } from '../../src/domain/assessment.ts';
import { GATE_BY_ID, GATES, type GateId } from '../../src/domain/gates.ts';
import { type BookPatch, bookInput } from '../support/book.ts';
import { GATE_CASES, memory, risk, spread } from '../support/gate-cases.ts';

const ids = GATES.map(({ id }) => id);

describe('the gates', () => {
  it('are all here, once each and in their order', () => {
    assert.deepEqual(Object.keys(GATE_CASES), ids);
    assert.equal(new Set(ids).size, ids.length);
  });

  for (const id of ids) {
    const { open, closed, openBlocks = [], closedBlocks = [] } = GATE_CASES[id];
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
      ids.flatMap((id) =>
        GATE_CASES[id].closed.flatMap((patch) => assess(bookInput(patch)).blocked),
      ),
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
      for (const patch of GATE_CASES[id].closed) {
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
      for (const patch of GATE_CASES[id].closed) {
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

it('the book of the tests would hedge', () => {
  assert.deepEqual(assess(bookInput()).blocked, []);
});
