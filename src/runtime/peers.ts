/**
 * A worker's lanes to all other threads. To another worker there is one for each life of it: what
 * is for a life whose lane has not come yet waits here, in order, bounded by its mailboxes.
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
  readonly #ports: LanePorts;
  readonly #peers = new Map<number, Peer>();
  readonly #waiting = new Map<number, [DataMessage, number][]>();

  constructor(table: ActorTable, ports: LanePorts) {
    this.#table = table;
    this.#ports = ports;
  }

  /** A lane came; what waited for it goes. */
  add(thread: number, life: number, end: LaneEnd): void {
    this.remove(thread);
    const lane = new Lane(end.port, end, this.#ports);
    this.#peers.set(thread, { lane, port: end.port, life });
    const waiting = this.#waiting.get(thread) ?? [];
    this.#waiting.delete(thread);
    for (const [message, sender] of waiting) this.#send(lane, message, sender);
  }

  /** A thread ended: what it had sent is taken, what waits for it was counted as lost. */
  remove(thread: number): void {
    const peer = this.#peers.get(thread);
    if (peer === undefined) return;
    peer.lane.drain(peer.port);
    peer.lane.close();
    this.#peers.delete(thread);
    this.#waiting.delete(thread);
  }

  post(thread: number, message: DataMessage, sender: number): void {
    const peer = this.#peers.get(thread);
    if (peer !== undefined && peer.life === this.#table.life(thread)) {
      peer.lane.post(message, sender);
      return;
    }
    const waiting = this.#waiting.get(thread) ?? [];
    this.#waiting.set(thread, waiting);
    waiting.push([message, sender]);
  }

  /** Posts all that is held: this thread ends. */
  empty(): void {
    for (const { lane } of this.#peers.values()) lane.empty();
  }

  #send(lane: Lane, message: DataMessage, sender: number): void {
    try {
      lane.post(message, sender);
    } catch (thrown) {
      this.#ports.lost(message, sender, thrown);
    }
  }
}
