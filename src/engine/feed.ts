/**
 * The live feed behind `GET /events`: transitions and operations as turns write them, the status
 * at most four times a second and only while somebody listens. A bounded past lets a reader that
 * lost its connection go on where it was.
 */

import type { Fact, TransitionFact } from '../protocol/facts.ts';
import type { EventFeed, FeedEvent } from '../protocol/ports.ts';
import type { ActorView, StatusView, TracedTransition } from '../protocol/views.ts';
import { wholeControl } from '../protocol/whole-control.ts';
import type { Clock, Timer } from '../runtime/clock.ts';

const PAST_MAX = 1000;
const STATUS_GAP_MS = 250;

type Listener = (id: number, event: FeedEvent) => void;

export interface Feed extends EventFeed {
  /** Takes the facts of a turn. */
  publish(facts: readonly Fact[]): void;
  /** An actor's life went on. */
  actorChanged(transition: TracedTransition, actor: ActorView | undefined): void;
  close(): void;
}

/** What a machine's guards said in the transition that a fact tells of; null: not known. */
type Trace = (fact: TransitionFact) => TracedTransition | null;

/** `trace` is asked only while somebody listens. */
export function createFeed(mono: Clock, status: () => StatusView, trace: Trace): Feed {
  const past: { readonly id: number; readonly event: FeedEvent }[] = [];
  const listeners = new Set<Listener>();
  let lastId = 0;
  let timer: Timer | null = null;

  const emit = (event: FeedEvent): void => {
    lastId += 1;
    const id = lastId;
    past.push({ id, event });
    if (past.length > PAST_MAX) past.shift();
    for (const listener of listeners) listener(id, event);
  };
  const scheduleStatus = (): void => {
    if (timer !== null || listeners.size === 0) return;
    timer = mono.setTimer(STATUS_GAP_MS, () => {
      timer = null;
      if (listeners.size > 0) emit({ kind: 'status', data: status() });
    });
  };

  return {
    publish(facts) {
      for (const fact of facts) {
        const event = toEvent(fact, listeners.size === 0 ? untraced : trace);
        if (event !== null) emit(event);
      }
      scheduleStatus();
    },
    actorChanged(transition, actor) {
      emit({ kind: 'transition', data: transition });
      if (actor !== undefined) emit({ kind: 'actor', data: actor });
    },
    subscribe(listener, afterId) {
      for (const { id, event } of past) {
        if (afterId !== undefined && id > afterId) listener(id, event);
      }
      listeners.add(listener);
      scheduleStatus();
      return () => listeners.delete(listener);
    },
    close() {
      timer?.cancel();
      listeners.clear();
    },
  };
}

const untraced: Trace = () => null;

function toEvent(fact: Fact, trace: Trace): FeedEvent | null {
  if (fact.fact === 'transition') {
    const { ts, machine, from, to, event } = fact;
    const traced = trace(fact);
    return { kind: 'transition', data: traced ?? { ts, machine, from, to, event } };
  }
  if (fact.fact === 'control') {
    const data = wholeControl(fact);
    return data === null ? null : { kind: 'operation', data };
  }
  if (fact.fact !== 'operation') return null;
  return {
    kind: 'operation',
    data: {
      ts: fact.ts,
      type: fact.type,
      side: fact.side,
      quantity: fact.quantity,
      price: fact.price,
      state_reason: fact.stateReason,
      symbol: fact.symbol,
      account: fact.account,
      order_ref: fact.orderRef,
      perm_id: fact.permId,
      exec_id: fact.execId,
      commission: fact.commission,
    },
  };
}
