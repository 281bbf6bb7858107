/** One book's record: what its lines say, what its quotes imply, and the price of every leg. */

import assert from 'node:assert/strict';
import { IB_MODEL_MAX_AGE_MS, midOf, quoteFlags } from '../../src/domain/book-quotes.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import type { OptionContract } from '../../src/domain/contract.ts';
import { MAX_DIVIDENDS, MAX_LEGS } from '../../src/limits.ts';
import type { DatedDividend } from '../../src/pricing/leg-model.ts';
import { type RateCurve, rateAt } from '../../src/pricing/rate-curve.ts';
import { RegimeWindow } from '../../src/pricing/regime-window.ts';
import { pricingTime, yearsUntil } from '../../src/pricing/time-to-expiry.ts';
import {
  BOOK,
  BOOK_HEADER_LENGTH,
  DELTA_MODES,
  DIVIDEND_LENGTH,
  dividendOffset,
  LEG,
  legOffset,
  PRICING_METHOD,
  usedLength,
  VOL_SOURCES,
} from '../../src/protocol/book-board.ts';
import type { BookStrikes, WatchedBook } from '../../src/protocol/market.ts';
import { QUOTE } from '../../src/protocol/quote-board.ts';
import type { BoardSet, BoardWriter } from '../../src/runtime/board.ts';
import {
  type Line,
  lineOf,
  type QuotedOption,
  quotedOption,
  readLine,
  writeOption,
} from './quoted-option.ts';
import { QUALITY, RecordPricer } from './record-pricer.ts';

/** Trading time between two records from which nobody is kept waiting by solving all legs. */
const CALM_MS = 1000;

/** Quotes of one book in, its record out. */
export class BookPricer {
  readonly slot: number;
  /** Trading time of the newest record; 0 before the first. */
  pricedTs = 0;
  /** Trading time at which a volatility in the record becomes too old; or Infinity. */
  staleAt = Number.POSITIVE_INFINITY;
  readonly #spec: WatchedBook;
  readonly #quotes: BoardSet;
  readonly #underlying: Line;
  readonly #legs: readonly QuotedOption[];
  readonly #rates: RateCurve;
  readonly #dividends: readonly DatedDividend[];
  readonly #writer: BoardWriter;
  readonly #regime: RegimeWindow;
  readonly #pricer = new RecordPricer();
  /** Trading class and multiplier, each with the number that it has in the record. */
  readonly #series = new Map<string, number>();
  /** Beside the legs, for the smiles. */
  #strikes: readonly QuotedOption[] = [];
  #strikesDropped = 0;
  #version = 0;
  /** Doubles of the record that the last pricing wrote; behind them nothing was ever written. */
  #used = 0;
  /** The last mid the underlying had: one side alone, or a crossed quote, gives none. */
  #spot = Number.NaN;

