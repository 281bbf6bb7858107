/**
 * Prices a book's record from what stands in it: quotes, volatilities that they imply, settings and
 * dividends. The greeks actor prices with it, and so does whoever prices a recorded evaluation
 * again: the record alone decides every output, to the last bit. What is kept between two records
 * are solved price curves, each good for the terms it was solved for.
 */

import { LEG_CHECKS, LEG_QUALITY, LEG_REASONS, quoteFlags } from '../../src/domain/book-quotes.ts';
import { minimumVarianceDelta } from '../../src/pricing/delta-mode.ts';
import {
  type Carry,
  emptyLegGreeks,
  type LegGreeks,
  LegModel,
  type LegRefusal,
} from '../../src/pricing/leg-model.ts';
import {
  BOOK,
  DELTA_MODES,
  LEG,
  legOffset,
  PRICING_METHOD,
  quotedCount,
  VOL_SOURCES,
} from '../../src/protocol/book-board.ts';
import { hasGoodQuote, isModelOld, modelVol } from './good-quote.ts';
import { partnerVol, shareOf } from './partner.ts';
import { carryOf, isCarryOf, isOldMethod } from './recorded-carry.ts';
import { SmileCache } from './smile-cache.ts';

/** Indices into `LEG_QUALITY`. */
export const QUALITY = {
  quote: LEG_QUALITY.indexOf('quote'),
  held: LEG_QUALITY.indexOf('held'),
  ib: LEG_QUALITY.indexOf('ib'),
  fixed: LEG_QUALITY.indexOf('fixed'),
  invalid: LEG_QUALITY.indexOf('invalid'),
  smile: LEG_QUALITY.indexOf('smile'),
  partner: LEG_QUALITY.indexOf('partner'),
} as const;

/** Indices into `LEG_REASONS`. */
export const REASON = Object.fromEntries(LEG_REASONS.map((name, index) => [name, index])) as {
  readonly [K in (typeof LEG_REASONS)[number]]: number;
};

/** What `price` writes; everything else in a record is its input. */
export const LEG_OUTPUTS = [
  'flags',
  'iv',
  'ivTs',
  'quality',
  'reason',
  'value',
  'delta',
  'modelDelta',
  'gamma',
  'vega',
  'theta',
  'differenceDelta',
  'check',
  'smileIv',
  'deltaReason',
] as const satisfies readonly (keyof typeof LEG)[];

type Source = (typeof VOL_SOURCES)[number];
type Candidate = 'good_quote' | 'partner' | 'smile' | 'held' | 'quote' | 'ib' | 'fixed';

/**
 * What is tried in turn. A good quote of an option deep in the money gives way to its partner's:
 * `shareOf` says how far. A wide or stale quote is better than the broker's model, and no more.
 */
const ORDER: { readonly [K in Source]: readonly Candidate[] } = {
  quote: ['good_quote', 'partner', 'smile', 'held', 'quote', 'ib'],
  smile: ['smile', 'good_quote', 'partner', 'held', 'quote', 'ib'],
  ib: ['ib', 'good_quote', 'partner', 'smile', 'held', 'quote'],
  fixed: ['fixed'],
};

interface PricedLeg {
  readonly conId: number;
  readonly strike: number;
  /** As the record has them. */
  readonly right: number;
  readonly expiry: number;
  readonly model: LegModel;
  carry: Carry;
  /** Of the smile's volatility, where the delta is taken there: two curves of one leg. */
  sticky: LegModel | null;
}

/** For one thread and one book. */
export class RecordPricer {
  readonly #legs: PricedLeg[] = [];
  readonly #greeks: LegGreeks = emptyLegGreeks();
  readonly #stickyGreeks: LegGreeks = emptyLegGreeks();
  readonly #smiles = new SmileCache();
  /** What a record has where nothing is to be said of a delta: old journals have nothing there. */
  #method: number = PRICING_METHOD;
  #noReason: number = REASON.none;
  /** Of the leg that is being priced; NaN where it has none. */
  #partnerIv = Number.NaN;

