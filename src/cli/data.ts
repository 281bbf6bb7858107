/** `bifrost data`: market data sets. Progress goes to standard error, results to standard out. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { newYorkDate, newYorkTime } from '../domain/calendar.ts';
import { splitText } from '../domain/split-ratio.ts';
import { Fault } from '../fault.ts';
import { realMono } from '../runtime/real-clock.ts';
import { CSV_FIELDS, type CsvField, importCsv } from '../store/csv-import.ts';
import { openDataset } from '../store/dataset.ts';
import type { ImportResolution, RecordingGap } from '../store/dataset-manifest.ts';
import { type DatasetSummary, type SeriesSummary, summarize } from '../store/dataset-summary.ts';
import { importLean } from '../store/lean.ts';
import type { ContractFilter, ImportedDay } from '../store/lean-options.ts';
import type { AssumedSides } from '../store/lean-universe.ts';
import { importFromHistory } from './data-history.ts';
import { recordCommand } from './data-record.ts';
import { type Cell, print, printJson, rounded, table } from './output.ts';
import { SIDES_HELP, toSides } from './universe-sides.ts';

interface ImportFlags {
  readonly format: 'lean' | 'csv' | 'history';
  readonly from?: string;
  readonly to: string;
  readonly symbol: string;
  readonly dates?: readonly string[];
  readonly resolution: ImportResolution;
  readonly universeSides?: AssumedSides;
  readonly columns?: Readonly<Partial<Record<CsvField, string>>>;
  readonly contracts?: readonly ContractFilter[];
  readonly hours: 'regular' | 'all';
  readonly force?: boolean;
  readonly json?: boolean;
}

const HEADER = [
  'series',
  'instruments',
  'quotes',
  'one-sided %',
  'crossed %',
  'covered %',
  'longest gap s',
  'clock',
  'first',
  'last',
];

const FROM_HELP =
  'lean: the folder that holds "equity" and "option"; csv: the file; history: the data directory ' +
  'of a daemon or the URL of a database (default: as configured)';

const CONTRACTS_HELP =
  'only these options: EXPIRY, EXPIRY/STRIKE or EXPIRY/STRIKE and C or P, separated by commas, ' +
  'such as 20230901/430P,20230901/470C';

const COLUMNS_HELP = `csv: names of columns, as FIELD=NAME,…; fields are ${CSV_FIELDS.join(', ')}`;

export function dataCommand(): Command {
  const command = new Command('data').description('market data sets (Parquet)');
  command
    .command('import')
    .description('make a data set from recorded quotes')
    .addOption(
      new Option('--format <format>', 'format of the source')
        .choices(['lean', 'csv', 'history'])
        .default('lean'),
    )
    .option('--from <dir>', FROM_HELP)
    .requiredOption('--symbol <symbol>', 'the underlying')
    .requiredOption('--to <dir>', 'the data set to make')
    .option('--dates <days>', 'YYYYMMDD,… (default: every day there is)', parseDays)
    .addOption(
      new Option('--resolution <bars>', 'length of the bars')
        .choices(['minute', 'second', 'daily'])
        .default('minute'),
    )
    .option('--universe-sides <percent,usd>', SIDES_HELP, toSides)
    .option('--columns <map>', COLUMNS_HELP, parseColumns)
    .option('--contracts <list>', CONTRACTS_HELP, parseContracts)
    .addOption(
      new Option('--hours <hours>', 'quotes of the regular session, or all of them')
        .choices(['regular', 'all'])
        .default('regular'),
    )
    .option('--force', 'replace a data set that is there')
    .option('--json', 'print the summary as JSON')
    .action(runImport);
  command
    .command('info')
    .description('what a data set covers; reads and checks all of it')
    .argument('<dir>', 'the data set')
    .option('--json', 'print JSON')
    .action(runInfo);
  return command.addCommand(recordCommand(show));
}

async function runImport(flags: ImportFlags): Promise<void> {
  const { from, to, symbol, resolution, hours, columns = {}, universeSides } = flags;
  const replace = flags.force ?? false;
  const days = flags.dates ?? null;
  if (flags.format === 'history') {
    await importFromHistory(from, { to, symbol, days, hours, replace }, tellDay);
    await show(to, flags.json ?? false);
    return;
  }
  if (from === undefined) throw new Fault('usage', `--from is needed for ${flags.format}`);
  if (flags.format === 'csv') {
    if (resolution === 'daily') throw new Fault('usage', 'a CSV has bars of seconds or minutes');
    await importCsv({ file: from, to, symbol, columns, resolution, hours, replace }, tellDay);
    await show(to, flags.json ?? false);
    return;
  }
  await importLean(
    {
      from,
      to,
      symbol,
      resolution,
      hours,
      days,
      contracts: flags.contracts ?? [],
      replace,
      ...(universeSides === undefined ? {} : { universeSides }),
      mono: realMono(),
    },
    tellDay,
  );
  await show(to, flags.json ?? false);
}

function tellDay({ day, contracts, rows, done, days }: ImportedDay): void {
  process.stderr.write(`${day}  ${contracts} options, ${rows} quotes  (${done} of ${days})\n`);
}

async function runInfo(dir: string, flags: { readonly json?: boolean }): Promise<void> {
  await show(dir, flags.json ?? false);
}

async function show(dir: string, json: boolean): Promise<void> {
  const summary = await summarize(openDataset(dir));
  if (json) printJson(summary);
  else print(describe(summary));
}

function describe(summary: DatasetSummary): string {
  const { dir, source, days, instruments, rows, hash } = summary;
  return [
    `${dir}: ${source}, ${spanOf(days)}`,
    `${instruments} instruments, ${rows} quotes, hash ${hash.slice(0, 16)}`,
    ...eventLines(summary),
    '',
    table(HEADER, summary.series.map(rowOf)),
  ].join('\n');
}

function spanOf(days: readonly string[]): string {
  if (days.length === 0) return 'no file is closed yet';
  return days.length === 1 ? `${days[0]}` : `${days.length} days, ${days[0]} to ${days.at(-1)}`;
}

/** Days that are not there, and what the company did on those that are. */
function eventLines(summary: DatasetSummary): readonly string[] {
  const { missing_days: missing, actions, gaps } = summary;
  const dividends = actions.dividends.map(({ ex_date, amount }) => `${ex_date} ${amount}`);
  const splits = actions.splits.map(({ date, ratio }) => `${date} ${splitText(ratio)}`);
  return [
    missing.length === 0
      ? ''
      : `${missing.length} trading days between are missing: ${missing[0]} …`,
    dividends.length === 0 ? '' : `dividends: ${dividends.join(', ')}`,
    splits.length === 0 ? '' : `splits: ${splits.join(', ')}`,
    ...(gaps.length > GAPS_SHOWN ? [`${gaps.length} gaps, of which the latest:`] : []),
    ...gaps.slice(-GAPS_SHOWN).map(gapLine),
  ].filter((line) => line !== '');
}

