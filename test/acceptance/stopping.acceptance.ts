/** R-C1a, R-H1: a stop from outside in every state of the daemon, and the sinks. */

import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll } from 'vitest';

import type { StatusView } from '../../src/protocol/views.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { withClient } from '../../src/store/pool.ts';
import { untilCalm } from '../integration/support/lab.ts';
import { quickSettings } from '../integration/support/settings.ts';
import { postgresPid, type TestDaemon, type TestGateway, testHome } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { silentLog } from '../support/postgres.ts';
import { mono } from '../support/program.ts';
import { proves } from './support/proves.ts';

const STOP_MS = 5000;
/** To get into a state, on a busy machine; to leave it has its own bound. */
const PATIENCE_MS = 60_000;
const home = testHome('acceptance-stopping');
const serverDir = join(home.dir, 'server');
const sockets = new Set<Socket>();
const servers: Server[] = [];

afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  const pid = postgresPid(serverDir);
  if (pid !== null) process.kill(pid, 'SIGQUIT');
});

/** A gateway of its own, and a daemon that is started again and again on one directory. */
interface Lane {
  readonly signal: 'SIGTERM' | 'SIGINT';
  readonly gateway: TestGateway;
  start(change?: Change): Promise<TestDaemon>;
  /** Down and up in turn: the options stay near the money. */
  move(): Promise<void>;
}

interface Change {
  readonly port?: number;
  readonly broker?: object;
  /** Default: that of the lane. */
  readonly data?: string;
  readonly databaseUrl?: string;
}

let count = 0;
async function openLane(signal: Lane['signal'], name: string = signal): Promise<Lane> {
  const gateway = await home.gateway({ dataDir: join(home.dir, name, 'gateway') });
  let direction = 1;
  return {
    signal,
    gateway,
    async move() {
      direction = -direction;
      await gateway.exchange.move('NVDA', direction * 2);
    },
    async start({ port = gateway.port, broker = {}, data = 'data', databaseUrl } = {}) {
      const quick = { retry_interval_s: 1, heartbeat_s: 30, ...broker };
      const settings = quickSettings({
        ...{ mode: 'paper', port, broker: quick },
        ...(databaseUrl === undefined ? { store: { sink: 'none' } } : {}),
      });
      count += 1;
      const ha = databaseUrl === undefined ? {} : { ha: { standby: true, lease_s: 2 } };
      const daemon = home.daemon({
        config: home.write(`config-${count}.yaml`, { ...settings, ...ha }),
        dataDir: join(home.dir, name, data),
        env: databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl },
      });
      await daemon.until(
        'it says that it is there',
        () => {
          assert(daemon.running, daemon.err());
          return /Bifrost (runs|stands by) with/.test(daemon.out()) ? true : null;
        },
        PATIENCE_MS,
      );
      return daemon;
    },
  };
}

let sharedUrl: Promise<string> | undefined;
/** Of the daemons that wait for each other. */
function shared(): Promise<string> {
  sharedUrl ??= makeDatabase('shared');
  return sharedUrl;
}

/** A daemon in the state that is wanted; the lane's exchange has its ledger. */
type Reach = (lane: Lane) => Promise<TestDaemon>;

const inState = (daemon: TestDaemon, label: string) => {
  const fits = ({ status, daemon_block_reasons: reasons }: StatusView): boolean =>
    status?.daemon_state === label || reasons[0] === label;
  return daemon.untilStatus(`it is ${label}`, fits, PATIENCE_MS);
};

async function calm(lane: Lane, broker: object = {}): Promise<TestDaemon> {
  const daemon = await lane.start({ broker });
  await untilCalm(daemon);
  return daemon;
}

/** A hedge that fills share by share, and is in the middle of it. */
async function working(lane: Lane): Promise<TestDaemon> {
  const daemon = await calm(lane);
  await lane.gateway.exchange.fault('partial_fills', { max_size: 1 });
  await lane.move();
  await daemon.untilStatus('a hedge is half-way', ({ books: [book] }) => {
    return book?.hedge_state === 'PARTIAL';
  });
  return daemon;
}

/** While TWS has lost IB it cannot say what became of an order that was on its way. */
const UPSTREAM_LOST = 'waiting_ib, TWS has lost IB';

