/**
 * A real PostgreSQL for tests: one embedded server for all files of a run, each with a fresh
 * database. Its cluster stays in `.tmp`, so that only the first run of a checkout makes it. Every
 * file holds a session while it runs, and the last to leave stops the server.
 */

import { join } from 'node:path';

import { createLogger, type Logger } from '../../src/log.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
  stopEmbeddedPostgres,
} from '../../src/store/embedded-postgres.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createPool, type Pool } from '../../src/store/pool.ts';
import { isAlive } from '../../src/store/process-identity.ts';
import { waitFor } from '../../src/store/wait.ts';

export interface TestPostgres {
  /** Of the file's own database, which `close` drops. */
  readonly url: string;
  readonly pool: Pool;
  readonly close: () => Promise<void>;
}

export const silentLog: Logger = createLogger({ level: 'silent', pretty: false });

const OPTIONS = {
  dataDir: join(import.meta.dirname, '../../.tmp/test-postgres'),
  mono: realMono(),
  log: silentLog,
};

/** Call it in a `beforeAll` that returns `close`; `migrated: false` leaves the database empty. */
export async function startTestPostgres({ migrated = true } = {}): Promise<TestPostgres> {
  const { server, keeper } = await enter();
  await dropLeftBehind(keeper);
  const name = `test_${process.pid}`;
  await keeper.query(`drop database if exists ${name} with (force)`);
  await keeper.query(`create database ${name}`);
  const url = server.url.replace(/\/bifrost$/, `/${name}`);
  const pool = testPool(url);
  const close = async () => {
    await pool.end();
    await keeper.query(`drop database ${name} with (force)`);
    await keeper.end();
    await stopEmbeddedPostgres({ ...OPTIONS, deadlineMs: 5000 });
  };
  if (migrated) await migrate(url, silentLog);
  return { url, pool, close };
}

export function testPool(url: string): Pool {
  return createPool({
    url,
    role: 'test',
    connectionsMax: 4,
    statementTimeoutMs: 20_000,
    log: silentLog,
  });
}

/** Databases of runs that were killed. */
async function dropLeftBehind(keeper: Pool): Promise<void> {
  const { rows } = await keeper.query<{ datname: string }>(
    `select datname from pg_database where datname ~ '^test_[0-9]+$'`,
  );
  for (const { datname } of rows) {
    if (isAlive(Number(datname.slice('test_'.length)))) continue;
    await keeper.query(`drop database if exists ${datname} with (force)`);
  }
}

/** The file that was last may stop the server just as we find it: then it is started again. */
async function enter(): Promise<{ server: EmbeddedPostgres; keeper: Pool }> {
  const entered = await waitFor(OPTIONS.mono, 30_000, async () => {
    const server = await startEmbeddedPostgres(OPTIONS);
    const keeper = testPool(server.url);
    try {
      await keeper.query('select');
      return { server, keeper };
    } catch {
      await keeper.end();
      return null;
    }
  });
  if (entered === null) throw new Error('the test database does not start');
  return entered;
}
