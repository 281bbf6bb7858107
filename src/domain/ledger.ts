/**
 * The truth about what is ours in one book (an account and an underlying). Shares become ours by
 * an execution of our orders or by a typed adjustment, and by nothing else. Every entry is booked
 * once, however often and in whatever order the broker tells it: an execution is known by the base
 * of its id, a correction replaces it, and all sums run in one canonical order, so that the same
 * entries always give the same ledger to the last bit.
 */

import assert from 'node:assert/strict';
import {
  type Adjustment,
  adjustmentEntry,
  compareEntries,
  countBefore,
  dropIndex,
  fillEntry,
  fillsOf,
  findEntry,
  insertEntry,
  type LedgerEntry,
  type LedgerFill,
  latestFill,
  moveIndex,
  sumFrom,
  toldBy,
} from './ledger-entries.ts';
import { type LedgerOpening, type LedgerSums, NO_OPENING } from './ledger-sums.ts';

export type { Adjustment, AdjustmentKind, LedgerFill } from './ledger-entries.ts';

/** A ledger is a value: booking returns another one. Sums are kept, so reading them is free. */
export interface Ledger {
  readonly opening: LedgerOpening;
  /** Executions (latest revisions) and adjustments, by time and then by identity. */
  readonly entries: readonly LedgerEntry[];
  /** Commissions of executions not booked yet. */
  readonly early: readonly EarlyCommission[];
  readonly sums: LedgerSums;
}

interface EarlyCommission {
  readonly execBase: string;
  readonly revision: number;
  readonly amount: number;
}

type BookingOutcome =
  | 'booked'
  /** A higher revision took the place of an earlier one. */
  | 'corrected'
  | 'duplicate'
  /** An earlier revision than the one that counts, or older than all that is kept one by one. */
  | 'outdated'
  /** The same revision with another content: not applied; somebody must look. */
  | 'contradiction';

export interface Booking {
  readonly ledger: Ledger;
  readonly outcome: BookingOutcome;
  /** Booked or corrected. */
  readonly applied: boolean;
  /** Change of owned shares. */
  readonly delta: number;
}

/** What moved from a time on (that time included), for the day's P&L. */
export interface LedgerFlows {
  /** Owned shares just before that time. */
  readonly ownedBefore: number;
  readonly executionCash: number;
  readonly adjustmentCash: number;
  /** USD that executions bought and sold for. */
  readonly turnover: number;
  readonly commissions: number;
}

/** What is booked into a ledger at once. */
export interface LedgerHistory {
  readonly opening?: LedgerOpening;
  readonly fills: readonly LedgerFill[];
  readonly adjustments: readonly Adjustment[];
  readonly commissions: readonly (readonly [execId: string, amount: number])[];
}

/** A ledger that begins with what was summed up before; by default with nothing. */
export function emptyLedger(opening = NO_OPENING): Ledger {
  return { opening, entries: [], early: [], sums: opening.sums };
}

/** Books an execution of ours; idempotent by its base id and revision. */
export function bookExecution(ledger: Ledger, fill: LedgerFill): Booking {
  const index = findEntry(ledger.entries, fill.execBase);
  const known = ledger.entries[index];
  if (known === undefined || known.fill === null) {
    // Older than what is kept one by one: it is in the opening sums, or nobody can tell.
    if (fill.ts < ledger.opening.before) return unchanged(ledger, 'outdated');
    return bookFirstRevision(ledger, fillEntry(fill));
  }

  if (fill.revision < known.fill.revision) return outdated(ledger, index, fill);
  if (fill.revision === known.fill.revision) {
    return unchanged(ledger, sameContent(fill, known.fill) ? 'duplicate' : 'contradiction');
  }
  const { commission, commissionRevision } = known;
  const entry = { ...fillEntry(latestFill(known.fill, fill)), commission, commissionRevision };
  const next = insertEntry(ledger.entries.toSpliced(index, 1), entry, ledger.opening, index);
  // Another quantity, and perhaps another order: what is known of the entries is found out anew.
  dropIndex(ledger.entries);
  return booked(ledger, next, ledger.early, entry, 'corrected');
}

/** Books shares that became ours, or ceased to be, without an order; idempotent by id. */
export function bookAdjustment(ledger: Ledger, adjustment: Adjustment): Booking {
  const entry = adjustmentEntry(adjustment);
  if (findEntry(ledger.entries, entry.key) >= 0) return unchanged(ledger, 'duplicate');
  const entries = insertEntry(ledger.entries, entry, ledger.opening);
  return booked(ledger, entries, ledger.early, entry, 'booked');
}

