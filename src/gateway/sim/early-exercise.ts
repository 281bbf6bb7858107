/**
 * Whether the holder of an option gains by exercising it tonight: alive it is worth less than dead.
 * A call is never exercised before the evening of the last day with a dividend. In a model market
 * the model says what an option is worth alive. A recorded quote cannot: it never falls below what
 * exercise brings. There the option at the same strike with the other right tells what would be
 * given up, by put-call parity, and interest and dividends what would be gained.
 */

import { newYorkDate, nextTradingDay } from '../../domain/calendar.ts';
import type { OptionContract } from '../../domain/contract.ts';
import { expiryTime, yearsUntil } from '../../pricing/time-to-expiry.ts';
import { type Dividend, effectiveAt, presentValue } from './dividends.ts';
import { intrinsicValue } from './exercise.ts';
import { MIN_TICK } from './listing.ts';
import type { Turn } from './turn.ts';

/** False where it cannot be known. */
export function gainsByExercise(
  turn: Turn,
  option: OptionContract,
  dividends: readonly Dividend[],
): boolean {
  const own = dividends.filter(({ symbol }) => symbol === option.symbol);
  if (option.right === 'C' && !paysTomorrow(turn, own)) return false;
  const dead = intrinsicValue(turn, option);
  return dead >= MIN_TICK && aliveValue(turn, option, own, dead) < dead - MIN_TICK;
}

function paysTomorrow(turn: Turn, dividends: readonly Dividend[]): boolean {
  const now = turn.now();
  const tomorrow = effectiveAt(nextTradingDay(newYorkDate(now)));
  return dividends.some(({ exAt }) => exAt > now && exAt <= tomorrow);
}

/** USD per unit of the multiplier; infinity where it is not known, so that nobody exercises. */
function aliveValue(
  turn: Turn,
  option: OptionContract,
  dividends: readonly Dividend[],
  dead: number,
): number {
  const { recorded } = turn.scenario;
  const unknown = Number.POSITIVE_INFINITY;
  const now = turn.now();
  if (recorded === undefined) return turn.market.quote(option.conId, now)?.model?.price ?? unknown;
  // What delivers other than its multiplier of shares has no such partner.
  if (turn.listing.deliverables.has(option.conId)) return unknown;
  const expires = expiryTime(option.expiry);
  const interest = option.strike * -Math.expm1(-recorded.rate * yearsUntil(expires, now));
  const paid = presentValue(dividends, now, expires, recorded.rate);
  const gained = option.right === 'C' ? paid - interest : interest - paid;
  return dead - gained + partnerValue(turn, option);
}

const KEY = ['underlyingConId', 'tradingClass', 'expiry', 'strike'] as const;

/** The other right at the same strike: its middle, or half of what is asked where nobody bids. */
function partnerValue(turn: Turn, option: OptionContract): number {
  for (const other of turn.listing.contracts.values()) {
    if (other.secType !== 'OPT' || other.right === option.right) continue;
    if (!KEY.every((term) => other[term] === option[term])) continue;
    const quote = turn.market.quote(other.conId, turn.now());
    if (quote === null || !(quote.ask > 0)) continue;
    return quote.bid > 0 ? (quote.bid + quote.ask) / 2 : quote.ask / 2;
  }
  return Number.POSITIVE_INFINITY;
}
