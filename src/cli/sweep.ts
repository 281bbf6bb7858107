/** `bifrost sweep`: one data set, many parameter sets, and what sets them apart. */

import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { createDistributedRunner } from '../backtest/distributed.ts';
import { reportSweep } from '../backtest/frontier.ts';
import { withoutSecrets } from '../backtest/overrides.ts';
import { openSource, type Source } from '../backtest/source.ts';
import { runSweep } from '../backtest/sweep.ts';
import { keepInDatabase, keepInTable, type ResultKeeper } from '../backtest/sweep-keep.ts';
import { type SweepPage, sweepPage } from '../backtest/sweep-page.ts';
import { type CellRunner, coreCount, createThreadRunner } from '../backtest/sweep-threads.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { Fault } from '../fault.ts';
import { createLogger } from '../log.ts';
import { realMono } from '../runtime/real-clock.ts';
import { MANIFEST_FILE } from '../store/dataset-manifest.ts';
import { openSweepQueue } from '../store/sweep-queue.ts';
import { openSweepStore } from '../store/sweep-store.ts';
import { type RunFlags, requestOf, save, sourceFlags, withRunOptions } from './backtest.ts';
import { print, printJson } from './output.ts';
import { createProgress } from './progress.ts';
import { stopRequests, threadsOf } from './stop-after.ts';
import { openSweepDatabase } from './sweep-database.ts';
import { readGrid } from './sweep-grid.ts';
import { describeSweep } from './sweep-text.ts';
import { packageVersion } from './version.ts';

interface SweepFlags extends RunFlags {
  readonly grid: string;
  readonly workers?: string;
  readonly distributed?: true;
  readonly postgres?: true;
  readonly out: string;
  readonly json?: string | true;
  readonly report?: string;
  readonly parquet?: string;
}

/** The command. */
export function sweepCommand(): Command {
  return withRunOptions(new Command('sweep'))
    .description('backtest many parameter sets on all cores, and compare them')
    .requiredOption('--grid <file>', 'YAML: search, samples, seeds, parameters by dotted key')
    .option('--workers <n>', 'threads (default: one for each core; 0: in this one)')
    .option('--distributed', 'queue the sets in the database for `bifrost worker` on any host')
    .option('--postgres', 'write each result to the database, too, and take what is there')
    .option('--out <dir>', 'where results are kept; a sweep goes on from what is there', 'sweep')
    .option('--json [file]', 'write results and report as JSON; without a file, to standard output')
    .option('--report <file>', 'write a page with charts, which needs nothing else')
    .option('--parquet <file>', 'keep a table with a row for each set and seed, whole at any time')
    .action(run);
}

async function run(flags: SweepFlags): Promise<void> {
  const loaded = loadConfig({ file: flags.config, env: process.env, cwd: process.cwd() });
  const request = requestOf(flags, loaded);
  const spec = readGrid(flags.grid);
  const source = await openSource(sourceFlags(flags, request.symbol));
  const progress = createProgress('sweep');
  const stop = stopRequests();
  const { config, hash } = loaded;
  const { dir: dataDir, days } = source;
  const version = packageVersion();
  const task = { dataDir, days, config: { config, hash }, request, version };
  const keepers: ResultKeeper[] = [];
  try {
    const runner = await openRunner(flags, loaded, source);
    try {
      await openKeepers(flags, loaded, { request, version }, keepers);
      const outcome = await runSweep({
        ...{ spec, runner, keepers, outDir: flags.out, dataHash: source.hash, task },
        onProgress: (share) => progress.show(share),
        isStopped: () => stop.requested,
      });
      progress.end();
      for (const keeper of [...keepers]) {
        await keeper.close();
        keepers.shift();
      }
      const about = { symbol: request.symbol, days, dataHash: source.hash, configHash: hash };
      tell(flags, { ...about, spec, outcome, version });
    } finally {
      await runner.close();
    }
  } finally {
    // What ends a sweep is told, and not what the keepers say of it.
    await Promise.allSettled(keepers.map((keeper) => keeper.close()));
    stop.forget();
    source.close();
  }
}

/** Adds those that are asked for, as each is open. */
async function openKeepers(
  { parquet, postgres, distributed }: SweepFlags,
  loaded: LoadedConfig,
  shared: object,
  keepers: ResultKeeper[],
): Promise<void> {
  if (parquet !== undefined) keepers.push(keepInTable((file) => saveWhole(parquet, file)));
  // Workers write there themselves.
  if (postgres !== true || distributed === true) return;
  const log = createLogger({ level: 'warn', pretty: process.stderr.isTTY === true });
  const database = await openSweepDatabase(loaded, log);
  const { config, hash } = loaded;
  const body = { config: withoutSecrets({ config, hash }), ...shared };
  try {
    const keeper = keepInDatabase(await openSweepStore({ url: database.url, body, log }));
    const close = () => keeper.close().finally(() => database.close());
    keepers.push({ ...keeper, close });
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Whoever reads the file sees the one before or this one. */
function saveWhole(file: string, content: Uint8Array): void {
  const beside = `${file}.tmp`;
  save(beside, content);
  renameSync(beside, file);
}

async function openRunner(
  flags: SweepFlags,
  loaded: LoadedConfig,
  source: Source,
): Promise<CellRunner> {
  const mono = realMono();
  if (flags.distributed !== true) {
    return createThreadRunner(threadsOf('--workers', flags.workers, coreCount()), mono);
  }
  if (!existsSync(join(flags.data, MANIFEST_FILE))) {
    throw new Fault('data_unreadable', `${flags.data} is no data set, and workers need one`, {
      remedy: 'Make one with bifrost data import, and give it to each worker: --data.',
    });
  }
  const log = createLogger({ level: 'warn', pretty: process.stderr.isTTY === true });
  const database = await openSweepDatabase(loaded, log);
  const version = packageVersion();
  const queue = await openSweepQueue({ url: database.url, version, mono, log });
  const runner = createDistributedRunner({
    ...{ queue, dataHash: source.hash, mono },
    onWorkers: (living) => {
      const none = living === 0 ? `; start some: bifrost worker --data ${flags.data}` : '';
      process.stderr.write(`workers of ${database.label}: ${living}${none}\n`);
    },
  });
  const close = async (): Promise<void> => {
    await queue.close();
    await database.close();
  };
  return { ...runner, close };
}

function tell(flags: SweepFlags, about: Omit<SweepPage, 'report'>): void {
  const { spec, outcome } = about;
  const { results, rungs, hash, resumed, interrupted } = outcome;
  const place = join(flags.out, 'cells.jsonl');
  const options = { objective: spec.objective, windows: spec.walk_forward, rungs };
  const report = results.length === 0 ? null : reportSweep(results, options);
  const whole = { hash, resumed, interrupted, rungs, report, results };
  if (typeof flags.json === 'string') save(flags.json, `${JSON.stringify(whole)}\n`);
  if (flags.report !== undefined && report !== null) {
    save(flags.report, sweepPage({ ...about, report }));
  }
  if (flags.json === true) printJson(whole);
  else if (report === null) print(`interrupted; what is done is kept in ${place}`);
  else print(describeSweep(report, outcome, place));
}
