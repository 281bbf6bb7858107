/**
 * What a starting daemon must know of the time before: folded from the facts of the journal, fact
 * by fact, by `DurableFold`. Machines are never restored from it; they start, and this tells
 * the ledger, the latches and the open intents with which they ask the broker.
 */

import type { HedgeMemory } from '../domain/assessment-input.ts';
import type { LatchedCause } from '../domain/causes.ts';
import type { DayAttribution } from '../domain/day-attribution.ts';
import type { Adjustment, LedgerFill } from '../domain/ledger.ts';
import type { LedgerOpening } from '../domain/ledger-sums.ts';
import type { HeldLeg } from '../domain/legs.ts';
import { sideSign } from '../domain/order.ts';
import type { CommissionReport, ExecutionReport } from './broker.ts';
import type { HeartbeatIntervalFact, IntentFact } from './facts.ts';

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
  optionShifts: [],
  termsChangedOn: '',
  lossBase: null,
  legsChangedAt: null,
  sharesKeptAt: null,
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

/** A book of which nothing was ever kept. */
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

/** What a commission takes from a P&L in USD: nothing is known of those in other currencies. */
export function commissionUsd({ commission, currency }: CommissionReport): number {
  return currency === 'USD' ? commission : 0;
}

/** Signed shares of a report. */
export function signedShares(execution: Pick<ExecutionReport, 'side' | 'quantity'>): number {
  return sideSign(execution.side) * execution.quantity;
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
