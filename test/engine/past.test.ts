import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'vitest';
import { machineAt, type PastTask } from '../../src/engine/past.ts';
import type { PastMachineView } from '../../src/protocol/past-view.ts';
import type { JournalRecord } from '../../src/protocol/records.ts';
import { faultOf } from '../support/fault.ts';
import { quietVoyage, writeSession } from '../support/session.ts';
import { tempDir } from '../support/temp-dir.ts';
import type { World } from '../support/world.ts';

let dir: string;
let world: World;

beforeEach(() => {
  dir = tempDir('past');
  world = quietVoyage();
  writeSession({ dir, world });
});

function seen(task: PastTask): PastMachineView {
  const view = machineAt(task);
  assert.ok(!('replaying' in view));
  return view;
}

/** The turns in which the machine moved, with where to. */
function moves(machine: string): readonly { seq: number; to: string; record: JournalRecord }[] {
  return world.records.flatMap((record, index) =>
    record.facts.flatMap((fact) =>
      fact.fact === 'transition' && fact.machine === machine
        ? [{ seq: index + 1, to: fact.to, record: record as JournalRecord }]
        : [],
    ),
  );
}

describe('a machine at a moment that is past', () => {
  it('is in the state into which the turn of that moment moved it', () => {
    const all = moves('hedge:SPY');
    assert.ok(all.length > 4);
    const last = new Map(all.map(({ seq, to }) => [seq, to]));
    for (const [seq, to] of last) {
      const { value, seq: shown } = seen({ dir, id: 'hedge:SPY', moment: { seq } });
      assert.deepEqual([value, shown], [to, seq]);
    }
  });

  it('is as it was one turn before it moved', () => {
    const [first] = moves('trading:SPY');
    assert.ok(first !== undefined);
    const before = seen({ dir, id: 'trading:SPY', moment: { seq: first.seq - 1 } });
    assert.notEqual(before.value, first.to);
  });

  it('tells the gates of its book with the numbers of that moment', () => {
    const seq = world.records.length;
    const { assessment, book, replayed } = seen({ dir, id: 'trading:SPY', moment: { seq } });
    assert.ok((assessment?.gates.length ?? 0) > 20);
    assert.equal(book?.symbol, 'SPY');
    assert.equal(replayed, world.records.length);
  });

  it('is found by the time of its turn', () => {
    const record = world.records.at(-1);
    assert.ok(record !== undefined);
    const past = seen({ dir, id: 'daemon', moment: { ts: record.at.wall / 1000 } });
    assert.equal(past.seq, world.records.length);
    assert.ok(past.newest.seq <= past.seq);
  });

  it('is not found before the first start that the journal has', async () => {
    const [first] = world.records;
    const ts = (first?.at.wall ?? 0) / 1000 - 1;
    const fault = await faultOf('not_found', () => seen({ dir, id: 'daemon', moment: { ts } }));
    assert.match(fault.message, /reaches back to record 1/);
  });

  it('is not found in an empty journal, nor for a machine that never was', async () => {
    const empty = tempDir('past-empty');
    const moment = { seq: 9 };
    await faultOf('not_found', () => seen({ dir: empty, id: 'daemon', moment }));
    await faultOf('not_found', () => seen({ dir, id: 'hedge:ABC', moment }));
  });

  it('is refused for an actor, whose life is not in the journal', async () => {
    const moment = { seq: 1 };
    await faultOf('conflict', () => seen({ dir, id: 'actor:greeks', moment }));
  });

  it('is not told where the journal does not replay to what it was', async () => {
    const damaged = tempDir('past-damaged');
    writeSession({
      dir: damaged,
      world: quietVoyage(),
      before: (turn) => {
        if (turn.seq === 3) (turn.facts as object[]).push({ fact: 'invented' });
      },
    });
    const at = (seq: number) => seen({ dir: damaged, id: 'daemon', moment: { seq } });
    assert.equal(at(2).seq, 2);
    await faultOf('replay_differs', () => at(4));
  });
});

it('knows each of two starts by its own records', () => {
  const twice = tempDir('past-twice');
  const first = quietVoyage();
  writeSession({ dir: twice, world: first });
  const second = quietVoyage();
  writeSession({ dir: twice, world: second, lastSeq: first.records.length });
  const boot = first.records.length + 1;
  const past = seen({ dir: twice, id: 'trading:SPY', moment: { seq: boot } });
  assert.deepEqual([past.session.seq, past.reaches_back_to.seq, past.replayed], [boot, 1, 1]);
});
