/** The status as many read it at once. */

import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { createStatusReply } from '../../src/api/status.ts';
import type { EngineReads } from '../../src/protocol/ports.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { STATUS } from './fixture.ts';

function serve(revision: (() => number | null) | undefined) {
  const clock = new VirtualClock();
  let made = 0;
  const read = () => {
    made += 1;
    return { ...STATUS, accounts_fetched_at: made };
  };
  const reads = (revision === undefined ? {} : { revision }) as EngineReads;
  const reply = createStatusReply(reads, read, clock);
  const shown = (): unknown => {
    const { body, bytes } = reply();
    assert.deepEqual(JSON.parse(String(bytes)), body);
    return body.accounts_fetched_at;
  };
  return { clock, shown };
}

describe('the status as many read it', () => {
  it('is made once while nothing is decided', () => {
    const { clock, shown } = serve(() => 1);
    assert.equal(shown(), 1);
    clock.advanceTo(19);
    assert.equal(shown(), 1);
  });

  it('is made again after a fiftieth of a second, because ages grow', () => {
    const { clock, shown } = serve(() => 1);
    assert.equal(shown(), 1);
    clock.advanceTo(20);
    assert.equal(shown(), 2);
  });

  it('is made again as soon as anything was decided', () => {
    let turns = 1;
    const { shown } = serve(() => turns);
    assert.equal(shown(), 1);
    turns += 1;
    assert.equal(shown(), 2);
  });

  it('is made for each reader where nobody can tell whether something was decided', () => {
    for (const revision of [() => null, undefined]) {
      const { shown } = serve(revision);
      assert.equal(shown(), 1);
      assert.equal(shown(), 2);
    }
  });
});
