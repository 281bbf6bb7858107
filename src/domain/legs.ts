/**
 * Which option positions of the account belong to a book. A position joins by the filter of the
 * configuration (or by the operator's word) and then stays until the broker's position is gone: a
 * leg that dropped out by itself would make the hedge jump.
 */

import { MAX_LEGS } from '../limits.ts';
import { dte } from './calendar.ts';
import type { OptionContract } from './contract.ts';
import type { StructureSettings } from './settings.ts';

/** A member of the book. */
export interface HeldLeg {
  readonly contract: OptionContract;
  /** Contracts, signed. */
  readonly quantity: number;
  /** Trading times. */
  readonly joinedAt: number;
  /** Of its quantity. */
  readonly changedAt: number;
}

/** What the broker says the account holds. */
export interface OptionHolding {
  readonly contract: OptionContract;
  /** Contracts, signed. */
  readonly quantity: number;
}

export interface LegContext {
  /** Trading time, epoch ms. */
  readonly now: number;
  readonly structure: StructureSettings;
  /** The book's underlying. */
  readonly symbol: string;
  /** 0 while not known: then options match by symbol. */
  readonly underlyingConId: number;
  /** NaN while not known: nothing joins by its strike then. */
  readonly spot: number;
  /** Contract ids the operator has confirmed, or excluded, by hand. */
  readonly confirmed: ReadonlySet<number>;
  readonly excluded: ReadonlySet<number>;
  /** Members whose position went lately, while no execution says why. */
  readonly gone: readonly OptionHolding[];
}

/** Why an option position of the underlying is not a member. */
export type OutsiderReason =
  | 'excluded'
  | 'dte_below_min'
  | 'dte_above_max'
  | 'outside_atm_band'
  | 'spot_unknown'
  | 'awaits_confirmation'
  | 'expired'
  | 'adjusted_deliverable'
  | 'book_full';

export interface Outsider {
  readonly holding: OptionHolding;
  readonly reason: OutsiderReason;
}

interface LeftLeg {
  readonly leg: HeldLeg;
  readonly reason: 'position_gone' | 'excluded' | 'outside_window';
}

interface LegChange {
  readonly leg: HeldLeg;
  /** Contracts before, signed. */
  readonly from: number;
}

export interface LegReview {
  /** The members now; those who stay keep their order, those who join come last. */
  readonly legs: readonly HeldLeg[];
  readonly joined: readonly HeldLeg[];
  readonly left: readonly LeftLeg[];
  readonly changed: readonly LegChange[];
  /** Would join, but the operator must confirm. Also listed as outsiders. */
  readonly proposed: readonly OptionHolding[];
  readonly outsiders: readonly Outsider[];
  /** Members whose contract is no longer what joined, or another one now: a corporate action. */
  readonly altered: readonly OptionHolding[];
}

/** Compares the members with the broker's positions. Pure: the caller stores what changed. */
export function reviewLegs(
  current: readonly HeldLeg[],
  holdings: readonly OptionHolding[],
  context: LegContext,
): LegReview {
  const ours = holdings.filter((holding) => holding.quantity !== 0 && concerns(holding, context));
  const held = new Map(ours.map((holding) => [holding.contract.conId, holding]));
  const stay: HeldLeg[] = [];
  const left: LeftLeg[] = [];
  const changed: LegChange[] = [];
  const altered: OptionHolding[] = [];
  const outsiders: Outsider[] = [];

  for (const leg of current) {
    const holding = held.get(leg.contract.conId);
    held.delete(leg.contract.conId);
    if (holding === undefined) {
      left.push({ leg, reason: 'position_gone' });
      if ([...held.values()].some((other) => replaces(other, leg))) altered.push(leg);
      continue;
    }
    const reason = reasonToLeave(leg, context);
    if (reason !== null) {
      left.push({ leg, reason: reason === 'excluded' ? reason : 'outside_window' });
      outsiders.push({ holding, reason });
      continue;
    }
    const next = follow(leg, holding, context.now);
    if (next.quantity !== leg.quantity) changed.push({ leg: next, from: leg.quantity });
    if (!sameTerms(leg.contract, holding.contract)) altered.push(next);
    stay.push(next);
  }
  const others = [...held.values()];
  // Positions are told one by one: what takes the place of a leg may come after it went.
  altered.push(...context.gone.filter((leg) => others.some((other) => replaces(other, leg))));
  const joining = admit(others, MAX_LEGS - stay.length, context);
  return {
    legs: [...stay, ...joining.joined],
    joined: joining.joined,
    left,
    changed,
    proposed: joining.proposed,
    outsiders: [...outsiders, ...joining.outsiders],
    altered,
  };
}

