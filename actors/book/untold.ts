/**
 * Executions that never come: the broker calls an order done and tells of fewer shares than it says
 * were traded. Nothing is sent meanwhile, because they may be ours. When the attempts to ask are
 * spent, an operator may say what the trade log of the broker shows: it is booked as an adjustment
 * in their place, and taken back share by share if they are told after all.
 */

import { isSaidToBeDone } from '../../machines/hedge.ts';
import {
  bookAdjustment,
  filledQuantity,
  type Ledger,
  tradedQuantity,
} from '../../src/domain/ledger.ts';
import { sideSign } from '../../src/domain/order.ts';
import type { ExecutionReport } from '../../src/protocol/broker.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { hedgeValue, latch } from './assess.ts';
import { tell } from './dispatch.ts';
import { noteOperation, remember } from './operations.ts';
import { closeEnd } from './overnight.ts';
import type { BookState } from './state.ts';

export interface UntoldOrder {
  readonly orderRef: string;
  /** Signed shares that the broker says were traded and no execution tells of. */
  readonly missing: number;
  /** Signed shares that the order may have traded beyond what was told. */
  readonly rest: number;
  readonly reported: number;
  /** Shares that executions have told, a busted one as it was told at first. */
  readonly traded: number;
}

/** The order that the broker calls done and does not tell of; null where there is none. */
export function untoldOrder({ hedge }: BookState): UntoldOrder | null {
  const { orderRef, order, traded, reported } = hedge.context;
  const asked = ['FAIL', 'RECOVER'].includes(String(hedge.value)) && hedge.context.resyncs > 0;
  const failed = String(hedge.value) === 'FAIL';
  if (orderRef === null || order === null || !(asked || failed)) return null;
  if (!isSaidToBeDone(hedge.context) || reported <= traded) return null;
  const sign = sideSign(order.side);
  const missing = sign * (reported - traded);
  return { orderRef, missing, rest: sign * (order.quantity - traded), reported, traded };
}

/** What an operator is told to do about it. */
export function untoldText(symbol: string, untold: UntoldOrder): string {
  const { orderRef, reported, traded, missing } = untold;
  return (
    `the broker says that ${reported} shares of ${orderRef} were filled, and tells executions of ` +
    `${traded}: restart TWS and say manual-resume; if they still do not come, ` +
    `"bifrost adopt ${symbol} ${missing}" books what the trade log of TWS shows`
  );
}

/** Why that order cannot be settled with so many shares now; null where it can. */
export function whyNotSettled(
  state: BookState,
  untold: UntoldOrder,
  shares: number,
): string | null {
  const { orderRef, rest } = untold;
  if (hedgeValue(state) !== 'FAIL' || !state.latches.has('exec_fault')) {
    return `the broker is still being asked about order ${orderRef}`;
  }
  const fits = shares === 0 || Math.sign(shares) === Math.sign(rest);
  if (fits && Math.abs(shares) <= Math.abs(rest)) return null;
  return `order ${orderRef} can have brought ${rest} shares more at most`;
}

/** The shares are booked already: the order is answered, and nobody asks for it again. */
export function settleByHand(
  state: BookState,
  turn: Turn,
  { orderRef }: UntoldOrder,
  shares: number,
  price: number,
): void {
  const { ledger, memory } = state;
  const others = memory.settledByHand.filter((one) => one.orderRef !== orderRef);
  const earlier = memory.settledByHand.find((one) => one.orderRef === orderRef);
  // What was settled before and is untold still is not forgotten over what comes on top.
  const sum = shares + (earlier === undefined ? 0 : untoldShares(ledger, earlier));
  const settled = { orderRef, shares: sum, toldBefore: filledQuantity(ledger, orderRef), price };
  remember(state, turn, { settledByHand: [...others, settled].slice(-SETTLED_MAX) });
  const { unresolved } = state;
  if (unresolved?.orderRef === orderRef) {
    state.unresolved = null;
    closeEnd(state, turn, { fact: unresolved, outcome: 'settled_by_hand' });
  }
  tell(state, { type: 'SETTLED_BY_HAND' });
}

/** Each is a night's work of somebody: there are never many. */
const SETTLED_MAX = 50;

type SettledOrder = BookState['memory']['settledByHand'][number];

/**
 * Shares of an order that stand for executions still untold, signed. What was told since the order
 * was settled takes their place, share by share, by the latest revisions: whatever the order in
 * which executions and corrections come, the two together are what the trade log showed.
 */
function untoldShares(ledger: Ledger, { orderRef, shares, toldBefore }: SettledOrder): number {
  const told = filledQuantity(ledger, orderRef) - toldBefore;
  const left = Math.min(Math.abs(shares), Math.max(0, Math.abs(shares) - told));
  return Math.sign(shares) * left + 0;
}

/** Shares of an order that are owned: its executions, and what was settled in their place. */
export function filledOf(state: BookState, orderRef: string): number {
  return filledQuantity(state.ledger, orderRef) + settledOf(state, orderRef);
}

/** What the broker may count as filled: executions as they were told, before any was busted. */
export function tradedOf(state: BookState, orderRef: string): number {
  return tradedQuantity(state.ledger, orderRef) + settledOf(state, orderRef);
}

function settledOf({ ledger, memory }: BookState, orderRef: string): number {
  const settled = memory.settledByHand.find((one) => one.orderRef === orderRef);
  return settled === undefined ? 0 : Math.abs(untoldShares(ledger, settled));
}

/** An execution that was settled by hand is told after all: the adjustment gives way to it. */
export function takeBackSettled(
  state: BookState,
  turn: Turn,
  { orderRef, execId }: ExecutionReport,
  before: Ledger,
): void {
  const settled = state.memory.settledByHand.find((one) => one.orderRef === orderRef);
  if (settled === undefined) return;
  const left = untoldShares(state.ledger, settled);
  const shares = left - untoldShares(before, settled);
  if (shares === 0) return;
  const { symbol } = state.settings;
  const { account } = state;
  const { price } = settled;
  const id = `${state.config.journalId}:${turn.uniqueId()}`;
  const reason = `execution ${execId} came after all`;
  const adjustment = { id, kind: 'adopt', shares, price, reason } as const;
  state.ledger = bookAdjustment(state.ledger, { ...adjustment, ts: turn.at.trading }).ledger;
  turn.fact({ fact: 'adjustment', ...dated(turn), symbol, account, ...adjustment });
  noteOperation(state, turn, 'control', {
    stateReason: `${reason}: ${left} of the shares that were adopted for it are still untold`,
    orderRef,
    execId,
  });
  if (left !== 0) return;
  const beyond = state.ledger.sums.owned - before.sums.owned;
  if (Math.sign(beyond) === Math.sign(settled.shares)) {
    // The trade log had shown less: what is owned is in doubt until a person has looked again.
    const what = `execution ${execId} brings ${beyond} shares more`;
    latch(state, turn, 'position_break', `${what} of ${orderRef} than were settled by hand`);
  }
  const others = state.memory.settledByHand.filter((one) => one !== settled);
  remember(state, turn, { settledByHand: others });
}
