import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { LEG_QUALITY } from '../../src/domain/book-quotes.ts';
import { tradingSession } from '../../src/domain/calendar.ts';
import type { TapeQuote } from '../../src/domain/tape.ts';
import { BOOK, LEG, legOffset } from '../../src/protocol/book-board.ts';
import { configOf, MINUTE, modelSource, optionOf, requestOf, runOn } from './support/world.ts';

const DAY = '20230803';
const EXPIRY = '20230901';
const OPEN = tradingSession(DAY)?.open ?? Number.NaN;
const STRIKES = Array.from({ length: 17 }, (_, index) => 80 + 2.5 * index);

/** From minute 30 on the call that is held is quoted at eight times its worth. */
function wild(quote: TapeQuote): TapeQuote {
  const { conId } = optionOf(EXPIRY, 100, 'C');
  if (quote.conId !== conId || quote.ts < OPEN + 30 * MINUTE) return quote;
  return { ...quote, bid: 8 * quote.bid, ask: 8 * quote.ask };
}

/** The deltas of the call that is held, minute by minute, and where its volatility came from. */
async function deltasOf(greeks: object, change?: typeof wild) {
  const deltas: number[] = [];
  const qualities = new Set<string>();
  let strikes = 0;
  const minutes = Array.from({ length: 60 }, (_, minute) => minute);
  const spot = (_: number, minute: number): number => 100 + 0.01 * minute;
  const spec = { days: [DAY], minutes, spot, strikes: STRIKES, expiry: EXPIRY };
  const source = modelSource({ ...spec, ...(change && { change }) });
  await runOn(source, await configOf({ greeks }), requestOf(), undefined, ({ body }) => {
    if (!(body instanceof Float64Array) || body[BOOK.legCount] !== 2) return;
    if (!((body[BOOK.tradingTs] ?? 0) > OPEN + 20 * MINUTE)) return;
    const base = body[legOffset(0) + LEG.right] === 1 ? legOffset(0) : legOffset(1);
    deltas.push(body[base + LEG.delta] ?? Number.NaN);
    qualities.add(LEG_QUALITY[body[base + LEG.quality] ?? -1] ?? 'none');
    strikes = body[BOOK.strikeCount] ?? Number.NaN;
  });
  return { deltas, qualities: [...qualities], strikes };
}

function furthest(a: readonly number[], b: readonly number[]): number {
  assert.equal(a.length, b.length);
  return Math.max(...a.map((delta, index) => Math.abs(delta - (b[index] ?? Number.NaN))));
}

describe('a backtest by smiles', () => {
  it('fits them to strikes of the data set, and no quote of a leg moves its delta', async () => {
    const smile = { vol_source: 'smile', exercise: 'european' };
    const clean = await deltasOf(smile);
    assert.ok(clean.deltas.length > 30, `${clean.deltas.length} evaluations`);
    assert.deepEqual([clean.qualities, clean.strikes], [['smile'], 8]);
    const spoilt = await deltasOf(smile, wild);
    assert.ok(furthest(spoilt.deltas, clean.deltas) < 1e-6);

    const quote = { vol_source: 'quote', exercise: 'european' };
    const [trusting, fooled] = [await deltasOf(quote), await deltasOf(quote, wild)];
    assert.equal(fooled.strikes, 0);
    assert.ok(furthest(fooled.deltas, trusting.deltas) > 0.05);
  });
});
