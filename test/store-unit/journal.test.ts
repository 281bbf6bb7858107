import assert from 'node:assert/strict';
import {
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, it } from 'vitest';

import { Fault } from '../../src/fault.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import {
  type Journal,
  type JournalOptions,
  openJournal,
  readJournal,
} from '../../src/store/journal.ts';
import { makeTempDir, tempDir } from '../support/temp-dir.ts';

/** Each run syncs to the disk several times, as the journal does. */
const RUNS = { numRuns: 40 };
const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 12 });

describe('what is appended', () => {
  it('is read back in order, whatever it is and however small the segments are', () => {
    fc.assert(
      fc.property(payloads, fc.integer({ min: 20, max: 400 }), (written, segmentBytes) => {
        inDir((dir) => {
          writeAll(dir, written, { segmentBytes });
          assert.deepEqual(read(dir), written.map(hex));
        });
      }),
      RUNS,
    );
  });

  it('is read on from any position', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), (written, pick) => {
        inDir((dir) => {
          writeAll(dir, written, { segmentBytes: 60 });
          const entries = [...readJournal(dir, 'journal')];
          const index = pick % entries.length;
          const rest = [...readJournal(dir, 'journal', entries[index]?.next)];
          assert.deepEqual(
            rest.map((entry) => hex(entry.payload)),
            written.slice(index + 1).map(hex),
          );
        });
      }),
      RUNS,
    );
  });

  it('is longer than a window of the reader', () => {
    const dir = tempDir('journal');
    const large = Buffer.alloc(3 * 1024 * 1024 + 7, 0xa5);
    writeAll(dir, [large, Buffer.from('x'), large], { segmentBytes: 1 << 30 });
    assert.deepEqual(read(dir), [large, Buffer.from('x'), large].map(hex));
  });

  it('is seen at once by a reader that began before it', () => {
    const dir = tempDir('journal');
    const journal = open(dir, { segmentBytes: 30 });
    assert.deepEqual(read(dir), []);
    let next = journal.position();
    for (let n = 0; n < 6; n++) {
      journal.append(Buffer.from([n, n, n]));
      const entries = [...readJournal(dir, 'journal', next)];
      assert.deepEqual(
        entries.map((entry) => hex(entry.payload)),
        [hex(Buffer.from([n, n, n]))],
      );
      next = entries[0]?.next ?? next;
    }
    assert.deepEqual(journal.position(), next);
    journal.close();
  });
});

describe('a journal cut at any byte', () => {
  it('keeps exactly its complete records, and goes on behind them', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), (written, cut) => {
        inDir((dir) => {
          const ends = writeAll(dir, written);
          const file = segmentFile(dir, 1);
          const size = statSync(file).size;
          const kept = cut % (size + 1);
          truncateSync(file, kept);
          const complete = ends.filter((end) => end <= kept);
          assert.deepEqual(read(dir), written.slice(0, complete.length).map(hex));

          const journal = open(dir);
          assert.equal(journal.tornBytes, kept - (complete.at(-1) ?? 0));
          journal.append(Buffer.from('after'));
          journal.close();
          assert.deepEqual(read(dir), [
            ...written.slice(0, complete.length).map(hex),
            hex(Buffer.from('after')),
          ]);
        });
      }),
      RUNS,
    );
  });

  it('loses no record behind the cut to a reader that had read further', () => {
    const dir = tempDir('journal');
    const ends = writeAll(
      dir,
      ['a', 'b', 'c'].map((text) => Buffer.from(text)),
    );
    const far = { segment: 1, offset: ends[2] ?? 0 };
    truncateSync(segmentFile(dir, 1), ends[0] ?? 0);
    writeAll(dir, [Buffer.from('d')]);
    const rest = [...readJournal(dir, 'journal', far)];
    assert.deepEqual(
      rest.map((entry) => hex(entry.payload)),
      [hex(Buffer.from('d'))],
    );
  });

  it('ends at a tail of zeros', () => {
    const dir = tempDir('journal');
    writeAll(dir, [Buffer.from('a')]);
    const file = segmentFile(dir, 1);
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(5000)]));
    assert.deepEqual(read(dir), [hex(Buffer.from('a'))]);
    assert.equal(open(dir).tornBytes, 5000);
  });
});

