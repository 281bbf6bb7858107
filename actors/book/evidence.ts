/**
 * What the account's position is judged by: complete reads, each known by when it was asked for.
 * What was told before an outage is no evidence after it; what was read before a fill is none of
 * the account after it. Whoever wants the account read again asks here, and reads keep a pace.
 */

import type { FlattenAccount } from '../../src/domain/flatten.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import type { AskedRead } from './evidence-state.ts';
import { type BookState, SETTLE_MS } from './state.ts';

/** Reads for comparison are at least so far apart: what asks for them may be an answer to one. */
const GAP_MS = 2000;
/** A read that was neither answered nor failed by then is lost, and asked for again. */
const LOST_MS = 3 * SETTLE_MS;

/** A read for comparison only; its id tells it from a read of the hedge machine. */
export function comparisonReadId(state: BookState): string {
  return `book:${state.settings.symbol}#positions`;
}

/** Has the account read again, by a read that begins after now. */
export function askAccount(state: BookState, turn: Turn): void {
  const { evidence } = state;
  // Without a connection a sync comes first, and it reads all of this.
  if (evidence.read === null) return;
  const { mono } = turn.at;
  const { out } = evidence;
  const due = out === null ? evidence.askedMono + GAP_MS : out.mono + LOST_MS;
  if (mono < due) {
    evidence.again = true;
    turn.startTimer('account', due, 'mono');
    return;
  }
  evidence.again = false;
  evidence.askedMono = mono;
  evidence.out = { ...nextRead(state, turn.at.trading), mono };
  turn.startTimer('account', mono + LOST_MS, 'mono');
  const readId = comparisonReadId(state);
  turn.send(ACTORS.broker, { type: 'read', readId, deadlineMs: SETTLE_MS });
}

/** A read that this book asks for now, to be named when its answer is taken. */
export function nextRead({ evidence }: BookState, askedAt: number): AskedRead {
  evidence.asked += 1;
  return { number: evidence.asked, askedAt };
}

/** The read for comparison has ended; one that was wanted meanwhile follows at its pace. */
export function endAsked(state: BookState, turn: Turn): void {
  state.evidence.out = null;
  if (state.evidence.again) askAccount(state, turn);
  else turn.cancelTimer('account');
}

/** The pace allows another one, or the one that is out was never answered. */
export function askDue(state: BookState, turn: Turn): void {
  const { again, out } = state.evidence;
  if (again || out !== null) askAccount(state, turn);
}

/** What is known of the account is of before: the next sync begins anew. */
export function forgetEvidence(state: BookState, turn: Turn): void {
  const { evidence } = state;
  state.compared = false;
  evidence.read = null;
  evidence.current = false;
  evidence.out = null;
  evidence.again = false;
  evidence.doubt = null;
  evidence.putOffSince = null;
  turn.cancelTimer('account');
  turn.cancelTimer('positions');
}

/** A fill of the session before may be as young as one of this session. */
export function noteEarlierFills(state: BookState, turn: Turn): void {
  const last = state.ledger.entries.findLast(({ fill }) => fill !== null)?.ts ?? NEVER;
  state.filledAt = Math.max(state.filledAt, Math.min(last, turn.at.trading));
}

/**
 * The account is as a complete read told it, and nothing was told since. Positions follow fills by
 * seconds, in reads too: one that was asked for sooner after a fill may not show it yet.
 */
export function isFresh({ evidence, filledAt }: BookState): boolean {
  if (evidence.read === null || !evidence.current) return false;
  return filledAt === NEVER || evidence.read.askedAt - filledAt >= SETTLE_MS;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** The account as whoever closes ours has to see it. */
export function accountSharesOf(state: BookState): FlattenAccount {
  const { accountShares: told, knownForeign, ledger, latches } = state;
  return {
    told,
    booked: knownForeign === null ? null : ledger.sums.owned + knownForeign,
    inDoubt: latches.has('position_break') || latches.has('ownership_unconfirmed'),
  };
}

/**
 * A difference that the newest read was to look at again: it was asked for afterwards, of an
 * account at rest. Lists of one read overlap with what happens while they are told, and positions
 * follow the trades of others by seconds as they do ours.
 */
export function doubtedBefore({ evidence: { read, doubt } }: BookState): number | null {
  if (read === null || doubt === null || read.number <= doubt.asked || !read.rested) return null;
  return doubt.unexplained;
}

/** Why the account is not known well enough for an operator's word on it; null where it is. */
export function whyUnknown(state: BookState, turn: Turn): string | null {
  if (state.evidence.read === null || !state.engine.synced) {
    return 'the account has not been read since the broker was lost';
  }
  if (turn.at.trading - state.filledAt >= SETTLE_MS) return null;
  return 'an order of ours was filled a moment ago, and the account may not show it yet';
}
