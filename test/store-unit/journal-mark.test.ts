import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'vitest';

import { encodeRecord } from '../../src/protocol/records.ts';
import { installGuard } from '../../src/runtime/guard.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { type Journal, openJournal, readJournal } from '../../src/store/journal.ts';
import { createJournalMark, openJournalMark } from '../../src/store/journal-mark.ts';
import { ChangeBatch } from '../../src/store/jsonl-sink.ts';
import { createShipper, type Shipper } from '../../src/store/shipper.ts';
import { NOTHING_SHIPPED, type Progress, type Sink } from '../../src/store/sink.ts';
import { SimulatedDisk } from '../simulation/disk.ts';
import { silentLog } from '../support/postgres.ts';
import { operation } from '../support/shipping.ts';

const DIR = '/data/journal';

let clock: VirtualClock;
let disk: SimulatedDisk;
let unguard: () => void;
/** The sequence of each row that was shipped, and how far that is. */
let rows: unknown[];
let progress: Progress;

beforeEach(() => {
  clock = new VirtualClock();
  disk = new SimulatedDisk(clock);
  disk.seed(`${DIR}/journal-id`, 'marked');
  unguard = installGuard({ fs: disk.functions() });
  rows = [];
  progress = NOTHING_SHIPPED;
});

afterEach(() => unguard());

describe('what is shipped of a journal that is being written', () => {
  it('is no record whose sync failed, though it stands in the file', async () => {
    const { journal, shipper } = open('always');
    append(journal, 1);
    disk.trouble = 'syncs fail';
    assert.throws(() => append(journal, 2), /EIO/);
    assert.equal([...readJournal(DIR, 'journal')].length, 2);
    assert.deepEqual(await shipper.ship(), { records: 1, rows: 1, caughtUp: true });
    assert.deepEqual(rows, [1]);
  });

  it('is what the next session finds when it begins, and nothing that a power cut took', async () => {
    const broken = open('always');
    append(broken.journal, 1);
    disk.trouble = 'syncs fail';
    assert.throws(() => append(broken.journal, 2), /EIO/);
    await broken.shipper.ship();
    disk.release();
    disk.powerCut(0);
    disk.trouble = 'none';

    const next = open('always');
    append(next.journal, 2);
    await next.shipper.ship();
    assert.deepEqual(rows, [1, 2]);
    assert.equal([...readJournal(DIR, 'journal')].length, 2);
  });

  it('is the record of a killed session whose sync failed, once it is lasting', async () => {
    const broken = open('always');
    disk.trouble = 'syncs fail';
    assert.throws(() => append(broken.journal, 1), /EIO/);
    disk.trouble = 'none';
    disk.release();
    const { shipper } = open('always');
    await shipper.ship();
    assert.deepEqual(rows, [1]);
  });

  it('waits for no sync where a turn does not wait for it', async () => {
    const { journal, shipper } = open('interval');
    append(journal, 1);
    assert.equal(disk.holds(`${DIR}/journal-000001.bin`, journal.position().offset, true), false);
    await shipper.ship();
    assert.deepEqual(rows, [1]);
  });

  it('goes through all segments up to the mark', async () => {
    const { journal, shipper } = open('always', 500);
    for (let n = 1; n <= 9; n += 1) append(journal, n);
    assert.ok(journal.position().segment > 2);
    for (let caughtUp = false; !caughtUp; ) ({ caughtUp } = await shipper.ship());
    assert.deepEqual(rows, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(progress.position, journal.position());
  });
});

describe('a mark that nobody has set', () => {
  it('lets nothing be shipped', async () => {
    append(open('always').journal, 1);
    const nowhere = openJournalMark(createJournalMark().descriptor);
    assert.deepEqual(await shipperUntil(nowhere).ship(), { records: 0, rows: 0, caughtUp: true });
  });
});

function open(fsync: 'interval' | 'always', segmentBytes = 100_000) {
  const mark = createJournalMark();
  const journal = openJournal({
    ...{ dir: DIR, prefix: 'journal', fsync, fsyncIntervalMs: 1000, segmentBytes },
    ...{ mono: clock, mark },
  });
  return { journal, shipper: shipperUntil(openJournalMark(mark.descriptor)) };
}

function append(journal: Journal, seq: number): void {
  const record = { seq, kind: 'timer', to: 'book:NVDA', body: null } as const;
  const at = { mono: seq, trading: seq, wall: seq };
  journal.append(encodeRecord({ ...record, at, effects: [], facts: [operation(seq)], digest: '' }));
}

function shipperUntil(until: ReturnType<typeof openJournalMark>): Shipper {
  const sink: Sink<ChangeBatch> = {
    createBatch: () => new ChangeBatch(),
    progress: async () => progress,
    begin: async (_, at) => at,
    write: async (_, { to, batch }) => {
      rows.push(...batch.changes.map((change) => 'row' in change && change.row['sequence']));
      progress = to;
    },
    close: async () => undefined,
  };
  const place = { journalDir: DIR, journalId: 'marked', batchRows: 4, log: silentLog };
  return createShipper({ ...place, sink, until });
}
