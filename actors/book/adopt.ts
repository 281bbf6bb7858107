/**
 * Adopt: shares that are in the account without an order of ours become this book's, or cease to
 * be, by the operator's word. It is written down as an adjustment, so that owned shares stay the
 * sum of what is recorded, and it answers the question of a first start: which shares are ours?
 */

import { bookAdjustment } from '../../src/domain/ledger.ts';
import { foreignShares } from '../../src/domain/positions.ts';
import type { ControlResult } from '../../src/protocol/control.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { executionOf, spotOf } from './assess.ts';
import { comparePositions } from './comparison.ts';
import { whyUnknown } from './evidence.ts';
import { unlatch } from './manual-resume.ts';
import { noteOperation, remember } from './operations.ts';
import type { BookState } from './state.ts';
import { settleByHand, untoldOrder, whyNotSettled } from './untold.ts';

/** Books `shares` as ours, or says why that cannot be. */
export function adoptShares(
  state: BookState,
  turn: Turn,
  shares: number,
  dry: boolean,
  origin: string,
): ControlResult {
  const { symbol } = state.settings;
  const untold = untoldOrder(state);
  const price = shares === 0 ? 0 : priceOf(state);
  const why = untold === null ? whyNot(state, shares) : whyNotSettled(state, untold, shares);
  const held = whyUnknown(state, turn) ?? why;
  const { owned } = state.ledger.sums;
  const account = state.accountShares;
  const detail = { symbol, shares, owned, account_shares: account, owned_after: owned + shares };
  if (held !== null || price === null) {
    return { ok: false, status: 409, message: `${symbol}: ${held ?? NO_PRICE}`, detail };
  }
  const after = `${owned + shares} are ours`;
  if (dry) {
    const message = `${symbol}: would adopt ${shares} shares; then ${after}`;
    return { ok: true, status: 200, message, detail };
  }
  const message = `${symbol}: ${shares} shares adopted, ${after}`;
  // Into a book without legs they come before the legs do, and are not to be closed as left over.
  const kept = shares !== 0 && state.legs.length === 0 && owned === 0;
  if (kept) remember(state, turn, { sharesKeptAt: state.legsChangedAt });
  book(state, turn, { shares, price, origin });
  if (untold === null) acceptRest(state);
  else settleByHand(state, turn, untold, shares, price);
  unlatch(state, turn, 'ownership_unconfirmed');
  comparePositions(state, turn);
  return { ok: true, status: 200, message, detail };
}

/** Only what is there can be ours, and only while no order of ours moves it. */
function whyNot(state: BookState, shares: number): string | null {
  const { accountShares } = state;
  if (accountShares === null) return 'the shares of the account are not known yet';
  if (executionOf(state).orderInFlight) return 'an order of ours is under way';
  const foreign = foreignShares(state.ledger.sums.owned, accountShares);
  const fits = Math.sign(shares) === Math.sign(foreign) && Math.abs(shares) <= Math.abs(foreign);
  if (shares === 0 || fits) return null;
  return `${shares} shares cannot be adopted: ${foreign} of the account are not ours`;
}

interface Adopted {
  readonly shares: number;
  readonly price: number;
  readonly origin: string;
}

function book(state: BookState, turn: Turn, { shares, price, origin }: Adopted): void {
  const { symbol } = state.settings;
  const { account } = state;
  const id = `${state.config.journalId}:${turn.uniqueId()}`;
  const reason = `by ${origin}`;
  const ts = turn.at.trading;
  // Terms that changed brought them, or took them: it is that by which they are explained.
  const kind = state.latches.has('corporate_action') ? 'corporate_action' : 'adopt';
  const adjustment = { id, kind, shares, price, ts, reason } as const;
  state.ledger = bookAdjustment(state.ledger, adjustment).ledger;
  turn.fact({ fact: 'adjustment', ...dated(turn), symbol, account, ...pick(adjustment) });
  noteOperation(state, turn, 'control', {
    stateReason: `adopted ${reason}: ${shares} shares`,
    side: shares === 0 ? null : shares > 0 ? 'BUY' : 'SELL',
    quantity: Math.abs(shares),
    price,
  });
  remember(state, turn, { clearedAt: ts });
}

/**
 * The operator has looked: what is left over is foreign, and the comparison begins anew. Not so
 * where an order is settled: what it brought has to show in the account, and that is compared.
 */
function acceptRest(state: BookState): void {
  const { accountShares: account, ledger } = state;
  state.knownForeign = account === null ? null : foreignShares(ledger.sums.owned, account);
  state.foreignSince = 0;
  state.evidence.doubt = null;
}

function pick({ id, kind, shares, price, reason }: Parameters<typeof bookAdjustment>[1]) {
  return { id, kind, shares, price, reason };
}

/** At any other price than the market's the day would seem to gain or lose what they are worth. */
const NO_PRICE = 'the underlying has no price yet at which the shares could be booked';

/** What they cost is not ours to know: they enter at the market, or as it closed. */
function priceOf(state: BookState): number | null {
  const known = [spotOf(state), state.quotes.close].find((price) => price > 0);
  return state.hasQuotes && known !== undefined ? known : null;
}
