/**
 * What faults make of an order on its way to the exchange: lost, rejected, held, slow or silent.
 * Each order meets at most one of those that end its way, in the order in which they stand here.
 */

import type { ExchangeOrder } from './state.ts';
import { noteHit, reportError, type Turn } from './turn.ts';

export interface Rejection {
  readonly code: number;
  readonly message: string;
  /** Default: Inactive. */
  readonly status?: 'Inactive' | 'Cancelled';
}

export type Way =
  | { readonly kind: 'lost' }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | {
      readonly kind: 'sent';
      readonly delayMs: number;
      /** Not acknowledged when it is taken, only when it arrives. */
      readonly quiet: boolean;
      readonly held: Partial<Pick<ExchangeOrder, 'status' | 'whyHeld'>>;
    };

export const LOCATE_TEXT = 'Order held while securities are located.';

const MESSAGES: ReadonlyMap<number, string> = new Map([
  [110, 'The price does not conform to the minimum price variation for this contract.'],
  [
    201,
    'Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION ' +
      'YOUR EQUITY WITH LOAN VALUE MUST EXCEED THE INITIAL MARGIN',
  ],
  [
    202,
    'Order Canceled - reason:The limit price exceeds the percentage constraint of the exchange',
  ],
  [399, 'Order Message:\nWarning: your order will be handled with care'],
  [10349, 'Order TIF was set to DAY based on order preset.'],
  [2109, "Order Event Warning: Attribute 'Outside Regular Trading Hours' is ignored"],
  [2137, 'The closing order quantity is greater than your current position.'],
]);

/** Decides what becomes of a new order; faults that hit it are noted. */
export function beforeSending(turn: Turn, order: ExchangeOrder): Way {
  const plain: Way = { kind: 'sent', delayMs: 0, quiet: false, held: {} };
  const { faults } = turn;
  // Orders typed by hand do not come over the wire that fails.
  if (faults.size === 0 || order.orderId <= 0) return plain;
  if (faults.take('drop_order') !== null) {
    noteHit(turn, 'drop_order', order);
    return { kind: 'lost' };
  }
  const reject = faults.take('reject');
  if (reject !== null) {
    noteHit(turn, 'reject', order);
    const { code, status } = reject;
    const message = reject.message ?? MESSAGES.get(code) ?? `Order rejected - reason:code ${code}`;
    const ends = code === 202 ? 'Cancelled' : status;
    return { kind: 'rejected', rejection: { code, message, status: ends } };
  }
  if (faults.take('no_ack') !== null) {
    noteHit(turn, 'no_ack', order);
    faults.silence(`${order.clientId}/${order.orderId}`);
    return plain;
  }
  const locate = faults.take('locate');
  if (locate !== null) {
    noteHit(turn, 'locate', order);
    const held = { status: 'Inactive', whyHeld: 'locate' } as const;
    return { ...plain, delayMs: locate.delay_ms, held };
  }
  const slow = faults.take('slow_ack');
  if (slow === null) return plain;
  noteHit(turn, 'slow_ack', order);
  return { ...plain, delayMs: slow.delay_ms, quiet: true };
}

/** Messages about an order that lives on. */
export function afterSending(turn: Turn, order: ExchangeOrder): void {
  if (order.whyHeld === 'locate') {
    reportError(turn, order, 404, LOCATE_TEXT);
  }
  if (turn.faults.size === 0 || order.orderId <= 0) return;
  const message = turn.faults.take('order_message');
  if (message === null) return;
  noteHit(turn, 'order_message', order);
  reportError(turn, order, message.code, MESSAGES.get(message.code) ?? `Code ${message.code}`);
}
