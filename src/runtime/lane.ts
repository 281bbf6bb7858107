/**
 * One end of the data lane between two threads. A message leaves at once; under load, when the
 * other thread has not taken the last few, it waits for the end of the turn and leaves with others,
 * because a post costs more than what it carries. Posted and not taken are never more than a
 * window, so that a thread that was busy finds a bounded pile in its port and timers and sockets
 * wait no longer than that takes. What the window holds back is bounded by the mailboxes it was
 * admitted to.
 *
 * Each side counts in shared memory what it has taken, and says there whether it waits for the
 * other to take more. The sleeper stores what it waits for and then loads the other's count; the
 * other stores its count and then loads what is waited for. Atomics have one total order: either
 * the sleeper sees the count and does not wait, or the other sees the wish and posts a credit.
 *
 * What a side holds was admitted to its receivers' mailboxes. A thread can be ended with it, so how
 * much it is of each stands in shared memory too, and the other side gives those places back. It is
 * ended at a call or where a loop begins anew and nowhere else: what is stored by the statement
 * after a post is true of it. So a batch is counted down in private, posted, and then shown.
 */

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { ACTORS_MAX } from './actor-table.ts';
import { type Packed, pack, unpack } from './codec.ts';
import { RingQueue } from './ring-queue.ts';
import type { DataMessage } from './wire.ts';

/** What makes a lane in a thread; its port is transferred. */
export interface LaneEnd {
  readonly port: MessagePort;
  readonly words: SharedArrayBuffer;
  readonly side: 0 | 1;
}

export interface LanePorts {
  /** The actor table's word of this thread: which admission is not posted yet. */
  readonly underWay: Int32Array;
  received(message: DataMessage): void;
  /** The platform could not clone it, and its sender, the actor in this slot, has gone on. */
  lost(message: DataMessage, sender: number, thrown: unknown): void;
  /** The other thread ended with so many messages to this life that it had not posted. */
  unsent(slot: number, generation: number, count: number): void;
}

interface Held {
  readonly message: DataMessage;
  readonly sender: number;
}

export type LanePort = Pick<MessagePort, 'postMessage' | 'on' | 'close'>;

/** Posted and not taken: at 2 to 4 µs to take one, a third of a slice at most. */
export const WINDOW = 256;
/** Below this many posted and not taken a message leaves by itself: one alone is never late. */
const ALONE_BELOW = 4;
const BATCH_MAX = 64;
const CREDIT = 0;
/** Words of each side, in a cache line of its own. */
const TAKEN = 0;
const WAITS = 1;
const WAITS_FOR = 2;
const SIDE_WORDS = 16;
/** And behind those of both, a word for each receiver: what is held for it. */
const HELD = 2 * SIDE_WORDS;
export const LANE_BYTES = 2 * (SIDE_WORDS + ACTORS_MAX) * Int32Array.BYTES_PER_ELEMENT;
/** As in the receiver's gate: bits 31–21 its generation, 19–0 the count. */
const GENERATION_SHIFT = 21;
const COUNT_MASK = 2 ** 20 - 1;

export class Lane {
  readonly #port: LanePort;
  readonly #words: Int32Array;
  readonly #mine: number;
  readonly #other: number;
  readonly #heldHere: number;
  readonly #heldThere: number;
  readonly #ports: LanePorts;
  readonly #held = new RingQueue<Held>();
  /** A word for each receiver: what is held for it; shown to the other side after each post. */
  readonly #counts = new Int32Array(ACTORS_MAX);
  #sent = 0;
  #taken = 0;
  /** What is held is looked at when this turn ends. */
  #turnEnds = false;