  /** The model of leg `index`, and what the record's header and leg say that it is priced with. */
  leg(record: Float64Array, index: number): PricedLeg {
    const base = legOffset(index);
    let leg = this.#legs[index];
    if (leg === undefined || !hasTerms(leg, record, base)) {
      leg = pricedLeg(record, base);
      this.#legs[index] = leg;
    } else if (!isCarryOf(leg.carry, record, base)) {
      leg.carry = carryOf(record, base);
    }
    return leg;
  }

  /** Fills the outputs of every leg. */
  price(record: Float64Array): void {
    const count = at(record, BOOK.legCount);
    const quoted = quotedCount(record);
    const method = at(record, BOOK.method);
    // Records of another method have nothing in common with these.
    if (!Object.is(method, this.#method)) this.#legs.length = 0;
    this.#method = method;
    this.#noReason = isOldMethod(record) ? Number.NaN : REASON.none;
    this.#legs.length = Math.min(this.#legs.length, quoted);
    // A smile is of all quotes: each has its flags before the first leg is priced.
    for (let index = 0; index < quoted; index += 1) flagQuote(record, legOffset(index));
    this.#smiles.take(record);
    for (let index = 0; index < count; index += 1) this.#priceLeg(record, index);
  }

  #priceLeg(record: Float64Array, index: number): void {
    const base = legOffset(index);
    const leg = this.leg(record, index);
    const { model, carry } = leg;
    const ts = at(record, BOOK.tradingTs);
    const spot = at(record, base + LEG.spot);
    const mode = DELTA_MODES[at(record, BOOK.deltaMode)] ?? 'black_scholes';
    const source = VOL_SOURCES[at(record, BOOK.volSource)] ?? 'quote';
    const smileIv =
      source === 'smile' || mode === 'sticky_strike' ? this.#smiles.at(record, index) : Number.NaN;
    record[base + LEG.smileIv] = smileIv;
    const isInMoney = leg.right * (spot - leg.strike) > 0;
    this.#partnerIv = isInMoney ? partnerVol(record, index) : Number.NaN;
    this.#choose(record, index, model, ORDER[source]);
    const greeks = this.#greeks;
    const iv = at(record, base + LEG.iv);
    let refusal: LegRefusal | null = 'not_finite';
    if (at(record, base + LEG.quality) !== QUALITY.invalid) {
      refusal = model.fill(carry, ts, spot, iv, greeks);
    }
    if (refusal !== null) {
      invalidate(record, base, refusal, model.yearsAt(ts), spot);
      return;
    }
    record[base + LEG.value] = greeks.price;
    record[base + LEG.modelDelta] = greeks.delta;
    record[base + LEG.gamma] = greeks.gamma;
    record[base + LEG.vega] = greeks.vega;
    record[base + LEG.theta] = greeks.theta;
    record[base + LEG.differenceDelta] = greeks.differenceDelta;
    record[base + LEG.check] = checkOf(record, base, greeks);
    record[base + LEG.deltaReason] = this.#noReason;
    record[base + LEG.delta] = this.#hedgeDelta(record, base, leg, mode);
  }

  #hedgeDelta(
    record: Float64Array,
    base: number,
    leg: PricedLeg,
    mode: (typeof DELTA_MODES)[number],
  ): number {
    const { delta, vega } = this.#greeks;
    if (mode === 'black_scholes') return delta;
    const ts = at(record, BOOK.tradingTs);
    const spot = at(record, base + LEG.spot);
    const { model, carry } = leg;
    if (mode === 'minimum_variance') {
      const coefficients = {
        a: at(record, BOOK.varianceA),
        b: at(record, BOOK.varianceB),
        c: at(record, BOOK.varianceC),
      };
      return minimumVarianceDelta(coefficients, delta, vega, spot, model.yearsAt(ts));
    }
    const smileIv = at(record, base + LEG.smileIv);
    if (!(smileIv > 0)) return substitute(record, base, delta, REASON.no_smile);
    if (smileIv === at(record, base + LEG.iv)) return delta;
    leg.sticky ??= new LegModel(leg.model.terms);
    const refusal = leg.sticky.fill(carry, ts, spot, smileIv, this.#stickyGreeks);
    if (refusal === null) return this.#stickyGreeks.delta;
    return substitute(record, base, delta, REASON.not_priced);
  }

  /** Takes the first volatility of `order` that is there, and says why it is not the first. */
  #choose(record: Float64Array, index: number, model: LegModel, order: readonly Candidate[]): void {
    const base = legOffset(index);
    let reason: number = REASON.none;
    for (const candidate of order) {
      if (this.#take(record, index, model, candidate)) {
        record[base + LEG.reason] = reason;
        return;
      }
      if (reason === REASON.none) reason = whyNot(record, base, candidate);
    }
    use(record, base, Number.NaN, Number.NaN, QUALITY.invalid);
    record[base + LEG.reason] = reason;
  }

