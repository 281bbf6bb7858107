import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { checkJournal } from '../../src/engine/journal-check.ts';
import { encodeRecord } from '../../src/protocol/records.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { type Journal, openJournal, readJournal } from '../../src/store/journal.ts';
import { backupJournal } from '../../src/store/journal-backup.ts';
import { keepJournal } from '../../src/store/journal-keep.ts';
import { faultOf } from '../support/fault.ts';
import { tempDir } from '../support/temp-dir.ts';

function record(seq: number): Uint8Array {
  const at = { mono: seq, trading: seq, wall: seq };
  const head = { seq, to: 'daemon', at, body: null, digest: '', effects: [], facts: [] };
  return encodeRecord({ ...head, kind: seq === 1 ? 'boot' : 'timer' });
}

function open(dir: string): Journal {
  return openJournal({
    ...{ dir, prefix: 'journal', segmentBytes: 300, mono: new VirtualClock() },
    ...{ fsync: 'interval', fsyncIntervalMs: 1000 },
  });
}

function journalOf(records: number): { dir: string; journal: Journal } {
  const dir = tempDir('backup');
  const journal = open(dir);
  for (let seq = 1; seq <= records; seq += 1) journal.append(record(seq));
  return { dir, journal };
}

const content = (dir: string) =>
  [...readJournal(dir, 'journal')].map(({ payload }) => Buffer.from(payload).toString('hex'));

describe('a backup', () => {
  it('is the journal up to its last whole record, though its writer is at work', () => {
    const { dir, journal } = journalOf(10);
    const wanted = content(dir);
    const live = readdirSync(dir)
      .filter((name) => name.startsWith('journal-0'))
      .sort()
      .at(-1);
    writeFileSync(join(dir, live ?? ''), 'half a rec', { flag: 'a' });
    const to = tempDir('backup-to');
    const report = backupJournal(dir, to, false);
    assert.equal(report.last_seq, 10);
    assert.deepEqual(content(to), wanted);
    assert.deepEqual(checkJournal(to).problems, []);
    journal.close();
  });

  it('adds what is new, and copies nothing that it has', () => {
    const { dir, journal } = journalOf(10);
    const to = tempDir('backup-to');
    backupJournal(dir, to, false);
    for (let seq = 11; seq <= 20; seq += 1) journal.append(record(seq));
    keepJournal({ dir, before: 0, shipped: null });
    const report = backupJournal(dir, to, false);
    assert.ok(report.kept > 0);
    assert.deepEqual(content(to), content(dir));
    assert.equal(backupJournal(dir, to, false).copied.length, 1);
    assert.equal(content(to).length, 20);
  });

  it('goes into no folder that holds something else', async () => {
    const { dir } = journalOf(2);
    const other = journalOf(2);
    const to = tempDir('backup-to');
    backupJournal(other.dir, to, false);
    await faultOf('safety_refused', () => backupJournal(dir, to, false));
    const full = tempDir('backup-to');
    writeFileSync(join(full, 'mine'), '');
    await faultOf('safety_refused', () => backupJournal(dir, full, false));
  });
});

describe('a journal that is restored', () => {
  it('has a new id, and goes on behind what it holds', () => {
    const { dir, journal } = journalOf(10);
    const to = tempDir('backup-to');
    backupJournal(dir, to, false);
    assert.ok(!existsSync(join(to, 'journal-id')));
    const restored = tempDir('restored');
    cpSync(to, restored, { recursive: true });
    const again = open(restored);
    assert.notEqual(again.journalId, journal.journalId);
    again.append(record(100));
    assert.equal(content(restored).length, 11);
    assert.deepEqual(checkJournal(restored).problems, ['89 of the numbers 11 to 99 are nowhere']);
  });
});
