/** What the books of one account add up to: each hears of the others, because limits are shared. */

import {
  type AccountRisk,
  bookId,
  type DaemonMessage,
  NO_RISK,
} from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import type { DaemonData } from './state.ts';

type BookRisk = Extract<DaemonMessage, { readonly type: 'book.risk' }>;

/** Remembers what a book said of itself, and tells the others of its account their new sums. */
export function takeBookRisk(data: DaemonData, message: BookRisk, turn: Turn): void {
  const { symbol, account } = message;
  const first = !data.risks.has(symbol);
  data.risks.set(symbol, message);
  const books = [...data.risks.values()].filter((one) => one.account === account);
  for (const book of books) {
    // A book knows itself; one that is new here begins with what the others are.
    if (book.symbol === symbol && !first) continue;
    const others = books.filter((one) => one !== book).map(({ risk }) => risk);
    turn.send(bookId(book.symbol), { type: 'account.risk', others: sumOf(others) });
  }
}

/** Of the newest day among them: what an idle book traded yesterday is not of today. */
function sumOf(risks: readonly AccountRisk[]): AccountRisk {
  const day = risks.reduce((newest, risk) => (risk.day > newest ? risk.day : newest), NO_RISK.day);
  const today = risks.filter((risk) => risk.day === day);
  return {
    day,
    dailyPnl: today.reduce<number | null>(
      (sum, { dailyPnl }) => (sum === null || dailyPnl === null ? null : sum + dailyPnl),
      0,
    ),
    turnover: today.reduce((sum, { turnover }) => sum + turnover, 0),
    orderTimes: risks.flatMap(({ orderTimes }) => orderTimes).sort((a, b) => a - b),
  };
}