const GAPS_SHOWN = 10;

const GAP_TEXT: Readonly<Record<RecordingGap['reason'], string>> = {
  stopped: 'the recorder did not run',
  crashed: 'the recorder was killed: at most what was in its open row group is lost',
  unwritable: 'the disk took nothing',
  overrun: 'quotes came faster than they were taken',
  link: 'the market-data connection was away',
};

function gapLine({ from, to, reason, rows }: RecordingGap): string {
  const lost = rows === null ? '' : `, ${rows} rows lost`;
  return `gap: ${moment(from) ?? '…'} to ${moment(to) ?? '…'}, ${GAP_TEXT[reason]}${lost}`;
}

function rowOf(series: SeriesSummary): readonly Cell[] {
  const { symbol, expiry, instruments, rows, one_sided, crossed, longest_gap_ms } = series;
  const { quoted_coverage: covered, clock_anomalies: anomalies, outside_session } = series;
  return [
    expiry === null ? symbol : `${symbol} ${expiry}`,
    instruments,
    rows,
    percent(one_sided, rows),
    percent(crossed, rows),
    percent(covered, 1),
    Math.round(longest_gap_ms / 1000),
    anomalies + outside_session,
    moment(series.first_ts),
    moment(series.last_ts),
  ];
}

function percent(part: number, whole: number): number | null {
  return rounded(whole === 0 ? null : (100 * part) / whole, 1);
}

/** On New York's clock. */
function moment(ts: number | null): string | null {
  if (ts === null) return null;
  const day = newYorkDate(ts);
  const clock = new Date(newYorkTime(ts)).toISOString().slice(11, 19);
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)} ${clock}`;
}

function parseDays(text: string): readonly string[] {
  const days = [...new Set(text.split(',').map((day) => day.trim().replaceAll('-', '')))];
  for (const day of days) {
    if (!/^\d{8}$/.test(day)) throw new InvalidArgumentError(`"${day}" is not YYYYMMDD.`);
  }
  return days.sort();
}

function parseColumns(text: string): Readonly<Partial<Record<CsvField, string>>> {
  const pairs = text.split(',').map((pair) => {
    const [name = '', column = ''] = pair.split('=').map((part) => part.trim());
    const field = CSV_FIELDS.find((one) => one === name);
    if (field === undefined || column === '') {
      throw new InvalidArgumentError(
        `"${pair}" is not FIELD=NAME; fields: ${CSV_FIELDS.join(', ')}.`,
      );
    }
    return [field, column] as const;
  });
  return Object.fromEntries(pairs);
}

function parseContracts(text: string): readonly ContractFilter[] {
  return text.split(',').map((term) => {
    const match = /^(\d{8})?(?:\/(\d+(?:\.\d+)?)?([CP])?)?$/.exec(term.trim().toUpperCase());
    if (match === null || term.trim() === '') {
      throw new InvalidArgumentError(`"${term}" is not EXPIRY/STRIKE and C or P.`);
    }
    const [, expiry, strike, right] = match;
    return {
      expiry: expiry ?? null,
      strike: strike === undefined ? null : Number(strike),
      right: right === 'C' || right === 'P' ? right : null,
    };
  });
}
