/** Who of one thread watches which life, anywhere. A watch is told once. */

import { faultFrom } from '../fault.ts';
import type { Down } from './actor.ts';
import { type ActorTable, CLOSED } from './actor-table.ts';
import type { Address, LifeEnd } from './wire.ts';

interface Watch {
  readonly id: string;
  readonly slot: number;
  readonly generation: number;
  /** Gives it to the watching actor, as a turn of its own. */
  readonly tell: (down: Down) => void;
}

export class Watches {
  readonly #table: ActorTable;
  readonly #watches = new Set<Watch>();

  constructor(table: ActorTable) {
    this.#table = table;
  }

  /** Of an id that nobody has, or of a life that is over, it tells at once. */
  add(id: string, address: Address | undefined, tell: (down: Down) => void): () => void {
    const generation = address === undefined ? CLOSED : this.#table.openGeneration(address.slot);
    if (address === undefined || generation === CLOSED) {
      tell({ id, reason: undefined });
      return () => undefined;
    }
    const watch = { id, slot: address.slot, generation, tell };
    this.#watches.add(watch);
    return () => this.#watches.delete(watch);
  }

  ended({ slot, generation, reason }: LifeEnd): void {
    for (const watch of this.#watches) {
      if (watch.slot !== slot || watch.generation !== generation) continue;
      this.#watches.delete(watch);
      watch.tell({ id: watch.id, reason: reason && faultFrom(reason) });
    }
  }
}
