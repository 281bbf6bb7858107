/** `bifrost db`: the database of a data directory, or the one that DATABASE_URL names. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { dataDirOf, loadConfig } from '../config/load.ts';
import { Fault } from '../fault.ts';
import { createLogger, type Logger } from '../log.ts';
import { realMono } from '../runtime/real-clock.ts';
import { readDaemon } from '../store/data-dir.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { backupDatabase, type DatabaseBackup, restoreDatabase } from '../store/database-backup.ts';
import { databaseLabel } from '../store/database-error.ts';
import { runningPostgres, stopEmbeddedPostgres } from '../store/embedded-postgres.ts';
import { migrate, schemaDrift, schemaState } from '../store/migrate.ts';
import { withClient } from '../store/pool.ts';
import type { Drift } from '../store/schema.ts';
import { fields, print, printJson } from './output.ts';

interface Options {
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: true;
}

interface Target {
  /** Null: the embedded database of `dataDir`. */
  readonly url: string | null;
  readonly dataDir: string;
}

/** What `db status` tells, under the names that `--json` prints. */
interface DatabaseStatus {
  readonly database: string;
  readonly kind: 'embedded' | 'external';
  readonly running: boolean;
  readonly pid: number | null;
  readonly version: string | null;
  readonly size_bytes: number | null;
  readonly applied: readonly string[] | null;
  readonly pending: readonly string[] | null;
  /** How the schema differs from what it should be; null while migrations are pending. */
  readonly drift: Drift | null;
}

const STOP_MS = 10_000;

export function dbCommand(): Command {
  const db = new Command('db').description(
    'Works on the database: the embedded one, or the one that DATABASE_URL names.',
  );
  withOptions(db.command('migrate'), 'Brings the schema up to date; start does this too.').action(
    async (options: Options) => tellMigrated(options, await runMigrate(options)),
  );
  withOptions(db.command('status'), 'Shows the server, its version and its schema.').action(
    async (options: Options) => tellStatus(options, await statusOf(targetOf(options))),
  );
  withOptions(db.command('stop'), 'Stops the embedded server of the data directory.').action(
    async (options: Options) => tellStopped(options, await runStop(targetOf(options))),
  );
  withOptions(db.command('backup'), 'Copies every table into an empty folder, while it is used.')
    .argument('<to>', 'the folder')
    .action(async (to: string, options: Options) =>
      tellCopied(options, 'copied', await withOpen(options, ({ url }) => backupDatabase(url, to))),
    );
  withOptions(db.command('restore'), 'Puts a backup into a database in which nothing was traded.')
    .argument('<from>', 'the folder of the backup')
    .action(async (from: string, options: Options) => {
      refuseDaemon(targetOf(options));
      tellCopied(options, 'restored', await withOpen(options, (db) => restoreInto(db, from)));
    });
  return db;
}

function withOptions(command: Command, description: string): Command {
  return command
    .description(description)
    .option('-c, --config <file>', 'configuration; default BIFROST_CONFIG, or config/demo.yaml')
    .option('--data-dir <dir>', 'data directory; default BIFROST_DATA_DIR, or data/')
    .option('--json', 'as JSON');
}

function targetOf(options: Options): Target {
  const cwd = process.cwd();
  const { env } = process;
  const { config } = loadConfig({ file: options.config, env, cwd });
  const dataDir =
    options.dataDir === undefined ? dataDirOf(env, cwd) : resolve(cwd, options.dataDir);
  return { url: config.store.database_url, dataDir };
}

async function runMigrate(options: Options): Promise<{ label: string; done: readonly string[] }> {
  return withOpen(options, async ({ label, url }) => ({
    label,
    done: await migrate(url, quietLog()),
  }));
}

async function restoreInto({ url }: Database, from: string): Promise<DatabaseBackup> {
  await migrate(url, quietLog());
  return restoreDatabase(url, from);
}

async function withOpen<T>(options: Options, work: (db: Database) => Promise<T>): Promise<T> {
  const target = targetOf(options);
  const wasRunning = target.url === null && runningPostgres(target.dataDir) !== null;
  const database = await open(target);
  try {
    return await work(database);
  } finally {
    // What this command started it also ends; what ran before goes on.
    if (!wasRunning) await database.stop(STOP_MS);
  }
}

