/**
 * A worker's lanes to all other threads. To another worker there is one for each life of it, which
 * the kernel makes and hands to both over their system lanes.
 *
 * A sender can be admitted to an actor of a new life before its own thread has heard of the lane:
 * but not before the kernel has told of it, because it does so before it lets the first actor of
 * that life start. So what is told lies in this thread's system port already, and is read there.
 */

import type { MessagePort } from 'node:worker_threads';
import type { ActorTable } from './actor-table.ts';
import { Lane, type LaneEnd, type LanePorts } from './lane.ts';
import type { DataMessage } from './wire.ts';

interface Peer {
  readonly lane: Lane;
  readonly port: MessagePort;
  readonly life: number;
}

export class Peers {
  readonly #table: ActorTable;
  readonly #pull: () => boolean;
  readonly #ports: LanePorts;
  readonly #peers = new Map<number, Peer>();

  /** `pull` obeys the next command that lies in the system port; false if there is none. */
  constructor(table: ActorTable, pull: () => boolean, ports: LanePorts) {
    this.#table = table;
    this.#pull = pull;
    this.#ports = ports;
  }

  /** A lane came. */
  add(thread: number, life: number, end: LaneEnd): void {
    this.remove(thread);
    const lane = new Lane(end.port, end, this.#ports);
    this.#peers.set(thread, { lane, port: end.port, life });
  }

  /** A thread ended: what it had sent is taken. */
  remove(thread: number): void {
    const peer = this.#peers.get(thread);
    if (peer === undefined) return;
    peer.lane.drain(peer.port);
    peer.lane.close();
    this.#peers.delete(thread);
  }

  /** What is for a life that is over was counted with it, and goes nowhere. */
  post(thread: number, message: DataMessage, sender: number): void {
    const life = this.#table.life(thread);
    let peer = this.#peers.get(thread);
    while (peer?.life !== life && this.#pull()) peer = this.#peers.get(thread);
    if (peer?.life === life) peer.lane.post(message, sender);
    else this.#ports.underWay[0] = 0;
  }

  /** Posts all that is held: this thread ends. */
  empty(): void {
    for (const { lane } of this.#peers.values()) lane.empty();
  }
}
