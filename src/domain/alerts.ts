/**
 * What an operator should look at although nothing is broken: exposure that is not being hedged,
 * options near their end, positions that are large and nobody's. Pure: it says what holds now, and
 * when time alone will say otherwise; whoever asks raises each once and clears it when it is gone.
 */

import type { BookAlertId } from './alert-names.ts';
import type { Assessment } from './assessment.ts';
import { legQuote } from './book-greeks.ts';
import { type BookQuotes, midOf } from './book-quotes.ts';
import { epochOf, lastTradingDay, newYorkDate, nextTradingDay, sessionState } from './calendar.ts';
import { contractLabel, type OptionContract } from './contract.ts';
import type { HeldLeg, Outsider } from './legs.ts';
import type { LossBase } from './loss-base.ts';
import type { BookSettings } from './settings.ts';
import { shortSaleText, shortSaleTrouble } from './short-sale.ts';
import { newYorkHours, numberText } from './time-text.ts';

/** Begins the reason of an `exec_fault` whose cause is that setting of TWS. */
export const READ_ONLY = 'read_only_api' satisfies BookAlertId;

export interface AlertInput {
  readonly now: number;
  readonly settings: BookSettings;
  readonly assessment: Assessment;
  readonly quotes: BookQuotes | null;
  readonly legs: readonly HeldLeg[];
  readonly outsiders: readonly Outsider[];
  readonly owned: number;
  /** Of the account, ours and foreign; null while they are not known. */
  readonly accountShares: number | null;
  /** Why `exec_fault` is latched; null where it is not. */
  readonly execFault: string | null;
  /** What the broker said when it was asked whether it takes orders; null before. */
  readonly orderTest: {
    readonly outcome: 'taken' | 'refused' | 'unanswered';
    readonly message: string;
    /** The refusal is that of a read-only API. */
    readonly readOnly: boolean;
  } | null;
  /** What to do about an order whose executions never came; null where there is none. */
  readonly missing: Said | null;
  /** An order of ours may be alive. */
  readonly working: boolean;
  /** Since when a hedge was needed (D2), and forced (D3), without an order that excuses it. */
  readonly needSince: number | null;
  readonly forceSince: number | null;
  /** Since when the book hedges without knowing its P&L of the day. */
  readonly pnlUnknownSince: number | null;
  /** From when its loss limit counts meanwhile. */
  readonly lossBase: LossBase | null;
}

/** What an alert says: in English, and the values that its id needs to be said in any language. */
export interface Said {
  readonly text: string;
  readonly values: Readonly<Record<string, string | number>>;
}

export interface BookAlerts {
  readonly active: readonly ({ readonly id: BookAlertId } & Said)[];
  /** Earliest time after `now` at which time alone raises or clears one; or Infinity. */
  readonly changesAt: number;
}

/** The specification's patience with a hedge that is needed, and with one that is forced. */
const NEED_MS = 60_000;
const FORCE_MS = 10_000;
/** Closes of the day before come within seconds of a subscription. */
const PNL_UNKNOWN_MS = 60_000;

/** Near enough to the strike that the close may end on either side (of strike, %). */
const PIN_RANGE_PCT = 0.5;

/** Whether a hedge is wanted that no order excuses, of this class or a worse one. */
export function isExposed(assessment: Assessment, excused: boolean, forced: boolean): boolean {
  if (assessment.marketClosed || excused) return false;
  const { D, O } = assessment.space;
  return O !== 'O0' && (D === 'D3' || (D === 'D2' && !forced));
}

/**
 * Whether the book hedges now while no loss limit can trip. It goes on: to leave an exposure open
 * because a mark is missing is the greater danger, and a person is told.
 */
export function hedgesBlind(assessment: Assessment, dailyPnl: number | null): boolean {
  const { marketClosed, causes, space } = assessment;
  return dailyPnl === null && !marketClosed && causes.length === 0 && space.O !== 'O0';
}

