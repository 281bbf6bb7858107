/**
 * A copy of what the database holds, in files of its own, since no tool of PostgreSQL comes along:
 * a row is a line of JSON, as the server itself writes it, so that numbers keep every digit. It is
 * of one moment, taken while the daemon writes, and goes back only into the schema that it is of.
 */

import {
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip, gzipSync } from 'node:zlib';
import { Fault } from '../fault.ts';
import { writeAtomically } from './data-dir.ts';
import { databaseLabel } from './database-error.ts';
import { migrationNames, schemaState } from './migrate.ts';
import { type Client, LONG_PATIENCE_MS, withClient } from './pool.ts';

export interface DatabaseBackup {
  /** The newest migration of the database that it is of. */
  readonly schema: string;
  /** Unix seconds, by the database's clock. */
  readonly ts: number;
  readonly tables: Readonly<Record<string, number>>;
}

const MANIFEST = 'backup.json';
/** Rows that are held at once. */
const BATCH_ROWS = 5000;
/**
 * Who writes now, what a successor must know of them and what monitors show is of the moment: older
 * than a journal that is there, it must not stand over it. What was migrated is of the server.
 */
const NOT_COPIED = [
  ...['daemon_lease', 'daemon_standby', 'recovery_base', 'recovery_facts'],
  ...['monitor_views', 'monitor_sessions', 'schema_migrations'],
];
/** Tables that only trading fills: where one has rows, something would be lost. */
const TRADED = ['operations', 'orders', 'executions', 'status_history'];

/** Copies every table into the empty folder `to`. */
export function backupDatabase(url: string, to: string): Promise<DatabaseBackup> {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  if (readdirSync(to).length > 0) {
    throw new Fault('safety_refused', `${to} is not empty`, { remedy: 'name an empty folder' });
  }
  const work = async (client: Client): Promise<DatabaseBackup> => {
    await client.query('begin isolation level repeatable read read only');
    const schema = await schemaOf(client, url);
    const now = await client.query<{ ts: number }>('select extract(epoch from now())::float8 ts');
    const tables: Record<string, number> = {};
    for (const table of await tablesOf(client)) tables[table] = await copyOut(client, table, to);
    await client.query('commit');
    const backup = { schema, ts: now.rows[0]?.ts ?? 0, tables };
    // Last of all: a folder with it is a whole backup.
    writeAtomically(join(to, MANIFEST), `${JSON.stringify(backup, null, 2)}\n`, 0o600);
    return backup;
  };
  return withClient(url, 'backup', work, LONG_PATIENCE_MS);
}

/** Puts a backup into a migrated database in which nothing was traded yet: all of it or nothing. */
export function restoreDatabase(url: string, from: string): Promise<DatabaseBackup> {
  const backup = readBackup(from);
  const work = async (client: Client): Promise<DatabaseBackup> => {
    await client.query('begin');
    await refuseOther(client, url, backup);
    await refuseTraded(client, url);
    const known = await tablesOf(client);
    for (const [table, rows] of Object.entries(backup.tables)) {
      // Of an earlier version, which copied more.
      if (NOT_COPIED.includes(table)) continue;
      if (!known.includes(table)) throw damaged(from, `the table ${table} is unknown`);
      await client.query(`truncate ${table}`);
      const put = await copyIn(client, table, from);
      if (put !== rows) throw damaged(from, `${table} has ${put} rows and not ${rows}`);
    }
    await raiseSequences(client);
    await client.query('commit');
    return backup;
  };
  return withClient(url, 'restore', work, LONG_PATIENCE_MS);
}

function readBackup(from: string): DatabaseBackup {
  const file = join(from, MANIFEST);
  if (!existsSync(file)) throw damaged(from, `${MANIFEST} is missing`);
  try {
    // Written by us; what is wrong in it is found as the tables are read.
    return JSON.parse(readFileSync(file, 'utf8')) as DatabaseBackup;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw damaged(from, `${MANIFEST} cannot be read`);
  }
}

