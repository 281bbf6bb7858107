/**
 * One look at a book: what state it is in, which gates stand between it and an order, and the
 * target if none does. Called for every evaluation, so it computes numbers and a signature;
 * `explain` adds the words. The machine hears of an assessment only when its signature changed:
 * equal signatures mean equal decisions.
 */

import type { AssessmentInput } from './assessment-input.ts';
import type { BookGreeks } from './book-greeks.ts';
import type { LatchedCause, SafeCause } from './causes.ts';
import {
  costGateClosed,
  GATE_CHECKS,
  type GateResult,
  gateResults,
  inCloseCut,
  liquidityGateClosed,
  lossLimitReached,
  MEETS,
  rejectStreakReached,
} from './gate-checks.ts';
import { GATES, type GateId } from './gates.ts';
import { type OrderSide, sideSign } from './order.ts';
import type { HedgeBand } from './policy.ts';
import { limitPrice } from './price.ts';
import { readSituation, type Situation } from './situation.ts';
import type { StateSpace } from './state-space.ts';
import { type Why, whyOf } from './why.ts';

/**
 * The state of `trading` that the book's numbers ask for. `EMPTY`: no legs. `UNPRICED`: net delta
 * is not known; without a cause this only means that the first prices are awaited.
 */
export type Verdict =
  | 'EMPTY'
  | 'UNPRICED'
  | 'NO_TRADE'
  | 'MONITOR'
  | 'PAUSE_COST'
  | 'PAUSE_LIQ'
  | 'NEED_HEDGE';

/** What the hedge machine is to reach. */
export interface HedgeTarget {
  /** Owned shares when it is reached. */
  readonly targetShares: number;
  /** Signed shares to trade, after all clips. */
  readonly quantity: number;
  /** Clipped: the rest follows as a remainder, without cooldown. */
  readonly clipped: boolean;
  /** D3. */
  readonly forced: boolean;
  /** Goes out at mid, not marketable: the spread is extreme. */
  readonly atMid: boolean;
  readonly spot: number;
}

export interface Assessment {
  /** Trading time of the evaluation. */
  readonly at: number;
  readonly space: StateSpace;
  readonly verdict: Verdict;
  /** NaN when a leg's delta is not known. */
  readonly netDelta: number;
  readonly greeks: BookGreeks;
  readonly band: HedgeBand;
  /** Mid of the underlying; its last price where there is no two-sided quote; NaN without any. */
  readonly spot: number;
  /** Of mid, in percent; NaN without a two-sided quote. */
  readonly spreadPct: number;
  /** Self-clearing causes that hold now and latched ones that keep the book in SAFE. */
  readonly causes: readonly SafeCause[];
  /** Latched causes whose condition is true now: to be latched by whoever holds the latches. */
  readonly trips: readonly LatchedCause[];
  /** With what numbers, one sentence for each. */
  readonly tripReasons: readonly string[];
  /** Quotes are there, fresh and with greeks: SYNC may go on. True outside trading hours. */
  readonly dataReady: boolean;
  readonly marketClosed: boolean;
  /** The underlying is quiet: ask for a snapshot now. */
  readonly needProbe: boolean;
  /** Earnings are within the configured days, whatever the mode. */
  readonly earningsNear: boolean;
  /** Signed shares that would bring net delta back, before clips; 0 when nothing is wanted. */
  readonly need: number;
  /** The same after all clips. */
  readonly quantity: number;
  /** Closed gates, in order, for the trade that is (or would be) needed. */
  readonly blocked: readonly GateId[];
  /** Present when, and only when, every gate is open and a hedge is needed. */
  readonly target: HedgeTarget | null;
  /** Why a working hedge is no longer wanted: its need is gone, or the session ends. */
  readonly unwanted: 'need_gone' | 'close_cut' | null;
  /** Earliest trading time at which unchanged inputs would give another result; or Infinity. */
  readonly validUntil: number;
  /** Changes when, and only when, something changes that can matter to a machine or a reader. */
  readonly signature: string;
}

interface WouldBeOrder {
  readonly side: OrderSide;
  /** Positive, after clips. */
  readonly quantity: number;
  readonly limitPrice: number | null;
  readonly targetShares: number;
}

