/** A record of one book, of four legs or of many, priced as the greeks actor prices it. */

import { LegVol } from '../../actors/greeks/leg-vol.ts';
import { RecordPricer } from '../../actors/greeks/record-pricer.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import { type Carry, emptyLegGreeks, LegModel } from '../../src/pricing/leg-model.ts';
import { BOOK, BOOK_RECORD_LENGTH, LEG, legOffset } from '../../src/protocol/book-board.ts';

const NOW = epochOf('20230803', '10:00');
const SPOT = 450;
const LEGS = [
  ['P', 440],
  ['P', 445],
  ['C', 455],
  ['C', 460],
] as const;
/** More legs are the same strangles, each a dollar further out, up to fifteen of an expiry. */
const EXPIRIES = ['20230901', '20230908', '20230915', '20230922'] as const;
const STEPS = 15;
const HALF_SPREAD = 0.02;

/** What has happened since the record before. */
export type BookChange =
  /** The spot alone has moved. */
  | 'spot'
  /** One leg has another quote as well. */
  | 'quote'
  /** Another minute has begun: every leg is solved anew, with its volatility. */
  | 'minute';

/** Prices the next record and returns its net delta per share. */
export function createBookBench(
  exercise: Carry['exercise'],
  count: number = LEGS.length,
): (change: BookChange) => number {
  const legs = legsOf(count);
  const record = emptyRecord(exercise, legs);
  const pricer = new RecordPricer();
  const vols = legs.map(() => new LegVol());
  let records = 0;
  return (change) => {
    records += 1;
    const spot = SPOT + 0.01 * (records % 40);
    if (change === 'minute') add(record, BOOK.tradingTs, 60_000);
    let delta = 0;
    for (const [index, vol] of vols.entries()) {
      const base = legOffset(index);
      record[base + LEG.spot] = spot;
      record[base + LEG.quoteTs] = record[BOOK.tradingTs] ?? NOW;
      if (change === 'quote' && index === 0) {
        const step = records % 2 === 0 ? 1e-4 : -1e-4;
        add(record, base + LEG.bid, step);
        add(record, base + LEG.ask, step);
      }
      vol.write(record, base, pricer.leg(record, index), 0, 0);
    }
    // Days of minutes later the options would have expired.
    if (records % 10_000 === 0) record[BOOK.tradingTs] = NOW;
    pricer.price(record);
    for (const index of legs.keys()) delta += record[legOffset(index) + LEG.delta] ?? Number.NaN;
    if (Number.isNaN(delta)) throw new Error('a leg has no delta');
    return delta;
  };
}

interface BenchLeg {
  readonly right: 'P' | 'C';
  readonly strike: number;
  readonly expiry: string;
}

function legsOf(count: number): readonly BenchLeg[] {
  return Array.from({ length: count }, (_, index) => {
    const [right, nearest] = LEGS[index % LEGS.length] ?? LEGS[0];
    const round = Math.floor(index / LEGS.length);
    const strike = nearest + (right === 'C' ? 1 : -1) * (round % STEPS);
    return { right, strike, expiry: EXPIRIES[Math.floor(round / STEPS)] ?? EXPIRIES[0] };
  });
}

function emptyRecord(exercise: Carry['exercise'], legs: readonly BenchLeg[]): Float64Array {
  const record = new Float64Array(BOOK_RECORD_LENGTH).fill(Number.NaN);
  const carry = { exercise, rate: 0.05, dividendYield: 0.015, dividends: [] };
  const header = {
    legCount: legs.length,
    tradingTs: NOW,
    dividendYield: carry.dividendYield,
    volatility: 0.35,
    volSource: 0,
    exercise: exercise === 'american' ? 1 : 0,
    deltaMode: 0,
    quorumTolerance: 0.05,
    wideQuotePct: 25,
    ivMaxAgeMs: 900_000,
    dividendCount: 0,
  };
  for (const [name, value] of Object.entries(header)) {
    record[BOOK[name as keyof typeof header]] = value;
  }
  const greeks = emptyLegGreeks();
  for (const [index, { right, strike, expiry }] of legs.entries()) {
    new LegModel({ right, strike, expiry }).fill(carry, NOW, SPOT, 0.16, greeks);
    const base = legOffset(index);
    record[base + LEG.conId] = index + 1;
    record[base + LEG.strike] = strike;
    record[base + LEG.right] = right === 'C' ? 1 : -1;
    record[base + LEG.expiry] = Number(expiry);
    record[base + LEG.rate] = carry.rate;
    record[base + LEG.bid] = greeks.price - HALF_SPREAD;
    record[base + LEG.ask] = greeks.price + HALF_SPREAD;
  }
  return record;
}

function add(record: Float64Array, index: number, amount: number): void {
  record[index] = (record[index] ?? Number.NaN) + amount;
}