/** Every alert that holds now. */
export function bookAlerts(input: AlertInput): BookAlerts {
  const { now } = input;
  const exposedAt = Math.min(
    (input.needSince ?? Number.POSITIVE_INFINITY) + NEED_MS,
    (input.forceSince ?? Number.POSITIVE_INFINITY) + FORCE_MS,
  );
  const said: Readonly<Record<BookAlertId, Said | null>> = {
    unhedged_exposure: now >= exposedAt ? exposureText(input) : null,
    net_delta: netDeltaText(input),
    orphan_shares: orphanText(input),
    not_shortable: notShortableText(input),
    read_only_api: readOnlyText(input),
    executions_missing: input.missing,
    orders_refused: refusedText(input),
    orders_untested: input.orderTest?.outcome === 'unanswered' ? plainly(UNTESTED_TEXT) : null,
    outside_delta: outsideText(input),
    earnings: input.assessment.earningsNear ? earningsText(input) : null,
    expiry_today: listText(expiringToday(input)),
    pin_risk: listText(expiringToday(input).filter((leg) => isPinned(leg.contract, input))),
    exercise_decision: decisionText(input),
    dividend_assignment: listText(input.legs.filter((leg) => paysToExercise(leg, input))),
    greeks_disputed: disputedText(input),
    membership: listText(waiting(input)),
    pnl_unknown: now >= pnlUnknownAt(input) ? pnlUnknownText(input) : null,
  };
  const active = (Object.keys(said) as BookAlertId[]).flatMap((id) => {
    const one = said[id];
    return one === null ? [] : [{ id, ...one }];
  });
  return { active, changesAt: nextChange(input, exposedAt) };
}

/** A sentence whose id says the same without any value. */
function plainly(text: string): Said {
  return { text, values: {} };
}

function pnlUnknownAt({ pnlUnknownSince }: AlertInput): number {
  return (pnlUnknownSince ?? Number.POSITIVE_INFINITY) + PNL_UNKNOWN_MS;
}

function pnlUnknownText({ lossBase }: AlertInput): Said {
  const cause = 'a mark or a close of the day before is missing or of other terms';
  if (lossBase === null) return plainly(`${cause}: hedging goes on, and no loss limit stops it`);
  const since = newYorkHours(lossBase.ts);
  const text = `${cause}: the book's loss limit counts what was lost since ${since} New York`;
  return { text, values: { since } };
}

function nextChange(input: AlertInput, exposedAt: number): number {
  const { now } = input;
  const day = newYorkDate(now);
  const moments = [exposedAt, pnlUnknownAt(input), sessionState(now).next, epochOf(day, '17:30')];
  return Math.min(...moments.filter((at) => at > now), Number.POSITIVE_INFINITY);
}

function exposureText({ assessment }: AlertInput): Said {
  const { netDelta, blocked, causes } = assessment;
  // A latch that is a gate, too, is both.
  const reasons = [...new Set<string>([...causes, ...blocked])].join(', ');
  const delta = numberText(netDelta, 1, true);
  const text = `net delta ${delta} shares: ${reasons || 'no order is being worked'}`;
  return { text, values: { delta, reasons } };
}

function netDeltaText({ assessment, settings }: AlertInput): Said | null {
  const limit = settings.gates.guard.risk.max_net_delta_shares;
  const { netDelta } = assessment;
  if (limit === null || !(Math.abs(netDelta) > limit)) return null;
  const delta = numberText(netDelta, 1, true);
  return { text: `${delta} shares, the limit is ±${limit}`, values: { delta, limit } };
}

function orphanText({ legs, owned }: AlertInput): Said | null {
  if (legs.length > 0 || owned === 0) return null;
  return { text: `${owned} shares, no leg`, values: { shares: owned } };
}

function notShortableText(input: AlertInput): Said | null {
  const trouble = shortSaleTrouble(input);
  return trouble && { text: shortSaleText(trouble), values: { ...trouble } };
}

const UNTESTED_TEXT = 'it did not answer a test order: hedging goes on, and it is asked again';

function refusedText({ orderTest }: AlertInput): Said | null {
  if (orderTest?.outcome !== 'refused' || orderTest.readOnly) return null;
  const { message } = orderTest;
  const text = `${message}: nothing is sent, and it is asked again every minute`;
  return { text, values: { message } };
}

/** What is to be done where a session may not trade. */
export const READ_ONLY_REMEDY =
  'TWS takes no order of this session: switch off "Read-Only API" in its API settings';

function readOnlyText({ execFault, orderTest }: AlertInput): Said | null {
  if (orderTest?.outcome === 'refused' && orderTest.readOnly) return plainly(READ_ONLY_REMEDY);
  const prefix = `${READ_ONLY}: `;
  return execFault?.startsWith(prefix) === true ? plainly(execFault.slice(prefix.length)) : null;
}