/**
 * Books the commission (USD, positive is a cost) of an execution; idempotent by `execId`. It may
 * come before its execution. Of several revisions the highest counts.
 */
export function bookCommission(ledger: Ledger, execId: string, amount: number): Ledger {
  assert(Number.isFinite(amount), 'a commission is an amount');
  const { execBase, revision } = splitExecId(execId);
  const index = findEntry(ledger.entries, execBase);
  const entry = ledger.entries[index];
  if (entry === undefined) return keepEarly(ledger, { execBase, revision, amount });
  if (revision <= entry.commissionRevision) return ledger;
  const entries = [...ledger.entries];
  entries[index] = paid(entry, { revision, amount });
  return follow(ledger, sumFrom(entries, index, ledger.opening), ledger.early, null);
}

/** The ledger to which booking all of it one by one leads; in the time that sorting it takes. */
export function ledgerOf({
  opening = NO_OPENING,
  fills,
  adjustments,
  commissions,
}: LedgerHistory): Ledger {
  const entries = new Map<string, LedgerEntry>();
  for (const fill of fills) {
    const known = entries.get(fill.execBase)?.fill ?? null;
    if (known !== null) entries.set(fill.execBase, fillEntry(latestFill(known, fill)));
    else if (fill.ts >= opening.before) entries.set(fill.execBase, fillEntry(fill));
  }
  for (const adjustment of adjustments) {
    const entry = adjustmentEntry(adjustment);
    if (!entries.has(entry.key)) entries.set(entry.key, entry);
  }
  const early: EarlyCommission[] = [];
  for (const commission of latestRevisions(commissions)) {
    const entry = entries.get(commission.execBase);
    if (entry === undefined) early.push(commission);
    else entries.set(entry.key, paid(entry, commission));
  }
  const sorted = sumFrom([...entries.values()].sort(compareEntries), 0, opening);
  const sums = sorted.at(-1)?.after ?? opening.sums;
  return { opening, entries: sorted, early: keptEarly(early), sums };
}

/** Splits the broker's execution id at its last dot: the execution, and which revision of it. */
export function splitExecId(execId: string): { execBase: string; revision: number } {
  const dot = execId.lastIndexOf('.');
  const suffix = execId.slice(dot + 1);
  if (dot < 0 || !/^\d+$/.test(suffix)) return { execBase: execId, revision: 0 };
  return { execBase: execId.slice(0, dot), revision: Number(suffix) };
}

/** Shares filled for an order, positive: the latest revisions of its executions, summed. */
export function filledQuantity(ledger: Ledger, orderRef: string): number {
  return fillsOf(ledger.entries, orderRef).quantity;
}

/**
 * Shares that an order has traded at the exchange, positive: each execution as it was told before
 * any correction lowered it. A busted trade is not ours, and the order cannot make it again.
 */
export function tradedQuantity(ledger: Ledger, orderRef: string): number {
  return fillsOf(ledger.entries, orderRef).told;
}

/** Average price of an order's fills, USD per share; NaN without any. */
export function averageFillPrice(ledger: Ledger, orderRef: string): number {
  const { quantity, value } = fillsOf(ledger.entries, orderRef);
  return value / quantity;
}

/** Asked several times in each turn of a book, mostly about the same ledger and day. */
let lastFlows: { ledger: Ledger; since: number; flows: LedgerFlows } | null = null;

/** What moved from `since` (epoch ms) on. */
export function flowsSince(ledger: Ledger, since: number): LedgerFlows {
  if (lastFlows?.ledger === ledger && lastFlows.since === since) return lastFlows.flows;
  const { sums } = ledger;
  const before =
    ledger.entries[countBefore(ledger.entries, since) - 1]?.after ?? ledger.opening.sums;
  const flows = {
    ownedBefore: before.owned,
    executionCash: sums.executionCash - before.executionCash,
    adjustmentCash: sums.adjustmentCash - before.adjustmentCash,
    turnover: sums.turnover - before.turnover,
    commissions: sums.commissions - before.commissions,
  };
  lastFlows = { ledger, since, flows };
  return flows;
}

/** USD that the open position has gained at `mark`, average-cost method. */
export function unrealizedPnl(ledger: Ledger, mark: number): number {
  const { owned, averageCost } = ledger.sums;
  return owned === 0 ? 0 : owned * (mark - averageCost);
}

