import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { ACTORS } from '../../src/protocol/decision.ts';
import { SECOND } from '../support/book.ts';
import type { World } from '../support/world.ts';
import {
  fill,
  healing,
  IN_USE,
  LOST,
  NO_IB,
  orderOf,
  restarted,
  sent,
  typesTo,
  verifyReplays,
  watching,
  working,
  world,
} from './support/hedged-book.ts';

verifyReplays();

const alerts = (w: World) =>
  w
    .facts('operation')
    .filter(({ type }) => type === 'alert')
    .map(({ stateReason }) => stateReason);
const context = (w: World) => w.data.snapshot.context;

describe('the live interlock', () => {
  const live = (liveAccount: string) =>
    world({ config: { mode: 'live', liveAccount }, settings: { account: 'U7654321' } });
  const login = {
    type: 'link.up',
    clientId: 1,
    serverVersion: 178,
    accounts: ['U7654321'],
  } as const;

  it('stops, and says why, when the login is of another account', () => {
    const w = live('U1111111');
    w.take(ACTORS.broker);
    w.report(login);
    assert.equal(w.data.refusal, 'live_account is U1111111, but the login is of U7654321');
    assert.equal(w.daemon, 'stopped');
    assert(!typesTo(w, ACTORS.broker).includes('read'), 'nothing is asked of that account');
  });

  it('goes on with the account that was named a second time', () => {
    const w = live('U7654321');
    w.report(login);
    assert.equal(w.data.refusal, null);
    assert.equal(w.daemon, 'connected');
  });
});

describe('the connection', () => {
  it('is asked for at boot, with the configured client id', () => {
    const w = world();
    const [command] = w.take(ACTORS.broker);
    assert.deepEqual(command, {
      type: 'link.open',
      target: { host: '127.0.0.1', port: 7497, clientId: 1, connectTimeoutMs: 5000 },
    });
  });

  it('that fails because the client id is in use is waited for, said, and tried again', () => {
    const w = world();
    w.take(ACTORS.broker);
    w.report(IN_USE);
    assert.equal(w.daemon, 'waiting_ib');
    assert.deepEqual([context(w).code, context(w).reason], [326, 'client id 1 is in use']);
    assert.match(alerts(w).join(), /client id 1 is in use/);
    assert.deepEqual(typesTo(w, ACTORS.broker), []);
    w.advance(10 * SECOND);
    assert.equal(w.daemon, 'connecting');
    assert.deepEqual(typesTo(w, ACTORS.broker), ['link.open']);
  });

  it('that is never answered is given up, closed, and tried again', () => {
    const w = world();
    w.take(ACTORS.broker);
    w.advance(7 * SECOND);
    assert.equal(w.daemon, 'waiting_ib');
    assert.deepEqual(typesTo(w, ACTORS.broker), ['link.close']);
    w.advance(10 * SECOND);
    assert.deepEqual(typesTo(w, ACTORS.broker), ['link.open']);
  });

  it('is tried again by hand only while it is waited for', () => {
    const w = world();
    assert.equal(w.control({ command: 'retry_ib' }).status, 409);
    w.report(IN_USE);
    assert.equal(w.control({ command: 'retry_ib' }).status, 202);
    assert.equal(w.daemon, 'connecting');
    w.sync();
    assert.equal(w.control({ command: 'retry_ib' }).status, 409);
    w.report(NO_IB);
    assert.equal(w.control({ command: 'retry_ib' }).status, 409);
  });

  it('tells with each heartbeat when it is tried again', () => {
    const w = world();
    w.report(IN_USE);
    w.advance(9.9 * SECOND);
    const waiting = w.facts('heartbeat').at(-1);
    assert.equal(waiting?.ibConnected, false);
    w.advance(0.2 * SECOND);
    w.sync();
    w.advance(10 * SECOND);
    const up = w.facts('heartbeat').at(-1);
    assert.deepEqual([up?.ibConnected, up?.ibClientId, up?.nextRetryTs], [true, 1, null]);
  });
});

