/** What was on the wire, through the market-data actor and the recorder, and in the data set. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, describe, it } from 'vitest';
import { createQuoteTap } from '../../../src/protocol/quote-tap.ts';
import { SPY, SPY_PUT } from '../../gateway/ib/support/samples.ts';
import { price, T0, tearDown, watching } from '../support/market-rig.ts';
import { rowsIn, startRecorder } from './support.ts';

afterEach(tearDown);

interface Tick {
  readonly ticket: 1 | 2;
  readonly cents: number;
  readonly seconds: number;
}

/** Seconds after the start, contract, bid in cents and its size, which the ticks make the same. */
type Row = readonly [seconds: number, conId: number, cents: number, size: number];

const BID = 1;
const END_CENTS = 999;
const CONTRACTS = [SPY, SPY_PUT] as const;

const someTicks: fc.Arbitrary<readonly Tick[]> = fc.array(
  fc.record({
    ticket: fc.constantFrom(1 as const, 2 as const),
    cents: fc.integer({ min: 100, max: 103 }),
    seconds: fc.constantFrom(0, 1, 7),
  }),
  { minLength: 1, maxLength: 25 },
);

/** Sends the ticks, each before its time, and gives what was recorded of them. */
async function recorded(
  ticks: readonly Tick[],
  clock: 'live' | 'lockstep',
  intervalMs: number,
): Promise<readonly Row[]> {
  const tap = createQuoteTap();
  const recorder = startRecorder({ tap, recording: { intervalMs } });
  recorder.actor.receive({ type: 'watch', contracts: CONTRACTS });
  const { tws, greeks, market, shown } = await watching({ quoteTap: tap, clock });
  let now = T0;
  tws.send([49, 1, now]);
  for (const { ticket, cents, seconds } of ticks) {
    tws.send(price(ticket, BID, cents / 100, cents));
    now += seconds;
    if (clock === 'lockstep') tws.send([49, 1, now]);
  }
  tws.send(price(1, BID, END_CENTS / 100, END_CENTS), [49, 1, now + 100]);
  for (let heard = 1; shown(SPY.conId, 'bid') !== END_CENTS / 100; heard += 1) {
    await greeks.get('quotes', heard);
  }
  await market.stop?.();
  await recorder.actor.stop?.();
  const rows = await rowsIn(recorder.dir);
  return rows.map(({ ts, conId, bid, bidSize }) => [ts / 1000 - T0, conId, bid / 100, bidSize]);
}

const contractOf = (ticket: 1 | 2): number => (ticket === 1 ? SPY : SPY_PUT).conId;

/** What each line showed at the end of each step: all that an engine in lock-step can see. */
function stepsOf(ticks: readonly Tick[]): readonly Row[] {
  const rows: Row[] = [];
  const before = new Map<number, number>();
  let held = new Map<number, number>();
  let now = 0;
  for (const { ticket, cents, seconds } of [
    ...ticks,
    { ticket: 1 as const, cents: END_CENTS, seconds: 100 },
  ]) {
    held.set(contractOf(ticket), cents);
    if (seconds === 0) continue;
    now += seconds;
    for (const [conId, at] of held) {
      if (before.get(conId) !== at) rows.push([now, conId, at, at]);
      before.set(conId, at);
    }
    held = new Map();
  }
  return rows;
}

describe('what is recorded', () => {
  it('in lock-step is what each line showed at the end of each step, in order', async () => {
    await fc.assert(
      fc.asyncProperty(someTicks, async (ticks) => {
        assert.deepEqual(await recorded(ticks, 'lockstep', 0), stepsOf(ticks));
      }),
      { numRuns: 3 },
    );
  });

  it('by the interval is the last of each interval, at its end', async () => {
    const ticks: readonly Tick[] = [
      { ticket: 1, cents: 101, seconds: 1 },
      { ticket: 1, cents: 102, seconds: 7 },
      { ticket: 2, cents: 50, seconds: 7 },
      { ticket: 1, cents: 103, seconds: 1 },
    ];
    const end = (seconds: number): number => Math.ceil((T0 + seconds) / 10) * 10 - T0;
    assert.deepEqual(await recorded(ticks, 'lockstep', 10_000), [
      [end(8), SPY.conId, 102, 102],
      [end(16), SPY.conId, 103, 103],
      [end(16), SPY_PUT.conId, 50, 50],
      [116, SPY.conId, END_CENTS, END_CENTS],
    ]);
  });

  it('live is what the wire showed of a line, in its order, invents nothing, ends alike', async () => {
    await fc.assert(
      fc.asyncProperty(someTicks, async (ticks) => {
        const rows = await recorded(ticks, 'live', 0);
        for (const ticket of [1, 2] as const) {
          const sent = ticks.filter((tick) => tick.ticket === ticket).map(({ cents }) => cents);
          if (ticket === 1) sent.push(END_CENTS);
          const own = rows.filter(([, conId]) => conId === contractOf(ticket));
          // Ticks that one socket read brought are one quote: a row may leave some out.
          let at = 0;
          for (const [, , cents, size] of own) {
            at = sent.indexOf(cents, at) + 1;
            assert.ok(at > 0, `${cents} was sent behind the row before`);
            assert.equal(size, cents);
          }
          assert.equal(own.at(-1)?.[2], sent.at(-1));
        }
      }),
      { numRuns: 3 },
    );
  });
});
