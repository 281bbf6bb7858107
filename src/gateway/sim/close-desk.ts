/** Marks what is held at the close of each session: the profit of the next day starts there. */

import { newYorkDate, nextTradingDay, tradingSession } from '../../domain/calendar.ts';
import type { Turn } from './turn.ts';
import { marketValue, positionsOf } from './views.ts';

export interface CloseDesk {
  /** The next close of a session. */
  nextDue(): number;
  runDue(): void;
}

/** The marks go into the journal, because a restart must know them. */
export function createCloseDesk(turn: Turn): CloseDesk {
  let next = closeAfter(turn.state.now);
  return {
    nextDue: () => next,
    runDue() {
      if (turn.now() < next) return;
      const worths = positionsOf(turn.state, turn.market).map((position) => ({
        account: position.account,
        conId: position.contract.conId,
        worth: marketValue(position),
      }));
      turn.apply({ kind: 'close', day: newYorkDate(next), worths });
      next = closeAfter(turn.now());
    },
  };
}

function closeAfter(ts: number): number {
  const today = newYorkDate(ts);
  const session = tradingSession(today);
  if (session !== null && ts < session.close) return session.close;
  return tradingSession(nextTradingDay(today))?.close ?? Number.POSITIVE_INFINITY;
}
