/** The machines of a running engine as the API shows them, with the lifecycles of its actors. */

import type { Book } from '../../actors/book.ts';
import { Fault } from '../fault.ts';
import { PUBLIC_EVENTS } from '../protocol/control.ts';
import type { ActorView, MachineSummary, MachineView } from '../protocol/views.ts';
import type { Deciders } from './deciders.ts';
import type { Traces } from './traces.ts';

/** The machines of daemon and books, and the lifecycle of every actor and supervisor. */
export function machineViews(
  { daemon, books }: Deciders,
  actors: readonly ActorView[],
  traces: Traces,
): MachineView[] {
  const { snapshot, since } = daemon.data;
  const accepted = PUBLIC_EVENTS.daemon.filter((type) => snapshot.can({ type }));
  const views: Omit<MachineView, 'unknown_events'>[] = [
    {
      id: 'daemon',
      machine: 'daemon',
      value: snapshot.value,
      label: daemon.state(),
      since: since / 1000,
      parent: null,
      events: accepted,
      context: snapshot.context,
    },
    ...books.flatMap((book) => bookMachines(book)),
    ...actors.map((actor) => ({
      id: `actor:${actor.id}`,
      machine: 'actor',
      value: actor.state,
      label: actor.state,
      since: traces.livesSince(actor.id),
      parent: actor.supervisor === null ? 'daemon' : `actor:${actor.supervisor}`,
      events: [],
      context: actor,
    })),
  ];
  return views.map((view) => ({ ...view, unknown_events: traces.unknown(view.id) }));
}

function bookMachines(book: Book): Omit<MachineView, 'unknown_events'>[] {
  const { trading, hedge, sinceTrading, sinceHedge } = book.machines();
  return [
    {
      id: `trading:${book.symbol}`,
      machine: 'trading',
      value: trading.value,
      label: String(trading.value),
      since: sinceTrading / 1000,
      parent: 'daemon',
      events: [],
      context: trading.context,
    },
    {
      id: `hedge:${book.symbol}`,
      machine: 'hedge',
      value: hedge.value,
      label: String(hedge.value),
      since: sinceHedge / 1000,
      parent: `trading:${book.symbol}`,
      events: [],
      context: hedge.context,
    },
  ];
}

/** Without its context, as `/machines` lists it. */
export function summaryOf(view: MachineView): MachineSummary {
  const { id, machine, value, label, since, parent, events } = view;
  return { id, machine, value, label, since, parent, events };
}

/** Throws `Fault('not_found')` with what there is. */
export function findMachine(machines: readonly MachineView[], id: string): MachineView {
  const found = machines.find((machine) => machine.id === id);
  if (found !== undefined) return found;
  const known = machines.map((machine) => machine.id).join(', ');
  throw new Fault('not_found', `no machine ${id}; there are ${known}`);
}
