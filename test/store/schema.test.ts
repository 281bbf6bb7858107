import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';

import { migrate } from '../../src/store/migrate.ts';
import { describeSchema, expectedSchema, findDrift } from '../../src/store/schema.ts';
import { blocksOf, READERS_PAGES } from '../support/docs/page-blocks.ts';
import { faultOf } from '../support/fault.ts';
import { silentLog, startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { ROOT } from '../support/tidy/source.ts';

let db: TestPostgres;

beforeAll(async () => {
  db = await startTestPostgres();
  return db.close;
});

/** The drift that statements cause, which are then undone. */
async function driftAfter(statements: string) {
  const client = await db.pool.connect();
  try {
    await client.query(`begin; ${statements}`);
    return findDrift(expectedSchema(), await describeSchema(client));
  } finally {
    await client.query('rollback');
    client.release();
  }
}

describe('the expected schema', () => {
  it('is what the migrations make', async () => {
    const made = await describeSchema(db.pool);
    const remedy = 'run `npm run schema`, then `npm run docs`';
    assert.deepEqual(expectedSchema(), made, remedy);
  });

  it('has a sentence for every table and column', () => {
    const silent = Object.entries(expectedSchema()).flatMap(([name, { comment, columns }]) => [
      ...(comment === null ? [name] : []),
      ...Object.entries(columns).flatMap(([column, { comment: said }]) =>
        said === null ? [`${name}.${column}`] : [],
      ),
    ]);
    assert.deepEqual(silent, [], 'say what they are, with `comment on` in their migration');
  });
});

describe('a statement that a page shows', () => {
  const inline = /`((?:select|insert|update|delete)\s[^`]+)`/gi;
  const statements = READERS_PAGES.flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [
      ...blocksOf(page, 'sql'),
      ...[...text.matchAll(inline)].map(([, statement = '']) => statement),
    ];
  });

  it.each(statements)('is taken: %s', async (statement) => {
    assert.deepEqual(await driftAfter(statement), { problems: [], warnings: [] });
  });

  it('is one of some', () => {
    assert.ok(statements.length >= 2, `${statements.length}`);
  });
});

describe('drift', () => {
  const harmful: readonly (readonly [string, string])[] = [
    ['drop table suspensions', 'table suspensions is missing'],
    ['alter table orders drop column filled', 'orders.filled is missing'],
    [
      'alter table intents alter column quantity type bigint',
      'intents.quantity is bigint, and should be integer',
    ],
    [
      'alter table operations alter column side set not null',
      'operations.side is not null, and our rows may lack it',
    ],
    [
      'alter table accounts add column owner text not null',
      'accounts.owner is not ours, and not null without a default',
    ],
    [
      'alter table executions drop constraint executions_exec_id_key',
      'executions has no unique key (exec_id)',
    ],
    ['drop trigger append_only on orders', 'orders has no trigger append_only'],
    ['alter table orders disable trigger append_only', 'orders has no trigger append_only'],
    [
      'drop table status_history cascade; create table status_history (id bigint)',
      'status_history is not partitioned RANGE (ts)',
    ],
  ];
  it.each(harmful)('is found after: %s', async (statements, problem) => {
    const { problems } = await driftAfter(statements);
    assert.ok(problems.includes(problem), problems.join('; '));
  });

  it('is a warning where only an index is missing', async () => {
    const drift = await driftAfter('drop index operations_ts');
    assert.deepEqual(drift, {
      problems: [],
      warnings: ['index operations_ts on operations btree (ts) is missing: reads will be slow'],
    });
  });

  it.each([
    'create table of_mine (id integer)',
    'alter table operations add column note text',
    `alter table operations add column kind text not null default 'x'`,
    'drop index operations_ts; create index mine on operations (ts)',
    'create view of_mine as select * from operations',
  ])('is not: %s', async (statements) => {
    assert.deepEqual(await driftAfter(statements), { problems: [], warnings: [] });
  });

  it('ends a start with the difference and the way out', async () => {
    await db.pool.query('alter table latches rename column cause to why');
    const fault = await faultOf('database_unusable', () => migrate(db.url, silentLog));
    await db.pool.query('alter table latches rename column why to cause');
    assert.match(fault.message, /was changed: latches\.cause is missing, and 1 more$/);
    assert.match(fault.remedy ?? '', /bifrost db status/);
    assert.deepEqual(await migrate(db.url, silentLog), []);
  });
});
