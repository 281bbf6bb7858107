/** The rows that tell an operator, order by order, what the book did and why. */

import type { OrderSide } from '../../src/domain/order.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { LastingMemory, OperationType } from '../../src/protocol/facts.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { type BookState, underlyingOf } from './state.ts';

export interface OperationDetail {
  readonly stateReason: string;
  readonly side?: OrderSide | null;
  readonly quantity?: number | null;
  readonly price?: number | null;
  readonly orderRef?: string | null;
  readonly permId?: number | null;
  readonly execId?: string | null;
  readonly commission?: number | null;
  /** Of another instrument than the underlying. */
  readonly conId?: number;
}

/** Writes a row of the operations, of this book at the time of this turn. */
export function noteOperation(
  state: BookState,
  turn: Turn,
  type: OperationType,
  detail: OperationDetail,
): void {
  turn.fact({
    fact: 'operation',
    ...dated(turn),
    type,
    symbol: state.settings.symbol,
    account: state.account,
    conId: underlyingOf(state)?.conId ?? 0,
    side: null,
    quantity: null,
    price: null,
    orderRef: null,
    permId: null,
    execId: null,
    commission: null,
    ...detail,
  });
}

/** Changes what the gates remember, and writes it down; the times of orders are told by orders. */
export function remember(state: BookState, turn: Turn, change: Partial<LastingMemory>): void {
  state.memory = { ...state.memory, ...change };
  const { orderTimes: _, ...memory } = state.memory;
  turn.fact({
    fact: 'hedgeMemory',
    ...dated(turn),
    symbol: state.settings.symbol,
    account: state.account,
    memory,
  });
}
