/**
 * The course of a session: what was decided at each moment and what was sent, filled and cancelled.
 * A journal of the daemon gives one by being fed to fresh deciders, a backtest gives one as it
 * runs; where both saw the same market, they are the same, or one of them is wrong.
 */

import { type Difference, replay } from '../engine/replay.ts';
import type { OperationFact, OperationType } from '../protocol/facts.ts';
import { Collector, type Decision } from './collector.ts';

/** How a moment ended: what answers each other within it may come in another order. */
export interface Rest {
  readonly ts: number;
  readonly verdict: string;
  readonly trading: string;
  readonly hedge: string;
  readonly space: string;
  readonly spot: number | null;
  readonly netDelta: number | null;
  readonly need: number;
  readonly blocked: string;
  readonly causes: string;
}

export interface CourseOrder {
  readonly ts: number;
  readonly type: OperationType;
  readonly side: string | null;
  readonly quantity: number | null;
  readonly price: number | null;
}

export interface Course {
  readonly rests: readonly Rest[];
  readonly orders: readonly CourseOrder[];
}

export interface JournalCourse extends Course {
  readonly records: number;
  /** Where the journal does not decide the same again; null where it does. */
  readonly difference: Difference | null;
}

const ORDER_TYPES: ReadonlySet<OperationType> = new Set([
  ...(['hedge_intent', 'order_sent', 'fill', 'reject', 'cancel', 'modify', 'denied'] as const),
]);
/** Greeks of the two may differ in their last bits where their clocks are read apart. */
const DIGITS = 9;

/** Feeds a journal directory to fresh deciders, as a backtest feeds a tape. */
export function journalCourse(dir: string): JournalCourse {
  const collector = new Collector();
  const { records, difference } = replay({
    dir,
    onRecord: (record, deciders) => {
      const touched = [record.to, ...deciders.books.map(({ id }) => id)];
      const isSilent = record.effects.length + record.facts.length === 0;
      collector.take({ ...record, touched }, isSilent, deciders);
    },
  });
  return { ...courseOf(collector), records, difference };
}

/** What a run that has ended leaves. */
export function courseOf({ decisions, operations }: Pick<Collector, 'decisions' | 'operations'>) {
  return { rests: restsOf(decisions), orders: ordersOf(operations) };
}

function restsOf(decisions: readonly Decision[]): readonly Rest[] {
  const last = new Map<number, Rest>();
  for (const decision of decisions) {
    const { ts, verdict, trading, hedge, space, spot, net_delta: netDelta, need } = decision;
    const blocked = decision.block_reasons.join(' ');
    const causes = decision.causes.join(' ');
    last.set(ts, {
      ...{ ts, verdict, trading, hedge, space, need, blocked, causes },
      spot: rounded(spot),
      netDelta: rounded(netDelta),
    });
  }
  return [...last.values()];
}

function ordersOf(operations: readonly OperationFact[]): readonly CourseOrder[] {
  return operations
    .filter(({ type }) => ORDER_TYPES.has(type))
    .map(({ tradingTs: ts, type, side, quantity, price }) => ({ ts, type, side, quantity, price }));
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(DIGITS));
}
