/**
 * The order path under everything that brokers do, over real sockets: one exchange and one daemon
 * live through the named scenarios, one after the other, and after each the exchange's ledger, the
 * engine's and the database say the same. BIFROST_TEST_LONG=1 plays all of them, else a sample.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';

import { type TestDaemon, type TestGateway, testHome } from '../support/daemon.ts';
import { ROOT } from '../support/program.ts';
import {
  ORDER_SCENARIOS,
  SCENARIO_SAMPLE,
  type Stage,
  TOLD_ELSEWHERE,
} from './support/order-scenarios.ts';
import { DEPLOYMENT, quickSettings } from './support/settings.ts';
import { assertTruth } from './support/truth.ts';
import { WORLD_SCENARIOS } from './support/world-scenarios.ts';

const LONG = process.env['BIFROST_TEST_LONG'] === '1';
const home = testHome('orders');
const dataDir = join(home.dir, 'data');
let gateway: TestGateway;
let config: string;
let daemon: TestDaemon | null = null;
let direction = 1;

beforeAll(async () => {
  gateway = await home.gateway();
  const broker = { retry_interval_s: 1, connect_timeout_s: 5, heartbeat_s: 1 };
  const settings = quickSettings({ mode: 'paper', port: gateway.port, broker });
  // An order that a scenario holds up gets new prices for as long as that takes.
  const order = { ack_timeout_s: 2, max_reprices: 100 };
  config = home.write('config.yaml', { ...settings, order });
});

/** The daemon of now; a scenario that ended it has started another one. */
function running(): TestDaemon {
  assert.ok(daemon !== null);
  return daemon;
}

async function launch(): Promise<void> {
  daemon = await home.daemon({ dataDir, config }).ready();
}

async function untilHedged(): Promise<void> {
  await running().untilStatus(
    'it is hedged and calm',
    ({ status_lamp: lamp, books: [book] }) => {
      if (lamp !== 'green' || book === undefined) return false;
      const isCalm = ['EXEC_IDLE', 'FILLED'].includes(book.hedge_state);
      return isCalm && Math.abs(book.net_delta ?? Number.NaN) < book.band.threshold;
    },
    60_000,
  );
}

const ours = async () => {
  const { orders, executions } = await gateway.exchange.ledger();
  const isOurs = ({ order_ref: ref }: { readonly order_ref: string }) =>
    ref.startsWith(`${DEPLOYMENT}:`);
  const placed = orders.filter(isOurs);
  const live = placed.filter(({ status }) => /Submitted$/.test(status)).length;
  return { orders: placed.length, live, executions: executions.filter(isOurs).length };
};

async function makeStage(): Promise<Stage> {
  const begin = await ours();
  const since = (await running().status()).daemon_heartbeat.last_ts ?? 0;
  let executions = begin.executions;
  const standing = new Set<string>();
  return {
    exchange: gateway.exchange,
    daemon: running,
    fault: async (type, details = {}) => {
      standing.add(type);
      await gateway.exchange.fault(type, details);
    },
    heal: async () => {
      for (const type of standing) await gateway.exchange.fault(type, { on: false });
      standing.clear();
    },
    move: async (percent = 2.5) => {
      direction = -direction;
      await gateway.exchange.move('NVDA', direction * percent);
    },
    push: () => gateway.exchange.move('NVDA', direction),
    status: (what, fits) => running().untilStatus(what, fits, 40_000),
    filled: async () => {
      await running().until(
        'more is filled',
        async () => {
          const { executions: now } = await ours();
          if (now <= executions) return null;
          executions = now;
          return true;
        },
        40_000,
      );
    },
    live: async () => (await ours()).live,
    ended: async () => {
      const none = async () => ((await ours()).live === 0 ? true : null);
      await running().until('no order of ours is alive', none, 40_000);
    },
    orders: async () => (await ours()).orders - begin.orders,
    control: (command, body = {}) => running().post(`/control/${command}`, body),
    stop: async (signal) => {
      const { code } = await running().stop(signal);
      return code;
    },
    start: launch,
    hedged: untilHedged,
    operation: async (what) => {
      await running().until(`an operation ${what}`, async () => {
        const rows = await running().operations(`limit=1000&since_ts=${since - 1}`);
        return rows.some(({ state_reason: reason }) => what.test(reason ?? '')) ? true : null;
      });
    },
  };
}

async function truth(): Promise<void> {
  const databaseUrl = readFileSync(join(dataDir, 'database-url'), 'utf8').trim();
  await assertTruth({ exchange: gateway.exchange, databaseUrl, deployment: DEPLOYMENT });
}

const chosen = Object.entries(ORDER_SCENARIOS).filter(
  ([name]) => LONG || SCENARIO_SAMPLE.includes(name),
);

describe('the order path survives', () => {
  it.each(chosen)('%s', { timeout: 240_000 }, async (_, play) => {
    if (daemon === null || !daemon.running) await launch();
    await running().post('/control/resume');
    await untilHedged();
    const stage = await makeStage();
    try {
      await play(stage);
    } finally {
      await stage.heal();
    }
    await running().post('/control/resume');
    await untilHedged();
    await truth();
  });

  /** Every named scenario of the specification, and its field reports that concern orders. */
  it.each([
    ...['restart with a working order', 'fill while disconnected', 'fill after cancel'],
    ...['order silently dropped', 'ack never comes', 'id rollback'],
    ...['client id in use at start', 'client id in use at reconnect', '1100 → 1101'],
    ...['1100 → 1102', 'farm down with the socket up', 'nightly reset', 'partial fill then drop'],
    ...['execution correction', 'manual trade in the account', 'option assignment overnight'],
    ...['leg expires', 'half day', 'dividend', 'a reject streak', 'spread blow-out'],
    ...['crossed quotes', 'NaN greeks', 'delayed data in live mode', 'delayed data in paper mode'],
    ...['legging in by hand', 'the last leg closed by hand with hedge shares left'],
    ...['the last leg assigned with hedge shares left', 'a hedge clipped to several orders'],
    ...['ownership unconfirmed at first start', 'flatten while suspended', 'flatten in SAFE'],
    ...['loss limit during a partial fill on short gamma', 'flatten with the broker down'],
    ...['suspend while an ack is awaited', 'stop while an ack is awaited'],
    ...['a status told three times', 'a half-open socket', 'a message that is no rejection'],
    ...['a rejected modify whose original works on', 'a silent gateway while connecting'],
    ...[
      'a read-only API at the connection',
      'an API that becomes read-only',
      'a short locate',
      'an execution told twice',
      'a commission that comes late',
    ],
  ])('has a test of: %s', (name) => {
    const elsewhere = TOLD_ELSEWHERE[name];
    if (elsewhere === undefined) {
      const told = { ...ORDER_SCENARIOS, ...WORLD_SCENARIOS };
      assert.ok(Object.hasOwn(told, name), name);
      return;
    }
    const [file, title] = elsewhere;
    const path = join(ROOT, file);
    assert.ok(existsSync(path), file);
    assert.ok(readFileSync(path, 'utf8').includes(title), `${file}: ${title}`);
  });
});
