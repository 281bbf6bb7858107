/** Messages that reached nobody: all are counted in the actor table, some are kept as samples. */

import { RingQueue } from './ring-queue.ts';

/** A message that reached nobody. */
export interface DeadLetter {
  readonly to: string;
  /** Its number among the target's dead letters. */
  readonly count: number;
  /** The message's `type`, or what it is where it has none. */
  readonly type: string;
}

/** Enough to see a pattern; the counts are exact without them. */
const SAMPLES_MAX = 100;

/** The 1st, 2nd, 4th, 8th, … of a target: a flood of them logs a few lines. */
export function isSampled(count: number): boolean {
  return count > 0 && (count & (count - 1)) === 0;
}

export function messageType(message: unknown): string {
  if (typeof message !== 'object' || message === null) return typeof message;
  return 'type' in message && typeof message.type === 'string' ? message.type : 'object';
}

/** The latest samples, oldest first. */
export class DeadLetters {
  readonly #samples = new RingQueue<DeadLetter>();

  add(letter: DeadLetter): void {
    if (this.#samples.length >= SAMPLES_MAX) this.#samples.shift();
    this.#samples.push(letter);
  }

  /** The type of the newest sample of this target that is still kept. */
  lastTo(id: string): string | undefined {
    return this.samples().findLast(({ to }) => to === id)?.type;
  }

  samples(): readonly DeadLetter[] {
    return [...this.#samples];
  }
}
