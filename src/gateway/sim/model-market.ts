/**
 * The seeded market: each underlying diffuses and jumps through the open hours; options follow it
 * through the volatility surface. What is random is drawn per underlying and tick only, so that who
 * watches which line changes no price: sizes and prints are hashes of line and time.
 */

import assert from 'node:assert/strict';
import {
  newYorkDate,
  previousTradingDay,
  sessionState,
  tradingSession,
} from '../../domain/calendar.ts';
import type { OptionContract, StockContract } from '../../domain/contract.ts';
import type { Random } from '../../runtime/random.ts';
import { announcedDividends, type Dividend } from './dividends.ts';
import { findStock, type Listing, MIN_TICK, optionsOf } from './listing.ts';
import { type Market, type MarketState, type MarketStateEntry, sameQuote } from './market.ts';
import { optionSpread, priceOnSurface } from './option-model.ts';
import { optionTermsAt } from './option-terms.ts';
import {
  busynessOf,
  gapOvernight,
  PRICE_MIN,
  type PriceState,
  stepPrice,
} from './price-process.ts';
import type { Scenario, ScenarioUnderlying } from './scenario.ts';
import type { VenueQuote } from './venue.ts';

export interface ModelMarketOptions {
  readonly scenario: Scenario;
  readonly listing: Listing;
  readonly random: Random;
  /** Exchange time at which the market begins or goes on. */
  readonly now: number;
  /** From before a restart; null at the first start. */
  readonly saved: MarketState | null;
}

/** Displayed option sizes hold this long. */
const SIZE_HOLD_MS = 4000;
/** An option trades at one in so many of its quotes. */
const OPTION_PRINTS = 15;

interface Underlying extends PriceState {
  readonly contract: StockContract;
  readonly scenario: ScenarioUnderlying;
  readonly random: Random;
  readonly dividends: readonly Dividend[];
  options: readonly OptionContract[];
  last: number;
  close: number;
  volume: number;
  day: string;
  quote: VenueQuote;
}

/** Trades that were seen on an option's line; nobody's price depends on them. */
interface OptionPrints {
  readonly day: string;
  readonly last: number;
  readonly lastSize: number;
  readonly volume: number;
}

export function createModelMarket(options: ModelMarketOptions): Market {
  return new ModelMarket(options);
}

class ModelMarket implements Market {
  readonly #listing: Listing;
  readonly #tickMs: number;
  readonly #underlyings: readonly Underlying[];
  readonly #byConId: ReadonlyMap<number, Underlying>;
  /** Ticks of the market for one of an option. */
  readonly #optionTicks: number;
  /** Options somebody wants, how many do, and what they show. */
  readonly #wanted = new Map<number, number>();
  readonly #shown = new Map<number, VenueQuote>();
  readonly #prints = new Map<number, OptionPrints>();
  #lastTick: number;

  constructor(options: ModelMarketOptions) {
    const { scenario, listing, now } = options;
    this.#listing = listing;
    this.#tickMs = scenario.tick_ms;
    this.#optionTicks = Math.max(1, Math.round(scenario.option_quote_ms / scenario.tick_ms));
    this.#underlyings = scenario.underlyings.map((entry) => makeUnderlying(options, entry));
    this.#byConId = new Map(this.#underlyings.map((line) => [line.contract.conId, line]));
    this.#lastTick = now;
  }

