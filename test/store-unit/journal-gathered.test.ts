import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { describe, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import {
  type Journal,
  type JournalOptions,
  openJournal,
  readJournal,
} from '../../src/store/journal.ts';
import { tempDir } from '../support/temp-dir.ts';

const FRAME_HEADER = 8;

function open(dir: string, changes: Partial<JournalOptions> = {}): Journal {
  return openJournal({
    dir,
    prefix: 'tape',
    fsync: 'interval',
    fsyncIntervalMs: 1000,
    segmentBytes: 1 << 20,
    mono: new VirtualClock(0),
    gatherBytes: 1000,
    ...changes,
  });
}

function read(dir: string): readonly string[] {
  return [...readJournal(dir, 'tape')].map(({ payload }) => Buffer.from(payload).toString());
}

/** Counts writes; `isFull` makes them fail. */
function disk() {
  const state = { writes: 0, isFull: false };
  const write: JournalOptions['write'] = (fd, bytes, offset, length) => {
    if (state.isFull) throw new Error('no space left on device');
    state.writes += 1;
    return writeSync(fd, bytes, offset, length);
  };
  return { state, write };
}

describe('records that are gathered', () => {
  it('are written together, in their order, when they are flushed', () => {
    const dir = tempDir('journal');
    const { state, write } = disk();
    const journal = open(dir, { write });
    const waiting = ['one', 'two', 'three'].map((text) => journal.append(Buffer.from(text)));
    assert.deepEqual(waiting, [1, 2, 3]);
    assert.deepEqual(read(dir), []);
    assert.equal(journal.position().offset, 0);
    journal.flush();
    journal.flush();
    assert.equal(state.writes, 1);
    assert.deepEqual(read(dir), ['one', 'two', 'three']);
    assert.equal(journal.append(Buffer.from('four')), 1);
    journal.close();
    assert.deepEqual(read(dir), ['one', 'two', 'three', 'four']);
  });

  it('wait for no more bytes than they may be', () => {
    const dir = tempDir('journal');
    const { state, write } = disk();
    const journal = open(dir, { write, gatherBytes: 2 * (FRAME_HEADER + 3) });
    const waiting = ['one', 'two', 'six', 'ten'].map((text) => journal.append(Buffer.from(text)));
    assert.deepEqual(waiting, [1, 2, 0, 1]);
    assert.equal(state.writes, 1);
    assert.deepEqual(read(dir), ['one', 'two', 'six']);
  });

  it('give way to one that is larger than what they wait in', () => {
    const dir = tempDir('journal');
    const journal = open(dir, { gatherBytes: 1 << 20 });
    const large = 'x'.repeat(100_000);
    const texts = ['one', large, 'two', large, 'three'];
    for (const text of texts) journal.append(Buffer.from(text));
    journal.flush();
    assert.deepEqual(read(dir), texts);
  });

  it('keep within a segment, and are all in the one before when the next begins', () => {
    const dir = tempDir('journal');
    const journal = open(dir, { segmentBytes: 2 * (FRAME_HEADER + 3) });
    const texts = ['one', 'two', 'six', 'ten', 'end'];
    const waiting = texts.map((text) => journal.append(Buffer.from(text)));
    assert.deepEqual(waiting, [1, 2, 1, 2, 1]);
    assert.equal(journal.position().segment, 3);
    journal.close();
    assert.deepEqual(read(dir), texts);
  });

  it('are all lost where they cannot be written, and none that came before', () => {
    const dir = tempDir('journal');
    const { state, write } = disk();
    const journal = open(dir, { write });
    journal.append(Buffer.from('kept'));
    journal.flush();
    journal.append(Buffer.from('one'));
    journal.append(Buffer.from('two'));
    state.isFull = true;
    const isUnwritable = (thrown: unknown): boolean =>
      thrown instanceof Fault && thrown.code === 'journal_unwritable';
    assert.throws(() => journal.flush(), isUnwritable);
    state.isFull = false;
    assert.throws(() => journal.append(Buffer.from('three')), isUnwritable);
    journal.close();
    assert.deepEqual(read(dir), ['kept']);
  });
});
