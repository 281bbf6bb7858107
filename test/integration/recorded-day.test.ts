/**
 * Recorded quotes, in lock-step, over the real protocol: hedged, accounted for, and repeatable.
 * BIFROST_TEST_LONG=1 plays the whole day of SPY and the two of TWX, else the morning of SPY.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { type TestDaemon, testHome } from '../support/daemon.ts';
import { bifrost, ROOT } from '../support/program.ts';
import {
  DAY,
  DEPLOYMENT,
  driveDays,
  EXPIRY,
  importDays,
  type RecordedLeg,
  type Recording,
  writeWalk,
} from './support/recorded.ts';
import { assertTruth } from './support/truth.ts';

const LEAN = join(ROOT, '../shared/market-data/lean');
const HAS_SPY = existsSync(join(LEAN, `option/usa/minute/spy/${DAY}_quote_american.zip`));
const TWX_DAYS = ['20140605', '20140606'];
const LONG = process.env['BIFROST_TEST_LONG'] === '1';
const HAS_TWX = TWX_DAYS.every((day) =>
  existsSync(join(LEAN, `option/usa/minute/twx/${day}_quote_american.zip`)),
);
const home = testHome('recorded');

/** Two straddles; a fifth of the quotes of their deeper legs have one side only. */
const TWX: Omit<Recording, 'lean'> = {
  symbol: 'TWX',
  days: TWX_DAYS,
  // The last trading day: the files name the Saturday behind it, as monthly options did then.
  expiry: '20140718',
  legs: [67.5, 70].flatMap((strike) => [
    { strike, right: 'P', avgCost: 1 },
    { strike, right: 'C', avgCost: 3 },
  ]),
  minutes: 390,
  strategy: { structure: { atm_band_pct: 5, membership: 'auto', max_dte: 45 } },
};

type Hedges = readonly string[];

/** Side, quantity, price and trading time of each hedge, on which exchange and database agree. */
async function hedgesOf(daemon: TestDaemon): Promise<Hedges> {
  const databaseUrl = readFileSync(join(daemon.dataDir, 'database-url'), 'utf8').trim();
  const exchange = daemon.exchange();
  const ledger = await assertTruth({ exchange, databaseUrl, deployment: DEPLOYMENT });
  return ledger.executions.map(({ side, quantity, price, ts }) =>
    [side, quantity, price, new Date(ts * 1000).toISOString()].join(' '),
  );
}

async function trade(recording: Recording, config: string, run: string): Promise<Hedges> {
  const dataDir = join(home.dir, `${recording.symbol}-${run}`);
  const daemon = await home.daemon({ dataDir, config }).ready();
  await driveDays(daemon, recording);
  const hedges = await hedgesOf(daemon);
  const { code } = await daemon.stop();
  assert.equal(code, 0, daemon.err());
  return hedges;
}

async function tradeTwice(recording: Recording, fewest: number): Promise<Hedges> {
  const { symbol } = recording;
  const config = await importDays(home, recording);
  const first = await trade(recording, config, 'first');
  assert.ok(first.length >= fewest, `${first.length} executions:\n${first.join('\n')}`);
  const replayed = await bifrost(['replay', join(home.dir, `${symbol}-first`), '--verify']);
  assert.equal(replayed.code, 0, replayed.err);
  assert.deepEqual(await trade(recording, config, 'second'), first);
  return first;
}

function strangle(put: number, call: number): readonly RecordedLeg[] {
  return [
    { strike: put, right: 'P', avgCost: 2.5 },
    { strike: call, right: 'C', avgCost: 1.5 },
  ];
}

const NEAR_THE_MONEY = { structure: { atm_band_pct: 5, membership: 'auto' } };

describe('TC-4-R-B2-1: a recorded day in lock-step', () => {
  it('made by this test is hedged, agrees with the exchange, and comes out the same twice', {
    timeout: 120_000,
  }, async () => {
    const lean = join(home.dir, 'lean');
    writeWalk(lean, 'ACME', [100, 100]);
    const world = { symbol: 'ACME', days: [DAY], expiry: EXPIRY, lean, minutes: 60 };
    await tradeTwice({ ...world, legs: strangle(100, 100), strategy: NEAR_THE_MONEY }, 5);
  });

  it.skipIf(!HAS_SPY)(
    'of SPY is hedged, and comes out the same twice',
    { timeout: 180_000 },
    async () => {
      const minutes = LONG ? 390 : 150;
      const world = { symbol: 'SPY', days: [DAY], expiry: EXPIRY, lean: LEAN, minutes };
      await tradeTwice(
        { ...world, legs: strangle(430, 470), strategy: NEAR_THE_MONEY },
        LONG ? 4 : 1,
      );
    },
  );

  it.runIf(LONG && HAS_TWX)(
    'of TWX, wide and one-sided, is hedged on both sides of the night, the same twice',
    { timeout: 300_000 },
    async () => {
      const first = await tradeTwice({ ...TWX, lean: LEAN }, 4);
      const days = new Set(first.map((hedge) => hedge.split(' ')[3]?.slice(0, 10)));
      assert.deepEqual([...days], ['2014-06-05', '2014-06-06']);
    },
  );
});