export interface Explanation {
  readonly assessment: Assessment;
  /** What the one sentence says, with its numbers. */
  readonly why: Why;
  readonly gates: readonly GateResult[];
  /** The order that would go out if every gate were open. */
  readonly wouldBeOrder: WouldBeOrder | null;
}

/** Looks at the book once. Equal inputs give equal results; nothing is kept between calls. */
export function assess(input: AssessmentInput): Assessment {
  return judge(readSituation(input));
}

/** The same look, with every gate, the would-be order and the reason in words. */
export function explain(input: AssessmentInput, asked?: 'hedge_now'): Explanation {
  const situation = readSituation(input, asked);
  const assessment = judge(situation);
  const gates = gateResults(situation);
  return {
    assessment,
    gates,
    why: whyOf(situation, assessment, gates),
    wouldBeOrder: wouldBeOrder(situation),
  };
}

const NO_GATES: readonly GateId[] = [];
const NO_CAUSES: readonly SafeCause[] = [];
const NO_TRIPS: readonly LatchedCause[] = [];
const NO_REASONS: readonly string[] = [];

function judge(situation: Situation): Assessment {
  const { input, now, space, trading, freshness, legs, need, clip } = situation;
  const blocked = blockedGates(situation);
  const verdict = verdictOf(situation);
  const wanted = verdict === 'NEED_HEDGE' || situation.asked;
  const target = blocked.length === 0 && wanted ? targetOf(situation) : null;
  const causes = causesOf(situation);
  const trips = tripsOf(situation);
  const priced = input.quotes !== null && legs.valid && !freshness.tooOld;
  const dataReady = !trading || (input.watchedSince !== null && priced);
  const unwanted = unwantedBecause(situation);
  const assessment = {
    at: now,
    space,
    verdict,
    netDelta: situation.netDelta,
    greeks: legs.greeks,
    band: situation.band,
    spot: situation.spot,
    spreadPct: situation.spreadPct,
    causes,
    trips,
    tripReasons: trips === NO_TRIPS ? NO_REASONS : trips.map((one) => tripText(situation, one)),
    dataReady,
    marketClosed: !trading,
    needProbe: freshness.needProbe,
    earningsNear: situation.day.earningsNear,
    need,
    quantity: clip.quantity,
    blocked,
    target,
    unwanted,
    validUntil: situation.changesAt,
    signature: '',
  };
  assessment.signature = signatureOf(assessment);
  return assessment;
}

function blockedGates(situation: Situation): readonly GateId[] {
  const meets = MEETS[situation.purpose];
  let blocked: GateId[] | null = null;
  for (let index = 0; index < GATES.length; index += 1) {
    if (meets[index] !== true || GATE_CHECKS[index]?.blocked(situation) !== true) continue;
    const id = GATES[index]?.id;
    if (id === undefined) continue;
    if (blocked === null) blocked = [id];
    else blocked.push(id);
  }
  return blocked ?? NO_GATES;
}

function verdictOf(situation: Situation): Verdict {
  const { O, D } = situation.space;
  if (O === 'O0') return 'EMPTY';
  switch (D) {
    case 'D4':
      return 'UNPRICED';
    case 'D0':
      return 'NO_TRADE';
    case 'D1':
      return 'MONITOR';
    case 'D2':
      if (costGateClosed(situation)) return 'PAUSE_COST';
      return liquidityGateClosed(situation) ? 'PAUSE_LIQ' : 'NEED_HEDGE';
    case 'D3':
      return liquidityGateClosed(situation) ? 'PAUSE_LIQ' : 'NEED_HEDGE';
  }
}

function targetOf(situation: Situation): HedgeTarget | null {
  const { input, clip, need, purpose, atMid, spot } = situation;
  if (clip.quantity === 0) return null;
  return {
    targetShares: input.owned + clip.quantity,
    quantity: clip.quantity,
    clipped: clip.quantity !== need,
    forced: purpose === 'forced',
    atMid,
    spot,
  };
}

