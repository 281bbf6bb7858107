/** `bifrost journal`: whether the record of all decisions is whole, and what stands in it. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { checkJournal, type JournalReport, type SegmentReport } from '../engine/journal-check.ts';
import { readSession } from '../engine/replay.ts';
import { Fault } from '../fault.ts';
import { describeBookRecord } from '../protocol/book-board.ts';
import type { JournalRecord, RecordKind } from '../protocol/records.ts';
import { RECORD_KINDS } from '../protocol/records.ts';
import { type BackupReport, backupJournal } from '../store/journal-backup.ts';
import { defaultDataDir, journalDir } from './journal-dir.ts';
import { fields, print, printJson, table, timeText } from './output.ts';

const PATH = 'a data directory, its journal/ folder, or a file in it';

/** The command with its two sub-commands. */
export function journalCommand(): Command {
  return new Command('journal')
    .description('Reads the record of everything decided: whether it is whole, and what it holds.')
    .addCommand(verifyCommand())
    .addCommand(dumpCommand())
    .addCommand(backupCommand());
}

function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'Checks every checksum, the order of the records, the segments, and that each gap is ' +
        'explained. Whether it decides the same again is `bifrost replay --verify`.',
    )
    .argument('[path]', PATH, defaultDataDir())
    .option('--json', 'print JSON')
    .action((path: string, { json }: { json?: boolean }) => {
      const report = checkJournal(journalDir(path));
      if (report.records === 0 && report.problems.length === 0) {
        throw new Fault('data_unreadable', `the journal in ${path} holds no record`);
      }
      if (json === true) printJson(report);
      else print(reportText(report));
      const [first] = report.problems;
      if (first === undefined) return;
      const others = report.problems.length > 1 ? ` (and ${report.problems.length - 1} more)` : '';
      throw new Fault('journal_corrupt', `the journal is not whole: ${first}${others}`, {
        remedy: 'keep a copy; the broker and the database know orders and executions',
      });
    });
}

function backupCommand(): Command {
  return new Command('backup')
    .description(
      'Copies the journal while its daemon runs, checks the copy, and later adds what is new. ' +
        'To restore, copy the folder to DATA/journal of a data directory that has none.',
    )
    .argument('<to>', 'an empty folder, or one with an earlier backup of this journal')
    .argument('[path]', PATH, defaultDataDir())
    .option('--tape', 'evaluations that changed nothing as well')
    .option('--json', 'print JSON')
    .action((to: string, path: string, options: { tape?: true; json?: true }) => {
      const report = backupJournal(journalDir(path), to, options.tape === true);
      const [problem] = checkJournal(to).problems;
      if (problem !== undefined) {
        throw new Fault('journal_corrupt', `the copy in ${to} is not whole: ${problem}`);
      }
      if (options.json === true) printJson(report);
      else print(backupText(to, report));
    });
}

function backupText(to: string, { copied, kept, bytes, last_seq: last }: BackupReport): string {
  const megabytes = (bytes / 1e6).toFixed(1);
  return `${to}: ${copied.length} segments copied (${megabytes} MB), ${kept} kept, up to ${last}`;
}

function reportText(report: JournalReport): string {
  const header = ['segment', 'records', 'bytes', 'from', 'to', 'begins', 'ends', 'end'];
  const rows = report.segments.map((segment) => [
    segment.file,
    segment.records,
    segment.bytes,
    segment.first_seq,
    segment.last_seq,
    timeText(segment.first_ts),
    timeText(segment.last_ts),
    endText(segment),
  ]);
  const { records, taped, sessions, explained, lost, problems } = report;
  return [
    table(header, rows),
    '',
    fields([
      ['records', records],
      ['on tape', taped],
      ['sessions', sessions],
      ['gaps explained', explained],
      ['whole', problems.length === 0 ? 'yes' : 'no'],
    ]),
    ...lost.map(
      ({ from, to, reason, detail }) => `lost of the tape: ${from} to ${to}, ${reason}: ${detail}`,
    ),
    ...problems,
  ].join('\n');
}

function endText({ end, torn_bytes: bytes }: SegmentReport): string {
  return end === 'torn' ? `torn: ${bytes} bytes of an unfinished record` : end;
}

interface DumpOptions {
  readonly from?: Bound;
  readonly to?: Bound;
  readonly kind?: readonly RecordKind[];
  readonly symbol?: string;
  readonly tape: boolean;
  readonly format: 'json' | 'text';
}

/** A sequence number, or a time in epoch ms. */
type Bound = { readonly seq: number } | { readonly time: number };

