/**
 * The system as a desk runs it: a gateway, a database of the operator's own, a daemon, and a
 * monitor, each a process of its own. The cases of a file share one.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';

import type { StatusView } from '../../../src/protocol/views.ts';
import { withClient } from '../../../src/store/pool.ts';
import { isAlive } from '../../../src/store/process-identity.ts';
import { waitFor } from '../../../src/store/wait.ts';
import { DEPLOYMENT, quickSettings } from '../../integration/support/settings.ts';
import { assertTruth } from '../../integration/support/truth.ts';
import {
  postgresPid,
  type TestDaemon,
  type TestGateway,
  type TestHome,
} from '../../support/daemon.ts';
import { startMonitor, type TestMonitor } from '../../support/monitor.ts';
import { type Env, mono } from '../../support/program.ts';

export interface Desk {
  /** Of now. */
  readonly gateway: TestGateway;
  readonly monitor: TestMonitor;
  readonly databaseUrl: string;
  /** Stops the database server at once, and starts it again where it was. */
  cutDatabase(): Promise<void>;
  mendDatabase(): Promise<void>;
  /** Kills the gateway, and starts it again on its port and ledger. */
  restartGateway(): Promise<void>;
  /** Of now: a case that ended it has started another one. */
  daemon(): TestDaemon;
  /** Starts the daemon (again), and waits until it runs. */
  start(): Promise<TestDaemon>;
  /** Starts it where none runs, and waits until it is green and hedged. */
  calm(): Promise<StatusView>;
  query<R extends object>(text: string): Promise<readonly R[]>;
  /** Up and down in turn, by so many percent. */
  move(percent?: number): Promise<void>;
  /** Orders of ours that the exchange has seen. */
  orders(): Promise<number>;
  fills(): Promise<number>;
  /** Shares traded by hand, on the side of ours, or it would close them; signed. */
  trade(quantity: number): Promise<number>;
  /** What the exchange knows and what the database says are the same. */
  truth(): Promise<string>;
}

const HEARTBEAT_S = 5;

export interface DeskOptions {
  /** After so long a silence the broker counts as lost; default 1. */
  readonly heartbeat_s?: number;
  /** Of the daemon; default: a folder of the home. */
  readonly dataDir?: string;
  readonly env?: Env;
}

/** Call it in a `beforeAll`, once a suite; it ends with the home. */
export async function startDesk(home: TestHome, options: DeskOptions = {}): Promise<Desk> {
  const { heartbeat_s = 1, dataDir = join(home.dir, 'desk'), env = {} } = options;
  const server = await startServer(home);
  let gateway = await home.gateway();
  const broker = { retry_interval_s: 1, heartbeat_s };
  const config = home.write('desk.yaml', {
    ...quickSettings({ mode: 'paper', port: gateway.port, broker }),
    daemon: { heartbeat_interval_s: HEARTBEAT_S },
    // So long after a kill the database still says whose the lease is.
    ha: { lease_s: 2 },
  });
  const run = (): TestDaemon =>
    home.daemon({ config, env: { ...env, DATABASE_URL: server.url }, dataDir });
  const monitor = await startMonitor(home, server.url);

  let daemon = await run().ready();
  let direction = 1;
  const ours = async () => {
    const { orders, executions } = await gateway.exchange.ledger();
    const isOurs = ({ order_ref: ref }: { readonly order_ref: string }) =>
      ref.startsWith(`${DEPLOYMENT}:`);
    return { orders: orders.filter(isOurs), executions: executions.filter(isOurs) };
  };
  const start = async (): Promise<TestDaemon> => {
    daemon = await run().ready();
    return daemon;
  };
  return {
    get gateway() {
      return gateway;
    },
    monitor,
    databaseUrl: server.url,
    cutDatabase: () => server.cut(),
    mendDatabase: () => server.mend(),
    async restartGateway() {
      await gateway.stop('SIGKILL');
      gateway = await home.gateway({ port: gateway.port });
    },
    daemon: () => daemon,
    start,
    async calm() {
      if (!daemon.running) await start();
      return daemon.untilStatus('it is green and hedged', isCalm, 40_000);
    },
    query: (text) =>
      withClient(server.url, 'test', async (client) => (await client.query(text)).rows),
    async move(percent = 2) {
      direction = -direction;
      await gateway.exchange.move('NVDA', direction * percent);
    },
    orders: async () => (await ours()).orders.length,
    fills: async () => (await ours()).executions.length,
    async trade(quantity) {
      const own = (await daemon.status()).status?.stock_position ?? 0;
      await gateway.exchange.trade('NVDA', own < 0 ? 'SELL' : 'BUY', quantity);
      return own < 0 ? -quantity : quantity;
    },
    async truth() {
      const { exchange } = gateway;
      await assertTruth({ exchange, databaseUrl: server.url, deployment: DEPLOYMENT });
      const { orders, executions } = await ours();
      const counts = `${orders.length} orders, ${executions.length} executions`;
      return `${counts}, positions and cash of exchange and database are equal`;
    },
  };
}

/** A database server of the operator's own, which can be stopped at once. */
async function startServer(home: TestHome) {
  const { url, dataDir } = await home.server();
  const cut = async (): Promise<void> => {
    const pid = postgresPid(dataDir);
    if (pid === null) return;
    process.kill(pid, 'SIGQUIT');
    const gone = await waitFor(mono, 10_000, () => (isAlive(pid) ? null : true));
    assert.equal(gone, true, 'the database server is gone');
  };
  return { url, cut, mend: async () => void (await home.server()) };
}

function isCalm({ status_lamp: lamp, books: [book] }: StatusView): boolean {
  if (lamp !== 'green' || book === undefined) return false;
  const isIdle = ['EXEC_IDLE', 'FILLED'].includes(book.hedge_state);
  return isIdle && Math.abs(book.net_delta ?? Number.NaN) < book.band.threshold;
}
