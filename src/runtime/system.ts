/**
 * The actor system of one process: starts the children in order, each ready before the next, places
 * them on the kernel or in worker threads, restarts what dies, and stops all of it in reverse.
 */

import type { Fault } from '../fault.ts';
import type { Logger, LogOptions } from '../log.ts';
import type { ActorRef, ChildSpec, MailboxPolicy } from './actor.ts';
import type { Clock, WallClock } from './clock.ts';

export type LifecycleState = 'starting' | 'running' | 'restarting' | 'stopped' | 'failed';

export interface LifecycleEvent {
  readonly id: string;
  readonly state: LifecycleState;
  readonly restarts: number;
  /** What it died of; its stack is the one of the thread it died in. */
  readonly error: Fault | undefined;
  /** Messages that were queued or under way and are lost with it. */
  readonly lost: number;
}

export interface ActorStatus {
  readonly id: string;
  /** `kernel` or the name of its worker thread. */
  readonly placement: string;
  readonly state: LifecycleState;
  readonly restarts: number;
  readonly mailboxDepth: number;
  readonly mailboxHigh: number;
  /** Messages taken since the system started. */
  readonly messages: number;
  /** Messages its mailbox dropped for newer ones. */
  readonly dropped: number;
  /** Messages that found it dead, stopped or unknown. */
  readonly deadLetters: number;
  readonly lastError: string | undefined;
}

/** A message that reached nobody, as a sample: of each target the 1st, 2nd, 4th, 8th, … */
export interface DeadLetter {
  readonly to: string;
  /** Its number among the target's dead letters. */
  readonly count: number;
  readonly type: string;
}

export interface SystemOptions {
  /** In the order they start. */
  readonly children: readonly ChildSpec[];
  readonly log: Logger;
  /** Every worker writes its own lines to standard error with this. */
  readonly workerLog: LogOptions;
  readonly seed: number | string;
  /** Called once when restarts exceed their intensity, or a registered receiver throws. */
  readonly onEscalate: (fault: Fault) => void;
  readonly mono?: Clock;
  readonly wall?: WallClock;
  /** More restarts than this within the period escalate. Default 5 in 60 s. */
  readonly intensity?: { readonly restarts: number; readonly periodMs: number };
  /** Exponential, with jitter. Default 50 ms to 5 s. */
  readonly backoff?: { readonly msMin: number; readonly msMax: number };
  /** A worker silent for this many intervals hangs. Default 5 of 1 s. */
  readonly heartbeat?: { readonly intervalMs: number; readonly missesMax: number };
  /** For the boot of a worker and for each actor's factory. Default 30 s. */
  readonly startDeadlineMs?: number;
  /** Compiled code of the workers is kept here: a third of the boot time. */
  readonly compileCacheDirectory?: string;
}

export interface ReceiverOptions<M> {
  /** Default 10 000, refused above. */
  readonly mailbox?: { readonly capacity: number; readonly policy: MailboxPolicy };
  /** Messages of one key: the newest takes the queued one's place. */
  readonly conflateKey?: (message: M) => string | undefined;
}

export interface ActorSystem {
  /**
   * Resolves when every child runs; rejects with the fault of the child that could not start, after
   * those before it were stopped.
   */
  readonly ready: Promise<void>;
  ref<M>(id: string): ActorRef<M>;
  /**
   * Lets the composition root receive on the kernel under an id. The first child starts in a later
   * turn of the event loop: what is registered in the turn of `startSystem` is there for all.
   */
  register<M>(id: string, receive: (message: M) => unknown, options?: ReceiverOptions<M>): void;
  /** Returns the function that ends the subscription. */
  onLifecycle(listener: (event: LifecycleEvent) => void): () => void;
  status(): readonly ActorStatus[];
  /** The latest samples, oldest first. */
  deadLetters(): readonly DeadLetter[];
  /**
   * Stops the children in reverse order, each to its own deadline and all within `deadlineMs`; what
   * is late is killed. Resolves when no actor and no thread is left. A second call waits for the
   * first.
   */
  stop(deadlineMs: number): Promise<void>;
}

/** Starts the system; see `ready`. */
export declare function startSystem(options: SystemOptions): ActorSystem;
