/**
 * Every pair of transitions of the hedge machine: XState's graph finds the shortest way to each
 * distinguishable state; from there every event is followed by every other one. Each step is held
 * against what the machine promises, whatever came before.
 */

import assert from 'node:assert/strict';
import { describe, it, vi } from 'vitest';
import { getShortestPaths } from 'xstate/graph';
import type { HedgeEvent } from '../../machines/hedge.ts';
import { ANY, LEADING, RECV, RESYNC, STATES, STOPPING, STRAY } from '../machines/hedge-events.ts';
import { type Move, machine, Walk } from '../machines/hedge-walker.ts';
import { Tour } from '../support/tour.ts';

// A tour has time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const EVENTS: readonly HedgeEvent[] = [...new Set([RECV, ...LEADING, ...ANY, STOPPING])];
const MOVES: readonly Move[] = [
  { kind: 'target' },
  { kind: 'restart' },
  ...EVENTS.filter((event) => event !== RECV).map((event): Move => ({ kind: 'event', event })),
];

type Snapshot = Walk['snapshot'];

/** What makes two snapshots differ in what they may do next. */
function kindOf({ value, context }: Snapshot): string {
  const { intent, order, filled, found, readSignature } = context;
  const { cancelWanted, stopping, brokerUp, terminal } = context;
  const read = [found, readSignature];
  const fills = filled === 0 ? 0 : filled < (order?.quantity ?? 0) ? 1 : 2;
  return [value, intent !== null, cancelWanted, stopping, brokerUp, terminal, fills, ...read].join(
    ' ',
  );
}

/** The shortest way to each state, by its events. */
const paths = getShortestPaths(machine, {
  events: [...EVENTS, RESYNC, STRAY],
  serializeState: ({ value }) => String(value),
});

describe('the graph of the hedge machine', () => {
  it('has a way to every state, and each way keeps the promises', () => {
    const reached = new Set(paths.map(({ state }) => String(state.value)));
    assert.deepEqual([...reached].sort(), [...STATES].sort());
    for (const { steps } of paths) {
      const walk = new Walk();
      for (const { event } of steps) {
        if (EVENTS.includes(event)) walk.take({ kind: 'event', event });
      }
    }
  });

  it('keeps its promises over every pair of events from every kind of state', () => {
    const tour = new Tour(machine);
    const known = new Map<string, Walk>();
    const queue: Walk[] = [new Walk()];
    for (let walk = queue.shift(); walk !== undefined; walk = queue.shift()) {
      const kind = kindOf(walk.snapshot);
      if (known.has(kind)) continue;
      known.set(kind, walk);
      for (const move of MOVES) {
        const next = walk.fork();
        if (move.kind === 'event') tour.step(walk.snapshot, move.event);
        next.take(move);
        queue.push(next);
      }
    }
    let pairs = 0;
    const met = new Set<string>();
    for (const walk of known.values()) {
      for (const first of MOVES) {
        const between = walk.fork();
        between.take(first);
        if (between.snapshot.value === walk.snapshot.value) continue;
        // One of each: from this state, by this event, to this kind.
        const pair = `${walk.snapshot.value} ${JSON.stringify(first)} ${kindOf(between.snapshot)}`;
        if (met.has(pair)) continue;
        met.add(pair);
        for (const second of MOVES) {
          between.fork().take(second);
          pairs += 1;
        }
      }
    }
    assert.ok(known.size > 100 && pairs > 10_000, `${known.size} kinds, ${pairs} pairs`);
    const left = tour.untaken.filter((name) => !/RESYNC|RECV_TARGET|isTimer backoff/.test(name));
    assert.deepEqual(left, []);
  });
});
