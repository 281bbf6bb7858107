/**
 * A turn: one input (a message, a timer that elapsed, a record read from a board), numbered and
 * dated, and what the deciders it concerns did with it. A decider sees nothing but its inputs and
 * its own state, so feeding the log to fresh deciders gives the same effects again: that is replay,
 * and the reason why a crash loses nothing that was acted on.
 */

import assert from 'node:assert/strict';

export type ClockName = 'mono' | 'trading';

/** The three clocks as a turn sees them; the only times it may use. */
export interface Stamp {
  readonly mono: number;
  /** NaN until the broker's time is known. */
  readonly trading: number;
  readonly wall: number;
}

/** What a decider may do in a turn. */
export interface Turn {
  readonly seq: number;
  readonly at: Stamp;
  /** To a decider: later in this turn. To any other actor: when the turn is in the log. */
  send(to: string, message: unknown): void;
  /** Something that became true and must not be forgotten. */
  fact(fact: unknown): void;
  /** Starts (or restarts) the decider's own timer `name`, due at an absolute time of a clock. */
  startTimer(name: string, due: number, clock: ClockName): void;
  cancelTimer(name: string): void;
  /** Unique in this journal: the sequence number, with a suffix from the second one on. */
  uniqueId(): string;
}

export interface TimerElapsed {
  readonly type: 'timer';
  readonly name: string;
  readonly due: number;
}

/** An actor of the kernel that decides. Pure: no clock, no I/O, no randomness of its own. */
export interface Decider {
  readonly id: string;
  receive(message: unknown, turn: Turn): void;
  /** A short text that differs when the state that matters differs. */
  digest(): string;
}

/** One effect of a turn, as the log keeps it. */
export type TurnEffect =
  | { readonly kind: 'send'; readonly to: string; readonly message: unknown }
  | {
      readonly kind: 'timer';
      readonly to: string;
      readonly name: string;
      readonly due: number;
      readonly clock: ClockName;
    }
  | { readonly kind: 'cancel'; readonly to: string; readonly name: string };

export type InputKind =
  | 'boot'
  | 'evaluation'
  | 'broker'
  | 'market'
  | 'timer'
  | 'command'
  | 'config'
  | 'actor'
  | 'tape_lost'
  | 'lease';

export interface TurnInput {
  readonly kind: InputKind;
  readonly to: string;
  /** Plain data; for an evaluation the doubles read from the board. */
  readonly body: unknown;
}

/** A turn as it stands in the log. */
export interface TurnRecord extends TurnInput {
  readonly seq: number;
  readonly at: Stamp;
  readonly effects: readonly TurnEffect[];
  readonly facts: readonly unknown[];
  /** The digest of every decider that took part, in the order of their first message. */
  readonly digest: string;
  /** The ids of those deciders. */
  readonly touched: readonly string[];
}

/** Runs turns over a set of deciders. Live and replay differ only in who feeds it. */
export class TurnRunner {
  readonly #deciders = new Map<string, Decider>();
  #seq: number;

  /** `lastSeq` is the last sequence number used in this journal, 0 at first. */
  constructor(lastSeq: number) {
    this.#seq = lastSeq;
  }

  add(decider: Decider): void {
    assert(!this.#deciders.has(decider.id), `decider ${decider.id} twice`);
    this.#deciders.set(decider.id, decider);
  }

  has(id: string): boolean {
    return this.#deciders.has(id);
  }

  /** Runs one input to completion and returns what it did. Effects have not left yet. */
  run(input: TurnInput, at: Stamp): TurnRecord {
    this.#seq += 1;
    return this.#complete(input, at, this.#seq);
  }

  /** Replay only: runs a recorded turn under the number it had, whatever number came before. */
  runAgain(turn: TurnInput & { readonly seq: number; readonly at: Stamp }): TurnRecord {
    const { kind, to, body, at, seq } = turn;
    return this.#complete({ kind, to, body }, at, seq);
  }

  #complete(input: TurnInput, at: Stamp, seq: number): TurnRecord {
    const turn = new RunningTurn(seq, at, input.to, this.#deciders);
    const { queue, touched } = turn;
    this.#take(turn, input.to, messageOf(input));
    for (let index = 0; index < queue.length; index += 1) {
      // Deciders answer each other; a turn that does not end is a defect, not a long turn.
      assert(index < TURN_MESSAGES_MAX, `turn ${seq} does not end`);
      const next = queue[index];
      if (next !== undefined) this.#take(turn, next.to, next.message);
    }
    let digest = '';
    for (const id of touched) {
      if (digest !== '') digest += ' ';
      digest += `${id}=${this.#deciders.get(id)?.digest()}`;
    }
    const { kind, to, body } = input;
    const { effects, facts } = turn;
    return { kind, to, body, seq, at, effects, facts, digest, touched };
  }

  #take(turn: RunningTurn, to: string, message: unknown): void {
    const decider = this.#deciders.get(to);
    assert(decider, `no decider ${to}`);
    turn.self = to;
    turn.touch(to);
    decider.receive(message, turn);
  }
}

/** The turn as its deciders see it. Most have one message, so that lists begin as none. */
class RunningTurn implements Turn {
  readonly seq: number;
  readonly at: Stamp;
  /** Messages to deciders that are still to be taken. */
  readonly queue: { readonly to: string; readonly message: unknown }[] = [];
  readonly effects: TurnEffect[] = [];
  readonly facts: unknown[] = [];
  readonly touched: string[];
  /** Who is taking a message. */
  self: string;
  readonly #deciders: ReadonlyMap<string, Decider>;
  /** Of those touched, where they are many. */
  #known: Set<string> | null = null;
  #idCount = 0;

  constructor(seq: number, at: Stamp, to: string, deciders: ReadonlyMap<string, Decider>) {
    this.seq = seq;
    this.at = at;
    this.self = to;
    this.touched = [to];
    this.#deciders = deciders;
  }

  touch(id: string): void {
    if (this.touched[0] === id) return;
    this.#known ??= new Set();
    if (this.#known.has(id)) return;
    this.#known.add(id);
    this.touched.push(id);
  }

  send(to: string, message: unknown): void {
    if (this.#deciders.has(to)) this.queue.push({ to, message });
    else this.effects.push({ kind: 'send', to, message });
  }

  fact(fact: unknown): void {
    this.facts.push(fact);
  }

  startTimer(name: string, due: number, clock: ClockName): void {
    this.effects.push({ kind: 'timer', to: this.self, name, due, clock });
  }

  cancelTimer(name: string): void {
    this.effects.push({ kind: 'cancel', to: this.self, name });
  }

  uniqueId(): string {
    this.#idCount += 1;
    return this.#idCount === 1 ? String(this.seq) : `${this.seq}.${this.#idCount}`;
  }
}

/** Messages between deciders in one turn; a start with 64 books needs a few hundred. */
const TURN_MESSAGES_MAX = 100_000;

function messageOf(input: TurnInput): unknown {
  return input.kind === 'evaluation' ? { type: 'evaluation', record: input.body } : input.body;
}