  constructor(
    spec: WatchedBook,
    lines: ReadonlyMap<number, number>,
    quotes: BoardSet,
    records: BoardSet,
    before: BookPricer | undefined,
  ) {
    assert(spec.legs.length <= MAX_LEGS, 'a book has at most MAX_LEGS legs');
    const { greeks } = spec;
    assert(greeks.dividends.length <= MAX_DIVIDENDS, 'a book has at most MAX_DIVIDENDS');
    const { conId } = spec.underlying;
    this.slot = spec.slot;
    this.#spec = spec;
    this.#quotes = quotes;
    this.#underlying = lineOf(quotes, conId, lines.get(conId));
    this.#legs = spec.legs.map((leg) => {
      return quotedOption(quotes, leg, lines.get(leg.conId), this.#seriesOf(leg));
    });
    this.#rates = greeks.rate_curve.length > 0 ? greeks.rate_curve : greeks.risk_free_rate;
    this.#dividends = greeks.dividends.map(({ ex_date, amount }) => {
      return { exTs: epochOf(ex_date.replaceAll('-', ''), '00:00'), amount };
    });
    // A board has one writer for as long as the actor lives.
    if (before === undefined) this.#writer = records.writer(spec.slot, BOOK_HEADER_LENGTH);
    else {
      this.#writer = before.#writer;
      this.#used = before.#used;
    }
    this.#clear();
    const same =
      before !== undefined &&
      before.#spec.underlying.conId === spec.underlying.conId &&
      before.#spec.volWindowMin === spec.volWindowMin &&
      before.#spec.volEstimator === spec.volEstimator;
    const { volWindowMin, volEstimator } = spec;
    this.#regime = same ? before.#regime : new RegimeWindow(volWindowMin, volEstimator);
    const last = records.reader(spec.slot);
    if (last.read()) this.#continue(last.record);
    if (before !== undefined) this.#inherit(before);
  }

  /** Monotonic time of the newest socket read in the record; NaN before the first. */
  get readAt(): number {
    return this.#writer.scratch[BOOK.recvMono] ?? Number.NaN;
  }

  /** What the smiles are fitted to beside the legs, from now on. */
  setStrikes({ strikes, dropped }: Omit<BookStrikes, 'slot'>): void {
    assert(this.#legs.length + strikes.length <= MAX_LEGS, 'strikes have the places legs leave');
    const before = new Map(this.#strikes.map((strike) => [strike.conId, strike]));
    this.#strikes = strikes.map(({ contract, line }) => {
      const made = quotedOption(this.#quotes, contract, line, this.#seriesOf(contract));
      const known = before.get(contract.conId);
      // What its quotes implied stands; only the line may be another.
      return known === undefined ? made : { ...made, vol: known.vol };
    });
    this.#strikesDropped = dropped;
  }

  #seriesOf({ tradingClass, multiplier }: OptionContract): number {
    const key = `${tradingClass}|${multiplier}`;
    const series = this.#series.get(key) ?? this.#series.size;
    this.#series.set(key, series);
    return series;
  }

  /** Prices every leg at `tradingTs` and publishes the record. */
  price(tradingTs: number): void {
    this.#clear();
    const record = this.#writer.scratch;
    this.#version += 1;
    const isCalm = !(tradingTs - this.pricedTs < CALM_MS);
    this.pricedTs = tradingTs;
    record[BOOK.slot] = this.slot;
    record[BOOK.version] = this.#version;
    record[BOOK.tradingTs] = tradingTs;
    record[BOOK.recvMono] = Number.NaN;
    record[BOOK.legCount] = this.#legs.length;
    record[BOOK.strikeCount] = this.#strikes.length;
    record[BOOK.strikesDropped] = this.#strikesDropped;
    this.#writeSettings(record);
    this.#writeUnderlying(record);
    this.#writeOptions(record, 0, this.#legs, isCalm);
    // Of strikes one at most is waited for in each record: no leg hangs on one of them alone.
    this.#writeOptions(record, this.#legs.length, this.#strikes, false);
    this.#pricer.price(record);
    this.#writeRegime(record, this.#referenceVol(record));
    this.staleAt = this.#nextStale(record);
    this.#used = usedLength(record);
    this.#writer.publish(this.#used);
  }

  /** What the last record wrote and what the next one can be, and no more. */
  #clear(): void {
    const options = this.#legs.length + this.#strikes.length;
    const next = legOffset(options) + MAX_DIVIDENDS * DIVIDEND_LENGTH;
    this.#writer.reserve(next).fill(Number.NaN, 0, Math.max(this.#used, next));
  }

  #writeSettings(record: Float64Array): void {
    const { greeks, ivMaxAgeS } = this.#spec;
    const { a, b, c } = greeks.minimum_variance;
    record[BOOK.rate] = greeks.risk_free_rate;
    record[BOOK.dividendYield] = greeks.dividend_yield;
    record[BOOK.volatility] = greeks.volatility;
    record[BOOK.volSource] = VOL_SOURCES.indexOf(greeks.vol_source);
    record[BOOK.exercise] = greeks.exercise === 'american' ? 1 : 0;
    record[BOOK.deltaMode] = DELTA_MODES.indexOf(greeks.delta_mode);
    record[BOOK.varianceA] = a;
    record[BOOK.varianceB] = b;
    record[BOOK.varianceC] = c;
    record[BOOK.quorumTolerance] = greeks.quorum_tolerance;
    record[BOOK.wideQuotePct] = greeks.wide_quote_pct;
    record[BOOK.ivMaxAgeMs] = ivMaxAgeS * 1000;
    record[BOOK.ibMaxAgeMs] = IB_MODEL_MAX_AGE_MS;
    record[BOOK.method] = PRICING_METHOD;
    record[BOOK.dividendCount] = this.#dividends.length;
    for (const [index, { exTs, amount }] of this.#dividends.entries()) {
      writeDividend(record, index, exTs, amount);
    }
  }

  #writeUnderlying(record: Float64Array): void {
    const quote = readLine(this.#underlying);
    record[BOOK.halted] = 0;
    record[BOOK.dataType] = 1;
    if (quote === null) return;
    const bid = at(quote, QUOTE.bid);
    const ask = at(quote, QUOTE.ask);
    record[BOOK.bid] = bid;
    record[BOOK.ask] = ask;
    record[BOOK.last] = at(quote, QUOTE.last);
    record[BOOK.bidSize] = at(quote, QUOTE.bidSize);
    record[BOOK.askSize] = at(quote, QUOTE.askSize);
    record[BOOK.close] = at(quote, QUOTE.close);
    record[BOOK.spotTs] = at(quote, QUOTE.ts);
    record[BOOK.halted] = at(quote, QUOTE.halted);
    record[BOOK.dataType] = at(quote, QUOTE.dataType);
    record[BOOK.shortable] = at(quote, QUOTE.shortable);
    record[BOOK.shortableShares] = at(quote, QUOTE.shortableShares);
    record[BOOK.recvMono] = at(quote, QUOTE.recvMono);
    const mid = midOf(bid, ask);
    if (mid > 0) this.#spot = mid;
    const { greeks } = this.#spec;
    const amount = at(quote, QUOTE.dividendAmount);
    // A yield stands for all dividends, and dates of ours are better than IB's next one.
    const wanted = greeks.ib_dividends && greeks.dividend_yield === 0;
    if (!wanted || this.#dividends.length > 0 || !(amount > 0)) return;
    record[BOOK.dividendCount] = 1;
    writeDividend(record, 0, at(quote, QUOTE.dividendTs), amount);
  }

  /**
   * Writes them from a place on. Of those whose solutions take milliseconds and are due, the one
   * that has waited longest has its turn, and all have where there is time.
   */
  #writeOptions(
    record: Float64Array,
    from: number,
    options: readonly QuotedOption[],
    isCalm: boolean,
  ): void {
    let next = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const [index, option] of options.entries()) {
      const waits = this.#writeLeg(record, from + index, option, isCalm);
      if (!waits || !(option.vol.solvedTs < least)) continue;
      next = index;
      least = option.vol.solvedTs;
    }
    const option = options[next];
    if (option !== undefined) this.#writeLeg(record, from + next, option, true);
  }

  /** True where a solution was left for later, because it is not the leg's turn. */
  #writeLeg(record: Float64Array, index: number, leg: QuotedOption, isItsTurn: boolean): boolean {
    const base = legOffset(index);
    const ts = at(record, BOOK.tradingTs);
    const { expiryTs } = leg;
    const recvMono = writeOption(record, base, leg);
    // The newest read is the one that caused this record; a strike's causes none.
    const isNewest = index < this.#legs.length && !(at(record, BOOK.recvMono) >= recvMono);
    if (isNewest && !Number.isNaN(recvMono)) record[BOOK.recvMono] = recvMono;
    record[base + LEG.spot] = this.#spot;
    record[base + LEG.rate] = rateAt(this.#rates, yearsUntil(expiryTs, pricingTime(expiryTs, ts)));
    const flags = quoteFlags(
      at(record, base + LEG.bid),
      at(record, base + LEG.ask),
      ts - at(record, base + LEG.quoteTs),
      at(record, BOOK.wideQuotePct),
      at(record, BOOK.ivMaxAgeMs),
    );
    const { vol_refresh_ms: refreshMs } = this.#spec.greeks;
    const priced = this.#pricer.leg(record, index);
    return leg.vol.write(record, base, priced, flags, refreshMs, isItsTurn);
  }

  /** The mean volatility of the legs that have one. */
  #referenceVol(record: Float64Array): number {
    let sum = 0;
    let count = 0;
    for (let index = 0; index < this.#legs.length; index += 1) {
      const base = legOffset(index);
      if (at(record, base + LEG.quality) === QUALITY.invalid) continue;
      sum += at(record, base + LEG.iv);
      count += 1;
    }
    return count > 0 ? sum / count : this.#spec.greeks.volatility;
  }

  #writeRegime(record: Float64Array, referenceVol: number): void {
    const mid = midOf(at(record, BOOK.bid), at(record, BOOK.ask));
    const ts = at(record, BOOK.tradingTs);
    this.#regime.update(ts, mid, at(record, BOOK.close), referenceVol);
    record[BOOK.regime] = this.#regime.classify(referenceVol);
    record[BOOK.realizedVol] = this.#regime.realizedVol();
  }

  #nextStale(record: Float64Array): number {
    let first = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#legs.length; index += 1) {
      const base = legOffset(index);
      const quality = at(record, base + LEG.quality);
      const isHeld = quality === QUALITY.held;
      if (!isHeld && quality !== QUALITY.ib) continue;
      const begun = at(record, base + (isHeld ? LEG.heldTs : LEG.ibTs));
      const lasts = at(record, isHeld ? BOOK.ivMaxAgeMs : BOOK.ibMaxAgeMs);
      first = Math.min(first, begun + lasts + 1);
    }
    return first;
  }

  /** Goes on from a record of the actor's last life: versions grow, volatilities are held. */
  #continue(record: Float64Array): void {
    this.#version = at(record, BOOK.version);
    for (let index = 0; index < at(record, BOOK.legCount); index += 1) {
      const base = legOffset(index);
      const conId = at(record, base + LEG.conId);
      const leg = this.#legs.find((candidate) => candidate.conId === conId);
      if (leg === undefined) continue;
      leg.vol.hold(at(record, base + LEG.heldIv), at(record, base + LEG.heldTs));
      // The same contract has the same underlying.
      this.#spot = at(record, base + LEG.spot);
    }
  }

  /** What the record of a book without legs does not carry. */
  #inherit(before: BookPricer): void {
    if (before.#spec.underlying.conId !== this.#spec.underlying.conId) return;
    this.pricedTs = before.pricedTs;
    this.#spot = before.#spot;
    for (const leg of this.#legs) {
      const held = before.#legs.find(({ conId }) => conId === leg.conId)?.vol.held;
      if (held !== undefined) leg.vol.hold(held.iv, held.ts);
    }
  }
}

function writeDividend(record: Float64Array, index: number, exTs: number, amount: number): void {
  const place = dividendOffset(record, index);
  record[place] = exTs;
  record[place + 1] = amount;
}

function at(record: Float64Array, index: number): number {
  return record[index] ?? Number.NaN;
}