/** Asked in every turn of a book, and another only after a fill. */
const hashes = new WeakMap<Ledger, string>();

/** 16 hex digits; equal for equal entries and commissions, whatever order they came in. */
export function ledgerHash(ledger: Ledger): string {
  const known = hashes.get(ledger);
  if (known !== undefined) return known;
  const { digestHigh, digestLow } = ledger.sums;
  const hash = digestHigh.toString(16).padStart(8, '0') + digestLow.toString(16).padStart(8, '0');
  hashes.set(ledger, hash);
  return hash;
}

/**
 * Commissions that wait for their execution. A busy day has hundreds; those of other clients never
 * find theirs here, so the list is cut.
 */
const EARLY_COMMISSIONS_MAX = 1000;

function bookFirstRevision(ledger: Ledger, fresh: LedgerEntry): Booking {
  const waiting = ledger.early.find(({ execBase }) => execBase === fresh.key);
  let entry = fresh;
  let { early } = ledger;
  if (waiting !== undefined) {
    entry = paid(entry, waiting);
    early = early.filter((commission) => commission !== waiting);
  }
  const entries = insertEntry(ledger.entries, entry, ledger.opening);
  return booked(ledger, entries, early, entry, 'booked');
}

/** An earlier revision changes nothing but what is known of the order's trading. */
function outdated(ledger: Ledger, index: number, fill: LedgerFill): Booking {
  const entry = ledger.entries[index];
  if (entry === undefined || entry.fill === null || toldBy(fill) <= toldBy(entry.fill)) {
    return unchanged(ledger, 'outdated');
  }
  const entries = ledger.entries.with(index, { ...entry, fill: latestFill(entry.fill, fill) });
  dropIndex(ledger.entries);
  return unchanged({ ...ledger, entries }, 'outdated');
}

function sameContent(one: LedgerFill, other: LedgerFill): boolean {
  return (
    one.side === other.side &&
    one.quantity === other.quantity &&
    one.price === other.price &&
    one.orderRef === other.orderRef
  );
}

function unchanged(ledger: Ledger, outcome: BookingOutcome): Booking {
  return { ledger, outcome, applied: false, delta: 0 };
}

function booked(
  before: Ledger,
  entries: readonly LedgerEntry[],
  early: readonly EarlyCommission[],
  entry: LedgerEntry,
  outcome: BookingOutcome,
): Booking {
  const ledger = follow(before, entries, early, entry);
  return { ledger, outcome, applied: true, delta: ledger.sums.owned - before.sums.owned };
}

/** The ledger after `before`; it takes over what is known of the entries. */
function follow(
  before: Ledger,
  entries: readonly LedgerEntry[],
  early: readonly EarlyCommission[],
  added: LedgerEntry | null,
): Ledger {
  moveIndex(before.entries, entries, added);
  const { opening } = before;
  return { opening, entries, early, sums: entries.at(-1)?.after ?? opening.sums };
}

/** Where a commission waits: by identity, so that equal sets are equal lists. */
function keepEarly(ledger: Ledger, commission: EarlyCommission): Ledger {
  const { execBase, revision } = commission;
  const known = ledger.early.find((other) => other.execBase === execBase);
  if (known !== undefined && known.revision >= revision) return ledger;
  const early = [...ledger.early.filter((other) => other !== known), commission];
  return { ...ledger, early: keptEarly(early) };
}

function keptEarly(early: EarlyCommission[]): readonly EarlyCommission[] {
  return early
    .sort((one, other) => (one.execBase < other.execBase ? -1 : 1))
    .slice(-EARLY_COMMISSIONS_MAX);
}

function paid(
  entry: LedgerEntry,
  { revision, amount }: Omit<EarlyCommission, 'execBase'>,
): LedgerEntry {
  return { ...entry, commission: amount, commissionRevision: revision };
}

/** Of each execution the commission with the highest revision; of equal ones the first. */
function latestRevisions(commissions: LedgerHistory['commissions']): Iterable<EarlyCommission> {
  const latest = new Map<string, EarlyCommission>();
  for (const [execId, amount] of commissions) {
    assert(Number.isFinite(amount), 'a commission is an amount');
    const { execBase, revision } = splitExecId(execId);
    const known = latest.get(execBase);
    if (known === undefined || revision > known.revision) {
      latest.set(execBase, { execBase, revision, amount });
    }
  }
  return latest.values();
}
