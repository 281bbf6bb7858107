/**
 * The truth about what is ours in one book (an account and an underlying). Shares become ours by
 * an execution of our orders or by a typed adjustment, and by nothing else. Every entry is booked
 * once, however often and in whatever order the broker tells it: an execution is known by the base
 * of its id, a correction replaces it, and all sums run in one canonical order, so that the same
 * entries always give the same ledger to the last bit.
 */

import assert from 'node:assert/strict';
import {
  addTrade,
  type LedgerOpening,
  type LedgerSums,
  NO_OPENING,
  NOTHING,
} from './ledger-sums.ts';
import { type OrderSide, sideSign } from './order.ts';

export interface LedgerFill {
  /** `execId` up to its last dot: the identity of the execution. */
  readonly execBase: string;
  /** The number behind the last dot; the highest counts. */
  readonly revision: number;
  readonly execId: string;
  readonly orderRef: string;
  readonly side: OrderSide;
  /** Shares, positive; 0 in a correction that takes the execution back. */
  readonly quantity: number;
  /** USD per share. */
  readonly price: number;
  /** Epoch ms, as the broker dates it. */
  readonly ts: number;
}

export type AdjustmentKind = 'adopt' | 'assignment' | 'exercise' | 'corporate_action';

/** Shares that became ours, or ceased to be, without an order of ours. */
export interface Adjustment {
  /** Unique; the idempotency key (the journal's id and sequence). */
  readonly id: string;
  readonly kind: AdjustmentKind;
  /** Signed. */
  readonly shares: number;
  /** USD per share at which they enter. */
  readonly price: number;
  readonly ts: number;
  readonly reason: string;
}

/** A ledger is a value: booking returns another one. Sums are kept, so reading them is free. */
export interface Ledger {
  readonly opening: LedgerOpening;
  /** Executions (latest revisions) and adjustments, by time and then by identity. */
  readonly entries: readonly LedgerEntry[];
  /** Commissions of executions not booked yet. */
  readonly early: readonly EarlyCommission[];
  readonly sums: LedgerSums;
}

interface LedgerEntry {
  readonly key: string;
  readonly ts: number;
  readonly fill: LedgerFill | null;
  readonly adjustment: Adjustment | null;
  /** Signed shares. */
  readonly shares: number;
  readonly price: number;
  /** Of the highest revision whose commission is known. */
  readonly commission: number;
  readonly commissionRevision: number;
  readonly after: LedgerSums;
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

export function emptyLedger(opening = NO_OPENING): Ledger {
  return { opening, entries: [], early: [], sums: opening.sums };
}

/** Books an execution of ours; idempotent by its base id and revision. */
export function bookExecution(ledger: Ledger, fill: LedgerFill): Booking {
  assert(Number.isFinite(fill.quantity) && fill.quantity >= 0, 'an execution has a quantity');
  assert(
    Number.isFinite(fill.price) && Number.isFinite(fill.ts),
    'an execution has price and time',
  );
  const index = findEntry(ledger, fill.execBase);
  const known = ledger.entries[index];
  if (known === undefined || known.fill === null) {
    // Older than what is kept one by one: it is in the opening sums, or nobody can tell.
    if (fill.ts < ledger.opening.before) return unchanged(ledger, 'outdated');
    return bookFirstRevision(ledger, fill);
  }

  if (fill.revision < known.fill.revision) return unchanged(ledger, 'outdated');
  if (fill.revision === known.fill.revision) {
    return unchanged(ledger, sameContent(fill, known.fill) ? 'duplicate' : 'contradiction');
  }
  const { commission, commissionRevision } = known;
  const entry = { ...fillEntry(fill), commission, commissionRevision };
  const next = insertEntry(ledger.entries.toSpliced(index, 1), entry, ledger.opening, index);
  // Another quantity, and perhaps another order: what is known of the entries is found out anew.
  indexes.delete(ledger.entries);
  return booked(ledger, next, ledger.early, entry, 'corrected');
}

/** Books shares that became ours, or ceased to be, without an order; idempotent by id. */
export function bookAdjustment(ledger: Ledger, adjustment: Adjustment): Booking {
  const { shares, price, ts } = adjustment;
  assert(Number.isFinite(shares) && Number.isFinite(price) && Number.isFinite(ts));
  const key = `adjustment:${adjustment.id}`;
  if (findEntry(ledger, key) >= 0) return unchanged(ledger, 'duplicate');
  const entry: LedgerEntry = {
    key,
    ts,
    fill: null,
    adjustment,
    shares,
    price,
    commission: 0,
    commissionRevision: NO_REVISION,
    after: NOTHING,
  };
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
  const index = findEntry(ledger, execBase);
  const entry = ledger.entries[index];
  if (entry === undefined) return keepEarly(ledger, { execBase, revision, amount });
  if (revision <= entry.commissionRevision) return ledger;
  const entries = [...ledger.entries];
  entries[index] = { ...entry, commission: amount, commissionRevision: revision };
  return follow(ledger, sumFrom(entries, index, ledger.opening), ledger.early, null);
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
  return indexOf(ledger.entries).filled.get(orderRef) ?? 0;
}

/** Average price of an order's fills, USD per share; NaN without any. */
export function averageFillPrice(ledger: Ledger, orderRef: string): number {
  let filled = 0;
  let value = 0;
  for (const { fill } of ledger.entries) {
    if (fill?.orderRef !== orderRef) continue;
    filled += fill.quantity;
    value += fill.quantity * fill.price;
  }
  return value / filled;
}

/** What moved from `since` (epoch ms) on. */
export function flowsSince(ledger: Ledger, since: number): LedgerFlows {
  const { sums } = ledger;
  const before =
    ledger.entries[countBefore(ledger.entries, since) - 1]?.after ?? ledger.opening.sums;
  return {
    ownedBefore: before.owned,
    executionCash: sums.executionCash - before.executionCash,
    adjustmentCash: sums.adjustmentCash - before.adjustmentCash,
    turnover: sums.turnover - before.turnover,
    commissions: sums.commissions - before.commissions,
  };
}

/** USD that the open position has gained at `mark`, average-cost method. */
export function unrealizedPnl(ledger: Ledger, mark: number): number {
  const { owned, averageCost } = ledger.sums;
  return owned === 0 ? 0 : owned * (mark - averageCost);
}

/** 16 hex digits; equal for equal entries and commissions, whatever order they came in. */
export function ledgerHash(ledger: Ledger): string {
  const { digestHigh, digestLow } = ledger.sums;
  return digestHigh.toString(16).padStart(8, '0') + digestLow.toString(16).padStart(8, '0');
}

/** Below every revision a broker can name. */
const NO_REVISION = -1;

/**
 * Commissions that wait for their execution. A busy day has hundreds; those of other clients never
 * find theirs here, so the list is cut.
 */
const EARLY_COMMISSIONS_MAX = 1000;

function bookFirstRevision(ledger: Ledger, fill: LedgerFill): Booking {
  const waiting = ledger.early.find(({ execBase }) => execBase === fill.execBase);
  let entry = fillEntry(fill);
  let { early } = ledger;
  if (waiting !== undefined) {
    entry = { ...entry, commission: waiting.amount, commissionRevision: waiting.revision };
    early = early.filter((commission) => commission !== waiting);
  }
  const entries = insertEntry(ledger.entries, entry, ledger.opening);
  return booked(ledger, entries, early, entry, 'booked');
}

function fillEntry(fill: LedgerFill): LedgerEntry {
  return {
    key: fill.execBase,
    ts: fill.ts,
    fill,
    adjustment: null,
    shares: sideSign(fill.side) * fill.quantity,
    price: fill.price,
    commission: 0,
    commissionRevision: NO_REVISION,
    after: NOTHING,
  };
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
  const index = indexes.get(before.entries);
  if (index !== undefined) {
    indexes.delete(before.entries);
    if (added !== null) noteEntry(index, added);
    indexes.set(entries, index);
  }
  const { opening } = before;
  return { opening, entries, early, sums: entries.at(-1)?.after ?? opening.sums };
}

interface EntryIndex {
  readonly keys: Set<string>;
  /** Shares filled, by order. */
  readonly filled: Map<string, number>;
}

/**
 * What is asked with every report of the broker, so that the ten-thousandth fill need not be
 * compared with all before it. It belongs to the newest of a line of ledgers and moves on with it;
 * an older one builds its own again.
 */
const indexes = new WeakMap<readonly LedgerEntry[], EntryIndex>();

function indexOf(entries: readonly LedgerEntry[]): EntryIndex {
  const known = indexes.get(entries);
  if (known !== undefined) return known;
  const index: EntryIndex = { keys: new Set(), filled: new Map() };
  for (const entry of entries) noteEntry(index, entry);
  indexes.set(entries, index);
  return index;
}

function noteEntry({ keys, filled }: EntryIndex, { key, fill }: LedgerEntry): void {
  keys.add(key);
  if (fill === null) return;
  filled.set(fill.orderRef, (filled.get(fill.orderRef) ?? 0) + fill.quantity);
}

function findEntry({ entries }: Ledger, key: string): number {
  if (!indexOf(entries).keys.has(key)) return -1;
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    if (entries[index]?.key === key) return index;
  }
  return -1;
}

