import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { createDeciders } from '../../src/engine/deciders.ts';
import { encodeRecord, type JournalRecord, RecordWriter } from '../../src/protocol/records.ts';
import { createBoardSet } from '../../src/runtime/board.ts';
import { TurnLoop } from '../../src/runtime/turn-loop.ts';
import { bench, SLOT } from '../actors/support/greeks-bench.ts';
import { watching } from '../actors/support/hedged-book.ts';
import { bytesKeptPerCall, bytesPerCall } from '../support/allocation.ts';
import { NOW } from '../support/book.ts';

const WARM_UP = 2500;
const CALLS = 1500;
const ROUNDS = 6;

/** A session up to its last evaluation, which is then repeated through the loop and its records. */
function repeated(): () => void {
  const world = watching();
  const { runner } = createDeciders(world.boot, 0);
  for (const { kind, to, body, at } of world.records) runner.run({ kind, to, body }, at);
  const last = world.records.findLast(({ kind }) => kind === 'evaluation');
  assert(last !== undefined && last.body instanceof Float64Array);
  const { body, to, at } = last;
  const set = createBoardSet({ records: 1, length: 2000 });
  const [board, reader] = [set.writer(0), set.reader(0)];
  board.scratch.set(body);
  const writer = new RecordWriter();
  let taped = 0;
  const loop = new TurnLoop({
    runner,
    log: {
      journal: (record) => encodeRecord(record as JournalRecord),
      tape: (record) => {
        taped += writer.write(record as JournalRecord).length;
      },
      endSlice: () => undefined,
    },
    stamp: () => ({ mono: at.mono, trading: at.trading, wall: at.wall }),
    setMonoTimer: () => ({ cancel: () => undefined }),
    setTradingTimer: () => ({ cancel: () => undefined }),
    deliver: () => undefined,
    onTurn: () => undefined,
    onDefect: (error) => {
      throw error;
    },
    sliceMs: Number.POSITIVE_INFINITY,
    capacity: 10,
    evaluationIntervalMs: 0,
  });
  loop.addBoard(to, () => (reader.read() ? reader.published : null));
  return () => {
    const before = taped;
    board.publish(body.length);
    loop.wake(to);
    assert(taped > before || taped === 0, 'an evaluation that changes nothing');
  };
}

function warm(call: () => void): () => void {
  for (let index = 0; index < WARM_UP; index += 1) call();
  return call;
}

/** Of some rounds the least: in the first ones the compiler may still be at work beside us. */
function leastBytesPerCall(call: () => void): number {
  return Math.min(...Array.from({ length: ROUNDS }, () => bytesPerCall(CALLS, call)));
}

describe('a tick, when the compiler is done,', () => {
  it('leaves two kilobytes behind where it is priced, and nothing for good', () => {
    const made = bench();
    const price = warm(() => {
      made.actor.receive({ type: 'quotes', slot: SLOT, tradingTs: NOW });
      made.reports.length = 0;
    });
    const left = leastBytesPerCall(price);
    assert.ok(left > 0 && left < 2500, `${left} bytes`);
    const kept = bytesKeptPerCall(CALLS, price);
    assert.ok(kept < 100, `${kept} bytes are kept`);
  });

  it('leaves a dozen kilobytes where it is judged and changes nothing, and nothing for good', () => {
    const evaluate = warm(repeated());
    const left = leastBytesPerCall(evaluate);
    assert.ok(left > 0 && left < 12_000, `${left} bytes`);
    const kept = bytesKeptPerCall(CALLS, evaluate);
    assert.ok(kept < 200, `${kept} bytes are kept`);
  });
});