function causesOf(situation: Situation): readonly SafeCause[] {
  const { input, freshness, legs, halting } = situation;
  const orphaned = input.legs.length === 0 && input.owned !== 0;
  const clear =
    !input.engine.brokerDown &&
    !freshness.stale &&
    !situation.greeksBad &&
    !orphaned &&
    !legs.expiryPending &&
    halting.length === 0;
  if (clear) return NO_CAUSES;
  const causes: SafeCause[] = [];
  if (input.engine.brokerDown) causes.push('broker_down');
  if (freshness.stale) causes.push('data_stale');
  if (situation.greeksBad) causes.push('greeks_bad');
  if (orphaned) causes.push('orphan_shares');
  if (legs.expiryPending) causes.push('expiry_pending');
  causes.push(...halting);
  return causes;
}

function tripsOf(situation: Situation): readonly LatchedCause[] {
  const loss = lossLimitReached(situation);
  const rejects = rejectStreakReached(situation);
  if (!loss && !rejects) return NO_TRIPS;
  const trips: LatchedCause[] = [];
  if (rejects) trips.push('exec_fault');
  if (loss) trips.push('daily_loss_limit');
  return trips;
}

function tripText({ input, lossFloor, accountFloor }: Situation, cause: LatchedCause): string {
  if (cause !== 'daily_loss_limit') return `${input.memory.rejectStreak} rejects in a row`;
  const pnl = input.dailyPnl ?? Number.NaN;
  const [whose, value, floor] =
    pnl <= lossFloor
      ? ["the day's P&L", pnl, lossFloor]
      : ["the account's P&L of the day", input.account.dailyPnl ?? Number.NaN, accountFloor];
  return `${whose} is ${value.toFixed(2)} USD, the limit ${floor.toFixed(2)} USD`;
}

/** Judges a working hedge by what is needed now, its own fills included. */
function unwantedBecause(situation: Situation): Assessment['unwanted'] {
  const { input, need, space } = situation;
  const { intent } = input.execution;
  if (intent === null) return null;
  if (inCloseCut(situation)) return 'close_cut';
  if (space.D === 'D4' || space.O === 'O0') return null;
  const direction = sideSign(intent.side);
  const sinceStart = (input.owned + need - intent.ownedAtStart) * direction;
  const { min_hedge_shares } = input.settings.gates.intent.hedge;
  const isGone = need * direction < 0 || sinceStart < min_hedge_shares;
  return isGone || overshoots(situation, direction * intent.rest) ? 'need_gone' : null;
}

/** The rest of the order would leave a hedge to be made on the other side, as after a late fill. */
function overshoots({ netDelta, band }: Situation, rest: number): boolean {
  const after = netDelta + rest;
  const outside = after <= band.triggerLow || after >= band.triggerHigh;
  return outside && Math.abs(after) > Math.abs(netDelta);
}

/** Everything that a machine or a stored verdict depends on, and nothing that moves by itself. */
function signatureOf(assessment: Assessment): string {
  const { space, target, blocked, causes, trips, unwanted } = assessment;
  const flags =
    (assessment.dataReady ? 1 : 0) +
    (assessment.marketClosed ? 2 : 0) +
    (assessment.needProbe ? 4 : 0) +
    (assessment.earningsNear ? 8 : 0);
  let signature = `${space.O}${space.D}${space.M}${space.L}${space.E}${space.S}`;
  signature += `|${assessment.verdict}|${flags}|${target?.targetShares ?? ''}|${unwanted ?? ''}`;
  for (const id of blocked) signature += `|${id}`;
  for (const cause of causes) signature += `!${cause}`;
  for (const cause of trips) signature += `?${cause}`;
  return signature;
}

function wouldBeOrder(situation: Situation): WouldBeOrder | null {
  const { input, need, clip, atMid } = situation;
  if (need === 0 || clip.quantity === 0) return null;
  const { quotes, settings } = input;
  const side = clip.quantity > 0 ? 'BUY' : 'SELL';
  const price =
    quotes &&
    limitPrice({
      side,
      bid: quotes.bid,
      ask: quotes.ask,
      increments: input.priceIncrements,
      collarPct: settings.gates.guard.risk.price_collar_pct,
      order: settings.order,
      atMid,
    });
  return {
    side,
    quantity: Math.abs(clip.quantity),
    limitPrice: price,
    targetShares: input.owned + clip.quantity,
  };
}
