/** What tests of shipping share: a fresh journal and its way into a database, step by step. */

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';

import type { Fact } from '../../src/protocol/facts.ts';
import { encodeRecord } from '../../src/protocol/records.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { openJournal } from '../../src/store/journal.ts';
import { createJournalMark, type JournalMark } from '../../src/store/journal-mark.ts';
import type { Pool } from '../../src/store/pool.ts';
import { createPostgresSink, type ShippingTerm } from '../../src/store/postgres-sink.ts';
import { createShipper, type Shipper } from '../../src/store/shipper.ts';
import { TABLES } from '../../src/store/tables.ts';
import { waitFor } from '../../src/store/wait.ts';
import { SAMPLES } from './facts.ts';
import { silentLog } from './postgres.ts';
import { makeTempDir } from './temp-dir.ts';

export interface JournalWriter {
  readonly dir: string;
  readonly journalId: string;
  readonly mark: JournalMark;
  /** The sequence of the last turn. */
  readonly sequence: number;
  /** Appends one turn, of the wall time that `at` says. */
  turn(...facts: readonly Fact[]): void;
  at(wallMs: number): void;
  remove(): void;
}

/** A journal in a directory of its own; by default with segments of a few dozen turns. */
export function openJournalWriter(segmentBytes = 20_000): JournalWriter {
  const dir = makeTempDir('shipped-journal');
  const mark = createJournalMark();
  const journal = openJournal({
    ...{ dir, prefix: 'journal', mono: realMono(), mark },
    ...{ fsync: 'interval', fsyncIntervalMs: 1000, segmentBytes },
  });
  let sequence = 0;
  let wallMs: number | null = null;
  return {
    dir,
    journalId: journal.journalId,
    mark,
    get sequence() {
      return sequence;
    },
    turn(...facts) {
      sequence += 1;
      const at = { mono: sequence, trading: sequence, wall: wallMs ?? sequence };
      const record = { seq: sequence, kind: 'timer', to: 'book:NVDA', at, body: null } as const;
      journal.append(encodeRecord({ ...record, effects: [], facts, digest: '' }));
    },
    at(ms) {
      wallMs = ms;
    },
    remove() {
      journal.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function operation(n: number): Fact {
  return { ...SAMPLES.operation, orderRef: `demo:${n}`, execId: `0000e0d5.${n}.01` };
}

export async function emptyTables(pool: Pool): Promise<void> {
  const names = [...Object.keys(TABLES), 'journal_progress', 'facts_rejected'];
  await pool.query(`truncate ${names.join(', ')}`);
}

export function shipperOf(
  writer: JournalWriter,
  pool: Pool,
  batchRows = 100,
  term: ShippingTerm | null = null,
): Shipper {
  const { dir, journalId } = writer;
  const sink = createPostgresSink(pool, term);
  return createShipper({ sink, journalDir: dir, journalId, batchRows, log: silentLog });
}

/** Goes on after what another shipper won. */
export async function shipAll(shipper: Shipper): Promise<void> {
  for (let caughtUp = false; !caughtUp; ) {
    try {
      ({ caughtUp } = await shipper.ship());
    } catch (error) {
      assert.match(String(error), /shipped further by another session/);
    }
  }
}

/** Waits until the database has the writer's last turn. */
export async function untilShipped(pool: Pool, writer: JournalWriter): Promise<void> {
  const done = await waitFor(realMono(), 30_000, async () => {
    const { rows } = await pool.query<{ sequence: string }>(
      'select sequence from journal_progress where journal_id = $1',
      [writer.journalId],
    );
    return Number(rows[0]?.sequence ?? 0) === writer.sequence ? true : null;
  });
  assert.ok(done, 'the journal was not shipped in 30 s');
}

/** Each turn's operation once, in their order. */
export async function assertShipped(pool: Pool, turns: number): Promise<void> {
  const { rows } = await pool.query<{ sequence: string }>(
    'select sequence from operations order by id',
  );
  const expected = Array.from({ length: turns }, (_, n) => n + 1);
  assert.deepEqual(
    rows.map(({ sequence }) => Number(sequence)),
    expected,
  );
}

export async function countRows(pool: Pool, table: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(`select count(*)::int as n from ${table}`);
  return rows[0]?.n ?? 0;
}
