import assert from 'node:assert/strict';
import { beforeAll, beforeEach, describe, it } from 'vitest';

import { maintainPartitions } from '../../src/store/partitions.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';

let db: TestPostgres;

beforeAll(async () => {
  db = await startTestPostgres();
  return db.close;
});

beforeEach(async () => {
  for (const name of await partitions()) {
    if (!name.endsWith('_default')) await db.pool.query(`drop table ${name}`);
  }
  await db.pool.query('truncate status_history');
});

async function partitions(): Promise<string[]> {
  const { rows } = await db.pool.query<{ name: string }>(
    `select child.relname as name from pg_inherits join pg_class child on child.oid = inhrelid
     where inhparent = 'status_history'::regclass order by name`,
  );
  return rows.map(({ name }) => name);
}

/** Where rows of status_history lie, and what they say. */
async function places(): Promise<Record<string, string[]>> {
  const { rows } = await db.pool.query<{ place: string; symbols: string[] }>(
    `select tableoid::regclass::text as place, array_agg(symbol order by id) as symbols
     from status_history group by 1`,
  );
  return Object.fromEntries(rows.map(({ place, symbols }) => [place, symbols]));
}

async function add(symbol: string, ts: string, journalId: string | null = 'ab12'): Promise<void> {
  await db.pool.query(
    `insert into status_history (symbol, ts, journal_id) values ($1, ${ts}, $2)`,
    [symbol, journalId],
  );
}

const NOW = 'extract(epoch from now())';
const ago = (days: number) => `extract(epoch from now()) - ${days} * 86400`;

describe('months', () => {
  it('are made ahead, once, for every table that grows', async () => {
    const { made } = await maintainPartitions(db.pool, null);
    assert.equal(made.filter((name) => name.startsWith('status_history')).length, 3);
    assert.deepEqual(await maintainPartitions(db.pool, null), {
      ...{ made: [], dropped: [], deletedRows: 0 },
    });
    assert.equal((await partitions()).length, 4);
  });

  it('take over the rows that came before them', async () => {
    await add('NOW', NOW);
    await add('OLD', ago(400));
    await add('UNDATED', 'null');
    await maintainPartitions(db.pool, null);
    const found = await places();
    const [month] = (await partitions()).filter((name) => !name.endsWith('_default'));
    assert.deepEqual(found, {
      [month ?? '']: ['NOW'],
      status_history_default: ['OLD', 'UNDATED'],
    });
  });

  it('are not made where many rows would have to move: those stay where they are', async () => {
    await db.pool.query(
      `insert into status_history (symbol, ts) select 'NOW', ${NOW} from generate_series(1, 50001)`,
    );
    const settled = new Set<string>();
    const { made } = await maintainPartitions(db.pool, null, settled);
    assert.equal(made.filter((name) => name.startsWith('status_history')).length, 2);
    assert.deepEqual(Object.keys(await places()), ['status_history_default']);
    const [name] = settled;
    assert.match(name ?? '', /^status_history_y/);
    // Whoever remembers it does not count again, even if there were fewer now.
    await db.pool.query('truncate status_history');
    assert.deepEqual((await maintainPartitions(db.pool, null, settled)).made, []);
    assert.deepEqual((await maintainPartitions(db.pool, null)).made, [name]);
  });

  it('refuse no row for its date', async () => {
    await maintainPartitions(db.pool, null);
    await add('FAR', `${NOW} + 1e9`);
    assert.deepEqual(await places(), { status_history_default: ['FAR'] });
  });
});

describe('what is too old', () => {
  it('goes by the month, and rows of before there were months go one by one', async () => {
    await db.pool.query(
      `create table status_history_y2020m03 partition of status_history
       for values from (1583020800) to (1585699200)`,
    );
    await add('MARCH', '1583020801');
    await add('OURS', ago(91));
    await add('YOUNG', ago(80));
    const done = await maintainPartitions(db.pool, 90);
    assert.deepEqual(done.dropped, ['status_history_y2020m03']);
    assert.equal(done.deletedRows, 1);
    assert.deepEqual(Object.values(await places()), [['YOUNG']]);
  });

  it('of attributions is kept for a year at the least, as far as statistics look back', async () => {
    const month = (name: string, from: number, until: number) =>
      db.pool.query(
        `create table ${name} partition of attributions for values from (${from}) to (${until})`,
      );
    const day = 86_400;
    const now = Math.floor(Date.now() / 1000);
    await month('attributions_y2019m01', 1_546_300_800, 1_548_979_200);
    const { dropped } = await maintainPartitions(db.pool, 1);
    assert.deepEqual(dropped, ['attributions_y2019m01']);
    const young = new Date((now - 200 * day) * 1000);
    const [year, index] = [young.getUTCFullYear(), young.getUTCMonth()];
    const [from, until] = [Date.UTC(year, index) / 1000, Date.UTC(year, index + 1) / 1000];
    const name = `attributions_y${year}m${String(index + 1).padStart(2, '0')}`;
    await month(name, from, until);
    assert.deepEqual((await maintainPartitions(db.pool, 1)).dropped, []);
  });

  it('stays where the earlier engine wrote it', async () => {
    await add('EARLIER', ago(2000), null);
    await maintainPartitions(db.pool, 1);
    assert.deepEqual(await places(), { status_history_default: ['EARLIER'] });
  });

  it('of the earlier engine stays, too, where its month became one of ours', async () => {
    // Taken over in the middle of a month, which then had rows of both.
    await db.pool.query(
      `create table status_history_y2020m03 partition of status_history
       for values from (1583020800) to (1585699200)`,
    );
    await add('EARLIER', '1583020801', null);
    await add('OURS', '1583020802');
    const { dropped } = await maintainPartitions(db.pool, 90);
    assert.deepEqual(dropped, ['status_history_y2020m03']);
    assert.deepEqual(await places(), { status_history_default: ['EARLIER'] });
  });

  it('of the earlier engine keeps its month where there is much of it', async () => {
    await db.pool.query(
      `create table status_history_y2020m03 partition of status_history
       for values from (1583020800) to (1585699200)`,
    );
    await add('OURS', '1583020802');
    await db.pool.query(
      `insert into status_history (ts) select 1583020801 from generate_series(1, 50001)`,
    );
    const settled = new Set<string>();
    const { dropped, deletedRows } = await maintainPartitions(db.pool, 90, settled);
    assert.deepEqual(dropped, []);
    assert.equal(deletedRows, 1);
    assert.ok(settled.has('status_history_y2020m03'));
    const { rows } = await db.pool.query('select count(*)::int as n from status_history');
    assert.equal(rows[0].n, 50_001);
  });
});
