/**
 * The record that the greeks actor publishes for a book and the kernel evaluates: plain doubles in
 * a fixed layout, so that it crosses threads through shared memory and goes to the journal as the
 * very bytes that were read. NaN means "none"; times are epoch milliseconds of trading time, but
 * `recvMono`, which is the monotonic time of the socket read that caused the record.
 */

import {
  type BookQuotes,
  LEG_CHECKS,
  LEG_QUALITY,
  LEG_REASONS,
  type LegQuote,
} from '../domain/book-quotes.ts';
import { MAX_DIVIDENDS, MAX_LEGS } from '../limits.ts';
import { defineDoubles } from '../runtime/layout.ts';

const HEADER = defineDoubles(
  'slot',
  /** Counts the records of this book, from 1. */
  'version',
  'tradingTs',
  'recvMono',
  'bid',
  'ask',
  'last',
  'bidSize',
  'askSize',
  /** The previous session's close. */
  'close',
  /** Trading time of the underlying's last tick. */
  'spotTs',
  'halted',
  /** 1 live, 2 frozen, 3 delayed, 4 delayed-frozen. */
  'dataType',
  /** Index into the regimes M0 … M4; the kernel adds M5 by age. */
  'regime',
  /** Annualised realised volatility of the window. */
  'realizedVol',
  'legCount',
  /** The settings that the legs were priced with, so that they can be priced again. */
  'rate',
  'dividendYield',
  'volatility',
  /** Index into `VOL_SOURCES`. */
  'volSource',
  /** How easily the underlying can be borrowed (tick 46 of IB), and how many shares of it. */
  'shortable',
  'shortableShares',
  /** 1 American, 0 European. */
  'exercise',
  /** Index into `DELTA_MODES`, and the coefficients of the last of them. */
  'deltaMode',
  'varianceA',
  'varianceB',
  'varianceC',
  'quorumTolerance',
  'wideQuotePct',
  'ivMaxAgeMs',
  /** Cash dividends, which stand behind the legs: each its ex-moment, epoch ms, and USD. */
  'dividendCount',
  /** Options beside the legs, which stand right behind them and are priced for the smile alone. */
  'strikeCount',
  /** As many more were wanted; there was no market-data line for them. */
  'strikesDropped',
  /** From this age on IB's model has nothing to say; none in journals that did not know its age. */
  'ibMaxAgeMs',
  /** Of pricing: `PRICING_METHOD`, none in journals from before it was counted. */
  'method',
);

/** What `BOOK.volSource` counts. */
export const VOL_SOURCES = ['quote', 'ib', 'fixed', 'smile'] as const;
export const DELTA_MODES = ['black_scholes', 'sticky_strike', 'minimum_variance'] as const;

const LEG_PART = defineDoubles(
  'conId',
  'bid',
  'ask',
  'last',
  'close',
  'quoteTs',
  'iv',
  /** Trading time at which a quote last gave `iv`; none when it is not from a quote of ours. */
  'ivTs',
  /** Index into `LEG_QUALITY` of `domain/book-quotes.ts`. */
  'quality',
  /** The model's value of the option, USD per share. */
  'value',
  'delta',
  'gamma',
  'vega',
  'theta',
  /** IB's own model delta (tick 13), for comparison. */
  'ibDelta',
  /** The underlying's price at which the leg was priced: its mid, or the last one it had. */
  'spot',
  /** IB's model volatility, where it was there to choose. */
  'ibIv',
  'strike',
  /** 1 a call, −1 a put. */
  'right',
  /** `YYYYMMDD` as a number. */
  'expiry',
  /** Continuously compounded, to the leg's expiry. */
  'rate',
  /** What the standing quote implies, where it implies something; what it was solved from. */
  'quoteIv',
  'solvedTs',
  'solvedSpot',
  'solvedPrice',
  /** Index into `LEG_REASONS`: why the standing quote implies no volatility. */
  'fault',
  /** The volatility of the last good quote, and when it last stood. */
  'heldIv',
  'heldTs',
  /** Bits of `QUOTE_FLAGS`. */
  'flags',
  /** Index into `LEG_REASONS`. */
  'reason',
  /** ∂V/∂S at `iv`; `delta` is what the delta mode makes of it. */
  'modelDelta',
  'differenceDelta',
  /** Index into `LEG_CHECKS`. */
  'check',
  /** The smile's volatility at this strike, where it was asked for and there is a smile. */
  'smileIv',
  /** Trading time of IB's model. */
  'ibTs',
  /**
   * The same for options of one trading class and multiplier, whose volatilities may be compared;
   * none in journals that held all for one.
   */
  'series',
  /** Index into `LEG_REASONS`: why `delta` is not what the delta mode would make of it. */
  'deltaReason',
);

