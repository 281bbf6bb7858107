/**
 * Results of sweeps in PostgreSQL: each is kept once, under the name of its job, whoever made it.
 * A process that runs cells itself hands them over as they come; what the database does not take
 * now is written with the next, and at the end.
 */

import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from '../log.ts';
import { databaseFault, errorText } from './database-error.ts';
import { createPool, type Queryable } from './pool.ts';

export interface SweepStore {
  /** Of those of these jobs that are done, as they were written. */
  results(jobs: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  /** Writes it while the caller goes on; one that is there already is left as it is. */
  add(job: string, result: unknown): void;
  /** Writes what is left, and lets go. Rejects where the database does not take it. */
  close(): Promise<void>;
}

interface StoreOptions {
  readonly url: string;
  /** What all cells share. */
  readonly body: unknown;
  readonly log: Logger;
}

const STATEMENT_MS = 20_000;
/** Rows in one statement: a year of days is some 50 kB each. */
const ROWS_MAX = 50;

/** Opens it for one sweep. Rejects with what the database says. */
export async function openSweepStore({ url, body, log }: StoreOptions): Promise<SweepStore> {
  const role = 'sweep';
  const pool = createPool({ url, role, connectionsMax: 2, statementTimeoutMs: STATEMENT_MS, log });
  const task = await putTask(pool, body);
  const worker = `${hostname()} ${process.pid}`;
  const waiting: { readonly job: string; readonly result: unknown }[] = [];
  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const rows = waiting.slice(0, ROWS_MAX);
      await putResults(pool, task, worker, rows);
      waiting.splice(0, rows.length);
    }
  };
  let writing: Promise<void> | null = null;
  const begin = (): void => {
    writing ??= writeAll()
      .catch((error: unknown) => {
        log.warn({ reason: errorText(error) }, 'results of the sweep wait for the database');
      })
      .finally(() => {
        writing = null;
      });
  };
  return {
    results: (jobs) => readResults(pool, jobs),
    add(job, result) {
      waiting.push({ job, result });
      begin();
    },
    async close() {
      try {
        await writing;
        await writeAll();
      } catch (error) {
        throw databaseFault(error, url);
      } finally {
        await pool.end();
      }
    },
  };
}

/** Keeps what cells share; its name. */
export async function putTask(database: Queryable, body: unknown): Promise<string> {
  const text = JSON.stringify(body);
  const task = createHash('sha256').update(text).digest('hex').slice(0, 32);
  await database.query(
    'insert into sweep_tasks (task, body) values ($1, $2) on conflict (task) do nothing',
    [task, text],
  );
  return task;
}

/** Of those of these jobs that are done. */
export async function readResults(
  database: Queryable,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  const { rows } = await database.query<{ job: string; result: unknown }>(
    'select job, result from sweep_results where job = any($1)',
    [jobs],
  );
  return new Map(rows.map(({ job, result }) => [job, result]));
}

async function putResults(
  database: Queryable,
  task: string,
  worker: string,
  rows: readonly { readonly job: string; readonly result: unknown }[],
): Promise<void> {
  await database.query(
    `insert into sweep_results (job, task, result, worker, attempts)
     select job, $3, result, $4, 1 from unnest($1::text[], $2::json[]) as cell (job, result)
     on conflict (job) do nothing`,
    [rows.map(({ job }) => job), rows.map(({ result }) => JSON.stringify(result)), task, worker],
  );
}
