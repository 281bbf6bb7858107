/**
 * Past prices: what was seen since the exchange opened, and before that an invented past. A stock's
 * bars of every kind come of the same quotes that its line showed; an option's are the model's, on
 * the bars of its stock. A recording has no invented past, and of options what was watched.
 */

import { newYorkDate, tradingSession } from '../../domain/calendar.ts';
import type { OptionContract, StockContract } from '../../domain/contract.ts';
import type { Random } from '../../runtime/random.ts';
import { createPast, type Past } from './invented-past.ts';
import { findStock, type Listing } from './listing.ts';
import type { SplitRecord } from './rights.ts';
import type { Scenario } from './scenario.ts';
import { type Block, SeenPrices } from './seen-prices.ts';
import type { BarKind, PastTicksQuery, VenueBar, VenueQuote, VenueTick } from './venue.ts';
import { impliedBars, realisedBars } from './volatility-bars.ts';

export interface History {
  /** Keeps what the line showed. */
  note(quote: VenueQuote, isWatched: boolean): void;
  /** Bars that begin in `[from, to)`, oldest first; `barMs` of a day means one for each session. */
  bars(query: BarsQuery): readonly VenueBar[];
  /** The earliest moment there are prices of; null where there are none. */
  headTime(conId: number, kind: BarKind): number | null;
  ticks(query: PastTicksQuery): readonly VenueTick[];
  /** All that is past reads in the new shares from now on. */
  split(conId: number, ratio: number): void;
}

export interface BarsQuery {
  readonly conId: number;
  readonly from: number;
  readonly to: number;
  readonly barMs: number;
  readonly kind: BarKind;
}

export interface HistoryOptions {
  readonly scenario: Scenario;
  readonly listing: Listing;
  /** Of the invented past. */
  readonly random: Random;
  /** From before a restart. */
  readonly splits: readonly SplitRecord[];
  /** The market an option's model shows on a price of its stock; null without an answer. */
  readonly priceOption: (
    option: OptionContract,
    spot: number,
    ts: number,
  ) => { readonly bid: number; readonly ask: number; readonly middle: number } | null;
}

const DAY_MS = 86_400_000;
const STOCK_ATOM_MS = 5000;
/** Four sessions of five-second bars for each stock. */
const STOCK_ATOMS_MAX = 20_000;
const OPTION_ATOM_MS = 60_000;
const OPTION_ATOMS_MAX = 1600;
/** An hour or two of quotes, one by one. */
const TICKS_MAX = 20_000;
const OPTION_TICKS_MAX = 1000;
/** Recorded options that are remembered; a client has a hundred lines. */
const OPTIONS_MAX = 200;

/** Calendar days that hold the sessions a realised volatility is of, with holidays to spare. */
const REALISED_DAYS = 60;

interface Pasts {
  readonly options: HistoryOptions;
  readonly seen: ReadonlyMap<number, SeenPrices>;
  readonly pasts: ReadonlyMap<number, Past>;
  /** Shares of now for one of the scenario's start. */
  readonly ratios: ReadonlyMap<number, number>;
}

export function createHistory(options: HistoryOptions): History {
  const { scenario, listing } = options;
  const seen = new Map<number, SeenPrices>();
  const pasts = new Map<number, Past>();
  const ratios = new Map<number, number>();
  for (const { conId, ratio } of options.splits)
    ratios.set(conId, (ratios.get(conId) ?? 1) * ratio);
  for (const underlying of scenario.underlyings) {
    const stock = findStock(listing, underlying.symbol);
    if (stock === undefined) continue;
    const own = options.random.split(underlying.symbol);
    pasts.set(stock.conId, createPast(underlying, scenario.start, own));
  }
  const known: Pasts = { options, seen, pasts, ratios };
  const remembers = (conId: number, isWatched: boolean): boolean => {
    if (seen.has(conId) || listing.contracts.get(conId)?.secType === 'STK') return true;
    return isWatched && scenario.recorded !== undefined && seen.size < OPTIONS_MAX;
  };
  return {
    note(quote, isWatched) {
      const { conId } = quote;
      if (!remembers(conId, isWatched)) return;
      const prices = seen.get(conId) ?? newPrices(listing.contracts.get(conId)?.secType);
      seen.set(conId, prices);
      prices.note(quote);
    },
    bars: (query) => barsOf(known, query),
    headTime(conId, kind) {
      const contract = listing.contracts.get(conId);
      if (contract === undefined || (contract.secType === 'OPT' && isVolatility(kind))) return null;
      const own = pasts.get(conId)?.head ?? seen.get(conId)?.head ?? null;
      if (own !== null || contract.secType === 'STK') return own;
      return pasts.get(contract.underlyingConId)?.head ?? null;
    },
    ticks: (query) => ticksOf(known, query),
    split(conId, ratio) {
      ratios.set(conId, (ratios.get(conId) ?? 1) * ratio);
      seen.get(conId)?.split(ratio);
    },
  };
}

