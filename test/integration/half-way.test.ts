/** What an operator catches half-way: a directory that two daemons want, a file that is saved. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import type { ConfigView } from '../../src/protocol/views.ts';
import { readDaemon } from '../../src/store/data-dir.ts';
import { type TestDaemon, testHome } from '../support/daemon.ts';
import { endsWell, hedges, untilCalm } from './support/lab.ts';
import { quickSettings } from './support/settings.ts';

const home = testHome('half-way', { firstStart: true });
const text = JSON.stringify(quickSettings(), null, 2);

async function configOf(daemon: TestDaemon): Promise<ConfigView> {
  const response = await fetch(`${daemon.url()}/config`);
  assert.equal(response.status, 200);
  // The daemon is this same program: its answer has the type that it declares.
  return (await response.json()) as ConfigView;
}

describe('RE-6: of two daemons that start at once on one directory', () => {
  it('one runs and hedges, the other ends with 6', { timeout: 120_000 }, async () => {
    const config = home.write('two.yaml', text);
    const dataDir = join(home.dir, 'two');
    const pair = [home.daemon({ dataDir, config }), home.daemon({ dataDir, config })] as const;
    const ends = pair.map(async (daemon) => ({ daemon, end: await daemon.ended }));
    const { daemon: loser, end } = await Promise.race(ends);
    const winner = loser === pair[0] ? pair[1] : pair[0];
    assert.equal(end.code, 6, loser.err().slice(-2000));
    assert.match(loser.err(), /^bifrost: /m);
    await winner.ready();
    assert.equal(readDaemon(dataDir)?.pid, winner.pid);
    await untilCalm(winner);
    await hedges(winner, 2);
    await endsWell(winner);
  });
});

describe('a configuration that is saved half', () => {
  it('changes nothing and is told; saved whole it is taken', { timeout: 120_000 }, async () => {
    const config = home.write('saved.yaml', text);
    const daemon = await home.daemon({ dataDir: join(home.dir, 'saved'), config }).ready();
    await untilCalm(daemon);
    const before = await configOf(daemon);

    const changed = text.replace('"max_daily_hedge_count": 5000', '"max_daily_hedge_count": 4000');
    assert.notEqual(changed, text);
    home.write('saved.yaml', changed.slice(0, changed.indexOf('4000') + 2));
    await daemon.until('the half is refused', async () => (await configOf(daemon)).refused);
    const during = await configOf(daemon);
    assert.equal(during.summary, before.summary);
    assert.deepEqual(during.books, before.books);
    const { status_lamp: lamp } = await daemon.status();
    assert.equal(lamp, 'green');
    await hedges(daemon, 2);

    home.write('saved.yaml', changed);
    const after = await daemon.until('the whole is taken', async () => {
      const now = await configOf(daemon);
      return now.refused === null && now.summary !== before.summary ? now : null;
    });
    assert.match(JSON.stringify(after.books), /"max_daily_hedge_count":4000/);
    await hedges(daemon, -2);
    await endsWell(daemon);
  });
});