  nextTime(): number {
    const tickMs = this.#tickMs;
    const next = (Math.floor(this.#lastTick / tickMs) + 1) * tickMs;
    const session = sessionState(next);
    return session.state === 'open' ? next : Math.ceil(session.next / tickMs) * tickMs;
  }

  advance(ts: number, changed: (conId: number) => void): void {
    const isTick = ts === this.nextTime();
    this.#lastTick = Math.max(this.#lastTick, ts);
    if (!isTick) return;
    const step = Math.round(ts / this.#tickMs);
    for (const line of this.#underlyings) {
      if (tickUnderlying(line, ts, this.#tickMs)) changed(line.contract.conId);
      for (const contract of line.options) {
        const isDue = (step + contract.conId) % this.#optionTicks === 0;
        if (isDue && this.#wanted.has(contract.conId)) this.#show(contract, ts, changed);
      }
    }
  }

  quote(conId: number, ts: number): VenueQuote | null {
    const line = this.#byConId.get(conId);
    if (line !== undefined) return { ...line.quote, ts };
    const contract = this.#listing.contracts.get(conId);
    if (contract?.secType !== 'OPT') return null;
    const shown = this.#shown.get(conId);
    return shown === undefined ? this.#optionQuote(contract, ts) : { ...shown, ts };
  }

  want(conId: number): void {
    this.#wanted.set(conId, (this.#wanted.get(conId) ?? 0) + 1);
  }

  unwant(conId: number): void {
    const count = (this.#wanted.get(conId) ?? 0) - 1;
    if (count > 0) {
      this.#wanted.set(conId, count);
    } else {
      this.#wanted.delete(conId);
      this.#shown.delete(conId);
    }
  }

  setPrice(conId: number, price: number, ts: number, changed: (id: number) => void): boolean {
    const line = this.#byConId.get(conId);
    if (line === undefined) return false;
    line.price = Math.max(PRICE_MIN, price);
    // What a hand does is no move that the market halts for.
    line.reference = line.price;
    this.#showAll(line, ts, changed);
    return true;
  }

  split(conId: number, ratio: number, ts: number, changed: (id: number) => void): boolean {
    const line = this.#byConId.get(conId);
    if (line === undefined) return false;
    line.price = Math.max(PRICE_MIN, line.price / ratio);
    line.anchor /= ratio;
    line.reference /= ratio;
    line.last = roundTick(line.last / ratio);
    line.close = roundTick(line.close / ratio);
    line.volume = Math.round(line.volume * ratio);
    this.#showAll(line, ts, changed);
    return true;
  }

  relist(): void {
    for (const line of this.#underlyings) {
      line.options = optionsOf(this.#listing, line.contract.conId);
    }
    this.#shown.clear();
    this.#prints.clear();
  }

  horizon(): number {
    return Number.POSITIVE_INFINITY;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  state(): MarketState {
    return Object.fromEntries(this.#underlyings.map((line) => [line.contract.symbol, save(line)]));
  }

  #showAll(line: Underlying, ts: number, changed: (conId: number) => void): void {
    line.quote = underlyingQuote(line, ts);
    changed(line.contract.conId);
    for (const contract of line.options) {
      if (this.#wanted.has(contract.conId)) this.#show(contract, ts, changed);
    }
  }

  #show(contract: OptionContract, ts: number, changed: (conId: number) => void): void {
    const before = this.#shown.get(contract.conId);
    this.#print(contract.conId, before, ts);
    const quote = this.#optionQuote(contract, ts);
    if (quote === null || (before !== undefined && sameQuote(before, quote))) return;
    this.#shown.set(contract.conId, quote);
    changed(contract.conId);
  }

  /** Now and then somebody trades an option, at one side of the market shown before. */
  #print(conId: number, shown: VenueQuote | undefined, ts: number): void {
    const draw = hash(conId, ts);
    if (shown === undefined || shown.halted || draw % OPTION_PRINTS !== 0) return;
    const day = newYorkDate(ts);
    const before = this.#prints.get(conId);
    const lastSize = 1 + (draw % 7);
    const volume = (before?.day === day ? before.volume : 0) + lastSize;
    const last = draw % 2 === 0 ? shown.bid : shown.ask;
    if (last > 0) this.#prints.set(conId, { day, last, lastSize, volume });
  }

  #optionQuote(contract: OptionContract, ts: number): VenueQuote | null {
    const line = this.#byConId.get(contract.underlyingConId);
    if (line === undefined) return null;
    const quote = optionQuote(line, this.#listing, contract, ts);
    const printed = this.#prints.get(contract.conId);
    if (quote === null || printed === undefined) return quote;
    const { last, lastSize, day, volume } = printed;
    return { ...quote, last, lastSize, volume: day === newYorkDate(ts) ? volume : 0 };
  }
}

function makeUnderlying(options: ModelMarketOptions, scenario: ScenarioUnderlying): Underlying {
  const contract = findStock(options.listing, scenario.symbol);
  assert(contract !== undefined);
  const saved = options.saved?.[scenario.symbol];
  const entry: MarketStateEntry = saved ?? {
    price: scenario.price,
    heat: 1,
    last: roundTick(scenario.price),
    close: roundTick(scenario.previous_close ?? scenario.price),
    volume: 0,
    day: newYorkDate(options.now),
  };
  const announced = announcedDividends(options.scenario);
  const line = {
    level: 1,
    anchor: scenario.price,
    reference: entry.price,
    haltedUntil: 0,
    ...entry,
    contract,
    scenario,
    random: options.random.split(scenario.symbol),
    dividends: announced.filter(({ symbol }) => symbol === scenario.symbol),
    options: optionsOf(options.listing, contract.conId),
  };
  return { ...line, quote: underlyingQuote(line, options.now) };
}

function save(line: Underlying): MarketStateEntry {
  const { price, heat, last, close, volume, day } = line;
  const { level, anchor, reference, haltedUntil } = line;
  const { model, price: first } = line.scenario;
  return {
    ...{ price, heat, last, close, volume, day },
    // Only what the scenario's model moves: every journal line carries it.
    ...(model.vol_of_vol > 0 ? { level } : {}),
    ...(anchor === first ? {} : { anchor }),
    ...(model.halt_pct === null ? {} : { reference, haltedUntil }),
  };
}

/** One step of the price; true when the quote changed. */
function tickUnderlying(line: Underlying, ts: number, tickMs: number): boolean {
  const { model } = line.scenario;
  const day = newYorkDate(ts);
  if (day !== line.day) {
    line.close = line.last;
    line.volume = 0;
    line.day = day;
    gapOvernight(line, model, line.random);
  }
  stepPrice(line, model, line.random, ts, tickMs);
  const halted = ts < line.haltedUntil;
  if (!halted) print(line, ts, busynessOf(model, ts));
  // In a halt the quote stands, whatever the news.
  const quote = halted ? { ...line.quote, halted, ts } : underlyingQuote(line, ts);
  const same = sameQuote(line.quote, quote);
  line.quote = quote;
  return !same;
}

/** A trade on every third tick or so, at one side of the market shown before. */
function print(line: Underlying, ts: number, busy: number): void {
  const draw = hash(line.contract.conId, ts);
  if (draw % 3 !== 0) return;
  line.last = draw % 2 === 0 ? line.quote.bid : line.quote.ask;
  line.volume += 100 * Math.round((1 + (draw % 5)) * busy * busy);
}

type UnderlyingState = Omit<Underlying, 'quote'>;

function underlyingQuote(line: UnderlyingState, ts: number): VenueQuote {
  const { spread_ticks: calm, size } = line.scenario.model;
  const ticks = Math.max(1, Math.round(calm * Math.sqrt(Math.max(1, line.heat))));
  const cents = line.price / MIN_TICK;
  const bid = Math.max(1, Math.round(cents - ticks / 2));
  const { conId } = line.contract;
  return {
    conId,
    bid: fromTicks(bid),
    ask: fromTicks(bid + ticks),
    last: line.last,
    bidSize: sizeNear(size, hash(conId, ts + 1)),
    askSize: sizeNear(size, hash(conId, ts + 2)),
    lastSize: 100,
    close: line.close,
    volume: line.volume,
    halted: false,
    ts,
    model: null,
  };
}

function optionQuote(
  line: Underlying,
  listing: Listing,
  contract: OptionContract,
  ts: number,
): VenueQuote | null {
  const { surface } = line.scenario;
  const terms = optionTermsAt(listing, line.dividends, contract, ts, surface.rate);
  if (terms === null) return null;
  // Behind a halt the price moves on, what is shown does not.
  const spot = line.quote.halted ? (line.quote.bid + line.quote.ask) / 2 : line.price;
  const model = priceOnSurface(surface, spot, terms, line.level);
  if (model === null) return null;
  const half =
    (optionSpread(surface.spread_vol, model, terms) / 2) * Math.sqrt(Math.max(1, line.heat));
  const bid = Math.floor((model.price - half) / MIN_TICK + 1e-6);
  const ask = Math.max(Math.ceil((model.price + half) / MIN_TICK - 1e-6), bid + 1, 1);
  const hold = Math.floor(ts / SIZE_HOLD_MS);
  const before = optionTermsAt(listing, line.dividends, contract, closedAt(ts), surface.rate);
  const closed = before && priceOnSurface(surface, line.close, before);
  return {
    conId: contract.conId,
    bid: bid > 0 ? fromTicks(bid) : Number.NaN,
    ask: fromTicks(ask),
    last: Number.NaN,
    bidSize: bid > 0 ? sizeNear(surface.size, hash(contract.conId, hold)) : 0,
    askSize: sizeNear(surface.size, hash(contract.conId, hold + 1)),
    lastSize: 0,
    close: roundTick(closed?.price ?? Number.NaN),
    volume: 0,
    halted: line.quote.halted,
    ts,
    model,
  };
}

/** When the session before that of `ts` closed: an option's close does not move with the day. */
function closedAt(ts: number): number {
  return tradingSession(previousTradingDay(newYorkDate(ts)))?.close ?? ts;
}

/** Between half and one and a half of the typical size. */
function sizeNear(typical: number, draw: number): number {
  return Math.max(1, Math.round(typical * (0.5 + (draw % 1000) / 1000)));
}

function hash(a: number, b: number): number {
  let mixed = Math.imul(a ^ 0x9e_37_79_b9, 0x85_eb_ca_6b) ^ (b % 4_294_967_296);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7f_eb_35_2d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x84_6c_a6_8b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Cents as the nearest double, so that 180.85 is the number a client writes. */
function fromTicks(ticks: number): number {
  return ticks / 100;
}

function roundTick(price: number): number {
  return Math.round(price * 100) / 100;
}
