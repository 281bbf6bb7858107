/**
 * What happens to positions without an order: in the evening options are exercised, assigned or
 * end, on their day corporate actions take effect and dividends are paid. As at IB nobody is told
 * of an execution: positions and cash are simply others.
 */

import { newYorkDate, nextTradingDay, tradingSession } from '../../domain/calendar.ts';
import type { Contract, OptionContract } from '../../domain/contract.ts';
import { expiryTime } from '../../pricing/time-to-expiry.ts';
import type { Dividend } from './dividends.ts';
import { gainsByExercise } from './early-exercise.ts';
import { isInTheMoney, takeExercise } from './exercise.ts';
import { deliverableOf, type Listing } from './listing.ts';
import type { OptionEvent } from './rights.ts';
import type { Turn } from './turn.ts';
import type { VenueExercise } from './venue.ts';
import { positionOf } from './views.ts';

export interface SettlementDesk {
  /** Takes an instruction for the next evening. */
  exercise(request: VenueExercise): void;
  /** When an evening comes on which there is something to do; Infinity when none will. */
  nextDue(): number;
  runDue(): void;
}

/** After the close: what is known then of the last price is final. */
const AFTER_CLOSE_MS = 60_000;

export function createSettlementDesk(turn: Turn, dividends: readonly Dividend[]): SettlementDesk {
  const waiting = expiriesOf(turn.listing).filter((at) => at > turn.state.now);
  let evening = eveningAfter(turn.state.now);
  const isAsked = (): boolean =>
    turn.scenario.early_assignment || turn.state.instructions.length > 0;
  const never = Number.POSITIVE_INFINITY;
  return {
    exercise(request) {
      // An evening on which nobody wanted anything has passed unnoticed.
      if (evening <= turn.now()) evening = eveningAfter(turn.now());
      takeExercise(turn, request);
    },
    nextDue: () => Math.min(waiting[0] ?? never, isAsked() ? evening : never),
    runDue() {
      const now = turn.now();
      if (now < Math.min(waiting[0] ?? never, evening)) return;
      while ((waiting[0] ?? never) <= now) waiting.shift();
      runEvening(turn, dividends);
      evening = eveningAfter(now);
    },
  };
}

function runEvening(turn: Turn, dividends: readonly Dividend[]): void {
  for (const [account, { positions }] of [...turn.state.accounts]) {
    for (const { contract, quantity } of [...positions.values()]) {
      if (contract.secType === 'OPT' && quantity !== 0) {
        settleHolding(turn, { account, option: contract, quantity }, dividends);
      }
    }
  }
  if (turn.state.instructions.length > 0) turn.apply({ kind: 'instructions_done' });
}

interface Holding {
  readonly account: string;
  readonly option: OptionContract;
  /** Signed. */
  readonly quantity: number;
}

function settleHolding(turn: Turn, holding: Holding, dividends: readonly Dividend[]): void {
  const { account, option, quantity } = holding;
  const ends = expiryTime(option.expiry) <= turn.now();
  const delivered =
    quantity > 0 ? exercised(turn, holding, ends) : assigned(turn, holding, ends, dividends);
  if (delivered !== 0) settle(turn, account, option, delivered, true);
  const rest = quantity - delivered;
  if (ends && rest !== 0) settle(turn, account, option, rest, false);
}

/** Contracts a holder exercises: those it says; of what ends, all in the money it does not stop. */
function exercised(turn: Turn, { account, option, quantity }: Holding, ends: boolean): number {
  const instructed = (action: 'exercise' | 'lapse'): number =>
    turn.state.instructions.find(
      (other) =>
        other.account === account && other.conId === option.conId && other.action === action,
    )?.quantity ?? 0;
  const asked = Math.min(quantity, instructed('exercise'));
  if (!ends || !isInTheMoney(turn, option)) return asked;
  return Math.max(asked, quantity - instructed('lapse'));
}

/** Contracts, negative, that come to a writer. */
function assigned(
  turn: Turn,
  { option, quantity }: Holding,
  ends: boolean,
  dividends: readonly Dividend[],
): number {
  if (ends) return isInTheMoney(turn, option) ? quantity : 0;
  const isEarly = turn.scenario.early_assignment && gainsByExercise(turn, option, dividends);
  return isEarly ? quantity : 0;
}

/**
 * Closes `quantity` contracts (signed as the position is) at nothing; `delivers` brings what they
 * deliver at the strike: a long option is exercised, a short one assigned.
 */
export function settle(
  turn: Turn,
  account: string,
  option: OptionContract,
  quantity: number,
  delivers: boolean,
): void {
  const stock = turn.listing.contracts.get(option.underlyingConId);
  const { shares: each, cash: beside } = deliverableOf(turn.listing, option);
  const direction = option.right === 'C' ? 1 : -1;
  const shares = delivers && stock !== undefined ? direction * quantity * each : 0;
  turn.apply({ kind: 'booking', account, contract: option, traded: -quantity, price: 0 });
  report(turn, account, option);
  let cash = 0;
  if (stock !== undefined && shares !== 0) {
    // Whatever a contract delivers, it costs the strike for each unit of its multiplier.
    const price = (option.strike * option.multiplier - beside) / each;
    cash = -shares * price;
    turn.apply({ kind: 'booking', account, contract: stock, traded: shares, price });
    report(turn, account, stock);
  } else if (delivers) {
    cash = direction * quantity * (beside - option.strike * option.multiplier);
    turn.apply({ kind: 'cash', account, amount: cash });
  }
  const kind = endOf(delivers, quantity);
  const ts = turn.now();
  const event = { ts, account, contract: option, kind, quantity, shares, cash };
  turn.apply({ kind: 'option_event', event });
  turn.tell({ type: 'account', account });
}

function endOf(delivers: boolean, quantity: number): OptionEvent['kind'] {
  if (!delivers) return 'expiry';
  return quantity > 0 ? 'exercise' : 'assignment';
}

function report(turn: Turn, account: string, { conId }: Contract): void {
  const position = positionOf(turn.state, turn.market, account, conId);
  turn.tell({ type: 'position', position });
}

function eveningAfter(ts: number): number {
  const today = newYorkDate(ts);
  const session = tradingSession(today);
  if (session !== null && ts < session.close + AFTER_CLOSE_MS)
    return session.close + AFTER_CLOSE_MS;
  const next = tradingSession(nextTradingDay(today));
  return next === null ? Number.POSITIVE_INFINITY : next.close + AFTER_CLOSE_MS;
}

/** The evenings on which options end. */
function expiriesOf(listing: Listing): number[] {
  const expiries = new Set<string>();
  for (const contract of listing.contracts.values()) {
    if (contract.secType === 'OPT') expiries.add(contract.expiry);
  }
  return [...expiries].sort().map((expiry) => expiryTime(expiry) + AFTER_CLOSE_MS);
}
