/** The demo records itself in lock-step, is killed, and what it recorded is played. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { parse } from 'yaml';

import { openDataset } from '../../src/store/dataset.ts';
import { openRecording } from '../../src/store/recording.ts';
import { type TestDaemon, testHome } from '../support/daemon.ts';
import { bifrost, ROOT } from '../support/program.ts';

const DAY = '20260914';
const MINUTES = 40;
const home = testHome('recorder');

/** The demo, stepped, and recorded; in its own words otherwise. */
function stepped(dir: string, intervalMs: number): string {
  const read = (path: string): Record<string, object> =>
    parse(readFileSync(join(ROOT, path), 'utf8')) as Record<string, object>;
  const world = { ...read('config/scenarios/demo.yaml'), lock_step: true };
  const scenario = home.write('scenario.yaml', world);
  const demo = read('config/demo.yaml');
  return home.write('config.yaml', {
    ...demo,
    broker: { ...demo['broker'], trading_clock: 'lockstep' },
    gateway: { ...demo['gateway'], scenario },
    recorder: { enabled: true, dir, interval_ms: intervalMs },
  });
}

async function stepTo(daemon: TestDaemon, ts: number): Promise<void> {
  await daemon.exchange().step(ts / 1000);
  await daemon.untilStatus(`${new Date(ts).toISOString()} is through`, (status) => {
    const { quiescent, trading_ts: at } = status;
    return quiescent && at !== null && at >= ts;
  });
}

async function tell(command: readonly string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await bifrost([...command, '--json']);
  assert.equal(code, 0, err);
  return JSON.parse(out) as Record<string, unknown>;
}

describe('a daemon that records', () => {
  it('leaves whole files when it is killed, and they are told of and traded again', async () => {
    const dir = join(home.dir, 'set');
    const config = stepped(dir, 0);
    const daemon = await home.daemon({ config }).ready();
    await daemon.untilStatus('it operates', (now) => now.daemon_self_check === 'ok');
    const start = (await daemon.status()).trading_ts ?? assert.fail('it has the time');
    for (let minute = 1; minute <= MINUTES; minute += 1) {
      await stepTo(daemon, start + minute * 60_000);
    }
    const first = await daemon.untilStatus('all is taken', ({ recorder: now }) => {
      return now?.last_ts === start / 1000 + MINUTES * 60;
    });
    // Recorded in another way from now on: the file is closed, and another begun.
    stepped(dir, 1000);
    await daemon.untilStatus('the file is closed', ({ recorder: now }) => now?.files === 1);
    await stepTo(daemon, start + (MINUTES + 1) * 60_000);
    await stepTo(daemon, start + (MINUTES + 2) * 60_000);
    const { recorder } = await daemon.untilStatus('the next is begun', ({ recorder: now }) => {
      return (now?.last_ts ?? 0) > (first.recorder?.last_ts ?? 0);
    });
    assert.deepEqual([recorder?.state, recorder?.skipped.overrun], ['recording', 0]);
    const actor = (await daemon.actors()).find(({ id }) => id === 'recorder');
    assert.deepEqual([actor?.placement, actor?.state], ['recorder', 'running']);
    // What a lost connection leaves out is named as soon as the next file is closed.
    await daemon.exchange().fault('disconnect');
    await daemon.untilStatus('it is seen', (now) => now.daemon_self_check !== 'ok');
    await daemon.untilStatus('it is over', (now) => now.daemon_self_check === 'ok');
    await stepTo(daemon, start + (MINUTES + 3) * 60_000);
    await daemon.untilStatus('quotes come again', ({ recorder: now }) => {
      return (now?.last_ts ?? 0) > (recorder?.last_ts ?? 0);
    });
    stepped(dir, 2000);
    await daemon.untilStatus('the second is closed', ({ recorder: now }) => now?.files === 2);
    assert.ok(openDataset(dir).gaps.some(({ reason, to }) => reason === 'link' && to !== null));
    // It dies when it records again, not between two recordings.
    await daemon.untilStatus('the third is begun', ({ recorder: now }) => now?.last_ts === null);
    await daemon.stop('SIGKILL');

    const closed = openDataset(dir);
    assert.deepEqual(
      closed.days.map(({ day }) => day),
      [DAY],
    );
    assert.ok((closed.days[0]?.rows ?? 0) > (first.recorder?.rows ?? 0));
    const told = await tell(['data', 'info', dir]);
    const series = told['series'] as { rows: number; crossed: number; clock_anomalies: number }[];
    assert.ok(series.every(({ rows, crossed }) => rows >= MINUTES && crossed === 0));
    assert.ok(series.every(({ clock_anomalies: anomalies }) => anomalies === 0));

    const flags = ['--data', dir, '--symbol', 'NVDA', '--config', config, '--open', 'straddle:10'];
    const result = await tell(['backtest', '--no-keep', ...flags]);
    const { quotes, hedges } = result['totals'] as { quotes: number; hedges: number };
    assert.equal(quotes, closed.days[0]?.rows);
    assert.ok(hedges > 0, 'the book that it opens is hedged');

    const next = openRecording({
      ...{ dir, intervalMs: 0, source: 'next', fileBytes: 1e9, daysKept: null },
    });
    assert.match(next.recovered ?? '', /lost/);
    next.close();
    assert.equal(readdirSync(join(dir, 'quotes'))[0], `${DAY}-0001.parquet`);
    assert.equal(openDataset(dir).gaps.at(-1)?.reason, 'crashed');
  });
});