/** How many entries lie before `since`: entries are in the order of their times. */
function countBefore(entries: readonly LedgerEntry[], since: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.ts ?? Number.POSITIVE_INFINITY) < since) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `changedFrom`: entries from there on already need new sums. */
function insertEntry(
  entries: readonly LedgerEntry[],
  entry: LedgerEntry,
  opening: LedgerOpening,
  changedFrom = entries.length,
): LedgerEntry[] {
  let at = entries.length;
  for (let last = entries[at - 1]; last !== undefined && !inOrder(last, entry); ) {
    at -= 1;
    last = entries[at - 1];
  }
  // Nearly always it is the newest; copying alone is then a tenth of the cost.
  const next = at === entries.length ? [...entries, entry] : entries.toSpliced(at, 0, entry);
  return sumFrom(next, Math.min(at, changedFrom), opening);
}

function inOrder(one: LedgerEntry, other: LedgerEntry): boolean {
  return one.ts === other.ts ? one.key < other.key : one.ts < other.ts;
}

/** Sums anew from `index` on, in place: the array is the caller's own copy. */
function sumFrom(
  entries: LedgerEntry[],
  index: number,
  { sums: opened }: LedgerOpening,
): LedgerEntry[] {
  let sums = entries[index - 1]?.after ?? opened;
  for (let position = index; position < entries.length; position += 1) {
    const entry = entries[position];
    assert(entry !== undefined);
    sums = addTrade(sums, entry);
    entries[position] = { ...entry, after: sums };
  }
  return entries;
}

/** Where a commission waits: by identity, so that equal sets are equal lists. */
function keepEarly(ledger: Ledger, commission: EarlyCommission): Ledger {
  const { execBase, revision } = commission;
  const known = ledger.early.find((other) => other.execBase === execBase);
  if (known !== undefined && known.revision >= revision) return ledger;
  const early = [...ledger.early.filter((other) => other !== known), commission].sort((a, b) =>
    a.execBase < b.execBase ? -1 : 1,
  );
  return { ...ledger, early: early.slice(-EARLY_COMMISSIONS_MAX) };
}
