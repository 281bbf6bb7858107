/** Any sequence of events, likely or not: what the hedge machine alone promises of every one. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it, vi } from 'vitest';
import type { HedgeEvent } from '../../machines/hedge.ts';
import {
  ANY,
  cancelled,
  elapsed,
  fill,
  LEADING,
  MANUAL,
  NEED,
  read,
  STATES,
  STOPPING,
  SYNCED,
  WANT,
} from './hedge-events.ts';
import { type Move, Walk } from './hedge-walker.ts';

// Drawn tests have time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Move>({ kind: 'target' }) },
    { weight: 1, arbitrary: fc.constant<Move>({ kind: 'restart' }) },
    {
      weight: 10,
      arbitrary: fc.constantFrom(...LEADING).map((event): Move => ({ kind: 'event', event })),
    },
    {
      weight: 14,
      arbitrary: fc.constantFrom(...ANY).map((event): Move => ({ kind: 'event', event })),
    },
  ),
  { maxLength: 120, size: 'max' },
);

describe('any walk of the hedge machine', () => {
  it('sends once, never beside a living order, and answers each target once', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(moves, (list) => {
        const walk = new Walk();
        for (const move of list) walk.take(move);
        for (const state of walk.reached) reached.add(state);
      }),
      { numRuns: 300 },
    );
    assert.deepEqual(
      STATES.filter((state) => !reached.has(state)),
      [],
    );
  });

  it('ends idle once the broker answers, or waits for a person', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const walk = new Walk();
        for (const move of list) walk.take(move);
        // What the broker has called filled it also tells the executions of.
        const { filled, reported } = walk.snapshot.context;
        const all = Math.max(filled, reported);
        const told = reported > filled ? [fill(all)] : [];
        const heal: readonly HedgeEvent[] = [
          ...[SYNCED, WANT, NEED, ...told, cancelled(0), MANUAL],
          ...[read('dead', all), read('dead', all), elapsed('grace')],
        ];
        for (const event of heal) walk.take({ kind: 'event', event });
        assert(['EXEC_IDLE', 'FILLED'].includes(String(walk.snapshot.value)), walk.snapshot.value);
      }),
      { numRuns: 200 },
    );
  });

  it('lets go of its order while stopping as soon as the cancel is answered', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const walk = new Walk();
        for (const move of list) walk.take(move);
        const stop: readonly HedgeEvent[] = [
          ...[SYNCED, STOPPING, WANT, NEED, MANUAL, cancelled(0)],
        ];
        for (const event of stop) walk.take({ kind: 'event', event });
        const { filled, reported } = walk.snapshot.context;
        const idle = ['EXEC_IDLE', 'FILLED'].includes(String(walk.snapshot.value));
        assert(idle || filled < reported, String(walk.snapshot.value));
      }),
      { numRuns: 200 },
    );
  });
});