function newPrices(secType: string | undefined): SeenPrices {
  return secType === 'STK'
    ? new SeenPrices(STOCK_ATOM_MS, STOCK_ATOMS_MAX, TICKS_MAX)
    : new SeenPrices(OPTION_ATOM_MS, OPTION_ATOMS_MAX, OPTION_TICKS_MAX);
}

function isVolatility(kind: BarKind): boolean {
  return kind === 'HISTORICAL_VOLATILITY' || kind === 'OPTION_IMPLIED_VOLATILITY';
}

function barsOf(known: Pasts, query: BarsQuery): readonly VenueBar[] {
  const { listing, scenario } = known.options;
  const contract = listing.contracts.get(query.conId);
  if (contract === undefined) return [];
  if (contract.secType === 'OPT') {
    if (isVolatility(query.kind)) return [];
    return known.seen.has(contract.conId)
      ? stockBars(known, query)
      : optionBars(known, contract, query);
  }
  const underlying = scenario.underlyings.find(({ symbol }) => symbol === contract.symbol);
  const middles = { ...query, kind: 'MIDPOINT' } as const;
  if (query.kind === 'HISTORICAL_VOLATILITY') {
    const since = Math.max(0, query.from - REALISED_DAYS * DAY_MS);
    const daily = stockBars(known, { ...middles, from: since, barMs: DAY_MS });
    return realisedBars(stockBars(known, middles), daily);
  }
  if (query.kind !== 'OPTION_IMPLIED_VOLATILITY') return stockBars(known, query);
  return underlying === undefined ? [] : impliedBars(stockBars(known, middles), underlying.surface);
}

/** Bars of a line's own prices. */
function stockBars(known: Pasts, query: BarsQuery): readonly VenueBar[] {
  const { from, barMs, kind } = query;
  if (kind === 'BID_ASK') {
    const bids = atomsOf(known, query, 'bid');
    const asks = new Map(atomsOf(known, query, 'ask').map((atom) => [atom.ts, atom]));
    const both = bids.map((bid): VenueBar => {
      const ask = asks.get(bid.ts) ?? bid;
      return { ...bid, open: bid.close, close: ask.close, high: ask.high, ...NO_VOLUME };
    });
    return joinBars(both, from, barMs, meanOfSides);
  }
  const isTrade = kind === 'TRADES' || kind === 'ADJUSTED_LAST';
  const bars = joinBars(atomsOf(known, query, blockOf(kind)), from, barMs, merge);
  return isTrade ? bars : bars.map((bar) => ({ ...bar, ...NO_VOLUME }));
}

const NO_VOLUME = { volume: -1, count: -1 };

function blockOf(kind: BarKind): Block {
  if (kind === 'TRADES' || kind === 'ADJUSTED_LAST') return 'trade';
  if (kind === 'BID') return 'bid';
  return kind === 'ASK' ? 'ask' : 'middle';
}

