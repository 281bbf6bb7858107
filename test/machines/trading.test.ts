import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it, vi } from 'vitest';
import { start } from '../../machines/step.ts';
import { createTradingMachine, type TradingEvent } from '../../machines/trading.ts';
import { effectText, Tour } from '../support/tour.ts';
import { assessed } from './trading-events.ts';

// Drawn tests have time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const machine = createTradingMachine();
const BEGIN = start(machine, undefined as never).snapshot;

const START = { type: 'START' } as const;
const HELD = { type: 'timer.elapsed', name: 'safe_hold' } as const;
const EMITTED = { type: 'TARGET_EMITTED' } as const;
const DONE = { type: 'DONE' } as const;
const FLATTEN = { type: 'FLATTEN_TARGET' } as const;
const HEDGE_NOW = { type: 'HEDGE_NOW' } as const;
const RETRY = { type: 'FAILED', retry: true } as const;
const NO_RETRY = { type: 'FAILED', retry: false } as const;
const MANUAL = { type: 'MANUAL_RESUME', reason: 'looked at' } as const;
const NEEDED = assessed({ verdict: 'NEED_HEDGE' });
const ALLOWED = assessed({ verdict: 'NEED_HEDGE', targetAllowed: true });
const GONE = assessed({ verdict: 'EMPTY' });
const ORPHANED = assessed({ verdict: 'EMPTY', causes: ['orphan_shares'] });
const STALE = assessed({ causes: ['data_stale'] });
const DOWN = assessed({ causes: ['broker_down'] });

type StateName =
  | 'BOOT'
  | 'SYNC'
  | 'IDLE'
  | 'ARMED'
  | 'MONITOR'
  | 'NO_TRADE'
  | 'PAUSE_COST'
  | 'PAUSE_LIQ'
  | 'NEED_HEDGE'
  | 'HEDGING'
  | 'SAFE';

const idle = [START, assessed()];
const armed = [...idle, assessed()];
const monitor = [...armed, assessed()];

/** How each state is reached from the beginning. */
const PATHS: Readonly<Record<StateName, readonly TradingEvent[]>> = {
  BOOT: [],
  SYNC: [START],
  IDLE: idle,
  ARMED: armed,
  MONITOR: monitor,
  NO_TRADE: [...monitor, assessed({ verdict: 'NO_TRADE' })],
  PAUSE_COST: [...monitor, assessed({ verdict: 'PAUSE_COST' })],
  PAUSE_LIQ: [...monitor, assessed({ verdict: 'PAUSE_LIQ' })],
  NEED_HEDGE: [...monitor, NEEDED],
  HEDGING: [...monitor, NEEDED, EMITTED],
  SAFE: [...monitor, STALE],
};

const STATES = Object.keys(PATHS) as StateName[];
const WATCHING = ['MONITOR', 'NO_TRADE', 'PAUSE_COST', 'PAUSE_LIQ', 'NEED_HEDGE'] as const;
const HOLD = 'startTimer safe_hold';
const UNHOLD = 'cancelTimer safe_hold';

type Row = readonly [
  from: StateName,
  event: TradingEvent,
  to: StateName,
  effects?: readonly string[],
  before?: readonly TradingEvent[],
];

