import assert from 'node:assert/strict';
import { beforeAll, describe, it } from 'vitest';

import { CopyBuffer } from '../../src/store/copy-format.ts';
import { copyIn } from '../../src/store/copy-in.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';

let db: TestPostgres;

const COLUMNS = {
  a_text: 'text',
  a_boolean: 'boolean',
  a_smallint: 'smallint',
  an_integer: 'integer',
  a_bigint: 'bigint',
  a_double: 'double precision',
  a_time: 'timestamptz',
  a_json: 'jsonb',
} as const;
const COPY = `copy copied (${Object.keys(COLUMNS).join(', ')}) from stdin binary`;

beforeAll(async () => {
  db = await startTestPostgres({ migrated: false });
  const columns = Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`);
  await db.pool.query(`create table copied (${columns.join(', ')}, check (an_integer <> 13))`);
  return db.close;
});

type Values = Readonly<Partial<Record<keyof typeof COLUMNS, string | number | boolean | null>>>;

async function copy(rows: readonly Values[]): Promise<Record<string, unknown>[]> {
  await db.pool.query('truncate copied');
  const buffer = new CopyBuffer(COLUMNS);
  for (const row of rows) buffer.add(row as Record<string, string>);
  const client = await db.pool.connect();
  try {
    assert.equal(await copyIn(client, COPY, buffer.finish()), rows.length);
    return (await client.query('select * from copied')).rows;
  } finally {
    client.release();
  }
}

describe('rows that are copied', () => {
  it('are there with their values, at the edges too', async () => {
    const json = '{"a": [1, "é\\n"]}';
    const time = 1_789_000_000.25;
    const large = { a_bigint: -(2 ** 53) + 1, a_double: -1.5e-300, an_integer: -(2 ** 31) };
    const rows = await copy([
      { a_text: 'a\tb\\N', a_boolean: true, a_smallint: -7, a_time: time, a_json: json },
      { a_text: '', a_boolean: false, ...large },
      { a_bigint: 4_294_967_296, a_double: Number.MAX_VALUE, an_integer: 2 ** 31 - 1 },
      { a_bigint: 4_294_967_295, a_double: -0, an_integer: 0, a_time: 0 },
    ]);
    assert.equal(rows[0]?.['a_text'], 'a\tb\\N');
    assert.equal(rows[0]?.['a_boolean'], true);
    assert.equal(rows[0]?.['a_smallint'], -7);
    assert.deepEqual(rows[0]?.['a_json'], { a: [1, 'é\n'] });
    assert.deepEqual(rows[0]?.['a_time'], new Date(time * 1000));
    assert.deepEqual(rows[0]?.['a_double'], null);
    assert.equal(rows[1]?.['a_text'], '');
    assert.equal(rows[1]?.['a_bigint'], String(-(2 ** 53) + 1));
    assert.equal(rows[1]?.['a_double'], -1.5e-300);
    assert.equal(rows[1]?.['an_integer'], -(2 ** 31));
    assert.equal(rows[2]?.['a_bigint'], '4294967296');
    assert.equal(rows[2]?.['a_double'], Number.MAX_VALUE);
    assert.equal(rows[3]?.['a_bigint'], '4294967295');
    assert.deepEqual(rows[3]?.['a_time'], new Date(0));
  });

  it('hold text of any length and script, but for what PostgreSQL cannot', async () => {
    const texts = ['x'.repeat(39), 'x'.repeat(41), 'ä'.repeat(40), '日本', '😀'.repeat(300_000)];
    const rows = await copy([...texts, 'a\0b', '\ud800'].map((a_text) => ({ a_text })));
    assert.deepEqual(
      rows.map((row) => row['a_text']),
      [...texts, 'ab', '\ufffd'],
    );
  });

  it('are none, or many more than one chunk', async () => {
    assert.deepEqual(await copy([]), []);
    const many = Array.from({ length: 20_000 }, (_, n) => ({ an_integer: n + 100, a_double: n }));
    const rows = await copy(many);
    assert.equal(rows.length, many.length);
    assert.equal(rows.at(-1)?.['an_integer'], 20_099);
  });
});

describe('a copy that the server refuses', () => {
  it('tells why, and leaves the connection as it was', async () => {
    const client = await db.pool.connect();
    try {
      const buffer = new CopyBuffer(COLUMNS);
      for (const n of [1, 13, 2]) buffer.add({ an_integer: n });
      await assert.rejects(copyIn(client, COPY, buffer.finish()), /violates check constraint/);
      await assert.rejects(copyIn(client, 'copy nowhere from stdin', Buffer.alloc(0)), /nowhere/);
      await assert.rejects(copyIn(client, COPY, Buffer.from('no rows')), /COPY file signature/);
      assert.equal((await client.query('select 1 as one')).rows[0].one, 1);
    } finally {
      client.release();
    }
  });

  it('leaves time for other work, as much as there is, and no longer than it takes', async () => {
    const client = await db.pool.connect();
    const buffer = new CopyBuffer(COLUMNS);
    for (let n = 0; n < 200_000; n += 1) buffer.add({ a_text: 'x'.repeat(100) });
    let left = 3;
    assert.equal(await copyIn(client, COPY, buffer.finish(), () => --left > 0), 200_000);
    assert.equal(left, 0);
    let [calls, isThere] = [0, false];
    const endless = (): boolean => {
      assert(!isThere, 'nothing is asked for once the answer is there');
      calls += 1;
      return true;
    };
    await copyIn(client, COPY, buffer.finish(), endless);
    isThere = true;
    assert(calls > 1);
    await client.query('truncate copied');
    client.release();
  });

  it('ends with the connection that it went over', async () => {
    const client = await db.pool.connect();
    client.on('error', () => undefined);
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const buffer = new CopyBuffer(COLUMNS);
    for (let n = 0; n < 200_000; n += 1) buffer.add({ a_text: 'x'.repeat(100) });
    const sent = copyIn(client, COPY, buffer.finish());
    await db.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await assert.rejects(sent, /terminat|ECONNRESET|EPIPE/);
    client.release(true);
  });
});
