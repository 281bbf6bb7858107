/**
 * What a complete read tells of the account. Each is taken, whoever asked for it: positions and
 * commissions that come while it runs are part of its answer, and are told by nothing else.
 */

import type { BrokerRead } from '../../src/protocol/broker.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { scheduleComparison } from './comparison.ts';
import type { AskedRead } from './evidence-state.ts';
import { takePositions } from './positions.ts';
import { noteReport, takeCommission, takeExecution } from './reports.ts';
import { type BookState, SETTLE_MS } from './state.ts';

/** Takes its executions, commissions and positions; `asked` is null for a read of another's. */
export function takeAccount(
  state: BookState,
  turn: Turn,
  read: BrokerRead,
  asked: AskedRead | null,
): void {
  const { evidence } = state;
  const { news } = evidence;
  const { reportedAt } = state;
  for (const execution of read.executions) takeExecution(state, turn, execution);
  for (const commission of read.commissions) takeCommission(state, turn, commission);
  // Asked for before an outage, it may be older than what the next sync will tell.
  if (asked === null && evidence.read === null) return;
  if (takePositions(state, turn, read)) noteReport(state, turn);
  if (evidence.news !== news) scheduleComparison(state, turn);
  if (asked === null) return;
  const rested = evidence.news === news && asked.askedAt - reportedAt >= SETTLE_MS;
  evidence.read = { ...asked, rested };
  evidence.current = true;
}
