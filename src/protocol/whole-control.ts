/**
 * A command to the engine as a whole, as an operation: a book's own operations say what became of a
 * command to that book.
 */

import type { ControlFact } from './facts.ts';
import type { OperationView } from './views.ts';

/** What the message of a preview begins with: it moved nothing. */
export const DRY_RUN = 'dry run: ';

/** Null for a command to one book, and for a preview. */
export function wholeControl(fact: ControlFact): Omit<OperationView, 'id'> | null {
  const { ts, symbol, command, origin, ok, message } = fact;
  if (symbol !== null || message.startsWith(DRY_RUN)) return null;
  return {
    ...{ ts, type: 'control', symbol: '', account: null },
    state_reason: `${command} by ${origin}${ok ? '' : ', refused'}: ${message}`,
    ...{ side: null, quantity: null, price: null, commission: null },
    ...{ order_ref: null, perm_id: null, exec_id: null },
  };
}
