/** The calls of one thread that wait for an answer, each with its deadline. */

import { Fault, type FaultMessage, faultFrom } from '../fault.ts';
import type { Clock, Timer } from './clock.ts';
import type { Address } from './wire.ts';

interface Waiting {
  readonly address: Address;
  readonly generation: number;
  readonly timer: Timer;
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: Fault) => void;
}

/** Callers wait for each of their calls, so this many at once is a flood of callers. */
const WAITING_MAX = 100_000;

/** Numbers set aside for one life: at a million calls a second they last an hour and more. */
const CALLS_PER_LIFE_MAX = 2 ** 33;

export class CallTable {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #last: number;

  /** `life` numbers the lives of this thread: an answer to an earlier one must find nobody. */
  constructor(clock: Clock, life: number) {
    this.#clock = clock;
    this.#last = life * CALLS_PER_LIFE_MAX;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Begins to wait; the number comes back with the answer. */
  wait(address: Address, generation: number, deadlineMs: number): [number, Promise<unknown>] {
    if (this.#waiting.size >= WAITING_MAX) {
      throw new Fault('mailbox_full', `${WAITING_MAX} calls wait for an answer`);
    }
    this.#last += 1;
    const call = this.#last;
    const timer = this.#clock.setTimer(deadlineMs, () => {
      const fault = new Fault('deadline', `${address.id} did not answer within ${deadlineMs} ms`);
      this.#settle(call)?.reject(fault);
    });
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(call, { address, generation, timer, resolve, reject });
    });
    return [call, answer];
  }

  /** An answer; one that comes after its deadline is nobody's. */
  answer(call: number, value: unknown): void {
    this.#settle(call)?.resolve(value);
  }

  refuse(call: number, fault: FaultMessage): void {
    this.#settle(call)?.reject(faultFrom(fault));
  }

  /** A call that could not be sent: nobody waits for it. */
  forget(call: number): void {
    this.#settle(call);
  }

  /** Ends the waiting for every actor that will not answer. */
  refuseWhere(gone: (address: Address, generation: number) => boolean): void {
    for (const [call, waiting] of this.#waiting) {
      if (!gone(waiting.address, waiting.generation)) continue;
      this.#settle(call)?.reject(actorDown(waiting.address.id));
    }
  }

  #settle(call: number): Waiting | undefined {
    const waiting = this.#waiting.get(call);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(call);
    waiting.timer.cancel();
    return waiting;
  }
}

export function actorDown(id: string): Fault {
  return new Fault('actor_down', `${id} is not running`);
}
