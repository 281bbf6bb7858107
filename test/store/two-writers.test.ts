/** Two daemons, one after the other, in one database: what is of both stands there once. */

import assert from 'node:assert/strict';
import { beforeAll, beforeEach, describe, it, onTestFinished } from 'vitest';

import type { Fact } from '../../src/protocol/facts.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { claimLease, type LeaseHolder } from '../../src/store/lease.ts';
import { waitFor } from '../../src/store/wait.ts';
import { SAMPLES } from '../support/facts.ts';
import { faultOf } from '../support/fault.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import {
  countRows,
  emptyTables,
  type JournalWriter,
  openJournalWriter,
  operation,
  shipAll,
  shipperOf,
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

describe('what two daemons have booked', () => {
  it('is there once, and the newer of what is now, whoever is shipped last', async () => {
    const deposed = writerAt(100 * SECOND_MS);
    const successor = writerAt(200 * SECOND_MS);
    deposed.turn(...facts(100, 100, 'both'));
    deposed.turn({ ...SAMPLES.operation, ts: 100, execId: 'only by the one before' });
    successor.turn(...facts(200, 200, 'both'));
    successor.turn({ ...SAMPLES.operation, ts: 200, execId: 'only by the next' });
    await shipAll(shipperOf(successor, db.pool));
    await shipAll(shipperOf(deposed, db.pool));
    const { rows } = await db.pool.query('select exec_id, journal_id from operations order by id');
    assert.deepEqual(rows, [
      { exec_id: 'both', journal_id: successor.journalId },
      { exec_id: 'only by the next', journal_id: successor.journalId },
      { exec_id: 'only by the one before', journal_id: deposed.journalId },
    ]);
    assert.equal(await one('select spot as value from status_current'), 200);
    assert.equal(await one('select ib_connected as value from daemon_heartbeat'), true);
    assert.equal(await one('select position as value from account_positions'), 200);
    const hedges = `select count(*)::int as value from attributions where scope = 'hedge'`;
    assert.equal(await one(hedges), 1);
    assert.equal(
      await one('select journal_id as value from attribution_days'),
      successor.journalId,
    );
    assert.equal(await countRows(db.pool, 'status_history'), 2, 'how it was is of both');
  });

  it('is there once where the successor books again what was shipped', async () => {
    const before = writerAt(100 * SECOND_MS);
    const next = writerAt(200 * SECOND_MS);
    before.turn(operation(1));
    await shipAll(shipperOf(before, db.pool));
    next.turn(operation(1), { ...operation(2), ...{ type: 'order_sent' } } as Fact);
    await shipAll(shipperOf(next, db.pool));
    assert.equal(await countRows(db.pool, 'operations'), 2);
    assert.equal(await countRows(db.pool, 'facts_rejected'), 0);
  });

  it('shows a clock that was set back at once, where one daemon alone writes', async () => {
    const writer = writerAt(200 * SECOND_MS);
    writer.turn(...facts(200, 200, 'a'));
    await shipAll(shipperOf(writer, db.pool));
    writer.at(100 * SECOND_MS);
    writer.turn(...facts(100, 150, 'b'));
    await shipAll(shipperOf(writer, db.pool));
    assert.equal(await one('select spot as value from status_current'), 150);
  });
});

describe('a daemon whose lease another has taken', () => {
  it('writes no row any more, and all that is left when it writes again', async () => {
    const writer = writerAt(100 * SECOND_MS);
    const first = await claim('one');
    assert(first.kind === 'won');
    const shipper = shipperOf(writer, db.pool, 100, first.epoch);
    writer.turn(operation(1));
    await shipAll(shipper);
    await runsOut();
    writer.turn(operation(2));
    await shipAll(shipper);
    assert.equal(await countRows(db.pool, 'operations'), 1 + 1, 'over, and nobody has taken it');

    assert.equal((await claim('two')).kind, 'won');
    writer.turn({ ...operation(3), execId: 'third' } as Fact);
    await faultOf('daemon_running', () => shipper.ship());
    assert.equal(await countRows(db.pool, 'operations'), 2);

    await runsOut();
    const again = await claim('one');
    assert(again.kind === 'won');
    await shipAll(shipperOf(writer, db.pool, 100, again.epoch));
    assert.equal(await countRows(db.pool, 'operations'), 3);
  });

  it('has what it is just committing in before another takes it', async () => {
    const held = await claim('one');
    assert(held.kind === 'won');
    await runsOut();
    const writer = writerAt(100 * SECOND_MS);
    writer.turn(operation(1));
    const committing = await db.pool.connect();
    onTestFinished(() => committing.release(true));
    await committing.query('begin');
    await committing.query('select from daemon_lease for share');
    let isTaken = false;
    const taken = claim('two').then(() => {
      isTaken = true;
    });
    const waits = await waitFor(realMono(), 10_000, async () => {
      const { rowCount } = await db.pool.query(
        `select from pg_stat_activity where wait_event_type = 'Lock'
           and datname = current_database() and query like '%daemon_lease%'`,
      );
      return (rowCount ?? 0) > 0 ? true : null;
    });
    assert.ok(waits);
    await shipAll(shipperOf(writer, db.pool, 100, held.epoch));
    assert.equal(isTaken, false);
    await committing.query('commit');
    await taken;
    assert.equal(await countRows(db.pool, 'operations'), 1);
  });
});
