/**
 * What the machines of a running engine did lately, and why: for the inspector. While nobody asks
 * it costs a comparison of two numbers a turn; guards are asked again only for who wants to know.
 */

import {
  type HostedMachine,
  pastSteps,
  stepCount,
  type TakenStep,
  unknownEvents,
} from '../../machines/step.ts';
import { traceStep } from '../../machines/trace.ts';
import { ACTORS, bookId } from '../protocol/decision.ts';
import type { TracedTransition } from '../protocol/views.ts';
import type { LifecycleEvent } from '../runtime/lifecycle.ts';
import type { TurnRecord } from '../runtime/turn.ts';
import type { Deciders } from './deciders.ts';

interface Watched {
  readonly id: string;
  readonly machine: HostedMachine;
  seen: number;
  /** When its steps were taken: those up to a number, in a turn of that time. */
  readonly turns: { readonly upTo: number; readonly ts: number; readonly seq: number }[];
}

/** Turns that moved a machine or tried to; more than its steps that are kept. */
const TURNS_MAX = 400;
const LIVES_MAX = 100;

/** Of every machine of the engine, by the ids of the API. */
export class Traces {
  readonly #byDecider = new Map<string, readonly Watched[]>();
  readonly #byId = new Map<string, Watched>();
  readonly #lives = new Map<string, TracedTransition[]>();
  readonly #traced = new WeakMap<TakenStep, TracedTransition>();

  constructor({ daemon, books }: Deciders) {
    this.#watch(ACTORS.daemon, { daemon: daemon.data.snapshot.machine });
    for (const book of books) {
      const { trading, hedge } = book.machines();
      const id = bookId(book.symbol);
      const [first, second] = [`trading:${book.symbol}`, `hedge:${book.symbol}`];
      this.#watch(id, { [first]: trading.machine, [second]: hedge.machine });
    }
  }

  /** After each turn: notes when the steps were taken that it brought. */
  take({ touched, at, seq }: Pick<TurnRecord, 'touched' | 'at' | 'seq'>): void {
    for (const id of touched) {
      for (const watched of this.#byDecider.get(id) ?? []) {
        const upTo = stepCount(watched.machine);
        if (upTo === watched.seen) continue;
        watched.seen = upTo;
        watched.turns.push({ upTo, ts: at.wall / 1000, seq });
        if (watched.turns.length > 2 * TURNS_MAX) watched.turns.splice(0, TURNS_MAX);
      }
    }
  }

  /** An actor's life went on; `ts` is wall time in unix seconds. */
  live({ id, from, state, input, error }: LifecycleEvent, ts: number): TracedTransition {
    const past = this.#lives.get(id) ?? [];
    const machine = `actor:${id}`;
    const reason = error === undefined ? {} : { reason: error.message };
    const transition = { ts, machine, from, to: state, event: input, ...reason };
    past.push(transition);
    if (past.length > LIVES_MAX) past.shift();
    this.#lives.set(id, past);
    return transition;
  }

  /**
   * What a machine did lately, newest first, at most `limit`; `refused` adds events that moved
   * nothing.
   */
  transitions(id: string, refused: boolean, limit = TURNS_MAX): readonly TracedTransition[] {
    const watched = this.#byId.get(id);
    if (watched === undefined)
      return (
        this.#lives
          .get(id.replace(/^actor:/, ''))
          ?.toReversed()
          .slice(0, limit) ?? []
      );
    const steps = [...pastSteps(watched.machine, 'moves')];
    if (refused) steps.push(...pastSteps(watched.machine, 'stays'));
    steps.sort((a, b) => b.number - a.number);
    return steps.slice(0, limit).flatMap((step) => this.#trace(watched, step) ?? []);
  }

  /** The transition that a machine has just made, with what its guards said; null if none did. */
  newest(id: string, from: string, to: string, event: string): TracedTransition | null {
    const watched = this.#byId.get(id);
    if (watched === undefined) return null;
    const step = pastSteps(watched.machine, 'moves').findLast(
      ({ before, after, event: { type } }) =>
        type === event && textOf(before.value) === from && textOf(after.value) === to,
    );
    return step === undefined ? null : this.#trace(watched, step);
  }

  /** Events that were sent to a machine and that none of its states knows. */
  unknown(id: string): Readonly<Record<string, number>> {
    const watched = this.#byId.get(id);
    return watched === undefined ? {} : Object.fromEntries(unknownEvents(watched.machine));
  }

  /** A step is traced once, whoever asks and how often. */
  #trace(watched: Watched, step: TakenStep): TracedTransition | null {
    const known = this.#traced.get(step) ?? traced(watched, step);
    if (known !== null) this.#traced.set(step, known);
    return known;
  }

  #watch(decider: string, machines: Readonly<Record<string, HostedMachine>>): void {
    const watched = Object.entries(machines).map(([id, machine]) => {
      const one: Watched = { id, machine, seen: stepCount(machine), turns: [] };
      this.#byId.set(id, one);
      return one;
    });
    this.#byDecider.set(decider, watched);
  }
}

function traced({ id, turns }: Watched, step: TakenStep): TracedTransition | null {
  const turn = turns.find(({ upTo }) => step.number <= upTo);
  if (turn === undefined) return null;
  const [from, to] = [textOf(step.before.value), textOf(step.after.value)];
  const { type, ...told } = step.event;
  const move = { ts: turn.ts, sequence: turn.seq, machine: id, from, to, event: type };
  const numbers = Object.keys(told).length === 0 ? {} : { told };
  return { ...move, ...traceStep(step), ...numbers };
}

/** As the facts of the journal have it. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
