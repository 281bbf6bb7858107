/**
 * Past prices of the stocks: what was seen since the exchange opened, in bars of five seconds, and
 * before that a past invented from the seed, so that a client which charts before it trades finds a
 * chart that ends where trading begins. A recording has no invented past.
 */

import {
  newYorkDate,
  previousTradingDay,
  type TradingSession,
  tradingSession,
} from '../../domain/calendar.ts';
import type { Random } from '../../runtime/random.ts';
import { findStock, type Listing } from './listing.ts';
import type { Scenario, ScenarioUnderlying } from './scenario.ts';
import type { VenueBar, VenueQuote } from './venue.ts';

export interface History {
  /** Keeps what the line showed. */
  note(quote: VenueQuote): void;
  /** Bars that begin in `[from, to)`, oldest first; `barMs` of a day means one for each session. */
  bars(conId: number, from: number, to: number, barMs: number): readonly VenueBar[];
  /** The earliest moment there are prices of; null where there are none. */
  headTime(conId: number): number | null;
}

const DAY_MS = 86_400_000;
const ATOM_MS = 5000;
const MINUTE_MS = 60_000;
/** Four sessions of five-second bars for each stock. */
const ATOMS_MAX = 20_000;
/** The invented past: a year of sessions. */
const PAST_SESSIONS = 252;
/** Days whose invented minutes are held. */
const DAYS_HELD = 300;

export function createHistory(scenario: Scenario, listing: Listing, random: Random): History {
  const seen = new Map<number, VenueBar[]>();
  const pasts = new Map<number, Past>();
  for (const underlying of scenario.underlyings) {
    const stock = findStock(listing, underlying.symbol);
    if (stock === undefined) continue;
    const own = random.split(underlying.symbol);
    pasts.set(stock.conId, createPast(underlying, scenario.start, own));
  }
  return {
    note(quote) {
      const price = priceOf(quote);
      if (listing.contracts.get(quote.conId)?.secType !== 'STK' || price === null) return;
      const atoms = seen.get(quote.conId) ?? [];
      seen.set(quote.conId, atoms);
      addTo(atoms, Math.floor(quote.ts / ATOM_MS) * ATOM_MS, price);
      if (atoms.length > ATOMS_MAX) atoms.splice(0, ATOMS_MAX / 10);
    },
    bars(conId, from, to, barMs) {
      const begins = Math.max(from, scenario.start);
      const recent = (seen.get(conId) ?? []).filter(({ ts }) => ts >= begins - ATOM_MS && ts < to);
      const past = pasts.get(conId)?.minutes(from, Math.min(to, scenario.start)) ?? [];
      return joinBars([...past, ...recent], from, barMs);
    },
    headTime(conId) {
      return pasts.get(conId)?.head ?? seen.get(conId)?.[0]?.ts ?? null;
    },
  };
}

interface Past {
  readonly head: number;
  minutes(from: number, to: number): readonly VenueBar[];
}

/** Day by day backwards from the close before the start; each day a bridge between two closes. */
function createPast(underlying: ScenarioUnderlying, start: number, random: Random): Past {
  const days: string[] = [newYorkDate(start)];
  const closes: number[] = [underlying.price, underlying.previous_close ?? underlying.price];
  const deviation = underlying.model.volatility / Math.sqrt(252);
  for (let index = 1; index <= PAST_SESSIONS; index += 1) {
    const day = previousTradingDay(days[index - 1] ?? '');
    days.push(day);
    const move = deviation * random.split(day).normal();
    closes.push((closes[index] ?? underlying.price) * Math.exp(-move));
  }
  const held = new Map<string, readonly VenueBar[]>();
  const minutesOf = (index: number): readonly VenueBar[] => {
    const day = days[index] ?? '';
    const known = held.get(day);
    if (known !== undefined) return known;
    const session = tradingSession(day);
    if (session === null) return [];
    const ends =
      index === 0 ? Math.min(session.close, Math.max(start, session.open)) : session.close;
    const between = { from: closes[index + 1] ?? 0, to: closes[index] ?? 0 };
    const made = bridge(
      { ...session, close: ends },
      between,
      deviation,
      random.split(`${day} path`),
    );
    if (held.size >= DAYS_HELD) held.clear();
    held.set(day, made);
    return made;
  };
  return {
    head: tradingSession(days.at(-1) ?? '')?.open ?? start,
    minutes(from, to) {
      const found: VenueBar[] = [];
      for (let index = days.length - 1; index >= 0; index -= 1) {
        const session = tradingSession(days[index] ?? '');
        if (session === null || session.close <= from || session.open >= to) continue;
        found.push(...minutesOf(index).filter(({ ts }) => ts >= from && ts < to));
      }
      return found;
    },
  };
}

