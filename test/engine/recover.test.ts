import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { recover } from '../../src/engine/recover.ts';
import { encodeRecord, type JournalRecord } from '../../src/protocol/records.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { writeBootPointer } from '../../src/store/boot-pointer.ts';
import { type Journal, openJournal } from '../../src/store/journal.ts';
import { fill, healing, sent } from '../actors/support/hedged-book.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('what an earlier session knew', () => {
  it('outlives a start whose boot record never reached the disk', () => {
    const dir = tempDir('recover');
    const w = sent();
    fill(w, 112);
    healing(w, 8);
    session(dir, w.records);
    const before = recover(dir);
    assert.equal(before.durable.books['SPY@DU1']?.fills.length, 1);

    session(dir, []);
    assert.deepEqual(recover(dir), before);
  });

  it('is read from where the last session began', () => {
    const dir = tempDir('recover');
    const w = sent();
    session(dir, w.records);
    session(dir, w.restart().records);
    assert.equal(recover(dir).durable.books['SPY@DU1']?.openIntents.length, 1);
  });
});

/** A session as the engine writes it: the place of its boot record is noted first. */
function session(dir: string, records: readonly JournalRecord[]): void {
  const journal = open(dir);
  writeBootPointer(dir, journal.position());
  for (const record of records) journal.append(encodeRecord(record));
  journal.close();
}

function open(dir: string): Journal {
  const sync = { fsync: 'interval', fsyncIntervalMs: 1000, mono: new VirtualClock() } as const;
  return openJournal({ dir, prefix: 'journal', segmentBytes: 1 << 20, ...sync });
}
