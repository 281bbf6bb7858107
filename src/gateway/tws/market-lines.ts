/**
 * One client's market-data lines. A line first gets its parameters and what is there, then each
 * change and nothing else, as TWS does: a quote that does not move is silent.
 */

import type { Venue, VenueQuote } from '../sim/venue.ts';
import { type Client, ERROR } from './client.ts';
import { resolveContract } from './contracts.ts';
import {
  encodeMarketDataType,
  encodeOptionComputation,
  encodeSnapshotEnd,
  encodeTickGeneric,
  encodeTickPrice,
  encodeTickReqParams,
  encodeTickSize,
  encodeTickString,
  type VenueModel,
} from './encode-ticks.ts';
import type { WireContract } from './requests.ts';
import { DELAYED_TICKS, GENERIC, GENERIC_TICKS, LIVE_TICKS, type TickTypes } from './wire-ids.ts';

/** Which data the account of this gateway is entitled to. */
export type MarketFeed = 'live' | 'delayed';

export interface LineRequest {
  readonly id: number;
  readonly contract: WireContract;
  readonly genericTicks: string;
  readonly snapshot: boolean;
}

interface Line {
  readonly id: number;
  readonly types: TickTypes;
  /** What the client was told last; null before the first quote. */
  told: VenueQuote | null;
  /** The mark price was asked for, and what it was. */
  mark: number | null;
  stop: () => void;
}

const MODEL_MISSING: VenueModel = {
  iv: Number.NaN,
  delta: Number.NaN,
  gamma: Number.NaN,
  vega: Number.NaN,
  theta: Number.NaN,
  price: Number.NaN,
  underlyingPrice: Number.NaN,
};

const NOT_SUBSCRIBED = 'Requested market data is not subscribed.';
const LINE_TEXTS: ReadonlyMap<number, string> = new Map([
  [354, NOT_SUBSCRIBED],
  [10089, 'Requested market data requires additional subscription for API.'],
  [10090, 'Part of requested market data is not subscribed.'],
  [10091, 'Part of requested market data requires additional subscription for API.'],
  [10167, `${NOT_SUBSCRIBED} Displaying delayed market data.`],
  [10168, `${NOT_SUBSCRIBED} Delayed market data is not enabled.`],
  [10186, `${NOT_SUBSCRIBED} Delayed market data is not enabled.`],
  [10197, 'No market data during competing live session'],
]);
/** Codes after which ticks still flow. */
const DEGRADING: ReadonlySet<number> = new Set([10090, 10091, 10167]);

export class MarketLines {
  readonly #venue: Venue;
  readonly #client: Client;
  readonly #feed: MarketFeed;
  readonly #linesMax: number;
  readonly #lines = new Map<number, Line>();
  /** What the client asked for: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen. */
  #wantedType = 1;

  constructor(venue: Venue, client: Client, feed: MarketFeed, linesMax: number) {
    this.#venue = venue;
    this.#client = client;
    this.#feed = feed;
    this.#linesMax = linesMax;
  }

  get count(): number {
    return this.#lines.size;
  }

  /** Holds for the lines that are asked for after it. */
  setMarketDataType(marketDataType: number): void {
    this.#wantedType = marketDataType;
  }

