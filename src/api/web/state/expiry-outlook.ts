/**
 * What the next expiry of a book brings, as the price stands: which options end in the money, which
 * are too near their strike to say, and how many shares come or go.
 */

import type { LegView } from '../../../protocol/leg-view.ts';
import type { BookView } from '../../../protocol/views.ts';
import { daysTo } from '../format.ts';

/** Earlier nobody prepares for it. */
const AHEAD_DAYS = 7;
/** As the alarm `pin_risk`: near enough that the close may end on either side. */
const NEAR_PCT = 0.5;

export type Ending = 'exercised' | 'assigned' | 'worthless' | 'either';

export interface ExpiringLeg {
  readonly leg: LegView;
  /** Of the spot, above the strike, percent. */
  readonly distancePct: number;
  readonly ends: Ending;
  /** Shares that come (positive) or go if it ends in the money. */
  readonly shares: number;
}

export interface ExpiryOutlook {
  /** `YYYYMMDD`. */
  readonly expiry: string;
  readonly days: number;
  readonly legs: readonly ExpiringLeg[];
  /** Ours now, and after delivery: where a strike is near, the least and the most. */
  readonly owned: number;
  readonly least: number;
  readonly most: number;
}

/** Null where nothing expires soon, or a price is not known. */
export function expiryOutlook(
  book: Pick<BookView, 'legs' | 'spot' | 'stock_position' | 'trading_ts'>,
): ExpiryOutlook | null {
  const { legs, spot, stock_position: owned, trading_ts: now } = book;
  const [expiry] = legs.map((leg) => leg.expiry).sort();
  if (expiry === undefined || spot === null || owned === null || now === null) return null;
  const days = daysTo(expiry, now);
  if (days > AHEAD_DAYS) return null;
  const expiring = legs.filter((leg) => leg.expiry === expiry);
  const near = expiring.filter((leg) => Math.abs(distanceOf(leg, spot)) <= NEAR_PCT);
  // The price may end on either side of each strike that is near, and on one of them alone.
  const endings = [spot, ...near.flatMap(({ strike }) => [strike - 0.01, strike + 0.01])];
  const after = endings.map((at) => owned + delivered(expiring, at));
  return {
    ...{ expiry, days, owned, least: Math.min(...after), most: Math.max(...after) },
    legs: expiring
      .toSorted((a, b) => a.strike - b.strike || a.right.localeCompare(b.right))
      .map((leg) => ({
        leg,
        distancePct: distanceOf(leg, spot),
        ends: endingOf(leg, spot),
        shares: sharesOf(leg),
      })),
  };
}

function endingOf(leg: LegView, spot: number): Ending {
  if (Math.abs(distanceOf(leg, spot)) <= NEAR_PCT) return 'either';
  if (!isInTheMoney(leg, spot)) return 'worthless';
  return leg.quantity > 0 ? 'exercised' : 'assigned';
}

function distanceOf({ strike }: LegView, spot: number): number {
  return ((spot - strike) / strike) * 100;
}

function isInTheMoney({ right, strike }: LegView, spot: number): boolean {
  return right === 'C' ? spot > strike : spot < strike;
}

function sharesOf({ right, quantity, multiplier }: LegView): number {
  return quantity * multiplier * (right === 'C' ? 1 : -1);
}

function delivered(legs: readonly LegView[], spot: number): number {
  return legs.reduce((sum, leg) => sum + (isInTheMoney(leg, spot) ? sharesOf(leg) : 0), 0);
}
