/**
 * MANUAL_RESUME: the operator has looked and says that the book may go on. Each latched cause is
 * cleared if it no longer holds; one that does keeps the book in SAFE, and the answer says which.
 */

import assert from 'node:assert/strict';
import { newYorkDate } from '../../src/domain/calendar.ts';
import type { LatchedCause } from '../../src/domain/causes.ts';
import { closedSince } from '../../src/domain/positions.ts';
import type { ControlResult } from '../../src/protocol/control.ts';
import { dated } from '../../src/protocol/dated.ts';
import { ACTORS, type BookMessage, type ControlAnswer } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { comparePositions, positionOutcome } from './comparison.ts';
import { tell, tellTrading } from './dispatch.ts';
import { askAccount, whyUnknown } from './evidence.ts';
import { accountRiskOf, limitPnlOf, termsChanged } from './money.ts';
import { noteOperation, remember } from './operations.ts';
import type { BookState } from './state.ts';

type Request = Extract<BookMessage, { readonly type: 'manual.resume' }>;

/** Clears what latched the book where it holds no more, and answers whoever asked, with a row. */
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
  const causes = [...state.latches.keys()];
  if (causes.length === 0) return refused('nothing is latched');
  // All are asked before the first is cleared: a refusal has changed nothing.
  for (const cause of causes) {
    const why = HELD_BY[cause]?.(state, turn, request) ?? null;
    if (why !== null) return refused(`${cause} still holds: ${why}`);
  }
  for (const cause of causes) unlatch(state, turn, cause);
  for (const cause of causes) CLEARERS[cause]?.(state, turn, request);
  if (causes.includes('position_break')) comparePositions(state, turn);
  const left = [...state.latches].map(([cause, reason]) => `${cause}: ${reason}`);
  if (left.length > 0) return refused(`still holds: ${left.join('; ')}`);
  tellTrading(state, { type: 'MANUAL_RESUME', reason: request.reason });
  noteOperation(state, turn, 'control', {
    stateReason: `manual resume of ${causes.join(', ')} by ${request.origin}: ${request.reason}`,
  });
  return { ok: true, status: 200, message: `cleared ${causes.join(', ')}` };
}

type PerCause<T> = Readonly<
  Partial<Record<LatchedCause, (state: BookState, turn: Turn, request: Request) => T>>
>;

/** Why a cause cannot be cleared now; null where it can. */
const HELD_BY: PerCause<string | null> = {
  daily_loss_limit: (state, turn, { allowanceUsd }) => {
    if (allowanceUsd === null) return 'say with an allowance (USD) how much more may be lost';
    const now = turn.at.trading;
    const known = limitPnlOf(state, now) !== null || termsChanged(state, now);
    return known ? null : 'the day’s P&L is not known now';
  },
  position_break: (state, turn) => whyUnknown(state, turn) ?? closedByHand(state),
  ownership_unconfirmed: (state, turn) => whyUnknown(state, turn) ?? whyUnconfirmed(state, turn),
};

/** What clearing a cause does beside taking its latch away. */
const CLEARERS: PerCause<void> = {
  exec_fault: (state, turn) => {
    remember(state, turn, { rejectStreak: 0 });
    tell(state, { type: 'MANUAL_RESUME' });
  },
  daily_loss_limit: (state, turn, { allowanceUsd: usd }) => {
    const now = turn.at.trading;
    const fromPnl = limitPnlOf(state, now);
    // After a corporate action there is none to count from, and none that could trip the limit.
    if (fromPnl === null) return;
    assert(usd !== null, 'a limit that was reached is left with an allowance alone');
    const fromAccountPnl = accountRiskOf(state, now).dailyPnl;
    const day = newYorkDate(now);
    remember(state, turn, { lossAllowance: { day, fromPnl, fromAccountPnl, usd } });
  },
  position_break: (state, turn) => {
    // What the account holds now beyond ours is accepted as foreign: the operator has looked.
    acceptExecutions(state, turn);
    state.foreignSince = 0;
    state.knownForeign =
      state.accountShares === null ? null : state.accountShares - state.ledger.sums.owned;
    state.evidence.doubt = null;
  },
};

/** The shares may be gone meanwhile, or the order of ours they fitted may be resolved. */
function whyUnconfirmed(state: BookState, turn: Turn): string | null {
  const outcome = positionOutcome(state, turn);
  switch (outcome.kind) {
    case 'explained':
    case 'foreign_change':
      return null;
    case 'position_break':
      // It is a cause of its own, with a word of its own.
      return state.latches.has('position_break') ? null : outcome.reason;
    case 'waiting':
    case 'unread':
    case 'reread':
      askAccount(state, turn);
      return 'the account is read again: ask in a few seconds, or say with adopt whose they are';
    case 'ownership_unconfirmed':
      return 'adopt says which of the shares are this book’s';
  }
}

/** The next hedge would count on shares that are gone, and no reason brings them back. */
function closedByHand(state: BookState): string | null {
  const { accountShares: account, knownForeign, memory, ledger } = state;
  const { owned } = ledger.sums;
  const before = knownForeign ?? memory.knownForeign ?? 0;
  if (account === null || !closedSince(owned, account, before)) return null;
  const { symbol } = state.settings;
  const gone = Math.sign(account) === Math.sign(owned) ? account - owned : -owned;
  return (
    `${owned} shares are ours, but the account holds ${account}. If ours were closed by hand, ` +
    `"bifrost adopt ${symbol} ${gone}" takes them out of the ledger; if others' shares offset ` +
    `them, "bifrost adopt ${symbol} 0" says so. Then resume`
  );
}

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
