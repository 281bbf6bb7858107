/** A book as people and the database see it. */

import { flagNames, type LegReason, midOf } from '../../src/domain/book-quotes.ts';
import { newYorkDate } from '../../src/domain/calendar.ts';
import { contractLabel } from '../../src/domain/contract.ts';
import { shortSaleText, shortSaleTrouble } from '../../src/domain/short-sale.ts';
import { type Why, whyText } from '../../src/domain/why.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { StatusFact } from '../../src/protocol/facts.ts';
import type { LegView } from '../../src/protocol/leg-view.ts';
import type { BookView, ExplainView } from '../../src/protocol/views.ts';
import type { Stamp, Turn } from '../../src/runtime/turn.ts';
import { executionOf, explainBook, hedgeValue, spotOf, tradingValue } from './assess.ts';
import { viewAttribution } from './attribution-view.ts';
import { viewBand, viewVolatility } from './band-view.ts';
import { gateSince } from './gate-times.ts';
import { pnlOf } from './money.ts';
import { type BookState, underlyingOf } from './state.ts';

const DAYS_PER_YEAR = 365;
const POINTS = 100;

/** Not a number is not a value: JSON and SQL say null. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** Hedges of the trading day that `now` lies in; the memory is of the day of the last one. */
function hedgesOfDay({ memory }: BookState, now: number): number {
  return Number.isFinite(now) && memory.day !== newYorkDate(now) ? 0 : memory.dailyHedgeCount;
}

/** The status row of a book, as a fact. */
export function statusFact(state: BookState, turn: Turn): StatusFact {
  const { quotes, hasQuotes, assessment, settings } = state;
  const pnl = pnlOf(state, turn.at.trading);
  return {
    fact: 'status',
    ...dated(turn),
    daemonState: state.engine.daemonState,
    tradingState: tradingValue(state),
    hedgeState: hedgeValue(state),
    symbol: settings.symbol,
    account: state.account,
    conId: underlyingOf(state)?.conId ?? 0,
    slot: state.book.slot,
    spot: hasQuotes ? finite(spotOf(state)) : null,
    bid: hasQuotes ? finite(quotes.bid) : null,
    ask: hasQuotes ? finite(quotes.ask) : null,
    netDelta: finite(assessment?.netDelta),
    stockPosition: state.ledger.sums.owned,
    foreignShares: state.knownForeign,
    optionLegsCount: state.legs.length,
    dailyHedgeCount: hedgesOfDay(state, turn.at.trading),
    dailyPnl: pnl,
    dataLagMs: hasQuotes ? finite(quotes.lagMs) : null,
    configSummary: state.config.configSummary,
  };
}

/** The book as the status shows it; what is not a number there is null. */
export function viewBook(state: BookState, at: Stamp): BookView {
  const { quotes, hasQuotes, assessment, settings } = state;
  const known = Number.isFinite(at.trading);
  const why: Why = known ? explainBook(state, at).why : { code: 'no_time' };
  return {
    daemon_state: state.engine.daemonState,
    trading_state: tradingValue(state),
    hedge_state: hedgeValue(state),
    symbol: settings.symbol,
    account: state.account,
    spot: hasQuotes ? finite(spotOf(state)) : null,
    bid: hasQuotes ? finite(quotes.bid) : null,
    ask: hasQuotes ? finite(quotes.ask) : null,
    net_delta: finite(assessment?.netDelta),
    stock_position: state.ledger.sums.owned,
    foreign_shares: state.knownForeign,
    option_legs_count: state.legs.length,
    daily_hedge_count: hedgesOfDay(state, at.trading),
    daily_pnl: known ? pnlOf(state, at.trading) : null,
    data_lag_ms: hasQuotes ? finite(quotes.lagMs) : null,
    config_summary: state.config.configSummary,
    ts: at.wall / 1000,
    state_space: assessment?.space ?? { O: 'O0', D: 'D4', M: 'M5', L: 'L3', E: 'E0', S: 'S0' },
    greeks: {
      delta: finite(assessment?.greeks.delta),
      gamma: finite(assessment?.greeks.gamma),
      theta: finite((assessment?.greeks.theta ?? Number.NaN) / DAYS_PER_YEAR),
      vega: finite((assessment?.greeks.vega ?? Number.NaN) / POINTS),
    },
    ...viewAttribution(state, at.trading),
    suspended: state.suspended || state.engine.suspended,
    block_reasons: [...new Set([...(assessment?.causes ?? []), ...(assessment?.blocked ?? [])])],
    why: whyText(why, at.trading),
    why_of: why,
    band: viewBand(state),
    volatility: viewVolatility(state),
    market_closed: assessment?.marketClosed ?? false,
    legs: viewLegs(state),
    smile: { ...quotes.smile },
    alerts: [...state.alerts.active].map(([id, { since, text, values }]) => ({
      id,
      symbol: settings.symbol,
      since,
      text,
      values,
    })),
    trading_ts: finite(assessment?.at),
  };
}

