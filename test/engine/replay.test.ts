import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { recover } from '../../src/engine/recover.ts';
import { replay } from '../../src/engine/replay.ts';
import { decodeRecord, type TapeLoss } from '../../src/protocol/records.ts';
import { Silence } from '../../src/runtime/silence.ts';
import type { TurnRecord } from '../../src/runtime/turn.ts';
import { readJournal } from '../../src/store/journal.ts';
import { quietVoyage, writeSession } from '../support/session.ts';
import { tempDir } from '../support/temp-dir.ts';

function lossesIn(dir: string): readonly TapeLoss[] {
  const records = [...readJournal(dir, 'journal')].map(({ payload }) => decodeRecord(payload));
  return records.flatMap(({ kind, body }) => (kind === 'tape_lost' ? [body as TapeLoss] : []));
}

const WITHOUT = 'trading goes on without it:';

function alertsIn(dir: string): readonly string[] {
  const facts = [...readJournal(dir, 'journal')].flatMap(
    ({ payload }) => decodeRecord(payload).facts,
  );
  return facts.flatMap((fact) =>
    fact.fact === 'operation' && fact.type === 'alert' ? [fact.stateReason] : [],
  );
}

function tapesIn(dir: string): readonly string[] {
  return readdirSync(dir).filter((name) => name.startsWith('tape-'));
}

function removeTape(dir: string): void {
  for (const name of tapesIn(dir)) rmSync(join(dir, name));
}

describe('a session on disk', () => {
  it('decides the same again, with every evaluation', () => {
    const dir = tempDir('replay');
    const world = quietVoyage();
    writeSession({ dir, world });
    assert.equal(tapesIn(dir).length, 1);
    const { difference, ...counts } = replay({ dir });
    assert.equal(difference, null);
    const evaluations = world.records.filter(({ kind }) => kind === 'evaluation').length;
    const records = world.records.length;
    assert.deepEqual(counts, { records, evaluations, sessions: 1, missing: 0, repriced: 0 });
  });

  it('is told to the record in which it decides otherwise', () => {
    const dir = tempDir('replay');
    const world = quietVoyage();
    const index = world.records.findIndex(({ kind }) => kind === 'evaluation');
    writeSession({
      dir,
      world,
      before: (turn) => {
        if (turn.seq === index + 1) (turn.facts as object[]).push({ fact: 'invented' });
      },
    });
    const { difference } = replay({ dir });
    assert.deepEqual([difference?.seq, difference?.kind], [index + 1, 'evaluation']);
    assert.match(difference?.expected ?? '', /invented/);
  });

  it('stops before a trading time', () => {
    const dir = tempDir('replay');
    const world = quietVoyage();
    writeSession({ dir, world });
    const middle = world.records[Math.floor(world.records.length / 2)]?.at.trading ?? 0;
    const { records } = replay({ dir, until: middle });
    assert.equal(records, world.records.filter(({ at }) => !(at.trading > middle)).length);
  });
});