type LegView = ReturnType<typeof LEG_PART.over>;

export const DIVIDEND_LENGTH = 2;

/** Counted up when the same inputs have another price: a journal's records keep theirs. */
export const PRICING_METHOD = 3;

/** Offset of each header field in the record. */
export const BOOK = HEADER.offsets;
/** Offset of each leg field in the leg's part of the record. */
export const LEG = LEG_PART.offsets;
export const BOOK_HEADER_LENGTH = HEADER.doubles;
export const LEG_LENGTH = LEG_PART.doubles;
/** Doubles in one record. */
export const BOOK_RECORD_LENGTH =
  BOOK_HEADER_LENGTH + MAX_LEGS * LEG_LENGTH + MAX_DIVIDENDS * DIVIDEND_LENGTH;

/** Where leg `index` begins in a record; behind the last leg come the strikes of its smiles. */
export function legOffset(index: number): number {
  return BOOK_HEADER_LENGTH + index * LEG_LENGTH;
}

/** Where dividend `index` of a record begins: its ex-moment, then its amount. */
export function dividendOffset(record: Float64Array, index: number): number {
  return legOffset(quotedCount(record)) + index * DIVIDEND_LENGTH;
}

/** Legs and strikes: all options of a record that have a quote. */
export function quotedCount(record: Float64Array): number {
  const strikes = record[BOOK.strikeCount] ?? 0;
  return (record[BOOK.legCount] ?? 0) + (strikes > 0 ? strikes : 0);
}

/** Doubles of a record that carry data: what the journal stores. */
export function usedLength(record: Float64Array): number {
  return dividendOffset(record, record[BOOK.dividendCount] ?? 0);
}

/**
 * Fields of the header and of a leg as older journals have them, by the version of their records:
 * 1 lacked the inputs of the pricing, 2 whether the underlying can be borrowed, 3 early exercise,
 * dividends, and what a leg's volatility was solved from, 4 strikes beside the legs, 5 the age of
 * IB's model.
 */
const OLD_LENGTHS = {
  1: { header: 16, leg: 16 },
  2: { header: 20, leg: 20 },
  3: { header: 22, leg: 20 },
  4: { header: 31, leg: 34 },
  5: { header: 33, leg: 34 },
} as const;

export type OldBookVersion = keyof typeof OLD_LENGTHS;

/** Whether records of journals of this version want `upgradeBookRecord`. */
export function isOldVersion(version: number): version is OldBookVersion {
  return version in OLD_LENGTHS;
}

/** A record of an older journal in today's layout, with none of what was added since. */
export function upgradeBookRecord(old: Float64Array, version: OldBookVersion): Float64Array {
  const { header, leg } = OLD_LENGTHS[version];
  const hasDividends = header > BOOK.dividendCount;
  const dividends = hasDividends ? (old[BOOK.dividendCount] ?? 0) * DIVIDEND_LENGTH : 0;
  const legs = Math.max(0, Math.floor((old.length - header - dividends) / leg));
  const length = legOffset(legs) + dividends;
  const record = new Float64Array(length).fill(Number.NaN);
  record.set(old.subarray(0, header));
  for (let index = 0; index < legs; index += 1) {
    const start = header + index * leg;
    record.set(old.subarray(start, start + leg), legOffset(index));
  }
  record.set(old.subarray(old.length - dividends), length - dividends);
  if (!hasDividends) record[BOOK.dividendCount] = 0;
  if (header <= BOOK.strikeCount) {
    record[BOOK.strikeCount] = 0;
    record[BOOK.strikesDropped] = 0;
  }
  return record;
}

/** A record by the names of its fields, for people; what is none is null. */
export function describeBookRecord(record: Float64Array): Readonly<Record<string, unknown>> {
  const part = (names: readonly string[], base: number) =>
    Object.fromEntries(
      names.map((name, index) => {
        const value = record[base + index] ?? Number.NaN;
        return [name, Number.isNaN(value) ? null : value];
      }),
    );
  const count = record[BOOK.legCount] ?? 0;
  const quoted = Array.from({ length: quotedCount(record) }, (_, index) =>
    part(LEG_PART.names, legOffset(index)),
  );
  const dividends = Array.from({ length: record[BOOK.dividendCount] ?? 0 }, (_, index) => {
    const base = dividendOffset(record, index);
    return { exTs: record[base] ?? null, amount: record[base + 1] ?? null };
  });
  const [legs, strikes] = [quoted.slice(0, count), quoted.slice(count)];
  return { ...part(HEADER.names, 0), legs, strikes, dividends };
}

