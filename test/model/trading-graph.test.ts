/**
 * Every pair of transitions of the trading machine: XState's graph finds the shortest way to each
 * distinguishable state; from there every event is followed by every other one. Each step is held
 * against what the machine promises, whatever came before.
 */

import assert from 'node:assert/strict';
import { describe, it, vi } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { start } from '../../machines/step.ts';
import { createTradingMachine, type TradingEvent } from '../../machines/trading.ts';
import { assessed } from '../machines/trading-events.ts';
import { Tour } from '../support/tour.ts';

// A tour has time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const machine = createTradingMachine();
type Snapshot = SnapshotFrom<typeof machine>;

const EVENTS: readonly TradingEvent[] = [
  { type: 'START' },
  assessed({ synced: false }),
  assessed({ dataReady: false }),
  assessed({ strategyEnabled: false }),
  ...(
    ['EMPTY', 'UNPRICED', 'NO_TRADE', 'MONITOR', 'PAUSE_COST', 'PAUSE_LIQ', 'NEED_HEDGE'] as const
  ).map((verdict) => assessed({ verdict })),
  assessed({ verdict: 'NEED_HEDGE', targetAllowed: true }),
  assessed({ verdict: 'NEED_HEDGE', targetAllowed: true, causes: ['position_break'] }),
  assessed({ verdict: 'EMPTY', causes: ['orphan_shares'] }),
  assessed({ causes: ['broker_down'] }),
  assessed({ causes: ['data_stale'] }),
  { type: 'TARGET_EMITTED' },
  { type: 'FLATTEN_TARGET' },
  { type: 'HEDGE_NOW' },
  { type: 'DONE' },
  { type: 'FAILED', retry: true },
  { type: 'FAILED', retry: false },
  { type: 'MANUAL_RESUME', reason: 'looked at' },
  { type: 'timer.elapsed', name: 'safe_hold' },
];

const STATES = Object.keys(machine.root.states);
const kindOf = ({ value, context }: Snapshot): string => `${value} ${context.causes.join()}`;

/** What the machine promises of one step, from wherever. */
function check(before: Snapshot, event: TradingEvent, tour: Tour<typeof machine>): Snapshot {
  const { snapshot: after, effects } = tour.step(before, event);
  const emitted = effects.some(({ type }) => type === 'emitTarget');
  const facts = event.type === 'ASSESSED' ? event.facts : null;
  if (emitted) {
    assert.equal(before.value, 'NEED_HEDGE');
    assert.deepEqual([facts?.causes, facts?.targetAllowed], [[], true]);
  }
  // A cause leads to SAFE from everywhere but the beginning, and keeps it there.
  if (facts !== null && facts.causes.length > 0 && before.value !== 'BOOT') {
    assert.equal(after.value, 'SAFE');
    assert.deepEqual(after.context.causes, facts.causes);
  }
  if (after.value === 'HEDGING' && before.value !== 'HEDGING') {
    assert.ok(['TARGET_EMITTED', 'FLATTEN_TARGET', 'HEDGE_NOW'].includes(event.type));
    assert.ok(!(before.value === 'SAFE' && before.context.causes.includes('broker_down')));
  }
  if (before.value === 'SAFE' && after.value === 'SYNC') {
    assert.equal(event.type, 'timer.elapsed');
    assert.deepEqual(before.context.causes, []);
  }
  // The hold runs while SAFE has no cause, and never outlives it.
  const timers = effects.filter(({ type }) => type.endsWith('Timer')).map(({ type }) => type);
  if (after.value === 'SAFE' && before.value !== 'SAFE') assert.deepEqual(timers, ['startTimer']);
  if (before.value === 'SAFE' && after.value !== 'SAFE') assert.deepEqual(timers, ['cancelTimer']);
  if (before.value === 'BOOT') assert.ok(['BOOT', 'SYNC'].includes(String(after.value)));
  return after;
}

describe('the graph of the trading machine', () => {
  it('has a way to every state', () => {
    const paths = getShortestPaths(machine, {
      events: [...EVENTS],
      serializeState: ({ value }) => String(value),
    });
    assert.deepEqual(paths.map(({ state }) => String(state.value)).sort(), [...STATES].sort());
  });

  it('keeps its promises over every pair of events from every kind of state', () => {
    const tour = new Tour(machine);
    const known = new Map<string, Snapshot>();
    const queue: Snapshot[] = [start(machine, undefined as never).snapshot];
    for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
      if (known.has(kindOf(from))) continue;
      known.set(kindOf(from), from);
      for (const event of EVENTS) queue.push(check(from, event, tour));
    }
    let pairs = 0;
    for (const from of known.values()) {
      for (const first of EVENTS) {
        const between = check(from, first, tour);
        for (const second of EVENTS) {
          check(between, second, tour);
          pairs += 1;
        }
      }
    }
    assert.equal(pairs, known.size * EVENTS.length ** 2);
    assert.deepEqual(
      [...new Set([...known.values()].map(({ value }) => String(value)))].sort(),
      [...STATES].sort(),
    );
    assert.deepEqual(tour.untaken, []);
    assert.deepEqual(tour.unrefused, []);
  });
});
