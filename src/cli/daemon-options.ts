/** What the parts of a daemon are started with, what it is, and how it is undone. */

import type { LoadedConfig } from '../config/load.ts';
import type { Ending } from '../engine/live.ts';
import type { Logger, LogOptions } from '../log.ts';
import type { LogReads } from '../protocol/log-view.ts';
import type { Clock, WallClock } from '../runtime/clock.ts';

export interface DaemonOptions {
  readonly loaded: LoadedConfig;
  /** Reads the file again, with the same environment; throws what is wrong with it. */
  readonly reload: () => LoadedConfig;
  readonly dataDir: string;
  readonly log: Logger;
  readonly logOptions: LogOptions;
  /** What all threads have logged lately. */
  readonly logs: LogReads;
  readonly mono: Clock;
  readonly wall: WallClock;
  /** Resolves when somebody asked to stop, be it during the start. */
  readonly stopRequested: Promise<string>;
}

export interface DaemonEnding extends Ending {
  /** Another daemon writes now; which one. */
  readonly deposed: string | null;
}

export interface RunningDaemon {
  readonly port: number;
  readonly url: string;
  /** Signs one browser in, once. */
  readonly loginCode: string;
  /** It waits while another one writes. */
  readonly standsBy: boolean;
  readonly ended: Promise<DaemonEnding>;
  requestStop(origin: string): Promise<void>;
  /** An error that nobody caught. */
  fail(error: unknown): void;
  close(): Promise<void>;
}

/** Ends a part that was started. */
export type Close = () => Promise<unknown>;

/** What `work` gives, or null when the stop comes first. */
export function unless<T>(stopRequested: Promise<unknown>, work: Promise<T>): Promise<T | null> {
  return Promise.race([work, stopRequested.then(() => null)]);
}
