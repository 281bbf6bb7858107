/**
 * The live feed behind `GET /events`: transitions and operations as turns write them, the status
 * at most four times a second and only while somebody listens. A bounded past lets a reader that
 * lost its connection go on where it was.
 */

import type { Fact } from '../protocol/facts.ts';
import type { EventFeed, FeedEvent, StatusView } from '../protocol/views.ts';
import type { Clock, Timer } from '../runtime/clock.ts';

const PAST_MAX = 1000;
const STATUS_GAP_MS = 250;

type Listener = (id: number, event: FeedEvent) => void;

export interface Feed extends EventFeed {
  /** Takes the facts of a turn. */
  publish(facts: readonly Fact[]): void;
  close(): void;
}

export function createFeed(mono: Clock, status: () => StatusView): Feed {
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
        const event = toEvent(fact);
        if (event !== null) emit(event);
      }
      scheduleStatus();
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

function toEvent(fact: Fact): FeedEvent | null {
  if (fact.fact === 'transition') {
    const { ts, machine, from, to, event } = fact;
    return { kind: 'transition', data: { ts, machine, from, to, event } };
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
