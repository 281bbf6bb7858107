/**
 * Ticks into the quote record. Each kind of tick has one field; what is no value (−1, 0, unset)
 * becomes NaN there, and what no field wants is passed over. A crossed quote stays as it came: that
 * it is crossed is for the liquidity gate to see, not for us to mend.
 */

import { epochOf } from '../../domain/calendar.ts';
import { QUOTE } from '../../protocol/quote-board.ts';
import { numberOf, priceOf } from './convert.ts';

/**
 * What a tick did: nothing of ours, a fact about the line, news of IB's model, or news from the
 * market.
 */
export type TickEffect = 'none' | 'fact' | 'model' | 'market';

const PRICE_FIELDS: ReadonlyMap<number, number> = new Map([
  [1, QUOTE.bid],
  [2, QUOTE.ask],
  [4, QUOTE.last],
  [9, QUOTE.close],
  [66, QUOTE.bid],
  [67, QUOTE.ask],
  [68, QUOTE.last],
  [75, QUOTE.close],
]);

const SIZE_FIELDS: ReadonlyMap<number, number> = new Map([
  [0, QUOTE.bidSize],
  [3, QUOTE.askSize],
  [69, QUOTE.bidSize],
  [70, QUOTE.askSize],
]);

const HALTED: ReadonlySet<number> = new Set([49, 90]);
const MODEL: ReadonlySet<number> = new Set([13, 83]);

/** Generic ticks of an underlying: whether it can be borrowed for a short sale, its dividends. */
export const UNDERLYING_TICKS = '236,456';
const DIVIDENDS = 59;
const SHORTABLE = 46;
const SHORTABLE_SHARES = 89;

/** The delayed feed numbers its ticks apart; one live tick has its number among them. */
const DELAYED_MIN = 66;
const DELAYED_MAX = 90;

/** Whether the tick is of delayed data, by its type. */
export function isDelayedTick(tick: number): boolean {
  return tick >= DELAYED_MIN && tick <= DELAYED_MAX && tick !== SHORTABLE_SHARES;
}

/** Writes a price into its field, and says whether the market moved by it. */
export function applyPrice(record: Float64Array, tick: number, price: unknown): TickEffect {
  const field = PRICE_FIELDS.get(tick);
  if (field === undefined) return 'none';
  record[field] = priceOf(price);
  // Yesterday's close says nothing about how fresh today's quote is.
  return field === QUOTE.close ? 'fact' : 'market';
}

/** The same for sizes, and for the shares that can be borrowed. */
export function applySize(record: Float64Array, tick: number, size: unknown): TickEffect {
  if (tick === SHORTABLE_SHARES) {
    // None at all is a word, and not the lack of one.
    const shares = numberOf(size);
    record[QUOTE.shortableShares] = shares >= 0 ? shares : Number.NaN;
    return 'fact';
  }
  const field = SIZE_FIELDS.get(tick);
  if (field === undefined) return 'none';
  record[field] = priceOf(size);
  return 'market';
}

/** Tick 49: 0 trades, 1 and 2 halted, −1 not known. */
export function applyGeneric(record: Float64Array, tick: number, value: unknown): TickEffect {
  if (tick === SHORTABLE) {
    record[QUOTE.shortable] = priceOf(value);
    return 'fact';
  }
  if (!HALTED.has(tick)) return 'none';
  const halt = numberOf(value);
  record[QUOTE.halted] = halt >= 0 ? Math.min(1, halt) : Number.NaN;
  return 'market';
}

/**
 * The dividends of the past and of the next twelve months, then the next one's ex-date and amount:
 * `0.83,0.92,20130219,0.23`, each empty where it is not known.
 */
export function applyText(record: Float64Array, tick: number, text: unknown): TickEffect {
  if (tick !== DIVIDENDS || typeof text !== 'string') return 'none';
  const [, , date = '', amount = ''] = text.split(',');
  const paid = Number(amount);
  const isKnown = EX_DATE.test(date) && amount !== '' && paid > 0 && Number.isFinite(paid);
  record[QUOTE.dividendTs] = isKnown ? epochOf(date, '00:00') : Number.NaN;
  record[QUOTE.dividendAmount] = isKnown ? paid : Number.NaN;
  return 'fact';
}

const EX_DATE = /^20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/;

export interface ModelTick {
  readonly iv: unknown;
  readonly delta: unknown;
  readonly gamma: unknown;
  readonly vega: unknown;
  readonly theta: unknown;
}

/** IB's own model; it moves with the underlying, so it is no sign of life of the option's quote. */
export function applyModel(record: Float64Array, tick: number, model: ModelTick): TickEffect {
  if (!MODEL.has(tick)) return 'none';
  record[QUOTE.ibIv] = priceOf(model.iv);
  record[QUOTE.ibDelta] = numberOf(model.delta);
  record[QUOTE.ibGamma] = numberOf(model.gamma);
  record[QUOTE.ibVega] = numberOf(model.vega);
  record[QUOTE.ibTheta] = numberOf(model.theta);
  return 'model';
}
