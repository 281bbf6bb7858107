/**
 * A daemon and a monitor in two processes with only DATABASE_URL in common: what the monitor shows
 * of the daemon in every state, and what it can tell it to do.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';

import type { MachineView, OperationView, StatusView } from '../../src/protocol/views.ts';
import { withClient } from '../../src/store/pool.ts';
import { type TestDaemon, testHome } from '../support/daemon.ts';
import { startMonitor, type TestMonitor } from '../support/monitor.ts';
import { mono } from '../support/program.ts';
import { quickSettings } from './support/settings.ts';

const home = testHome('monitor');
let databaseUrl: string;
let config: string;
let daemon: TestDaemon;
let monitor: TestMonitor;

const startDaemon = () =>
  home.daemon({ dataDir: join(home.dir, 'data'), config, env: { DATABASE_URL: databaseUrl } });

beforeAll(async () => {
  ({ url: databaseUrl } = await home.server());
  config = home.write('config.yaml', { ...quickSettings(), ha: { lease_s: 2 } });
  daemon = await startDaemon().ready();
  monitor = await startMonitor(home, databaseUrl);
});

const gives = ({ block_reasons: reasons }: StatusView, reason: string) => reasons.includes(reason);

const query = <R extends object>(text: string): Promise<readonly R[]> =>
  withClient(databaseUrl, 'test', async (client) => (await client.query(text)).rows);

interface Outcome {
  readonly outcome: string;
  readonly result: { readonly ok: boolean; readonly message: string };
}

/** What became of a command that somebody wrote with `psql`. */
async function written(columns: string, values: string): Promise<Outcome> {
  const [row] = await query<{ id: string }>(
    `insert into daemon_control (${columns}) values (${values}) returning id`,
  );
  return daemon.until('the row is answered', async () => {
    const [answer] = await query<Outcome>(
      `select outcome, result from daemon_control where id = ${row?.id} and result is not null`,
    );
    return answer ?? null;
  });
}

describe('the monitor', () => {
  it('TC-2-R-M1b, TC-2-R-M2, TC-2-R-M3: shows a daemon that runs as it shows itself', async () => {
    await daemon.untilStatus('it is green', ({ status_lamp: lamp }) => lamp === 'green');
    const now = await monitor.until('green, with prices', ({ status_lamp: lamp, accounts }) => {
      const positions = accounts[0]?.positions ?? [];
      const priced = positions.some(({ secType, price }) => secType === 'OPT' && price !== null);
      return lamp === 'green' && priced;
    });
    assert.deepEqual([now.self_check, now.block_reasons], ['ok', []]);
    assert.equal(now.status?.daemon_state, 'running');
    const { daemon_heartbeat: beat, accounts, books, ib_config: ib } = now;
    assert.deepEqual(
      [beat.daemon_alive, beat.hedge_running, beat.ib_connected],
      [true, true, true],
    );
    assert.equal(beat.ib_client_id, 1);
    assert.equal(books[0]?.symbol, 'NVDA');
    assert.deepEqual(Object.keys(now).sort(), Object.keys(await daemon.status()).sort());
    assert.equal(ib.ib_port_type, 'simulated');
    const [account] = accounts;
    assert.ok(account?.summary['NetLiquidation'] !== undefined);
  });

  it('TC-2-R-M4b: lists operations with their filters, machines, gates and actors', async () => {
    const list = (filter: string) =>
      monitor.get<{ operations: OperationView[] }>(`/operations?${filter}`);
    const fills = await monitor.program.until('a fill is told', async () => {
      const some = await list('type=fill&limit=5');
      return some.operations.length > 0 ? some : null;
    });
    const all = await list('limit=1000');
    assert.ok(all.operations.length > fills.operations.length);
    assert.ok(
      fills.operations.every(({ type, side, quantity }) => type === 'fill' && side && quantity),
    );
    const machine = await monitor.get<MachineView>('/machines/trading:NVDA');
    assert.equal(machine.machine, 'trading');
    type Told = readonly { readonly guards?: readonly unknown[] }[];
    const told = await monitor.get<Told>('/machines/trading:NVDA/transitions');
    assert.ok(
      told.some(({ guards = [] }) => guards.length > 0),
      JSON.stringify(told),
    );
    assert.equal((await monitor.get<{ symbol: string }>('/explain/NVDA')).symbol, 'NVDA');
    assert.equal((await fetch(`${monitor.url}/explain/TSLA`)).status, 404);
    assert.ok(
      (await monitor.get<{ id: string }[]>('/actors')).some(({ id }) => id === 'market-data'),
    );
  });

  it('suspends and resumes through the database, and says what came of it', async () => {
    assert.equal((await fetch(`${monitor.url}/control/suspend`, { method: 'POST' })).status, 401);
    const suspended = await monitor.post('/control/suspend');
    assert.deepEqual([suspended.status, suspended.body.message?.split(':')[0]], [200, 'suspended']);
    assert.equal((await daemon.status()).trading_suspended, true);
    // The machine's state and the command's row reach the database one after the other.
    const now = await monitor.until('suspended', (one) => {
      return gives(one, 'suspended') && one.trading_suspended;
    });
    assert.equal(now.self_check, 'degraded');
    const [row] = await query<{ origin: string; outcome: string }>(
      'select origin, outcome from daemon_control order by id desc limit 1',
    );
    assert.match(row?.origin ?? '', /^monitor \S+:api$/);
    assert.equal(row?.outcome, 'done');
    const [audit] = await query<{ origin: string }>(
      `select origin from control_audit where command = 'suspend' order by id desc limit 1`,
    );
    assert.equal(audit?.origin, `database:${row?.origin}`);
    assert.equal((await monitor.post('/control/resume')).status, 200);
    const refused = await monitor.post('/control/suspend', { symbol: 'TSLA' });
    assert.equal(refused.status, 404, 'a refusal of the daemon is one of the monitor');
  });

  it('shows that the broker is down', async () => {
    await daemon.exchange().fault('refuse_connect');
    await daemon.exchange().fault('disconnect');
    // The row of the status is written with the turn, the lamp with the view of that second.
    await monitor.until('no broker, and not well', ({ status: row, self_check: check }) => {
      return row?.daemon_state === 'waiting_ib' && check !== 'ok';
    });
  });

  it('tells a frozen daemon from a dead one, and shows the last values with an age', async () => {
    process.kill(daemon.pid, 'SIGSTOP');
    const frozen = await monitor.until('frozen', (one) =>
      one.block_reasons.includes('daemon_frozen'),
    );
    assert.deepEqual([frozen.self_check, frozen.status_lamp], ['blocked', 'red']);
    assert.equal(frozen.daemon_heartbeat.daemon_alive, false);
    await daemon.stop('SIGKILL');
    const dead = await monitor.until('dead', (now) => gives(now, 'daemon_dead'));
    assert.deepEqual([dead.self_check, dead.status_lamp], ['blocked', 'red']);
    assert.match(dead.alerts.find(({ id }) => id === 'daemon_dead')?.text ?? '', /for \d+ s$/);
    assert.equal(dead.books[0]?.symbol, 'NVDA');
  });

  it('TC-2-R-C1b: stops a daemon in time, and tells that from a dead one', async () => {
    daemon = await startDaemon().ready();
    await monitor.until('alive', ({ daemon_heartbeat: beat }) => beat.daemon_alive);
    // With an order on its way it may end with status 1, by design, where the broker is slow.
    await daemon.untilStatus('it watches, and no order is alive', ({ books: [book] }) => {
      const watches = ['MONITOR', 'NO_TRADE'].includes(book?.trading_state ?? '');
      return watches && ['EXEC_IDLE', 'FILLED'].includes(book?.hedge_state ?? '');
    });
    const from = mono.now();
    const { status: code, body } = await monitor.post('/control/stop');
    assert.equal(code, 202, JSON.stringify(body));
    assert.deepEqual(await daemon.ended, { code: 0, signal: null });
    assert.ok(mono.now() - from < 6000);
    const now = await monitor.until('stopped', (one) =>
      one.block_reasons.includes('daemon_stopped'),
    );
    assert.equal(now.self_check, 'blocked');
    assert.ok(now.daemon_heartbeat.graceful_shutdown_at !== null);
  });
});

