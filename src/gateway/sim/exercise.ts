/**
 * Whether an instruction to exercise or to let lapse is taken, with the texts of TWS (322, seen in
 * the field), and what is left of the instructions when the evening comes.
 */

import type { Contract, OptionContract } from '../../domain/contract.ts';
import { expiryTime } from '../../pricing/time-to-expiry.ts';
import { deliverableOf, type Listing, MIN_TICK } from './listing.ts';
import { marginOf } from './margin.ts';
import { midOfQuote } from './market.ts';
import { INSTRUCTIONS_MAX } from './rights.ts';
import { reportError, type Turn } from './turn.ts';
import type { VenueExercise } from './venue.ts';

interface Refusal {
  readonly code: number;
  readonly message: string;
}

/** Takes an instruction for the evening, or says under its id why not. */
export function takeExercise(turn: Turn, request: VenueExercise): void {
  const account = accountOf(turn, request);
  const contract = turn.listing.contracts.get(request.conId);
  const refusal = refusalOf(turn, request, account, contract);
  if (refusal !== null) {
    const { clientId, id: orderId } = request;
    reportError(turn, { clientId, orderId }, refusal.code, refusal.message);
    return;
  }
  const { clientId, id, conId } = request;
  const action = request.action === 1 ? 'exercise' : 'lapse';
  // Of more than there is, what there is.
  const quantity = Math.min(request.quantity, heldBy(turn, account, conId));
  turn.apply({
    kind: 'instruction',
    instruction: { clientId, id, account, conId, action, quantity },
  });
}

function refusalOf(
  turn: Turn,
  request: VenueExercise,
  account: string,
  contract: Contract | undefined,
): Refusal | null {
  if (contract?.secType !== 'OPT') {
    return { code: 200, message: 'No security definition has been found for the request' };
  }
  if (request.action !== 1 && request.action !== 2) {
    return invalid(`Invalid exercise action ${request.action}`);
  }
  if (!Number.isInteger(request.quantity) || request.quantity <= 0) {
    return invalid('Invalid exercise quantity');
  }
  if (account === '') return { code: 435, message: 'You must specify an account' };
  if (!(heldBy(turn, account, contract.conId) > 0)) {
    return failed(`No unlapsed position exists in this option in account ${account}.`);
  }
  if (turn.state.instructions.length >= INSTRUCTIONS_MAX) return failed(REJECTED);
  if (request.action === 2) return lapseRefusal(turn, request, contract);
  if (!request.override && !isInTheMoney(turn, contract)) {
    return failed('Exercise ignored because option is not in-the-money.');
  }
  return canPay(turn, account, contract, request.quantity) ? null : failed(REJECTED);
}

const REJECTED = 'Exercise/Lapse failed due to server rejection.';

function lapseRefusal(turn: Turn, request: VenueExercise, option: OptionContract): Refusal | null {
  if (!request.override && isInTheMoney(turn, option)) {
    return failed('Lapse ignored because option is in-the-money.');
  }
  // What does not end today is not exercised by itself, so there is nothing to let lapse.
  const isLastDay = expiryTime(option.expiry) - turn.now() < LAST_DAY_MS;
  return isLastDay ? null : failed(REJECTED);
}

const LAST_DAY_MS = 86_400_000;

/** Whether the account carries what the exercise brings; always, where no margin is asked for. */
function canPay(turn: Turn, id: string, option: OptionContract, quantity: number): boolean {
  const { state, market, scenario, listing } = turn;
  const account = state.accounts.get(id);
  if (scenario.margin === 'none' || account === undefined) return true;
  const { shares } = deliverableOf(listing, option);
  const direction = option.right === 'C' ? 1 : -1;
  const change = {
    conId: option.underlyingConId,
    quantity: direction * quantity * shares,
    cash: -direction * quantity * option.strike * option.multiplier,
  };
  const before = marginOf(state, market, account, null, listing.contracts);
  const after = marginOf(state, market, account, change, listing.contracts);
  return after.initial <= before.initial || after.initial <= after.equityWithLoan;
}

/** The clearing house exercises what is worth a cent, unless the holder says otherwise. */
export function isInTheMoney(turn: Turn, option: OptionContract): boolean {
  return intrinsicValue(turn, option) >= MIN_TICK - 1e-9;
}

/** USD per unit of the multiplier; negative out of the money, NaN without a price. */
export function intrinsicValue(turn: Turn, option: OptionContract): number {
  const quote = turn.market.quote(option.underlyingConId, turn.now());
  const spot = quote === null ? Number.NaN : midOfQuote(quote);
  const worth = deliveredWorth(turn.listing, option, spot);
  return option.right === 'C' ? worth - option.strike : option.strike - worth;
}

function deliveredWorth(listing: Listing, option: OptionContract, spot: number): number {
  const { shares, cash } = deliverableOf(listing, option);
  return (shares * spot + cash) / option.multiplier;
}

function heldBy({ state }: Turn, account: string, conId: number): number {
  return state.accounts.get(account)?.positions.get(conId)?.quantity ?? 0;
}

function accountOf({ state }: Turn, { account }: VenueExercise): string {
  const [first = ''] = state.accounts.keys();
  return account === '' && state.accounts.size === 1 ? first : account;
}

function invalid(cause: string): Refusal {
  return { code: 321, message: `Error validating request.-'bW' : cause - ${cause}` };
}

function failed(cause: string): Refusal {
  return { code: 322, message: `Error processing request:${cause}` };
}
