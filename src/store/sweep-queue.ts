/**
 * The queue of cells that any number of worker processes take from: graphile-worker's, with tables
 * beside it for what cells share, for results, and for workers that live. A worker says each half
 * second that it does; what one has locked that said nothing for three seconds is free again. Where
 * it was not dead but slow, a cell is run twice, and its result is the same and kept once.
 */

import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import {
  makeWorkerUtils,
  Logger as QueueLogger,
  run,
  type WorkerEvents,
  type WorkerUtils,
} from 'graphile-worker';
import type { Logger } from '../log.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { errorText } from './database-error.ts';
import { createPool, type Pool } from './pool.ts';
import { putTask, readResults } from './sweep-store.ts';

/** A cell as it is queued. */
export interface QueuedCell {
  /** Named by everything that shapes its result. */
  readonly job: string;
  readonly cell: unknown;
}

/** A cell that a worker has taken. */
export interface TakenCell extends QueuedCell {
  /** What it shares with others, as it was put. */
  readonly body: unknown;
}

export interface SweepQueue {
  /** Of those of these jobs that are done, as they were written. */
  results(jobs: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  /** Queues cells for the workers that have this data; one that is queued already is left. */
  add(dataHash: string, body: unknown, cells: readonly QueuedCell[]): Promise<void>;
  /** Takes back what no worker has begun. */
  withdraw(jobs: readonly string[]): Promise<void>;
  /** The first of these jobs that no worker could finish, and what the last of them said. */
  failed(jobs: readonly string[]): Promise<{ readonly job: string; readonly why: string } | null>;
  /** Frees what dead workers have locked; how many workers live. */
  retake(): Promise<number>;
  close(): Promise<void>;
}

export interface QueueOptions {
  readonly url: string;
  /** Cells of another version are another's: the same name has to mean the same result. */
  readonly version: string;
  readonly mono: Clock;
  readonly log: Logger;
}

export interface WorkerOptions extends QueueOptions {
  /** Cells at a time. */
  readonly threads: number;
  /** Hashes of the data sets that are here. */
  readonly dataHashes: readonly string[];
  /** Rejects where it cannot be run; it is tried again then. */
  readonly runCell: (cell: TakenCell, dataHash: string) => Promise<unknown>;
}

const BEAT_MS = 500;
const DEAD_S = 3;
/** How often a worker looks by itself; of a new cell it is told. */
const POLL_MS = 500;
/** A cell whose workers died or failed so often is not tried again. */
const ATTEMPTS_MAX = 4;
const ADDED_AT_ONCE = 500;
const STATEMENT_MS = 20_000;
/** Rows of workers that died long ago. */
const FORGET_S = 86_400;

/** Opens the queue for one who adds to it. Rejects with what the database says. */
export async function openSweepQueue(options: QueueOptions): Promise<SweepQueue> {
  const pool = queuePool(options, 4);
  const utils = await makeWorkerUtils({ pgPool: pool, logger: quiet(options.log) });
  return {
    results: (jobs) => readResults(pool, jobs),
    async add(dataHash, body, cells) {
      const task = await putTask(pool, body);
      const identifier = identifierOf(options.version, dataHash);
      const queued = await queuedOf(
        pool,
        cells.map(({ job }) => job),
      );
      const fresh = cells.filter(({ job }) => !queued.has(job));
      for (let from = 0; from < fresh.length; from += ADDED_AT_ONCE) {
        const part = fresh.slice(from, from + ADDED_AT_ONCE);
        await utils.addJobs(
          part.map(({ job, cell }) => ({
            ...{ identifier, jobKey: job, maxAttempts: ATTEMPTS_MAX },
            payload: { job, task, cell },
          })),
        );
      }
    },
    async withdraw(jobs) {
      await pool.query(
        `select graphile_worker.remove_job(key) from graphile_worker.jobs
         where key = any($1) and locked_by is null`,
        [jobs],
      );
    },
    failed: (jobs) => firstFailed(pool, jobs),
    retake: () => retake(pool, utils),
    async close() {
      await utils.release();
      await pool.end();
    },
  };
}

/**
 * Takes cells until `stop`, which waits for those under way. `failed` resolves with why, should
 * the queue break off by itself.
 */
export async function startSweepWorker(options: WorkerOptions): Promise<{
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}> {
  const { threads, dataHashes, version, mono, log, runCell } = options;
  const pool = queuePool(options, threads + 4);
  const logger = quiet(log);
  const utils = await makeWorkerUtils({ pgPool: pool, logger });
  const names = new Set<string>();
  const bodies = new Map<string, unknown>();
  const tasks = dataHashes.map((dataHash) => {
    const perform = async (payload: unknown, helpers: Helpers): Promise<void> => {
      // Put there by `add`, of this very version.
      const { job, task, cell } = payload as { job: string; task: string; cell: unknown };
      const done = await readResults(pool, [job]);
      if (done.has(job)) return;
      const body = bodies.get(task) ?? (await readTask(pool, task));
      bodies.set(task, body);
      const result = await runCell({ job, cell, body }, dataHash);
      const { locked_by: worker, attempts } = helpers.job;
      await pool.query(
        `insert into sweep_results (job, task, result, worker, attempts)
         values ($1, $2, $3, $4, $5) on conflict (job) do nothing`,
        [job, task, JSON.stringify(result), worker ?? 'unknown', attempts],
      );
    };
    return [identifierOf(version, dataHash), perform] as const;
  });
  const settings = {
    ...{ pgPool: pool, logger, concurrency: threads, pollInterval: POLL_MS },
    ...{ noHandleSignals: true, noPreparedStatements: true, events: namesInto(names) },
  };
  // The last: no table of times, which would be looked for in the working directory.
  const runner = await run(settings, Object.fromEntries(tasks), []);
  const heart = startHeart(pool, utils, names, mono, log);
  await heart.begun;
  return {
    failed: runner.promise.then(
      () => 'the queue was closed',
      (error: unknown) => errorText(error),
    ),
    async stop() {
      await runner.stop().catch(() => undefined);
      await heart.stop();
      await pool.query('delete from sweep_workers where worker = any($1)', [[...names]]);
      await utils.release();
      await pool.end();
    },
  };
}

interface Helpers {
  readonly job: { readonly locked_by: string | null; readonly attempts: number };
}

function queuePool({ url, log }: QueueOptions, connectionsMax: number): Pool {
  const role = 'sweep';
  const pool = createPool({ url, role, connectionsMax, statementTimeoutMs: STATEMENT_MS, log });
  // A connection that breaks while it is used fails its query, and would end the process besides.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** A worker takes the cells of its own version whose data it has, and leaves the others. */
function identifierOf(version: string, dataHash: string): string {
  return `bifrost_sweep ${version} ${dataHash.slice(0, 32)}`;
}

async function readTask(pool: Pool, task: string): Promise<unknown> {
  const { rows } = await pool.query<{ body: unknown }>(
    'select body from sweep_tasks where task = $1',
    [task],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`the task ${task} of a queued cell is gone`);
  return row.body;
}

/** Those of these jobs that wait or are run; one that failed for good is none of them. */
async function queuedOf(pool: Pool, jobs: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ key: string }>(
    'select key from graphile_worker.jobs where key = any($1) and attempts < max_attempts',
    [jobs],
  );
  return new Set(rows.map(({ key }) => key));
}

async function firstFailed(
  pool: Pool,
  jobs: readonly string[],
): Promise<{ readonly job: string; readonly why: string } | null> {
  const { rows } = await pool.query<{ job: string; why: string }>(
    `select key as job, coalesce(last_error, 'its workers died') as why from graphile_worker.jobs
     where key = any($1) and attempts >= max_attempts and locked_by is null order by id limit 1`,
    [jobs],
  );
  return rows[0] ?? null;
}

/** A worker that only just took its first cell may not have said yet that it lives. */
async function retake(pool: Pool, utils: WorkerUtils): Promise<number> {
  const { rows } = await pool.query<{ name: string }>(
    `select distinct locked_by as name from graphile_worker.jobs
     left join sweep_workers on worker = locked_by
     where locked_by is not null and task_identifier like 'bifrost_sweep %'
       and greatest(locked_at, seen) < clock_timestamp() - make_interval(secs => $1)`,
    [DEAD_S],
  );
  if (rows.length > 0) await utils.forceUnlockWorkers(rows.map(({ name }) => name));
  const { rows: counts } = await pool.query<{ living: number }>(
    `select count(*)::int as living from sweep_workers
     where seen > clock_timestamp() - make_interval(secs => $1)`,
    [DEAD_S],
  );
  return counts[0]?.living ?? 0;
}

/** Says that these workers live, and frees what others left when they died. */
function startHeart(
  pool: Pool,
  utils: WorkerUtils,
  names: ReadonlySet<string>,
  mono: Clock,
  log: Logger,
): { readonly begun: Promise<void>; stop(): Promise<void> } {
  let timer: Timer | null = null;
  let stopped = false;
  const beat = async (): Promise<void> => {
    try {
      await pool.query(
        `insert into sweep_workers (worker, host, pid)
         select name, $2, $3 from unnest($1::text[]) as name
         on conflict (worker) do update set seen = clock_timestamp()`,
        [[...names], hostname(), process.pid],
      );
      await retake(pool, utils);
    } catch (error) {
      // The next beat comes; until then others may take what we have, and do it twice.
      log.warn({ reason: errorText(error) }, 'the database was not told that this worker lives');
    }
    if (stopped) return;
    timer = mono.setTimer(BEAT_MS, () => {
      last = beat();
    });
  };
  let last = beat();
  const begun = last.then(async () => {
    await pool.query(
      'delete from sweep_workers where seen < clock_timestamp() - make_interval(secs => $1)',
      [FORGET_S],
    );
  });
  return {
    begun,
    async stop() {
      stopped = true;
      timer?.cancel();
      await last;
    },
  };
}

/** Collects the names under which this process locks cells: one for all its threads. */
function namesInto(names: Set<string>): WorkerEvents {
  const events: WorkerEvents = new EventEmitter();
  events.on('worker:create', ({ worker }) => {
    names.add(worker.workerPool.id);
  });
  return events;
}

/** What it says of each job is told by us; of trouble with the database both tell. */
function quiet(log: Logger): QueueLogger {
  return new QueueLogger(() => (level, message) => {
    if (level === 'error') log.warn({ from: 'graphile-worker' }, message);
  });
}