  #take(record: Float64Array, index: number, model: LegModel, candidate: Candidate): boolean {
    const base = legOffset(index);
    const ts = at(record, BOOK.tradingTs);
    const quoteIv = at(record, base + LEG.quoteIv);
    switch (candidate) {
      case 'good_quote':
        if (!hasGoodQuote(record, base)) return false;
        if (this.#partnerIv > 0 && shareOf(record, base, model, this.#partnerIv) > 0) return false;
        return use(record, base, quoteIv, ts, QUALITY.quote);
      case 'partner':
        return this.#partnerIv > 0 && usePartner(record, base, model, this.#partnerIv);
      case 'quote':
        return quoteIv > 0 && use(record, base, quoteIv, ts, QUALITY.quote);
      case 'smile': {
        const smileIv = this.#smiles.at(record, index);
        if (!(smileIv > 0)) return false;
        record[base + LEG.smileIv] = smileIv;
        return use(record, base, smileIv, ts, QUALITY.smile);
      }
      case 'held': {
        const heldIv = heldVol(record, base);
        const heldTs = at(record, base + LEG.heldTs);
        return heldIv > 0 && use(record, base, heldIv, heldTs, QUALITY.held);
      }
      case 'ib': {
        const ibIv = modelVol(record, base);
        return ibIv > 0 && use(record, base, ibIv, Number.NaN, QUALITY.ib);
      }
      case 'fixed':
        return use(record, base, at(record, BOOK.volatility), Number.NaN, QUALITY.fixed);
    }
  }
}

/** The partner's volatility, as far as it counts; false where it does not. */
function usePartner(
  record: Float64Array,
  base: number,
  model: LegModel,
  partnerIv: number,
): boolean {
  const isGood = hasGoodQuote(record, base);
  const own = isGood ? at(record, base + LEG.quoteIv) : heldVol(record, base);
  const share = own > 0 ? shareOf(record, base, model, partnerIv) : 1;
  // Near the money the two sides may differ: a moment without a quote is no reason to jump.
  if (share === 0) return false;
  const iv = share < 1 ? own + share * (partnerIv - own) : partnerIv;
  return use(record, base, iv, at(record, BOOK.tradingTs), QUALITY.partner);
}

/** The last volatility of a good quote of its own; NaN where it is too old. */
function heldVol(record: Float64Array, base: number): number {
  const age = at(record, BOOK.tradingTs) - at(record, base + LEG.heldTs);
  return age <= at(record, BOOK.ivMaxAgeMs) ? at(record, base + LEG.heldIv) : Number.NaN;
}

/** The delta of the model in place of the mode's, and why; old journals do not say it. */
function substitute(record: Float64Array, base: number, delta: number, reason: number): number {
  if (!isOldMethod(record)) record[base + LEG.deltaReason] = reason;
  return delta;
}

