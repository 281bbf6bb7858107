/**
 * What the gates compare and show: leaves that compute from a situation, and decide nothing. Which
 * gate is closed by what stands in `gate-checks.ts`.
 */

import type { GatePurpose } from './gates.ts';
import { priceCollar } from './price.ts';
import type { Situation } from './situation.ts';
import { newYorkHours } from './time-text.ts';

export type GateValue = string | number | boolean | null;

/** One that is not known stops nothing, and must not look like one that is well. */
export function pnlValue(dailyPnl: number | null, since: number | null = null): GateValue {
  if (dailyPnl === null) return 'unknown';
  return since === null
    ? rounded(dailyPnl, 2)
    : `${dailyPnl.toFixed(2)}, counted since ${newYorkHours(since)}`;
}

/** A price, or that there is none. */
export const priceText = (price: number): string => (Number.isNaN(price) ? 'none' : `${price}`);

/** Whether what degrades the daemon keeps a trade of this purpose back. */
export function degradedBlocks(
  reason: { readonly blocksHedge: boolean; readonly blocksFlatten: boolean },
  purpose: GatePurpose,
): boolean {
  return purpose === 'flatten' ? reason.blocksFlatten : reason.blocksHedge;
}

/** Settings of the gates of strategy. */
export function strategy(s: Situation): Situation['input']['settings']['gates']['strategy'] {
  return s.input.settings.gates.strategy;
}

/** Settings of the last guard. */
export function risk(s: Situation): Situation['input']['settings']['gates']['guard']['risk'] {
  return s.input.settings.gates.guard.risk;
}

/** While the session is open; −1 otherwise. */
export function sinceOpenMs({ day, now }: Situation): number {
  return day.session !== null && day.state === 'open' ? now - day.session.open : -1;
}

/** While the session is open; −1 otherwise. */
export function toCloseMs({ day, now }: Situation): number {
  return day.session !== null && day.state === 'open' ? day.session.close - now : -1;
}

/** Near earnings: whether the mode keeps this trade back. */
export function earningsBlocks(s: Situation): boolean {
  const { mode } = strategy(s).earnings;
  return mode === 'block' || (mode === 'force_only' && s.purpose !== 'forced');
}

/** What must be hedged may take twice the day's number. */
export function hedgeCountLimit(s: Situation): number {
  return risk(s).max_daily_hedge_count * (s.purpose === 'forced' ? 2 : 1);
}

/** How late prices come; 0 before the first. */
export function lagMs(s: Situation): number {
  return s.input.quotes?.lagMs ?? 0;
}

/** Seconds since the legs changed, or why they may change again. */
export function settling(s: Situation): GateValue {
  if (s.input.legsUnexplained) return 'contracts came or went without a trade';
  return s.now < s.optionOrderUntil ? 'an option order is open' : rounded(settledForS(s), 1);
}

function settledForS({ settledAt, now, input }: Situation): number {
  return (now - settledAt) / 1000 + input.settings.gates.state.leg_settle_s;
}

/** The side of the quote that the needed trade would take. */
export function touch({ input, need }: Situation): number | null {
  if (input.quotes === null || need === 0) return null;
  return rounded(need > 0 ? input.quotes.ask : input.quotes.bid, 4);
}

/** The worst price that the needed trade may have. */
export function collarEdge(s: Situation): number | null {
  const { quotes } = s.input;
  if (quotes === null || s.need === 0) return null;
  const { low, high } = priceCollar(quotes.bid, quotes.ask, risk(s).price_collar_pct);
  return rounded(s.need > 0 ? high : low, 4);
}

/** As it is shown; null for what is no number. */
export function rounded(value: number | null, digits: number): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale + 0;
}

/** A moment, or null for never. */
export function finite(ts: number): number | null {
  return Number.isFinite(ts) ? ts : null;
}
