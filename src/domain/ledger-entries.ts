/**
 * The entries of a ledger: executions and adjustments in one canonical order, each with the sums of
 * all up to it. A list is a value; what finds an entry in it is kept beside the newest of a line.
 */

import assert from 'node:assert/strict';
import { addTrade, type LedgerOpening, type LedgerSums, NOTHING } from './ledger-sums.ts';
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
  /** Shares by the revision that told the most, where a later one has lowered them. */
  readonly told?: number;
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

/** An execution (its latest revision) or an adjustment, booked. */
export interface LedgerEntry {
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

/** Below every revision a broker can name. */
const NO_REVISION = -1;

/** An execution without a commission, not yet summed. */
export function fillEntry(fill: LedgerFill): LedgerEntry {
  const { execBase, ts, price, side, quantity } = fill;
  assert(Number.isFinite(quantity) && quantity >= 0, 'an execution has a quantity');
  assert(Number.isFinite(price) && Number.isFinite(ts), 'an execution has price and time');
  const shares = sideSign(side) * quantity;
  return { key: execBase, ts, fill, adjustment: null, shares, price, ...UNPAID };
}

/** The execution by its higher revision; of equal ones the first. */
export function latestFill(known: LedgerFill, fill: LedgerFill): LedgerFill {
  const latest = fill.revision > known.revision ? fill : known;
  const { told: _, ...plain } = latest;
  const told = Math.max(toldBy(known), toldBy(fill));
  return told > plain.quantity ? { ...plain, told } : plain;
}

/** Shares by the revision that told the most. */
export function toldBy({ quantity, told }: LedgerFill): number {
  return told ?? quantity;
}

/** Shares without an execution, not yet summed. */
export function adjustmentEntry(adjustment: Adjustment): LedgerEntry {
  const { id, shares, price, ts } = adjustment;
  assert(Number.isFinite(shares) && Number.isFinite(price) && Number.isFinite(ts));
  return { key: `adjustment:${id}`, ts, fill: null, adjustment, shares, price, ...UNPAID };
}

const UNPAID = { commission: 0, commissionRevision: NO_REVISION, after: NOTHING };

/** Below 0 where `one` stands before `other`: by time, and then by identity. */
export function compareEntries(one: LedgerEntry, other: LedgerEntry): number {
  if (one.ts !== other.ts) return one.ts - other.ts;
  return one.key < other.key ? -1 : 1;
}

/** Where the entry of this key stands; -1 for nowhere. */
export function findEntry(entries: readonly LedgerEntry[], key: string): number {
  const ts = indexOf(entries).times.get(key);
  if (ts === undefined) return -1;
  const index = countWhile(
    entries,
    (entry) => entry.ts < ts || (entry.ts === ts && entry.key < key),
  );
  assert(entries[index]?.key === key, 'an entry stands where its time and its key say');
  return index;
}

/** How many entries lie before `since`. */
export function countBefore(entries: readonly LedgerEntry[], since: number): number {
  return countWhile(entries, ({ ts }) => ts < since);
}

/** What was filled for an order. */
export function fillsOf(entries: readonly LedgerEntry[], orderRef: string): Fills {
  return indexOf(entries).fills.get(orderRef) ?? NO_FILLS;
}

export interface Fills {
  /** Shares, positive. */
  readonly quantity: number;
  /** The same by the revision of each execution that told the most. */
  readonly told: number;
  /** Quantity times price, USD. */
  readonly value: number;
}

const NO_FILLS: Fills = { quantity: 0, told: 0, value: 0 };

/** A new list with one entry more. `changedFrom`: from there on they need new sums already. */
export function insertEntry(
  entries: readonly LedgerEntry[],
  entry: LedgerEntry,
  opening: LedgerOpening,
  changedFrom = entries.length,
): LedgerEntry[] {
  let at = entries.length;
  for (let last = entries[at - 1]; last !== undefined && compareEntries(last, entry) > 0; ) {
    at -= 1;
    last = entries[at - 1];
  }
  // Nearly always it is the newest; copying alone is then a tenth of the cost.
  const next = at === entries.length ? [...entries, entry] : entries.toSpliced(at, 0, entry);
  return sumFrom(next, Math.min(at, changedFrom), opening);
}

/** Sums anew from `index` on, in place: the array is the caller's own copy. */
export function sumFrom(
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

/** `next` has the entries of `entries`, and `added`: what is known of them moves on. */
export function moveIndex(
  entries: readonly LedgerEntry[],
  next: readonly LedgerEntry[],
  added: LedgerEntry | null,
): void {
  const index = indexes.get(entries);
  if (index === undefined) return;
  indexes.delete(entries);
  if (added !== null) noteEntry(index, added);
  indexes.set(next, index);
}

/** What is known of these entries is to be found out anew. */
export function dropIndex(entries: readonly LedgerEntry[]): void {
  indexes.delete(entries);
}

/** A copy of the entries sums as they do, to the last bit: in the order in which they came. */
export function copyIndex(entries: readonly LedgerEntry[], copy: readonly LedgerEntry[]): void {
  const index = indexes.get(entries);
  if (index === undefined) return;
  indexes.set(copy, { times: new Map(index.times), fills: new Map(index.fills) });
}

interface EntryIndex {
  /** By key. */
  readonly times: Map<string, number>;
  /** By order. */
  readonly fills: Map<string, Fills>;
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
  const index: EntryIndex = { times: new Map(), fills: new Map() };
  for (const entry of entries) noteEntry(index, entry);
  indexes.set(entries, index);
  return index;
}

function noteEntry({ times, fills }: EntryIndex, { key, ts, fill }: LedgerEntry): void {
  times.set(key, ts);
  if (fill === null) return;
  const { quantity, told, value } = fills.get(fill.orderRef) ?? NO_FILLS;
  fills.set(fill.orderRef, {
    quantity: quantity + fill.quantity,
    told: told + toldBy(fill),
    value: value + fill.quantity * fill.price,
  });
}

/** How many of the first entries hold `isBefore`, which holds for none behind one it does not. */
function countWhile(
  entries: readonly LedgerEntry[],
  isBefore: (entry: LedgerEntry) => boolean,
): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry !== undefined && isBefore(entry)) low = middle + 1;
    else high = middle;
  }
  return low;
}