describe('a damaged byte', () => {
  it('is never read as a record, wherever it is', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, at, mask) => {
        inDir((dir) => {
          const ends = writeAll(dir, written);
          const file = segmentFile(dir, 1);
          const bytes = readFileSync(file);
          const index = at % bytes.length;
          bytes[index] = (bytes[index] ?? 0) ^ mask;
          writeFileSync(file, bytes);
          const intact = ends.filter((end) => end <= index).length;
          const inLast = intact === written.length - 1;
          if (inLast) {
            assert.deepEqual(read(dir), written.slice(0, intact).map(hex));
            assert.ok(open(dir).tornBytes > 0);
          } else {
            throwsFault('journal_corrupt', () => read(dir));
            throwsFault('journal_corrupt', () => open(dir));
          }
        });
      }),
      RUNS,
    );
  });

  it('names the file and the offset', () => {
    const dir = tempDir('journal');
    const ends = writeAll(dir, [Buffer.from('one'), Buffer.from('two'), Buffer.from('three')]);
    const file = segmentFile(dir, 1);
    const bytes = readFileSync(file);
    bytes[(ends[0] ?? 0) + 9] = 0;
    writeFileSync(file, bytes);
    const fault = throwsFault('journal_corrupt', () => read(dir));
    assert.match(fault.message, /journal-000001\.bin: no valid record at byte 11/);
  });

  it('in a segment that has a successor is no torn tail', () => {
    const dir = tempDir('journal');
    writeAll(dir, [Buffer.from('one')]);
    writeAll(dir, [Buffer.from('two')]);
    truncateSync(segmentFile(dir, 1), 9);
    throwsFault('journal_corrupt', () => read(dir));
  });

  it('is not needed: a missing segment is found too', () => {
    const dir = tempDir('journal');
    for (const text of ['one', 'two', 'three']) writeAll(dir, [Buffer.from(text)]);
    rmSync(segmentFile(dir, 2));
    throwsFault('journal_corrupt', () => read(dir));
    throwsFault('journal_corrupt', () => [
      ...readJournal(dir, 'journal', { segment: 2, offset: 0 }),
    ]);
  });
});

describe('a disk that does not take everything', () => {
  it('gets the rest of a short write', () => {
    const dir = tempDir('journal');
    const write: JournalOptions['write'] = (fd, bytes, offset, length) =>
      writeSync(fd, bytes, offset, Math.min(3, length));
    writeAll(dir, [Buffer.from('first'), Buffer.from('second')], { write });
    assert.deepEqual(read(dir), [Buffer.from('first'), Buffer.from('second')].map(hex));
  });

  it('takes back the whole record, and refuses all later ones', () => {
    const dir = tempDir('journal');
    let room = 25;
    const write: JournalOptions['write'] = (fd, bytes, offset, length) => {
      if (room === 0) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      const count = writeSync(fd, bytes, offset, Math.min(room, length));
      room -= count;
      return count;
    };
    const journal = open(dir, { write });
    journal.append(Buffer.from('fits'));
    const before = journal.position();
    const fault = throwsFault('journal_unwritable', () => journal.append(Buffer.from('too long')));
    assert.match(fault.message, /ENOSPC/);
    room = 1000;
    throwsFault('journal_unwritable', () => journal.append(Buffer.from('ok')));
    assert.deepEqual(journal.position(), before);
    journal.close();
    assert.deepEqual(read(dir), [hex(Buffer.from('fits'))]);
    assert.equal(open(dir).tornBytes, 0);
  });

  it('fails at the opening when the directory is a file', () => {
    const dir = join(tempDir('journal'), 'taken');
    writeFileSync(dir, '');
    throwsFault('journal_unwritable', () => open(dir));
  });

  it('fails when it is closed', () => {
    const journal = open(tempDir('journal'));
    journal.close();
    journal.close();
    throwsFault('journal_unwritable', () => journal.append(Buffer.from('late')));
  });
});

