/** A configuration that is changed while the daemon runs, on the whole of it. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';
import { type TestDaemon, testHome } from '../support/daemon.ts';
import { bifrost } from '../support/program.ts';
import { quickSettings } from './support/settings.ts';

const home = testHome('reload');
const dataDir = join(home.dir, 'data');
let daemon: TestDaemon;

const write = (change: object): string =>
  home.write('config.yaml', { ...quickSettings(), ...change });

interface Running {
  readonly summary: string;
  readonly needs_restart: readonly string[];
  readonly refused: { readonly reason: string } | null;
}

async function running(): Promise<Running> {
  const { code, out, err } = await bifrost(['config', 'running', '--json', '--data-dir', dataDir]);
  assert.equal(code, 0, err);
  return JSON.parse(out) as Running;
}

beforeAll(async () => {
  const config = write({});
  daemon = await home.daemon({ dataDir, config }).ready();
});

describe('a changed file', () => {
  it('switches a book off, names what waits for a restart, and is undone', async () => {
    const before = (await daemon.status()).status?.config_summary;
    write({ books: [{ symbol: 'NVDA', strategy_enabled: false }], evaluation_interval_ms: 30 });
    const off = await daemon.untilStatus('it is idle', ({ books: [book] }) => {
      return book?.trading_state === 'IDLE';
    });
    assert.notEqual(off.status?.config_summary, before);
    assert.deepEqual((await running()).needs_restart, ['evaluation_interval_ms']);
    write({});
    await daemon.untilStatus('it runs again', (now) => now.status?.config_summary === before);
  });

  it('that is not valid changes nothing, and says why', async () => {
    const { summary } = await running();
    write({ order: { max_reprices: -1 } });
    await daemon.untilStatus('it is refused', ({ alerts }) =>
      alerts.some(({ id }) => id === 'config_refused'),
    );
    const now = await running();
    assert.equal(now.summary, summary);
    assert.match(now.refused?.reason ?? '', /order\.max_reprices/);
    write({});
    await daemon.untilStatus('it is mended', ({ alerts }) => alerts.length === 0);
  });

  it('has smiles fitted to strikes beside the legs, or not, and a replay is identical', async () => {
    write({ greeks: { vol_source: 'smile' } });
    await daemon.untilStatus('each leg is priced by its smile', ({ books: [book] }) => {
      const { smile, legs = [] } = book ?? {};
      const isFull = smile?.strikes === 8 && smile.good === 8 && smile.dropped === 0;
      return isFull && legs.length > 0 && legs.every(({ quality }) => quality === 'smile');
    });
    write({});
    await daemon.untilStatus('each leg is priced by its quote', ({ books: [book] }) => {
      return book?.smile.strikes === 0 && book.legs.every(({ quality }) => quality === 'quote');
    });
    assert.equal((await daemon.stop()).code, 0);
    const { code, out, err } = await bifrost(['replay', dataDir, '--verify', '--recompute']);
    assert.equal(code, 0, `${out}${err}`);
  });
});
