/**
 * Named scenarios of the order path: what the broker does to us, what must be seen of it, and then
 * everything is well again. Each runs against the gateway with its fault on, over real sockets, and
 * ends in the truth check.
 */

import assert from 'node:assert/strict';

import type { StatusView } from '../../../src/protocol/views.ts';
import type { HttpAnswer, TestDaemon } from '../../support/daemon.ts';
import type { ExchangeAdmin } from '../../support/exchange.ts';

/** What a scenario may do. The daemon is another one after a restart. */
export interface Stage {
  readonly exchange: ExchangeAdmin;
  daemon(): TestDaemon;
  /** A fault until the scenario ends. */
  fault(type: string, details?: object): Promise<void>;
  /** Ends all faults now. */
  heal(): Promise<void>;
  /** Moves the market so that the book has to hedge. */
  move(percent?: number): Promise<void>;
  /** Moves it further the same way: the order of the hedge before can trade. */
  push(): Promise<void>;
  status(what: string, fits: (status: StatusView) => boolean): Promise<StatusView>;
  /** Waits until so many more shares, or any, have filled since the scenario began. */
  filled(): Promise<void>;
  /** Orders of ours that are alive at the exchange. */
  live(): Promise<number>;
  /** Waits until none is. */
  ended(): Promise<void>;
  /** Orders of ours at the exchange since the scenario began. */
  orders(): Promise<number>;
  control(command: string, body?: object): Promise<HttpAnswer>;
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  start(): Promise<void>;
  /** Hedged and calm, whatever it was before. */
  hedged(): Promise<void>;
  /** A row of the operations since the scenario began. */
  operation(what: RegExp): Promise<void>;
}

type Play = (stage: Stage) => Promise<void>;

const SLOW = { max_size: 1 } as const;
const state = (wanted: string) => (now: StatusView) => now.books[0]?.hedge_state === wanted;
const blockedBy = (reason: string) => (now: StatusView) =>
  now.books[0]?.block_reasons.includes(reason) ?? false;
const waits = (now: StatusView) => !now.daemon_heartbeat.ib_connected;
const daemonState = (wanted: string) => (now: StatusView) => now.status?.daemon_state === wanted;

/** A hedge that is filled share by share, and is in the middle of it. */
async function inTheMiddle(stage: Stage): Promise<void> {
  await stage.fault('partial_fills', SLOW);
  await stage.move();
  await stage.filled();
}

/** The connection ends, and stays away for a while. */
async function dropped(stage: Stage): Promise<void> {
  await stage.fault('refuse_connect');
  await stage.exchange.fault('disconnect');
  await stage.status('it waits', waits);
}

async function saysInUse(stage: Stage): Promise<void> {
  const { status_lamp: lamp } = await stage.status('it says who holds its id', (now) =>
    /client id 1 is in use/.test(now.daemon_block_reasons.join()),
  );
  assert.equal(lamp, 'yellow');
}

/** A fault, a move, and the hedge gets there. */
const through =
  (type: string, details: object = {}): Play =>
  async (stage) => {
    await stage.fault(type, details);
    await stage.move();
    await stage.filled();
  };

const upstream =
  (code: 'code_1101' | 'code_1102'): Play =>
  async (stage) => {
    await stage.exchange.fault('code_1100');
    await stage.status('IB is away', daemonState('waiting_ib'));
    // The market moves by itself, too, and may have wanted one just before.
    const before = await stage.orders();
    await stage.move();
    assert.equal(await stage.orders(), before, 'no order leaves while IB is away');
    await stage.exchange.fault(code);
    await stage.filled();
  };

/** Prices that are no prices: nothing is sent while they last. */
const unpriced =
  (type: string, details: object, reason: string): Play =>
  async (stage) => {
    await stage.fault(type, details);
    await stage.status(`it is held by ${reason}`, blockedBy(reason));
    const before = await stage.orders();
    await stage.move();
    await stage.status(`it is held by ${reason}`, blockedBy(reason));
    assert.equal(await stage.orders(), before, 'no order leaves on prices that are none');
    await stage.heal();
    await stage.hedged();
  };