describe('a sync', () => {
  it('reads everything, and asks for each contract', () => {
    const w = world();
    w.linkUp();
    assert.deepEqual(typesTo(w, ACTORS.broker), ['link.open', 'contract.find', 'read']);
  });

  it('is not done before the contract is known, nor before the read is in', () => {
    const w = world();
    w.linkUp();
    w.answerReads();
    assert.equal(w.daemon, 'connected');
    w.terms();
    assert.notEqual(w.daemon, 'connected');
    const other = world();
    other.linkUp();
    other.terms();
    assert.equal(other.daemon, 'connected');
  });

  it('goes on without a contract that cannot be found, and says so', () => {
    const w = world();
    w.linkUp();
    w.report({ type: 'contract.failed', symbol: 'SPY', reason: 'no security' });
    w.answerReads();
    assert.equal(w.daemon, 'degraded');
    assert.match(alerts(w).join(), /no contract for SPY/);
  });

  it('of several accounts fails with the reason when the book names none', () => {
    const w = world({ settings: { account: null } });
    w.sync(['DU1', 'DU2']);
    assert.equal(w.daemon, 'waiting_ib');
    assert.match(context(w).reason, /the login has 2 accounts: name one for SPY/);
    assert.equal(w.data.clientId, null);
    w.advance(10 * SECOND);
    w.sync(['DU1']);
    w.marketUp();
    assert.equal(w.daemon, 'running');
    assert.equal(w.book.view.account, 'DU1');
  });

  it('that fails or is not answered waits and tries again', () => {
    const w = world();
    w.linkUp();
    w.pump();
    w.report({ type: 'read.failed', readId: w.reads[0]?.readId ?? '', reason: 'no end' });
    assert.deepEqual([w.daemon, context(w).reason], ['waiting_ib', 'no end']);
    const silent = world();
    silent.linkUp();
    silent.advance(15 * SECOND);
    assert.equal(silent.daemon, 'waiting_ib');
    assert.match(context(silent).reason, /did not answer the sync in time/);
  });

  it('opens market data once, and asks for it again after 1101', () => {
    const w = world();
    w.sync();
    assert.deepEqual(typesTo(w, ACTORS.market).slice(0, 1), ['link.open']);
    w.report({ type: 'upstream.restored', code: 1101, dataLost: true });
    assert.equal(w.daemon, 'connected');
    w.terms();
    w.answerReads();
    assert(typesTo(w, ACTORS.market).includes('resubscribe'));
    w.report({ type: 'upstream.restored', code: 1102, dataLost: false });
    w.terms();
    w.answerReads();
    assert(!typesTo(w, ACTORS.market).includes('resubscribe'));
  });
});

describe('an actor that restarts', () => {
  it('is asked for the connection again when it is the broker’s', () => {
    const w = watching();
    w.take(ACTORS.broker);
    w.actor(ACTORS.broker, false);
    assert.deepEqual([w.daemon, context(w).reason], ['waiting_ib', 'it died']);
    w.actor(ACTORS.broker, true);
    w.advance(10 * SECOND);
    assert(typesTo(w, ACTORS.broker).includes('link.open'));
  });

  it.each([ACTORS.market, ACTORS.greeks])('%s is told again what to watch', (id) => {
    const w = watching();
    w.take(ACTORS.market);
    w.actor(id, false);
    assert.equal(w.daemon, 'degraded');
    w.evaluate();
    assert.equal(w.pump().length, 0);
    w.actor(id, true);
    const told = w.take(ACTORS.market) as { type: string; books?: { legs: unknown[] }[] }[];
    assert.deepEqual(
      told.map(({ type }) => type),
      ['link.open', 'watch'],
    );
    assert.equal(told[1]?.books?.[0]?.legs.length, 1);
    w.marketUp();
    assert.equal(w.daemon, 'running');
  });

  it('is told nothing while it is down: of a thread, the second to come back is told', () => {
    const w = watching();
    w.take(ACTORS.market);
    w.actor(ACTORS.greeks, false);
    w.actor(ACTORS.market, false);
    w.actor(ACTORS.greeks, true);
    assert.deepEqual(typesTo(w, ACTORS.market), []);
    w.actor(ACTORS.market, true);
    assert.deepEqual(typesTo(w, ACTORS.market), ['link.open', 'watch']);
  });
});

describe('a part that is not well', () => {
  it('degrades, and holds the hedge, while market data is lost', () => {
    const w = watching();
    w.market({ type: 'market.lost', reason: 'socket closed', retryInMs: 1000 });
    assert.equal(w.daemon, 'degraded');
    assert.deepEqual(context(w).degraded, ['market_data_lost']);
    w.evaluate();
    assert.equal(w.pump().length, 0);
    w.marketUp();
    w.evaluate();
    assert.equal(w.book.trading, 'HEDGING');
  });

  it.each([
    ['sink_unavailable', { type: 'sink', state: 'behind', reason: 'no database' }],
    [
      'persistence_restarting',
      { type: 'actor', id: ACTORS.persistence, up: false, reason: 'it died' },
    ],
  ])('degrades with %s, and hedging goes on', (reason, message) => {
    const w = watching();
    w.input('actor', ACTORS.daemon, message);
    assert.equal(w.daemon, 'degraded');
    assert.deepEqual(context(w).degraded, [reason]);
    w.evaluate();
    assert.equal(w.states, 'HEDGING WAIT_ACK');
  });

  it('is well again when it is', () => {
    const w = watching();
    w.input('actor', ACTORS.daemon, { type: 'sink', state: 'behind', reason: '' });
    w.input('actor', ACTORS.daemon, { type: 'sink', state: 'ok', reason: '' });
    assert.equal(w.daemon, 'running');
  });
});

