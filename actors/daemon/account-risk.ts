/**
 * What the books of one account add up to: each hears of the others, because limits are shared. It
 * hears at once of what may decide, and of the rest with the next heartbeat: an order of one of
 * hundreds that is far from any limit is no reason to assess all the others.
 */

import { countRecent } from '../../src/domain/rate.ts';
import {
  type AccountRisk,
  bookId,
  type DaemonMessage,
  NO_RISK,
} from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import type { DaemonData } from './state.ts';

type BookRisk = Extract<DaemonMessage, { readonly type: 'book.risk' }>;

/** Remembers what a book said of itself, and tells the others of its account where it matters. */
export function takeBookRisk(data: DaemonData, message: BookRisk, turn: Turn): void {
  const { symbol, account } = message;
  const first = !data.risks.has(symbol);
  data.risks.set(symbol, message);
  const books = booksOf(data, account);
  const matters = isNearLimit(data, books, turn.at.trading);
  if (!matters) data.untoldRisks.add(account);
  if (!matters && !first) return;
  const othersOf = sumsWithout(books);
  for (const book of books) {
    // A book knows itself; one that is new here begins with what the others are.
    const isItself = book.symbol === symbol;
    if (isItself ? !first : !matters) continue;
    turn.send(bookId(book.symbol), { type: 'account.risk', others: othersOf(book) });
  }
}

/** Tells each book what the others have become since it was told last. */
export function tellRisks(data: DaemonData, turn: Turn): void {
  for (const account of data.untoldRisks) {
    const books = booksOf(data, account);
    const othersOf = sumsWithout(books);
    for (const book of books) {
      turn.send(bookId(book.symbol), { type: 'account.risk', others: othersOf(book) });
    }
  }
  data.untoldRisks.clear();
}

function booksOf({ risks }: DaemonData, account: string): readonly BookRisk[] {
  return [...risks.values()].filter((one) => one.account === account);
}

/**
 * Whether a limit may be met before the next heartbeat. Amounts may pass theirs with any tick;
 * orders come one by one, and each is told here: below half of what a minute may have, nobody
 * decides otherwise for not having heard of the last.
 */
function isNearLimit({ config }: DaemonData, books: readonly BookRisk[], now: number): boolean {
  let orders = 0;
  for (const { risk } of books) orders += countRecent(risk.orderTimes, now);
  return config.books.some(({ settings }) => {
    const { account } = settings.gates.guard;
    const ofAmount = account.max_daily_loss_usd !== null || account.max_daily_notional_usd !== null;
    return ofAmount || 2 * orders >= account.max_orders_per_minute;
  });
}

interface DaySums {
  books: number;
  /** Books whose P&L is not known. */
  unknown: number;
  dailyPnl: number;
  turnover: number;
}

/**
 * For each book the sums of the others, of the newest day among them: what an idle book traded
 * yesterday is not of today. All are summed once, however many ask.
 */
function sumsWithout(books: readonly BookRisk[]): (book: BookRisk) => AccountRisk {
  const days = new Map<string, DaySums>();
  for (const { risk } of books) {
    const { day, dailyPnl, turnover } = risk;
    const sums = days.get(day) ?? { books: 0, unknown: 0, dailyPnl: 0, turnover: 0 };
    sums.books += 1;
    sums.unknown += dailyPnl === null ? 1 : 0;
    sums.dailyPnl += dailyPnl ?? 0;
    sums.turnover += turnover;
    days.set(day, sums);
  }
  const newestFirst = [...days].sort(([one], [other]) => (one < other ? 1 : -1));
  const all = timesOf(books);
  return (book) => {
    const { risk } = book;
    const orderTimes = risk.orderTimes.length === 0 ? all : timesOf(books, book);
    const isOthers = ([day, sums]: readonly [string, DaySums]): boolean =>
      day !== risk.day || sums.books > 1;
    const [day, sums] = newestFirst.find(isOthers) ?? [];
    if (day === undefined || sums === undefined) return { ...NO_RISK, orderTimes };
    const own = day === risk.day ? risk : NO_RISK;
    const unknown = sums.unknown - (own.dailyPnl === null ? 1 : 0);
    const dailyPnl = unknown > 0 ? null : sums.dailyPnl - (own.dailyPnl ?? 0);
    return { day, dailyPnl, turnover: toCent(sums.turnover - own.turnover), orderTimes };
  };
}

/** A difference of sums is off by less than a millionth. */
function toCent(amount: number): number {
  return Math.round(amount * 100) / 100;
}

function timesOf(books: readonly BookRisk[], without?: BookRisk): readonly number[] {
  const told = books.flatMap((book) => (book === without ? [] : book.risk.orderTimes));
  return told.sort((a, b) => a - b);
}
