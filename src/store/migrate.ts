/** Brings a database to the schema of this version: the files in `migrations/`, each once. */

import { readdirSync } from 'node:fs';
import { runner } from 'node-pg-migrate';

import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import { packageFile } from '../package.ts';
import { databaseLabel, errorText } from './database-error.ts';
import { type Client, LONG_PATIENCE_MS, type Queryable, withClient } from './pool.ts';
import { type Drift, describeSchema, expectedSchema, findDrift } from './schema.ts';

const MIGRATIONS = packageFile('migrations');
const TABLE = 'schema_migrations';
/** Any number that no other program of the database's owner is likely to lock. */
const MIGRATION_LOCK = 7_236_001_925;
/** Somebody who migrates, or reads a table that changes, is waited for so long. */
const LOCK_WAIT_MS = 30_000;

export interface SchemaState {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** In the database, and unknown to this version: it was migrated by a newer one. */
  readonly unknown: readonly string[];
}

/**
 * Applies what is missing, all or nothing, looks whether the schema then is what it should be, and
 * returns the names. Of two that start at once the second waits and finds nothing to do.
 */
export async function migrate(
  url: string,
  log: Logger,
  lockWaitMs: number = LOCK_WAIT_MS,
): Promise<readonly string[]> {
  try {
    const work = async (client: Client) => {
      const state = await schemaState(client);
      refuseNewer(url, state);
      const done = state.pending.length === 0 ? [] : await runPending(client, lockWaitMs);
      refuseDrift(url, await schemaDrift(client), log);
      return done;
    };
    const done = await withClient(url, 'migrate', work, LONG_PATIENCE_MS);
    const names = done.map((migration) => migration.name);
    if (names.length > 0) log.info({ migrations: names }, 'the database schema is up to date');
    return names;
  } catch (error) {
    throw migrationFault(error, url);
  }
}

/**
 * In one transaction with the lock: the runner's own lock is the session's, which a transaction
 * pooler would hand to others with the lock still on it.
 */
async function runPending(client: Client, lockWaitMs: number): ReturnType<typeof runner> {
  // The runner tells each statement to its log; ours wants the names only.
  const drop = () => undefined;
  try {
    await client.query(
      `begin; set local lock_timeout = ${Math.ceil(lockWaitMs)};
       set local idle_in_transaction_session_timeout = '60s';
       select pg_advisory_xact_lock(${MIGRATION_LOCK})`,
    );
    const done = await runner({
      dbClient: client,
      dir: MIGRATIONS,
      migrationsTable: TABLE,
      direction: 'up',
      singleTransaction: true,
      noLock: true,
      logger: { debug: drop, info: drop, warn: drop, error: drop },
    });
    await client.query('commit');
    return done;
  } catch (error) {
    await client.query('rollback').catch(drop);
    throw error;
  }
}

/** Which migrations the database has, and which it lacks. */
export async function schemaState(client: Queryable): Promise<SchemaState> {
  const known = migrationNames();
  const table = await client.query<{ found: string | null }>('select to_regclass($1)::text found', [
    TABLE,
  ]);
  if (table.rows[0]?.found == null) return { applied: [], pending: known, unknown: [] };
  const { rows } = await client.query<{ name: string }>(`select name from ${TABLE} order by id`);
  const applied = rows.map((row) => row.name);
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

/** How the schema differs from what the migrations make. */
export async function schemaDrift(client: Queryable): Promise<Drift> {
  return findDrift(expectedSchema(), await describeSchema(client));
}

/** The migrations that this program knows, oldest first. */
export function migrationNames(): string[] {
  const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql'));
  return files.map((name) => name.slice(0, -'.sql'.length)).sort();
}

function refuseNewer(url: string, state: SchemaState): void {
  const newest = state.unknown.at(-1);
  if (newest === undefined) return;
  throw new Fault(
    'database_unusable',
    `the database at ${databaseLabel(url)} has a newer schema (${newest})`,
    { remedy: 'run the version of Bifrost that migrated it, or a later one' },
  );
}

function refuseDrift(url: string, { problems, warnings }: Drift, log: Logger): void {
  for (const warning of warnings) log.warn(warning);
  const [first] = problems;
  if (first === undefined) return;
  const others = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  throw new Fault(
    'database_unusable',
    `the schema of the database at ${databaseLabel(url)} was changed: ${first}${others}`,
    {
      remedy:
        '`bifrost db status` lists all; undo it (docs/database.md says how it should be), ' +
        'or name another database: history is shipped anew from the journal',
    },
  );
}

function migrationFault(error: unknown, url: string): Fault {
  // Cut off by the network it is rolled back, and can be tried again; a newer schema is told as is.
  const isTold = error instanceof Fault && error.cause === undefined;
  if (error instanceof Fault && (isTold || error.code === 'database_unreachable')) return error;
  const cause = error instanceof Fault ? error.cause : error;
  return new Fault(
    'database_unusable',
    `cannot migrate the database at ${databaseLabel(url)}: ${errorText(cause)}`,
    { remedy: 'nothing was changed; mend the cause and start again', cause },
  );
}
