/** Where the day's P&L came from, as people and programs read it. */

import {
  type Attribution,
  addAttribution,
  breakEvenMove,
  costsOf,
  realisedToImplied,
  unexplainedLimit,
} from '../../src/domain/attribution.ts';
import { dayStart } from '../../src/domain/calendar.ts';
import { type Anchor, type DayAttribution, gammaSigma } from '../../src/domain/day-attribution.ts';
import { scalpedSince } from '../../src/domain/scalped.ts';
import type { AttributionView } from '../../src/protocol/attribution-view.ts';
import { attributionOf } from './attribution.ts';
import type { BookState } from './state.ts';

type SplitView = Omit<AttributionView['interval'], 'from_ts'>;

/** Theta is per calendar day, and so is the move that earns it. */
const DAY_YEARS = 1 / 365;

interface Shown {
  readonly attribution: AttributionView | null;
  /** Why there is none. */
  readonly attribution_reason: string | null;
}

/** The day up to now. */
export function viewAttribution(state: BookState, now: number): Shown {
  const found = attributionOf(state, now);
  if ('reason' in found) return { attribution: null, attribution_reason: found.reason };
  const { day, open } = found;
  const sum = addAttribution(day.sum, open);
  const attribution: AttributionView = {
    ...splitView(sum),
    day: day.day,
    realised_to_implied: realisedToImplied(sum),
    break_even_move: breakEven(day.anchor),
    scalped: scalpedSince(state.ledger, dayStart(now)),
    unexplained_limit: unexplainedLimit(sum),
    large_move: largeMoveView(day),
    interval: { ...splitView(open), from_ts: day.anchor.ts },
    since_hedge: { ...splitView(addAttribution(day.sinceHedge, open)), from_ts: day.hedgedAt },
  };
  return { attribution, attribution_reason: null };
}

function splitView(split: Attribution): SplitView {
  const { vannaVolga, optionSpread, impliedGamma: _, ...terms } = split;
  const parts = { ...terms, vanna_volga: vannaVolga, option_spread: optionSpread };
  return { ...parts, costs: costsOf(split) };
}

/** Of the whole book in one day, USD per share; null where its gammas have no common volatility. */
function breakEven(anchor: Anchor): number | null {
  const sigma = gammaSigma(anchor);
  return sigma > 0 && Number.isFinite(sigma) ? breakEvenMove(anchor.spot, sigma, DAY_YEARS) : null;
}

function largeMoveView({ largeMove }: DayAttribution): AttributionView['large_move'] {
  if (largeMove === null || largeMove === undefined) return null;
  const { from, until, ...parts } = largeMove;
  return { ...parts, from_ts: from, until_ts: until };
}
