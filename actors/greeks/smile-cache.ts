/**
 * The smiles of a record's expiries, of each series by itself, fitted when they are asked for and
 * again when a quote that they were fitted to has another volatility. Calls above the forward and
 * puts below it: what is in the money says little about volatility.
 */

import { fitSmile, SMILE_POINTS_MIN, type Smile, smileAt } from '../../src/pricing/smile.ts';
import { LEG, legOffset, quotedCount } from '../../src/protocol/book-board.ts';
import { hasGoodQuote } from './good-quote.ts';

interface Fitted {
  /** Strike and volatility of each point, in turn. */
  readonly points: readonly number[];
  readonly smile: Smile | null;
}

/** For one book. */
export class SmileCache {
  readonly #fitted = new Map<number, Fitted>();
  /** Expiries that were looked at since the last `take`. */
  readonly #looked = new Map<number, Smile | null>();

  /** A new record. */
  take(record: Float64Array): void {
    if (this.#looked.size > 0) this.#looked.clear();
    if (this.#fitted.size > 0 && quotedCount(record) < SMILE_POINTS_MIN) this.#fitted.clear();
  }

  /** The smile's volatility at the strike of leg `index`; NaN without a smile. */
  at(record: Float64Array, index: number): number {
    if (quotedCount(record) < SMILE_POINTS_MIN) return Number.NaN;
    const base = legOffset(index);
    const smile = this.#smileOf(record, base);
    return smile === null ? Number.NaN : smileAt(smile, Math.log(at(record, base + LEG.strike)));
  }

  #smileOf(record: Float64Array, of: number): Smile | null {
    const key = keyOf(record, of);
    const looked = this.#looked.get(key);
    if (looked !== undefined) return looked;
    const points = pointsOf(record, of);
    const known = this.#fitted.get(key);
    const smile =
      known !== undefined && isSame(known.points, points) ? known.smile : fitPoints(points);
    this.#fitted.set(key, { points, smile });
    this.#looked.set(key, smile);
    return smile;
  }
}

function fitPoints(points: readonly number[]): Smile | null {
  const pairs = points.filter((_, index) => index % 2 === 0);
  return fitSmile(
    pairs.map((strike, index) => ({
      x: Math.log(strike),
      sigma: points[2 * index + 1] ?? Number.NaN,
    })),
  );
}

/** Expiries are eight digits, and a record has few series. */
function keyOf(record: Float64Array, base: number): number {
  const series = at(record, base + LEG.series);
  return at(record, base + LEG.expiry) * SERIES_PLACES + (series >= 0 ? series : 0);
}

const SERIES_PLACES = 128;

/**
 * Legs and strikes of expiry and series of the one at `of`, with a good quote, out of the money; of
 * two at one strike the first.
 */
function pointsOf(record: Float64Array, of: number): readonly number[] {
  const points: number[] = [];
  const count = quotedCount(record);
  const key = keyOf(record, of);
  for (let index = 0; index < count; index += 1) {
    const base = legOffset(index);
    const strike = at(record, base + LEG.strike);
    const quoteIv = at(record, base + LEG.quoteIv);
    if (keyOf(record, base) !== key) continue;
    if (!hasGoodQuote(record, base)) continue;
    const isAbove = strike >= at(record, base + LEG.spot);
    if (isAbove !== at(record, base + LEG.right) > 0) continue;
    if (points.some((value, place) => place % 2 === 0 && value === strike)) continue;
    points.push(strike, quoteIv);
  }
  return points;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function at(record: Float64Array, index: number): number {
  return record[index] ?? Number.NaN;
}
