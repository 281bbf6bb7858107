/**
 * What faults make of the reports about orders on their way to clients: silent, doubled, late, out
 * of order, corrected. The exchange's own books stay right throughout; a correction changes them.
 */

import { MIN_TICK } from './listing.ts';
import { noteHit, type Turn } from './turn.ts';
import type { VenueEvent, VenueExecution } from './venue.ts';
import { positionOf } from './views.ts';

export interface ReportShaper {
  /** What is told in place of the event. */
  shape(event: VenueEvent): readonly VenueEvent[];
}

export function createReportShaper(turn: Turn): ReportShaper {
  /** Statuses that wait to be overtaken, by client and order id. */
  const held = new Map<string, VenueEvent>();
  return {
    shape(event) {
      const { faults } = turn;
      if (faults.size === 0 && faults.silenced.size === 0 && held.size === 0) return [event];
      switch (event.type) {
        case 'order':
          return shapeStatus(turn, held, event);
        case 'execution':
          return shapeExecution(turn, event);
        case 'orderError':
          return faults.silenced.has(keyOf(event)) ? [] : [event];
        default:
          return [event];
      }
    },
  };
}

type OrderEvent = Extract<VenueEvent, { type: 'order' }>;
type ExecutionEvent = Extract<VenueEvent, { type: 'execution' }>;

function shapeStatus(
  turn: Turn,
  held: Map<string, VenueEvent>,
  event: OrderEvent,
): readonly VenueEvent[] {
  const { faults } = turn;
  const { order } = event;
  const key = keyOf(order);
  if (faults.silenced.has(key)) return [];
  // Orders typed by hand are told to nobody, so a fault would be wasted on them.
  if (order.orderId <= 0) return [event];
  const overtaken = held.get(key);
  if (overtaken !== undefined) {
    held.delete(key);
    return [event, overtaken];
  }
  const reorder = faults.take('reorder_status');
  if (reorder !== null) {
    noteHit(turn, 'reorder_status', order);
    held.set(key, event);
    turn.later(turn.now() + reorder.delay_ms, () => {
      if (held.delete(key)) turn.tell(event);
    });
    return [];
  }
  const duplicate = faults.take('duplicate_status');
  if (duplicate === null) return [event];
  noteHit(turn, 'duplicate_status', order);
  return Array<VenueEvent>(duplicate.copies + 1).fill(event);
}

function shapeExecution(turn: Turn, event: ExecutionEvent): readonly VenueEvent[] {
  const { faults } = turn;
  const { execution } = event;
  if (faults.silenced.has(keyOf(execution))) return [];
  if (execution.orderId <= 0) return [event];
  const correction = faults.take('execution_correction');
  if (correction !== null) {
    noteHit(turn, 'execution_correction', execution);
    const { ticks, delay_ms: delay } = correction;
    turn.later(turn.now() + delay, () => correct(turn, execution, ticks));
  }
  const shown = withCommissionFault(turn, event);
  if (faults.take('duplicate_execution') === null) return [shown];
  noteHit(turn, 'duplicate_execution', execution);
  return [shown, shown];
}

function withCommissionFault(turn: Turn, event: ExecutionEvent): ExecutionEvent {
  const { execution } = event;
  const late = turn.faults.take('late_commission');
  if (late !== null) {
    noteHit(turn, 'late_commission', execution);
    turn.later(turn.now() + late.delay_ms, () => turn.tell({ type: 'commission', execution }));
    return { ...event, withheld: true };
  }
  if (turn.faults.take('missing_commission') === null) return event;
  noteHit(turn, 'missing_commission', execution);
  return { ...event, withheld: true };
}

/** Books and tells the execution again at another price; its id differs behind the last dot. */
function correct(turn: Turn, execution: VenueExecution, ticks: number): void {
  const price = Math.max(1, Math.round(execution.price / MIN_TICK) + ticks) / 100;
  const share = execution.quantity / execution.cumulativeQuantity;
  const corrected: VenueExecution = {
    ...execution,
    execId: execution.execId.replace(/\.01$/, '.02'),
    price,
    averagePrice: execution.averagePrice + (price - execution.price) * share,
  };
  turn.apply({ kind: 'correction', replaces: execution.execId, execution: corrected });
  turn.tell({ type: 'execution', execution: corrected });
  const { account, contract } = execution;
  const position = positionOf(turn.state, turn.market, account, contract.conId);
  turn.tell({ type: 'position', position });
  turn.tell({ type: 'account', account });
}

function keyOf({ clientId, orderId }: { clientId: number; orderId: number }): string {
  return `${clientId}/${orderId}`;
}
