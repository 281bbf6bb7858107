import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { type Decider, type TurnInput, TurnRunner } from '../../src/runtime/turn.ts';

/** A decider that says nothing. */
function silent(id: string): Decider {
  return { id, receive: () => undefined, digest: () => '-' };
}

function command(to: string, body: unknown): TurnInput {
  return { kind: 'command', to, body };
}

describe('the turns of a journal', () => {
  it('go on with the number behind the last, and are run again under their own', () => {
    const runner = new TurnRunner(41);
    runner.add(silent('a'));
    const at = { mono: 0, trading: Number.NaN, wall: 0 };
    assert.equal(runner.run(command('a', 1), at).seq, 42);
    assert.equal(runner.runAgain({ ...command('a', 2), at, seq: 50 }).seq, 50);
    assert.equal(runner.runAgain({ ...command('a', 2), at, seq: 47 }).seq, 47);
    assert.equal(runner.run(command('a', 1), at).seq, 43);
    assert.deepEqual([runner.has('a'), runner.has('b')], [true, false]);
    assert.throws(() => runner.add(silent('a')), /twice/);
    assert.throws(() => runner.run(command('b', 1), at), /no decider b/);
  });
});