/** Every way not to be allowed to send, and how it is come to. */
const CLOSED: readonly (readonly [string, (w: World) => void])[] = [
  ['suspended', (w) => w.control({ command: 'suspend' })],
  ['suspended as a book', (w) => w.control({ command: 'suspend', symbol: 'SPY' })],
  ['stopping', (w) => w.control({ command: 'stop' })],
  ['without a connection', (w) => w.report(LOST)],
  ['without IB', (w) => w.report(NO_IB)],
  ['not synced again', (w) => w.report({ type: 'upstream.restored', code: 1102, dataLost: false })],
  ['without market data', (w) => w.actor(ACTORS.market, false)],
];

describe('nothing is sent', () => {
  it.each(CLOSED)('while %s', (_, close) => {
    const w = watching();
    close(w);
    w.take(ACTORS.broker);
    w.evaluate({ delta: 112 });
    w.evaluate({ delta: 900 });
    w.advance(3 * SECOND);
    w.evaluate({ delta: 900 });
    w.pump();
    assert.equal(w.venue.orders.size, 0);
  });
});

describe('a control command', () => {
  it('is written down with its origin and what came of it', () => {
    const w = watching();
    w.control({ command: 'suspend', symbol: 'SPY' });
    w.control({ command: 'resume', symbol: 'QQQ' });
    assert.deepEqual(
      w.facts('control').map(({ command, symbol, ok, origin }) => [command, symbol, ok, origin]),
      [
        ['suspend', 'SPY', true, 'test'],
        ['resume', 'QQQ', false, 'test'],
      ],
    );
  });

  it('is refused for a book that does not exist, and twice taken without harm', () => {
    const w = watching();
    assert.equal(w.control({ command: 'suspend', symbol: 'QQQ' }).status, 404);
    assert.equal(
      w.control({ command: 'manual_resume', symbol: 'QQQ', reason: 'look' }).status,
      404,
    );
    w.control({ command: 'suspend' });
    assert.equal(w.control({ command: 'suspend' }).message, 'already suspended');
    w.control({ command: 'resume' });
    assert.equal(w.control({ command: 'resume' }).message, 'not suspended');
    w.control({ command: 'stop' });
    assert.equal(w.control({ command: 'stop' }).status, 409);
  });

  it('suspends in every state of the engine', () => {
    for (const close of [() => undefined, (w: World) => w.sync()]) {
      const w = world();
      close(w);
      assert.equal(w.control({ command: 'suspend' }).ok, true);
      assert.equal(w.book.view.suspended, true);
      assert.equal(restarted(w).data.suspended, true);
    }
  });

  it('resumes what it suspended, across a restart', () => {
    const before = watching();
    before.control({ command: 'suspend' });
    const w = restarted(before);
    w.control({ command: 'resume' });
    assert.equal(restarted(w).data.suspended, false);
  });

  it('may be a machine’s public event, and no other', () => {
    const w = watching();
    const event = (name: string) =>
      w.input('command', ACTORS.daemon, {
        type: 'machine.event',
        machine: 'daemon',
        event: name,
        origin: 'test',
        requestId: 1,
      });
    event('SUSPEND');
    assert.equal(w.daemon, 'running_suspended');
    const { effects, facts } = event('link.up');
    assert.equal(facts.length, 0);
    assert.match(JSON.stringify(effects), /not an event that may be sent/);
  });
});

describe('a book’s messages', () => {
  it('reach it alone: a read is answered to whom it was asked by', () => {
    const w = working();
    w.report({ type: 'read.done', readId: 'book:QQQ#1', read: w.venue.read() });
    assert.equal(w.book.hedge, 'WORKING');
  });

  it('of another account change nothing', () => {
    const w = sent();
    const execution = w.venue.fill(orderOf(w), 10, w.at.trading);
    w.report({ type: 'execution', execution: { ...execution, account: 'DU2' } });
    assert.equal(w.book.view.stock_position, 0);
  });

  it('are counted as hedges of the day, once for each intent that filled', () => {
    const w = sent();
    fill(w, 100);
    fill(w, 12);
    healing(w, 1);
    assert.equal(w.book.view.daily_hedge_count, 1);
  });
});
