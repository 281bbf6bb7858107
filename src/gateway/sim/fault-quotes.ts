/**
 * What faults make of quotes. Some change the market itself (a halt, a wide spread, a side that is
 * gone), and orders meet them; others change only what clients see of it.
 */

import type { FaultBoard } from './fault-board.ts';
import { type Listing, MIN_TICK } from './listing.ts';
import type { Market } from './market.ts';
import type { VenueQuote } from './venue.ts';

/** The market with its own faults: what orders trade against. */
export function faultyMarket(market: Market, board: FaultBoard, listing: Listing): Market {
  return {
    nextTime: () => market.nextTime(),
    advance: (ts, changed) => market.advance(ts, changed),
    quote(conId, ts) {
      const quote = market.quote(conId, ts);
      if (quote === null || board.size === 0) return quote;
      return bend(board, symbolOf(listing, conId), quote);
    },
    want: (conId) => market.want(conId),
    unwant: (conId) => market.unwant(conId),
    setPrice: (conId, price, ts, changed) => market.setPrice(conId, price, ts, changed),
    split: (conId, ratio, ts, changed) => market.split(conId, ratio, ts, changed),
    relist: () => market.relist(),
    horizon: () => market.horizon(),
    prepare: (to) => market.prepare(to),
    state: () => market.state(),
  };
}

export interface ShownQuotes {
  /** What a client sees of the market's quote. */
  show(quote: VenueQuote): VenueQuote;
}

export function createShownQuotes(board: FaultBoard, listing: Listing): ShownQuotes {
  const last = new Map<number, VenueQuote>();
  return {
    show(quote) {
      const shown = board.size === 0 ? quote : mask(board, symbolOf(listing, quote.conId), quote);
      if (board.size > 0 && board.find('stale_quotes', symbolOf(listing, quote.conId)) !== null) {
        const frozen = last.get(quote.conId) ?? shown;
        last.set(quote.conId, frozen);
        return { ...frozen, silent: true };
      }
      last.set(quote.conId, shown);
      return shown;
    },
  };
}

function bend(board: FaultBoard, symbol: string, quote: VenueQuote): VenueQuote {
  let bent = quote;
  const wide = board.find('wide_spread', symbol);
  if (wide !== null && bent.bid > 0 && bent.ask > bent.bid) {
    const middle = (bent.bid + bent.ask) / 2;
    const half = ((bent.ask - bent.bid) / 2) * wide.factor;
    const bid = Math.max(0, Math.floor((middle - half) / MIN_TICK + 1e-6));
    const ask = Math.ceil((middle + half) / MIN_TICK - 1e-6);
    bent = { ...bent, bid: bid > 0 ? bid / 100 : Number.NaN, ask: ask / 100 };
  }
  if (board.find('zero_bid', symbol) !== null) bent = { ...bent, bid: 0, bidSize: 0 };
  if (board.find('halt', symbol) !== null) bent = { ...bent, halted: true };
  return bent;
}

function mask(board: FaultBoard, symbol: string, quote: VenueQuote): VenueQuote {
  let shown = quote;
  if (board.find('crossed_quotes', symbol) !== null && quote.bid > 0 && quote.ask > 0) {
    const above = Math.round(Math.max(quote.bid, quote.ask) / MIN_TICK) + 1;
    shown = { ...shown, bid: above / 100, ask: Math.min(quote.bid, quote.ask) };
  }
  if (board.find('no_prices', symbol) !== null) {
    const none = { bid: Number.NaN, ask: Number.NaN, last: Number.NaN };
    shown = { ...shown, ...none, bidSize: 0, askSize: 0, lastSize: 0 };
  }
  if (shown.model !== null && board.find('nan_greeks', symbol) !== null) {
    const { underlyingPrice } = shown.model;
    shown = { ...shown, model: { ...NO_GREEKS, underlyingPrice } };
  }
  return shown;
}

const NO_GREEKS = {
  iv: Number.NaN,
  delta: Number.NaN,
  gamma: Number.NaN,
  vega: Number.NaN,
  theta: Number.NaN,
  price: Number.NaN,
};

function symbolOf(listing: Listing, conId: number): string {
  return listing.contracts.get(conId)?.symbol ?? '';
}
