/**
 * Sums of days: weeks, months, books, and how P&L is distributed. Pure.
 *
 * A win is a P&L above zero; a rate is wins by all whose P&L is known. A week begins on Monday. A
 * day is partial when no word came of a book's P&L in the last minutes of the session: it counts
 * in every sum, but is no win or loss, and not in the distribution: its P&L is not a whole day's.
 */

import { epochOf, tradingSession } from '../domain/calendar.ts';
import type {
  BookStatisticsView,
  DistributionView,
  PeriodView,
  WinsView,
} from '../protocol/statistics-view.ts';

/** Of one book on one day. */
export interface HedgeTally {
  readonly day: string;
  readonly symbol: string;
  readonly account: string;
  readonly hedges: number;
  readonly shares: number;
  readonly commission: number;
  readonly slippage: number;
}

export interface DayPnl {
  readonly day: string;
  readonly symbol: string;
  readonly account: string;
  readonly total: number;
  readonly partial: boolean;
}

export interface BookWins {
  readonly symbol: string;
  readonly account: string;
  readonly wins: number;
  readonly losses: number;
  readonly even: number;
}

type Tally = Omit<PeriodView, 'period' | 'partial'>;

export const PERCENTILES = {
  p1: 0.01,
  p5: 0.05,
  p25: 0.25,
  p50: 0.5,
  p75: 0.75,
  p95: 0.95,
  p99: 0.99,
} as const;

/** The last interval of a day ends with the last minute in which something was quoted. */
const CLOSE_GRACE_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
const BINS_MAX = 20;

/** Whether the P&L of `day`, last told at `toldAt` (epoch ms), is short of the day's end. */
export function isPartial(day: string, toldAt: number | null): boolean {
  if (toldAt === null) return true;
  const session = tradingSession(day);
  const close = session?.close ?? epochOf(day, '16:00');
  return toldAt < close - CLOSE_GRACE_MS;
}

/** `day` moved by whole calendar days. */
export function addDays(day: string, days: number): string {
  const name = new Date(utcOf(day) + days * DAY_MS).toISOString();
  return name.slice(0, 10).replaceAll('-', '');
}

/** What `nameOf` calls each period, with the sums of its days, oldest first. */
export function periods(
  tallies: readonly HedgeTally[],
  pnls: readonly DayPnl[],
  nameOf: (day: string) => string,
): readonly PeriodView[] {
  const names = [...tallies, ...pnls].map(({ day }) => nameOf(day));
  return [...new Set(names)].sort().map((period) => {
    const isOf = ({ day }: { readonly day: string }): boolean => nameOf(day) === period;
    const days = pnls.filter(isOf);
    return {
      period,
      ...tallyOf(tallies.filter(isOf), days),
      partial: days.some(({ partial }) => partial),
    };
  });
}

/** The Monday of the day's week. */
export function weekOf(day: string): string {
  return addDays(day, -((new Date(utcOf(day)).getUTCDay() + 6) % 7));
}

/** The month of the day, `YYYYMM`. */
export function monthOf(day: string): string {
  return day.slice(0, 6);
}

/** Sums of any days and books; the P&L is null where there is none. */
export function tallyOf(tallies: readonly HedgeTally[], pnls: readonly DayPnl[]): Tally {
  return {
    hedges: sum(tallies.map(({ hedges }) => hedges)),
    shares: sum(tallies.map(({ shares }) => shares)),
    commission: sum(tallies.map(({ commission }) => commission)),
    slippage: sum(tallies.map(({ slippage }) => slippage)),
    pnl: pnls.length === 0 ? null : sum(pnls.map(({ total }) => total)),
  };
}

/** Each book that has a hedge or a P&L. The same symbol in two accounts is two books. */
export function booksOf(
  tallies: readonly HedgeTally[],
  pnls: readonly DayPnl[],
  wins: readonly BookWins[],
): readonly BookStatisticsView[] {
  const keys = [...tallies, ...pnls].map(({ symbol, account }) => `${symbol}\n${account}`);
  return [...new Set(keys)].sort().map((key) => {
    const [symbol = '', account = ''] = key.split('\n');
    const isOf = (row: { readonly symbol: string; readonly account: string }): boolean =>
      row.symbol === symbol && row.account === account;
    const tally = tallyOf(tallies.filter(isOf), pnls.filter(isOf));
    return { symbol, account, ...tally, hedge_wins: hedgeWins(wins.filter(isOf), tally.hedges) };
  });
}

