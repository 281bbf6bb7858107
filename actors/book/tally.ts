/**
 * What hedging adds up to on a day: intents with at least one fill, and what their fills were worse
 * than the mid at the decision. Told by executions and by nothing else, so that an order counts
 * once, whatever became of its intent meanwhile: a fault, an outage, a restart.
 */

import { newYorkDate } from '../../src/domain/calendar.ts';
import { averageFillPrice, filledQuantity, type Ledger } from '../../src/domain/ledger.ts';
import { sideSign } from '../../src/domain/order.ts';
import type { ExecutionReport } from '../../src/protocol/broker.ts';
import type { IntentFact } from '../../src/protocol/facts.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { remember } from './operations.ts';
import type { BookState } from './state.ts';

/** What an order stands at. */
export interface OrderTally {
  /** Shares filled, positive. */
  readonly filled: number;
  /** USD, not negative. */
  readonly cost: number;
}

/** To be asked before an execution of the order is booked. */
export function tallyOf(state: BookState, orderRef: string): OrderTally {
  const filled = filledQuantity(state.ledger, orderRef);
  return { filled, cost: costOf(state.ledger, factOf(state, orderRef)) };
}

/** After an execution was booked; `before` is what its order stood at without it. */
export function tallyFill(
  state: BookState,
  turn: Turn,
  { orderRef, ts }: ExecutionReport,
  before: OrderTally,
): void {
  const { memory } = state;
  const now = tallyOf(state, orderRef);
  const first = before.filled === 0 && now.filled > 0;
  const cost = now.cost - before.cost;
  const day = newYorkDate(ts);
  // What a day cost that is over, limits nothing any more.
  if ((!first && cost === 0) || day < memory.day) return;
  const today = memory.day === day ? memory : { dailyHedgeCount: 0, dailyHedgeCost: 0 };
  remember(state, turn, {
    day,
    dailyHedgeCount: today.dailyHedgeCount + (first ? 1 : 0),
    dailyHedgeCost: today.dailyHedgeCost + cost,
  });
}

function factOf(state: BookState, orderRef: string): IntentFact | null {
  const { intent, unresolved, recovered, overnight } = state;
  const facts = [intent?.fact, unresolved, ...recovered, ...overnight.map(({ fact }) => fact)];
  return facts.find((fact) => fact?.orderRef === orderRef) ?? null;
}

/** What the fills were worse than the mid at the decision, USD; a lucky one pays for no other. */
function costOf(ledger: Ledger, fact: IntentFact | null): number {
  if (fact === null) return 0;
  const { orderRef, side, spot } = fact;
  const filled = filledQuantity(ledger, orderRef);
  if (filled === 0) return 0;
  return Math.max(0, filled * sideSign(side) * (averageFillPrice(ledger, orderRef) - spot));
}
