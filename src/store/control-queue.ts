/**
 * Commands that come through the database: rows of `daemon_control`, written by monitors, other
 * programs or an operator's `psql`, and taken by the one daemon that writes. All ages are by the
 * database's clock.
 */

import type { ControlResult } from '../protocol/control.ts';
import { jsonText } from './json-text.ts';
import type { Pool } from './pool.ts';
import type { Writer } from './recovery-store.ts';

/** A row that nobody has taken. */
export interface QueuedControl {
  readonly id: number;
  /** As it was written: `suspend`, or in older hands `SUSPEND` and `retry-ib`. */
  readonly command: string;
  readonly payload: unknown;
  readonly origin: string | null;
  readonly ageS: number;
  /** Written before the asking daemon began. */
  readonly before: boolean;
}

export type ControlOutcome = 'done' | 'refused' | 'expired' | 'invalid' | 'failed';

/** What became of a row; null while nobody has taken it. */
export interface QueuedAnswer {
  readonly outcome: ControlOutcome | 'taken';
  readonly result: ControlResult | null;
}

const OPEN_MAX = 50;

/** The database's time, unix seconds. */
export async function databaseNow(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ now: number }>(
    'select extract(epoch from clock_timestamp())::float8 as now',
  );
  return rows[0]?.now ?? Number.NaN;
}

/** The oldest rows that nobody has taken; `since`: when the asking daemon began. */
export async function openControls(pool: Pool, since: number): Promise<readonly QueuedControl[]> {
  const { rows } = await pool.query<RawControl>(
    `select id::float8 as id, command, payload, origin,
       extract(epoch from clock_timestamp() - created_at)::float8 as age,
       extract(epoch from created_at) < $1 as before
     from daemon_control where consumed_at is null order by id limit $2`,
    [since, OPEN_MAX],
  );
  return rows.map(({ id, command, payload, origin, age, before }) => {
    return { id, command, payload: payload ?? {}, origin, ageS: age, before };
  });
}

interface RawControl {
  readonly id: number;
  readonly command: string;
  readonly payload: unknown;
  readonly origin: string | null;
  readonly age: number;
  readonly before: boolean;
}

/** Takes a row before it is executed; false where it is another's, or was taken meanwhile. */
export async function takeControl(pool: Pool, writer: Writer, id: number): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update daemon_control set consumed_at = now(), outcome = 'taken'
     where id = $1 and consumed_at is null
       and exists (select from daemon_lease where id = 1 and holder = $2 and epoch = $3)`,
    [id, writer.holder, writer.epoch],
  );
  return rowCount === 1;
}

/**
 * Answers for daemons that ended between taking a row and saying what became of it; how many rows.
 * `since`: when the asking daemon began. One that still lives after all says better.
 */
export async function answerForTheDead(pool: Pool, writer: Writer, since: number): Promise<number> {
  const message = 'the daemon ended before it answered; its history says whether it was done';
  const result: ControlResult = { ok: false, status: 503, message };
  const { rowCount } = await pool.query(
    `update daemon_control set outcome = 'failed', result = $1
     where outcome = 'taken' and result is null and extract(epoch from consumed_at) < $2
       and exists (select from daemon_lease where id = 1 and holder = $3 and epoch = $4)`,
    [jsonText(result), since, writer.holder, writer.epoch],
  );
  return rowCount ?? 0;
}

/** Writes back what became of it. */
export async function answerControl(
  pool: Pool,
  id: number,
  outcome: ControlOutcome,
  result: ControlResult,
): Promise<void> {
  await pool.query(
    `update daemon_control
     set consumed_at = coalesce(consumed_at, now()), outcome = $2, result = $3 where id = $1`,
    [id, outcome, jsonText(result)],
  );
}

/** Asks for a command; the id of its row. */
export async function writeControl(
  pool: Pool,
  command: string,
  payload: object,
  origin: string,
): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `insert into daemon_control (command, payload, origin) values ($1, $2, $3)
     returning id::float8 as id`,
    [command, jsonText(payload), origin],
  );
  return rows[0]?.id ?? 0;
}

/** What became of the row, as far as it is known. */
export async function readAnswer(pool: Pool, id: number): Promise<QueuedAnswer | null> {
  const { rows } = await pool.query<QueuedAnswer>(
    'select outcome, result from daemon_control where id = $1 and consumed_at is not null',
    [id],
  );
  return rows[0] ?? null;
}
