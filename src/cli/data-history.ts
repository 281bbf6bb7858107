/** `bifrost data import --format history`: where the history is, and how it is reached. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { tradingSession } from '../domain/calendar.ts';
import { Fault } from '../fault.ts';
import { createLogger } from '../log.ts';
import { realMono } from '../runtime/real-clock.ts';
import { openDatabase } from '../store/database.ts';
import { databaseLabel } from '../store/database-error.ts';
import { openDataset } from '../store/dataset.ts';
import { runningPostgres } from '../store/embedded-postgres.ts';
import { type HistoryImport, importHistory } from '../store/history-import.ts';
import { type HistoryPosition, historyPositions } from '../store/history-positions.ts';
import type { ImportedDay } from '../store/lean-options.ts';
import { schemaState } from '../store/migrate.ts';
import { createPool, type Pool, withClient } from '../store/pool.ts';
import { clusterPaths } from '../store/postgres-cluster.ts';
import { save } from './backtest.ts';

const STOP_MS = 10_000;
/** A year of quotes by the second takes about a minute. */
const STATEMENT_TIMEOUT_MS = 300_000;

/**
 * `from`: the URL of a database, or the data directory of a daemon; without it what is configured.
 * An embedded server that does not run is started for the while.
 */
export async function importFromHistory(
  from: string | undefined,
  options: HistoryImport,
  onDay: (day: ImportedDay) => void,
): Promise<void> {
  const { url, dataDir } = placeOf(from);
  const wasRunning = url !== null || runningPostgres(dataDir) !== null;
  const log = createLogger({ level: 'warn', pretty: process.stderr.isTTY === true });
  const database = await openDatabase({ url, dataDir, mono: realMono(), log });
  try {
    const { pending } = await withClient(database.url, 'import', schemaState);
    if (pending.length > 0) {
      const lacks = `the database at ${databaseLabel(database.url)} lacks ${pending.join(', ')}`;
      throw new Fault('database_unusable', lacks, { remedy: 'run `bifrost db migrate`' });
    }
    const connection = { url: database.url, connectionsMax: 1, log };
    const timeout = { statementTimeoutMs: STATEMENT_TIMEOUT_MS };
    const pool = createPool({ role: 'import', ...connection, ...timeout });
    try {
      await importHistory(pool, options, onDay);
      await writePositions(pool, options);
    } finally {
      await pool.end();
    }
  } finally {
    // What this command started it also ends; what ran before goes on.
    if (!wasRunning) await database.stop(STOP_MS);
  }
}

/** Beside the quotes, for `--positions`: what the book held while they were written. */
async function writePositions(pool: Pool, { to, symbol }: HistoryImport): Promise<void> {
  const days = openDataset(to).days.map(({ day }) => tradingSession(day));
  const span = { symbol, from: days[0]?.open ?? 0, to: days.at(-1)?.close ?? 0 };
  const held = await historyPositions(pool, span);
  if (held.length === 0) return;
  const file = join(to, 'positions.json');
  save(file, `${JSON.stringify(held.map(rowOf), null, 1)}\n`);
  process.stderr.write(`what was held stands in ${file}\n`);
}

function rowOf({ expiry, strike, right, quantity, at, avgCost }: HistoryPosition): object {
  return {
    ...{ expiry, strike, right, quantity },
    ...(at === null ? {} : { at: new Date(at).toISOString() }),
    ...(avgCost === null ? {} : { avg_cost: avgCost }),
  };
}

function placeOf(from: string | undefined): {
  readonly url: string | null;
  readonly dataDir: string;
} {
  if (from !== undefined && /^postgres(ql)?:\/\//.test(from)) return { url: from, dataDir: '' };
  const loaded = loadConfig({ file: undefined, env: process.env, cwd: process.cwd() });
  const dataDir = from === undefined ? loaded.dataDir : resolve(from);
  const url = from === undefined ? loaded.config.store.database_url : null;
  // Opening the embedded database would make one, and to look is not to make.
  if (url === null && !existsSync(clusterPaths(dataDir).cluster)) {
    throw new Fault('not_found', `there is no database in ${dataDir}`, {
      remedy: 'name the data directory of a daemon, or a URL, with --from, or set DATABASE_URL',
    });
  }
  return { url, dataDir };
}
