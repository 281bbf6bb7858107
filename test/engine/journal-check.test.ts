import assert from 'node:assert/strict';
import { readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { checkJournal } from '../../src/engine/journal-check.ts';
import { recover } from '../../src/engine/recover.ts';
import { encodeRecord, type JournalRecord } from '../../src/protocol/records.ts';
import { encodeFrame } from '../../src/store/journal-frame.ts';
import { quietVoyage, writeSession } from '../support/session.ts';
import { tempDir } from '../support/temp-dir.ts';

const FIRST = 'journal-000001.bin';

/** Two sessions; the first has a torn end that the second start cut off. */
function whole(): string {
  const dir = tempDir('check');
  const first = quietVoyage();
  writeSession({ dir, world: first });
  const { lastSeq } = recover(dir);
  writeSession({ dir, world: first.restart({ lastSeq }), lastSeq });
  return dir;
}

function append(dir: string, records: readonly JournalRecord[]): void {
  const frame = Buffer.alloc(1 << 20);
  const path = join(dir, 'journal-000009.bin');
  const frames = records.map((record) => {
    const length = encodeFrame(frame, encodeRecord(record));
    return Buffer.from(frame.subarray(0, length));
  });
  writeFileSync(path, Buffer.concat(frames));
}

function record(seq: number): JournalRecord {
  const at = { mono: 0, trading: Number.NaN, wall: 0 };
  return { seq, kind: 'actor', to: 'daemon', at, body: {}, effects: [], facts: [], digest: '' };
}

describe('the check of a journal', () => {
  it('finds nothing in one that is whole, and tells its segments', () => {
    const { problems, segments, records, taped, sessions, explained } = checkJournal(whole());
    assert.deepEqual([problems, sessions, explained], [[], 2, 0]);
    assert.equal(
      segments.reduce((sum, segment) => sum + segment.records, 0),
      records + taped,
    );
    assert.deepEqual(
      segments.map(({ file, end }) => [file, end]),
      [
        [FIRST, 'clean'],
        ['journal-000002.bin', 'clean'],
        ['tape-000001.bin', 'clean'],
      ],
    );
  });

  it('tells a torn tail, which is no damage', () => {
    const dir = whole();
    const path = join(dir, 'journal-000002.bin');
    truncateSync(path, statSync(path).size - 3);
    const { problems, segments } = checkJournal(dir);
    assert.deepEqual(problems, []);
    const last = segments.find(({ file }) => file === 'journal-000002.bin');
    assert.equal(last?.end, 'torn');
    assert.ok((last?.torn_bytes ?? 0) > 0);
  });

  it('finds a damaged byte wherever it is, and a record that decodes to nothing', () => {
    const dir = whole();
    const path = join(dir, FIRST);
    const bytes = readFileSync(path);
    for (const offset of [9, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[offset] = (damaged[offset] ?? 0) ^ 0x40;
      writeFileSync(path, damaged);
      const { problems } = checkJournal(dir);
      assert.match(problems.join(), /journal-000001.bin: no valid record at byte \d+/);
    }
  });

  it('finds numbers that go back, come twice or are nowhere', () => {
    const dir = whole();
    const { segments } = checkJournal(dir);
    const last = segments[1]?.last_seq ?? 0;
    renameSync(join(dir, 'journal-000002.bin'), join(dir, 'journal-000008.bin'));
    renameSync(join(dir, FIRST), join(dir, 'journal-000007.bin'));
    append(dir, [record(last + 3), record(last + 2), record(last + 2)]);
    const { problems } = checkJournal(dir);
    assert.deepEqual(problems, [
      `journal-000009.bin: ${last + 2} stands behind ${last + 3}`,
      `journal-000009.bin: ${last + 2} stands behind ${last + 2}`,
      `2 of the numbers ${last + 1} to ${last + 2} are nowhere`,
    ]);
  });

  it('finds a segment that is gone from the middle, and a beginning without a boot record', () => {
    const dir = whole();
    append(dir, [record(1_000_000)]);
    assert.match(checkJournal(dir).problems.join(), /journal-000003.bin: is missing/);
    rmSync(join(dir, FIRST));
    rmSync(join(dir, 'journal-000002.bin'));
    assert.match(checkJournal(dir).problems.join(), /does not begin with a boot record/);
  });

  it('accepts numbers that the journal says are lost, and counts them', () => {
    const dir = tempDir('check');
    const first = quietVoyage();
    writeSession({ dir, world: first });
    rmSync(join(dir, 'tape-000001.bin'));
    assert.match(checkJournal(dir).problems.join(), /are nowhere/);
    const { lastSeq } = recover(dir);
    writeSession({ dir, world: first.restart({ lastSeq }), lastSeq });
    const { problems, explained, lost } = checkJournal(dir);
    assert.deepEqual([problems, explained], [[], lost[0]?.count]);
  });
});
