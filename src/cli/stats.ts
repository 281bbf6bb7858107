/** `bifrost stats`: what came of hedging, from the database alone, whether a daemon runs or not. */

import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { dataDirOf, loadConfig } from '../config/load.ts';
import { Fault } from '../fault.ts';
import { createLogger } from '../log.ts';
import type { StatisticsView } from '../protocol/statistics-view.ts';
import { realMono } from '../runtime/real-clock.ts';
import { openDatabase } from '../store/database.ts';
import { databaseLabel } from '../store/database-error.ts';
import { runningPostgres } from '../store/embedded-postgres.ts';
import { schemaState } from '../store/migrate.ts';
import { noStatistics } from '../store/no-statistics.ts';
import { createPool, withClient } from '../store/pool.ts';
import { clusterPaths } from '../store/postgres-cluster.ts';
import { createStatistics } from '../store/statistics.ts';
import { print, printJson } from './output.ts';
import { statisticsPage } from './stats-page.ts';
import { statisticsText } from './stats-text.ts';

interface Options {
  readonly days: number;
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: true;
  readonly html?: string;
  readonly format: 'text' | 'json' | 'html';
}

const DAYS_MAX = 3660;
const STOP_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 60_000;

export function statsCommand(): Command {
  return new Command('stats')
    .description('Sums the history up: hedges, wins, P&L, costs, blocks, time in states.')
    .option('--days <n>', 'calendar days of the exchange, up to the newest there is', wholeDays, 30)
    .addOption(
      new Option('--format <format>', 'what to print')
        .choices(['text', 'json', 'html'])
        .default('text'),
    )
    .option('--json', 'as JSON')
    .option('--html <file>', 'writes a page with charts, which needs nothing else')
    .option('-c, --config <file>', 'configuration; default BIFROST_CONFIG, or config/demo.yaml')
    .option('--data-dir <dir>', 'data directory; default BIFROST_DATA_DIR, or data/')
    .action(async (options: Options) => tell(options, await readStatistics(options)));
}

function wholeDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= DAYS_MAX) return days;
  throw new InvalidArgumentError(`It is a whole number from 1 to ${DAYS_MAX}.`);
}

async function readStatistics(options: Options): Promise<StatisticsView> {
  const { env } = process;
  const cwd = process.cwd();
  const { config } = loadConfig({ file: options.config, env, cwd });
  const dataDir =
    options.dataDir === undefined ? dataDirOf(env, cwd) : resolve(cwd, options.dataDir);
  if (config.store.sink !== 'postgres') return noStatistics().statistics(options.days);
  const url = config.store.database_url;
  // Opening the embedded database would make one, and to look is not to make.
  if (url === null && !existsSync(clusterPaths(dataDir).cluster)) {
    throw new Fault('not_found', `there is no database in ${dataDir}`, {
      remedy: 'name the data directory of a daemon with --data-dir, or set DATABASE_URL',
    });
  }
  const wasRunning = url === null && runningPostgres(dataDir) !== null;
  const log = createLogger({ level: 'warn', pretty: process.stderr.isTTY });
  const database = await openDatabase({ url, dataDir, mono: realMono(), log });
  try {
    return await statisticsAt(database.url, options.days);
  } finally {
    // What this command started it also ends; what ran before goes on.
    if (!wasRunning) await database.stop(STOP_MS);
  }
}

async function statisticsAt(url: string, days: number): Promise<StatisticsView> {
  const { pending } = await withClient(url, 'stats', schemaState);
  if (pending.length > 0) {
    const lacks = `the database at ${databaseLabel(url)} lacks ${pending.join(', ')}`;
    throw new Fault('database_unusable', lacks, { remedy: 'run `bifrost db migrate`' });
  }
  const pool = createPool({
    ...{ url, role: 'stats', connectionsMax: 2, statementTimeoutMs: STATEMENT_TIMEOUT_MS },
    log: createLogger({ level: 'silent', pretty: false }),
  });
  try {
    return await createStatistics(pool).statistics(days);
  } finally {
    await pool.end();
  }
}

function tell({ json, html, format }: Options, statistics: StatisticsView): void {
  if (html !== undefined) writePage(html, statisticsPage(statistics));
  if (json || format === 'json') printJson(statistics);
  else if (format === 'html') print(statisticsPage(statistics));
  else print(statisticsText(statistics));
}

function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Fault('invalid', `the page cannot be written: ${reason}`, { cause: error });
  }
}
