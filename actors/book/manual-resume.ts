/**
 * MANUAL_RESUME: the operator has looked and says that the book may go on. Each latched cause is
 * cleared if it no longer holds; one that does keeps the book in SAFE, and the answer says which.
 */

import { newYorkDate } from '../../src/domain/calendar.ts';
import type { LatchedCause } from '../../src/domain/causes.ts';
import type { ControlResult } from '../../src/protocol/control.ts';
import { dated } from '../../src/protocol/dated.ts';
import { ACTORS, type BookMessage, type ControlAnswer } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/kernel.ts';
import { tell, tellTrading } from './dispatch.ts';
import { accountRiskOf, pnlOf } from './money.ts';
import { noteOperation, remember } from './operations.ts';
import { comparePositions, positionOutcome } from './positions.ts';
import type { BookState } from './state.ts';

type Request = Extract<BookMessage, { readonly type: 'manual.resume' }>;

export function manualResume(state: BookState, turn: Turn, request: Request): void {
  const result = clear(state, turn, request);
  const { symbol } = state.settings;
  const { origin, requestId } = request;
  const { ok, message } = result;
  const command = 'manual_resume';
  turn.fact({ fact: 'control', ...dated(turn), command, origin, symbol, ok, message });
  const answer: ControlAnswer = { type: 'control.answer', requestId, result };
  turn.send(ACTORS.control, answer);
}

function clear(state: BookState, turn: Turn, request: Request): ControlResult {
  const latched = [...state.latches.keys()];
  const first = MAY_REFUSE.filter((cause) => state.latches.has(cause));
  const causes = [...first, ...latched.filter((cause) => !first.includes(cause))];
  if (causes.length === 0) return refused('nothing is latched');
  for (const cause of causes) {
    const why = CLEARERS[cause](state, turn, request);
    if (why !== null) return refused(`${cause} still holds: ${why}`);
  }
  const left = [...state.latches].map(([cause, reason]) => `${cause}: ${reason}`);
  if (left.length > 0) return refused(`still holds: ${left.join('; ')}`);
  tellTrading(state, { type: 'MANUAL_RESUME', reason: request.reason });
  noteOperation(state, turn, 'control', {
    stateReason: `manual resume of ${causes.join(', ')} by ${request.origin}: ${request.reason}`,
  });
  return { ok: true, status: 200, message: `cleared ${causes.join(', ')}` };
}

/** Asked before the others, so that a refusal has cleared nothing. */
const MAY_REFUSE: readonly LatchedCause[] = ['ownership_unconfirmed', 'daily_loss_limit'];

/** Clears a cause, or says why it cannot be. */
const CLEARERS: Readonly<
  Record<LatchedCause, (state: BookState, turn: Turn, request: Request) => string | null>
> = {
  exec_fault: (state, turn) => {
    remember(state, turn, { rejectStreak: 0 });
    tell(state, { type: 'MANUAL_RESUME' });
    unlatch(state, turn, 'exec_fault');
    return null;
  },
  daily_loss_limit: (state, turn, { allowanceUsd }) => {
    const now = turn.at.trading;
    const fromPnl = pnlOf(state, now);
    if (allowanceUsd === null) return 'say with an allowance (USD) how much more may be lost';
    if (fromPnl === null) return 'the day’s P&L is not known now';
    const fromAccountPnl = accountRiskOf(state, now).dailyPnl;
    const day = newYorkDate(now);
    remember(state, turn, { lossAllowance: { day, fromPnl, fromAccountPnl, usd: allowanceUsd } });
    unlatch(state, turn, 'daily_loss_limit');
    return null;
  },
  position_break: (state, turn) => {
    // What the account holds now beyond ours is accepted as foreign: the operator has looked.
    acceptExecutions(state, turn);
    state.foreignSince = 0;
    state.knownForeign =
      state.accountShares === null ? null : state.accountShares - state.ledger.sums.owned;
    unlatch(state, turn, 'position_break');
    comparePositions(state, turn, true);
    return null;
  },
  ownership_unconfirmed: (state, turn) => {
    // The shares may be gone meanwhile, or the order of ours they fitted may be resolved.
    const { kind } = positionOutcome(state, turn, true);
    if (kind === 'ownership_unconfirmed' || kind === 'waiting') {
      return 'adopt says which of the shares are this book’s';
    }
    unlatch(state, turn, 'ownership_unconfirmed');
    return null;
  },
  corporate_action: (state, turn) => {
    unlatch(state, turn, 'corporate_action');
    return null;
  },
};

/** The broker tells them again with every read of the day, and they have been looked at. */
function acceptExecutions(state: BookState, turn: Turn): void {
  if (state.unknownOwn.size === 0) return;
  const accepted = [...state.memory.acceptedExecutions, ...state.unknownOwn.keys()];
  state.unknownOwn.clear();
  remember(state, turn, { acceptedExecutions: accepted.slice(-ACCEPTED_MAX) });
}

/** Of a day, at most: what is older is not told any more. */
const ACCEPTED_MAX = 500;

/** The cause is gone, by the operator's word. */
export function unlatch(state: BookState, turn: Turn, cause: LatchedCause): void {
  if (!state.latches.has(cause)) return;
  state.latches.delete(cause);
  state.redeliver = true;
  const { symbol } = state.settings;
  const { account } = state;
  turn.fact({ fact: 'latch', ...dated(turn), symbol, account, cause, set: false, reason: '' });
}

function refused(message: string): ControlResult {
  return { ok: false, status: 409, message };
}
