/** Quotes that waited in the socket are as old as they are, and not as young as their reading. */

import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'vitest';
import { SPY } from '../../gateway/ib/support/samples.ts';
import { CLIENT } from '../../gateway/ib/support/scripted-tws.ts';
import { price, T0, tearDown, watching } from '../support/market-rig.ts';

afterEach(tearDown);

const ASKED_TIME = [49, 1, T0 + 3600] as const;

/** Watching, with the broker's time known to be T0 when the clock stood at 0. */
async function watched() {
  let seconds: number | null = T0;
  const rig = await watching({}, { time: () => seconds });
  const { clock, tws, greeks } = rig;
  // All probes of the first second have been answered.
  for (let probe = 1; probe < 12; probe += 1) {
    await tws.message(CLIENT.reqCurrentTime, probe);
    clock.advanceBy(100);
  }
  await tws.message(CLIENT.reqCurrentTime, 12);
  seconds = null;
  /** The bid's time when it came, and its age then, ms. */
  const bid = async (value: number) => {
    const count = greeks.all('quotes').length;
    tws.send(price(1, 1, value, 100));
    const { tradingTs } = await greeks.get('quotes', count + 1);
    const ts = rig.shown(SPY.conId, 'ts');
    return { ts, ageMs: tradingTs - ts };
  };
  return { ...rig, bid };
}

describe('a quote that waited', () => {
  it('while the process stood still is as old as that, until the broker answers again', async () => {
    const { tws, freeze, bid, greeks } = await watched();
    const before = await bid(450);
    assert.equal(before.ageMs, 0);
    freeze(30_000);
    const asked = tws.of(CLIENT.reqCurrentTime).length;
    const waited = await bid(451);
    assert.equal(waited.ageMs, 30_000);
    assert(waited.ts <= before.ts, 'not newer than what was read before');
    await tws.message(CLIENT.reqCurrentTime, asked + 1);
    assert.equal((await bid(452)).ageMs, 30_000);
    // What came in one read with the answer may have been sent before it.
    const count = greeks.all('quotes').length;
    tws.send(price(1, 1, 453, 100), [...ASKED_TIME]);
    await greeks.get('quotes', count + 1);
    assert.equal((await bid(454)).ageMs, 0);
  });

  it('is not taken for one where the thread was only busy for a moment', async () => {
    const { freeze, bid } = await watched();
    freeze(900);
    assert.equal((await bid(450)).ageMs, 0);
  });

  it('behind a flood is as old as the broker’s time that comes with it', async () => {
    const { tws, clock, bid } = await watched();
    clock.advanceBy(5000 - (clock.now() % 5000));
    const asked = clock.now();
    clock.advanceBy(4000);
    // The answer stood behind three seconds of quotes: it was written a second after the question.
    tws.send([49, 1, T0 + Math.floor(asked / 1000) + 1]);
    const { ageMs } = await bid(450);
    assert(ageMs > 1000 && ageMs <= 3000, `${ageMs} ms`);
    // Whether that is over is asked soon, and not at the next heartbeat.
    const probes = tws.of(CLIENT.reqCurrentTime).length;
    clock.advanceBy(500);
    await tws.message(CLIENT.reqCurrentTime, probes + 1);
    tws.send([49, 1, T0 + Math.floor(clock.now() / 1000)]);
    assert.equal((await bid(451)).ageMs, 0);
  });
});