/** An empty view for `readBookRecord` to fill. */
export function emptyBookQuotes(): BookQuotes {
  return {
    version: 0,
    tradingTs: Number.NaN,
    bid: Number.NaN,
    ask: Number.NaN,
    last: Number.NaN,
    bidSize: Number.NaN,
    askSize: Number.NaN,
    close: Number.NaN,
    spotTs: Number.NaN,
    halted: false,
    dataType: 1,
    regime: 1,
    realizedVol: Number.NaN,
    shortable: Number.NaN,
    shortableShares: Number.NaN,
    lagMs: 0,
    smile: { strikes: 0, good: 0, dropped: 0 },
    legs: [],
  };
}

/**
 * Fills `into` from a record. `monoNow` (ms) is the evaluation's own time: the lag is measured from
 * the socket read to there. In lock-step the caller passes `recvMono`, and the lag is 0.
 */
export function readBookRecord(record: Float64Array, monoNow: number, into: BookQuotes): void {
  const header = HEADER.over(record);
  into.version = header.version;
  into.tradingTs = header.tradingTs;
  into.bid = header.bid;
  into.ask = header.ask;
  into.last = header.last;
  into.bidSize = header.bidSize;
  into.askSize = header.askSize;
  into.close = header.close;
  into.spotTs = header.spotTs;
  into.halted = header.halted > 0;
  into.dataType = toDataType(header.dataType);
  into.regime = header.regime;
  into.realizedVol = header.realizedVol;
  into.shortable = header.shortable;
  into.shortableShares = header.shortableShares;
  into.lagMs = Math.max(0, monoNow - header.recvMono);
  const count = header.legCount;
  while (into.legs.length < count) into.legs.push(emptyLegQuote());
  into.legs.length = count;
  for (let index = 0; index < count; index += 1) {
    const leg = into.legs[index];
    if (leg !== undefined) readLeg(LEG_PART.over(record, legOffset(index)), leg);
  }
  const { smile } = into;
  const { strikesDropped } = header;
  smile.strikes = quotedCount(record) - count;
  smile.dropped = strikesDropped > 0 ? strikesDropped : 0;
  smile.good = 0;
  for (let index = count; index < count + smile.strikes; index += 1) {
    const { flags, quoteIv } = LEG_PART.over(record, legOffset(index));
    if (flags === 0 && quoteIv > 0) smile.good += 1;
  }
}

function readLeg(from: LegView, leg: LegQuote): void {
  leg.conId = from.conId;
  leg.bid = from.bid;
  leg.ask = from.ask;
  leg.last = from.last;
  leg.close = from.close;
  leg.quoteTs = from.quoteTs;
  leg.iv = from.iv;
  leg.ivTs = from.ivTs;
  leg.quality = LEG_QUALITY[from.quality] ?? 'invalid';
  leg.value = from.value;
  leg.delta = from.delta;
  leg.gamma = from.gamma;
  leg.vega = from.vega;
  leg.theta = from.theta;
  leg.ibDelta = from.ibDelta;
  const flags = from.flags;
  leg.flags = Number.isNaN(flags) ? 0 : flags;
  leg.reason = LEG_REASONS[from.reason] ?? 'none';
  // Journals from before the delta modes have the one delta.
  const modelDelta = from.modelDelta;
  leg.modelDelta = Number.isNaN(modelDelta) ? leg.delta : modelDelta;
  leg.differenceDelta = from.differenceDelta;
  leg.check = LEG_CHECKS[from.check] ?? 'alone';
  leg.deltaReason = LEG_REASONS[from.deltaReason] ?? 'none';
}

function emptyLegQuote(): LegQuote {
  const none = Number.NaN;
  return {
    conId: 0,
    bid: none,
    ask: none,
    last: none,
    close: none,
    quoteTs: none,
    iv: none,
    ivTs: none,
    quality: 'invalid',
    value: none,
    delta: none,
    gamma: none,
    vega: none,
    theta: none,
    ibDelta: none,
    flags: 0,
    reason: 'none',
    modelDelta: none,
    differenceDelta: none,
    check: 'alone',
    deltaReason: 'none',
  };
}

function toDataType(value: number): 1 | 2 | 3 | 4 {
  return value === 2 || value === 3 || value === 4 ? value : 1;
}
