/**
 * The moment that is looked at, in place of now: one of the machine's steps, or any other time. Its
 * state, context and gates are replayed by the daemon from its journal, when somebody looks.
 */

import { effect, signal } from '@preact/signals';
import type { PastMachineView, ReplayingView } from '../../../protocol/past-view.ts';
import type { TracedTransition } from '../../../protocol/views.ts';
import { after } from '../clock.ts';
import { type TimeQuery, timeQuery } from './address.ts';
import { call } from './http.ts';
import { look } from './place.ts';

export interface Moment {
  /** Unix seconds. */
  readonly ts: number;
  readonly machine: string;
  /** Of the turn in the journal, where it is known. */
  readonly sequence: number | undefined;
  /** The step of that moment; null: any other time. */
  readonly step: TracedTransition | null;
}

/** Null: now. */
export const moment = signal<Moment | null>(null);

export interface Replayed {
  readonly of: Moment;
  /** Null: it is being replayed, or cannot be. */
  readonly view: PastMachineView | null;
  readonly problem: string | null;
  /** How far the daemon is, where a long day takes it more than one answer. */
  readonly progress: ReplayingView | null;
}

/** What the daemon replayed of the moment. */
export const replayed = signal<Replayed | null>(null);

/** A context that others are compared with. */
export const pinned = signal<{ readonly name: string; readonly context: unknown } | null>(null);

/** Who drags a slider passes many moments: the one where it rests is asked for. */
const REST_MS = 180;

export function momentOf(step: TracedTransition): Moment {
  return { ts: step.ts, machine: step.machine, sequence: step.sequence, step };
}

let cancelNaming: () => void = () => undefined;

/**
 * Looks at another moment, or at now. The address tells which, so that it can be sent on; it is
 * written where the slider rests, because browsers refuse to change it as fast as a hand moves.
 */
export function travelTo(chosen: Moment | null): void {
  moment.value = chosen;
  cancelNaming();
  cancelNaming = after(REST_MS, () => {
    if (sameMoment(moment.peek(), chosen)) look(timeQuery(chosen));
  });
}

/** The moment that an address names, with its step where that is known by now. */
export function momentAt(
  machine: string,
  then: TimeQuery,
  past: readonly TracedTransition[],
): Moment {
  const { ts, sequence } = then;
  const exact = past.find(
    (one) => one.ts === ts && (sequence === undefined || one.sequence === sequence),
  );
  // The life of an actor is in no journal: its newest step until then is all there is to show.
  const isActor = machine.startsWith('actor:');
  const step = exact ?? (isActor ? past.find((one) => one.ts <= ts) : undefined);
  return { ...then, machine, step: step ?? null };
}

/** Whether both are of one moment, whatever of it is known. */
export function sameMoment(one: Moment | null, other: Moment | null): boolean {
  if (one === null || other === null) return one === other;
  return one.machine === other.machine && one.ts === other.ts && one.sequence === other.sequence;
}

/** Replays each moment that is chosen; the result ends it. */
export function followMoment(): () => void {
  let cancel: () => void = () => undefined;
  let asked: Moment | null = null;
  const end = effect(() => {
    const chosen = moment.value;
    // Only its step became known: the answer, or the question under way, is still the right one.
    if (chosen !== null && sameMoment(chosen, asked)) return;
    asked = chosen;
    cancel();
    replayed.value = chosen === null ? null : { of: chosen, ...NOTHING_YET };
    if (chosen !== null) cancel = after(REST_MS, () => void replay(chosen));
  });
  return () => {
    cancel();
    end();
  };
}

const NOTHING_YET = { view: null, problem: null, progress: null };

/** Asks until the daemon is there; it works only while it is asked. */
async function replay(chosen: Moment): Promise<void> {
  const { machine: id, sequence, ts } = chosen;
  for (;;) {
    const answer = await call(
      'machineAt',
      sequence === undefined ? { id, ts } : { id, seq: sequence },
    );
    if (!sameMoment(moment.peek(), chosen)) return;
    if (answer.kind !== 'ok') {
      const problem = answer.kind === 'refused' ? answer.message : '';
      replayed.value = { of: chosen, ...NOTHING_YET, problem };
      return;
    }
    const { body } = answer;
    if (!('replaying' in body)) {
      replayed.value = { of: chosen, ...NOTHING_YET, view: body };
      return;
    }
    replayed.value = { of: chosen, ...NOTHING_YET, progress: body };
  }
}