/** The smallest bars there are: invented minutes, then what was seen. */
function atomsOf(known: Pasts, query: BarsQuery, block: Block): readonly VenueBar[] {
  const { conId, from, to } = query;
  const { start, underlyings } = known.options.scenario;
  const begins = Math.max(from, start) - STOCK_ATOM_MS;
  const recent = known.seen.get(conId)?.bars(block, Math.max(begins, from - STOCK_ATOM_MS), to);
  const minutes = known.pasts.get(conId)?.minutes(from, Math.min(to, start)) ?? [];
  const symbol = known.options.listing.contracts.get(conId)?.symbol;
  const ticks = underlyings.find((entry) => entry.symbol === symbol)?.model.spread_ticks ?? 1;
  const ratio = known.ratios.get(conId) ?? 1;
  const past = minutes.map((bar) => shifted(bar, block, ticks, ratio));
  return [...past, ...(recent ?? [])];
}

/** A minute of the invented past, in the shares of now, as one side of a calm market. */
function shifted(bar: VenueBar, block: Block, spreadTicks: number, ratio: number): VenueBar {
  if (block === 'middle' && ratio === 1) return bar;
  const half = spreadTicks / 200;
  const offset = block === 'bid' ? -half : block === 'ask' ? half : 0;
  const isCents = block !== 'middle';
  const move = (price: number): number => {
    const moved = price / ratio + offset;
    return isCents ? Math.max(0.01, Math.round(moved * 100) / 100) : moved;
  };
  const { open, high, low, close } = bar;
  const prices = { open: move(open), high: move(high), low: move(low), close: move(close) };
  return { ...bar, ...prices, volume: Math.round(bar.volume * ratio) };
}

/** An option's bars: what its model shows at the prices of each bar of its stock. */
function optionBars(known: Pasts, option: OptionContract, query: BarsQuery): readonly VenueBar[] {
  const { kind } = query;
  const middles = { ...query, conId: option.underlyingConId, kind: 'MIDPOINT' } as const;
  return stockBars(known, middles).flatMap((bar): readonly VenueBar[] => {
    const at = [bar.open, bar.high, bar.low, bar.close].map((spot) =>
      known.options.priceOption(option, spot, bar.ts),
    );
    const [open, high, low, close] = at;
    if (open == null || high == null || low == null || close == null) return [];
    const all = [open, high, low, close];
    if (kind === 'BID_ASK') {
      const sides = { open: open.bid, close: close.ask };
      const low2 = Math.min(...all.map(({ bid }) => bid));
      const high2 = Math.max(...all.map(({ ask }) => ask));
      return [{ ...bar, ...sides, low: low2, high: high2, ...NO_VOLUME }];
    }
    const side = kind === 'BID' ? 'bid' : kind === 'ASK' ? 'ask' : 'middle';
    const isTrade = kind === 'TRADES' || kind === 'ADJUSTED_LAST';
    const round = (price: number): number => (isTrade ? Math.round(price * 100) / 100 : price);
    const prices = all.map((entry) => round(entry[side]));
    const made = {
      ts: bar.ts,
      open: prices[0] ?? 0,
      high: Math.max(...prices),
      low: Math.min(...prices),
      close: prices[3] ?? 0,
      ...(isTrade ? { volume: 1, count: 1 } : NO_VOLUME),
    };
    return made.low > 0 ? [made] : [];
  });
}

type Merge = (before: VenueBar, atom: VenueBar, atoms: number) => VenueBar;

function merge(before: VenueBar, atom: VenueBar): VenueBar {
  return {
    ...before,
    high: Math.max(before.high, atom.high),
    low: Math.min(before.low, atom.low),
    close: atom.close,
    volume: before.volume + atom.volume,
    count: before.count + atom.count,
  };
}

/** Running means of both sides. */
function meanOfSides(before: VenueBar, atom: VenueBar, atoms: number): VenueBar {
  return {
    ...before,
    high: Math.max(before.high, atom.high),
    low: Math.min(before.low, atom.low),
    open: before.open + (atom.open - before.open) / atoms,
    close: before.close + (atom.close - before.close) / atoms,
  };
}

