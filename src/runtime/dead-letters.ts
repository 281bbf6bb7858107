/** Messages that reached nobody: all are counted in the actor table, some are kept as samples. */

import { RingQueue } from './ring-queue.ts';

export type DeadLetterReason =
  /** Nobody has that id. */
  | 'unknown_id'
  /** The receiver was not alive when it was sent. */
  | 'not_running'
  /** It is not of the receiver's protocol. */
  | 'unknown_message'
  /** The receiver died while it waited, or was on its way. */
  | 'died'
  /** The receiver's thread ended, and what waited there with it. */
  | 'thread_ended'
  /** The platform could not clone it for another thread. */
  | 'not_cloned';

/** A message that reached nobody. */
export interface DeadLetter {
  readonly to: string;
  /** Who sent it; undefined: the composition root, the runtime, or not known any more. */
  readonly from: string | undefined;
  /** The message's `type`, or what it is where it has none. */
  readonly type: string;
  readonly reason: DeadLetterReason;
  /** Wall time, epoch ms. */
  readonly at: number;
  /** Its number among the target's dead letters. */
  readonly count: number;
}

/** Of one target: enough to see a pattern; the counts are exact without them. */
const SAMPLES_MAX = 10;
/** Targets that are remembered: ids that nobody has are made up by their senders. */
const TARGETS_MAX = 1000;

/** The 1st, 2nd, 4th, 8th, … of a target: a flood of them logs a few lines. */
export function isSampled(count: number): boolean {
  return count > 0 && (count & (count - 1)) === 0;
}

/** What a message calls itself, else what it is. */
export function messageType(message: unknown): string {
  if (typeof message !== 'object' || message === null) return typeof message;
  return 'type' in message && typeof message.type === 'string' ? message.type : 'object';
}

/** The latest samples of each target. */
export class DeadLetters {
  readonly #samples = new Map<string, RingQueue<DeadLetter>>();

  add(letter: DeadLetter): void {
    const known = this.#samples.get(letter.to);
    if (known === undefined && this.#samples.size >= TARGETS_MAX) return;
    const samples = known ?? new RingQueue<DeadLetter>();
    this.#samples.set(letter.to, samples);
    if (samples.length >= SAMPLES_MAX) samples.shift();
    samples.push(letter);
  }

  /** To this target, oldest first. */
  to(id: string): readonly DeadLetter[] {
    return [...(this.#samples.get(id) ?? [])];
  }

  /** To all targets, oldest first. */
  all(): readonly DeadLetter[] {
    return [...this.#samples.values()]
      .flatMap((samples) => [...samples])
      .sort((a, b) => a.at - b.at);
  }
}
