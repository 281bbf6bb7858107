import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'vitest';
import type { Alert } from '../../src/alerts/alert.ts';
import { AlertWatch } from '../../src/alerts/alert-watch.ts';
import { startAlerts } from '../../src/alerts/alerts.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import type { StatusView } from '../../src/protocol/views.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { BOOK, STATUS } from '../api/fixture.ts';
import { SAMPLES } from '../support/facts.ts';
import { silentLog } from '../support/postgres.ts';

let told: Alert[];
let watch: AlertWatch;
beforeEach(() => {
  told = [];
  watch = new AlertWatch({
    disconnectAfterS: 60,
    reportAt: '16:15',
    tell: (alert) => told.push(alert),
  });
});

const said = () => told.map(({ kind, severity, title, text }) => [kind, severity, title, text]);
const away: StatusView['daemon_heartbeat'] = { ...STATUS.daemon_heartbeat, ib_connected: false };

describe('what is news', () => {
  it('is a lamp that changes, not the one that it finds', () => {
    const red = { ...STATUS, status_lamp: 'red', block_reasons: ['broker_down'] } as const;
    for (const [at, status] of [red, red, STATUS, STATUS].entries()) watch.takeStatus(status, at);
    assert.deepEqual(said(), [['lamp', 'info', 'the lamp is green, it was red', 'all is well']]);
    watch.takeStatus(red, 5);
    assert.deepEqual(said()[1], ['lamp', 'page', 'the lamp is red, it was green', 'broker_down']);
  });

  it('is an alert that rises or ends, not one that it finds', () => {
    const one = { id: 'earnings', symbol: 'NVDA', since: 1, text: 'in two days', values: {} };
    const other = { id: 'disk', symbol: null, since: 1, text: '1 GB is free', values: {} };
    watch.takeStatus({ ...STATUS, alerts: [one] }, 1);
    watch.takeStatus({ ...STATUS, alerts: [one, other] }, 2);
    watch.takeStatus({ ...STATUS, alerts: [one, other] }, 3);
    watch.takeStatus(STATUS, 4);
    assert.deepEqual(said(), [
      ['alert', 'warn', 'disk', '1 GB is free'],
      ['alert', 'info', 'NVDA: earnings is over', 'it holds no more'],
      ['alert', 'info', 'disk is over', 'it holds no more'],
    ]);
    assert.deepEqual(
      told.map(({ book }) => book),
      [null, 'NVDA', null],
    );
  });

  it('is a broker that is away for longer than allowed, once, and that it is back', () => {
    for (let at = 0; at <= 70; at += 1) {
      watch.takeStatus({ ...STATUS, daemon_heartbeat: away }, at);
      assert.equal(told.length, at < 60 ? 0 : 1);
    }
    watch.takeStatus(STATUS, 71);
    watch.takeStatus({ ...STATUS, daemon_heartbeat: away }, 72);
    watch.takeStatus(STATUS, 131);
    const where = '127.0.0.1 (custom)';
    assert.deepEqual(said(), [
      ['disconnect', 'page', 'the broker is away for 60 s: nothing is hedged', where],
      ['disconnect', 'info', 'the broker is connected again', where],
    ]);
  });

  it('is each latch and each rejected order, by its reference', () => {
    const base = { ts: 7, tradingTs: 7, symbol: 'NVDA', account: 'DU1' } as const;
    const latch = { fact: 'latch', cause: 'position_break', reason: 'we miss 3' } as const;
    const operation = SAMPLES.operation;
    const reject = { ...operation, type: 'reject', side: 'SELL', quantity: 5 } as const;
    const facts: readonly Fact[] = [
      { ...base, ...latch, set: true },
      { ...reject, stateReason: '201: no margin', orderRef: 'x:1' },
      { ...operation, type: 'fill' },
      { ...base, ...latch, set: false },
    ];
    watch.takeFacts(facts);
    assert.deepEqual(said(), [
      ['latch', 'page', 'NVDA: position_break is latched', 'we miss 3'],
      ['reject', 'page', `${operation.symbol}: an order was rejected (SELL 5)`, '201: no margin'],
      ['latch', 'info', 'NVDA: position_break is cleared', 'we miss 3'],
    ]);
    assert.equal(told[1]?.key, 'reject/x:1');
  });

  it('is the report of a trading day at its time, once, by the time of the exchange', () => {
    const at = (time: string): StatusView => {
      return { ...STATUS, trading_ts: Date.parse(`2026-01-${time}-05:00`) };
    };
    watch.takeStatus(at('09T16:14:59'), 1);
    assert.equal(told.length, 0);
    watch.takeStatus(at('09T16:15:00'), 2);
    watch.takeStatus(at('09T16:16:00'), 3);
    // A Saturday.
    watch.takeStatus(at('10T16:15:00'), 4);
    watch.takeStatus(at('12T16:15:30'), 5);
    const line = 'NVDA: P&L -12.50 USD, 7 hedges, position -112, net delta -3.2, MONITOR';
    assert.deepEqual(said(), [
      ['report', 'info', 'report of 2026-01-09', line],
      ['report', 'info', 'report of 2026-01-12', line],
    ]);
  });

  it('is no report where the daemon starts long after its time', () => {
    const late = { ...STATUS, trading_ts: Date.parse('2026-01-09T16:30:00-05:00') };
    watch.takeStatus(late, 1);
    watch.takeStatus(late, 2);
    assert.deepEqual(told, []);
  });
});

it('whatever fails in the making of an alert, the turn that it tells of goes on', () => {
  const mono = new VirtualClock();
  let listener: (facts: readonly Fact[]) => void = () => assert.fail('nobody listens');
  const alerts = startAlerts({
    webhooks: [
      {
        ...{ name: 'a', url: 'http://127.0.0.1:1', format: 'json', chatId: null, perMinute: 1 },
        ...{ events: [], repeatAfterMs: 1, speaker: { deployment: 'd', mode: 'paper' } },
      },
    ],
    disconnectAfterS: 60,
    reportAt: null,
    status: () => {
      throw new Error('unreadable');
    },
    onFacts: (hear) => {
      listener = hear;
      return () => undefined;
    },
    mono,
    wall: { now: () => 0 },
    log: silentLog,
  });
  listener([null as unknown as Fact]);
  mono.advanceBy(3000);
  assert.deepEqual([BOOK.symbol, alerts.deliveries()], ['NVDA', []]);
  alerts.close();
  assert.equal(mono.pending, 0);
});
