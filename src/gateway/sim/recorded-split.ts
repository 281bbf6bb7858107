/**
 * A split within a recording: it lists the contracts of before and those of after, so what is held
 * goes over to the contract that takes its place there. The rules are those of `corporate.ts`; what
 * differs is that a strike which stays quoted is another contract from then on, and that what takes
 * the place of a contract need not be quoted at all.
 */

import type { OptionContract, StockContract } from '../../domain/contract.ts';
import {
  adjustedTerms,
  type Changed,
  dividedTerms,
  note,
  oddDeliverable,
  renumberedTerms,
  splitHolding,
} from './corporate.ts';
import { optionsOf } from './listing.ts';
import type { Deliverable } from './rights.ts';
import { flatPosition, type PositionState } from './state.ts';
import type { Turn } from './turn.ts';

/** What takes the place of an option. */
export interface Continuation {
  readonly contract: OptionContract;
  /** Contracts for each one; a price is divided by as much. */
  readonly factor: number;
  /** The recording lists it. */
  readonly isListed: boolean;
}

/** Strikes are rounded to cents where they are recorded. */
const STRIKE_OFF = 0.011;

/**
 * What an option becomes when each share becomes `ratio`. What nobody lists has an id of its own:
 * the one of before now names a contract of the new shares.
 */
export function continuationOf(
  listed: readonly OptionContract[],
  option: OptionContract,
  ratio: number,
): Continuation {
  const isWhole = Number.isInteger(ratio);
  const factor = isWhole ? ratio : 1;
  const terms = isWhole ? dividedTerms(option, ratio) : adjustedTerms(option);
  const next = listed
    .filter((other) => alike(other, terms))
    .sort((a, b) => Math.abs(a.strike - terms.strike) - Math.abs(b.strike - terms.strike))[0];
  if (next !== undefined) return { contract: next, factor, isListed: true };
  return { contract: renumberedTerms(option, terms), factor, isListed: false };
}

function alike(other: OptionContract, terms: OptionContract): boolean {
  return (
    other.expiry === terms.expiry &&
    other.right === terms.right &&
    other.tradingClass === terms.tradingClass &&
    Math.abs(other.strike - terms.strike) <= STRIKE_OFF
  );
}

/** Splits every account's shares, and gives it the options that follow. */
export function splitRecorded(turn: Turn, stock: StockContract, ratio: number): readonly Changed[] {
  turn.apply({ kind: 'split', split: { conId: stock.conId, ratio, ts: turn.now() } });
  const accounts = [...turn.state.accounts];
  const changed = accounts.flatMap(([account]) => splitHolding(turn, account, stock, ratio));
  const listed = optionsOf(turn.listing, stock.conId);
  for (const [account, { positions }] of accounts) {
    const moves = [...positions.values()].flatMap((held) => {
      const { contract } = held;
      const isOption = contract.secType === 'OPT' && contract.underlyingConId === stock.conId;
      if (!isOption || held.quantity === 0) return [];
      return [moveOf(turn, held, contract, continuationOf(listed, contract, ratio), ratio)];
    });
    // A new strike may be another's old one: all are taken out before one is put in.
    for (const { from, before } of moves) {
      turn.apply({ kind: 'replacement', account, from, position: flatPosition(before) });
    }
    for (const { from, position, deliverable } of moves) {
      const { contract, quantity } = position;
      const { conId } = contract;
      if (deliverable !== null || !turn.listing.contracts.has(conId)) {
        turn.apply({ kind: 'listing', change: { removed: null, contract, deliverable } });
      }
      turn.apply({ kind: 'replacement', account, from: conId, position });
      note(turn, { account, contract, kind: 'split', quantity, shares: 0, cash: 0 });
      changed.push({ account, conId: from }, { account, conId });
    }
  }
  return changed;
}

interface Move {
  readonly from: number;
  readonly before: OptionContract;
  readonly position: PositionState & { readonly contract: OptionContract };
  readonly deliverable: Deliverable | null;
}

function moveOf(
  turn: Turn,
  held: PositionState,
  option: OptionContract,
  { contract, factor }: Continuation,
  ratio: number,
): Move {
  const quantity = held.quantity * factor;
  const avgCost = held.avgCost / factor;
  const before = turn.listing.deliverables.get(option.conId) ?? null;
  return {
    from: option.conId,
    before: option,
    position: { ...held, contract, quantity, avgCost },
    deliverable: Number.isInteger(ratio) ? before : oddDeliverable(turn, option, ratio),
  };
}
