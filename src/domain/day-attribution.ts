/**
 * The profit and loss of a book's trading day, interval by interval. A day is measured from the
 * previous close: a moment tells what stood then and what has flowed since, so that the difference
 * of two moments is an interval, and intervals add up to the day's P&L whatever comes between them.
 * All of it is plain data without NaN: a day in progress survives in the journal.
 */

import {
  type Attribution,
  addAttribution,
  attribute,
  type IntervalTrade,
  type LegInterval,
  type LegState,
  NO_ATTRIBUTION,
  NO_CASH,
  type Revaluation,
  withTotal,
} from './attribution.ts';

const YEAR_MS = 365 * 86_400_000;

/** An option of the book, or one that was there today. */
export interface MomentLeg {
  readonly conId: number;
  /** Contracts, signed. */
  readonly quantity: number;
  readonly multiplier: number;
  /** USD per share, and annualised. */
  readonly mark: number;
  readonly sigma: number;
  /** Contracts bought (+) and sold (−) today, and what they cost per unit of the multiplier. */
  readonly traded: number;
  readonly cost: number;
  /** Contracts that came or went today by exercise, assignment or expiry, signed. */
  readonly events: number;
}

/** A book at one moment of a trading day; flows are those of the day so far. */
export interface Moment<L extends MomentLeg = MomentLeg> {
  /** Trading time, epoch ms. */
  readonly ts: number;
  readonly spot: number;
  /** Owned shares. */
  readonly shares: number;
  readonly rate: number;
  readonly dividendYield: number;
  /** The day's P&L, USD. */
  readonly pnl: number;
  /** USD received (+) and paid (−) by executions, and by shares that came without an order. */
  readonly executionCash: number;
  readonly adjustmentCash: number;
  readonly adjustedShares: number;
  readonly commissions: number;
  /** Shares traded whose decision is known, and their worth at the mid of it, both signed. */
  readonly decidedShares: number;
  readonly decidedWorth: number;
  readonly legs: readonly L[];
}

/** A leg with the greeks that an interval begins with; zeros where they are not known. */
export interface AnchorLeg extends MomentLeg {
  readonly state: LegState;
}

export type Anchor = Moment<AnchorLeg>;

/**
 * Contracts that came or went, as it was noticed: what they were worth then. Whether they were
 * traded or delivered, and at what price, may be told much later.
 */
export interface LegShift {
  readonly conId: number;
  readonly quantity: number;
  readonly multiplier: number;
  readonly ts: number;
  readonly spot: number;
  readonly state: LegState;
}

/** What one hedge came to: all that was gained since the hedge before, and what it cost. */
export interface HedgeAttribution {
  readonly orderRef: string;
  /** Trading times. */
  readonly from: number;
  readonly until: number;
  readonly split: Attribution;
}

/** An interval whose move was too large for greeks, revalued in full; USD. */
export interface LargeMove extends Revaluation {
  /** Trading times. */
  readonly from: number;
  readonly until: number;
}

/** A day in progress. */
export interface DayAttribution {
  /** `YYYYMMDD`. */
  readonly day: string;
  /** Where the open interval begins. */
  readonly anchor: Anchor;
  /** Of all closed intervals. */
  readonly sum: Attribution;
  /** Since the last hedge, and since when. */
  readonly sinceHedge: Attribution;
  readonly hedgedAt: number;
  /** The latest of the day. */
  readonly largeMove: LargeMove | null;
  /** A hedge that has ended and whose commission may still be on its way. */
  readonly ended: HedgeAttribution | null;
}

export const NO_LEG_STATE: LegState = {
  mark: 0,
  sigma: 0,
  delta: 0,
  gamma: 0,
  theta: 0,
  vega: 0,
  vanna: 0,
  volga: 0,
  rho: 0,
  epsilon: 0,
};

