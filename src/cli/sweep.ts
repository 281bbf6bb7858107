/** `bifrost sweep`: one data set, many parameter sets, and what sets them apart. */

import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { reportSweep, type SweepReport } from '../backtest/frontier.ts';
import { cellsOf, type GridSpec } from '../backtest/grid.ts';
import { openSource } from '../backtest/source.ts';
import { coreCount, runSweep, type SweepOutcome } from '../backtest/sweep.ts';
import { loadConfig } from '../config/load.ts';
import { readYaml } from '../config/yaml-source.ts';
import { Fault } from '../fault.ts';
import { realMono } from '../runtime/real-clock.ts';
import { type RunFlags, requestOf, save, sourceFlags, withRunOptions } from './backtest.ts';
import { type Cell, print, printJson, rounded, table } from './output.ts';
import { createProgress } from './progress.ts';
import { packageVersion } from './version.ts';

interface SweepFlags extends RunFlags {
  readonly grid: string;
  readonly workers?: string;
  readonly out: string;
  readonly json?: string | true;
}

const scalar = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const axis = z.union([
  z.array(scalar).min(1).max(1000),
  z.strictObject({
    from: z.number(),
    to: z.number(),
    step: z.number().positive().optional(),
    integer: z.boolean().optional(),
  }),
]);
const gridSchema = z.strictObject({
  search: z.enum(['grid', 'random', 'sobol']).default('grid'),
  samples: z.int().min(1).max(100_000).default(64),
  seeds: z.array(z.int().min(0)).min(1).max(1000).default([1]),
  parameters: z.record(z.string(), axis),
});

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
  const cells = cellsOf(readGrid(flags.grid));
  const progress = createProgress('sweep');
  const source = await openSource(sourceFlags(flags, request.symbol));
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const { from = null, to = null } = flags;
    const version = packageVersion();
    const outcome = await runSweep({
      cells,
      task: { dataDir: source.dir, from, to, configFile: loaded.file, request, version },
      dataHash: source.hash,
      outDir: flags.out,
      threads: threadsOf(flags.workers),
      mono: realMono(),
      onProgress: (done, of) => progress.show(done / of),
      isStopped: () => stopped,
    });
    progress.end();
    tell(flags, outcome);
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
    source.close();
  }
}

function tell(flags: SweepFlags, outcome: SweepOutcome): void {
  const { results, hash, resumed, interrupted } = outcome;
  if (results.length === 0) throw new Fault('data_unreadable', 'no cell was run');
  const report = reportSweep(results);
  const whole = { hash, resumed, interrupted, report, results };
  if (typeof flags.json === 'string') save(flags.json, `${JSON.stringify(whole)}\n`);
  if (flags.json === true) printJson(whole);
  else print(describe(report, outcome, join(flags.out, 'cells.jsonl')));
}

function describe(report: SweepReport, outcome: SweepOutcome, file: string): string {
  const { results, resumed, hash, interrupted } = outcome;
  const again = resumed === 0 ? '' : `, ${resumed} of them from before`;
  const { best } = report;
  const luck =
    best === null
      ? []
      : [
          `best Sharpe: cell ${best.index}, ${best.sharpe.toFixed(4)} a sample; the best of ` +
            `${results.length} worthless ones would show ${best.expected.toFixed(4)}; ` +
            `better than luck with probability ${best.deflated.toFixed(2)}`,
        ];
  return [
    `${results.length} cells${again}${interrupted ? ' (interrupted)' : ''}, kept in ${file}`,
    `hash ${hash.slice(0, 16)}`,
    '',
    table(['cell', 'parameters', 'P&L', 'band 90 %', 'error²', 'cost', ''], cellRows(report)),
    ...report.sensitivity.flatMap(({ parameter, values }) => [
      '',
      table(
        [parameter, 'cells', 'P&L', 'error²', 'cost', 'hedges'],
        values.map((one) => [
          ...[one.value, one.cells, rounded(one.pnl, 2), rounded(one.error, 1)],
          ...[rounded(one.cost, 2), rounded(one.hedges, 1)],
        ]),
      ),
    ]),
    '',
    ...luck,
    '* no other cell has less net-delta variance without more cost, or the other way round',
  ].join('\n');
}

function cellRows({ cells }: SweepReport): readonly (readonly Cell[])[] {
  return cells.map(({ index, overrides, pnl, band, error, cost, efficient }) => [
    index,
    Object.entries(overrides)
      .map(([key, value]) => `${key.split('.').at(-1)}=${value}`)
      .join(' '),
    rounded(pnl, 2),
    band === null ? null : `${band[0].toFixed(0)} … ${band[1].toFixed(0)}`,
    rounded(error, 1),
    rounded(cost, 2),
    efficient ? '*' : '',
  ]);
}

function readGrid(file: string): GridSpec {
  const parsed = gridSchema.safeParse(readYaml(file).data);
  if (parsed.success) return parsed.data as GridSpec;
  const [issue] = parsed.error.issues;
  const where = `${file}: ${issue?.path.join('.') ?? ''}`;
  throw new Fault('config_invalid', `${where}: ${issue?.message ?? 'invalid'}`, {
    remedy: 'parameters: { gates.intent.hedge.cooldown_seconds: [30, 60, 120] }',
  });
}

function threadsOf(text: string | undefined): number {
  if (text === undefined) return coreCount();
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 0 && threads <= 1024) return threads;
  throw new Fault('usage', `--workers: "${text}" is no number of threads`);
}