/** A wider door out than in, so that a leg at the edge does not come and go (strict selection). */
const EXIT_HYSTERESIS = 0.2;

function admit(
  candidates: readonly OptionHolding[],
  room: number,
  context: LegContext,
): Pick<LegReview, 'joined' | 'proposed' | 'outsiders'> {
  const joined: HeldLeg[] = [];
  const proposed: OptionHolding[] = [];
  const outsiders: Outsider[] = [];
  for (const holding of candidates) {
    const reason = outsiderReason(holding, context);
    if (reason !== null) {
      if (reason === 'awaits_confirmation') proposed.push(holding);
      outsiders.push({ holding, reason });
    } else if (joined.length >= room) {
      outsiders.push({ holding, reason: 'book_full' });
    } else {
      const { contract, quantity } = holding;
      joined.push({ contract, quantity, joinedAt: context.now, changedAt: context.now });
    }
  }
  return { joined, proposed, outsiders };
}

function concerns({ contract }: OptionHolding, context: LegContext): boolean {
  const known = contract.underlyingConId !== 0 && context.underlyingConId !== 0;
  if (known) return contract.underlyingConId === context.underlyingConId;
  return contract.symbol === context.symbol;
}

/** Why a position that is no member does not join; null when it does. */
function outsiderReason(holding: OptionHolding, context: LegContext): OutsiderReason | null {
  const { conId } = holding.contract;
  const { structure } = context;
  if (isExcluded(conId, context)) return 'excluded';
  if (isAdjusted(holding.contract)) return 'adjusted_deliverable';
  // The configuration's word goes before the window, and needs no second one.
  if (structure.include.includes(conId)) return null;
  const outside = outsideWindow(holding.contract, context, 0);
  if (outside !== null) return outside;
  const asks = structure.membership === 'confirm' && !context.confirmed.has(conId);
  return asks ? 'awaits_confirmation' : null;
}

/** Why a member leaves while its position is there. */
function reasonToLeave(leg: HeldLeg, context: LegContext): OutsiderReason | null {
  const { conId } = leg.contract;
  const { structure } = context;
  if (isExcluded(conId, context)) return 'excluded';
  if (structure.selection === 'sticky') return null;
  if (structure.include.includes(conId) || Number.isNaN(context.spot)) return null;
  return outsideWindow(leg.contract, context, EXIT_HYSTERESIS);
}

function isExcluded(conId: number, context: LegContext): boolean {
  return context.excluded.has(conId) || context.structure.exclude.includes(conId);
}

/** `slack` widens the window: 0.2 is a fifth on every side. */
function outsideWindow(
  contract: OptionContract,
  context: LegContext,
  slack: number,
): OutsiderReason | null {
  const { structure, spot, now } = context;
  const days = dte(contract.expiry, now);
  if (days < 0) return 'expired';
  if (days < structure.min_dte * (1 - slack)) return 'dte_below_min';
  if (days > structure.max_dte * (1 + slack)) return 'dte_above_max';
  if (!(spot > 0)) return 'spot_unknown';
  const distancePct = (Math.abs(contract.strike - spot) / spot) * 100;
  return distancePct > structure.atm_band_pct * (1 + slack) ? 'outside_atm_band' : null;
}

function follow(leg: HeldLeg, holding: OptionHolding, now: number): HeldLeg {
  const { contract, quantity } = holding;
  if (quantity !== leg.quantity) return { ...leg, contract, quantity, changedAt: now };
  return sameTerms(leg.contract, contract) ? leg : { ...leg, contract };
}

/** The exchange marks what no longer delivers plain shares by a digit: `NVDA1`. */
export function isAdjusted({ symbol, tradingClass }: OptionContract): boolean {
  return tradingClass !== symbol && tradingClass.replace(/\d$/, '') === symbol;
}

/** A leg is gone, and under another contract id stands what a corporate action makes of it. */
function replaces({ contract, quantity }: OptionHolding, leg: OptionHolding): boolean {
  const before = leg.contract;
  const alike = contract.right === before.right && contract.expiry === before.expiry;
  if (!alike || Math.sign(quantity) !== Math.sign(leg.quantity)) return false;
  const split =
    quantity !== leg.quantity &&
    Math.abs(quantity * contract.strike - leg.quantity * before.strike) < before.strike / 100;
  return contract.multiplier !== before.multiplier || isAdjusted(contract) || split;
}

/** What a corporate action changes while the contract id may stay. */
function sameTerms(one: OptionContract, other: OptionContract): boolean {
  return (
    one.strike === other.strike &&
    one.multiplier === other.multiplier &&
    one.tradingClass === other.tradingClass &&
    one.expiry === other.expiry &&
    one.right === other.right
  );
}
