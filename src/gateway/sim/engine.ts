/**
 * The exchange's core: brings the market and the orders forward event by event, writes down what
 * changed, then tells. It knows no clock; somebody else says up to when.
 */

import assert from 'node:assert/strict';
import type { Random } from '../../runtime/random.ts';
import { type CloseDesk, createCloseDesk } from './close-desk.ts';
import { type CorporateDesk, type CorporateHooks, createCorporateDesk } from './corporate-desk.ts';
import { announcedDividends, type Dividend } from './dividends.ts';
import type { ExchangeJournal } from './exchange-journal.ts';
import { FaultBoard } from './fault-board.ts';
import { createFaultDesk, type FaultDesk, type FaultHooks } from './fault-desk.ts';
import { createShownQuotes, faultyMarket, type ShownQuotes } from './fault-quotes.ts';
import { createReportShaper } from './fault-reports.ts';
import type { FaultInput } from './fault-schema.ts';
import { createHistory, type History } from './history.ts';
import { createLater } from './later.ts';
import type { LiveListing } from './listing.ts';
import type { Market } from './market.ts';
import { createOrderDesk, type OrderDesk } from './order-desk.ts';
import { quoteOption } from './reference.ts';
import type { Scenario } from './scenario.ts';
import { createSettlementDesk, type SettlementDesk } from './settlement.ts';
import { applyRecord, type ExchangeRecord, type ExchangeState } from './state.ts';
import type { Turn } from './turn.ts';
import type { VenueEvent, VenueExercise, VenueQuote } from './venue.ts';

export interface EngineOptions {
  readonly scenario: Scenario;
  readonly listing: LiveListing;
  readonly market: Market;
  readonly state: ExchangeState;
  readonly journal: ExchangeJournal;
  readonly latency: () => number;
  /** Of what faults leave open. */
  readonly random: Random;
  /** Of the past before the start: the same after every restart. */
  readonly pastRandom: Random;
  readonly isResumed: boolean;
  readonly hooks: (engine: Engine) => FaultHooks & CorporateHooks;
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
  readonly #faults: FaultDesk;
  readonly #settlement: SettlementDesk;
  readonly #corporate: CorporateDesk;
  readonly #close: CloseDesk;
  readonly #shown: ShownQuotes;
  readonly #later = createLater();
  readonly history: History;
  readonly dividends: readonly Dividend[];
  #records: ExchangeRecord[] = [];
  #telling = false;

  constructor(options: EngineOptions) {
    const { state, listing, scenario, latency } = options;
    const faults = new FaultBoard();
    const market = faultyMarket(options.market, faults, listing);
    const dividends = announcedDividends(scenario);
    this.dividends = dividends;
    this.history = createHistory({
      ...{ scenario, listing, random: options.pastRandom, splits: state.splits },
      priceOption: (option, spot, ts) =>
        quoteOption(scenario, listing, dividends, option, { spot, ts }),
    });
    this.#shown = createShownQuotes(faults, listing);
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
        if (record.kind === 'listing') listing.change(record.change);
        this.#records.push(record);
      },
      emit: (event) => {
        this.#outbox.push(...shaper.shape(event));
      },
      tell: (event) => {
        this.#outbox.push(event);
      },
      faults,
      later: (at, work) => this.#later.add(at, work),
    };
    const shaper = createReportShaper(this.turn);
    this.#desk = createOrderDesk(this.turn);
    this.#settlement = createSettlementDesk(this.turn, dividends);
    this.#close = createCloseDesk(this.turn);
    const hooks = options.hooks(this);
    this.#corporate = createCorporateDesk(this.turn, dividends, hooks);
    this.#faults = createFaultDesk(this.turn, hooks, options.random, options.isResumed);
  }

  /** Takes an instruction of a holder of options, or refuses it. */
  exercise(request: VenueExercise): void {
    this.#settlement.exercise(request);
    this.#flush();
  }

  inject(fault: FaultInput): void {
    this.#faults.inject(fault);
    this.#flush();
  }

  /** What a client sees of a line; null for a contract without quotes. */
  shownQuote(conId: number, ts: number): VenueQuote | null {
    const quote = this.turn.market.quote(conId, ts);
    return quote === null ? null : this.#shown.show(quote);
  }

  /** Shows the lines of an underlying, or all, as they are now, and lets orders meet them. */
  refresh(symbol: string | undefined): void {
    const { listing, state } = this.turn;
    const { contracts } = listing;
    const traded = [...state.live.values()].map(({ contract }) => contract.conId);
    for (const conId of new Set([...this.#watchers.keys(), ...traded])) {
      if (symbol === undefined || contracts.get(conId)?.symbol === symbol) this.lineChanged(conId);
    }
  }

  /** Does something to orders or prices; then writes down and tells. */
  act(work: (desk: OrderDesk) => void): void {
    work(this.#desk);
    this.#flush();
  }

  /** When something is due next; Infinity when nothing is. */
  nextDue(): number {
    const others = Math.min(
      this.#faults.nextDue(),
      this.#later.nextDue(),
      this.#settlement.nextDue(),
      this.#close.nextDue(),
      this.#corporate.nextDue(),
    );
    return Math.min(this.turn.market.nextTime(), this.#desk.nextDue(), others);
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
      this.#faults.runDue();
      this.#later.runDue(state.now);
      this.#desk.runDue();
      this.#close.runDue();
      this.#settlement.runDue();
      this.#corporate.runDue();
      this.#flush();
    }
    state.now = Math.max(state.now, to);
  }

  /** A line was moved, by time or by hand: shows it, and lets its orders meet it. */
  lineChanged(conId: number): void {
    const quote = this.shownQuote(conId, this.turn.state.now);
    if (quote !== null) {
      const watchers = this.#watchers.get(conId);
      this.history.note(quote, watchers !== undefined);
      for (const watcher of [...(watchers ?? [])]) watcher(quote);
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
    const quote = this.shownQuote(conId, state.now);
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
