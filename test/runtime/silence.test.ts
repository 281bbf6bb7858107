import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Silence } from '../../src/runtime/silence.ts';
import type { TurnRecord } from '../../src/runtime/turn.ts';

function turn(seq: number, to: string, more: Partial<TurnRecord> = {}): TurnRecord {
  const at = { mono: seq, trading: seq, wall: seq };
  const nothing = { effects: [], facts: [], digest: `${to}=1` };
  const body = Float64Array.of(seq);
  return { kind: 'evaluation', to, body, seq, at, touched: [to], ...nothing, ...more };
}

/** What a session of these turns keeps on tape, and what the records of the others carry. */
function session(turns: readonly TurnRecord[]) {
  const silence = new Silence<TurnRecord>();
  const tape: number[] = [];
  const journal: Record<number, readonly number[]> = {};
  for (const one of turns) {
    if (silence.keep(one)) tape.push(one.seq);
    else journal[one.seq] = silence.carriedBy(one).map(({ seq }) => seq);
  }
  return { tape, journal };
}

describe('an evaluation that changed nothing', () => {
  it('is one whose decider is what it was, and which did nothing', () => {
    const { tape, journal } = session([
      turn(1, 'a'),
      turn(2, 'a'),
      turn(3, 'a', { facts: ['a fact'] }),
      turn(4, 'a', { effects: [{ kind: 'cancel', to: 'a', name: 't' }] }),
      turn(5, 'a', { digest: 'a=2' }),
      turn(6, 'a', { digest: 'a=2' }),
      turn(7, 'a', { kind: 'timer', digest: 'a=2' }),
    ]);
    assert.deepEqual(tape, [2, 6]);
    assert.deepEqual(Object.keys(journal), ['1', '3', '4', '5', '7']);
  });

  it('is carried once, by the next turn that its decider takes part in', () => {
    const { journal } = session([
      turn(1, 'a'),
      turn(2, 'a'),
      turn(3, 'a'),
      turn(4, 'b', { kind: 'command' }),
      turn(5, 'daemon', { kind: 'broker', touched: ['daemon', 'b', 'a'] }),
      turn(6, 'a', { kind: 'timer' }),
    ]);
    assert.deepEqual(journal, { 1: [], 4: [], 5: [3], 6: [] });
  });

  it('is carried beside those of other deciders, in the order of their numbers', () => {
    const first = [turn(1, 'a'), turn(2, 'b'), turn(3, 'b'), turn(4, 'a')];
    const all = turn(5, 'daemon', { kind: 'broker', touched: ['daemon', 'a', 'b'] });
    assert.deepEqual(session([...first, all]).journal[5], [3, 4]);
  });

  it('is not carried once another evaluation has taken its place', () => {
    const { journal } = session([
      turn(1, 'a'),
      turn(2, 'a'),
      turn(3, 'a', { facts: ['a fact'] }),
      turn(4, 'a', { kind: 'timer' }),
    ]);
    assert.deepEqual(journal, { 1: [], 3: [], 4: [] });
  });
});
