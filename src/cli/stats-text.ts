/** Statistics as text: what an operator reads on a terminal, in tables that line up. */

import type {
  DistributionView,
  PeriodView,
  StatisticsView,
  WinsView,
} from '../protocol/statistics-view.ts';
import { fields, rounded, table } from './output.ts';

/** Everything but the days beyond the newest 31, which JSON has. */
export function statisticsText(statistics: StatisticsView): string {
  const { from_day: from, until_day: until, time_zone: zone, totals } = statistics;
  if (from === null || until === null) return 'there is no history yet';
  return [
    `${dayText(from)} to ${dayText(until)}, days of ${zone}`,
    '',
    fields([
      ['hedges', totals.hedges],
      ['shares', totals.shares],
      ['P&L USD', rounded(totals.pnl, 2)],
      ['commission USD', rounded(totals.commission, 2)],
      ['slippage USD', rounded(totals.slippage, 2)],
      ['wins by hedge', winsText(statistics.hedge_wins)],
      ['wins by day', winsText(statistics.day_wins)],
    ]),
    ...section('By day', periodTable('day', statistics.per_day.slice(-DAYS_SHOWN_MAX))),
    ...section('By week, from Monday', periodTable('week', statistics.per_week)),
    ...section('By month', periodTable('month', statistics.per_month)),
    ...section('By book', booksTable(statistics)),
    ...section('P&L of a hedge and of a day, USD', distributionTable(statistics)),
    ...section('Where the P&L came from, USD', attributionTable(statistics)),
    ...section('What stood in the way', blocksTable(statistics)),
    ...section('Time in states', statesTable(statistics)),
  ].join('\n');
}

const DAYS_SHOWN_MAX = 31;

/** `2026-09-01`; a month `2026-09`. */
export function dayText(day: string): string {
  return [day.slice(0, 4), day.slice(4, 6), day.slice(6)].filter((part) => part !== '').join('-');
}

/** `50.0 % (2 of 4; 1 unknown)`; a dash before there was any. */
export function winsText({ wins, losses, even, unknown, rate }: WinsView): string {
  const rest = unknown === 0 ? '' : `; ${unknown} unknown`;
  if (rate === null) return `-${rest}`;
  return `${(100 * rate).toFixed(1)} % (${wins} of ${wins + losses + even}${rest})`;
}

/** A reason with how often it was given on all days, the most frequent first. */
export function blockTotals({
  blocks,
}: StatisticsView): readonly (readonly [kind: string, reason: string, count: number])[] {
  const sums = new Map<string, readonly [string, string, number]>();
  for (const { kind, reason, count } of blocks) {
    const key = `${kind} ${reason}`;
    sums.set(key, [kind, reason, count + (sums.get(key)?.[2] ?? 0)]);
  }
  return [...sums.values()].sort(([, , a], [, , b]) => b - a);
}

function section(title: string, text: string): readonly string[] {
  return text === '' ? [] : ['', title, text];
}

function periodTable(name: string, periods: readonly PeriodView[]): string {
  if (periods.length === 0) return '';
  const rows = periods.map((row) => [
    dayText(row.period),
    ...tallyCells(row),
    row.partial ? 'partial' : '',
  ]);
  return table([name, ...TALLY_NAMES, ''], rows);
}

const TALLY_NAMES = ['hedges', 'shares', 'P&L USD', 'commission', 'slippage'];

function tallyCells(row: StatisticsView['totals']): readonly (number | null)[] {
  const { hedges, shares, pnl, commission, slippage } = row;
  return [hedges, shares, rounded(pnl, 2), rounded(commission, 2), rounded(slippage, 2)];
}

function booksTable({ books }: StatisticsView): string {
  if (books.length === 0) return '';
  const rows = books.map((book) => [
    ...[book.symbol || '-', book.account || '-', ...tallyCells(book)],
    winsText(book.hedge_wins),
  ]);
  return table(['book', 'account', ...TALLY_NAMES, 'wins by hedge'], rows);
}

function distributionTable({ hedge_pnl, day_pnl }: StatisticsView): string {
  const columns = ['n', 'mean', 'deviation', 'least', 'p1', 'p5', 'p25', 'p50', 'p75', 'p95'];
  const row = (name: string, found: DistributionView | null) =>
    found === null ? [] : [[name, found.count, ...momentsOf(found)]];
  const rows = [...row('hedge', hedge_pnl), ...row('day', day_pnl)];
  return rows.length === 0 ? '' : table(['', ...columns, 'p99', 'most'], rows);
}

function momentsOf({ mean, deviation, least, most, percentiles }: DistributionView) {
  const { p1, p5, p25, p50, p75, p95, p99 } = percentiles;
  const all = [mean, deviation, least, p1, p5, p25, p50, p75, p95, p99, most];
  return all.map((value) => rounded(value, 2));
}

function attributionTable({ attribution, totals }: StatisticsView): string {
  if (totals.pnl === null) return '';
  const rows = Object.entries(attribution).map(([term, usd]) => [
    term.replaceAll('_', ' '),
    rounded(usd, 2),
  ]);
  return `${table(['part', 'USD'], rows)}\n\n${NO_FINANCING}`;
}

const NO_FINANCING =
  'financing is always 0: the broker books interest and borrow fees apart from the P&L.';

function blocksTable(statistics: StatisticsView): string {
  const rows = blockTotals(statistics);
  return rows.length === 0 ? '' : table(['kind', 'reason', 'times'], rows);
}

function statesTable({ states }: StatisticsView): string {
  const rows = states.map(({ machine, state, seconds, share, visits }) => [
    ...[machine, state, durationText(seconds), rounded(100 * share, 1), visits],
  ]);
  return rows.length === 0 ? '' : table(['machine', 'state', 'time', '%', 'visits'], rows);
}

/** `2 d 03:04:05`. */
function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const days = Math.floor(whole / 86_400);
  const pad = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const time = [(whole % 86_400) / 3600, (whole % 3600) / 60, whole % 60].map(pad).join(':');
  return days === 0 ? time : `${days} d ${time}`;
}
