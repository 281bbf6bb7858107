import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { installGuard } from '../../src/runtime/guard.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { type Journal, openJournal, readJournal } from '../../src/store/journal.ts';
import { SimulatedDisk } from '../simulation/disk.ts';

const DIR = '/data/journal';

let clock: VirtualClock;
let disk: SimulatedDisk;
let unguard: () => void;

beforeEach(() => {
  clock = new VirtualClock();
  disk = new SimulatedDisk(clock);
  disk.seed(`${DIR}/journal-id`, 'power');
  unguard = installGuard({ fs: disk.functions() });
});

afterEach(() => unguard());

function open(fsync: 'interval' | 'always' = 'interval'): Journal {
  return openJournal({
    ...{ dir: DIR, prefix: 'journal', fsync, fsyncIntervalMs: 1000, segmentBytes: 100_000 },
    mono: clock,
  });
}

function append(journal: Journal, ...texts: readonly string[]): void {
  for (const text of texts) journal.append(Buffer.from(text));
}

function read(): readonly string[] {
  return [...readJournal(DIR, 'journal')].map(({ payload }) => Buffer.from(payload).toString());
}

describe('a journal on a disk that loses its power', () => {
  it('keeps what a killed process wrote', () => {
    append(open(), 'one', 'two');
    disk.release();
    assert.deepEqual(read(), ['one', 'two']);
  });

  it('loses what was not synced, and nothing else', () => {
    const journal = open();
    append(journal, 'one');
    clock.advanceBy(1100);
    append(journal, 'two');
    disk.release();
    disk.powerCut(0.5);
    append(open(), 'three');
    assert.deepEqual(read(), ['one', 'three']);
  });

  it('keeps all when each append syncs', () => {
    append(open('always'), 'one', 'two');
    disk.release();
    disk.powerCut(0);
    assert.deepEqual(read(), ['one', 'two']);
  });

  it('keeps what the session before had not synced, once the next has begun', () => {
    append(open(), 'one', 'two');
    disk.release();
    append(open(), 'three');
    disk.release();
    disk.powerCut(0);
    append(open(), 'four');
    assert.deepEqual(read(), ['one', 'two', 'four']);
  });

  it('does not trust a sync after one that failed: it writes the segment anew', () => {
    const journal = open();
    append(journal, 'one', 'two');
    disk.trouble = 'syncs fail';
    clock.advanceBy(1100);
    assert.throws(() => append(journal, 'never'), /EIO/);
    disk.release();
    disk.trouble = 'none';
    append(open(), 'three');
    disk.release();
    disk.powerCut(0);
    assert.deepEqual(read(), ['one', 'two']);
  });

  it('leaves nothing half written where the disk has no room to write it anew', () => {
    append(open(), 'one', 'two');
    disk.release();
    disk.trouble = 'syncs fail';
    assert.throws(() => open(), /EIO/);
    assert.throws(() => open(), /EIO/);
    disk.release();
    assert.equal(disk.content(`${DIR}/journal-000001.bin.new`), null);
    disk.trouble = 'full';
    assert.throws(() => open(), /ENOSPC/);
    disk.release();
    disk.trouble = 'none';
    append(open(), 'three');
    disk.release();
    disk.powerCut(0);
    assert.deepEqual(read(), ['one', 'two']);
  });

  it('remembers a sync that failed at a start that could not happen', () => {
    append(open(), 'one', 'two');
    disk.release();
    disk.trouble = 'syncs fail';
    assert.throws(() => open(), /EIO/);
    disk.release();
    disk.trouble = 'none';
    append(open(), 'three');
    disk.release();
    disk.powerCut(0);
    assert.deepEqual(read(), ['one', 'two']);
  });

  it('writes anew an earlier segment too, whose last sync failed after it was left', () => {
    const journal = open();
    append(journal, 'x'.repeat(60_000));
    clock.advanceBy(1000);
    append(journal, 'y'.repeat(60_000));
    disk.trouble = 'syncs fail';
    clock.advanceBy(10);
    disk.release();
    disk.trouble = 'none';
    append(open(), 'three');
    disk.release();
    disk.powerCut(0);
    assert.deepEqual(
      read().map((text) => text[0]),
      ['x', 'y'],
    );
  });
});
