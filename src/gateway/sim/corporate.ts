/**
 * What a company does to its shares: splits, and whatever else changes the terms of its options.
 * The rules are the Options Clearing Corporation's ("Characteristics and Risks of Standardized
 * Options", chapter II, since 2007): a split into whole shares multiplies the contracts and divides
 * their strikes; any other leaves both, and changes what a contract delivers and its symbol.
 * Whoever is told, is told as IB tells it: orders are cancelled, positions are others.
 */

import assert from 'node:assert/strict';
import { derivedConId } from '../../domain/con-id.ts';
import type { OptionContract, StockContract } from '../../domain/contract.ts';
import { paidIn } from './daily-profit.ts';
import type { FaultInput } from './fault-schema.ts';
import { deliverableOf, optionSymbol, optionsOf } from './listing.ts';
import { midOfQuote } from './market.ts';
import type { Deliverable, ListingChange, OptionEvent } from './rights.ts';
import type { PositionState } from './state.ts';
import type { Turn } from './turn.ts';

export interface SplitTerms {
  readonly to: number;
  readonly from: number;
}

export type Adjustment = Extract<FaultInput, { type: 'adjust_options' }>;

/** A position to be told when prices have followed, too. */
export interface Changed {
  readonly account: string;
  readonly conId: number;
}

/** Applies a split to the listing and to every account; prices are the market's own affair. */
export function splitShares(
  turn: Turn,
  stock: StockContract,
  { to, from }: SplitTerms,
): readonly Changed[] {
  const ratio = to / from;
  const isWhole = Number.isInteger(ratio);
  const changes = optionsOf(turn.listing, stock.conId).map((option) => ({
    option,
    change: isWhole ? wholeSplit(turn, option, ratio) : oddSplit(turn, option, ratio),
  }));
  turn.apply({ kind: 'split', split: { conId: stock.conId, ratio, ts: turn.now() } });
  const changed = [...turn.state.accounts.keys()].flatMap((account) =>
    splitHolding(turn, account, stock, ratio),
  );
  const terms = { factor: isWhole ? ratio : 1, kind: 'split' } as const;
  changed.push(...replaceContracts(turn, changes, terms));
  return changed;
}

/** Gives the options of a stock other terms, as after a merger or a special dividend. */
export function adjustOptions(
  turn: Turn,
  stock: StockContract,
  adjustment: Adjustment,
): readonly Changed[] {
  const changes = optionsOf(turn.listing, stock.conId).map((option) => {
    const before = deliverableOf(turn.listing, option);
    const strike = Math.max(0.01, roundStrike(option.strike - adjustment.strike_less));
    const tradingClass = adjustment.trading_class ?? nextClass(option.tradingClass);
    const multiplier = adjustment.multiplier ?? option.multiplier;
    const localSymbol = optionSymbol(tradingClass, option, strike);
    const contract = { ...option, strike, tradingClass, multiplier, localSymbol };
    const deliverable = {
      shares: adjustment.shares ?? before.shares,
      cash: before.cash + adjustment.cash,
    };
    const change = adjustment.new_ids
      ? renumbered(option, contract, deliverable)
      : { removed: null, contract, deliverable };
    return { option, change };
  });
  return replaceContracts(turn, changes, { factor: 1, kind: 'adjustment' });
}

/** The shares of one account; what was in it is told. */
export function splitHolding(
  turn: Turn,
  account: string,
  stock: StockContract,
  ratio: number,
): readonly Changed[] {
  const position = turn.state.accounts.get(account)?.positions.get(stock.conId);
  if (position === undefined || position.quantity === 0) return [];
  const exact = position.quantity * ratio;
  const quantity = Math.trunc(exact + Math.sign(exact) * 1e-9);
  const avgCost = position.avgCost / ratio;
  // Fractions of a share are paid out, at the price before the split.
  const rest = Math.round((exact - quantity) * 1e9) / 1e9;
  const cash = rest === 0 ? 0 : (rest / ratio) * priceOf(turn, stock.conId);
  const realizedPnl = position.realizedPnl + cash - rest * avgCost;
  const basis = paidIn(position.basis, -cash);
  const next: PositionState = { contract: stock, quantity, avgCost, realizedPnl, basis };
  turn.apply({ kind: 'replacement', account, from: stock.conId, position: next });
  if (cash !== 0) turn.apply({ kind: 'cash', account, amount: cash });
  const shares = quantity - position.quantity;
  note(turn, {
    account,
    contract: stock,
    kind: 'split',
    quantity: position.quantity,
    shares,
    cash,
  });
  return [{ account, conId: stock.conId }];
}