const ROWS: readonly Row[] = [
  ['BOOT', START, 'SYNC'],
  ['BOOT', assessed(), 'BOOT'],
  ['BOOT', STALE, 'BOOT'],
  ['SYNC', assessed(), 'IDLE'],
  ['SYNC', assessed({ synced: false }), 'SYNC'],
  ['SYNC', assessed({ dataReady: false }), 'SYNC'],
  ['SYNC', STALE, 'SAFE', [HOLD]],
  ['SYNC', DOWN, 'SAFE', [HOLD]],
  ['SYNC', assessed({ causes: ['position_break'] }), 'SAFE', [HOLD]],
  ['SYNC', FLATTEN, 'SYNC'],
  ['IDLE', assessed(), 'ARMED'],
  ['IDLE', assessed({ strategyEnabled: false }), 'IDLE'],
  ['IDLE', GONE, 'IDLE'],
  ['IDLE', ORPHANED, 'SAFE', [HOLD]],
  ['IDLE', FLATTEN, 'HEDGING'],
  ['IDLE', HEDGE_NOW, 'HEDGING'],
  ['ARMED', assessed(), 'MONITOR'],
  ['ARMED', assessed({ verdict: 'UNPRICED' }), 'ARMED'],
  ['ARMED', GONE, 'IDLE'],
  ['ARMED', assessed({ strategyEnabled: false }), 'IDLE'],
  ['ARMED', STALE, 'SAFE', [HOLD]],
  ['ARMED', FLATTEN, 'HEDGING'],
  ['ARMED', HEDGE_NOW, 'HEDGING'],
  ...WATCHING.flatMap((from): Row[] => [
    [from, assessed({ verdict: 'NO_TRADE' }), 'NO_TRADE'],
    [from, assessed({ verdict: 'MONITOR' }), 'MONITOR'],
    [from, assessed({ verdict: 'PAUSE_COST' }), 'PAUSE_COST'],
    [from, assessed({ verdict: 'PAUSE_LIQ' }), 'PAUSE_LIQ'],
    [from, NEEDED, 'NEED_HEDGE'],
    [from, assessed({ verdict: 'UNPRICED' }), from],
    [from, GONE, 'IDLE'],
    [from, assessed({ strategyEnabled: false }), 'IDLE'],
    [from, STALE, 'SAFE', [HOLD]],
    [from, FLATTEN, 'HEDGING'],
    [from, HEDGE_NOW, 'HEDGING'],
  ]),
  ['NEED_HEDGE', ALLOWED, 'NEED_HEDGE', ['emitTarget']],
  ['NEED_HEDGE', EMITTED, 'HEDGING'],
  // A cause goes before a target, whatever the gates say.
  [
    'NEED_HEDGE',
    assessed({ verdict: 'NEED_HEDGE', targetAllowed: true, causes: ['position_break'] }),
    'SAFE',
    [HOLD],
  ],
  ['HEDGING', assessed({ verdict: 'NO_TRADE' }), 'HEDGING'],
  ['HEDGING', ALLOWED, 'HEDGING'],
  ['HEDGING', DONE, 'MONITOR'],
  ['HEDGING', RETRY, 'NEED_HEDGE'],
  ['HEDGING', NO_RETRY, 'SAFE', [HOLD]],
  ['HEDGING', GONE, 'SAFE', ['wantCancel legs_gone', HOLD]],
  ['HEDGING', ORPHANED, 'SAFE', ['wantCancel legs_gone', HOLD]],
  ['HEDGING', STALE, 'SAFE', [HOLD]],
  ['SAFE', STALE, 'SAFE', [UNHOLD]],
  ['SAFE', assessed(), 'SAFE', [HOLD]],
  ['SAFE', assessed(), 'SAFE', [], [assessed()]],
  ['SAFE', HELD, 'SAFE'],
  ['SAFE', HELD, 'SYNC', [UNHOLD], [assessed()]],
  ['SAFE', MANUAL, 'SAFE', []],
  ['SAFE', FLATTEN, 'HEDGING', [UNHOLD]],
  ['SAFE', HEDGE_NOW, 'HEDGING', [UNHOLD]],
  ['SAFE', FLATTEN, 'SAFE', [], [DOWN]],
  ['SAFE', HEDGE_NOW, 'SAFE', [], [DOWN]],
  // Outputs are recorded and move nothing anywhere else.
  ...STATES.filter((from) => from !== 'HEDGING').flatMap((from): Row[] => [
    [from, DONE, from],
    [from, RETRY, from],
    [from, NO_RETRY, from],
  ]),
];

const tour = new Tour(machine);

function play(events: readonly TradingEvent[], from = BEGIN) {
  return events.reduce((snapshot, event) => tour.step(snapshot, event).snapshot, from);
}

function title([from, event, to, , before]: Row): string {
  const facts = event.type === 'ASSESSED' ? event.facts : null;
  const detail = [
    facts?.verdict,
    ...(facts?.causes ?? []),
    facts?.strategyEnabled === false && 'disabled',
    facts?.synced === false && 'not synced',
    facts?.dataReady === false && 'no data',
    facts?.targetAllowed && 'allowed',
    'retry' in event && (event.retry ? 'retry' : 'no retry'),
    before && 'after more',
  ];
  return `${from} goes to ${to} on ${[event.type, ...detail].filter(Boolean).join(' ')}`;
}

