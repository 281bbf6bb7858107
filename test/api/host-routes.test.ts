import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'vitest';
import type { Api } from '../../src/api/server.ts';
import { noHost } from '../../src/protocol/host-ports.ts';
import { fakeHost, RUN_ID } from './fake-host.ts';
import { ask, command, FakeEngine, startFakeApi } from './fixture.ts';

let api: Api;

afterEach(() => api.close());

describe('what only the daemon itself has', () => {
  it('is refused by a process beside it, with the way out', async () => {
    const { version } = fakeHost([]);
    api = await startFakeApi(new FakeEngine(), { hostPorts: noHost(version) });
    for (const path of ['/machines/daemon/at?seq=1', '/messages', '/backtests', '/config/keys']) {
      const { status, body } = await ask(api, path);
      assert.deepEqual([status, body['code']], [409, 'conflict'], path);
      assert.match(String(body['remedy']), /API of the daemon/);
    }
    assert.equal((await ask(api, '/version')).status, 200);
  });
});

describe('the past of a machine', () => {
  it('is asked for by one of number and time', async () => {
    api = await startFakeApi(new FakeEngine());
    assert.equal((await ask(api, '/machines/daemon/at?seq=7')).body['seq'], 7);
    assert.equal((await ask(api, '/machines/daemon/at?ts=1700000000.5')).status, 200);
    for (const query of ['', '?seq=1&ts=2', '?seq=0', '?seq=x', '?until=3']) {
      const { status } = await ask(api, `/machines/daemon/at${query}`);
      assert.ok(status === 400 || status === 422, `${query} ${status}`);
    }
    assert.equal((await ask(api, '/machines/daemon/at?seq=2000')).status, 404);
  });
});

describe('a fault of the simulated venue', () => {
  it('is injected by its name, for who may command', async () => {
    const engine = new FakeEngine();
    api = await startFakeApi(engine);
    const { status } = await command(api, '/simulation/faults', { type: 'gap' });
    assert.deepEqual([status, engine.injected], [202, ['gap']]);
    assert.equal((await command(api, '/simulation/faults', { type: 'split' })).status, 422);
    const open = await ask(api, '/simulation/faults', { method: 'POST', body: { type: 'gap' } });
    assert.equal(open.status, 401);
    assert.deepEqual(engine.injected, ['gap']);
  });

  it('is refused where the venue is not simulated', async () => {
    const engine = new FakeEngine();
    const hostPorts = { ...fakeHost(engine.injected), simulation: null };
    api = await startFakeApi(engine, { hostPorts });
    const { status, body } = await command(api, '/simulation/faults', { type: 'disconnect' });
    assert.deepEqual([status, body['code']], [409, 'safety_refused']);
    assert.deepEqual((await ask(api, '/simulation')).body['faults'], []);
    assert.deepEqual(engine.injected, []);
  });
});

describe('the report of a backtest', () => {
  it('is a page that may neither fetch nor reach ours', async () => {
    api = await startFakeApi(new FakeEngine());
    const { status, headers, text } = await ask(api, `/backtests/${RUN_ID}/report`);
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^text\/html/);
    assert.match(
      String(headers['content-security-policy']),
      /^sandbox allow-scripts; default-src 'none'/,
    );
    assert.match(text, /A run/);
  });

  it('is named by an id and never by a path', async () => {
    api = await startFakeApi(new FakeEngine());
    assert.equal((await ask(api, '/backtests/..%2f..%2fapi-token/report')).status, 400);
    assert.equal((await ask(api, '/backtests/nothing/report')).status, 404);
  });
});