/** Other strikes make other contracts, with ids of their own. */
function wholeSplit(turn: Turn, option: OptionContract, ratio: number): ListingChange {
  // What an earlier split made it deliver, it delivers in the new shares.
  const deliverable = turn.listing.deliverables.get(option.conId) ?? null;
  return renumbered(option, dividedTerms(option, ratio), deliverable);
}

/** The contract stays and delivers other shares. */
function oddSplit(turn: Turn, option: OptionContract, ratio: number): ListingChange {
  const deliverable = oddDeliverable(turn, option, ratio);
  return { removed: null, contract: adjustedTerms(option), deliverable };
}

/** What an option is called whose strike was divided. */
export function dividedTerms(option: OptionContract, ratio: number): OptionContract {
  const strike = roundStrike(option.strike / ratio);
  return { ...option, strike, localSymbol: optionSymbol(option.tradingClass, option, strike) };
}

/** What an option is called that delivers something else than before. */
export function adjustedTerms(option: OptionContract): OptionContract {
  const tradingClass = nextClass(option.tradingClass);
  const localSymbol = optionSymbol(tradingClass, option, option.strike);
  return { ...option, tradingClass, localSymbol };
}

/** What is not a whole share comes as cash, at the price before the split. */
export function oddDeliverable(turn: Turn, option: OptionContract, ratio: number): Deliverable {
  const before = deliverableOf(turn.listing, option);
  const exact = before.shares * ratio;
  const shares = Math.floor(exact + 1e-9);
  const price = priceOf(turn, option.underlyingConId) / ratio;
  const cash = Math.round((before.cash + (exact - shares) * price) * 100) / 100;
  return { shares, cash };
}

/** The id follows from the old one, so that it is the same in every run. */
export function renumberedTerms(option: OptionContract, terms: OptionContract): OptionContract {
  return { ...terms, conId: derivedConId(`${option.conId}|${terms.localSymbol}`) };
}

function renumbered(
  option: OptionContract,
  terms: OptionContract,
  deliverable: Deliverable | null,
): ListingChange {
  return { removed: option.conId, contract: renumberedTerms(option, terms), deliverable };
}

/** `NVDA` becomes `NVDA1`, `NVDA1` becomes `NVDA2`. */
function nextClass(tradingClass: string): string {
  const [, root = tradingClass, digits = ''] = /^(.*?)(\d*)$/.exec(tradingClass) ?? [];
  return `${root}${digits === '' ? 1 : Number(digits) + 1}`;
}

interface Replacement {
  readonly option: OptionContract;
  readonly change: ListingChange;
}

interface ReplacementTerms {
  /** Contracts for each one. */
  readonly factor: number;
  readonly kind: OptionEvent['kind'];
}

/** All at once: a new strike may be another's old one. */
function replaceContracts(
  turn: Turn,
  replacements: readonly Replacement[],
  { factor, kind }: ReplacementTerms,
): readonly Changed[] {
  const changed: Changed[] = [];
  for (const { option, change } of replacements) {
    turn.apply({ kind: 'listing', change });
    const { contract, removed } = change;
    for (const [account, { positions }] of [...turn.state.accounts]) {
      const held = positions.get(option.conId);
      if (held === undefined) continue;
      const quantity = held.quantity * factor;
      const position = { ...held, contract, quantity, avgCost: held.avgCost / factor };
      turn.apply({ kind: 'replacement', account, from: option.conId, position });
      if (quantity === 0) continue;
      note(turn, { account, contract, kind, quantity, shares: 0, cash: 0 });
      if (removed !== null) changed.push({ account, conId: removed });
      changed.push({ account, conId: contract.conId });
    }
  }
  return changed;
}

/** Into the account's own trail. */
export function note(turn: Turn, event: Omit<OptionEvent, 'ts'>): void {
  turn.apply({ kind: 'option_event', event: { ts: turn.now(), ...event } });
}

function priceOf(turn: Turn, conId: number): number {
  const quote = turn.market.quote(conId, turn.now());
  const price = quote === null ? Number.NaN : midOfQuote(quote);
  assert(price > 0, 'a share that is split has a price');
  return price;
}

/** OCC writes strikes in tenths of a cent. */
function roundStrike(strike: number): number {
  return Math.round(strike * 1000) / 1000;
}
