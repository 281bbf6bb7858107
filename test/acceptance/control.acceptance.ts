/** R-A1, R-C1b, R-C2, R-C3: the account as the broker tells it, and what the operator commands. */

import assert from 'node:assert/strict';
import { beforeAll } from 'vitest';

import type { StatusView } from '../../src/protocol/views.ts';
import { testHome } from '../support/daemon.ts';
import { mono } from '../support/program.ts';
import { type Desk, startDesk } from './support/desk.ts';
import { proves } from './support/proves.ts';

const STOP_MS = 5000;
const home = testHome('acceptance-control');
let desk: Desk;

beforeAll(async () => {
  desk = await startDesk(home);
  await desk.calm();
});

interface AccountRow {
  readonly account_id: string;
  readonly net_liquidation: number;
  readonly total_cash: number;
  readonly buying_power: number;
}

const netDelta = ({ books: [book] }: StatusView): number => book?.net_delta ?? Number.NaN;
const owned = ({ status }: StatusView): number => status?.stock_position ?? Number.NaN;

async function heldShares(): Promise<number> {
  const { positions } = await desk.gateway.exchange.ledger();
  return positions.find(({ sec_type: type }) => type === 'STK')?.position ?? 0;
}

async function post(command: string, body: object = {}): Promise<number> {
  return (await desk.daemon().post(`/control/${command}`, body)).status;
}

proves('TC-3-R-A1-1', async (evidence) => {
  await desk.calm();
  let told: unknown;
  const row = await desk.daemon().until(
    () => `the account is as at the exchange; last ${JSON.stringify(told)}`,
    async () => {
      const { cash } = await desk.gateway.exchange.ledger();
      const [one, ...others] = await desk.query<AccountRow>(
        'select account_id, net_liquidation, total_cash, buying_power from accounts',
      );
      told = { one, cash };
      const exchange = Object.entries(cash).map(([id, usd]) => `${id} ${usd.toFixed(2)}`);
      const isEqual = exchange.join() === `${one?.account_id} ${one?.total_cash?.toFixed(2)}`;
      return one !== undefined && others.length === 0 && isEqual ? one : null;
    },
  );
  assert.ok(row.net_liquidation > 0 && row.buying_power > 0);
  evidence('row of accounts', row);
  evidence('cash of the exchange', (await desk.gateway.exchange.ledger()).cash);
});

proves('TC-3-R-A1-2', async (evidence) => {
  await desk.calm();
  const { positions } = await desk.gateway.exchange.ledger();
  const call = positions.find(({ contract_key: key }) => key.endsWith('|C'));
  assert(call !== undefined);
  const before = await desk.orders();
  // Somebody buys calls by hand: the book has more delta, and sells shares against it.
  await desk.gateway.exchange.trade(call.con_id, 'BUY', 2);
  await desk.daemon().untilStatus('the leg has grown', ({ books: [book] }) => {
    const leg = book?.legs.find(({ con_id: id }) => id === call.con_id);
    return leg?.quantity === call.position + 2;
  });
  await desk
    .daemon()
    .until('the new delta is hedged', async () => ((await desk.orders()) > before ? true : null));
  const status = await desk.calm();
  const rows = await desk.query<{ contract_key: string; position: number }>(
    'select contract_key, position from account_positions order by contract_key',
  );
  evidence(
    '2 calls bought by hand, legs',
    status.books[0]?.legs.map(({ quantity }) => quantity),
  );
  evidence('the order that followed', (await desk.daemon().operations('type=order_sent'))[0]);
  evidence('rows of account_positions', rows);
  evidence('truth check', await desk.truth());
});

proves('TC-3-R-A1-3', async (evidence) => {
  const before = await desk.calm();
  const { exchange } = desk.gateway;
  await desk.move();
  await desk.daemon().until('positions and cash have followed a hedge', async () => {
    const { accounts } = await desk.daemon().status();
    return JSON.stringify(accounts) === JSON.stringify(before.accounts) ? null : true;
  });
  evidence('after a hedge', await desk.truth());

  await desk.calm();
  await exchange.fault('refuse_connect');
  await exchange.fault('disconnect');
  const away = await desk.daemon().untilStatus('it waits', (now) => {
    return !now.daemon_heartbeat.ib_connected && now.daemon_heartbeat.next_retry_ts !== null;
  });
  const { daemon_lamp, daemon_block_reasons, daemon_heartbeat, accounts_fetched_at } = away;
  assert.equal(daemon_lamp, 'yellow');
  assert.ok(away.accounts[0]?.positions.length === 3, 'the last values stay visible');
  assert.ok(accounts_fetched_at !== null);
  const { ib_client_id, next_retry_ts } = daemon_heartbeat;
  assert.equal(ib_client_id, null);
  evidence('without a broker', { daemon_lamp, daemon_block_reasons, next_retry_ts });
  evidence('last values, and from when', { positions: 3, accounts_fetched_at });

  // Meanwhile the market moves, and somebody trades by hand.
  const orders = await desk.orders();
  await desk.move();
  const foreign = await desk.trade(300);
  await desk.daemon().untilStatus('its heartbeat goes on', (now) => {
    return (now.daemon_heartbeat.last_ts ?? 0) > (daemon_heartbeat.last_ts ?? 0);
  });
  assert.equal(await desk.orders(), orders, 'hedging stops');
  await exchange.fault('refuse_connect', { on: false });
  await desk.daemon().post('/control/retry_ib');
  const back = await desk.daemon().untilStatus('it has read the shares of the hand', (now) => {
    return now.books[0]?.foreign_shares === foreign;
  });
  await desk
    .daemon()
    .until('it hedges the move', async () => ((await desk.orders()) > orders ? true : null));
  await desk.calm();
  const readAt = back.accounts_fetched_at ?? Number.NaN;
  // Rows reach the database a moment after the fact.
  const next = await desk.daemon().until('the order is told', async () => {
    const rows = await desk.daemon().operations(`since_ts=${accounts_fetched_at}&limit=1000`);
    return rows.findLast(({ type }) => type === 'order_sent') ?? null;
  });
  assert.ok(next.ts >= readAt, 'read again before anything is sent');
  evidence('connected again: read at, first order at', [readAt, next.ts]);
  evidence('truth check', await desk.truth());
  await exchange.trade('NVDA', foreign < 0 ? 'BUY' : 'SELL', 300);
  await desk.daemon().untilStatus('the shares of the hand are gone', (now) => {
    return now.books[0]?.foreign_shares === 0;
  });
});

