/** What the composition root says of an actor system, and of the receivers that it registers. */

import type { Fault } from '../fault.ts';
import type { Logger, LogOptions } from '../log.ts';
import type { MailboxPolicy } from './actor.ts';
import type { Clock, WallClock } from './clock.ts';
import type { TurnSource } from './dispatcher.ts';
import type { Protocol } from './protocol.ts';
import type { Backoff, Intensity } from './restart-policy.ts';
import type { Strategy, SystemChild } from './supervisor-spec.ts';
import type { Heartbeat } from './worker-pool.ts';
import type { World } from './world.ts';

/** What a system is started with. */
export interface SystemOptions {
  /** Of the root supervisor: tells the systems of one process apart. Default `root`. */
  readonly id?: string;
  /** In the order they start. */
  readonly children: readonly SystemChild[];
  /** Of the root. Default one-for-one. */
  readonly strategy?: Strategy;
  readonly log: Logger;
  /** Every worker writes its own lines to standard error with this. */
  readonly workerLog: LogOptions;
  readonly seed: number | string;
  /** Called once when restarts exceed their intensity, and when a registered receiver throws. */
  readonly onEscalate: (fault: Fault) => void;
  readonly mono?: Clock;
  readonly wall?: WallClock;
  /** When the actors of the kernel get their turns. */
  readonly turns?: TurnSource;
  /** Default: the platform's threads, turns and modules. */
  readonly world?: World;
  /** More restarts than this within the period escalate. Default 5 in 60 s. */
  readonly intensity?: Intensity;
  /** Exponential, with jitter. Default 50 ms to 5 s. */
  readonly backoff?: Backoff;
  /** A worker silent for this many intervals hangs. Default 5 of 1 s. */
  readonly heartbeat?: Heartbeat;
  /** For the boot of a worker and the actor's factory. Default 30 s. */
  readonly startDeadlineMs?: number;
  /** Compiled code of the workers is kept here: a third of the boot time. */
  readonly compileCacheDirectory?: string;
}

/** Of a receiver that the composition root registers. */
export interface ReceiverOptions<M> {
  /** Default 10 000, refused above. */
  readonly mailbox?: { readonly capacity: number; readonly policy: MailboxPolicy };
  /** Messages of one key: the newest takes the queued one's place. */
  readonly conflateKey?: (message: M) => string | undefined;
  /** What is not of it is refused. Default: everything is taken. */
  readonly protocol?: Protocol<M>;
}
