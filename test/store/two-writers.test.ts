/** Two daemons, one after the other, in one database: what is of both stands there once. */

import assert from 'node:assert/strict';
import { beforeAll, beforeEach, describe, it, onTestFinished } from 'vitest';
import type { Fact } from '../../src/protocol/facts.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { journalEnd } from '../../src/store/journal.ts';
import { claimLease, type LeaseHolder } from '../../src/store/lease.ts';
import { shipLeftover } from '../../src/store/leftover.ts';
import type { ShippingTerm } from '../../src/store/postgres-sink.ts';
import { SAMPLES } from '../support/facts.ts';
import { silentLog, startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import {
  countRows,
  emptyTables,
  type JournalWriter,
  openJournalWriter,
  operation,
  shipAll,
  shipperOf,
  untilShipped,
} from '../support/shipping.ts';

let db: TestPostgres;

beforeAll(async () => {
  db = await startTestPostgres();
  return db.close;
});

beforeEach(async () => {
  await emptyTables(db.pool);
  await db.pool.query('truncate daemon_lease');
});

const SECOND_MS = 1000;

function writerAt(wallMs: number): JournalWriter {
  const writer = openJournalWriter();
  writer.at(wallMs);
  onTestFinished(() => writer.remove());
  return writer;
}

/** What a daemon leaves at a moment: how things are, and a hedge that it has booked. */
function facts(ts: number, spot: number, exec: string): readonly Fact[] {
  const { operation: fill, status, attribution, positions, heartbeat } = SAMPLES;
  const position = positions.positions[0];
  assert(position !== undefined);
  return [
    { ...fill, ts, execId: exec },
    { ...status, ts, spot },
    { ...heartbeat, ts, ibConnected: spot > 100 },
    { ...attribution, ts },
    { ...positions, ts, whole: true, positions: [{ ...position, quantity: spot }] },
  ];
}

async function one<T>(text: string): Promise<T | undefined> {
  return (await db.pool.query<{ value: T }>(text)).rows[0]?.value;
}

const holder = (name: string): LeaseHolder => {
  return { holder: name, host: name, pid: 1, startTime: 1, dataDir: '/nowhere' };
};

const claim = (name: string) =>
  claimLease(db.pool, { me: holder(name), fenced: true, leaseS: 10, waits: true });

const runsOut = () => db.pool.query(`update daemon_lease set expires_at = now() - interval '1 s'`);

/** The lease, and where the journal of the session under it begins. */
async function termOf(name: string, writer: JournalWriter): Promise<ShippingTerm> {
  await runsOut();
  const won = await claim(name);
  assert(won.kind === 'won');
  return { epoch: won.epoch, boot: journalEnd(writer.dir, 'journal') };
}

const shipUnder = (writer: JournalWriter, term: ShippingTerm | null) =>
  shipAll(shipperOf(writer, db.pool, 100, term));

/** Both have booked one fill, and each another that the other never heard of. */
function bothHedge(before: JournalWriter, next: JournalWriter): void {
  before.turn(...facts(100, 100, 'both'));
  before.turn({ ...SAMPLES.operation, ts: 100, execId: 'only by the one before' });
  next.turn(...facts(200, 200, 'both'));
  next.turn({ ...SAMPLES.operation, ts: 200, execId: 'only by the next' });
}

async function assertOnce(before: JournalWriter, next: JournalWriter): Promise<void> {
  const { rows } = await db.pool.query('select exec_id, journal_id from operations order by id');
  assert.deepEqual(rows, [
    { exec_id: 'both', journal_id: next.journalId },
    { exec_id: 'only by the next', journal_id: next.journalId },
    { exec_id: 'only by the one before', journal_id: before.journalId },
  ]);
  assert.equal(await one('select spot as value from status_current'), 200);
  assert.equal(await one('select ib_connected as value from daemon_heartbeat'), true);
  assert.equal(await one('select position as value from account_positions'), 200);
  const hedges = `select count(*)::int as value from attributions where scope = 'hedge'`;
  assert.equal(await one(hedges), 1);
  assert.equal(await one('select journal_id as value from attribution_days'), next.journalId);
  assert.equal(await countRows(db.pool, 'status_history'), 2, 'how it was is of both');
}

describe('what two daemons have booked', () => {
  it('is there once where the deposed one is shipped behind its successor', async () => {
    const before = writerAt(100 * SECOND_MS);
    const next = writerAt(200 * SECOND_MS);
    const deposed = await termOf('one', before);
    const term = await termOf('two', next);
    bothHedge(before, next);
    await shipUnder(next, term);
    await shipUnder(before, deposed);
    await assertOnce(before, next);
  });

  it('is there once where the rest is shipped when the deposed one writes again', async () => {
    const before = writerAt(100 * SECOND_MS);
    const next = writerAt(200 * SECOND_MS);
    bothHedge(before, next);
    await shipUnder(next, await termOf('two', next));
    const again = await termOf('one', before);
    await shipUnder(before, again);
    await assertOnce(before, next);
    // Its own session counts at once, whatever the two hosts' clocks say.
    before.turn(...facts(150, 150, 'later'));
    await shipUnder(before, again);
    assert.equal(await one('select spot as value from status_current'), 150);
    assert.equal(await one('select position as value from account_positions'), 150);
  });

  it('is there once where the successor books again what was shipped', async () => {
    const before = writerAt(100 * SECOND_MS);
    const next = writerAt(200 * SECOND_MS);
    before.turn(operation(1));
    await shipUnder(before, null);
    next.turn(operation(1), { ...SAMPLES.operation, type: 'order_sent' });
    await shipUnder(next, null);
    assert.equal(await countRows(db.pool, 'operations'), 2);
    assert.equal(await countRows(db.pool, 'facts_rejected'), 0);
  });

  it('is there once where both write it at the same moment', async () => {
    const before = writerAt(100 * SECOND_MS);
    const next = writerAt(200 * SECOND_MS);
    const [one, two] = [await termOf('one', before), await termOf('two', next)];
    for (let n = 0; n < 200; n += 1) {
      before.turn(operation(n));
      next.turn(operation(n));
    }
    const ship = (writer: JournalWriter, term: ShippingTerm) =>
      shipAll(shipperOf(writer, db.pool, 10, term));
    await Promise.all([ship(before, one), ship(next, two)]);
    assert.equal(await countRows(db.pool, 'operations'), 200);
  });

  it('is there once where the deposed one waits, and ships its rest meanwhile', async () => {
    const before = writerAt(100 * SECOND_MS);
    const next = writerAt(200 * SECOND_MS);
    bothHedge(before, next);
    await shipUnder(next, await termOf('two', next));
    const end = shipLeftover({
      ...{ url: db.url, journalDir: before.dir, mono: realMono(), log: silentLog },
    });
    await untilShipped(db.pool, before);
    await end();
    await assertOnce(before, next);
  });

  it('shows a clock that was set back at once, where one daemon alone writes', async () => {
    const writer = writerAt(200 * SECOND_MS);
    const term = await termOf('one', writer);
    writer.turn(...facts(200, 200, 'a'));
    await shipUnder(writer, term);
    writer.at(100 * SECOND_MS);
    writer.turn(...facts(100, 150, 'b'));
    await shipUnder(writer, term);
    assert.equal(await one('select spot as value from status_current'), 150);
  });
});