const STATES: Readonly<Record<string, Reach>> = {
  connecting: async (lane) => {
    const port = await listen();
    const broker = { connect_timeout_s: 120 };
    const daemon = await lane.start({ port, broker, data: 'connecting' });
    await inState(daemon, 'connecting');
    return daemon;
  },
  waiting_ib: async (lane) => {
    const port = await freePort();
    const daemon = await lane.start({ port, data: 'waiting' });
    await inState(daemon, 'waiting_ib');
    return daemon;
  },
  [UPSTREAM_LOST]: async (lane) => {
    const daemon = await calm(lane);
    await lane.gateway.exchange.fault('code_1100');
    await inState(daemon, 'waiting_ib');
    return daemon;
  },
  connected: async (lane) => {
    const { exchange } = lane.gateway;
    await exchange.fault('slow_consumer', { delay_ms: 400 });
    const daemon = await lane.start({ broker: { connect_timeout_s: 30 } });
    await inState(daemon, 'connected');
    return daemon;
  },
  running: calm,
  'running, an order is being filled': working,
  degraded: async (lane) => {
    const daemon = await calm(lane);
    await lane.gateway.exchange.fault('code_2103');
    await inState(daemon, 'degraded');
    return daemon;
  },
  running_suspended: async (lane) => {
    const daemon = await calm(lane);
    assert.equal((await daemon.post('/control/suspend')).status, 200);
    await inState(daemon, 'running_suspended');
    return daemon;
  },
  flattening: async (lane) => {
    const daemon = await lane.start();
    await inState(daemon, 'running_suspended');
    await lane.gateway.exchange.fault('partial_fills', { max_size: 1 });
    assert.equal((await daemon.post('/control/flatten')).status, 202);
    await inState(daemon, 'flattening');
    return daemon;
  },
  standby: async (lane) => {
    const daemon = await lane.start({ databaseUrl: await shared(), data: 'standby' });
    await inState(daemon, 'standby');
    return daemon;
  },
  'stopping, told a second time': async (lane) => {
    const daemon = await lane.start();
    await inState(daemon, 'running_suspended');
    await daemon.post('/control/stop');
    return daemon;
  },
};

/** What the fault of one state did to the gateway is undone for the next. */
async function heal({ gateway: { exchange } }: Lane): Promise<void> {
  for (const type of ['partial_fills', 'slow_consumer', 'half_open'] as const) {
    await exchange.fault(type, { on: false });
  }
  await exchange.fault('code_1102');
  await exchange.fault('code_2104');
}

interface Stopped {
  readonly state: string;
  readonly code: number | null;
  readonly ms: number;
  readonly orders_after: number;
  readonly left_live: number;
  /** It has said that an order could not be proven dead. */
  readonly alert: boolean;
}

/** The market moves as the signal comes: whoever still hedged would send an order. */
async function stopIn(lane: Lane, state: string, reach: Reach): Promise<Stopped> {
  const daemon = await reach(lane);
  const { exchange } = lane.gateway;
  const before = (await exchange.ledger()).orders.length;
  const stopping = daemon.stop(lane.signal);
  await lane.move();
  const { code, ms } = await stopping;
  const { orders } = await exchange.ledger();
  const live = orders.filter(({ status }) => /Submitted$/.test(status)).length;
  await heal(lane);
  return {
    state,
    code,
    ms: Math.round(ms),
    orders_after: orders.length - before,
    left_live: live,
    alert: daemon.err().includes('order_left_live'),
  };
}

async function stopEverywhere(signal: Lane['signal']): Promise<readonly Stopped[]> {
  const lane = await openLane(signal);
  const stopped: Stopped[] = [];
  for (const [state, reach] of Object.entries(STATES)) {
    stopped.push(await stopIn(lane, state, reach));
  }
  return stopped;
}

/** The cancel cannot be answered, because the gateway neither reads nor writes. */
async function withheld(signal: Lane['signal']) {
  const lane = await openLane(signal, 'withheld');
  const daemon = await working(lane);
  await lane.gateway.exchange.fault('half_open');
  const { code, ms } = await daemon.stop(signal);
  const alert = daemon
    .err()
    .split('\n')
    .find((line) => line.includes('order_left_live'));
  return { code, ms: Math.round(ms), alert };
}