  constructor(port: LanePort, end: Pick<LaneEnd, 'words' | 'side'>, ports: LanePorts) {
    this.#port = port;
    this.#words = new Int32Array(end.words);
    this.#mine = end.side * SIDE_WORDS;
    this.#other = (1 - end.side) * SIDE_WORDS;
    this.#heldHere = HELD + end.side * ACTORS_MAX;
    this.#heldThere = HELD + (1 - end.side) * ACTORS_MAX;
    this.#ports = ports;
    port.on('message', this.#heard);
  }

  /** Sends, in order. Throws what cannot be cloned where it leaves alone; else it is `lost`. */
  post(message: DataMessage, sender: number): void {
    if (this.#held.length === 0 && this.#untaken() < ALONE_BELOW) {
      this.#port.postMessage(pack(message));
      this.#ports.underWay[0] = 0;
      this.#sent = (this.#sent + 1) | 0;
      return;
    }
    this.#held.push({ message, sender });
    this.#count(message, 1);
    if (message.type === 'cast' || message.type === 'call') {
      this.#words[this.#heldHere + message.to] = this.#counts[message.to] ?? 0;
      this.#ports.underWay[0] = 0;
    }
    if (this.#held.length % BATCH_MAX === 0) this.#flush();
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    queueMicrotask(this.#endTurn);
  }

  /** The other thread ended: takes what is in the port already, and tells what it still held. */
  drain(port: MessagePort): void {
    for (let item = receiveMessageOnPort(port); item; item = receiveMessageOnPort(port)) {
      this.#heard(item.message);
    }
    for (let slot = 0; slot < ACTORS_MAX; slot += 1) {
      const word = Atomics.load(this.#words, this.#heldThere + slot);
      const count = word & COUNT_MASK;
      if (count > 0) this.#ports.unsent(slot, word >>> GENERATION_SHIFT, count);
    }
  }

  /** Posts all that is held, whatever the window: this thread ends. */
  empty(): void {
    while (this.#held.length > 0) this.#send(this.#held.length);
  }

  close(): void {
    this.#port.close();
  }

  readonly #endTurn = (): void => {
    this.#turnEnds = false;
    this.#flush();
  };

  #untaken(): number {
    return (this.#sent - Atomics.load(this.#words, this.#other + TAKEN)) | 0;
  }

  #flush(): void {
    while (this.#held.length > 0) {
      const room = WINDOW - this.#untaken();
      if (room > 0) this.#send(Math.min(BATCH_MAX, room, this.#held.length));
      else if (this.#mustWait()) return;
    }
  }

  /** Waits until half of the window is free, or finds that it is. */
  #mustWait(): boolean {
    const target = (this.#sent - WINDOW / 2) | 0;
    Atomics.store(this.#words, this.#mine + WAITS_FOR, target);
    Atomics.store(this.#words, this.#mine + WAITS, 1);
    return ((Atomics.load(this.#words, this.#other + TAKEN) - target) | 0) < 0;
  }

  #send(count: number): void {
    const batch: Held[] = [];
    for (let index = 0; index < count; index += 1) {
      const held = this.#held.shift();
      if (held === undefined) break;
      batch.push(held);
      this.#count(held.message, -1);
    }
    const packed = batch.map(({ message }) => pack(message));
    try {
      this.#port.postMessage(packed);
      this.#words.set(this.#counts, this.#heldHere);
      this.#sent = (this.#sent + batch.length) | 0;
    } catch {
      this.#counts.set(this.#words.subarray(this.#heldHere, this.#heldHere + ACTORS_MAX));
      for (const held of batch) this.#sendAlone(held);
    }
  }

  #sendAlone({ message, sender }: Held): void {
    this.#count(message, -1);
    const packed = pack(message);
    try {
      this.#port.postMessage(packed);
      this.#words.set(this.#counts, this.#heldHere);
      this.#sent = (this.#sent + 1) | 0;
    } catch (thrown) {
      this.#words.set(this.#counts, this.#heldHere);
      this.#ports.lost(message, sender, thrown);
    }
  }

  #count(message: DataMessage, change: 1 | -1): void {
    if (message.type !== 'cast' && message.type !== 'call') return;
    const word = this.#counts[message.to] ?? 0;
    const sameLife = word >>> GENERATION_SHIFT === message.generation;
    // The places of an earlier life went with it.
    if (sameLife) this.#counts[message.to] = word + change;
    else if (change === 1) this.#counts[message.to] = (message.generation << GENERATION_SHIFT) | 1;
  }

  readonly #heard = (carried: typeof CREDIT | Packed | readonly Packed[]): void => {
    if (carried === CREDIT) {
      this.#flush();
      return;
    }
    if (isBatch(carried)) {
      this.#taken = (this.#taken + carried.length) | 0;
      for (const packed of carried) this.#ports.received(unpack(packed));
    } else {
      this.#taken = (this.#taken + 1) | 0;
      this.#ports.received(unpack(carried));
    }
    Atomics.store(this.#words, this.#mine + TAKEN, this.#taken);
    if (Atomics.load(this.#words, this.#other + WAITS) === 0) return;
    const target = Atomics.load(this.#words, this.#other + WAITS_FOR);
    if (((this.#taken - target) | 0) < 0) return;
    Atomics.store(this.#words, this.#other + WAITS, 0);
    this.#port.postMessage(CREDIT);
  };
}

// What is packed begins with a number, a batch of such with the first of them.
function isBatch(carried: Packed | readonly Packed[]): carried is readonly Packed[] {
  return typeof carried[0] !== 'number';
}