/** Begins at the previous close: nothing has flowed, and the day has made nothing. */
export function beginDay(day: string, close: Anchor): DayAttribution {
  const nothing = { sum: NO_ATTRIBUTION, sinceHedge: NO_ATTRIBUTION };
  return { day, anchor: close, hedgedAt: close.ts, ...nothing, largeMove: null, ended: null };
}

/**
 * Splits what happened from the anchor to `end`. Legs that the book had at the previous close but
 * not at the anchor have joined it with all that they made today: for them it begins at `close`.
 */
export function attributeSince(
  anchor: Anchor,
  end: Moment,
  close: Anchor,
  exDividend: number,
  noticed: readonly LegShift[] = [],
): Attribution {
  const shifts = noticed.filter((shift) => explainsShift(anchor, end, noticed, shift));
  const ends = new Map(end.legs.map((leg) => [leg.conId, leg]));
  const starts = new Map(anchor.legs.map((leg) => [leg.conId, leg]));
  const late = close.legs.filter(({ conId }) => !starts.has(conId) && ends.has(conId));
  const main = attribute({
    years: (end.ts - anchor.ts) / YEAR_MS,
    spotStart: anchor.spot,
    spotEnd: end.spot,
    shares: anchor.shares,
    legs: held(anchor.legs, ends),
    rateMove: end.rate - anchor.rate,
    yieldMove: end.dividendYield - anchor.dividendYield,
    exDividend,
    trades: [...hedgesBetween(anchor, end), ...optionTrades(starts, end, shifts)],
    cash: {
      ...NO_CASH,
      commission: end.commissions - anchor.commissions,
      exercise: deliveries(anchor, starts, end, shifts),
    },
  });
  const joined = held(late, ends).map((leg) => attributeLeg(leg, close, end));
  const shifted = shifts.flatMap(({ conId, quantity, multiplier, state, ...at }) => {
    const own = { ...NO_FLOWS, conId, quantity, multiplier, state };
    return held([{ ...own, mark: state.mark, sigma: state.sigma }], ends).map((leg) =>
      attributeLeg(leg, at, end),
    );
  });
  const sum = [...joined, ...shifted].reduce(addAttribution, main);
  return withTotal(sum, end.pnl - anchor.pnl);
}

const NO_FLOWS = { traded: 0, cost: 0, events: 0 } as const;

/** One leg alone, from a moment of its own. */
function attributeLeg(
  leg: LegInterval,
  start: { readonly ts: number; readonly spot: number },
  end: Moment,
): Attribution {
  return attribute({
    years: Math.max(0, end.ts - start.ts) / YEAR_MS,
    spotStart: start.spot,
    spotEnd: end.spot,
    shares: 0,
    legs: [leg],
    rateMove: 0,
    yieldMove: 0,
    exDividend: 0,
    trades: [],
    cash: NO_CASH,
  });
}

/** What was noticed of a leg is all that was traded or delivered of it since, and of use. */
function explainsShift(
  start: Anchor,
  end: Moment,
  shifts: readonly LegShift[],
  { conId }: LegShift,
): boolean {
  const [before, after] = [start, end].map(({ legs }) => legs.find((leg) => leg.conId === conId));
  const changed = (leg: MomentLeg | undefined): number => (leg?.traded ?? 0) + (leg?.events ?? 0);
  const seen = shifts.reduce((sum, one) => sum + (one.conId === conId ? one.quantity : 0), 0);
  return seen !== 0 && seen === changed(after) - changed(before);
}

/** Per share, at which contracts of a leg came or went: as noticed, else as at the end. */
function markOfShift({ conId, mark }: MomentLeg, shifts: readonly LegShift[]): number {
  let [quantity, worth] = [0, 0];
  for (const shift of shifts) {
    if (shift.conId !== conId) continue;
    quantity += shift.quantity;
    worth += shift.quantity * shift.state.mark;
  }
  return quantity === 0 ? mark : worth / quantity;
}

