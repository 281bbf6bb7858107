import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type Assessment, assess, explain } from '../../src/domain/assessment.ts';
import type { AssessmentInput } from '../../src/domain/assessment-input.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import { whyText } from '../../src/domain/why.ts';
import { whyView } from '../../src/protocol/why-view.ts';
import {
  at,
  bookInput,
  bookSettings,
  GOOD_ENGINE,
  heldLeg,
  legQuote,
  MINUTE,
  NO_MEMORY,
  NOW,
  optionContract,
  SECOND,
} from '../support/book.ts';

/** Inputs of every kind, many of them near an edge. */
const times = fc.constantFrom(
  at('03:59:50'),
  at('09:29:59'),
  at('09:30'),
  at('09:30:30'),
  at('09:31'),
  NOW,
  at('15:59:30'),
  at('15:59:50'),
  at('16:00'),
  at('19:59:50'),
  at('23:59'),
  epochOf('20230704', '12:00'),
  epochOf('20230703', '12:59:50'),
);
const ago = fc.constantFrom(0, 1, 1999, 2000, 4999, 5000, 6999, 9999, 29_999, 59_999, 200_000);
const maybeAgo = fc.option(ago, { nil: null });

interface Draw {
  readonly now: number;
  readonly spotAgo: number;
  readonly watchedAgo: number | null;
  readonly changedAgo: number | null;
  readonly joinedAgo: number;
  readonly optionOrderAgo: number | null;
  readonly hedgeAgo: number | null;
  readonly clearedAgo: number | null;
  readonly askedAgo: number | null;
  readonly answeredAgo: number | null;
  readonly failedAgo: number | null;
  readonly delta: number;
  readonly owned: number;
  readonly halfSpread: number;
  readonly orders: number;
  readonly known: boolean;
  readonly legs: boolean;
  readonly remainder: boolean;
  readonly count: number;
  readonly pnl: number | null;
  readonly execution: 'E0' | 'E1' | 'E2' | 'E4';
  readonly expiry: string;
  readonly extended: boolean;
  readonly suspended: boolean;
  readonly earnings: 'alert' | 'force_only' | 'block';
  readonly intent: boolean;
}

const draws: fc.Arbitrary<Draw> = fc.record({
  now: times,
  spotAgo: ago,
  watchedAgo: maybeAgo,
  changedAgo: maybeAgo,
  joinedAgo: ago,
  optionOrderAgo: maybeAgo,
  hedgeAgo: maybeAgo,
  clearedAgo: maybeAgo,
  askedAgo: maybeAgo,
  answeredAgo: maybeAgo,
  failedAgo: maybeAgo,
  delta: fc.oneof(fc.integer({ min: -700, max: 700 }), fc.constantFrom(10, 25, 500, -25, 112)),
  owned: fc.constantFrom(0, -112, 50, 1990, -2500),
  halfSpread: fc.constantFrom(0.01, 0.3, 2, 6, -1),
  orders: fc.constantFrom(0, 9, 10, 30),
  known: fc.boolean(),
  legs: fc.boolean(),
  remainder: fc.boolean(),
  count: fc.constantFrom(0, 50, 100),
  pnl: fc.constantFrom(0, -5000, null),
  execution: fc.constantFrom('E0', 'E0', 'E0', 'E1', 'E2', 'E4'),
  expiry: fc.constantFrom('20230901', '20230901', '20230803', '20230704'),
  extended: fc.boolean(),
  suspended: fc.boolean(),
  earnings: fc.constantFrom('alert', 'force_only', 'block'),
  intent: fc.boolean(),
});

const SETTINGS = new Map(
  [true, false].flatMap((extended) =>
    (['alert', 'force_only', 'block'] as const).map((mode) => [
      `${extended}${mode}`,
      bookSettings({
        gates: {
          strategy: {
            trading_hours_only: !extended,
            earnings: { mode, dates: ['2023-08-04', '2023-07-05'] },
          },
        },
      }),
    ]),
  ),
);

