/** `bifrost data record` beside whatever else is connected to a gateway. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { openDataset } from '../../src/store/dataset.ts';
import { testHome } from '../support/daemon.ts';
import { bifrost } from '../support/program.ts';

const home = testHome('data-record');

describe('bifrost data record', () => {
  it('records what the account holds, goes on another time, and sends no order', async () => {
    const gateway = await home.gateway();
    const to = join(home.dir, 'set');
    const record = (): ReturnType<typeof bifrost> =>
      bifrost([
        ...['data', 'record', '--to', to, '--port', String(gateway.port), '--for', '2'],
        ...['--interval-ms', '0', '--json'],
      ]);
    const { code, out, err } = await record();
    assert.equal(code, 0, err);
    assert.match(err, /3 contracts are recorded to/);
    const summary = JSON.parse(out) as { rows: number; instruments: number };
    assert.equal(summary.instruments, 3);
    assert.ok(summary.rows > 3);
    const held = openDataset(to).instruments.filter(({ contract }) => contract.secType === 'OPT');
    assert.ok(held.every(({ contract }) => contract.symbol === 'NVDA'));

    const again = await record();
    assert.equal(again.code, 0, again.err);
    const more = JSON.parse(again.out) as { rows: number; gaps: { reason: string }[] };
    assert.ok(more.rows > summary.rows);
    assert.deepEqual(
      more.gaps.map(({ reason }) => reason),
      ['stopped'],
    );
    assert.deepEqual((await gateway.exchange.ledger()).orders, []);
  });

  it('ends with the broker’s status where nobody listens, and says what to do', async () => {
    const to = join(home.dir, 'none');
    const nobody = await bifrost(['data', 'record', '--to', to, '--port', '1', '--for', '1']);
    assert.equal(nobody.code, 4, nobody.err);
    assert.match(nobody.err, /127\.0\.0\.1:1 cannot be used/);
    const noDaemon = await bifrost(['data', 'record', '--to', to], {
      BIFROST_DATA_DIR: join(home.dir, 'nothing'),
    });
    assert.equal(noDaemon.code, 4, noDaemon.err);
    assert.match(noDaemon.err, /no daemon with a simulated gateway/);
  });
});