function use(record: Float64Array, base: number, iv: number, ivTs: number, quality: number): true {
  record[base + LEG.iv] = iv;
  record[base + LEG.ivTs] = ivTs;
  record[base + LEG.quality] = quality;
  return true;
}

function whyNot(record: Float64Array, base: number, candidate: Candidate): number {
  if (candidate === 'ib') {
    return at(record, base + LEG.ibIv) > 0 ? REASON.old_ib_vol : REASON.no_ib_vol;
  }
  if (candidate === 'smile') return REASON.no_smile;
  const fault = at(record, base + LEG.fault);
  if (fault > 0) return fault;
  const flags = at(record, base + LEG.flags);
  // The reasons of a quote stand in the order of its flags, behind `none`.
  if (flags > 0) return 1 + Math.floor(Math.log2(flags & -flags));
  if (!(at(record, base + LEG.quoteIv) > 0)) return REASON.no_price;
  return hasGoodQuote(record, base) ? REASON.deep_in_money : REASON.outlier;
}

function invalidate(
  record: Float64Array,
  base: number,
  refusal: LegRefusal,
  years: number,
  spot: number,
): void {
  const known = at(record, base + LEG.reason);
  use(record, base, Number.NaN, Number.NaN, QUALITY.invalid);
  for (const field of GREEKS) record[base + field] = Number.NaN;
  record[base + LEG.check] = 0;
  if (!(years > 0)) record[base + LEG.reason] = REASON.expired;
  else if (!(spot > 0)) record[base + LEG.reason] = REASON.no_spot;
  else if (refusal === 'double_boundary') record[base + LEG.reason] = REASON.double_boundary;
  else if (known === REASON.none) record[base + LEG.reason] = REASON.not_priced;
}

const GREEKS = [
  LEG.value,
  LEG.delta,
  LEG.modelDelta,
  LEG.gamma,
  LEG.vega,
  LEG.theta,
  LEG.differenceDelta,
] as const;

/** Own delta against that of differences or a lattice, and against IB's. */
function checkOf(record: Float64Array, base: number, greeks: LegGreeks): number {
  const tolerance = at(record, BOOK.quorumTolerance);
  const ibDelta = at(record, base + LEG.ibDelta);
  const isOwn = Math.abs(greeks.delta - greeks.differenceDelta) <= tolerance;
  if (!isOwn) return LEG_CHECKS.indexOf('disputed');
  if (Number.isNaN(ibDelta)) return LEG_CHECKS.indexOf('alone');
  if (isModelOld(record, base)) return LEG_CHECKS.indexOf('outdated');
  const agrees = Math.abs(greeks.delta - ibDelta) <= tolerance;
  return LEG_CHECKS.indexOf(agrees ? 'agreed' : 'disputed');
}

function flagQuote(record: Float64Array, base: number): void {
  record[base + LEG.flags] = quoteFlags(
    at(record, base + LEG.bid),
    at(record, base + LEG.ask),
    at(record, BOOK.tradingTs) - at(record, base + LEG.quoteTs),
    at(record, BOOK.wideQuotePct),
    at(record, BOOK.ivMaxAgeMs),
  );
}

function hasTerms(leg: PricedLeg, record: Float64Array, base: number): boolean {
  return (
    leg.conId === at(record, base + LEG.conId) &&
    leg.strike === at(record, base + LEG.strike) &&
    leg.right === at(record, base + LEG.right) &&
    leg.expiry === at(record, base + LEG.expiry)
  );
}

function pricedLeg(record: Float64Array, base: number): PricedLeg {
  const conId = at(record, base + LEG.conId);
  const strike = at(record, base + LEG.strike);
  const right = at(record, base + LEG.right);
  const expiry = at(record, base + LEG.expiry);
  const model = new LegModel({ right: right > 0 ? 'C' : 'P', strike, expiry: String(expiry) });
  const carry = carryOf(record, base);
  return { conId, strike, right, expiry, model, carry, sticky: null };
}

function at(record: Float64Array, index: number): number {
  return record[index] ?? Number.NaN;
}