  subscribe(request: LineRequest): void {
    const { id, snapshot } = request;
    const refusal = this.#refusal(request);
    if (refusal !== null) {
      this.#client.error(id, refusal.code, refusal.text);
      return;
    }
    const resolution = resolveContract(this.#venue, request.contract);
    if (resolution.kind === 'missing') {
      this.#client.error(id, ERROR.noDefinition, resolution.text);
      return;
    }
    const { contract, minTick } = resolution.terms;
    const quote = this.#venue.quote(contract.conId);
    if (quote === null) {
      const text = 'Requested market data is not subscribed.';
      this.#client.error(id, ERROR.notSubscribed, text);
      return;
    }

    const delayed = this.#feed === 'delayed';
    if (delayed) {
      const text = 'Requested market data is not subscribed. Displaying delayed market data.';
      this.#client.error(id, ERROR.delayedInstead, text);
    }
    this.#client.send(encodeTickReqParams(id, minTick, contract.exchange));
    this.#client.send(encodeMarketDataType(id, delayed ? 3 : 1));
    const types = delayed ? DELAYED_TICKS : LIVE_TICKS;
    const generic = new Set(request.genericTicks.split(',').map((tick) => Number(tick.trim())));
    const mark = generic.has(GENERIC.mark) ? Number.NaN : null;
    const line: Line = { id, types, told: null, mark, stop: () => undefined };
    if (snapshot) {
      this.#tell(line, quote);
      this.#client.send(encodeSnapshotEnd(id));
      return;
    }
    this.#lines.set(id, line);
    this.#tellStatistics(id, contract.conId, generic);
    line.stop = this.#venue.watch(contract.conId, (next) => this.#tell(line, next));
  }

  cancel(id: number): void {
    const line = this.#lines.get(id);
    if (line === undefined) {
      this.#client.error(id, ERROR.unknownTicker, `Can't find EId with tickerId:${id}`);
      return;
    }
    this.#lines.delete(id);
    line.stop();
  }

  close(): void {
    for (const line of this.#lines.values()) line.stop();
    this.#lines.clear();
  }

  /** What happens to rights while lines run; those that only degrade keep the line. */
  refuseAll(code: number): void {
    for (const [id, line] of [...this.#lines]) {
      this.#client.error(id, code, LINE_TEXTS.get(code) ?? `Market data: code ${code}`);
      if (DEGRADING.has(code)) continue;
      this.#lines.delete(id);
      line.stop();
    }
  }

  #refusal({ id, genericTicks, snapshot }: LineRequest): { code: number; text: string } | null {
    if (this.#lines.has(id)) {
      const text = 'Error processing request.-Duplicate ticker id';
      return { code: ERROR.processing, text };
    }
    if (this.#lines.size >= this.#linesMax) {
      return { code: ERROR.tickersMax, text: 'Max number of tickers has been reached' };
    }
    if (snapshot && genericTicks.trim() !== '') {
      const text = 'Snapshot market data subscription is not applicable to generic ticks';
      return { code: ERROR.snapshotGenericTicks, text };
    }
    if (this.#feed === 'delayed' && this.#wantedType < 3) {
      const text = 'Requested market data is not subscribed. Delayed market data is not enabled.';
      return { code: ERROR.delayedNotEnabled, text };
    }
    return null;
  }

  #tell(line: Line, quote: VenueQuote): void {
    const { told, types } = line;
    line.told = quote;
    this.#tellSide(line, 'bid', quote, told);
    this.#tellSide(line, 'ask', quote, told);
    this.#tellTrade(line, quote, told);
    if (isNews(quote.volume, told?.volume)) {
      this.#client.send(encodeTickSize(line.id, types.volume, quote.volume));
    }
    if (isNews(quote.close, told?.close)) {
      this.#client.send(encodeTickPrice(line.id, types.close, quote.close, 0, 'trade'));
    }
    if (quote.halted !== told?.halted) {
      this.#client.send(encodeTickGeneric(line.id, types.halted, quote.halted ? 1 : 0));
    }
    this.#tellModel(line, quote.model, told?.model ?? null);
    this.#tellComputation(line, types.bidModel, quote, told, 'bid');
    this.#tellComputation(line, types.askModel, quote, told, 'ask');
    this.#tellMark(line, quote);
  }

  /** What the model makes of one side's price; told when that price changes. */
  #tellComputation(
    { id }: Line,
    tickType: number,
    quote: VenueQuote,
    told: VenueQuote | null,
    side: 'bid' | 'ask',
  ): void {
    const { model } = quote;
    if (model === null || Object.is(quote[side], told?.[side])) return;
    const price = quote[side];
    const spot = model.underlyingPrice;
    const known = price > 0 && Number.isFinite(model.iv);
    const computed = known
      ? this.#venue.research?.computeOption(quote.conId, spot, { price })
      : MODEL_MISSING;
    if (computed === undefined) return;
    this.#client.send(encodeOptionComputation(id, tickType, computed ?? MODEL_MISSING));
  }

