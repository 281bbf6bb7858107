/**
 * What a starting daemon must know of the time before: folded from the facts of the journal, fact
 * by fact, by one pure function. Machines are never restored from it; they start, and this tells
 * the ledger, the latches and the open intents with which they ask the broker.
 */

import type { HedgeMemory } from '../domain/assessment-input.ts';
import type { LatchedCause } from '../domain/causes.ts';
import type { DayAttribution } from '../domain/day-attribution.ts';
import type { Adjustment, LedgerFill } from '../domain/ledger.ts';
import type { LedgerOpening } from '../domain/ledger-sums.ts';
import type { HeldLeg } from '../domain/legs.ts';
import { sideSign } from '../domain/order.ts';
import type { ExecutionReport } from './broker.ts';
import type { Fact, HeartbeatIntervalFact, IntentFact, LegFact } from './facts.ts';

export interface DurableBook {
  readonly symbol: string;
  readonly account: string;
  /** The sum of what is too old to be kept one by one; absent where all is kept. */
  readonly opening?: LedgerOpening;
  readonly fills: readonly LedgerFill[];
  readonly commissions: readonly (readonly [execId: string, amount: number])[];
  readonly adjustments: readonly Adjustment[];
  /** Opened and not ended: to be resolved with the broker before anything else. */
  readonly openIntents: readonly IntentFact[];
  /** Every order reference this journal knows, newest last; bounded. */
  readonly orderRefs: readonly string[];
  readonly legs: readonly HeldLeg[];
  /** The operator's word on option contracts; absent in journals from before it was asked for. */
  readonly membership?: readonly Membership[];
  readonly latches: readonly { readonly cause: LatchedCause; readonly reason: string }[];
  readonly memory: HedgeMemory | null;
  /** Of the day in progress; absent in journals from before it was kept. */
  readonly attribution?: DayAttribution;
  readonly suspended: boolean;
}

/** Whether the operator wants a contract in the book. */
export interface Membership {
  readonly conId: number;
  readonly decision: 'confirmed' | 'excluded';
}

export interface DurableState {
  readonly suspended: boolean;
  /** As it was set by hand; absent while the configuration alone says it. */
  readonly heartbeat?: Pick<HeartbeatIntervalFact, 'intervalS' | 'configuredS'>;
  /** By `symbol@account`. */
  readonly books: Readonly<Record<string, DurableBook>>;
}

/** The broker reports executions of the last days at most; older references cannot come back. */
const ORDER_REFS_MAX = 20_000;

export const NOTHING_DURABLE: DurableState = { suspended: false, books: {} };

/** What the gates of a new book remember. */
export const NO_MEMORY: HedgeMemory = {
  day: '',
  dailyHedgeCount: 0,
  dailyHedgeCost: 0,
  lastHedge: null,
  remainder: false,
  clearedAt: null,
  rejectStreak: 0,
  lossAllowance: null,
  knownForeign: null,
  foreignSeen: { day: '', executions: [] },
  settledByHand: [],
  acceptedExecutions: [],
  goneLegs: [],
  termsChangedOn: '',
  orderTimes: [],
};

const MINUTE_MS = 60_000;

/** The trading times of the orders of the last minute, after one more at `ts`. */
export function withOrderTime(times: readonly number[], ts: number): readonly number[] {
  const first = times.findIndex((time) => time > ts - MINUTE_MS);
  return [...(first < 0 ? [] : times.slice(first)), ts];
}

/** The key of a book in `DurableState.books`. */
export function durableKey(symbol: string, account: string): string {
  return `${symbol}@${account}`;
}

export function emptyDurableBook(symbol: string, account: string): DurableBook {
  return {
    symbol,
    account,
    fills: [],
    commissions: [],
    adjustments: [],
    openIntents: [],
    orderRefs: [],
    legs: [],
    latches: [],
    memory: null,
    suspended: false,
  };
}

/** An execution of ours as the ledger books it. */
export function fillOf(execution: ExecutionReport): LedgerFill {
  const { execBase, revision, execId, orderRef, side, quantity, price, ts } = execution;
  return { execBase, revision, execId, orderRef, side, quantity, price, ts };
}

