/**
 * What stands between a turn's effects and the wire while another daemon may take over. An order
 * leaves, and a command is answered, when the facts of their turn are where a successor finds them
 * and the lease is held at that very moment. Cancels pass at once.
 */

import type { BrokerCommand, BrokerReport } from '../protocol/broker.ts';
import { ACTORS, type ControlAnswer } from '../protocol/decision.ts';
import type { Fact } from '../protocol/facts.ts';
import type { Clock, Timer } from '../runtime/clock.ts';

/** What the fence asks; `src/ha` answers it. */
export interface LeaseTerm {
  readonly epoch: number;
  /** The writer before, for people, where it has not said that it ended. */
  readonly predecessor: string | null;
  /** By the clocks, now. */
  held(): boolean;
  /** Brings the facts of a turn to where a successor finds them. */
  append(sequence: number, facts: readonly Fact[]): void;
  /** The number of the last fact, and of the last that is there. */
  readonly appended: number;
  readonly committed: number;
}

export interface FencePorts {
  /** Lets a message go. */
  readonly send: (to: string, message: unknown) => void;
  /** Says to the deciders that an order did not leave. */
  readonly report: (report: BrokerReport) => void;
  readonly mono: Clock;
}

interface Held {
  readonly to: string;
  readonly message: unknown;
  /** It may go when facts up to here are committed; null while its turn is being performed. */
  after: number | null;
  /** When it is given up. */
  timer: Timer | null;
}

/**
 * How long an order may wait: less than the shortest wait for its acknowledgement, or it would
 * leave when the machine has already asked the broker what became of it.
 */
const ORDER_WAIT_MS = 800;
/** How long an answer may wait: less than the API's own deadline. */
const ANSWER_WAIT_MS = 5000;

type Gated = Extract<BrokerCommand, { readonly type: 'order.submit' | 'order.modify' }>;

export class LeaseFence {
  readonly #term: LeaseTerm;
  readonly #ports: FencePorts;
  #held: Held[] = [];

  constructor(term: LeaseTerm, ports: FencePorts) {
    this.#term = term;
    this.#ports = ports;
  }

  /** Messages that wait. */
  get waiting(): number {
    return this.#held.length;
  }

  /** An effect of the turn that is being performed. */
  deliver(to: string, message: unknown): void {
    if (to === ACTORS.control) {
      this.#held.push({ to, message, after: null, timer: null });
      return;
    }
    const command = to === ACTORS.broker ? (message as BrokerCommand) : null;
    switch (command?.type) {
      case 'order.submit':
      case 'order.modify':
        this.#held.push({ to, message, after: null, timer: null });
        return;
      case 'order.cancel':
        if (!this.#withdraw(command.orderRef)) this.#ports.send(to, message);
        return;
      case 'link.open':
        // A connection that is not opened times out, and is tried again.
        if (this.#term.held()) this.#ports.send(to, message);
        return;
      default:
        this.#ports.send(to, message);
    }
  }

  /** The turn's effects have been delivered: what it held waits for its facts. */
  turnDone(sequence: number, facts: readonly Fact[]): void {
    this.#term.append(sequence, facts);
    const after = this.#term.appended;
    for (const one of this.#held) one.after ??= after;
    this.release();
    for (const one of this.#held) {
      const ms = one.to === ACTORS.control ? ANSWER_WAIT_MS : ORDER_WAIT_MS;
      one.timer ??= this.#ports.mono.setTimer(ms, () => this.#giveUp(one));
    }
  }

  /** Lets go what may go now; called when more is committed. */
  release(): void {
    const { committed } = this.#term;
    const ready = this.#held.filter(({ after }) => after !== null && after <= committed);
    if (ready.length === 0) return;
    this.#remove(ready);
    for (const { to, message } of ready) {
      if (this.#term.held()) this.#ports.send(to, message);
      else this.#refuse(to, message);
    }
  }

  /** The lease is over: what waits does not leave. */
  refuseAll(): void {
    const all = this.#held;
    this.#remove(all);
    for (const { to, message } of all) this.#refuse(to, message);
  }

  /** Nothing leaves any more, and nothing is told. */
  close(): void {
    this.#remove(this.#held);
  }

  #giveUp(one: Held): void {
    this.#remove([one]);
    this.#refuse(one.to, one.message);
  }

  #remove(gone: readonly Held[]): void {
    for (const { timer } of gone) timer?.cancel();
    this.#held = this.#held.filter((one) => !gone.includes(one));
  }

  /** Takes an order back that has not left; false where there is none. A modify only falls away. */
  #withdraw(orderRef: string): boolean {
    const isOf = ({ to, message }: Held): boolean =>
      to === ACTORS.broker && (message as Gated).order.orderRef === orderRef;
    const found = this.#held.filter(isOf);
    this.#remove(found);
    if (!found.some(({ message }) => (message as Gated).type === 'order.submit')) return false;
    this.#ports.report({ type: 'order.error', orderRef, orderId: 0, ...WITHDRAWN });
    return true;
  }

  #refuse(to: string, message: unknown): void {
    if (to === ACTORS.control) {
      const { requestId, result } = message as ControlAnswer;
      const text = `${result.message}, but it may be lost: the database was not told in time`;
      const answer = { ...result, ok: false, status: 503, message: text } as const;
      this.#ports.send(to, { type: 'control.answer', requestId, result: answer });
      return;
    }
    const { orderRef } = (message as Gated).order;
    this.#ports.report({ type: 'order.error', orderRef, orderId: 0, ...NOT_SENT });
  }
}

const WITHDRAWN = { code: 202, message: 'withdrawn before it was sent' };
const NOT_SENT = { code: 504, message: 'the database was not told in time: nothing was sent' };
