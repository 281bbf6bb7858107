/**
 * The database a process works with: the operator's own, or the embedded one. Opening it waits for
 * a server that is not there yet, and tells at once what waiting does not mend.
 */

import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { Clock } from '../runtime/clock.ts';
import { databaseLabel, errorText } from './database-error.ts';
import {
  type StopOutcome,
  startEmbeddedPostgres,
  stopEmbeddedPostgres,
} from './embedded-postgres.ts';
import { withClient } from './pool.ts';
import { waitFor } from './wait.ts';

export interface DatabaseOptions {
  /** Null: the embedded one, in `dataDir`. */
  readonly url: string | null;
  readonly dataDir: string;
  readonly mono: Clock;
  readonly log: Logger;
  /** How long a server of the operator's may take to answer. Default 30 s. */
  readonly budgetMs?: number;
  /** Gives the start of the embedded server up. */
  readonly signal?: AbortSignal;
}

export interface Database {
  readonly url: string;
  /** `host:port/database`, for messages. */
  readonly label: string;
  readonly embedded: boolean;
  /** Stops the embedded server unless others use it; leaves the operator's alone. */
  stop(deadlineMs: number): Promise<StopOutcome>;
}

const BUDGET_MS = 30_000;
const RETRY_MS = 500;
const VERSION_MIN = 140_000;

/** Throws `Fault('database_unreachable')` after the budget, or `Fault('database_unusable')`. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, dataDir, mono, log, signal } = options;
  if (url === null) {
    const given = signal === undefined ? {} : { signal };
    const server = await startEmbeddedPostgres({ dataDir, mono, log, ...given });
    return {
      url: server.url,
      label: databaseLabel(server.url),
      embedded: true,
      stop: (deadlineMs) => stopEmbeddedPostgres({ dataDir, mono, log, deadlineMs }),
    };
  }
  await waitForServer(url, mono, options.budgetMs ?? BUDGET_MS);
  const stop = async (): Promise<StopOutcome> => ({ kind: 'not_running' });
  return { url, label: databaseLabel(url), embedded: false, stop };
}

async function waitForServer(url: string, mono: Clock, budgetMs: number): Promise<void> {
  let last: unknown;
  const answered = await waitFor(
    mono,
    budgetMs,
    async () => {
      try {
        await checkServer(url);
        return true;
      } catch (error) {
        last = error;
        if (error instanceof Fault && error.code === 'database_unreachable') return null;
        throw asUnusable(error, url);
      }
    },
    RETRY_MS,
  );
  if (answered !== null) return;
  const reason = last instanceof Fault ? errorText(last.cause ?? last) : errorText(last);
  const seconds = Math.round(budgetMs / 1000);
  throw new Fault(
    'database_unreachable',
    `no database answers at ${databaseLabel(url)} within ${seconds} s: ${reason}`,
    { remedy: 'start it, or mend DATABASE_URL; without one the embedded database is used' },
  );
}

async function checkServer(url: string): Promise<void> {
  await withClient(url, 'check', async (client) => {
    const { rows } = await client.query<{ version: number; name: string; may: boolean | null }>(
      `select current_setting('server_version_num')::int as version,
              current_setting('server_version') as name,
              has_schema_privilege(current_schema(), 'create') as may`,
    );
    const server = rows[0];
    if (server === undefined || server.version < VERSION_MIN) {
      throw unusable(url, `is PostgreSQL ${server?.name}, and 14 is the oldest that will do`);
    }
    if (server.may !== true) {
      throw unusable(url, 'does not let this user create tables');
    }
  });
}

/** A refusal of the server, or of the way to it, such as a certificate: waiting mends neither. */
function asUnusable(error: unknown, url: string): Fault {
  if (error instanceof Fault && error.remedy !== undefined) return error;
  const cause = error instanceof Fault ? (error.cause ?? error) : error;
  return unusable(url, `cannot be used: ${errorText(cause)}`);
}

function unusable(url: string, what: string): Fault {
  return new Fault('database_unusable', `the database at ${databaseLabel(url)} ${what}`, {
    remedy: 'mend DATABASE_URL, or leave it out to use the embedded database',
  });
}
