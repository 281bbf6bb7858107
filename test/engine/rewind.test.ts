import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { JournalIndex } from '../../src/engine/journal-index.ts';
import { machineAt } from '../../src/engine/past.ts';
import { Rewind } from '../../src/engine/rewind.ts';
import { TimeSearch } from '../../src/engine/time-search.ts';
import type { ReplayingView } from '../../src/protocol/past-view.ts';
import { fill, tell } from '../actors/support/hedged-book.ts';
import { quietVoyage, writeSession } from '../support/session.ts';
import { makeTempDir } from '../support/temp-dir.ts';

/** Longer than the way between two places that are kept: it is hedged all along. */
const RECORDS_MIN = 5200;

const CALM = { delta: 112, bid: 449.98, ask: 450.02 };
const MOVED = { delta: 172, bid: 451.98, ask: 452.02 };

let dir: string;
let index: JournalIndex;
let last: number;
/** Wall time of each record, epoch ms. */
let times: readonly number[];

beforeAll(() => {
  const world = quietVoyage();
  for (let hedges = 0; world.records.length < RECORDS_MIN; hedges += 1) {
    const [before, after] = hedges % 2 === 0 ? [CALM, MOVED] : [MOVED, CALM];
    for (let n = 0; n < 250; n += 1) {
      world.advance(400);
      world.evaluate({ ...before, delta: before.delta + (n % 5) });
      world.answerReads();
    }
    world.evaluate(after);
    world.pump();
    assert.equal(world.states, 'HEDGING WAIT_ACK');
    tell(world);
    fill(world, 60);
  }
  dir = makeTempDir('rewind');
  writeSession({ dir, world });
  last = world.records.length;
  times = world.records.map((record) => record.at.wall);
  index = new JournalIndex(dir);
  assert.ok(index.refresh(never));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const never = (): boolean => false;

function rewind(): Rewind {
  const [start] = index.starts;
  assert.ok(start !== undefined);
  return new Rewind(dir, start, index.lost);
}

/** All that can be seen of the deciders there. */
function at(one: Rewind, seq: number): string {
  assert.ok(one.seek(seq, never));
  assert.equal(one.difference, null);
  const { now } = one;
  assert.ok(now !== null);
  const { deciders, record } = now;
  assert.equal(record.seq, seq);
  const books = deciders.books.map((book) => [
    book.view(record.at),
    book.explain(record.at),
    book.digest(),
    book.machines().hedge.context,
    book.machines().trading.context,
  ]);
  const { daemon } = deciders;
  return JSON.stringify([books, daemon.digest(), daemon.data.snapshot.context, one.records]);
}

/** By a replay that only goes forward, and so needs no copy. */
function forward(moments: readonly number[]): ReadonlyMap<number, string> {
  const one = rewind();
  return new Map(moments.toSorted((a, b) => a - b).map((seq) => [seq, at(one, seq)]));
}

describe('a look into a long session', () => {
  it('shows the same whichever way it came there', () => {
    const moments = [last, 40, 4000, 3999, 1600, 1500, 5000, last - 1, 2];
    const one = rewind();
    const shown = moments.map((seq) => [seq, at(one, seq)] as const);
    assert.ok(one.points >= 3);
    const expected = forward(moments);
    for (const [seq, text] of shown) assert.equal(text, expected.get(seq));
  });

  it('goes back over no more than the way from the place that it kept', () => {
    const one = rewind();
    at(one, last);
    let asked = 0;
    const count = (): boolean => {
      asked += 1;
      return false;
    };
    assert.ok(one.seek(last - 1600, count));
    // The time is asked for after each sixteenth record.
    assert.ok(asked <= 100);
  });

  it('goes on where its time was over', () => {
    const one = rewind();
    let slices = 0;
    while (!one.seek(1600, () => true)) slices += 1;
    assert.ok(slices >= 99);
    assert.equal(at(one, 1600), forward([1600]).get(1600));
  });

  it('finds the record of a time in slices', () => {
    const [start] = index.starts;
    assert.ok(start !== undefined);
    for (const ms of [
      times[1] ?? 0,
      times[2600] ?? 0,
      (times[4000] ?? 0) + 0.2,
      times.at(-1) ?? 0,
    ]) {
      const search = new TimeSearch(dir, start, ms / 1000, 5000);
      let slices = 0;
      let found = search.find(() => true);
      for (; found === null; slices += 1) found = search.find(() => true);
      assert.ok(slices >= 70);
      const before = times.findLastIndex((time, at) => time / 1000 <= ms / 1000 && at + 1 < 5000);
      assert.equal(found, before + 1);
      assert.equal(
        search.find(() => true),
        found,
      );
    }
  });

  it('says how far it came, and gives the machine in the end', () => {
    const told: ReplayingView[] = [];
    for (;;) {
      const answer = machineAt({ dir, id: 'hedge:SPY', moment: { seq: last }, sliceMs: 1 });
      if (!('replaying' in answer)) {
        assert.equal(answer.seq, last);
        break;
      }
      told.push(answer);
    }
    const shares = told.map(({ share }) => share);
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => a - b),
    );
    assert.ok(told.some(({ at: place, left_s: left }) => place !== null && (left ?? 0) > 0));
    const again = machineAt({ dir, id: 'hedge:SPY', moment: { seq: last }, sliceMs: 60_000 });
    assert.ok(!('replaying' in again));
  });
});
