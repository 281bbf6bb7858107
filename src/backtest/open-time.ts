/** Time as a market counts it: what is closed takes none. */

import { newYorkDate, nextTradingDay, tradingSession } from '../domain/calendar.ts';

/** Open time between two moments, in sessions; a night has none of its own. */
export function sessionsBetween(from: number, to: number): number {
  if (!(from < to)) return 0;
  const last = newYorkDate(to);
  let sum = 0;
  for (let day = newYorkDate(from); day <= last; day = nextTradingDay(day)) {
    const session = tradingSession(day);
    if (session === null) continue;
    const open = Math.min(to, session.close) - Math.max(from, session.open);
    if (open > 0) sum += open / (session.close - session.open);
  }
  return sum;
}
