/**
 * What changes accounts without a trade, as the exchange remembers it: instructions of holders,
 * dividends on their way, contracts that are no longer what they were, and the trail of all that.
 */

import type { Contract, OptionContract } from '../../domain/contract.ts';

/** What one option contract brings when it is exercised. */
export interface Deliverable {
  /** Of the underlying. */
  readonly shares: number;
  /** USD beside the shares. */
  readonly cash: number;
}

/** A contract under new terms or a new id. */
export interface ListingChange {
  /** The id that is no longer listed; null when the contract keeps it. */
  readonly removed: number | null;
  readonly contract: OptionContract;
  /** Null: as many shares as the multiplier says. */
  readonly deliverable: Deliverable | null;
}

/** What a holder wants done in the evening. */
export interface ExerciseInstruction {
  readonly clientId: number;
  readonly id: number;
  readonly account: string;
  readonly conId: number;
  readonly action: 'exercise' | 'lapse';
  /** Contracts. */
  readonly quantity: number;
}

/** A dividend whose ex-date has passed and that is not paid yet. */
export interface Accrual {
  readonly account: string;
  readonly symbol: string;
  /** USD; negative where the account was short. */
  readonly amount: number;
  /** Exchange time, epoch ms. */
  readonly payAt: number;
}

/** The multiple by which the shares of a stock grew. */
export interface SplitRecord {
  readonly conId: number;
  readonly ratio: number;
  readonly ts: number;
}

/** What happened to a position without a trade; the ledger's own trail, IB tells none. */
export interface OptionEvent {
  readonly ts: number;
  readonly account: string;
  readonly contract: Contract;
  readonly kind: 'exercise' | 'assignment' | 'expiry' | 'adjustment' | 'split' | 'dividend';
  /** Contracts or shares it concerned, signed as the position was. */
  readonly quantity: number;
  /** Shares that came or went. */
  readonly shares: number;
  /** USD that came or went. */
  readonly cash: number;
}

export interface RightsState {
  instructions: ExerciseInstruction[];
  accruals: Accrual[];
  listed: ListingChange[];
  splits: SplitRecord[];
  optionEvents: OptionEvent[];
}

export type RightsRecord =
  /** In place of an earlier one of the same account, contract and action. */
  | { readonly kind: 'instruction'; readonly instruction: ExerciseInstruction }
  /** The evening has come: they are done, or void. */
  | { readonly kind: 'instructions_done' }
  | { readonly kind: 'accrual'; readonly accrual: Accrual }
  /** What was due by then is in the accounts' cash, by records of its own. */
  | { readonly kind: 'accruals_paid'; readonly until: number }
  | { readonly kind: 'listing'; readonly change: ListingChange }
  | { readonly kind: 'split'; readonly split: SplitRecord }
  | { readonly kind: 'option_event'; readonly event: OptionEvent };

/** As many as an account can hold positions, several times over. */
export const INSTRUCTIONS_MAX = 1000;
/** Years of events of a large book. */
const EVENTS_MAX = 5000;

/** An exchange at which nothing of that has happened. */
export function noRights(): RightsState {
  return { instructions: [], accruals: [], listed: [], splits: [], optionEvents: [] };
}

/** Changes the state as the record says; the same at work and after a restart. */
export function applyRights(state: RightsState, record: RightsRecord): void {
  switch (record.kind) {
    case 'instruction': {
      const { account, conId, action } = record.instruction;
      state.instructions = state.instructions.filter(
        (other) => other.account !== account || other.conId !== conId || other.action !== action,
      );
      state.instructions.push(record.instruction);
      return;
    }
    case 'instructions_done':
      state.instructions = [];
      return;
    case 'accrual':
      state.accruals.push(record.accrual);
      return;
    case 'accruals_paid':
      state.accruals = state.accruals.filter(({ payAt }) => payAt > record.until);
      return;
    case 'listing':
      state.listed = [...withoutContract(state.listed, record.change), record.change];
      return;
    case 'split':
      state.splits.push(record.split);
      return;
    case 'option_event':
      state.optionEvents = [...state.optionEvents.slice(-EVENTS_MAX), record.event];
      return;
  }
}

/** A contract that changes a second time under its id needs its first change no longer. */
function withoutContract(
  listed: readonly ListingChange[],
  { contract, removed }: ListingChange,
): readonly ListingChange[] {
  const isKept = removed === null;
  return listed.filter((other) => {
    const isSame = isKept && other.removed === null;
    return !isSame || other.contract.conId !== contract.conId;
  });
}
