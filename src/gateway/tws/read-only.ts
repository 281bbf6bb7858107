/**
 * A TWS whose API is read-only, which is how it comes: a client sees prices, positions and
 * executions, and what concerns orders is answered with 321 and nothing else. That includes the
 * lists of its own open and of completed orders, which then have no end.
 */

import { type Client, ERROR } from './client.ts';
import type { ClientRequest } from './requests.ts';

const TEXT =
  "Error validating request.-'bW' : cause - The API interface is currently in Read-Only mode.";

/** Answers what a read-only API does not let through; true if it was that. */
export function refuseReadOnly(client: Client, request: ClientRequest): boolean {
  switch (request.type) {
    case 'placeOrder':
      client.error(request.order.orderId, ERROR.invalid, TEXT);
      return true;
    case 'cancelOrder':
      client.error(request.orderId, ERROR.invalid, TEXT);
      return true;
    case 'exerciseOptions':
      client.error(request.id, ERROR.invalid, TEXT);
      return true;
    case 'reqGlobalCancel':
    case 'reqOpenOrders':
    case 'reqAutoOpenOrders':
    case 'reqCompletedOrders':
      client.error(-1, ERROR.invalid, TEXT);
      return true;
    default:
      return false;
  }
}