/** Of the gammas that a moment begins with, weighted; NaN where they have none in common. */
export function gammaSigma({ legs }: Anchor): number {
  let gamma = 0;
  let variance = 0;
  for (const { quantity, multiplier, state } of legs) {
    const part = quantity * multiplier * state.gamma;
    gamma += part;
    variance += part * state.sigma ** 2;
  }
  return Math.sqrt(variance / gamma);
}

/** Ends the open interval at `end`, from where the next one goes on. */
export function closeInterval(
  before: DayAttribution,
  end: Anchor,
  split: Attribution,
): DayAttribution {
  const { ended } = before;
  // The commission of a hedge comes after its fill: it is a cost of the hedge, not of what follows.
  const late = ended === null || end.ts <= ended.until ? 0 : split.commission;
  const since = moveCommission(split, -late);
  return {
    ...before,
    anchor: end,
    sum: addAttribution(before.sum, split),
    sinceHedge: addAttribution(before.sinceHedge, since),
    ended: ended && { ...ended, split: moveCommission(ended.split, late) },
  };
}

/** What was gained since the hedge before belongs to this one, which has ended at `until`. */
export function endHedge(before: DayAttribution, orderRef: string, until: number): DayAttribution {
  const ended = { orderRef, from: before.hedgedAt, until, split: before.sinceHedge };
  return { ...before, ended, sinceHedge: NO_ATTRIBUTION, hedgedAt: until };
}

function moveCommission(split: Attribution, usd: number): Attribution {
  return { ...split, commission: split.commission + usd, total: split.total + usd };
}

/** What was held throughout; what nobody quotes any more stays at its mark. */
function held(
  legs: readonly AnchorLeg[],
  ends: ReadonlyMap<number, MomentLeg>,
): readonly LegInterval[] {
  return legs
    .filter(({ quantity }) => quantity !== 0)
    .map((leg) => {
      const end = ends.get(leg.conId) ?? leg.state;
      const { mark } = end;
      const sigma = leg.state.sigma > 0 && end.sigma > 0 ? end.sigma : leg.state.sigma;
      const { quantity, multiplier, state } = leg;
      return { quantity, multiplier, start: state, end: { mark, sigma } };
    });
}

/** Our own orders; shares whose decision is not known were worth what they are now. */
function hedgesBetween(start: Moment, end: Moment): readonly IntervalTrade[] {
  const adjusted = end.adjustedShares - start.adjustedShares;
  const quantity = end.shares - start.shares - adjusted;
  const cost = start.executionCash - end.executionCash;
  if (quantity === 0 && cost === 0) return [];
  const decided = end.decidedShares - start.decidedShares;
  const worth = end.decidedWorth - start.decidedWorth + (quantity - decided) * end.spot;
  return [{ quantity, cost, worth, kind: 'hedge' }];
}

function optionTrades(
  starts: ReadonlyMap<number, MomentLeg>,
  end: Moment,
  shifts: readonly LegShift[],
): readonly IntervalTrade[] {
  return end.legs.flatMap((leg): readonly IntervalTrade[] => {
    const start = starts.get(leg.conId);
    const traded = leg.traded - (start?.traded ?? 0);
    const cost = (leg.cost - (start?.cost ?? 0)) * leg.multiplier;
    if (traded === 0 && cost === 0) return [];
    const quantity = traded * leg.multiplier;
    return [{ quantity, cost, worth: quantity * markOfShift(leg, shifts), kind: 'option' }];
  });
}

/** Shares at their strike against the market, and options that are gone for them. */
function deliveries(
  start: Moment,
  starts: ReadonlyMap<number, MomentLeg>,
  end: Moment,
  shifts: readonly LegShift[],
): number {
  const shares = end.adjustedShares - start.adjustedShares;
  let usd = end.adjustmentCash - start.adjustmentCash + shares * end.spot;
  for (const leg of end.legs) {
    const events = leg.events - (starts.get(leg.conId)?.events ?? 0);
    usd += events * leg.multiplier * markOfShift(leg, shifts);
  }
  return usd;
}