describe('a journal directory', () => {
  it('mints one id, for journal and tape, and keeps it', () => {
    const dir = tempDir('journal');
    const id = open(dir).journalId;
    assert.match(id, /^[0-9a-f]{10}$/);
    assert.equal(open(dir).journalId, id);
    assert.equal(open(dir, { prefix: 'tape' }).journalId, id);
    assert.notEqual(open(tempDir('journal')).journalId, id);
    assert.equal(statSync(join(dir, 'journal-id')).mode & 0o777, 0o600);
  });

  it('keeps the newest segments where their size is bounded, and says which go', () => {
    const dir = tempDir('journal');
    const written = Array.from({ length: 10 }, (_, n) => Buffer.from(`record ${n}`));
    const dropped: (readonly [readonly number[], number])[] = [];
    writeAll(dir, written, {
      prefix: 'tape',
      segmentBytes: 20,
      retentionBytes: 60,
      onDropped: (segments, next) => dropped.push([segments, next]),
    });
    assert.deepEqual(dropped.at(0), [[1], 2]);
    assert.deepEqual(dropped.at(-1), [[7], 8]);
    const names = readdirSync(dir).filter((name) => name.startsWith('tape'));
    assert.deepEqual(names, ['tape-000008.bin', 'tape-000009.bin', 'tape-000010.bin']);
    assert.deepEqual(read(dir, 'tape'), written.slice(7).map(hex));
  });
});

describe('fsync', () => {
  it('waits for the interval, once for all appends within it', () => {
    const delays: number[] = [];
    const mono: Clock = {
      now: () => 0,
      setTimer: (delayMs) => {
        delays.push(delayMs);
        return { cancel: () => undefined };
      },
    };
    const journal = open(tempDir('journal'), { mono, fsyncIntervalMs: 250 });
    journal.append(Buffer.from('a'));
    journal.append(Buffer.from('b'));
    assert.deepEqual(delays, [250]);
    journal.close();
  });

  it('sets no timer when each append syncs', () => {
    const mono: Clock = {
      now: () => 0,
      setTimer: () => {
        throw new Error('no timer is needed');
      },
    };
    const dir = tempDir('journal');
    writeAll(dir, [Buffer.from('a')], { mono, fsync: 'always' });
    assert.deepEqual(read(dir), [hex(Buffer.from('a'))]);
  });

  it('runs beside the appends, over a change of segment and the close', () => {
    const due: (() => void)[] = [];
    const mono: Clock = {
      now: () => 0,
      setTimer: (_delayMs, fire) => {
        due.push(fire);
        return { cancel: () => undefined };
      },
    };
    const dir = tempDir('journal');
    const journal = open(dir, { mono, segmentBytes: 20 });
    for (let n = 0; n < 5; n++) {
      journal.append(Buffer.from(`record ${n}`));
      due.pop()?.();
    }
    journal.close();
    assert.equal(read(dir).length, 5);
  });
});

function open(dir: string, changes: Partial<JournalOptions> = {}): Journal {
  const mono: Clock = { now: () => 0, setTimer: () => ({ cancel: () => undefined }) };
  return openJournal({
    dir,
    prefix: 'journal',
    fsync: 'interval',
    fsyncIntervalMs: 1000,
    segmentBytes: 1 << 20,
    mono,
    ...changes,
  });
}

/** Returns the offset behind each record in its segment. */
function writeAll(
  dir: string,
  written: readonly Uint8Array[],
  changes: Partial<JournalOptions> = {},
): number[] {
  const journal = open(dir, changes);
  const ends = written.map((payload) => {
    journal.append(payload);
    return journal.position().offset;
  });
  journal.close();
  return ends;
}

function read(dir: string, prefix: 'journal' | 'tape' = 'journal'): string[] {
  return [...readJournal(dir, prefix)].map((entry) => hex(entry.payload));
}

function segmentFile(dir: string, segment: number): string {
  return join(dir, `journal-00000${segment}.bin`);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A directory for one case of a property: `tempDir` would keep hundreds until the test ends. */
function inDir(run: (dir: string) => void): void {
  const dir = makeTempDir('journal');
  try {
    run(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function throwsFault(code: string, run: () => unknown): Fault {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    assert.equal(error.code, code);
    return error;
  }
  throw new assert.AssertionError({ message: `expected Fault('${code}')` });
}
