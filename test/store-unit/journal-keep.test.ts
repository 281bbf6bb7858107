import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { checkJournal } from '../../src/engine/journal-check.ts';
import { encodeRecord } from '../../src/protocol/records.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { writeBootPointer } from '../../src/store/boot-pointer.ts';
import { type Journal, openJournal, readJournal } from '../../src/store/journal.ts';
import { keepJournal } from '../../src/store/journal-keep.ts';
import { faultOf } from '../support/fault.ts';
import { tempDir } from '../support/temp-dir.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);

/** Segments of one record each; the last is the live one. */
function journalOf(segments: number): { dir: string; journal: Journal } {
  const dir = tempDir('keep');
  const journal = openJournal({
    ...{ dir, prefix: 'journal', segmentBytes: 1, mono: new VirtualClock() },
    ...{ fsync: 'interval', fsyncIntervalMs: 1000 },
  });
  for (let seq = 1; seq <= segments; seq += 1) journal.append(record(seq));
  return { dir, journal };
}

function record(seq: number): Uint8Array {
  const at = { mono: seq, trading: NOW, wall: NOW };
  const head = { seq, to: 'daemon', at, body: null, digest: '', effects: [], facts: [] };
  return encodeRecord({ ...head, kind: seq === 1 ? 'boot' : 'timer' });
}

function age(dir: string, segment: number, days: number): void {
  const time = new Date(NOW - days * DAY);
  const name = readdirSync(dir).find((each) => each.includes(String(segment).padStart(6, '0')));
  utimesSync(join(dir, name ?? ''), time, time);
}

const files = (dir: string) => readdirSync(dir).filter((name) => name.startsWith('journal-0'));
const content = (dir: string) =>
  [...readJournal(dir, 'journal')].map(({ payload }) => Buffer.from(payload).toString('hex'));
const keep = (dir: string, shipped: number | null, days = 30) =>
  keepJournal({
    ...{ dir, before: NOW - days * DAY },
    shipped: shipped === null ? null : { segment: shipped },
  });

describe('what retention drops', () => {
  it('is older than it has to be kept, shipped, and not read by a start', () => {
    const { dir } = journalOf(6);
    writeBootPointer(dir, { segment: 4, offset: 0 });
    for (const segment of [1, 2, 3, 4, 5]) age(dir, segment, 40);
    keep(dir, 3);
    assert.equal(files(dir)[0]?.slice(8, 14), '000003');
    keep(dir, 6);
    assert.equal(files(dir)[0]?.slice(8, 14), '000004');
    keep(dir, null);
    assert.equal(files(dir)[0]?.slice(8, 14), '000004');
  });

  it('leaves no hole behind a segment that is young', () => {
    const { dir } = journalOf(4);
    writeBootPointer(dir, { segment: 4, offset: 0 });
    age(dir, 1, 10);
    for (const segment of [2, 3]) age(dir, segment, 40);
    assert.deepEqual(keep(dir, 4).dropped, []);
  });

  it('is nothing where no start has said what it reads', () => {
    const { dir } = journalOf(3);
    for (const segment of [1, 2]) age(dir, segment, 400);
    assert.deepEqual(keep(dir, null).dropped, []);
  });

  it('is no damage to whoever checks the journal', () => {
    const { dir } = journalOf(4);
    writeBootPointer(dir, { segment: 3, offset: 0 });
    for (const segment of [1, 2]) age(dir, segment, 40);
    assert.deepEqual(keep(dir, 4).dropped, ['journal-000001.bin', 'journal-000002.bin']);
    assert.deepEqual(checkJournal(dir).problems, []);
    const again = openJournal({
      ...{ dir, prefix: 'journal', segmentBytes: 1, mono: new VirtualClock() },
      ...{ fsync: 'interval', fsyncIntervalMs: 1000 },
    });
    again.append(record(5));
    assert.equal(content(dir).length, 3);
  });
});

describe('a compressed segment', () => {
  it('is one that is closed and shipped, a look at a time, and reads as before', () => {
    const { dir, journal } = journalOf(4);
    const before = content(dir);
    const positions = [...readJournal(dir, 'journal')].map(({ next }) => next);
    age(dir, 1, 5);
    assert.deepEqual(keep(dir, 3).compacted, ['journal-000001.bin']);
    assert.deepEqual(keep(dir, 3).compacted, ['journal-000002.bin']);
    assert.deepEqual(keep(dir, 3).compacted, []);
    assert.deepEqual(keep(dir, null).compacted, ['journal-000003.bin']);
    assert.deepEqual(keep(dir, null).compacted, []);
    assert.deepEqual(content(dir), before);
    for (const [index, next] of positions.entries()) {
      assert.equal([...readJournal(dir, 'journal', next)].length, 3 - index);
    }
    assert.equal(statSync(join(dir, 'journal-000001.bin.zst')).mtimeMs, NOW - 5 * DAY);
    journal.append(record(5));
    assert.equal(content(dir).length, 5);
    assert.deepEqual(checkJournal(dir).problems, []);
  });

  it('is a fault where it is damaged', async () => {
    const { dir } = journalOf(2);
    keep(dir, null);
    const path = join(dir, 'journal-000001.bin.zst');
    writeFileSync(path, readFileSync(path).subarray(0, 10));
    await faultOf('journal_corrupt', () => content(dir));
  });

  it('is not made of the room that the next records need', () => {
    const { dir } = journalOf(2);
    const options = { dir, before: 0, shipped: null };
    assert.deepEqual(keepJournal({ ...options, freeBytes: () => 60 }).compacted, []);
    assert.deepEqual(files(dir), ['journal-000001.bin', 'journal-000002.bin']);
    const left = keepJournal({ ...options, freeBytes: () => 2 ** 20 });
    assert.deepEqual(left.compacted, ['journal-000001.bin']);
  });

  it('leaves nothing behind where it cannot be made', () => {
    const { dir } = journalOf(2);
    // A folder of that name: the rename is refused, as a disk may refuse any step.
    mkdirSync(join(dir, 'journal-000001.bin.zst', 'in the way'), { recursive: true });
    assert.throws(() => keep(dir, null), /EISDIR|ENOTEMPTY/);
    assert.deepEqual(
      readdirSync(dir).filter((name) => name.endsWith('.new')),
      [],
    );
    assert.equal(content(dir).length, 2);
  });

  it('that was not finished is made again', () => {
    const { dir } = journalOf(2);
    writeFileSync(join(dir, 'journal-000001.bin.zst'), 'half');
    assert.equal(content(dir).length, 2);
    assert.deepEqual(keep(dir, null).compacted, ['journal-000001.bin']);
    assert.equal(content(dir).length, 2);
  });
});