export const ORDER_SCENARIOS: Readonly<Record<string, Play>> = {
  'restart with a working order': async (stage) => {
    await inTheMiddle(stage);
    await stage.stop('SIGKILL');
    await stage.start();
  },
  'fill while disconnected': async (stage) => {
    // No fill before the connection is gone: nothing has to be caught in time.
    await stage.fault('partial_fills', { max_size: 0 });
    await stage.move();
    await stage.status('an order of ours is alive', state('WORKING'));
    await dropped(stage);
    assert.equal(await stage.live(), 1, 'it outlives the connection');
    const { executions: before } = await stage.exchange.ledger();
    await stage.exchange.fault('partial_fills', { on: false });
    // Whatever the market did meanwhile, the order's limit is inside it now.
    await stage.push();
    await stage.ended();
    const { executions: after } = await stage.exchange.ledger();
    assert.ok(after.length > before.length, 'it was filled');
    await stage.status('nobody of ours was there', waits);
  },
  'fill after cancel': async (stage) => {
    await stage.fault('late_fill_after_cancel', { delay_ms: 500 });
    await inTheMiddle(stage);
    await stage.control('suspend');
    await stage.status('the cancel is resolved', state('EXEC_IDLE'));
    await stage.control('resume');
  },
  'order silently dropped': async (stage) => {
    await stage.fault('drop_order', { count: 1 });
    await stage.move();
    await stage.status('it asks for its order', state('RECOVER'));
    await stage.filled();
  },
  'ack never comes': async (stage) => {
    await stage.fault('no_ack', { count: 1 });
    await stage.move();
    await stage.status('it asks for its order', state('RECOVER'));
  },
  'id rollback': async (stage) => {
    await stage.fault('next_id_rollback', { by: 5 });
    await stage.exchange.fault('disconnect');
    await stage.status('it operates', (now) => now.daemon_heartbeat.ib_connected);
    await stage.move();
    await stage.filled();
  },
  'client id in use at start': async (stage) => {
    assert.equal(await stage.stop('SIGTERM'), 0);
    await stage.fault('client_id_in_use', { client_id: 1 });
    await stage.start();
    await saysInUse(stage);
  },
  'client id in use at reconnect': async (stage) => {
    await stage.fault('client_id_in_use', { client_id: 1 });
    await stage.exchange.fault('disconnect');
    await saysInUse(stage);
    await stage.operation(/client id 1 is in use/);
  },
  '1100 → 1101': upstream('code_1101'),
  '1100 → 1102': upstream('code_1102'),
  'farm down with the socket up': async (stage) => {
    await stage.exchange.fault('code_2103');
    await stage.fault('stale_quotes');
    const status = await stage.status('a farm is down', (now) =>
      now.daemon_block_reasons.includes('farm_down'),
    );
    assert.equal(status.daemon_heartbeat.ib_connected, true);
    await stage.exchange.fault('code_2104');
    await stage.heal();
    await stage.status('it is well', (now) => now.daemon_self_check === 'ok');
    await stage.move();
    await stage.filled();
  },
  'nightly reset': async (stage) => {
    await stage.exchange.fault('code_1100');
    await stage.exchange.fault('daily_restart', { down_s: 3 });
    await stage.status('it waits', waits);
    await stage.move();
    await stage.filled();
  },
  'partial fill then drop': async (stage) => {
    await inTheMiddle(stage);
    await stage.exchange.fault('disconnect');
  },
  'execution correction': async (stage) => {
    await through('execution_correction', { count: 1, ticks: 3, delay_ms: 300 })(stage);
    await stage.operation(/^correction$/);
  },
  'a reject streak': async (stage) => {
    await stage.fault('reject', { code: 201, count: 3 });
    await stage.move();
    await stage.status('it has latched', blockedBy('exec_fault'));
    await stage.heal();
    const body = { symbol: 'NVDA', reason: 'the broker takes orders again' };
    assert.equal((await stage.control('manual_resume', body)).status, 200);
    await stage.filled();
  },
  'a read-only API at the connection': async (stage) => {
    await stage.fault('read_only');
    await stage.exchange.fault('disconnect');
    const { status_lamp: lamp } = await stage.status('it says what to switch off', (now) =>
      /switch off "Read-Only API"/.test(now.daemon_block_reasons.join()),
    );
    assert.equal(lamp, 'yellow');
    await stage.move();
    await stage.heal();
    assert.equal(await stage.orders(), 0, 'no order leaves while it may only look');
    await stage.filled();
  },
  'an API that becomes read-only': async (stage) => {
    const sent = async () => (await stage.daemon().operations('type=order_sent&limit=1000')).length;
    const before = await sent();
    await stage.fault('read_only');
    await stage.move();
    const { alerts } = await stage.status('it has latched', blockedBy('exec_fault'));
    assert.match(JSON.stringify(alerts), /read_only_api.*switch off/);
    await stage.push();
    await stage.operation(/321 .*Read-Only/);
    await stage.status('it stays so', blockedBy('exec_fault'));
    assert.deepEqual([await stage.orders(), (await sent()) - before], [0, 1], 'it tries once');
    await stage.heal();
    const body = { symbol: 'NVDA', reason: 'read-only is switched off' };
    assert.equal((await stage.control('manual_resume', body)).status, 200);
    await stage.filled();
  },
  'spread blow-out': unpriced('wide_spread', { factor: 400 }, 'spread_extreme'),
  'crossed quotes': unpriced('crossed_quotes', {}, 'no_quote'),
  'NaN greeks': through('nan_greeks'),
  'delayed data in paper mode': async (stage) => {
    const before = await stage.orders();
    await stage.exchange.fault('line_error', { code: 10167 });
    await stage.status('it is held by delayed data', blockedBy('delayed_data'));
    await stage.move();
    await stage.status('it is held by delayed data', blockedBy('delayed_data'));
    assert.equal(await stage.orders(), before, 'no order leaves on delayed prices');
    // The right to the data is back with the next session.
    await stage.exchange.fault('disconnect');
    await stage.filled();
  },
  'a hedge clipped to several orders': async (stage) => {
    const before = await stage.orders();
    await stage.move(12);
    await stage.filled();
    await stage.hedged();
    assert.ok((await stage.orders()) >= before + 2, 'several orders');
  },
  'flatten while suspended': async (stage) => {
    await stage.control('suspend');
    assert.equal((await stage.control('flatten')).status, 202);
    await stage.status('nothing is ours', (now) => now.status?.stock_position === 0);
    await stage.status('it has ended', daemonState('running_suspended'));
  },
  'flatten in SAFE': async (stage) => {
    await stage.fault('reject', { code: 201, count: 3 });
    await stage.move();
    await stage.status('it has latched', blockedBy('exec_fault'));
    await stage.heal();
    assert.equal((await stage.control('flatten')).status, 202);
    await stage.status('nothing is ours', (now) => now.status?.stock_position === 0);
    const body = { symbol: 'NVDA', reason: 'flat, and the broker takes orders again' };
    await stage.control('manual_resume', body);
  },
  'flatten with the broker down': async (stage) => {
    await dropped(stage);
    assert.equal((await stage.control('flatten')).status, 409);
    await stage.heal();
    const status = await stage.status('it is back', daemonState('running_suspended'));
    assert.notEqual(status.status?.stock_position, 0, 'nothing is made up for');
  },
  'suspend while an ack is awaited': async (stage) => {
    await stage.fault('slow_ack', { delay_ms: 1500, count: 1 });
    await stage.move();
    await stage.status('it awaits its ack', state('WAIT_ACK'));
    await stage.control('suspend');
    await stage.status('it is resolved', (now) =>
      ['EXEC_IDLE', 'FILLED'].includes(now.books[0]?.hedge_state ?? ''),
    );
    await stage.control('resume');
  },
  'stop while an ack is awaited': async (stage) => {
    await stage.fault('slow_ack', { delay_ms: 1000, count: 1 });
    await stage.move();
    await stage.status('it awaits its ack', state('WAIT_ACK'));
    await stage.stop('SIGTERM');
    await stage.start();
  },
  'stop while an order is being filled': async (stage) => {
    await inTheMiddle(stage);
    assert.equal(await stage.stop('SIGTERM'), 0, 'the cancel was answered');
    await stage.start();
  },

  'a status told three times': through('duplicate_status', { copies: 3 }),
  'a status after later ones': through('reorder_status', { delay_ms: 400 }),
  'an execution told twice': through('duplicate_execution'),
  'a commission that comes late': through('late_commission', { delay_ms: 1500 }),
  'a message that is no rejection': through('order_message', { code: 399 }),
  'an error code that is no rejection': through('order_message', { code: 10349 }),
  'a short locate': async (stage) => {
    await stage.fault('locate', { delay_ms: 800 });
    await stage.move(-3);
    await stage.move(3);
    await stage.filled();
  },
  'a half-open socket': async (stage) => {
    await stage.fault('half_open');
    const { daemon_block_reasons: why } = await stage.status('it gives the socket up', waits);
    assert.ok(why.length > 0);
    await stage.heal();
    await stage.move();
    await stage.filled();
  },
  'too many messages, and the end of the connection': async (stage) => {
    await stage.exchange.fault('pacing', { disconnect: true });
    await stage.move();
    await stage.filled();
  },
};

/** Quick ones, one of each kind, for every run of the tests. */
export const SCENARIO_SAMPLE: readonly string[] = [
  'fill while disconnected',
  'order silently dropped',
  '1100 → 1101',
  'execution correction',
  'flatten while suspended',
  'stop while an order is being filled',
];

/** Scenarios of the specification that concern orders and are told elsewhere: file and title. */
export const TOLD_ELSEWHERE: Readonly<Record<string, readonly [file: string, title: string]>> = {
  'manual trade in the account': [
    'test/integration/controls.test.ts',
    'is seen as foreign, is never traded against, and the book hedges its own',
  ],
  'a rejected modify whose original works on': [
    'test/machines/hedge.test.ts',
    'After a modify the order may live whatever is said of the modification.',
  ],
  'a silent gateway while connecting': [
    'test/integration/broker-trouble.test.ts',
    'that is silent is given up in time, and the stop does not wait for it',
  ],
};
