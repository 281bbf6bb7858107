/** `bifrost backtest`: history through the engine. Progress to standard error, results to files. */

import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { HoldingRule } from '../backtest/holding.ts';
import { keepRun } from '../backtest/kept.ts';
import type { BacktestResult } from '../backtest/result.ts';
import type { RunRequest } from '../backtest/setup.ts';
import { openSource } from '../backtest/source.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { FinancingRates } from '../domain/financing.ts';
import { Fault } from '../fault.ts';
import { realMono, realWall } from '../runtime/real-clock.ts';
import { type ImportResolution, NO_ACTIONS } from '../store/dataset-manifest.ts';
import type { AssumedSides } from '../store/lean-universe.ts';
import { readActions } from './actions-file.ts';
import { describeResult } from './backtest-text.ts';
import { print, printJson } from './output.ts';
import { readPositions } from './positions-file.ts';
import { createProgress } from './progress.ts';
import { SIDES_HELP, toSides } from './universe-sides.ts';
import { packageVersion } from './version.ts';

export interface RunFlags {
  readonly data: string;
  readonly symbol?: string;
  readonly config?: string;
  readonly from?: string;
  readonly to?: string;
  readonly dates?: readonly string[];
  readonly resolution: ImportResolution;
  readonly universeSides?: AssumedSides;
  readonly open?: OpenFlag;
  readonly positions?: string;
  readonly actions?: string;
  readonly dte?: readonly [number, number];
  readonly delta: number;
  readonly rollDte?: number;
  readonly recenterPct?: number;
  readonly openAfter: number;
  readonly cash: number;
  readonly seed: number;
  readonly latency: readonly [number, number];
  readonly fills: 'displayed' | 'full';
  readonly plan: 'fixed' | 'tiered';
  readonly impact?: readonly [number, number, number];
  readonly financing?: FinancingRates;
  readonly membership: 'all' | 'window';
}

interface BacktestFlags extends RunFlags {
  readonly json?: string | true;
  readonly report?: string;
  readonly keep: boolean;
}

export interface OpenFlag {
  readonly kind: HoldingRule['kind'];
  readonly quantity: number;
}

export function backtestCommand(): Command {
  return withRunOptions(new Command('backtest'))
    .description('play history through the machines that trade, and account for it')
    .option('--json [file]', 'write the result as JSON; without a file, to standard output')
    .option('--report <file>', 'write a page with charts, which needs nothing else')
    .option('--no-keep', 'do not keep the run in the data directory, where the page lists it')
    .action(run);
}

/** What a run is made of; a sweep takes the same. */
export function withRunOptions(command: Command): Command {
  return command
    .requiredOption('--data <dir>', 'a data set, or a LEAN data folder')
    .option('--symbol <symbol>', "the underlying (default: the configuration's first book)")
    .option('--config <file>', 'configuration (default: BIFROST_CONFIG, config/demo.yaml)')
    .option('--from <day>', 'first day, YYYYMMDD', toDay)
    .option('--to <day>', 'last day, YYYYMMDD', toDay)
    .option('--dates <days>', 'only these days, YYYYMMDD,…', toDays)
    .addOption(
      new Option('--resolution <bars>', 'of a LEAN folder')
        .choices(['minute', 'second', 'daily'])
        .default('minute'),
    )
    .option('--universe-sides <percent,usd>', SIDES_HELP, toSides)
    .option('--open <rule>', 'straddle:N or strangle:N contracts; negative N is short', toOpen)
    .option('--positions <file>', 'what to hold: a list of expiry, strike, right, quantity')
    .option('--actions <file>', 'dividends and splits that the data does not know')
    .option('--dte <range>', 'days to expiry of what is opened (default: as configured)', toRange)
    .option('--delta <delta>', 'absolute delta of the legs of a strangle', toNumber, 0.25)
    .option('--roll-dte <days>', 'close and open anew at so many days to expiry', toNumber)
    .option('--recenter-pct <percent>', 'close and open anew when spot moved so far', toNumber)
    .option('--open-after <minutes>', 'no option is traded so soon after the open', toNumber, 5)
    .option('--cash <usd>', 'in the account at the start', toNumber, 1_000_000)
    .option('--seed <n>', 'of all that is random', toNumber, 1)
    .option('--latency <ms>', 'LOW,HIGH: the way to the exchange', toPair, [20, 80])
    .addOption(
      new Option('--fills <model>', 'displayed: at most the displayed size, in turn; full: whole')
        .choices(['displayed', 'full'])
        .default('displayed'),
    )
    .option('--impact <y,vol,volume>', 'what hedges move the price by: docs/backtest.md', toImpact)
    .option('--financing <rates>', 'CREDIT,DEBIT,BORROW a year, 0.05 is 5 %', toFinancing)
    .addOption(
      new Option('--plan <plan>', 'commissions').choices(['fixed', 'tiered']).default('fixed'),
    )
    .addOption(
      new Option('--membership <who>', 'all that is held is hedged, or only what fits the window')
        .choices(['all', 'window'])
        .default('all'),
    );
}

