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

/** Messages for one life of a thread, each with the slot of its sender. */
interface Waiting {
  readonly life: number;
  readonly messages: [DataMessage, number][];
}

export class Peers {
  readonly #table: ActorTable;
  readonly #ports: LanePorts;
  readonly #peers = new Map<number, Peer>();
  readonly #waiting = new Map<number, Waiting>();

  constructor(table: ActorTable, ports: LanePorts) {
    this.#table = table;
    this.#ports = ports;
  }

  /** A lane came; what waited for it goes. */
  add(thread: number, life: number, end: LaneEnd): void {
    this.remove(thread);
    const lane = new Lane(end.port, end, this.#ports);
    this.#peers.set(thread, { lane, port: end.port, life });
    const waiting = this.#waiting.get(thread);
    if (waiting?.life !== life) return;
    this.#waiting.delete(thread);
    for (const [message, sender] of waiting.messages) this.#send(lane, message, sender);
  }

  /**
   * A thread ended: what it had sent is taken, what waits for it was counted as lost. What waits
   * for a later life of it stays: a thread that was busy hears of the end after that life began.
   */
  remove(thread: number): void {
    const peer = this.#peers.get(thread);
    if (peer === undefined) return;
    peer.lane.drain(peer.port);
    peer.lane.close();
    this.#peers.delete(thread);
    if (this.#waiting.get(thread)?.life === peer.life) this.#waiting.delete(thread);
  }

  post(thread: number, message: DataMessage, sender: number): void {
    const peer = this.#peers.get(thread);
    const life = this.#table.life(thread);
    if (peer?.life === life) {
      peer.lane.post(message, sender);
      return;
    }
    const known = this.#waiting.get(thread);
    const waiting = known?.life === life ? known : { life, messages: [] };
    this.#waiting.set(thread, waiting);
    waiting.messages.push([message, sender]);
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
