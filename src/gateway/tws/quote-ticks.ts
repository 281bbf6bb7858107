/**
 * From two quotes to the ticks between them. A line first gets what is there, then each change and
 * nothing else, as TWS does: a quote that does not move is silent.
 */

import type { VenueQuote } from '../sim/venue.ts';
import {
  optionComputation,
  type Tick,
  tickGeneric,
  tickPrice,
  tickSize,
  tickString,
  type VenueModel,
} from './encode-ticks.ts';
import { GENERIC_TICKS, type TickTypes } from './wire-ids.ts';

/** What the exchange's model makes of an option at a price; null where there is no answer. */
export type Compute = (quote: VenueQuote, price: number) => VenueModel | null;

const MODEL_MISSING: VenueModel = {
  iv: Number.NaN,
  delta: Number.NaN,
  gamma: Number.NaN,
  vega: Number.NaN,
  theta: Number.NaN,
  price: Number.NaN,
  underlyingPrice: Number.NaN,
};

/** What is to be told of `quote` to somebody who knows `told`; null is who knows nothing. */
export function ticksBetween(
  told: VenueQuote | null,
  quote: VenueQuote,
  types: TickTypes,
  compute: Compute | null,
): readonly Tick[] {
  const ticks: Tick[] = [];
  pushSide(ticks, 'bid', quote, told, types);
  pushSide(ticks, 'ask', quote, told, types);
  pushTrade(ticks, quote, told, types);
  if (isNews(quote.volume, told?.volume)) ticks.push(tickSize(types.volume, quote.volume));
  if (isNews(quote.close, told?.close)) {
    ticks.push(tickPrice(types.close, quote.close, 0, 'trade'));
  }
  if (quote.halted !== told?.halted) ticks.push(tickGeneric(types.halted, quote.halted ? 1 : 0));
  pushModel(ticks, quote.model, told?.model ?? null, types);
  if (compute !== null && quote.model !== null)
    pushComputations(ticks, quote, told, types, compute);
  return ticks;
}

/** The mark price of a quote: the middle, or the last trade where there is none; NaN without. */
export function markOf({ bid, ask, last }: VenueQuote): number {
  return bid > 0 && ask > 0 ? Math.round(((bid + ask) / 2) * 1e4) / 1e4 : last;
}

/** The mark price as generic tick 232 is told. */
export function markTick(mark: number): Tick {
  return tickPrice(GENERIC_TICKS.mark, mark, 0, 'trade');
}

/**
 * A price carries its size, and a size that changed is told again by itself, as TWS does it: there
 * are clients that take sizes from the one message only. An empty side says so once.
 */
function pushSide(
  ticks: Tick[],
  side: 'bid' | 'ask',
  quote: VenueQuote,
  told: VenueQuote | null,
  types: TickTypes,
): void {
  const size = sizeAt(quote, side);
  if (told === null || !Object.is(quote[side], told[side])) {
    ticks.push(tickPrice(types[side], quote[side], size, 'quote'));
  }
  if (told === null || size !== sizeAt(told, side)) {
    ticks.push(tickSize(side === 'bid' ? types.bidSize : types.askSize, size));
  }
}

function pushTrade(
  ticks: Tick[],
  quote: VenueQuote,
  told: VenueQuote | null,
  types: TickTypes,
): void {
  const priceIsNews = isNews(quote.last, told?.last);
  const sizeIsNews = isNews(quote.lastSize, told?.lastSize);
  if (!Number.isFinite(quote.last) || !(priceIsNews || sizeIsNews)) return;
  ticks.push(tickString(types.lastTime, String(Math.floor(quote.ts / 1000))));
  if (priceIsNews) ticks.push(tickPrice(types.last, quote.last, quote.lastSize, 'trade'));
  if (sizeIsNews) ticks.push(tickSize(types.lastSize, quote.lastSize));
}

/** Greeks that were there and are gone are told as missing, so that nobody keeps the old ones. */
function pushModel(
  ticks: Tick[],
  model: VenueModel | null,
  told: VenueModel | null,
  types: TickTypes,
): void {
  if (model === null && told === null) return;
  const next = model ?? MODEL_MISSING;
  if (told !== null && sameModel(next, told)) return;
  ticks.push(optionComputation(types.model, next));
}

/** What the model makes of bid, ask and last trade; each is told when its price changes. */
function pushComputations(
  ticks: Tick[],
  quote: VenueQuote,
  told: VenueQuote | null,
  types: TickTypes,
  compute: Compute,
): void {
  const at = (price: number): VenueModel => {
    const known = price > 0 && Number.isFinite(quote.model?.iv);
    return (known ? compute(quote, price) : null) ?? MODEL_MISSING;
  };
  if (!Object.is(quote.bid, told?.bid)) {
    ticks.push(optionComputation(types.bidModel, at(quote.bid)));
  }
  if (!Object.is(quote.ask, told?.ask)) {
    ticks.push(optionComputation(types.askModel, at(quote.ask)));
  }
  if (isNews(quote.last, told?.last)) {
    ticks.push(optionComputation(types.lastModel, at(quote.last)));
  }
}

/** The size of a side; 0 where it has no price. */
function sizeAt(quote: VenueQuote, side: 'bid' | 'ask'): number {
  const size = side === 'bid' ? quote.bidSize : quote.askSize;
  return Number.isFinite(quote[side]) && Number.isFinite(size) ? size : 0;
}

function isNews(value: number, told: number | undefined): boolean {
  return Number.isFinite(value) && value !== told;
}

function sameModel(left: VenueModel, right: VenueModel): boolean {
  return (
    Object.is(left.iv, right.iv) &&
    Object.is(left.delta, right.delta) &&
    Object.is(left.gamma, right.gamma) &&
    Object.is(left.vega, right.vega) &&
    Object.is(left.theta, right.theta) &&
    Object.is(left.price, right.price) &&
    Object.is(left.underlyingPrice, right.underlyingPrice)
  );
}
