/**
 * What is done beside the shipping, seldom and a little at a time: the history's months, the
 * journal's age and size, and a look at how much room its disk has left.
 */

import { DISK_FULL_BYTES, DISK_LOW_BYTES } from '../../src/limits.ts';
import type { DaemonMessage } from '../../src/protocol/decision.ts';
import type { ActorContext } from '../../src/runtime/actor.ts';
import { freeBytesOf, isSystemError } from '../../src/store/data-dir.ts';
import {
  type KeepOptions,
  type Kept,
  keepJournal,
  type ShippedUntil,
} from '../../src/store/journal-keep.ts';
import type { OpenSink } from './open-sink.ts';

export interface HousekeepingArgs {
  readonly journalDir: string;
  /** How long the journal is kept, days. */
  readonly journalDays: number;
  /** How long the history is kept, days. */
  readonly historyDays: number;
}

export type DiskMessage = Extract<DaemonMessage, { type: 'disk' }>;

const LOOK_MS = 5_000;
const KEEP_MS = 60_000;
/** A disk is well again with so much more than the bound: no alert that comes and goes. */
const ENOUGH_AGAIN = 1.1;

export class Housekeeping {
  readonly #context: ActorContext;
  readonly #args: HousekeepingArgs;
  readonly #open: OpenSink;
  readonly #tell: (message: DiskMessage) => void;
  readonly #freeBytes: () => number;
  #disk: DiskMessage['state'] = 'ok';
  #lookAt = Number.NEGATIVE_INFINITY;
  #keepAt = Number.NEGATIVE_INFINITY;

  constructor(
    context: ActorContext,
    args: HousekeepingArgs,
    open: OpenSink,
    tell: (message: DiskMessage) => void,
    freeBytes = () => freeBytesOf(args.journalDir),
  ) {
    this.#context = context;
    this.#args = args;
    this.#open = open;
    this.#tell = tell;
    this.#freeBytes = freeBytes;
  }

  /** Tells when the room on the journal's disk becomes scarce, and when it is there again. */
  lookAtDisk(): void {
    const now = this.#context.mono.now();
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_MS;
    const freeBytes = this.#freeBytes();
    const state = diskState(freeBytes, this.#disk);
    if (state === this.#disk) return;
    this.#disk = state;
    this.#context.log[state === 'ok' ? 'info' : 'warn']({ freeBytes }, `the disk is ${state}`);
    this.#tell({ type: 'disk', state, freeBytes });
  }

  /** Once a minute, when the sink has all there is: one step of each kind of work. */
  async keep(shipped: ShippedUntil): Promise<void> {
    const now = this.#context.mono.now();
    if (now < this.#keepAt) return;
    this.#keepAt = now + KEEP_MS;
    const { log, wall } = this.#context;
    const { journalDir: dir, journalDays, historyDays } = this.#args;
    const months = await this.#open.maintain(historyDays);
    if (months.length > 0) log.info({ months }, 'history that is too old was dropped');
    const before = wall.now() - journalDays * DAY_MS;
    const { compacted, dropped } = this.#keepJournal({ dir, before, shipped });
    if (dropped.length > 0) log.info({ dropped }, 'journal segments that are too old were dropped');
    if (compacted.length === 0) return;
    log.debug({ compacted }, 'journal segments were compressed');
    // There may be more: the next one at the next look, not in a minute.
    this.#keepAt = now;
  }

  /** What the disk refuses is tried again later: nobody waits for it, least of all the shipping. */
  #keepJournal(options: KeepOptions): Kept {
    try {
      return keepJournal({ ...options, freeBytes: this.#freeBytes });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#context.log.warn({ reason: error.message }, 'the journal cannot be kept small');
      return { compacted: [], dropped: [] };
    }
  }
}

const DAY_MS = 86_400_000;

function diskState(freeBytes: number, before: DiskMessage['state']): DiskMessage['state'] {
  const full = DISK_FULL_BYTES * (before === 'full' ? ENOUGH_AGAIN : 1);
  const low = DISK_LOW_BYTES * (before === 'ok' ? 1 : ENOUGH_AGAIN);
  if (freeBytes < full) return 'full';
  return freeBytes < low ? 'low' : 'ok';
}
