/**
 * Mistakes that somebody could make, planted between the deciders and the broker: what leaves and
 * what comes is changed, and the judge has to find it by its effects.
 */

import type { BrokerArgs } from '../../actors/broker.ts';
import type { BrokerCommand, BrokerReport } from '../../src/protocol/broker.ts';
import type { Actor, ActorContext, ActorRef } from '../../src/runtime/actor.ts';

type Factory = (context: ActorContext, args: BrokerArgs) => Actor<BrokerCommand>;

/** The same actor, with a mistake. */
export type Plant = (factory: Factory) => Factory;

interface Mistake {
  /** What the actor gets for a command. */
  command?(command: BrokerCommand): readonly BrokerCommand[];
  /** What the deciders hear of a report. */
  report?(report: BrokerReport): readonly BrokerReport[];
}

function plant({ command, report }: Mistake): Plant {
  return (factory) => (context, args) => {
    const told = (ref: ActorRef<BrokerReport>): ActorRef<BrokerReport> => ({
      ...ref,
      cast: (one) => {
        for (const changed of report?.(one) ?? [one]) ref.cast(changed);
      },
    });
    // The actor tells one other, and that by reports alone.
    const ref = (id: string) => told(context.ref<BrokerReport>(id));
    const actor = factory({ ...context, ref: ref as ActorContext['ref'] }, args);
    return {
      receive: (one) => {
        for (const changed of command?.(one) ?? [one]) void actor.receive(changed);
      },
      stop: () => actor.stop?.(),
    };
  };
}

/** Each with what it is. */
export const PLANTED: Readonly<Record<string, Plant>> = {
  'an order is sent twice, under two names': plant({
    command: (one) => {
      if (one.type !== 'order.submit') return [one];
      const again = { ...one.order, orderRef: `${one.order.orderRef}x` };
      return [one, { ...one, order: again }];
    },
  }),
  'a fill is told twice, under two ids': plant({
    report: (one) => {
      if (one.type !== 'execution') return [one];
      const { execId, execBase } = one.execution;
      const again = { ...one.execution, execId: `9${execId}`, execBase: `9${execBase}` };
      return [one, { ...one, execution: again }];
    },
  }),
  'fills are never told': plant({
    report: (one) => {
      if (one.type === 'execution') return [];
      if (one.type !== 'read.done') return [one];
      return [{ ...one, read: { ...one.read, executions: [] } }];
    },
  }),
  'a fill is booked at another price': plant({
    report: (one) => {
      if (one.type !== 'execution') return [one];
      return [{ ...one, execution: { ...one.execution, price: one.execution.price + 1 } }];
    },
  }),
  'orders are twice as large as decided': plant({
    command: (one) => {
      if (one.type !== 'order.submit') return [one];
      return [{ ...one, order: { ...one.order, quantity: one.order.quantity * 2 } }];
    },
  }),
  'cancels go nowhere': plant({
    command: (one) => (one.type === 'order.cancel' ? [] : [one]),
  }),
  'a lost connection is never told': plant({
    report: (one) => (one.type === 'link.lost' ? [] : [one]),
  }),
};
