/**
 * A year of sessions before the exchange opened, invented from the seed: day by day backwards from
 * the close before the start, and within each day a bridge between two closes. A client that
 * charts before it trades finds a chart that ends where trading begins, the same in every run.
 */

import {
  newYorkDate,
  previousTradingDay,
  type TradingSession,
  tradingSession,
} from '../../domain/calendar.ts';
import type { Random } from '../../runtime/random.ts';
import { busynessOf } from './price-process.ts';
import type { ScenarioUnderlying } from './scenario.ts';
import type { VenueBar } from './venue.ts';

export interface Past {
  /** The opening of its first session, epoch ms. */
  readonly head: number;
  /** Middles of the market, minute by minute, with what was traded in them. */
  minutes(from: number, to: number): readonly VenueBar[];
}

const MINUTE_MS = 60_000;
const PAST_SESSIONS = 252;
/** Days whose minutes are held. */
const DAYS_HELD = 300;
const SESSION_MINUTES = 390;

export function createPast(underlying: ScenarioUnderlying, start: number, random: Random): Past {
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
    const path = random.split(`${day} path`);
    const made = bridge({ ...session, close: ends }, between, underlying.model, path);
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
        for (const bar of minutesOf(index)) if (bar.ts >= from && bar.ts < to) found.push(bar);
      }
      return found;
    },
  };
}

function bridge(
  session: TradingSession,
  ends: { readonly from: number; readonly to: number },
  model: ScenarioUnderlying['model'],
  random: Random,
): readonly VenueBar[] {
  const deviation = model.volatility / Math.sqrt(252);
  const steps = Math.max(0, Math.round((session.close - session.open) / MINUTE_MS));
  const busy = (step: number): number => busynessOf(model, session.open + step * MINUTE_MS);
  const walk = [0];
  for (let step = 1; step <= steps; step += 1) {
    const move = (busy(step - 1) * random.normal()) / Math.sqrt(SESSION_MINUTES);
    walk.push((walk[step - 1] ?? 0) + move);
  }
  const last = walk[steps] ?? 0;
  const priceAt = (step: number): number => {
    const share = steps === 0 ? 1 : step / steps;
    const noise = deviation * ((walk[step] ?? 0) - share * last);
    return roundMiddle(ends.from * Math.exp(share * Math.log(ends.to / ends.from) + noise));
  };
  return Array.from({ length: steps }, (_, step): VenueBar => {
    const open = priceAt(step);
    const close = priceAt(step + 1);
    const wick = Math.abs(random.normal()) * 0.02;
    const high = roundMiddle(Math.max(open, close) + wick);
    const low = roundMiddle(Math.max(0.01, Math.min(open, close) - wick));
    const lots = (1 + random.integer(50)) * busy(step) ** 2;
    const volume = 100 * Math.max(1, Math.round(lots));
    return { ts: session.open + step * MINUTE_MS, open, high, low, close, volume, count: 10 };
  });
}

/** Half a cent: the middle of a market that is one cent wide. */
export function roundMiddle(price: number): number {
  return Math.round(price * 200) / 200;
}