proves('TC-5-R-C2-1', async (evidence) => {
  await desk.calm();
  assert.equal(await post('suspend'), 200);
  const before = await desk.orders();
  await desk.move();
  const drifted = await desk.daemon().untilStatus('net delta has drifted', (now) => {
    return Math.abs(netDelta(now)) > 50;
  });
  const { last_ts: ts } = drifted.daemon_heartbeat;
  await desk.daemon().untilStatus('a heartbeat later', (now) => {
    return (now.daemon_heartbeat.last_ts ?? 0) > (ts ?? 0);
  });
  assert.equal(await desk.orders(), before);
  const reasons = drifted.block_reasons;
  evidence('suspended, and net delta', { net_delta: netDelta(drifted), reasons, orders_since: 0 });

  await desk.daemon().stop('SIGKILL');
  await desk.start();
  const again = await desk.daemon().untilStatus('it operates again', (now) => {
    return now.status?.daemon_state === 'running_suspended' && Math.abs(netDelta(now)) > 50;
  });
  assert.equal(again.trading_suspended, true);
  assert.equal(await desk.orders(), before);
  evidence('killed and started again', again.status?.daemon_state ?? '');

  assert.equal(await post('resume'), 200);
  await desk
    .daemon()
    .until('it hedges', async () => ((await desk.orders()) > before ? true : null));
  const calm = await desk.calm();
  const since = (await desk.orders()) - before;
  evidence('resumed, and net delta', { net_delta: netDelta(calm), orders_since: since });
});

async function flatten(): Promise<StatusView> {
  const before = await desk.calm();
  if (owned(before) === 0) {
    await desk.move(3);
    await desk.daemon().untilStatus('it owns shares', (now) => owned(now) !== 0);
    await desk.calm();
  }
  const own = owned(await desk.daemon().status());
  assert.notEqual(own, 0);
  assert.equal(await post('flatten'), 202);
  await desk.daemon().untilStatus('none are ours', (now) => owned(now) === 0);
  return desk.daemon().untilStatus('it stays suspended', (now) => {
    return now.status?.daemon_state === 'running_suspended';
  });
}

async function resume(): Promise<void> {
  assert.equal(await post('resume'), 200);
  await desk.calm();
}

proves('TC-5-R-C3-1', async (evidence) => {
  const before = owned(await desk.calm());
  const since = (await desk.daemon().operations('limit=1'))[0]?.ts ?? 0;
  const status = await flatten();
  evidence('owned before, after, and state', [
    before,
    owned(status),
    status.status?.daemon_state ?? '',
  ]);
  assert.equal(await heldShares(), 0);
  // Rows reach the database a moment after the fact.
  const [intent, fill] = await desk.daemon().until('it is recorded', async () => {
    const rows = await desk.daemon().operations(`since_ts=${since}&limit=1000`);
    const asked = rows.find(({ type, state_reason: reason }) => {
      return type === 'hedge_intent' && /flatten/i.test(reason);
    });
    const filled = rows.find(({ type, order_ref: ref }) => {
      return type === 'fill' && ref === asked?.order_ref;
    });
    return asked === undefined || filled === undefined ? null : ([asked, filled] as const);
  });
  evidence('recorded', { type: intent.type, reason: intent.state_reason });
  evidence('and', { type: fill.type, side: fill.side, quantity: fill.quantity });
  const [audit] = await desk.query<{ command: string; origin: string }>(
    `select command, origin from control_audit where command = 'flatten' order by id desc limit 1`,
  );
  evidence('row of control_audit', audit);
  assert.equal(audit?.command, 'flatten');
  await resume();
});

proves('TC-5-R-C3-2', async (evidence) => {
  await desk.calm();
  const foreign = await desk.trade(250);
  await desk.daemon().untilStatus('they are foreign', (now) => {
    return now.books[0]?.foreign_shares === foreign;
  });
  const before = owned(await desk.calm());
  const status = await flatten();
  assert.equal(await heldShares(), foreign);
  assert.equal(status.books[0]?.foreign_shares, foreign);
  evidence('ours before, after', [before, owned(status)]);
  evidence('shares of the account at the exchange, traded by hand', await heldShares());
  evidence('truth check', await desk.truth());
  await resume();
});

proves('TC-2-R-C1b-1', async (evidence) => {
  for (const who of ['its own API', 'the monitor process'] as const) {
    await desk.calm();
    const daemon = desk.daemon();
    const from = mono.now();
    const answer =
      who === 'its own API'
        ? await daemon.post('/control/stop')
        : await desk.monitor.post('/control/stop');
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    assert.deepEqual(await daemon.ended, { code: 0, signal: null });
    const ms = Math.round(mono.now() - from);
    assert.ok(ms < STOP_MS, `the stop took ${ms} ms`);
    evidence(`POST /control/stop to ${who}`, `${answer.status}, exit 0 after ${ms} ms`);
  }
});
