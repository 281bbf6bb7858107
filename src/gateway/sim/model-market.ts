/**
 * The seeded market: each underlying diffuses and jumps through the open hours; options follow it
 * through the volatility surface. What is random is drawn per underlying and tick only, so that who
 * watches which line changes no price: sizes and prints are hashes of line and time.
 */

import assert from 'node:assert/strict';
import { newYorkDate, sessionState } from '../../domain/calendar.ts';
import type { OptionContract, StockContract } from '../../domain/contract.ts';
import { expiryTime, yearsUntil } from '../../pricing/time-to-expiry.ts';
import type { Random } from '../../runtime/random.ts';
import { findStock, type Listing, MIN_TICK } from './listing.ts';
import { type Market, type MarketState, type MarketStateEntry, sameQuote } from './market.ts';
import { optionSpread, priceOnSurface } from './option-model.ts';
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

const DAY_YEARS = 1 / 365;
/** A year of open time: 252 sessions of six and a half hours. */
const OPEN_YEAR_MS = 252 * 6.5 * 3_600_000;
const OPEN_HOUR_MS = 3_600_000;
/** Time in which a jump's effect on the spread halves. */
const HEAT_HALF_LIFE_MS = 5000;
const HEAT_MAX = 36;
const PRICE_MIN = 0.05;
/** Displayed option sizes hold this long. */
const SIZE_HOLD_MS = 4000;

interface Underlying {
  readonly contract: StockContract;
  readonly scenario: ScenarioUnderlying;
  readonly random: Random;
  readonly options: readonly OptionContract[];
  price: number;
  heat: number;
  last: number;
  close: number;
  volume: number;
  day: string;
  quote: VenueQuote;
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
    return shown === undefined ? optionQuote(this.#byConId, contract, ts) : { ...shown, ts };
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
    line.quote = underlyingQuote(line, ts);
    changed(conId);
    for (const contract of line.options) {
      if (this.#wanted.has(contract.conId)) this.#show(contract, ts, changed);
    }
    return true;
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

  #show(contract: OptionContract, ts: number, changed: (conId: number) => void): void {
    const quote = optionQuote(this.#byConId, contract, ts);
    const before = this.#shown.get(contract.conId);
    if (quote === null || (before !== undefined && sameQuote(before, quote))) return;
    this.#shown.set(contract.conId, quote);
    changed(contract.conId);
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
  const line = {
    ...entry,
    contract,
    scenario,
    random: options.random.split(scenario.symbol),
    options: [...options.listing.contracts.values()].filter(
      (option) => option.secType === 'OPT' && option.underlyingConId === contract.conId,
    ) as OptionContract[],
  };
  return { ...line, quote: underlyingQuote(line, options.now) };
}

function save(line: Underlying): MarketStateEntry {
  const { price, heat, last, close, volume, day } = line;
  return { price, heat, last, close, volume, day };
}

/** One step of the price; true when the quote changed. */
function tickUnderlying(line: Underlying, ts: number, tickMs: number): boolean {
  const day = newYorkDate(ts);
  if (day !== line.day) {
    line.close = line.last;
    line.volume = 0;
    line.day = day;
    const { gap_pct: gap } = line.scenario.model;
    if (gap > 0) line.price *= Math.exp((gap / 100) * line.random.normal());
  }
  const { model, price: anchor } = line.scenario;
  const years = tickMs / OPEN_YEAR_MS;
  const busy = model.intraday === 'smile' ? busyness(ts) : 1;
  const deviation = model.volatility * busy * Math.sqrt(years);
  let move = (model.drift - model.volatility ** 2 / 2) * years + deviation * line.random.normal();
  const jumps = line.random.next() < (model.jumps_per_hour * tickMs) / OPEN_HOUR_MS;
  if (jumps) move += (model.jump_pct / 100) * line.random.normal();
  if (model.reversion_min !== null) {
    const pull = (Math.LN2 * tickMs) / (model.reversion_min * 60_000);
    move += pull * Math.log(anchor / line.price);
  }
  line.price = Math.max(PRICE_MIN, line.price * Math.exp(move));

  const keep = 0.5 ** (tickMs / HEAT_HALF_LIFE_MS);
  const surprise = deviation > 0 ? (move / deviation) ** 2 : 1;
  line.heat = Math.min(HEAT_MAX, keep * line.heat + (1 - keep) * surprise);
  print(line, ts, busy);
  const quote = underlyingQuote(line, ts);
  const same = sameQuote(line.quote, quote);
  line.quote = quote;
  return !same;
}

/** How lively this moment of the session is: 1 on average, 1.4 at its ends, 0.8 in its middle. */
function busyness(ts: number): number {
  const { session } = sessionState(ts);
  if (session === null) return 1;
  const share = Math.min(1, Math.max(0, (ts - session.open) / (session.close - session.open)));
  return 0.8 + 0.6 * (2 * share - 1) ** 2;
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
  byConId: ReadonlyMap<number, Underlying>,
  contract: OptionContract,
  ts: number,
): VenueQuote | null {
  const line = byConId.get(contract.underlyingConId);
  const years = yearsUntil(expiryTime(contract.expiry), ts);
  if (line === undefined || years < 0) return null;
  const { surface } = line.scenario;
  const { strike, right } = contract;
  const terms = { strike, right, years };
  const model = priceOnSurface(surface, line.price, terms);
  if (model === null) return null;
  const half =
    (optionSpread(surface.spread_vol, model, terms) / 2) * Math.sqrt(Math.max(1, line.heat));
  const bid = Math.floor((model.price - half) / MIN_TICK + 1e-6);
  const ask = Math.max(Math.ceil((model.price + half) / MIN_TICK - 1e-6), bid + 1, 1);
  const hold = Math.floor(ts / SIZE_HOLD_MS);
  const closed = priceOnSurface(surface, line.close, { ...terms, years: years + DAY_YEARS });
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
    halted: false,
    ts,
    model,
  };
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