/** Joins small bars into larger ones, which begin at the session's open or, of a day, with it. */
function joinBars(
  atoms: readonly VenueBar[],
  from: number,
  barMs: number,
  join: Merge,
): readonly VenueBar[] {
  const bars: VenueBar[] = [];
  let count = 0;
  let origin = 0;
  let close = 0;
  for (const atom of atoms) {
    // A year has a hundred thousand atoms and 252 sessions: the calendar is asked once for each.
    if (atom.ts >= close) {
      const session = tradingSession(newYorkDate(atom.ts));
      origin = session?.open ?? 0;
      close = session !== null && atom.ts < session.close ? session.close : 0;
    }
    const steps = Math.floor((atom.ts - origin) / barMs);
    const ts = barMs >= DAY_MS ? origin : origin + steps * barMs;
    if (ts < from && atom.ts < from) continue;
    const before = bars.at(-1);
    count = before?.ts === ts ? count + 1 : 1;
    if (before?.ts !== ts) bars.push({ ...atom, ts });
    else bars[bars.length - 1] = join(before, atom, count);
  }
  return bars;
}

/** Quotes one by one where they are known, else one for each of the smallest bars. */
function ticksOf(known: Pasts, query: PastTicksQuery): readonly VenueTick[] {
  const { conId, from, to, countMax, keep } = query;
  const contract = known.options.listing.contracts.get(conId);
  if (contract === undefined) return [];
  const head = known.seen.get(conId)?.tickHead ?? Number.POSITIVE_INFINITY;
  const newer = from >= to ? [] : quoteTicks(known, query, Math.max(from, head));
  if (keep === 'last') {
    const missing = countMax - newer.length;
    const until = Math.min(to, head);
    const since = Math.max(from, until - spanOf(missing));
    const older = missing > 0 ? tickBars(known, contract, query, since, until) : [];
    return [...older, ...newer].slice(-countMax);
  }
  const until = Math.min(to, head, from + spanOf(countMax));
  const older = from < head ? tickBars(known, contract, query, from, until) : [];
  return [...older, ...(until < Math.min(to, head) ? [] : newer)].slice(0, countMax);
}

/** Calendar time that has so many minutes of sessions in it, wherever it begins. */
function spanOf(minutes: number): number {
  return (2 * Math.ceil(minutes / 390) + 5) * DAY_MS;
}

function quoteTicks(
  known: Pasts,
  { conId, kind, to }: PastTicksQuery,
  from: number,
): readonly VenueTick[] {
  const seen = known.seen.get(conId)?.ticks(from, to) ?? [];
  return seen.flatMap(({ traded, last, ...sides }): readonly VenueTick[] => {
    if (kind === 'BID_ASK') return [{ ...sides, ...NO_PRICE }];
    const { ts, bid, ask } = sides;
    if (kind === 'TRADES') return traded > 0 ? [tradeTick(ts, last, traded)] : [];
    return bid > 0 && ask > 0 ? [tradeTick(ts, (bid + ask) / 2, 0)] : [];
  });
}

const NO_PRICE = { price: Number.NaN, size: 0 };

function tradeTick(ts: number, price: number, size: number): VenueTick {
  return { ts, price, size, bid: Number.NaN, ask: Number.NaN, bidSize: 0, askSize: 0 };
}

function tickBars(
  known: Pasts,
  { conId }: StockContract | OptionContract,
  { kind }: PastTicksQuery,
  from: number,
  to: number,
): readonly VenueTick[] {
  const barsIn = (of: BarKind): readonly VenueBar[] =>
    barsOf(known, { conId, from, to, barMs: OPTION_ATOM_MS, kind: of });
  if (kind !== 'BID_ASK') {
    return barsIn(kind).map(({ ts, close, volume }) => tradeTick(ts, close, Math.max(0, volume)));
  }
  const asks = new Map(barsIn('ASK').map(({ ts, close }) => [ts, close]));
  return barsIn('BID').map(({ ts, close: bid }) => {
    return { ts, ...NO_PRICE, bid, ask: asks.get(ts) ?? bid, bidSize: 100, askSize: 100 };
  });
}
