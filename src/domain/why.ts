/**
 * Why a book hedges or does not: as a code with its numbers, which every language can say, and as
 * one English sentence made of it, with numbers and units.
 */

import { unpricedLegs } from './book-greeks.ts';
import type { SafeCause } from './causes.ts';
import type { GateResult } from './gate-checks.ts';
import { GATE_BY_ID } from './gates.ts';
import type { HedgeBand } from './policy.ts';
import type { Situation } from './situation.ts';
import { momentText, numberText } from './time-text.ts';

/** What was judged, as far as the sentence needs it. */
export interface Judged {
  readonly verdict: string;
  readonly causes: readonly SafeCause[];
  readonly netDelta: number;
  readonly band: HedgeBand;
  readonly need: number;
  readonly quantity: number;
}

/** What is said, before it is put in words. Moments are epoch ms; numbers as they are shown. */
export type Why =
  /** The broker's time is not known yet. */
  | { readonly code: 'no_time' }
  | { readonly code: 'cause'; readonly cause: SafeCause }
  /** The cause is gone, and has to stay so for as long before it goes on. */
  | { readonly code: 'safe_hold'; readonly hold_s: number }
  | { readonly code: 'empty' }
  /** `legs`: those whose greeks are not known; empty where it is not for the legs. */
  | { readonly code: 'unpriced'; readonly legs: string }
  | ({ readonly code: 'in_band' | 'below_threshold' } & Against)
  /** `shares` are bought (positive) or sold as soon as the gate opens. */
  | {
      readonly code: 'closed';
      readonly shares: number;
      readonly gate: GateResult['gate'];
      readonly value: GateResult['value'];
      readonly limit: GateResult['limit'];
      readonly unit: string;
      readonly opens_at: number | null;
    }
  | ({ readonly code: 'forced' | 'trades'; readonly shares: number } & Against);

/** Net delta and the range that it is held against. */
interface Against {
  readonly net_delta: number;
  readonly low: number;
  readonly high: number;
}

/** In the operator's words; the ids stay in front, because reasons are searched for. */
export const CAUSE_TEXT: Readonly<Record<SafeCause, string>> = {
  broker_down: 'the broker is not connected',
  data_stale: 'the underlying is silent and a probe was not answered',
  greeks_bad: 'the delta of a leg is not known',
  orphan_shares: 'shares of ours are left, but no option leg',
  expiry_pending: 'an expired leg near its strike is not yet settled',
  exec_fault: "an order's fate is unknown, or orders were refused in a row",
  daily_loss_limit: "the day's loss limit is reached",
  position_break: "the account's shares are not explained",
  ownership_unconfirmed: 'it is not confirmed which shares are ours',
  corporate_action: 'the terms of a leg have changed',
};

/** What there is to say of a judgement. */
export function whyOf(situation: Situation, judged: Judged, gates: readonly GateResult[]): Why {
  const [cause] = judged.causes;
  if (cause !== undefined) return { code: 'cause', cause };
  const { netDelta: net_delta, band } = judged;
  switch (judged.verdict) {
    case 'EMPTY':
      return { code: 'empty' };
    case 'UNPRICED':
      return { code: 'unpriced', legs: unpricedOf(situation) };
    case 'NO_TRADE':
      return { code: 'in_band', net_delta, low: band.low, high: band.high };
    case 'MONITOR':
      return { code: 'below_threshold', net_delta, low: band.triggerLow, high: band.triggerHigh };
    default:
      return tradeOf(situation, judged, gates);
  }
}

function tradeOf(situation: Situation, judged: Judged, gates: readonly GateResult[]): Why {
  const { quantity, need, netDelta: net_delta, band } = judged;
  const shares = quantity === 0 ? need : quantity;
  const closed = gates.find((gate) => !gate.pass);
  if (closed !== undefined) {
    const { gate, value, limit, unit, opensAt: opens_at } = closed;
    return { code: 'closed', shares, gate, value, limit, unit, opens_at };
  }
  if (situation.purpose === 'forced') {
    const { max_delta_limit: high } = situation.input.settings.gates.state.delta;
    return { code: 'forced', shares, net_delta, low: -high, high };
  }
  return { code: 'trades', shares, net_delta, low: band.triggerLow, high: band.triggerHigh };
}

/** The sentence. Moments of other days than that of `now` are told with their date. */
export function whyText(why: Why, now: number): string {
  switch (why.code) {
    case 'no_time':
      return 'waiting for the broker’s time';
    case 'cause':
      return `does not hedge: ${why.cause}, ${CAUSE_TEXT[why.cause]}`;
    case 'safe_hold':
      return `safe_hold: the cause is gone, and it goes on after ${why.hold_s} s without one`;
    case 'empty':
      return 'the book has no option legs';
    case 'unpriced':
      return `net delta is not known${why.legs === '' ? '' : `: no greeks of ${why.legs}`}`;
    case 'in_band':
      return `${deltaText(why)} is inside the band ${rangeText(why)}`;
    case 'below_threshold':
      return `${deltaText(why)} is outside the band, but below the threshold ${rangeText(why)}`;
    case 'closed': {
      const verb = why.shares > 0 ? 'buy' : 'sell';
      return `would ${verb} ${sharesText(why.shares)}, but ${closedText(why, now)}`;
    }
    default: {
      const verb = why.shares > 0 ? 'buys' : 'sells';
      const limit =
        why.code === 'forced' ? `the limit ±${why.high}` : `the threshold ${rangeText(why)}`;
      return `${verb} ${sharesText(why.shares)}: ${deltaText(why)} is at or beyond ${limit}`;
    }
  }
}

function deltaText({ net_delta }: Against): string {
  return `net delta ${numberText(net_delta, 1, true)}`;
}

function sharesText(shares: number): string {
  return `${Math.abs(shares)} ${Math.abs(shares) === 1 ? 'share' : 'shares'}`;
}

function closedText(gate: Extract<Why, { readonly code: 'closed' }>, now: number): string {
  if (gate.opens_at !== null) return `${gate.gate} opens at ${momentText(gate.opens_at, now)}`;
  const { meaning } = GATE_BY_ID[gate.gate];
  if (typeof gate.value === 'boolean' || gate.value === null) return `${gate.gate}: ${meaning}`;
  const unit = gate.unit === '' ? '' : ` ${gate.unit}`;
  return `${gate.gate}: ${meaning} (${textOf(gate.value)} against ${textOf(gate.limit)}${unit})`;
}

function unpricedOf({ legs, input }: Situation): string {
  return legs.valid ? '' : unpricedLegs(input.legs, input.quotes);
}

function textOf(value: GateResult['value']): string {
  return typeof value === 'number' ? numberText(value, 4) : String(value);
}

function rangeText({ low, high }: Against): string {
  if (low === -high) return `±${numberText(high, 1)}`;
  return `${numberText(low, 1)} … ${numberText(high, 1, true)}`;
}