describe('a row of daemon_control', () => {
  const OLD = `now() - interval '2 minutes'`;

  it('that asks for a stop before the daemon began is expired, an old suspend is not', async () => {
    await query(`insert into daemon_control (command, created_at) values ('stop', ${OLD})`);
    daemon = await startDaemon().ready();
    const { outcome, result } = await written('command, created_at', `'suspend', ${OLD}`);
    assert.deepEqual([outcome, result.ok], ['done', true]);
    const [stop] = await query<Outcome>(
      `select outcome, result from daemon_control where command = 'stop' order by id desc limit 1`,
    );
    assert.equal(stop?.outcome, 'expired');
    assert.match(stop.result.message, /began after the stop/);
    assert.equal((await daemon.status()).trading_suspended, true);
  });

  it.each(['flatten', 'resume', 'hedge_now'])(
    'that asks for %s holds for a minute',
    async (name) => {
      const payload = name === 'hedge_now' ? `'{"symbol":"NVDA"}'` : `'{}'`;
      const columns = 'command, payload, created_at';
      const { outcome, result } = await written(columns, `'${name}', ${payload}, ${OLD}`);
      assert.equal(outcome, 'expired');
      assert.match(result.message, /asked for 12\d s ago/);
      assert.equal((await daemon.status()).trading_suspended, true);
    },
  );

  it('is taken as older hands write it, and one that is none is told why', async () => {
    assert.equal((await written('command', `'RESUME'`)).outcome, 'done');
    assert.equal((await daemon.status()).trading_suspended, false);
    const { outcome, result } = await written('command', `'sell everything'`);
    assert.equal(outcome, 'invalid');
    assert.match(result.message, /^no command "sell everything"; there are stop, suspend/);
    const wrong = await written('command, payload', `'adopt', '{"symbol":"NVDA"}'`);
    assert.match(wrong.result.message, /payload of adopt is not right: shares/);
  });
});

describe('a second daemon without ha', () => {
  it('is refused, and told who writes', async () => {
    const env = { DATABASE_URL: databaseUrl };
    const second = home.daemon({ dataDir: join(home.dir, 'second'), config, env });
    const { code } = await second.ended;
    assert.equal(code, 6);
    assert.match(
      second.err(),
      new RegExp(`another daemon writes to this database: .*pid ${daemon.pid}`),
    );
  });
});