proves(
  'TC-1-R-C1a-1',
  async (evidence) => {
    const leader = await home
      .daemon({
        dataDir: join(home.dir, 'leader'),
        config: home.write('leader.yaml', {
          ...quickSettings({ mode: 'paper', port: await freePort() }),
          ha: { standby: true, lease_s: 2 },
        }),
        env: { DATABASE_URL: await shared() },
      })
      .ready();
    const signals = ['SIGTERM', 'SIGINT'] as const;
    for (const [index, rows] of (await Promise.all(signals.map(stopEverywhere))).entries()) {
      for (const { state, ...seen } of rows) {
        const what = `${signals[index]} in ${state}`;
        evidence(what, seen);
        const { code, orders_after, left_live, alert } = seen;
        const isWithheld = state === UPSTREAM_LOST && alert;
        const wanted = { code: isWithheld ? 1 : 0, orders_after: 0, left_live: 0 };
        assert.deepEqual({ code, orders_after, left_live }, wanted, what);
        assert.ok(seen.ms < STOP_MS, what);
      }
    }
    assert.equal((await leader.stop()).code, 0);
    const { code, ms, alert } = await withheld('SIGTERM');
    evidence('SIGTERM while a working order cannot be cancelled', { code, ms, alert });
    assert.equal(code, 1);
    assert.ok(ms < STOP_MS && alert !== undefined);
  },
  240_000,
);

proves('TC-1-R-C1a-2', async (evidence) => {
  const file = join(home.dir, 'control');
  const settings = quickSettings({ store: { sink: 'none' } });
  const config = home.write('file.yaml', { ...settings, daemon: { control_file: file } });
  const daemon = await home.daemon({ dataDir: join(home.dir, 'file'), config }).ready();
  writeFileSync(file, 'go on\n');
  await untilCalm(daemon);
  const from = mono.now();
  writeFileSync(file, 'stop\n');
  assert.deepEqual(await daemon.ended, { code: 0, signal: null });
  const ms = Math.round(mono.now() - from);
  // One poll is half a second; the rest is the stop itself.
  assert.ok(ms < 500 + STOP_MS, `it took ${ms} ms`);
  const line = daemon
    .err()
    .split('\n')
    .find((one) => one.includes(`file:${file}`));
  assert(line !== undefined, daemon.err());
  evidence('`stop` in the file, then', `exit 0 after ${ms} ms`);
  evidence('log', line.replaceAll(home.dir, ''));
});

proves('TC-1-R-H1-3', async (evidence) => {
  const url = await makeDatabase('sink');
  for (const sink of ['postgres', 'jsonl'] as const) {
    const name = `sink-${sink}`;
    const dataDir = join(home.dir, name);
    const config = home.write(`${name}.yaml`, quickSettings({ store: { sink } }));
    const env = sink === 'postgres' ? { DATABASE_URL: url } : {};
    const daemon = await home.daemon({ dataDir, config, env }).ready();
    await daemon.until('a hedge is filled', async () =>
      (await daemon.exchange().ledger()).executions.length > 0 ? true : null,
    );
    await untilCalm(daemon);
    assert.equal((await daemon.stop()).code, 0);
    const files = globSync('history/operations-*.jsonl', { cwd: dataDir });
    if (sink === 'postgres') {
      assert.equal(existsSync(join(dataDir, 'history')), false);
      const rows = await withClient(url, 'test', async (client) => {
        return (await client.query('select count(*) from operations')).rows;
      });
      assert.ok(Number(rows[0]?.count) > 0);
      evidence(`sink: ${sink}, rows of operations`, rows[0]);
    } else {
      // A server that was started says where it is.
      assert.equal(existsSync(join(dataDir, 'database-url')), false);
      const [file] = files;
      assert(file !== undefined, readdirSync(dataDir).join());
      const lines = readFileSync(join(dataDir, file), 'utf8').trim().split('\n');
      evidence(`sink: ${sink}, ${file} has ${lines.length} lines, the last`, lines.at(-1) ?? '');
    }
  }
});

let server: ReturnType<typeof startEmbeddedPostgres> | undefined;

/** A new, empty one on the server of this file. */
async function makeDatabase(name: string): Promise<string> {
  server ??= startEmbeddedPostgres({ dataDir: serverDir, mono, log: silentLog });
  const { url } = await server;
  await withClient(url, 'test', (client) => client.query(`create database ${name}`));
  return url.replace(/\/bifrost$/, `/${name}`);
}

/** A port whose server takes connections and says nothing. */
async function listen(): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return address.port;
}
