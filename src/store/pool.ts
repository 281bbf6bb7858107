/** Connections to PostgreSQL: named after who holds them, and none waits for ever. */

import pg from 'pg';

import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import { databaseFault, errorText } from './database-error.ts';
import { PoolerAwarePool } from './pooler.ts';

export type Pool = pg.Pool;
export type PoolClient = pg.PoolClient;
export type Client = pg.Client;

/** What the tables are asked through: a pool, or one connection of it. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

export interface PoolOptions {
  readonly url: string;
  /** Shows in `pg_stat_activity` as `bifrost/<role>`, by which a stop knows who is still here. */
  readonly role: string;
  readonly connectionsMax: number;
  /** A statement that runs longer is ended by the server. */
  readonly statementTimeoutMs: number;
  readonly log: Logger;
}

const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;
/** Beyond the server's own limit: only a connection that is half open gets this far. */
const SILENCE_AFTER_TIMEOUT_MS = 5_000;
/** A server that has said nothing for so long is asked whether it is there. */
const KEEP_ALIVE_AFTER_MS = 10_000;
/** For who asks a little and needs no more of the server than that. */
const PATIENCE_MS = 15_000;
/** For what works through whole tables: half an hour for one statement, and then it hangs. */
export const LONG_PATIENCE_MS = 30 * 60_000;

export function createPool(options: PoolOptions): Pool {
  const pool = new PoolerAwarePool({
    ...connectionConfig(options.url, options.role),
    max: options.connectionsMax,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs + SILENCE_AFTER_TIMEOUT_MS,
  });
  // A connection that breaks between two statements, or before its first, says so by an event,
  // which would end us: the next statement tells.
  pool.on('connect', (client) => client.on('error', () => undefined));
  // An idle connection that breaks is replaced at the next query, which tells if that fails too.
  pool.on('error', (error) => {
    options.log.debug({ reason: errorText(error) }, 'an idle database connection was lost');
  });
  return pool;
}

/** Whether a pooler was found before the server: no session is ours. */
export function isPooled(pool: Pool): boolean {
  return pool instanceof PoolerAwarePool && pool.pooled;
}

/**
 * Opens one connection, runs, and closes it. Errors come as faults, an answer that does not come
 * within `patienceMs` too.
 */
export async function withClient<T>(
  url: string,
  role: string,
  run: (client: pg.Client) => Promise<T>,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const config = { ...connectionConfig(url, role), query_timeout: patienceMs };
  const client = new pg.Client(config);
  // The error that matters rejects the query under way; without a listener it would end us.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await run(client);
  } catch (error) {
    throw databaseFault(error, url);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function connectionConfig(url: string, role: string): pg.ClientConfig {
  return {
    connectionString: withoutApplicationName(url),
    application_name: `bifrost/${role}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
  };
}

/** Parameters of the URL win over options, and a stop must recognise our sessions. */
function withoutApplicationName(url: string): string {
  if (!URL.canParse(url)) {
    throw new Fault('database_unusable', 'the database URL is no URL', {
      remedy: 'write it as postgresql://user:password@host:port/database',
    });
  }
  const parsed = new URL(url);
  parsed.searchParams.delete('application_name');
  return parsed.href;
}

/** Runs in a transaction on one connection; an error rolls back and is thrown as it came. */
export async function inTransaction<T>(
  pool: Pool,
  run: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let failure: unknown;
  try {
    await client.query(pool instanceof PoolerAwarePool ? pool.begin : 'begin');
    const result = await run(client);
    await client.query('commit');
    return result;
  } catch (error) {
    failure = error;
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    // After a failure nobody knows what state the connection is in: it is not used again.
    client.release(failure !== undefined);
  }
}