async function run(flags: BacktestFlags): Promise<void> {
  const loaded = loadConfig({ file: flags.config, env: process.env, cwd: process.cwd() });
  const request = requestOf(flags, loaded);
  const progress = createProgress('backtest');
  const source = await openSource({
    ...sourceFlags(flags, request.symbol),
  });
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    // A sweep has its flags from here, and leaves the engine to its threads.
    const { backtest } = await import('../backtest/backtest.ts');
    const result = await backtest({
      ...{ request, loaded, source, version: packageVersion() },
      onProgress: (share) => progress.show(share),
      isStopped: () => stopped,
    });
    progress.end();
    await write(flags, result);
    if (flags.keep && !result.run.interrupted) {
      const id = keepRun(loaded.dataDir, result, realWall().now());
      process.stderr.write(`kept as ${id}\n`);
    }
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
    source.close();
  }
}

async function write(flags: BacktestFlags, result: BacktestResult): Promise<void> {
  if (flags.report !== undefined) {
    const { reportPage } = await import('../backtest/report.ts');
    save(flags.report, reportPage(result));
  }
  if (typeof flags.json === 'string') save(flags.json, `${JSON.stringify(result)}\n`);
  if (flags.json === true) printJson(result);
  else print(describeResult(result));
}

/** Writes a whole file. Throws `Fault('data_dir_unusable')`. */
export function save(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (cause) {
    throw new Fault('data_dir_unusable', `cannot write ${file}`, {
      remedy: 'Name a file in a directory that this user can write to.',
      cause,
    });
  }
}

/** What the source is opened with. */
export function sourceFlags(flags: RunFlags, symbol: string) {
  const { data: dir, from = null, to = null, dates = null, resolution, universeSides } = flags;
  const sides = universeSides === undefined ? {} : { universeSides };
  return { dir, symbol, from, to, dates, resolution, ...sides, mono: realMono() };
}

/** The request that the flags make. */
export function requestOf(flags: RunFlags, { config }: LoadedConfig): RunRequest {
  const symbol = (flags.symbol ?? config.books[0]?.symbol ?? '').toUpperCase();
  const { min_dte: least, max_dte: most } = config.gates.strategy.structure;
  const [dteMin, dteMax] = flags.dte ?? [least, most];
  const rule: HoldingRule | null =
    flags.open === undefined
      ? null
      : {
          ...flags.open,
          ...{ dteMin, dteMax, delta: flags.delta, afterOpenMin: flags.openAfter },
          rollDte: flags.rollDte ?? null,
          recentrePct: flags.recenterPct ?? null,
        };
  const positions = flags.positions === undefined ? [] : readPositions(flags.positions);
  if (rule === null && positions.length === 0) {
    throw new Fault('usage', 'nothing to hold: give --open straddle:N or --positions FILE');
  }
  const displayed = flags.fills === 'displayed';
  return {
    ...{ symbol, rule, positions, seed: flags.seed, cash: flags.cash },
    actions: flags.actions === undefined ? NO_ACTIONS : readActions(flags.actions),
    execution: {
      latency_ms: flags.latency,
      partial: displayed,
      queue: displayed,
      plan: flags.plan,
      ...(flags.impact === undefined ? {} : { impact: flags.impact }),
      ...(flags.financing === undefined ? {} : { financing: flags.financing }),
    },
    windowed: flags.membership === 'window',
  };
}

function toDay(text: string): string {
  const day = text.replaceAll('-', '');
  if (!/^\d{8}$/.test(day)) throw new InvalidArgumentError(`"${text}" is not YYYYMMDD.`);
  return day;
}

function toDays(text: string): readonly string[] {
  return [...new Set(text.split(',').map((day) => toDay(day.trim())))].sort();
}

function toNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError(`"${text}" is no number.`);
  }
  return value;
}

function toPair(text: string): readonly [number, number] {
  const [low = '', high = low] = text.split(',');
  return [toNumber(low), toNumber(high)];
}

function toImpact(text: string): readonly [number, number, number] {
  const [coefficient, volatility, volume, ...more] = text.split(',').map(toNumber);
  if (coefficient === undefined || volatility === undefined || volume === undefined) {
    throw new InvalidArgumentError('give Y, daily volatility and daily volume, as 1,0.012,80e6.');
  }
  if (more.length > 0 || coefficient < 0 || volatility < 0 || !(volume > 0)) {
    throw new InvalidArgumentError(`"${text}" is no Y, daily volatility and daily volume.`);
  }
  return [coefficient, volatility, volume];
}

function toFinancing(text: string): FinancingRates {
  const [credit, debit, borrow, ...more] = text.split(',').map(toNumber);
  if (credit === undefined || debit === undefined || borrow === undefined || more.length > 0) {
    throw new InvalidArgumentError('give CREDIT,DEBIT,BORROW, as 0.04,0.06,0.01.');
  }
  // A rate given in percent would be a hundred times too much; credit and debit may be negative.
  if ([credit, debit, borrow].some((rate) => Math.abs(rate) >= 1) || borrow < 0) {
    throw new InvalidArgumentError(`"${text}" are no rates a year: 5 % is 0.05.`);
  }
  return { credit, debit, borrow };
}

function toRange(text: string): readonly [number, number] {
  const match = /^(\d{1,4})-(\d{1,4})$/.exec(text);
  if (match === null) throw new InvalidArgumentError(`"${text}" is not MIN-MAX.`);
  return [Number(match[1]), Number(match[2])];
}

function toOpen(text: string): OpenFlag {
  const match = /^(straddle|strangle):(-?[1-9]\d{0,4})$/.exec(text);
  if (match === null) throw new InvalidArgumentError(`"${text}" is not straddle:N or strangle:N.`);
  return { kind: match[1] === 'strangle' ? 'strangle' : 'straddle', quantity: Number(match[2]) };
}
