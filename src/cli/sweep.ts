/** `bifrost sweep`: one data set, many parameter sets, and what sets them apart. */

import { join } from 'node:path';
import { Command } from 'commander';
import { reportSweep } from '../backtest/frontier.ts';
import type { GridSpec } from '../backtest/grid.ts';
import { openSource } from '../backtest/source.ts';
import { runSweep, type SweepOutcome } from '../backtest/sweep.ts';
import { coreCount, createThreadRunner } from '../backtest/sweep-threads.ts';
import { loadConfig } from '../config/load.ts';
import { Fault } from '../fault.ts';
import { realMono } from '../runtime/real-clock.ts';
import { type RunFlags, requestOf, save, sourceFlags, withRunOptions } from './backtest.ts';
import { print, printJson } from './output.ts';
import { createProgress } from './progress.ts';
import { readGrid } from './sweep-grid.ts';
import { describeSweep } from './sweep-text.ts';
import { packageVersion } from './version.ts';

interface SweepFlags extends RunFlags {
  readonly grid: string;
  readonly workers?: string;
  readonly out: string;
  readonly json?: string | true;
}

/** The command. */
export function sweepCommand(): Command {
  return withRunOptions(new Command('sweep'))
    .description('backtest many parameter sets on all cores, and compare them')
    .requiredOption('--grid <file>', 'YAML: search, samples, seeds, parameters by dotted key')
    .option('--workers <n>', 'threads (default: one for each core; 0: in this one)')
    .option('--out <dir>', 'where results are kept; a sweep goes on from what is there', 'sweep')
    .option('--json [file]', 'write results and report as JSON; without a file, to standard output')
    .action(run);
}

async function run(flags: SweepFlags): Promise<void> {
  const loaded = loadConfig({ file: flags.config, env: process.env, cwd: process.cwd() });
  const request = requestOf(flags, loaded);
  const spec = readGrid(flags.grid);
  const threads = threadsOf(flags.workers);
  const source = await openSource(sourceFlags(flags, request.symbol));
  const progress = createProgress('sweep');
  const stop = stopRequests();
  const runner = createThreadRunner(threads, realMono());
  try {
    const { config, hash } = loaded;
    const { dir: dataDir, days } = source;
    const outcome = await runSweep({
      ...{ spec, runner, outDir: flags.out, dataHash: source.hash },
      task: { dataDir, days, config: { config, hash }, request, version: packageVersion() },
      onProgress: (share) => progress.show(share),
      isStopped: () => stop.requested,
    });
    progress.end();
    tell(flags, spec, outcome);
  } finally {
    stop.forget();
    await runner.close();
    source.close();
  }
}

/** The first signal ends a sweep after the cells under way; a second one ends the process. */
function stopRequests(): { readonly requested: boolean; forget(): void } {
  let requested = false;
  const stop = (): void => {
    if (!requested) process.stderr.write('stops after the cells under way; again: at once\n');
    requested = true;
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return {
    get requested() {
      return requested;
    },
    forget() {
      process.removeListener('SIGINT', stop);
      process.removeListener('SIGTERM', stop);
    },
  };
}

function tell(flags: SweepFlags, spec: GridSpec, outcome: SweepOutcome): void {
  const { results, rungs, hash, resumed, interrupted } = outcome;
  const place = join(flags.out, 'cells.jsonl');
  if (results.length === 0) {
    if (!interrupted) throw new Fault('data_unreadable', 'no cell was run');
    print(`interrupted; what is done is kept in ${place}`);
    return;
  }
  const report = reportSweep(results, { objective: spec.objective, windows: spec.walk_forward });
  const whole = { hash, resumed, interrupted, rungs, report, results };
  if (typeof flags.json === 'string') save(flags.json, `${JSON.stringify(whole)}\n`);
  if (flags.json === true) printJson(whole);
  else print(describeSweep(report, outcome, place));
}

function threadsOf(text: string | undefined): number {
  if (text === undefined) return coreCount();
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 0 && threads <= 1024) return threads;
  throw new Fault('usage', `--workers: "${text}" is no number of threads`);
}
