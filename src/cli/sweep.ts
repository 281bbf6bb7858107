/** `bifrost sweep`: one data set, many parameter sets, and what sets them apart. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { createDistributedRunner } from '../backtest/distributed.ts';
import { reportSweep } from '../backtest/frontier.ts';
import { openSource, type Source } from '../backtest/source.ts';
import { runSweep } from '../backtest/sweep.ts';
import { type SweepPage, sweepPage } from '../backtest/sweep-page.ts';
import { cellTable } from '../backtest/sweep-table.ts';
import { type CellRunner, coreCount, createThreadRunner } from '../backtest/sweep-threads.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { Fault } from '../fault.ts';
import { createLogger } from '../log.ts';
import { realMono } from '../runtime/real-clock.ts';
import { MANIFEST_FILE } from '../store/dataset-manifest.ts';
import { parquetTable } from '../store/parquet-table.ts';
import { openSweepQueue } from '../store/sweep-queue.ts';
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
    .option('--out <dir>', 'where results are kept; a sweep goes on from what is there', 'sweep')
    .option('--json [file]', 'write results and report as JSON; without a file, to standard output')
    .option('--report <file>', 'write a page with charts, which needs nothing else')
    .option('--parquet <file>', 'write a row for each set and seed, for other tools')
    .action(run);
}

async function run(flags: SweepFlags): Promise<void> {
  const loaded = loadConfig({ file: flags.config, env: process.env, cwd: process.cwd() });
  const request = requestOf(flags, loaded);
  const spec = readGrid(flags.grid);
  const source = await openSource(sourceFlags(flags, request.symbol));
  const progress = createProgress('sweep');
  const stop = stopRequests();
  try {
    const runner = await openRunner(flags, loaded, source);
    const { config, hash } = loaded;
    const { dir: dataDir, days } = source;
    try {
      const outcome = await runSweep({
        ...{ spec, runner, outDir: flags.out, dataHash: source.hash },
        task: { dataDir, days, config: { config, hash }, request, version: packageVersion() },
        onProgress: (share) => progress.show(share),
        isStopped: () => stop.requested,
      });
      progress.end();
      const about = { symbol: request.symbol, days, dataHash: source.hash, configHash: hash };
      tell(flags, { ...about, spec, outcome, version: packageVersion() });
    } finally {
      await runner.close();
    }
  } finally {
    stop.forget();
    source.close();
  }
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
  const options = { objective: spec.objective, windows: spec.walk_forward };
  const report = results.length === 0 ? null : reportSweep(results, options);
  const whole = { hash, resumed, interrupted, rungs, report, results };
  if (typeof flags.json === 'string') save(flags.json, `${JSON.stringify(whole)}\n`);
  if (flags.parquet !== undefined) save(flags.parquet, parquetTable(cellTable(results)));
  if (flags.report !== undefined && report !== null) {
    save(flags.report, sweepPage({ ...about, report }));
  }
  if (flags.json === true) printJson(whole);
  else if (report === null) print(`interrupted; what is done is kept in ${place}`);
  else print(describeSweep(report, outcome, place));
}
