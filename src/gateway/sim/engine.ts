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

/** Events at one instant: far above any real market, below a loop that makes no headway. */
const EVENTS_PER_INSTANT_MAX = 100_000;

type Listener<T> = (value: T) => void;

export class Engine {
  readonly turn: Turn;
  readonly #journal: ExchangeJournal;
  readonly #desk: OrderDesk;
  readonly #listeners = new Set<Listener<VenueEvent>>();
  readonly #watchers = new Map<number, Set<Listener<VenueQuote>>>();
  readonly #outbox: VenueEvent[] = [];
  #records: ExchangeRecord[] = [];
  #telling = false;

  constructor(options: EngineOptions) {
    const { state, listing, market, scenario, latency } = options;
    this.#journal = options.journal;
    this.turn = {
      state,
      listing,
      market,
      scenario,
      latency,
      now: () => state.now,
      apply: (record) => {
        applyRecord(state, record);
        this.#records.push(record);
      },
      emit: (event) => {
        this.#outbox.push(event);
      },
    };
    this.#desk = createOrderDesk(this.turn);
  }

  /** Does something to orders or prices; then writes down and tells. */
  act(work: (desk: OrderDesk) => void): void {
    work(this.#desk);
    this.#flush();
  }

  /** When something is due next; Infinity when nothing is. */
  nextDue(): number {
    return Math.min(this.turn.market.nextTime(), this.#desk.nextDue());
  }

  /** Everything due until `to`, in time order. Not beyond the market's horizon. */
  advance(to: number): void {
    const { state, market } = this.turn;
    let events = 0;
    for (let due = this.nextDue(); due <= to; due = this.nextDue()) {
      events = due > state.now ? 0 : events + 1;
      assert(events < EVENTS_PER_INSTANT_MAX, 'time does not go on');
      state.now = Math.max(state.now, due);
      const changed: number[] = [];
      if (market.nextTime() <= due) market.advance(due, (conId) => changed.push(conId));
      for (const conId of changed) this.lineChanged(conId);
      this.#desk.runDue();
      this.#flush();
    }
    state.now = Math.max(state.now, to);
  }

  /** A line was moved, by time or by hand: shows it, and lets its orders meet it. */
  lineChanged(conId: number): void {
    const quote = this.turn.market.quote(conId, this.turn.state.now);
    if (quote !== null) {
      for (const watcher of [...(this.#watchers.get(conId) ?? [])]) watcher(quote);
    }
    this.#desk.meet(conId);
  }

  /** Writes where time and prices stand, so that a restart goes on from here. */
  saveClock(): void {
    this.#write();
    this.#flush();
  }

  listen(listener: Listener<VenueEvent>): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  watch(conId: number, listener: Listener<VenueQuote>): () => void {
    const { market, state } = this.turn;
    market.want(conId);
    const watchers = this.#watchers.get(conId) ?? new Set();
    this.#watchers.set(conId, watchers.add(listener));
    const quote = market.quote(conId, state.now);
    if (quote !== null) listener(quote);
    return () => {
      if (!watchers.delete(listener)) return;
      if (watchers.size === 0 && this.#watchers.get(conId) === watchers) {
        this.#watchers.delete(conId);
      }
      market.unwant(conId);
    };
  }

  #write(): void {
    const { state, market } = this.turn;
    state.market = market.state();
    const batch = { now: state.now, market: state.market, records: this.#records };
    this.#records = [];
    this.#journal.append(batch, state);
  }

  #flush(): void {
    if (this.#records.length > 0) this.#write();
    // A listener that acts in turn adds to the outbox: the outer call tells that too, in order.
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let event = this.#outbox.shift(); event !== undefined; event = this.#outbox.shift()) {
        for (const listener of [...this.#listeners]) listener(event);
      }
    } finally {
      this.#telling = false;
    }
  }
}
