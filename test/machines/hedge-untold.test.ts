/** Fills that the broker speaks of and no execution tells: the fate of the order is unknown. */

import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { HedgeEvent } from '../../machines/hedge.ts';
import {
  cancelled,
  elapsed,
  fill,
  PATHS,
  REPORTED_FILLED,
  REPRICED,
  read,
  SETTLED,
  STOPPING,
  TRY_RESYNC,
  UNCLEAR,
  WANT,
} from './hedge-events.ts';
import { Walk } from './hedge-walker.ts';

/** Where the machine ends after these, the time for a late fill included where it runs. */
function endOf(events: readonly HedgeEvent[]): string {
  const walk = new Walk();
  for (const event of [...PATHS.RECOVER, ...events, elapsed('grace')]) {
    walk.take({ kind: 'event', event });
  }
  return String(walk.snapshot.value);
}

/** A complete read that calls the order dead with `reported` shares filled. */
const untold = (reported: number) => read('dead', 0, 'no', reported);

describe('an order that is dead', () => {
  it('is done with when two reads agree and executions tell all that was filled', () => {
    assert.equal(endOf([read('dead'), read('dead')]), 'EXEC_IDLE');
    const all = read('dead', 112);
    assert.equal(endOf([untold(112), fill(112), all, all]), 'EXEC_IDLE');
  });

  it('is not while the reads speak of fills without executions', () => {
    assert.equal(endOf([untold(112), untold(112), untold(112)]), 'RECOVER');
    assert.equal(endOf([untold(40), read('dead'), read('dead')]), 'RECOVER');
  });

  it('is not while a status has spoken of them', () => {
    assert.equal(endOf([REPORTED_FILLED, read('dead'), read('dead')]), 'RECOVER');
    assert.equal(endOf([cancelled(40), read('absent'), read('absent')]), 'RECOVER');
  });

  it('is done with for a stop by the first read, where executions tell all that was filled', () => {
    assert.equal(endOf([STOPPING, read('dead', 40)]), 'EXEC_IDLE');
    assert.equal(endOf([STOPPING, untold(40)]), 'RECOVER');
    assert.equal(endOf([STOPPING, untold(40), fill(40)]), 'EXEC_IDLE');
    assert.equal(endOf([STOPPING, read('absent')]), 'RECOVER');
    assert.equal(endOf([STOPPING, WANT, read('live')]), 'CANCEL');
  });

  it('is not when a status speaks of them within the grace that reads had agreed on', () => {
    const dead = [read('dead'), read('dead')];
    assert.equal(endOf([...dead, REPORTED_FILLED]), 'RECOVER');
    assert.equal(endOf([...dead, cancelled(40)]), 'RECOVER');
    const told = read('dead', 112);
    const again = [elapsed('grace'), fill(112), told, told];
    assert.equal(endOf([...dead, REPORTED_FILLED, ...again]), 'EXEC_IDLE');
  });
});

describe('an order that was called dead, and a read shows alive', () => {
  /** A modify that is refused is told as a cancelled order, while the order goes on. */
  const calledDead = [...PATHS.REPRICE, REPRICED, cancelled(0)];
  const stateAfter = (events: readonly HedgeEvent[]): string => {
    const walk = new Walk();
    for (const event of [...calledDead, read('live'), ...events]) {
      walk.take({ kind: 'event', event });
    }
    return String(walk.snapshot.value);
  };

  it('is worked as any other', () => {
    assert.equal(stateAfter([]), 'WORKING');
  });

  it('is not over for a stop because of what was said before', () => {
    const unanswered = [STOPPING, WANT, elapsed('cancel')];
    assert.equal(stateAfter(unanswered), 'RECOVER');
    assert.equal(stateAfter([...unanswered, elapsed('settle')]), 'RECOVER');
    assert.equal(stateAfter([...unanswered, cancelled(0)]), 'EXEC_IDLE');
  });

  it('is not over because it is missing in two reads', () => {
    const missing = [elapsed('missing'), UNCLEAR, read('absent'), read('absent'), elapsed('grace')];
    assert.equal(stateAfter(missing), 'RECOVER');
  });

  it('is not settled by hand while it may live', () => {
    assert.equal(stateAfter([UNCLEAR, elapsed('limit'), SETTLED]), 'FAIL');
  });
});

describe('an order that is settled by hand', () => {
  const settledAfter = (events: readonly HedgeEvent[]): string => {
    const walk = new Walk();
    for (const event of [...PATHS.FAIL, ...events, SETTLED]) walk.take({ kind: 'event', event });
    return String(walk.snapshot.value);
  };

  it('is done with where the broker has said that nothing more of it will be filled', () => {
    assert.equal(settledAfter([REPORTED_FILLED]), 'EXEC_IDLE');
  });

  it('is not where it may live, nor while it is being asked about', () => {
    assert.equal(settledAfter([]), 'FAIL');
    assert.equal(settledAfter([REPORTED_FILLED, TRY_RESYNC]), 'RECOVER');
  });
});
