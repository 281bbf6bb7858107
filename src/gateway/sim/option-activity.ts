/** How many options of a stock are open and traded today: the model's rule of thumb, no market. */

import { newYorkDate, tradingSession } from '../../domain/calendar.ts';
import { expiryTime } from '../../pricing/time-to-expiry.ts';
import type { Listing } from './listing.ts';
import type { OptionActivity } from './venue.ts';

/** Open contracts at the money, as a multiple of what is displayed there. */
const OPEN_OF_SIZE = 50;
/** What of the open contracts trades in a whole session. */
const TRADED_OF_OPEN = 0.2;
/** Where interest has fallen to 60 percent: this far from the money. */
const WIDTH = 0.15;

/** Of a stock at its price; `size`: contracts displayed at the money. */
export function optionActivityOf(
  listing: Listing,
  stock: { readonly conId: number; readonly price: number },
  size: number,
  now: number,
): OptionActivity {
  const open = { C: 0, P: 0 };
  for (const option of listing.contracts.values()) {
    if (option.secType !== 'OPT' || option.underlyingConId !== stock.conId) continue;
    if (expiryTime(option.expiry) <= now) continue;
    const away = Math.log(option.strike / stock.price) / WIDTH;
    open[option.right] += Math.round(size * OPEN_OF_SIZE * Math.exp((-away * away) / 2));
  }
  const part = TRADED_OF_OPEN * sessionPart(now);
  return {
    callOpenInterest: open.C,
    putOpenInterest: open.P,
    callVolume: Math.round(open.C * part),
    putVolume: Math.round(open.P * part),
  };
}

/** How much of today's session has passed, 0 to 1. */
function sessionPart(now: number): number {
  const session = tradingSession(newYorkDate(now));
  if (session === null) return 0;
  const passed = (now - session.open) / (session.close - session.open);
  return Math.min(1, Math.max(0, passed));
}
