/**
 * What an actor is, whatever thread it runs in: an object that receives one message at a time. An
 * actor's module exports a factory; a child spec names the module, its arguments and where it is
 * placed, so that the same code runs on the kernel, in a worker thread, or in a simulation.
 */

import type { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { Clock, WallClock } from './clock.ts';
import type { ActorKey, Protocol } from './protocol.ts';
import type { Random } from './random.ts';

/** A way to reach an actor. It stays valid over restarts; messages to a dead actor are counted. */
export interface ActorRef<M> {
  readonly id: string;
  /** Delivers without a reply: FIFO per sender and receiver, at most once. */
  cast(message: M): void;
  /**
   * A `cast` that waits where the mailbox is full: resolves when the message has its place. Rejects
   * with `Fault('deadline')`, or `actor_down` when the receiver dies; it is then not delivered.
   */
  send(message: M, deadlineMs: number): Promise<void>;
  /** Asks and waits; rejects with `Fault('deadline')` or `Fault('actor_down')`. */
  call<R>(message: M, deadlineMs: number): Promise<R>;
}

export interface ActorContext {
  readonly id: string;
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly random: Random;
  readonly log: Logger;
  /** A ref by id, resolved at each use. */
  ref<M>(id: string): ActorRef<M>;
  /**
   * Calls `onDown` once when the present life of that actor ends, and soon if it does not live. It
   * runs like a message: between two others, and what it throws is a defect. Returns the function
   * that ends the watch.
   */
  watch(id: string, onDown: (down: Down) => void): () => void;
}

/** The end of a life that was watched. */
export interface Down {
  readonly id: string;
  /** What it died of; undefined if it was stopped or did not live. */
  readonly reason: Fault | undefined;
}

export interface Actor<M> {
  /**
   * Takes one message to completion; its result answers a `call`. A throw (or a rejection) is a
   * defect: the actor dies and its supervisor decides.
   */
  receive(message: M): unknown;
  /** Finish: release sockets, flush. Called once; bounded by the child spec's deadline. */
  stop?(): void | Promise<void>;
  /** The mailbox refuses what is not of it; without one it takes everything. */
  readonly protocol?: Protocol<M>;
  /**
   * Conflation: of the messages with one key only the newest waits, in the place of the oldest. A
   * message without a key, and every `call`, waits for itself.
   */
  conflateKey?(message: M): string | undefined;
}

/** The export `createActor` of every module in `actors/` that a child spec can name. */
export type ActorFactory<Args, M> = (
  context: ActorContext,
  args: Args,
) => Actor<M> | Promise<Actor<M>>;

export type MailboxPolicy =
  /** A `cast` throws `Fault('mailbox_full')` back at its sender. */
  | { readonly kind: 'refuse' }
  /** The oldest message goes, and is counted. */
  | { readonly kind: 'drop_oldest' };

export type ActorPlacement =
  | { readonly kind: 'kernel' }
  | {
      readonly kind: 'worker';
      /** Actors that name the same thread share it. */
      readonly thread: string;
      /**
       * What the heap of the thread may hold: one that needs more is ended. Of several actors that
       * share it the largest counts. Default 1024; buffers are not counted.
       */
      readonly heapMbMax?: number;
    };

export interface ChildSpec<Args = unknown> {
  readonly id: string;
  /** The actor's module, as `moduleUrl(new URL('../../actors/x.ts', import.meta.url)).href`. */
  readonly module: string;
  readonly args: Args;
  readonly placement: ActorPlacement;
  readonly mailbox: { readonly capacity: number; readonly policy: MailboxPolicy };
  readonly restart: 'permanent' | 'transient' | 'temporary';
  readonly stopDeadlineMs: number;
  /** A `receive` that has not settled by then is a defect. Default: it may take for ever. */
  readonly receiveDeadlineMs?: number;
}

/** A ref that takes what the actor's protocol holds, and nothing else. */
export function refTo<M>(
  from: { ref<T>(id: string): ActorRef<T> },
  { id }: ActorKey<M>,
): ActorRef<M> {
  return from.ref<M>(id);
}