it('begins under its name, with nothing that speaks against trading', () => {
  assert.equal(machine.id, 'trading');
  assert.deepEqual(BEGIN.context, { causes: [] });
});

describe('the trading machine', () => {
  it.each(ROWS.map((row) => [title(row), row] as const))('%s', (_, row) => {
    const [from, event, to, effects = [], before = []] = row;
    const given = play([...PATHS[from], ...before]);
    assert.equal(given.value, from);
    const { snapshot, effects: did } = tour.step(given, event);
    assert.equal(snapshot.value, to);
    assert.deepEqual(did.map(effectText), effects);
  });

  it('starts in BOOT, and a row leaves every state and takes every transition', () => {
    assert.equal(BEGIN.value, 'BOOT');
    for (const [from, event, , , before = []] of ROWS) {
      tour.step(play([...PATHS[from], ...before]), event);
    }
    assert.deepEqual(tour.untaken, []);
    assert.deepEqual(tour.unrefused, []);
  });

  it('ignores what it does not know, in every state', () => {
    for (const state of STATES) {
      const given = play(PATHS[state]);
      const { snapshot, effects } = tour.step(given, { type: 'NONSENSE' } as never);
      assert.deepEqual([snapshot.value, snapshot.context], [given.value, given.context]);
      assert.deepEqual(effects, []);
    }
  });

  it('notes in SAFE which causes hold', () => {
    const both = assessed({ causes: ['broker_down', 'data_stale'] });
    assert.deepEqual(play([...PATHS.SAFE, both]).context.causes, ['broker_down', 'data_stale']);
    assert.deepEqual(play([...PATHS.HEDGING, NO_RETRY]).context.causes, ['exec_fault']);
  });
});

const VERDICTS = [
  'EMPTY',
  'UNPRICED',
  'NO_TRADE',
  'MONITOR',
  'PAUSE_COST',
  'PAUSE_LIQ',
  'NEED_HEDGE',
] as const;

const CAUSES = ['broker_down', 'data_stale', 'position_break'] as const;

const anyEvent: fc.Arbitrary<TradingEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        synced: fc.boolean(),
        causes: fc.oneof(fc.constant([]), fc.subarray([...CAUSES])),
        verdict: fc.constantFrom(...VERDICTS),
        strategyEnabled: fc.boolean(),
        dataReady: fc.boolean(),
        targetAllowed: fc.boolean(),
      })
      .map((facts) => assessed(facts)),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<TradingEvent>(NEEDED, ALLOWED, assessed(), START, EMITTED, HELD),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<TradingEvent>(
      DONE,
      RETRY,
      NO_RETRY,
      MANUAL,
      FLATTEN,
      HEDGE_NOW,
      DOWN,
    ),
  },
);

describe('any sequence of events', () => {
  it('leaves SAFE only without a cause, or by hand while the broker is up', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60, size: 'max' }), (events) => {
        let before = BEGIN;
        for (const event of events) {
          const { snapshot, effects } = tour.step(before, event);
          if (before.value === 'SAFE' && snapshot.value === 'SYNC') {
            assert.deepEqual(before.context.causes, []);
          }
          if (before.value === 'SAFE' && snapshot.value === 'HEDGING') {
            assert(!before.context.causes.includes('broker_down'));
          }
          if (effects.some((effect) => effect.type === 'emitTarget')) {
            assert.equal(before.value, 'NEED_HEDGE');
            assert(event.type === 'ASSESSED' && event.facts.targetAllowed);
            assert.deepEqual(event.facts.causes, []);
          }
          before = snapshot;
        }
      }),
    );
  });

  it('leads to SAFE on the next assessment with a cause, from wherever it has come to', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40, size: 'max' }), (events) => {
        const reached = play([START, ...events]);
        assert.equal(play([STALE], reached).value, 'SAFE');
      }),
    );
  });

  it('gives the same state when every assessment is delivered twice', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40, size: 'max' }), (events) => {
        // Delivered until nothing moves: what the book does after every transition.
        const settle = (times: number) =>
          events.reduce(
            (snapshot, event) => {
              const again = event.type === 'ASSESSED' ? times : 1;
              return play(
                Array.from({ length: again }, () => event),
                snapshot,
              );
            },
            play([START]),
          );
        assert.equal(settle(6).value, settle(7).value);
      }),
    );
  });
});