function viewLegs(state: BookState): readonly LegView[] {
  return state.legs.map((leg, index) => {
    const { contract, quantity } = leg;
    const quote =
      state.quotes.legs[index]?.conId === contract.conId ? state.quotes.legs[index] : undefined;
    return {
      con_id: contract.conId,
      label: contractLabel(contract),
      expiry: contract.expiry,
      strike: contract.strike,
      right: contract.right,
      quantity,
      multiplier: contract.multiplier,
      bid: finite(quote?.bid),
      ask: finite(quote?.ask),
      iv: finite(quote?.iv),
      quality: quote?.quality ?? 'invalid',
      vol_reason: quote === undefined ? 'no_quote' : shown(quote.reason),
      quote_flags: flagNames(quote?.flags ?? 0),
      delta: finite(quote?.delta),
      delta_reason: quote === undefined ? null : shown(quote.deltaReason),
      gamma: finite(quote?.gamma),
      theta: finite((quote?.theta ?? Number.NaN) / DAYS_PER_YEAR),
      vega: finite((quote?.vega ?? Number.NaN) / POINTS),
      model_delta: finite(quote?.modelDelta),
      difference_delta: finite(quote?.differenceDelta),
      ib_delta: finite(quote?.ibDelta),
      delta_check: quote?.check ?? 'alone',
    };
  });
}

function shown(reason: LegReason): string | null {
  return reason === 'none' ? null : reason;
}

/** Every gate, the sentence, the legs and the order that would go, as of now. */
export function viewExplain(state: BookState, at: Stamp): ExplainView {
  const explanation = explainBook(state, at);
  const why = whyText(explanation.why, at.trading);
  const order = explanation.wouldBeOrder;
  const closed = state.assessment?.blocked ?? [];
  const trouble = shortSaleTrouble({
    assessment: explanation.assessment,
    quotes: state.hasQuotes ? state.quotes : null,
    accountShares: state.accountShares,
    owned: state.ledger.sums.owned,
    working: executionOf(state).orderInFlight,
  });
  return {
    symbol: state.settings.symbol,
    ts: at.wall / 1000,
    trading_state: tradingValue(state),
    hedge_state: hedgeValue(state),
    verdict: explanation.assessment.verdict,
    why: trouble === null ? why : `${why}; not_shortable: ${shortSaleText(trouble)}`,
    why_of: explanation.why,
    short_sale: trouble,
    gates: explanation.gates.map(({ opensAt, ...gate }) => ({
      ...gate,
      since: gateSince(state.gateTimes, closed, gate, at.trading),
      opens_at: opensAt,
    })),
    band: viewBand(state, explanation.assessment.band),
    legs: viewLegs(state),
    would_be_order: order && {
      side: order.side,
      quantity: order.quantity,
      limit_price: order.limitPrice,
      target_shares: order.targetShares,
    },
  };
}

/** Prices of the underlying and every option of it that is held, for `instrument_prices`. */
export function pricesOf(state: BookState) {
  const underlying = underlyingOf(state);
  if (underlying === null || !state.hasQuotes) return [];
  const { quotes } = state;
  const price = (
    contract: typeof underlying | BookState['legs'][number]['contract'],
    quote: { readonly bid: number; readonly ask: number; readonly last: number },
  ) => ({
    contract,
    last: finite(quote.last),
    bid: finite(quote.bid),
    ask: finite(quote.ask),
    mid: finite(midOf(quote.bid, quote.ask)),
  });
  const legs = [...state.holdings.values()].flatMap(({ contract }) => {
    const quote = quotes.legs.find((leg) => leg.conId === contract.conId);
    return quote === undefined ? [] : [price(contract, quote)];
  });
  return [price(underlying, quotes), ...legs];
}

/** Whether nothing is under way: no order unanswered, no probe out. */
export function bookQuiescent(state: BookState): boolean {
  const waiting = new Set(['PLAN', 'SEND', 'WAIT_ACK', 'REPRICE', 'CANCEL', 'RECOVER']);
  const { askedAt, answeredAt, failedAt } = state.probe;
  const probing =
    askedAt !== null && askedAt > Math.max(answeredAt ?? 0, failedAt ?? 0) && state.hasQuotes;
  const asked = probing || state.evidence.out !== null || state.evidence.again;
  return !waiting.has(hedgeValue(state)) && !asked && executionOf(state).class !== 'E4';
}
