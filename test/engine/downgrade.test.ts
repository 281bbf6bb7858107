import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { openTurnLog } from '../../src/engine/turn-log.ts';
import { createLogger } from '../../src/log.ts';
import { encodeRecord, type JournalRecord, recordVersion } from '../../src/protocol/records.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { openJournal } from '../../src/store/journal.ts';
import { sent } from '../actors/support/hedged-book.ts';
import { tempDir } from '../support/temp-dir.ts';

const log = createLogger({ level: 'silent', pretty: false });

describe('a journal that a newer version has written', () => {
  it('is refused with the way out, and is left as it is', () => {
    const dir = tempDir('downgrade');
    const records = sent().records;
    write(dir, records.map(encodeRecord));
    const last = records.at(-1);
    assert.ok(last !== undefined);
    const newer = encodeRecord(last);
    newer[0] = recordVersion() + 1;
    write(dir, [newer]);
    const file = join(dir, 'journal-000001.bin');
    const before = readFileSync(file);

    assert.throws(() => open(dir), {
      code: 'journal_corrupt',
      message: new RegExp(`of version ${recordVersion() + 1}, .* up to ${recordVersion()}$`),
      remedy: /a newer Bifrost wrote it: run that one again/,
    });
    assert.deepEqual(readFileSync(file), before);
  });

  it('is read where all of it is of this version or before', () => {
    const dir = tempDir('downgrade-not');
    const records: readonly JournalRecord[] = sent().records;
    write(dir, records.map(encodeRecord));
    const { log: turnLog, known } = open(dir);
    turnLog.close();
    assert.equal(known.durable.books['SPY@DU1']?.openIntents.length, 1);
  });
});

function open(dir: string) {
  const onLost = () => true;
  return openTurnLog({ dir, fsync: 'interval', mono: new VirtualClock(), log, onLost });
}

function write(dir: string, payloads: readonly Uint8Array[]): void {
  const sync = { fsync: 'interval', fsyncIntervalMs: 1000, mono: new VirtualClock() } as const;
  const journal = openJournal({ dir, prefix: 'journal', segmentBytes: 1 << 20, ...sync });
  for (const payload of payloads) journal.append(payload);
  journal.close();
}