function toInput(draw: Draw): AssessmentInput {
  const { now, delta, owned } = draw;
  const before = (value: number | null): number | null => (value === null ? null : now - value);
  const base = bookInput({
    now,
    owned,
    legs: draw.legs
      ? [
          heldLeg({
            contract: optionContract({ expiry: draw.expiry }),
            joinedAt: now - draw.joinedAgo,
          }),
        ]
      : [],
    quotes: {
      spotTs: now - draw.spotAgo,
      bid: 450 - draw.halfSpread,
      ask: 450 + draw.halfSpread,
      legs: draw.known ? [legQuote({ delta: (delta - owned) / 10_000 })] : [],
    },
    watchedSince: before(draw.watchedAgo),
    legsChangedAt: before(draw.changedAgo),
    optionOrderSince: before(draw.optionOrderAgo),
    memory: {
      ...NO_MEMORY,
      dailyHedgeCount: draw.count,
      lastHedge: draw.hedgeAgo === null ? null : { ts: now - draw.hedgeAgo, price: 450 },
      clearedAt: before(draw.clearedAgo),
      remainder: draw.remainder,
      orderTimes: Array.from({ length: draw.orders }, (_, n) => now - 70_000 + n * 2500),
    },
    probe: {
      askedAt: before(draw.askedAgo),
      answeredAt: before(draw.answeredAgo),
      failedAt: before(draw.failedAgo),
    },
    execution: {
      class: draw.execution,
      orderInFlight: draw.execution !== 'E0',
      intent: draw.intent ? { side: 'SELL', ownedAtStart: owned + 20, rest: 40 } : null,
    },
    engine: { ...GOOD_ENGINE, suspended: draw.suspended },
    dailyPnl: draw.pnl,
    account: {
      dailyPnl: null,
      dailyNotional: 0,
      orderTimes: Array.from({ length: draw.orders === 9 ? 30 : 0 }, (_, n) => now - 50_000 + n),
    },
  });
  const settings = SETTINGS.get(`${draw.extended}${draw.earnings}`);
  assert.ok(settings);
  return { ...base, settings };
}

/** What a machine, or a reader of the verdict, could act on. */
function decision(assessment: Assessment): unknown {
  const { space, verdict, causes, trips, dataReady, marketClosed, needProbe } = assessment;
  const { earningsNear, blocked, unwanted, target } = assessment;
  const goal = target && { shares: target.targetShares, forced: target.forced, mid: target.atMid };
  return {
    ...{ space, verdict, causes, trips, dataReady, marketClosed, needProbe },
    ...{ earningsNear, blocked, unwanted, goal },
  };
}

