/** The calls of one thread that wait for an answer, each with its deadline. */

import { Fault, type FaultMessage, faultFrom } from '../fault.ts';
import type { Clock, Timer } from './clock.ts';
import { SLICE_MS } from './dispatcher.ts';
import type { Address } from './wire.ts';

interface Waiting {
  readonly call: number;
  readonly address: Address;
  readonly generation: number;
  readonly due: number;
  readonly deadlineMs: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (thrown: unknown) => void;
}

/** Callers wait for each of their calls, so this many at once is a flood of callers. */
const WAITING_MAX = 100_000;
/** Calls that are answered before so many later ones never need the map. */
const PLACES = 256;
/** Numbers set aside for one life: at a million calls a second they last an hour and more. */
const CALLS_PER_LIFE_MAX = 2 ** 33;
/** A look costs some 50 ns for each call that waits: it is not taken more often than this. */
const LOOK_MS_PER_CALL = 0.001;
/** A look asks for the time after so many. */
const CALLS_PER_TIME = 64;

export class CallTable {
  readonly #clock: Clock;
  /** A call lies where the last digits of its number say, until a later one needs the place. */
  readonly #places: (Waiting | undefined)[] = new Array(PLACES).fill(undefined);
  /** The earlier ones, that wait long. */
  readonly #long = new Map<number, Waiting>();
  #size = 0;
  #last: number;
  #timer: Timer | undefined;
  /** When the deadlines are looked at; never later than the earliest, unless very many wait. */
  #looksAt = Number.POSITIVE_INFINITY;
  /** The calls that a look did not come to in its slice. */
  #unseen: Iterator<Waiting, void> | undefined;
  /** No call that waits is due before this, but those that are unseen. */
  #nextDue = Number.POSITIVE_INFINITY;

  /** `life` numbers the lives of this thread: an answer to an earlier one must find nobody. */
  constructor(clock: Clock, life: number) {
    this.#clock = clock;
    this.#last = life * CALLS_PER_LIFE_MAX;
  }

  get size(): number {
    return this.#size;
  }

  /** Why no more calls can wait; undefined while they can. */
  full(): Fault | undefined {
    if (this.#size < WAITING_MAX) return undefined;
    return new Fault('mailbox_full', `${WAITING_MAX} calls wait for an answer`);
  }

  /** A number for a call, which comes back with its answer. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** Waits for the answer to the call that `next` numbered. */
  wait(call: number, address: Address, generation: number, deadlineMs: number): Promise<unknown> {
    const due = this.#clock.now() + deadlineMs;
    return new Promise<unknown>((resolve, reject) => {
      this.#put({ call, address, generation, due, deadlineMs, resolve, reject });
      this.#nextDue = Math.min(this.#nextDue, due);
      if (due < this.#looksAt) this.#lookAt(due);
    });
  }

  /** An answer; one that comes after its deadline is nobody's. */
  answer(call: number, value: unknown): void {
    this.#take(call)?.resolve(value);
  }

  refuse(call: number, fault: FaultMessage): void {
    this.#take(call)?.reject(withoutFrames(() => faultFrom(fault)));
  }

  /** It could not be sent. */
  fail(call: number, thrown: unknown): void {
    this.#take(call)?.reject(thrown);
  }

  /** Ends the waiting for every actor that will not answer. */
  refuseWhere(gone: (address: Address, generation: number) => boolean): void {
    const calls = [...this.#inOrder()];
    for (const { call, address, generation } of calls) {
      if (gone(address, generation)) {
        this.#take(call)?.reject(withoutFrames(() => actorDown(address.id)));
      }
    }
  }

  /** Ends all waiting. */
  end(): void {
    this.refuseWhere(() => true);
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#looksAt = Number.POSITIVE_INFINITY;
    this.#unseen = undefined;
  }

  #put(waiting: Waiting): void {
    const place = placeOf(waiting.call);
    const earlier = this.#places[place];
    if (earlier !== undefined) this.#long.set(earlier.call, earlier);
    this.#places[place] = waiting;
    this.#size += 1;
  }

  #take(call: number): Waiting | undefined {
    const place = placeOf(call);
    let waiting = this.#places[place];
    if (waiting?.call === call) this.#places[place] = undefined;
    else {
      waiting = this.#long.get(call);
      if (waiting === undefined) return undefined;
      this.#long.delete(call);
    }
    this.#size -= 1;
    return waiting;
  }

  // A place holds its latest call: those in the map are the earlier ones, and came there in order.
  *#inOrder(): Generator<Waiting, void> {
    yield* this.#long.values();
    const recent = this.#places.filter((waiting) => waiting !== undefined);
    yield* recent.sort((a, b) => a.call - b.call);
  }

  // One timer for all: it is left to elapse when the call it was for has been answered, because to
  // set and cancel one with each call would cost as much as the rest of it.
  #lookAt(due: number): void {
    this.#timer?.cancel();
    this.#looksAt = due;
    this.#timer = this.#clock.setTimer(due - this.#clock.now(), this.#look);
  }

  // In a slice, because a flood of calls can be due together, and what each costs its caller comes
  // on top: the event loop has its turn, and the next slice goes on where this one ended.
  readonly #look = (): void => {
    this.#timer = undefined;
    if (this.#unseen === undefined) this.#nextDue = Number.POSITIVE_INFINITY;
    this.#unseen ??= this.#inOrder();
    const now = this.#clock.now();
    this.#looksAt = now;
    for (let seen = 1; ; seen += 1) {
      const { value: waiting } = this.#unseen.next();
      if (waiting === undefined) break;
      this.#seen(waiting, now);
      if (seen % CALLS_PER_TIME === 0 && this.#clock.now() - now >= SLICE_MS) {
        this.#lookAt(now);
        return;
      }
    }
    this.#unseen = undefined;
    this.#looksAt = Number.POSITIVE_INFINITY;
    if (this.#size > 0) {
      this.#lookAt(Math.max(this.#nextDue, now + this.#size * LOOK_MS_PER_CALL));
    }
  };

  #seen({ call, address, due, deadlineMs }: Waiting, now: number): void {
    if (due > now) {
      this.#nextDue = Math.min(this.#nextDue, due);
      return;
    }
    const what = `${address.id} did not answer within ${deadlineMs} ms`;
    this.#take(call)?.reject(withoutFrames(() => new Fault('deadline', what)));
  }
}

/** For faults by the thousand: their frames would name no caller, and are most of their price. */
export function withoutFrames<T>(create: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return create();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function placeOf(call: number): number {
  return call % PLACES;
}

/** What is said of an actor that does not live. */
export function actorDown(id: string): Fault {
  return new Fault('actor_down', `${id} is not running`);
}