/** The state after one more fact. Facts that leave no memory return the state itself. */
export function foldFact(state: DurableState, fact: Fact): DurableState {
  switch (fact.fact) {
    case 'suspended':
      return fact.symbol === null
        ? { ...state, suspended: fact.suspended }
        : foldSuspended(state, fact.symbol, fact.suspended);
    case 'heartbeatInterval': {
      const { intervalS, configuredS } = fact;
      return { ...state, heartbeat: { intervalS, configuredS } };
    }
    case 'execution': {
      const { contract, account } = fact.execution;
      return fold(state, contract.symbol, account, (book) => ({
        ...book,
        fills: [...book.fills, fillOf(fact.execution)],
      }));
    }
    case 'commission':
      return fold(state, fact.symbol, fact.account, (book) => ({
        ...book,
        commissions: [
          ...book.commissions,
          [fact.commission.execId, fact.commission.commission] as const,
        ],
      }));
    case 'adjustment':
      return fold(state, fact.symbol, fact.account, (book) => ({
        ...book,
        adjustments: [
          ...book.adjustments,
          {
            id: fact.id,
            kind: fact.kind,
            shares: fact.shares,
            price: fact.price,
            ts: fact.tradingTs,
            reason: fact.reason,
          },
        ],
      }));
    case 'intent':
      return fold(state, fact.symbol, fact.account, (book) => foldIntent(book, fact));
    case 'leg':
      if (fact.change === 'confirmed' || fact.change === 'excluded') {
        return foldMembership(state, fact, fact.change);
      }
      return fold(state, fact.symbol, fact.account, (book) => ({
        ...book,
        legs: [
          ...book.legs.filter((leg) => leg.contract.conId !== fact.contract.conId),
          ...(fact.change === 'left' ? [] : [fact.leg]),
        ],
      }));
    case 'latch':
      return fold(state, fact.symbol, fact.account, (book) => ({
        ...book,
        latches: [
          ...book.latches.filter((latch) => latch.cause !== fact.cause),
          ...(fact.set ? [{ cause: fact.cause, reason: fact.reason }] : []),
        ],
      }));
    case 'hedgeMemory':
      return fold(state, fact.symbol, fact.account, (book) => ({
        ...book,
        // What an older version wrote may lack what was added since.
        memory: { ...NO_MEMORY, ...fact.memory, orderTimes: book.memory?.orderTimes ?? [] },
      }));
    case 'attribution':
      return fold(state, fact.symbol, fact.account, (book) => ({
        ...book,
        attribution: fact.kept,
      }));
    case 'operation': {
      if (fact.type !== 'order_sent' && fact.type !== 'modify') return state;
      return fold(state, fact.symbol, fact.account, (book) => {
        const memory = book.memory ?? NO_MEMORY;
        const orderTimes = withOrderTime(memory.orderTimes, fact.tradingTs);
        return { ...book, memory: { ...memory, orderTimes } };
      });
    }
    default:
      return state;
  }
}

/** Signed shares of a report. */
export function signedShares(execution: Pick<ExecutionReport, 'side' | 'quantity'>): number {
  return sideSign(execution.side) * execution.quantity;
}

function foldIntent(book: DurableBook, fact: IntentFact): DurableBook {
  const others = book.openIntents.filter((intent) => intent.orderRef !== fact.orderRef);
  const known = book.orderRefs.includes(fact.orderRef);
  return {
    ...book,
    // A fault is no end: the order's fate is still to be found out, by the next session if need be.
    openIntents: fact.outcome === null || fact.outcome === 'fault' ? [...others, fact] : others,
    orderRefs: known ? book.orderRefs : [...book.orderRefs, fact.orderRef].slice(-ORDER_REFS_MAX),
  };
}

function foldMembership(
  state: DurableState,
  { symbol, account, contract: { conId } }: LegFact,
  decision: Membership['decision'],
): DurableState {
  return fold(state, symbol, account, (book) => {
    const others = (book.membership ?? []).filter((one) => one.conId !== conId);
    return { ...book, membership: [...others, { conId, decision }] };
  });
}

function fold(
  state: DurableState,
  symbol: string,
  account: string,
  change: (book: DurableBook) => DurableBook,
): DurableState {
  const key = durableKey(symbol, account);
  const book = state.books[key] ?? emptyDurableBook(symbol, account);
  return { ...state, books: { ...state.books, [key]: change(book) } };
}

/** Of every account's book; kept without an account where nothing else is known of it yet. */
function foldSuspended(state: DurableState, symbol: string, suspended: boolean): DurableState {
  const known = Object.values(state.books).some((book) => book.symbol === symbol);
  const { books } = known ? state : fold(state, symbol, '', (book) => book);
  const next = Object.entries(books).map(
    ([key, book]) => [key, book.symbol === symbol ? { ...book, suspended } : book] as const,
  );
  return { ...state, books: Object.fromEntries(next) };
}

/**
 * What is known of a book; null for nothing. Without an account it is the one that traded: what was
 * said of the symbol before its account was known is kept under none.
 */
export function durableBook(
  state: DurableState,
  symbol: string,
  account: string | null,
): DurableBook | null {
  const ours = Object.values(state.books).filter((book) => book.symbol === symbol);
  const named = ours.find((book) => book.account === account);
  const known = account === null ? (ours.find((book) => book.account !== '') ?? ours[0]) : named;
  const suspended = ours.some((book) => book.suspended);
  if (known === undefined && !suspended) return null;
  return { ...(known ?? emptyDurableBook(symbol, account ?? '')), suspended };
}