async function statusOf(target: Target): Promise<DatabaseStatus> {
  const server = target.url === null ? runningPostgres(target.dataDir) : null;
  if (target.url === null && server === null) {
    return {
      database: `in ${target.dataDir}`,
      kind: 'embedded',
      running: false,
      pid: null,
      version: null,
      size_bytes: null,
      applied: null,
      pending: null,
      drift: null,
    };
  }
  const { url } = await open(target);
  return await withClient(url, 'status', async (client) => {
    const { rows } = await client.query<{ version: string; size: string }>(
      `select current_setting('server_version') as version,
              pg_database_size(current_database()) as size`,
    );
    const { applied, pending } = await schemaState(client);
    return {
      database: databaseLabel(url),
      kind: server === null ? 'external' : 'embedded',
      running: true,
      pid: server?.pid ?? null,
      version: rows[0]?.version ?? null,
      size_bytes: Number(rows[0]?.size ?? 0),
      applied,
      pending,
      drift: pending.length > 0 ? null : await schemaDrift(client),
    };
  });
}

async function runStop(target: Target): Promise<boolean> {
  if (target.url !== null) {
    throw new Fault('safety_refused', 'the database is not the embedded one, and is left alone', {
      remedy: 'stop it where it runs, or run this without DATABASE_URL',
    });
  }
  const { dataDir } = target;
  refuseDaemon(target);
  const log = quietLog();
  const outcome = await stopEmbeddedPostgres({
    ...{ dataDir, log, mono: realMono() },
    deadlineMs: STOP_MS,
  });
  if (outcome.kind === 'in_use') {
    throw new Fault('safety_refused', `${outcome.sessions} sessions of bifrost still use it`, {
      remedy: 'end the monitors and commands that are connected first',
    });
  }
  return outcome.kind === 'stopped';
}

function refuseDaemon({ dataDir }: Target): void {
  const daemon = existsSync(dataDir) ? readDaemon(dataDir) : null;
  if (daemon === null) return;
  const { pid, port } = daemon;
  throw new Fault('daemon_running', `a daemon works on ${dataDir}: pid ${pid}, port ${port}`, {
    remedy: 'stop it with `bifrost stop`; its database goes with it',
  });
}

function open({ url, dataDir }: Target): Promise<Database> {
  return openDatabase({ url, dataDir, mono: realMono(), log: quietLog() });
}

/** The answer of a command is its result; of what happens below only trouble is told. */
function quietLog(): Logger {
  return createLogger({ level: 'warn', pretty: process.stderr.isTTY });
}

function tellMigrated(
  { json }: Options,
  { label, done }: { readonly label: string; readonly done: readonly string[] },
): void {
  if (json) printJson({ database: label, applied: done });
  else if (done.length === 0) print(`${label}: the schema is up to date`);
  else print(`${label}: applied ${done.join(', ')}`);
}

function tellStatus({ json }: Options, status: DatabaseStatus): void {
  if (json) {
    printJson(status);
    return;
  }
  const { database, kind, running, pid, version, size_bytes: size } = status;
  print(
    fields([
      ['database', `${database} (${kind})`],
      [
        'server',
        running ? `PostgreSQL ${version}${pid === null ? '' : `, pid ${pid}`}` : 'stopped',
      ],
      ['size', size === null ? null : `${(size / 2 ** 20).toFixed(1)} MB`],
      ['schema', schemaText(status)],
    ]),
  );
  const { problems = [], warnings = [] } = status.drift ?? {};
  for (const problem of problems) print(`changed: ${problem}`);
  for (const warning of warnings) print(warning);
}

function schemaText({ applied, pending }: Pick<DatabaseStatus, 'applied' | 'pending'>): string {
  if (applied === null || pending === null) return '-';
  if (pending.length === 0) return `${applied.at(-1)}, the newest`;
  return `lacks ${pending.join(', ')}: run \`bifrost db migrate\``;
}

function tellCopied({ json }: Options, verb: string, backup: DatabaseBackup): void {
  if (json) {
    printJson(backup);
    return;
  }
  const rows = Object.values(backup.tables).reduce((sum, count) => sum + count, 0);
  const tables = Object.keys(backup.tables).length;
  print(`${verb}: ${rows} rows of ${tables} tables, schema ${backup.schema}`);
}

function tellStopped({ json }: Options, stopped: boolean): void {
  if (json) printJson({ stopped });
  else print(stopped ? 'the database is stopped' : 'no embedded database is running');
}
