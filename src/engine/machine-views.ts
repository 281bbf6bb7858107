/** The machines of a running engine as the API shows them, with the lifecycles of its actors. */

import type { Book } from '../../actors/book.ts';
import { Fault } from '../fault.ts';
import { PUBLIC_EVENTS } from '../protocol/control.ts';
import type { ActorView, MachineSummary, MachineView } from '../protocol/views.ts';
import type { Deciders } from './deciders.ts';
import type { Traces } from './traces.ts';

type Unadorned = Omit<MachineView, 'unknown_events'>;

/** The machines of daemon and books, and the lifecycle of every actor and supervisor. */
export class Machines {
  readonly #deciders: Deciders;
  readonly #actors: () => readonly ActorView[];
  readonly #traces: Traces;

  constructor(deciders: Deciders, actors: () => readonly ActorView[], traces: Traces) {
    this.#deciders = deciders;
    this.#actors = actors;
    this.#traces = traces;
  }

  all(): readonly MachineView[] {
    return this.#views().map((view) => this.#adorned(view));
  }

  /** Throws `Fault('not_found')` with what there is. */
  find(id: string): MachineView {
    const isIt = (view: Unadorned): boolean => view.id === id;
    const ofBook = this.#viewsOf(id.slice(id.indexOf(':') + 1));
    const found = ofBook.find(isIt) ?? this.#views().find(isIt);
    if (found !== undefined) return this.#adorned(found);
    const known = this.#views().map((view) => view.id);
    throw new Fault('not_found', `no machine ${id}; there are ${known.join(', ')}`);
  }

  /** Of one book alone: who looks at each of a hundred does not make all of them each time. */
  #viewsOf(symbol: string): readonly Unadorned[] {
    const book = this.#deciders.books.find((one) => one.symbol === symbol);
    return book === undefined ? [] : bookMachines(book);
  }

  #views(): readonly Unadorned[] {
    const { books } = this.#deciders;
    return [
      this.#daemon(),
      ...books.flatMap((book) => bookMachines(book)),
      ...this.#actors().map((actor) => this.#life(actor)),
    ];
  }

  #daemon(): Unadorned {
    const { daemon } = this.#deciders;
    const { snapshot, since } = daemon.data;
    return {
      id: 'daemon',
      machine: 'daemon',
      value: snapshot.value,
      label: daemon.state(),
      since: since / 1000,
      parent: null,
      events: PUBLIC_EVENTS.daemon.filter((type) => snapshot.can({ type })),
      context: snapshot.context,
    };
  }

  #life(actor: ActorView): Unadorned {
    return {
      id: `actor:${actor.id}`,
      machine: 'actor',
      value: actor.state,
      label: actor.state,
      since: actor.since,
      parent: actor.supervisor === null ? 'daemon' : `actor:${actor.supervisor}`,
      events: [],
      context: actor,
    };
  }

  #adorned(view: Unadorned): MachineView {
    return { ...view, unknown_events: this.#traces.unknown(view.id) };
  }
}

function bookMachines(book: Book): readonly Unadorned[] {
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