function damaged(from: string, why: string): Fault {
  return new Fault('data_unreadable', `${from} is no whole backup: ${why}`, {
    remedy: 'nothing was changed; take another backup',
  });
}

async function schemaOf(client: Client, url: string): Promise<string> {
  const { applied, pending, unknown } = await schemaState(client);
  const newest = applied.at(-1);
  if (newest !== undefined && pending.length === 0 && unknown.length === 0) return newest;
  throw new Fault('database_unusable', `${databaseLabel(url)} has the schema of another version`, {
    remedy: '`bifrost db migrate`, or the version of Bifrost that it is of',
  });
}

async function refuseOther(client: Client, url: string, { schema }: DatabaseBackup): Promise<void> {
  const here = await schemaOf(client, url);
  if (here === schema) return;
  const isKnown = migrationNames().includes(schema);
  throw new Fault('safety_refused', `the backup is of schema ${schema}, the database of ${here}`, {
    remedy: `restore it with the ${isKnown ? 'older' : 'newer'} Bifrost that made it, then upgrade`,
  });
}

async function refuseTraded(client: Client, url: string): Promise<void> {
  for (const table of TRADED) {
    const { rows } = await client.query(`select from ${table} limit 1`);
    if (rows.length === 0) continue;
    throw new Fault('safety_refused', `${databaseLabel(url)} has rows in ${table} already`, {
      remedy: 'restore into an empty database: a new data directory, or another DATABASE_URL',
    });
  }
}

/** Partitions are told with the table they are of. */
async function tablesOf(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
        and not relispartition and relname <> all($1) order by relname`,
    [NOT_COPIED],
  );
  return rows.map(({ name }) => name);
}

async function copyOut(client: Client, table: string, to: string): Promise<number> {
  const file = openSync(fileOf(to, table), 'wx', 0o600);
  let count = 0;
  try {
    // A table without rows is a whole compressed text as well.
    writeSync(file, gzipSync(''));
    await client.query(
      `declare copied no scroll cursor for select to_jsonb(t)::text as line from ${table} t`,
    );
    for (;;) {
      const { rows } = await client.query<{ line: string }>(`fetch ${BATCH_ROWS} from copied`);
      if (rows.length === 0) break;
      // Compressed texts behind each other are one compressed text.
      writeSync(file, gzipSync(rows.map(({ line }) => `${line}\n`).join('')));
      count += rows.length;
    }
    await client.query('close copied');
  } finally {
    closeSync(file);
  }
  return count;
}

async function copyIn(client: Client, table: string, from: string): Promise<number> {
  let batch: string[] = [];
  let count = 0;
  const put = async (): Promise<void> => {
    if (batch.length === 0) return;
    await client.query(
      `insert into ${table} overriding system value
       select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
      [`[${batch.join(',')}]`],
    );
    count += batch.length;
    batch = [];
  };
  const file = fileOf(from, table);
  if (!existsSync(file)) return 0;
  const bytes = createReadStream(file).pipe(createGunzip());
  try {
    for await (const line of createInterface({ input: bytes })) {
      batch.push(line);
      if (batch.length === BATCH_ROWS) await put();
    }
  } catch (error) {
    const isCut = error instanceof Error && 'code' in error && /^Z_/.test(String(error.code));
    throw isCut ? damaged(from, `${table}: ${error.message}`) : error;
  }
  await put();
  return count;
}

/** The next row gets a number of its own. */
async function raiseSequences(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string; column: string; sequence: string }>(
    `select c.relname as name, a.attname as column,
            pg_get_serial_sequence(c.oid::regclass::text, a.attname) as sequence
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
        and not c.relispartition and not a.attisdropped
        and pg_get_serial_sequence(c.oid::regclass::text, a.attname) is not null`,
  );
  for (const { name, column, sequence } of rows) {
    await client.query(
      `select setval($1, greatest((select max(${column}) from ${name}), 1),
                     exists (select from ${name}))`,
      [sequence],
    );
  }
}

function fileOf(dir: string, table: string): string {
  return join(dir, `${table}.jsonl.gz`);
}
