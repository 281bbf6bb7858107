/**
 * The exchange's core: brings the market and the orders forward event by event, writes down what
 * changed, then tells. It knows no clock; somebody else says up to when.
 */

import assert from 'node:assert/strict';
import type { ExchangeJournal } from './exchange-journal.ts';
import type { Listing } from './listing.ts';
import type { Market } from './market.ts';
import { createOrderDesk, type OrderDesk } from './order-desk.ts';
import type { Scenario } from './scenario.ts';
import { applyRecord, type ExchangeRecord, type ExchangeState } from './state.ts';
import type { Turn } from './turn.ts';
import type { VenueEvent, VenueQuote } from './venue.ts';

export interface EngineOptions {
  readonly scenario: Scenario;
  readonly listing: Listing;
  readonly market: Market;
  readonly state: ExchangeState;
  readonly journal: ExchangeJournal;
  readonly latency: () => number;
}

export interface Engine {
  readonly turn: Turn;
  /** Does something to orders or prices; then writes down and tells. */
  act(work: (desk: OrderDesk) => void): void;
  /** Everything due until `to`, in time order. Not beyond the market's horizon. */
  advance(to: number): void;
  /** When something is due next; Infinity when nothing is. */
  nextDue(): number;
  /** A line of the market was moved by hand or by time. */
  lineChanged(conId: number): void;
  /** Writes where time and prices stand, so that a restart goes on from here. */
  saveClock(): void;
  listen(listener: (event: VenueEvent) => void): () => void;
  watch(conId: number, listener: (quote: VenueQuote) => void): () => void;
}

/** Events at one instant: far above any real market, below a loop that makes no headway. */
const EVENTS_PER_INSTANT_MAX = 100_000;

type Listener<T> = (value: T) => void;

export function createEngine(options: EngineOptions): Engine {
  const { state, market, journal } = options;
  const listeners = new Set<Listener<VenueEvent>>();
  const watchers = new Map<number, Set<Listener<VenueQuote>>>();
  let records: ExchangeRecord[] = [];
  const outbox: VenueEvent[] = [];
  let telling = false;

  const turn: Turn = {
    state,
    listing: options.listing,
    market,
    scenario: options.scenario,
    now: () => state.now,
    latency: options.latency,
    apply: (record) => {
      applyRecord(state, record);
      records.push(record);
    },
    emit: (event) => {
      outbox.push(event);
    },
  };
  const desk = createOrderDesk(turn);

  const write = (): void => {
    state.market = market.state();
    const batch = { now: state.now, market: state.market, records };
    records = [];
    journal.append(batch, state);
  };
  const flush = (): void => {
    if (records.length > 0) write();
    // A listener that acts in turn adds to the outbox: the outer call tells that too, in order.
    if (telling) return;
    telling = true;
    try {
      for (let event = outbox.shift(); event !== undefined; event = outbox.shift()) {
        for (const listener of [...listeners]) listener(event);
      }
    } finally {
      telling = false;
    }
  };
  const lineChanged = (conId: number): void => {
    const quote = market.quote(conId, state.now);
    if (quote !== null) for (const watcher of [...(watchers.get(conId) ?? [])]) watcher(quote);
    desk.meet(conId);
  };
  const nextDue = (): number => Math.min(market.nextTime(), desk.nextDue());

  return {
    turn,
    nextDue,
    lineChanged,
    act(work) {
      work(desk);
      flush();
    },
    advance(to) {
      let instant = state.now;
      let events = 0;
      for (let due = nextDue(); due <= to; due = nextDue()) {
        events = due > instant ? 0 : events + 1;
        assert(events < EVENTS_PER_INSTANT_MAX, 'time does not go on');
        instant = Math.max(instant, due);
        state.now = Math.max(state.now, due);
        const changed: number[] = [];
        if (market.nextTime() <= due) market.advance(due, (conId) => changed.push(conId));
        for (const conId of changed) lineChanged(conId);
        desk.runDue();
        flush();
      }
      state.now = Math.max(state.now, to);
    },
    saveClock() {
      write();
      flush();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    watch(conId, listener) {
      market.want(conId);
      const found = watchers.get(conId) ?? new Set();
      watchers.set(conId, found.add(listener));
      const quote = market.quote(conId, state.now);
      if (quote !== null) listener(quote);
      return () => {
        if (!found.delete(listener)) return;
        if (found.size === 0) watchers.delete(conId);
        market.unwant(conId);
      };
    },
  };
}