/** `hedges`: how many there were, of which some may have no P&L. */
export function hedgeWins(known: readonly BookWins[], hedges: number): WinsView {
  const wins = sum(known.map((book) => book.wins));
  const losses = sum(known.map((book) => book.losses));
  const even = sum(known.map((book) => book.even));
  return winsView(wins, losses, even, Math.max(0, hedges - wins - losses - even));
}

/** The P&L of each day that came to its close, all books together, oldest first. */
export function wholeDays(pnls: readonly DayPnl[]): readonly number[] {
  return periods([], pnls, (day) => day)
    .filter(({ partial }) => !partial)
    .map(({ pnl }) => pnl ?? 0);
}

/** `unknown`: days that did not come to their close. */
export function dayWins(pnls: readonly DayPnl[]): WinsView {
  const days = wholeDays(pnls);
  const count = (is: (pnl: number) => boolean): number => days.filter(is).length;
  const all = new Set(pnls.map(({ day }) => day)).size;
  return winsView(
    count((pnl) => pnl > 0),
    count((pnl) => pnl < 0),
    count((pnl) => pnl === 0),
    all - days.length,
  );
}

/** Null of no values. Percentiles are interpolated between the two nearest. */
export function distributionOf(values: readonly number[]): DistributionView | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const least = sorted[0] ?? 0;
  const most = sorted.at(-1) ?? 0;
  const mean = sum(sorted) / sorted.length;
  const variance = sum(sorted.map((value) => (value - mean) ** 2)) / sorted.length;
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)] ?? least;
    const high = sorted[Math.ceil(place)] ?? most;
    return low + (high - low) * (place - Math.floor(place));
  };
  const starts = binStarts(least, most);
  const binOf = (value: number): number => starts.findLastIndex((start) => value >= start);
  const bins = starts.map((_, bin) => sorted.filter((value) => binOf(value) === bin).length);
  return {
    ...{ count: sorted.length, mean, deviation: Math.sqrt(variance), least, most },
    percentiles: percentilesOf(Object.values(PERCENTILES).map(at)),
    histogram: histogramOf(starts, bins),
  };
}

/** In the order of `PERCENTILES`. */
export function percentilesOf(values: readonly number[]): DistributionView['percentiles'] {
  const [p1 = 0, p5 = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0, p99 = 0] = values;
  return { p1, p5, p25, p50, p75, p95, p99 };
}

/** Where at most 20 bins of a round width begin; zero, where it is within, begins one. */
export function binStarts(least: number, most: number): readonly number[] {
  const width = roundWidth((most - least) / (BINS_MAX - 2));
  const first = Math.floor(least / width);
  const count = Math.floor(most / width) - first + 1;
  return Array.from({ length: count }, (_, bin) => tidy((first + bin) * width));
}

/** Every bin ends where the next begins. */
export function histogramOf(
  starts: readonly number[],
  counts: readonly number[],
): DistributionView['histogram'] {
  const width = starts.length > 1 ? (starts[1] ?? 0) - (starts[0] ?? 0) : 1;
  return starts.map((from, bin) => ({
    from,
    until: starts[bin + 1] ?? tidy(from + width),
    count: counts[bin] ?? 0,
  }));
}

/** The first of 1, 2, 5, 10, … times a power of ten that is not narrower. */
function roundWidth(width: number): number {
  if (width <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(width));
  const step = [1, 2, 5].find((times) => times * power >= width) ?? 10;
  return step * power;
}

/** 0.30000000000000004 is 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

function winsView(wins: number, losses: number, even: number, unknown: number): WinsView {
  const known = wins + losses + even;
  return { wins, losses, even, unknown, rate: known === 0 ? null : wins / known };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function utcOf(day: string): number {
  return Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6)));
}