function bridge(
  session: TradingSession,
  ends: { readonly from: number; readonly to: number },
  deviation: number,
  random: Random,
): readonly VenueBar[] {
  const steps = Math.max(0, Math.round((session.close - session.open) / MINUTE_MS));
  const walk = [0];
  for (let step = 1; step <= steps; step += 1) {
    walk.push((walk[step - 1] ?? 0) + random.normal() / Math.sqrt(390));
  }
  const last = walk[steps] ?? 0;
  const priceAt = (step: number): number => {
    const share = steps === 0 ? 1 : step / steps;
    const noise = deviation * ((walk[step] ?? 0) - share * last);
    return round(ends.from * Math.exp(share * Math.log(ends.to / ends.from) + noise));
  };
  return Array.from({ length: steps }, (_, step): VenueBar => {
    const open = priceAt(step);
    const close = priceAt(step + 1);
    const wick = Math.abs(random.normal()) * 0.02;
    const high = round(Math.max(open, close) + wick);
    const low = round(Math.max(0.01, Math.min(open, close) - wick));
    const volume = 100 * (1 + random.integer(50));
    return { ts: session.open + step * MINUTE_MS, open, high, low, close, volume, count: 10 };
  });
}

/** Joins small bars into larger ones, which begin at the session's open or, of a day, with it. */
function joinBars(atoms: readonly VenueBar[], from: number, barMs: number): readonly VenueBar[] {
  const bars: VenueBar[] = [];
  for (const atom of atoms) {
    const session = tradingSession(newYorkDate(atom.ts));
    const origin = session?.open ?? 0;
    const steps = Math.floor((atom.ts - origin) / barMs);
    const ts = barMs >= DAY_MS ? origin : origin + steps * barMs;
    if (ts < from && atom.ts < from) continue;
    const before = bars.at(-1);
    if (before?.ts !== ts) bars.push({ ...atom, ts });
    else {
      bars[bars.length - 1] = {
        ...before,
        high: Math.max(before.high, atom.high),
        low: Math.min(before.low, atom.low),
        close: atom.close,
        volume: before.volume + atom.volume,
        count: before.count + atom.count,
      };
    }
  }
  return bars;
}

function addTo(atoms: VenueBar[], ts: number, price: number): void {
  const before = atoms.at(-1);
  if (before === undefined || before.ts !== ts) {
    atoms.push({ ts, open: price, high: price, low: price, close: price, volume: 100, count: 1 });
    return;
  }
  const high = Math.max(before.high, price);
  const low = Math.min(before.low, price);
  const volume = before.volume + 100;
  atoms[atoms.length - 1] = { ...before, high, low, close: price, volume, count: before.count + 1 };
}

function priceOf(quote: VenueQuote): number | null {
  if (quote.bid > 0 && quote.ask >= quote.bid) return round((quote.bid + quote.ask) / 2);
  return quote.last > 0 ? quote.last : null;
}

/** Half a cent: the middle of a market that is one cent wide. */
function round(price: number): number {
  return Math.round(price * 200) / 200;
}