function outsideText({ outsiders, quotes, settings }: AlertInput): Said | null {
  const limit = settings.gates.state.delta.threshold_hedge_shares;
  const large = outsiders.flatMap(({ holding, reason }) => {
    const { contract, quantity } = holding;
    const delta = (legQuote(quotes, contract.conId, 0)?.delta ?? 0) * quantity;
    const shares = delta * contract.multiplier;
    if (!(Math.abs(shares) >= limit)) return [];
    return [{ label: contractLabel(contract), delta: numberText(shares, 1, true), reason }];
  });
  if (large.length === 0) return null;
  const texts = large.map(({ label, delta, reason }) => `${label} ${delta} shares (${reason})`);
  const options = large.map(({ label, delta }) => `${label} ${delta}`).join(', ');
  return { text: texts.join(', '), values: { options } };
}

function earningsText({ settings }: AlertInput): Said {
  const { mode, dates: all } = settings.gates.strategy.earnings;
  const dates = all.join(', ');
  return { text: `mode ${mode}, ${dates}`, values: { mode, dates } };
}

function expiringToday({ legs, now }: AlertInput): readonly HeldLeg[] {
  const { state, day } = sessionState(now);
  if (state === 'after' || state === 'closed') return [];
  return legs.filter(({ contract }) => lastTradingDay(contract.expiry) === day);
}

/** After the close of its last day: holders of options decide, and writers are told next day. */
function decisionText({ legs, now, assessment }: AlertInput): Said | null {
  const { state, day } = sessionState(now);
  if (state !== 'after' || now >= epochOf(day, '17:30')) return null;
  const expired = legs.filter(({ contract }) => lastTradingDay(contract.expiry) === day);
  if (expired.length === 0) return null;
  const options = labels(expired);
  const spot = numberText(assessment.spot, 2);
  return { text: `${options}, spot ${spot}`, values: { options, spot } };
}

function isPinned({ strike }: OptionContract, { assessment }: AlertInput): boolean {
  return (Math.abs(assessment.spot - strike) / strike) * 100 <= PIN_RANGE_PCT;
}

/** A written call in the money whose time value is less than the dividend it would earn. */
function paysToExercise({ contract, quantity }: HeldLeg, input: AlertInput): boolean {
  const { now, settings, quotes, assessment } = input;
  if (quantity >= 0 || contract.right !== 'C' || !(assessment.spot > contract.strike)) return false;
  const day = newYorkDate(now);
  const next = nextTradingDay(day);
  const dividend = settings.greeks.dividends.find(({ ex_date }) => {
    const date = ex_date.replaceAll('-', '');
    return date > day && date <= next && contract.expiry >= date;
  });
  if (dividend === undefined) return false;
  const quote = legQuote(quotes, contract.conId, 0);
  const mid = quote === undefined ? Number.NaN : midOf(quote.bid, quote.ask);
  const timeValue = mid - (assessment.spot - contract.strike);
  return !(timeValue >= dividend.amount);
}

/** The numbers that disagree, of each leg. */
function disputedText({ legs, quotes }: AlertInput): Said | null {
  const disputed = legs.flatMap(({ contract }, index) => {
    const quote = legQuote(quotes, contract.conId, index);
    if (quote?.check !== 'disputed') return [];
    const told = (delta: number): string => (Number.isFinite(delta) ? delta.toFixed(4) : 'none');
    const own = `own ${told(quote.modelDelta)}, by differences ${told(quote.differenceDelta)}`;
    const label = contractLabel(contract);
    return [{ label, text: `${label}: ${own}, IB ${told(quote.ibDelta)}` }];
  });
  if (disputed.length === 0) return null;
  const options = disputed.map(({ label }) => label).join(', ');
  return { text: disputed.map(({ text }) => text).join('; '), values: { options } };
}

function waiting({ outsiders }: AlertInput) {
  const asked = outsiders.filter(({ reason }) => reason === 'awaits_confirmation');
  return asked.map(({ holding }) => holding);
}

type Listed = readonly { readonly contract: OptionContract; readonly quantity: number }[];

function listText(positions: Listed): Said | null {
  if (positions.length === 0) return null;
  const options = labels(positions);
  return { text: options, values: { options } };
}

function labels(positions: Listed): string {
  return positions
    .map(({ contract, quantity }) => `${quantity} ${contractLabel(contract)}`)
    .join(', ');
}
