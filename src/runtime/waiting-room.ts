/**
 * Senders of one thread that wait for room in a full mailbox, wherever it is: first come, first
 * served for each receiver, each to its deadline. Over threads it works on two words of the actor
 * table, a bit for each thread: `waiting`, and `told` of room and not yet come to look.
 *
 * Why no wake-up is lost: who is to wait stores its bit of `waiting` and then asks for admission
 * once more. The receiver gives a place back and then loads `waiting`. In the one total order of
 * these four accesses either the sender finds the place, or the receiver the bit. A thread that is
 * told clears its bit of `told` before it asks: a place given back later tells it again.
 *
 * Nobody overtakes: while a thread waits, the gate refuses every message that did not wait. And a
 * notice takes its time, in which the receiver takes more: a whole batch goes at the next look.
 */

import { Fault } from '../fault.ts';
import { type ActorTable, CLOSED, FULL } from './actor-table.ts';
import { actorDown } from './call-table.ts';
import type { Clock, Timer } from './clock.ts';
import type { Address, LifeEnd } from './wire.ts';

/** A message that waits for its place. */
export interface Waiting {
  readonly sender: number;
  readonly message: unknown;
  /** False when the life that sends it has ended meanwhile: it is not sent any more. */
  isWanted(): boolean;
}

export interface WaitingRoomPorts {
  readonly mono: Clock;
  readonly table: ActorTable;
  readonly thread: number;
  /** It was admitted to this life. Throws what cannot be cloned. */
  post(address: Address, generation: number, waiting: Waiting): void;
}

interface Guest {
  readonly address: Address;
  readonly waiting: Waiting;
  /** The life of the receiver that it waits for. */
  readonly generation: number;
  readonly timer: Timer;
  readonly resolve: () => void;
  readonly reject: (thrown: unknown) => void;
}

/** For one receiver: more senders than that are a flood, and refused as one. */
export const WAITING_MAX = 10_000;

export class WaitingRoom {
  readonly #ports: WaitingRoomPorts;
  /** By the receiver's slot. Sets keep the order of arrival, and let go from the middle. */
  readonly #guests = new Map<number, Set<Guest>>();

  constructor(ports: WaitingRoomPorts) {
    this.#ports = ports;
  }

  /** Sends when there is room and all that came before were served. */
  wait(address: Address, waiting: Waiting, deadlineMs: number): Promise<void> {
    const { table, mono, thread } = this.#ports;
    const generation = table.openGeneration(address.slot);
    if (generation === CLOSED) return Promise.reject(actorDown(address.id));
    const guests = this.#guests.get(address.slot) ?? new Set();
    if (guests.size >= WAITING_MAX) {
      const what = `${WAITING_MAX} messages wait for room in the mailbox of ${address.id}`;
      return Promise.reject(new Fault('mailbox_full', what));
    }
    this.#guests.set(address.slot, guests);
    const sent = new Promise<void>((resolve, reject) => {
      const timer = mono.setTimer(deadlineMs, () => {
        this.#leave(guest);
        const what = `${address.id} had no room within ${deadlineMs} ms`;
        reject(new Fault('deadline', what));
      });
      const guest: Guest = { address, waiting, generation, timer, resolve, reject };
      guests.add(guest);
    });
    table.beginWaiting(address.slot, thread);
    this.#serve(address, guests);
    return sent;
  }

  /** The receiver gave a place back. */
  look(address: Address): void {
    this.#ports.table.heard(address.slot, this.#ports.thread);
    const guests = this.#guests.get(address.slot);
    if (guests !== undefined) this.#serve(address, guests);
  }

  /** Nobody waits any more for a life that ended. */
  lifeEnded({ slot, generation }: LifeEnd): void {
    for (const guest of this.#guests.get(slot) ?? []) {
      if (guest.generation === generation) this.#refuse(guest, guest.address.id);
    }
  }

  /** Ends all waiting. */
  end(): void {
    for (const guests of this.#guests.values()) {
      for (const guest of guests) this.#refuse(guest, guest.address.id);
    }
  }

  #serve(address: Address, guests: ReadonlySet<Guest>): void {
    const { table } = this.#ports;
    for (const guest of guests) {
      if (!guest.waiting.isWanted()) {
        this.#refuse(guest, 'its sender');
        continue;
      }
      const admitted = table.admitWaiting(address.slot, address.capacity);
      if (admitted === FULL) return;
      if (admitted === guest.generation) this.#post(guest);
      else {
        if (admitted !== CLOSED) table.retract(address.slot, admitted);
        this.#refuse(guest, address.id);
      }
    }
  }

  #post(guest: Guest): void {
    this.#leave(guest);
    try {
      this.#ports.post(guest.address, guest.generation, guest.waiting);
      guest.resolve();
    } catch (thrown) {
      guest.reject(thrown);
    }
  }

  #refuse(guest: Guest, who: string): void {
    this.#leave(guest);
    guest.reject(actorDown(who));
  }

  #leave(guest: Guest): void {
    guest.timer.cancel();
    const { slot } = guest.address;
    const guests = this.#guests.get(slot);
    guests?.delete(guest);
    if (guests?.size !== 0) return;
    this.#guests.delete(slot);
    this.#ports.table.endWaiting(slot, this.#ports.thread);
  }
}