describe('a tape that is lost', () => {
  it('is a difference as long as nobody says so', () => {
    const dir = tempDir('replay');
    writeSession({ dir, world: quietVoyage() });
    removeTape(dir);
    assert.equal(replay({ dir }).difference?.kind, 'gap');
  });

  it('is found at the next start, is said, and hides no decision', () => {
    const dir = tempDir('replay');
    const first = quietVoyage();
    writeSession({ dir, world: first });
    removeTape(dir);
    const { tapeLoss, lastSeq } = recover(dir);
    assert.equal(tapeLoss?.reason, 'crash');
    assert.ok((tapeLoss.count ?? 0) > 10, `${tapeLoss.count} are lost`);
    writeSession({ dir, world: first.restart({ lastSeq }), lastSeq });
    assert.deepEqual(lossesIn(dir), [tapeLoss]);
    const { difference, sessions, missing } = replay({ dir });
    assert.deepEqual([difference, sessions], [null, 2]);
    assert.ok(missing > 0);
    assert.equal(recover(dir).tapeLoss, null);
  });

  it('at its end, as a power cut takes it, is found too', () => {
    const dir = tempDir('replay');
    const first = quietVoyage();
    writeSession({ dir, world: first });
    const [tape] = tapesIn(dir);
    const path = join(dir, tape ?? '');
    truncateSync(path, Math.floor(statSync(path).size / 2));
    const { tapeLoss, lastSeq } = recover(dir);
    assert.ok(tapeLoss !== null && tapeLoss.from > 10);
    writeSession({ dir, world: first.restart({ lastSeq }), lastSeq });
    assert.equal(replay({ dir }).difference, null);
  });

  it('because it cannot be written stops nothing, is counted, and is said by number', () => {
    const dir = tempDir('replay');
    let failing = 0;
    const lost: number[] = [];
    const silent = new Silence<TurnRecord>();
    const log = writeSession({
      dir,
      world: quietVoyage(),
      tape: {
        write: () => {
          failing += 1;
          throw new Error('no space left on device');
        },
      },
      before: (turn) => {
        if (silent.keep(turn)) lost.push(turn.seq);
      },
    });
    assert.equal(failing, 1, 'it is left alone for a while');
    assert.equal(log.tapeLost, lost.length);
    const losses = lossesIn(dir);
    assert.equal(
      losses.reduce((sum, { count }) => sum + (count ?? 0), 0),
      lost.filter((seq) => seq <= (losses.at(-1)?.to ?? 0)).length,
    );
    assert.match(losses[0]?.detail ?? '', /no space left/);
    assert.deepEqual(alertsIn(dir), [
      `the tape cannot be written; ${WITHOUT} ${losses[0]?.detail}`,
    ]);
    assert.equal(replay({ dir }).difference, null);
  });

  it('with all that waited to be written with it, is said by number too', () => {
    const dir = tempDir('replay');
    const lost: number[] = [];
    const silent = new Silence<TurnRecord>();
    const log = writeSession({
      dir,
      world: quietVoyage(),
      tape: {
        gatherBytes: 4096,
        write: () => {
          throw new Error('no space left on device');
        },
      },
      before: (turn) => {
        if (silent.keep(turn)) lost.push(turn.seq);
      },
    });
    assert.ok(lost.length > 10);
    assert.equal(log.tapeLost, lost.length);
    const losses = lossesIn(dir);
    const isSaid = (seq: number): boolean =>
      losses.some(({ from, to }) => from <= seq && seq <= to);
    // What is lost behind the last turn that was journaled, the next start finds.
    const unsaid = lost.filter((seq) => seq <= (losses.at(-1)?.to ?? 0) && !isSaid(seq));
    assert.ok(losses.length > 1);
    assert.deepEqual(unsaid, []);
    assert.equal(replay({ dir }).difference, null);
  });

  it('for a while is written again later', () => {
    const dir = tempDir('replay');
    let broken = true;
    writeSession({
      dir,
      world: quietVoyage(),
      tape: {
        get write() {
          if (!broken) return undefined as never;
          return () => {
            broken = false;
            throw new Error('input/output error');
          };
        },
      },
      before: (_, clock) => clock.advanceBy(1000),
    });
    const losses = lossesIn(dir);
    assert.ok(losses.length > 0);
    const taped = [...readJournal(dir, 'tape')].length;
    assert.ok(taped > 5, `${taped} are on tape again`);
    assert.equal(replay({ dir }).difference, null);
  });

  it('to make room is said with the numbers that went', () => {
    const dir = tempDir('replay');
    const bounds = { segmentBytes: 4096, retentionBytes: 12_000 };
    writeSession({ dir, world: quietVoyage(), tape: bounds });
    const losses = lossesIn(dir);
    assert.ok(losses.length > 1);
    for (const { reason } of losses) assert.equal(reason, 'retention');
    assert.equal(replay({ dir }).difference, null);
  });
});