describe('any assessment', () => {
  it('stays the same until validUntil', () => {
    fc.assert(
      fc.property(draws, fc.double({ min: 0, max: 1, noNaN: true }), (draw, part) => {
        const input = toInput(draw);
        const now = assess(input);
        assert.ok(now.validUntil > input.now);
        const until = Math.min(now.validUntil, input.now + 30 * 60 * MINUTE);
        const last = Math.ceil(until) - 1;
        for (const then of [last, Math.floor(input.now + part * (last - input.now))]) {
          const later = assess({ ...input, now: then });
          assert.deepEqual(decision(later), decision(now));
          assert.equal(later.signature, now.signature);
          assert.equal(later.validUntil, now.validUntil);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('followed from one validUntil to the next misses no change in between', () => {
    fc.assert(
      fc.property(draws, (draw) => {
        const input = toInput(draw);
        const end = input.now + 3 * MINUTE;
        let current = assess(input);
        for (let now = input.now; now < end; now += SECOND) {
          // The timer stands at validUntil; the clock is looked at every second.
          while (current.validUntil <= now) {
            current = assess({ ...input, now: current.validUntil });
          }
          assert.equal(assess({ ...input, now }).signature, current.signature);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('has the same signature as another exactly when both decide the same', () => {
    const bySignature = new Map<string, string>();
    const byDecision = new Map<string, string>();
    fc.assert(
      fc.property(draws, (draw) => {
        const assessment = assess(toInput(draw));
        const made = JSON.stringify(decision(assessment));
        const { signature } = assessment;
        assert.equal(bySignature.get(signature) ?? made, made);
        assert.equal(byDecision.get(made) ?? signature, signature);
        bySignature.set(signature, made);
        byDecision.set(made, signature);
      }),
      { numRuns: 2000 },
    );
  });

  it('sent only on a changed signature leads to the same orders as sent every time', () => {
    const steps = fc.array(fc.oneof(draws, fc.constantFrom('same' as const, 'done' as const)), {
      minLength: 2,
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (run) => {
        const every = follower();
        const edges = follower();
        let last = assess(bookInput({ optionDelta: 0 }));
        every.take(last);
        edges.take(last);
        for (const step of run) {
          if (step === 'done') {
            every.done(last);
            edges.done(last);
            continue;
          }
          const next = step === 'same' ? last : assess(toInput({ ...step, execution: 'E0' }));
          every.take(next);
          if (next.signature !== last.signature) edges.take(next);
          last = next;
          assert.deepEqual([edges.state(), edges.orders()], [every.state(), every.orders()]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives a target only in the states that allow one, and within every limit', () => {
    fc.assert(
      fc.property(draws, (draw) => {
        const input = toInput(draw);
        const { target, space: s, blocked, netDelta, verdict } = assess(input);
        assert.equal(target !== null, blocked.length === 0 && verdict === 'NEED_HEDGE');
        if (target === null) return;
        assert.ok(s.O !== 'O0' && (s.D === 'D2' || s.D === 'D3'));
        assert.ok(s.L === 'L0' || s.L === 'L1' || (s.L === 'L2' && s.D === 'D3'));
        assert.ok(s.E === 'E0' && s.S === 'S0');
        const after = input.owned + target.quantity;
        assert.ok(Math.abs(target.quantity) <= 500);
        assert.ok(Math.abs(after) <= 2000 || Math.abs(after) < Math.abs(input.owned));
        assert.ok(Math.abs(netDelta + target.quantity) < Math.abs(netDelta));
      }),
      { numRuns: 2000 },
    );
  });

  it('is explained by the same gates', () => {
    fc.assert(
      fc.property(draws, (draw) => {
        const input = toInput(draw);
        const { assessment, gates, why } = explain(input);
        assert.deepEqual(assessment, assess(input));
        const closed = gates.filter(({ pass }) => !pass).map(({ gate }) => gate);
        assert.deepEqual(closed, assessment.blocked);
        const sentence = whyText(why, input.now);
        assert.ok(!/NaN|undefined|null/.test(sentence), sentence);
        // What programs read: JSON has no number that is none.
        assert.deepEqual(whyView.parse(JSON.parse(JSON.stringify(why))), why);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The smallest machine with the edges of `trading`: SAFE first returns to SYNC, one hedge open. */
function follower(): {
  take(assessment: Assessment): void;
  done(last: Assessment): void;
  state(): string;
  orders(): readonly number[];
} {
  let state = 'SYNC';
  const orders: number[] = [];
  const step = ({ causes, dataReady, verdict, target }: Assessment): string => {
    if (causes.length > 0) return 'SAFE';
    if (state === 'SAFE') return 'SYNC';
    if (state === 'SYNC') return dataReady ? 'MONITOR' : 'SYNC';
    if (state === 'HEDGING') return 'HEDGING';
    if (target === null || state !== 'NEED_HEDGE') return verdict;
    orders.push(target.targetShares);
    return 'HEDGING';
  };
  // Delivered again after every transition, as the specification has it.
  const take = (assessment: Assessment): void => {
    for (let before = ''; before !== state; ) {
      before = state;
      state = step(assessment);
    }
  };
  return {
    take,
    done: (last) => {
      if (state !== 'HEDGING') return;
      state = 'MONITOR';
      take(last);
    },
    state: () => state,
    orders: () => orders,
  };
}
