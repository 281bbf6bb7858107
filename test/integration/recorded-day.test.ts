/** Recorded quotes, in lock-step, over the real protocol: hedged, accounted for, and repeatable. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { type TestDaemon, testHome } from '../support/daemon.ts';
import { bifrost, ROOT } from '../support/program.ts';
import {
  DAY,
  DEPLOYMENT,
  driveDay,
  importDay,
  type RecordedDay,
  writeWalk,
} from './support/recorded.ts';
import { assertTruth } from './support/truth.ts';

const LEAN = join(ROOT, '../shared/market-data/lean');
const HAS_SPY = existsSync(join(LEAN, `option/usa/minute/spy/${DAY}_quote_american.zip`));
const home = testHome('recorded');

/** Side, quantity, price and trading time of each hedge, on which exchange and database agree. */
async function hedgesOf(daemon: TestDaemon): Promise<readonly string[]> {
  const databaseUrl = readFileSync(join(daemon.dataDir, 'database-url'), 'utf8').trim();
  const exchange = daemon.exchange();
  const ledger = await assertTruth({ exchange, databaseUrl, deployment: DEPLOYMENT });
  return ledger.executions.map(({ side, quantity, price, ts }) =>
    [side, quantity, price, new Date(ts * 1000).toISOString()].join(' '),
  );
}

async function trade(day: RecordedDay, config: string, run: string): Promise<readonly string[]> {
  const dataDir = join(home.dir, `${day.symbol}-${run}`);
  const daemon = await home.daemon({ dataDir, config }).ready();
  await driveDay(daemon, day.minutes);
  const hedges = await hedgesOf(daemon);
  const { code } = await daemon.stop();
  assert.equal(code, 0, daemon.err());
  return hedges;
}

async function tradeTwice(day: RecordedDay, fewest: number): Promise<void> {
  const config = await importDay(home, day);
  const first = await trade(day, config, 'first');
  assert.ok(first.length >= fewest, `${first.length} executions:\n${first.join('\n')}`);
  const replayed = await bifrost(['replay', join(home.dir, `${day.symbol}-first`), '--verify']);
  assert.equal(replayed.code, 0, replayed.err);
  assert.deepEqual(await trade(day, config, 'second'), first);
}

describe('TC-4-R-B2-1: a recorded day in lock-step', () => {
  it('made by this test is hedged, agrees with the exchange, and comes out the same twice', {
    timeout: 120_000,
  }, async () => {
    const lean = join(home.dir, 'lean');
    const strikes = [100, 100] as const;
    writeWalk(lean, 'ACME', strikes);
    await tradeTwice({ symbol: 'ACME', strikes, lean, minutes: 60 }, 5);
  });

  it.skipIf(!HAS_SPY)(
    'of SPY is hedged through the day, and comes out the same twice',
    {
      timeout: 180_000,
    },
    async () => {
      const strikes = [430, 470] as const;
      await tradeTwice({ symbol: 'SPY', strikes, lean: LEAN, minutes: 390 }, 4);
    },
  );
});
