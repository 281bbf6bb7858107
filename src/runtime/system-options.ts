/** What the composition root says of an actor system, and of the receivers that it registers. */

import type { Fault } from '../fault.ts';
import type { Logger, LogOptions } from '../log.ts';
import type { MailboxPolicy } from './actor.ts';
import type { Clock, WallClock } from './clock.ts';
import { EVENT_LOOP_TURNS, type TurnSource } from './dispatcher.ts';
import type { Protocol } from './protocol.ts';
import { realMono, realWall } from './real-clock.ts';
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

/** Whatever need not be said, as its comment in the options gives it. */
type Defaults = Pick<
  SystemOptions,
  | 'id'
  | 'strategy'
  | 'mono'
  | 'wall'
  | 'turns'
  | 'intensity'
  | 'backoff'
  | 'heartbeat'
  | 'startDeadlineMs'
>;

/** The options with all that was left to the system. */
export function withDefaults(options: SystemOptions): SystemOptions & Required<Defaults> {
  return {
    id: 'root',
    strategy: 'one_for_one',
    intensity: { restarts: 5, periodMs: 60_000 },
    backoff: { msMin: 50, msMax: 5000 },
    heartbeat: { intervalMs: 1000, missesMax: 5 },
    startDeadlineMs: 30_000,
    ...options,
    mono: options.mono ?? realMono(),
    wall: options.wall ?? realWall(),
    turns: options.turns ?? options.world?.turns ?? EVENT_LOOP_TURNS,
  };
}

/** Of a receiver that the composition root registers. */
export interface ReceiverOptions<M> {
  /** Default `RECEIVER_MAILBOX`. */
  readonly mailbox?: { readonly capacity: number; readonly policy: MailboxPolicy };
  /** Messages of one key: the newest takes the queued one's place. */
  readonly conflateKey?: (message: M) => string | undefined;
  /** What is not of it is refused. Default: everything is taken. */
  readonly protocol?: Protocol<M>;
}

/** Of a receiver that says nothing of its own. */
export const RECEIVER_MAILBOX = { capacity: 10_000, policy: { kind: 'refuse' } } as const;
