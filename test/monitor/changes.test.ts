import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { livesBetween, movesBetween } from '../../src/monitor/changes.ts';
import type { TransitionsView } from '../../src/monitor/publisher.ts';
import type { ActorView, TracedTransition } from '../../src/protocol/views.ts';

const move = (ts: number, machine: string, to: string): TracedTransition => ({
  ...{ ts, machine, to, from: 'A', event: 'E' },
});

/** As a daemon leaves it: newest first. */
const view = (moves: Readonly<Record<string, readonly TracedTransition[]>>): TransitionsView =>
  Object.fromEntries(
    Object.entries(moves).map(([id, moved]) => [id, { moved, all: moved }] as const),
  );

const actor = (id: string, change: Partial<ActorView> = {}): ActorView => ({
  ...{
    id,
    kind: 'actor',
    supervisor: null,
    placement: 'market',
    state: 'running',
    since: 1,
    restarts: 0,
  },
  ...{ mailbox_depth: 0, mailbox_high: 0, messages: 0, messages_per_second: 0, dropped: 0 },
  ...{ refused: 0, dead_letters: 0, last_dead_letter: null, dead_letter_samples: [] },
  ...{ event_loop_use: 0, last_error: null, last_error_stack: null },
  ...change,
});

const first = view({ daemon: [move(3, 'daemon', 'B')], 'hedge:X': [move(2, 'hedge:X', 'C')] });

describe('machines between two views', () => {
  it('moved as the second shows and the first does not, in the order of their times', () => {
    const second = view({
      daemon: [move(6, 'daemon', 'D'), move(3, 'daemon', 'B')],
      'hedge:X': [move(7, 'hedge:X', 'F'), move(5, 'hedge:X', 'E'), move(2, 'hedge:X', 'C')],
    });
    const moves = movesBetween(first, second);
    assert.deepEqual(
      moves.map((event) => event.kind === 'transition' && [event.data.machine, event.data.to]),
      [
        ['hedge:X', 'E'],
        ['daemon', 'D'],
        ['hedge:X', 'F'],
      ],
    );
  });

  it('did nothing where both are the same, and nothing is known before the first', () => {
    assert.deepEqual(movesBetween(first, first), []);
    assert.deepEqual(movesBetween(undefined, first), []);
  });

  it('did not move again where a view reaches further back than the one before', () => {
    const longer = view({
      daemon: [move(3, 'daemon', 'B'), move(1, 'daemon', 'A')],
      'hedge:X': [move(2, 'hedge:X', 'C')],
    });
    assert.deepEqual(movesBetween(first, longer), []);
  });
});

describe('actors between two views', () => {
  it.each([
    ['came', [actor('a')], [actor('a'), actor('b')], ['b']],
    ['died', [actor('a')], [actor('a', { state: 'dead', last_error: 'x' })], ['a']],
    ['were started again', [actor('a')], [actor('a', { restarts: 1 })], ['a']],
    ['only worked', [actor('a')], [actor('a', { messages: 9, mailbox_high: 3 })], []],
  ])('%s', (_, before, after, ids) => {
    const lives = livesBetween(before, after);
    assert.deepEqual(
      lives.map((event) => event.kind === 'actor' && event.data.id),
      ids,
    );
  });

  it('have no life before the first view', () => {
    assert.deepEqual(livesBetween(undefined, [actor('a')]), []);
  });
});
