/** What scripts and pages of the earlier Python engine ask, and how they read the answers. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Api } from '../../src/api/server.ts';
import { accountView, positionView, statusRow, statusView } from '../../src/protocol/views.ts';
import { ROOT } from '../support/tidy/source.ts';
import { ROUTES } from './every-route.ts';
import { ask, FakeEngine, startFakeApi, TOKEN } from './fixture.ts';

const authorization = `Bearer ${TOKEN}`;
let engine: FakeEngine;
let api: Api;
beforeAll(async () => {
  engine = new FakeEngine();
  api = await startFakeApi(engine);
});
afterAll(() => api.close());

describe('a client of the earlier engine', () => {
  it('finds every route where it was', () => {
    const known = new Set(ROUTES.map(({ method, path }) => `${method} ${path}`));
    const names = ['stop', 'flatten', 'suspend', 'resume', 'retry_ib', 'refresh_accounts'];
    const controls = [...names, 'set_heartbeat_interval'].map((name) => `POST /control/${name}`);
    for (const route of ['GET /status', 'GET /operations', 'POST /config/ib', ...controls]) {
      assert.ok(known.has(route), route);
    }
  });

  it('sets the heartbeat by the name it knows', async () => {
    engine.requests.length = 0;
    const path = '/control/set_heartbeat_interval';
    const body = { heartbeat_interval_sec: 20 };
    const answer = await ask(api, path, { method: 'POST', headers: { authorization }, body });
    assert.equal(answer.status, 202);
    assert.deepEqual(engine.requests[0]?.control, {
      command: 'set_heartbeat_interval',
      interval_s: 20,
    });
    const short = { heartbeat_interval_sec: 4 };
    const refused = await ask(api, path, {
      method: 'POST',
      headers: { authorization },
      body: short,
    });
    assert.equal(refused.status, 422);
  });

  it('reads ok, and message or error', async () => {
    const post = () => ask(api, '/control/resume', { method: 'POST', headers: { authorization } });
    const taken = (await post()).body as { ok: boolean; message: string };
    assert.deepEqual([taken.ok, typeof taken.message], [true, 'string']);
    engine.result = { ok: false, status: 409, message: 'not suspended' };
    const refused = (await post()).body as { ok: boolean; error: string };
    assert.deepEqual([refused.ok, refused.error], [false, 'not suspended']);
  });

  it('finds the fields of status, accounts and positions by their names', () => {
    const row = ['daemon_state', 'trading_state', 'symbol', 'spot', 'bid', 'ask', 'net_delta'];
    row.push('stock_position', 'option_legs_count', 'daily_hedge_count', 'daily_pnl');
    row.push('data_lag_ms', 'config_summary', 'ts');
    const heartbeat = ['last_ts', 'hedge_running', 'ib_connected', 'ib_client_id', 'next_retry_ts'];
    heartbeat.push('seconds_until_retry', 'graceful_shutdown_at', 'heartbeat_interval_sec');
    const position = ['symbol', 'secType', 'exchange', 'currency', 'position', 'avgCost', 'expiry'];
    position.push('strike', 'right', 'price');
    const shapes = [
      [Object.keys(statusRow.unwrap().shape), row],
      [Object.keys(statusView.unwrap().shape.daemon_heartbeat.unwrap().shape), heartbeat],
      [Object.keys(accountView.unwrap().shape), ['account_id', 'summary', 'positions']],
      [Object.keys(positionView.unwrap().shape), position],
      [
        Object.keys(statusView.unwrap().shape),
        ['self_check', 'block_reasons', 'status_lamp', 'status'],
      ],
    ] as const;
    for (const [has, wanted] of shapes) {
      assert.deepEqual(
        wanted.filter((key) => !has.includes(key)),
        [],
      );
    }
  });
});

describe('the page for those who come from it', () => {
  it('names no route that is not there', () => {
    const text = readFileSync(join(ROOT, 'docs/from-python.md'), 'utf8');
    const known = new Set(ROUTES.map(({ method, path }) => `${method} ${path}`));
    const named = [...text.matchAll(/`((?:GET|POST) \/[\w/]+)`/g)].map(([, route]) => route ?? '');
    assert.ok(named.length >= 9);
    for (const route of named) assert.ok(known.has(route), route);
  });
});
