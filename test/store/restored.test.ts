import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, it, onTestFinished } from 'vitest';

import { encodeRecord } from '../../src/protocol/records.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { openJournal } from '../../src/store/journal.ts';
import { backupJournal } from '../../src/store/journal-backup.ts';
import { faultOf } from '../support/fault.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import {
  emptyTables,
  type JournalWriter,
  openJournalWriter,
  operation,
  shipAll,
  shipperOf,
} from '../support/shipping.ts';
import { tempDir } from '../support/temp-dir.ts';

let db: TestPostgres;
let writer: JournalWriter;

beforeAll(async () => {
  db = await startTestPostgres();
  return db.close;
});

beforeEach(async () => {
  await emptyTables(db.pool);
  writer = openJournalWriter();
  return () => writer.remove();
});

/** A journal restored from a backup, in which one more turn was written. */
function restore(backup: string): JournalWriter {
  const dir = tempDir('restored');
  cpSync(backup, dir, { recursive: true });
  const journal = openJournal({
    ...{ dir, prefix: 'journal', mono: realMono() },
    ...{ fsync: 'interval', fsyncIntervalMs: 1000, segmentBytes: 20_000 },
  });
  onTestFinished(() => journal.close());
  const seq = 1000;
  const at = { mono: seq, trading: seq, wall: seq };
  const record = { seq, kind: 'timer', to: 'book:NVDA', at, body: null } as const;
  const facts = [operation(seq)];
  journal.append(encodeRecord({ ...record, effects: [], facts, digest: '' }));
  return { ...writer, dir, journalId: journal.journalId };
}

async function refs(): Promise<string[]> {
  const { rows } = await db.pool.query<{ order_ref: string }>(
    'select order_ref from operations order by id',
  );
  return rows.map(({ order_ref }) => order_ref.slice('demo:'.length));
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

describe('a restored journal', () => {
  it.each([[0], [30], [60]])('is shipped once, with %i of its turns shipped before', async (n) => {
    for (let turn = 0; turn < n; turn += 1) writer.turn(operation(turn));
    await shipAll(shipperOf(writer, db.pool));
    for (let turn = n; turn < 60; turn += 1) writer.turn(operation(turn));
    const backup = tempDir('backup');
    backupJournal(writer.dir, backup, false);
    await shipAll(shipperOf(restore(backup), db.pool));
    assert.deepEqual(await refs(), [...numbers(0, 60), '1000']);
  });

  it('that the database has longer than the backup is not shipped twice', async () => {
    for (let turn = 0; turn < 30; turn += 1) writer.turn(operation(turn));
    const backup = tempDir('backup');
    backupJournal(writer.dir, backup, false);
    for (let turn = 30; turn < 60; turn += 1) writer.turn(operation(turn));
    await shipAll(shipperOf(writer, db.pool));
    await shipAll(shipperOf(restore(backup), db.pool));
    assert.deepEqual(await refs(), [...numbers(0, 60), '1000']);
  });

  it('that kept its old id, and is older than the database, is refused', async () => {
    for (let turn = 0; turn < 30; turn += 1) writer.turn(operation(turn));
    await db.pool.query(
      `insert into journal_progress (journal_id, segment, "offset", sequence)
       values ($1, 99, 0, 5000)`,
      [writer.journalId],
    );
    const fault = await faultOf('journal_corrupt', () => shipperOf(writer, db.pool).ship());
    assert.match(fault.remedy ?? '', /journal-id/);
  });
});

describe('a journal whose first segments are gone', () => {
  it('is shipped from where it begins', async () => {
    writer.turn(operation(0));
    await shipAll(shipperOf(writer, db.pool));
    for (let turn = 1; turn < 80; turn += 1) writer.turn(operation(turn));
    rmSync(join(writer.dir, 'journal-000001.bin'));
    await shipAll(shipperOf(writer, db.pool));
    const found = await refs();
    assert.equal(found[0], '0');
    assert.equal(found.at(-1), '79');
    assert.ok(found.length > 10 && found.length < 80);
    assert.equal(new Set(found).size, found.length);
  });
});