function dumpCommand(): Command {
  const kinds = new Option('--kind <kinds>', `only these, with commas: ${RECORD_KINDS.join(', ')}`);
  const format = new Option('--format <format>', 'one JSON object a line, or a line for people');
  return new Command('dump')
    .description('Writes one line for each record, in order.')
    .argument('[path]', PATH, defaultDataDir())
    .option('--from <bound>', 'a sequence number, or a trading time in ISO 8601 with zone', toBound)
    .option('--to <bound>', 'the last one, likewise', toBound)
    .addOption(kinds.argParser(toKinds))
    .option('--symbol <symbol>', 'only records that the book of this symbol took part in')
    .option('--no-tape', 'leave out evaluations that changed nothing')
    .addOption(format.choices(['json', 'text']).default('json'))
    .action((path: string, options: DumpOptions) => {
      const wanted = filterOf(options);
      const line = options.format === 'json' ? jsonLine : textLine;
      for (const { record, taped } of readSession(journalDir(path))) {
        if (taped && !options.tape) continue;
        if (isBeyond(record, options.to)) break;
        if (wanted(record)) print(line(record, taped));
      }
    });
}

function filterOf({ from, kind, symbol }: DumpOptions): (record: JournalRecord) => boolean {
  const book = symbol === undefined ? null : symbol.toUpperCase();
  return (record) =>
    (from === undefined || !isBefore(record, from)) &&
    (kind === undefined || kind.includes(record.kind)) &&
    (book === null || concerns(record, book));
}

/** Trading time where it is known; a session begins without it. */
function timeOf({ at }: JournalRecord): number {
  return Number.isNaN(at.trading) ? at.wall : at.trading;
}

function isBefore(record: JournalRecord, bound: Bound): boolean {
  return 'seq' in bound ? record.seq < bound.seq : timeOf(record) < bound.time;
}

function isBeyond(record: JournalRecord, bound: Bound | undefined): boolean {
  if (bound === undefined) return false;
  return 'seq' in bound ? record.seq > bound.seq : timeOf(record) > bound.time;
}

function concerns({ to, digest, facts }: JournalRecord, symbol: string): boolean {
  const id = `book:${symbol}`;
  const named = facts.some((fact) => 'symbol' in fact && fact.symbol === symbol);
  return named || to === id || ` ${digest}`.includes(` ${id}=`);
}

function jsonLine(record: JournalRecord, taped: boolean): string {
  const { seq, kind, to, at, effects, facts, digest, carried = [] } = record;
  const { mono, trading, wall } = at;
  return JSON.stringify({
    seq,
    kind,
    to,
    on: taped ? 'tape' : 'journal',
    ts: wall / 1000,
    trading_ts: Number.isNaN(trading) ? null : trading,
    mono,
    body: bodyOf(record),
    effects,
    facts,
    digest,
    carried: carried.map((one) => ({ ...one, body: describeBookRecord(one.body) })),
  });
}

function textLine(record: JournalRecord, taped: boolean): string {
  const { seq, kind, to, at, effects, facts, digest } = record;
  const time = new Date(timeOf(record)).toISOString();
  const zone = Number.isNaN(at.trading) ? ' (wall)' : '';
  const did = [
    ...facts.map((fact) => `+${fact.fact}`),
    ...effects.map((effect) => `→${effect.to}:${effectText(effect)}`),
  ];
  const what = typeof record.body === 'object' && record.body !== null ? typeOf(record.body) : '';
  const words = [seq, time + zone, kind, what, to, ...did, taped ? 'tape' : '', digest];
  return words.filter((word) => word !== '').join('  ');
}

function effectText(effect: JournalRecord['effects'][number]): string {
  if (effect.kind !== 'send') return `${effect.kind} ${effect.name}`;
  return typeOf(effect.message as object);
}

/** A report's own type says more than that it is a report. */
function typeOf(message: object): string {
  if (message instanceof Float64Array) return '';
  const { type, report, name } = message as { type?: string; report?: object; name?: string };
  if (report !== undefined) return typeOf(report);
  return [type, name].filter((word) => word !== undefined).join(' ');
}

function bodyOf({ body }: JournalRecord): unknown {
  return body instanceof Float64Array ? describeBookRecord(body) : body;
}

function toBound(text: string): Bound {
  if (/^\d+$/.test(text)) return { seq: Number(text) };
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return { time };
  throw new InvalidArgumentError('give a sequence number, or a time such as 2026-09-14T14:30:00Z');
}

function toKinds(text: string): readonly RecordKind[] {
  return text.split(',').map((word) => {
    const kind = RECORD_KINDS.find((known) => known === word.trim());
    if (kind !== undefined) return kind;
    throw new InvalidArgumentError(
      `there is no kind ${word}; there are ${RECORD_KINDS.join(', ')}`,
    );
  });
}