  #tellMark(line: Line, { bid, ask, last }: VenueQuote): void {
    if (line.mark === null) return;
    const mark = bid > 0 && ask > 0 ? Math.round(((bid + ask) / 2) * 1e4) / 1e4 : last;
    if (!isNews(mark, line.mark)) return;
    line.mark = mark;
    this.#client.send(encodeTickPrice(line.id, GENERIC_TICKS.mark, mark, 0, 'trade'));
  }

  /** Told once: in this world they stand for the day. */
  #tellStatistics(id: number, conId: number, generic: ReadonlySet<number>): void {
    const statistics = this.#venue.research?.statistics(conId) ?? null;
    if (statistics === null) return;
    const { impliedVol, historicalVol, shortableShares } = statistics;
    const client = this.#client;
    if (generic.has(GENERIC.historicalVol)) {
      client.send(encodeTickGeneric(id, GENERIC_TICKS.historicalVol, historicalVol));
    }
    if (generic.has(GENERIC.impliedVol)) {
      client.send(encodeTickGeneric(id, GENERIC_TICKS.impliedVol, impliedVol));
    }
    if (generic.has(GENERIC.shortable)) {
      // Above 2.5: at least a thousand shares can be borrowed.
      client.send(encodeTickGeneric(id, GENERIC_TICKS.shortable, 3));
      client.send(encodeTickSize(id, GENERIC_TICKS.shortableShares, shortableShares));
    }
    if (generic.has(GENERIC.optionVolume)) {
      client.send(encodeTickSize(id, GENERIC_TICKS.callVolume, 0));
      client.send(encodeTickSize(id, GENERIC_TICKS.putVolume, 0));
    }
    if (generic.has(GENERIC.openInterest)) {
      client.send(encodeTickSize(id, GENERIC_TICKS.callOpenInterest, 0));
      client.send(encodeTickSize(id, GENERIC_TICKS.putOpenInterest, 0));
    }
  }

  /**
   * A price carries its size, and a size that changed is told again by itself, as TWS does it:
   * there are clients that take sizes from the one message only. An empty side says so once.
   */
  #tellSide(
    { id, types }: Line,
    side: 'bid' | 'ask',
    quote: VenueQuote,
    told: VenueQuote | null,
  ): void {
    const size = sizeAt(quote, side);
    if (told === null || !Object.is(quote[side], told[side])) {
      this.#client.send(encodeTickPrice(id, types[side], quote[side], size, 'quote'));
    }
    if (told === null || size !== sizeAt(told, side)) {
      const type = side === 'bid' ? types.bidSize : types.askSize;
      this.#client.send(encodeTickSize(id, type, size));
    }
  }

  #tellTrade({ id, types }: Line, quote: VenueQuote, told: VenueQuote | null): void {
    const priceIsNews = isNews(quote.last, told?.last);
    const sizeIsNews = isNews(quote.lastSize, told?.lastSize);
    if (!Number.isFinite(quote.last) || !(priceIsNews || sizeIsNews)) return;
    const time = String(Math.floor(quote.ts / 1000));
    this.#client.send(encodeTickString(id, types.lastTime, time));
    if (priceIsNews) {
      this.#client.send(encodeTickPrice(id, types.last, quote.last, quote.lastSize, 'trade'));
    }
    if (sizeIsNews) this.#client.send(encodeTickSize(id, types.lastSize, quote.lastSize));
  }

  /** Greeks that were there and are gone are told as missing, so that nobody keeps the old ones. */
  #tellModel({ id, types }: Line, model: VenueModel | null, told: VenueModel | null): void {
    if (model === null && told === null) return;
    const next = model ?? MODEL_MISSING;
    if (told !== null && sameModel(next, told)) return;
    this.#client.send(encodeOptionComputation(id, types.model, next));
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
