import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { parseZonedTime } from '../../../src/gateway/sim/zoned-time.ts';
import {
  lastOrder,
  limit,
  MINUTE,
  openWorld,
  optionId,
  order,
  SECOND,
  told,
} from './support/world.ts';

const SLOW = { fills: { partial: false, latency_ms: [100, 100] } };

describe('a market order', () => {
  it('walks through the statuses and fills at the ask, the execution before Filled', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(order());
    assert.deepEqual(told(events), ['PreSubmitted', 'Submitted', 'execution 100@100.01', 'Filled']);
    assert.deepEqual(events.map(({ type }) => type).slice(-2), ['position', 'account']);
  });

  it('takes its way of latency before the exchange knows it', async () => {
    const { exchange, clock, events } = await openWorld({ scenario: SLOW });
    exchange.place(order());
    assert.deepEqual(told(events), ['PreSubmitted']);
    clock.advanceBy(99);
    assert.deepEqual(told(events), ['PreSubmitted']);
    clock.advanceBy(1);
    assert.deepEqual(told(events).slice(1), ['Submitted', 'execution 100@100.01', 'Filled']);
  });

  it('sells at the bid', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(order({ side: 'SELL', quantity: 7 }));
    assert.ok(told(events).includes('execution 7@100'));
  });

  it('waits for the opening with a warning, and fills there', async () => {
    const { exchange, clock, events } = await openWorld({
      scenario: { start: '2026-09-14 09:29:58' },
    });
    exchange.place(order());
    assert.deepEqual(told(events), ['PreSubmitted', 'error 399']);
    clock.advanceBy(3 * SECOND);
    assert.deepEqual(told(events).slice(2), ['Submitted', 'execution 100@100.01', 'Filled']);
  });
});

describe('a limit order', () => {
  it('rests below the market and fills at its own price when it trades through', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(limit(99.5));
    assert.deepEqual(told(events), ['PreSubmitted', 'Submitted']);
    exchange.movePrice('ABC', { price: 99.505 });
    assert.deepEqual(told(events).slice(2), []);
    exchange.movePrice('ABC', { price: 99.495 });
    assert.deepEqual(told(events).slice(2), ['execution 100@99.5', 'Filled']);
  });

  it('that is marketable gets the better price of the market', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(limit(105));
    assert.ok(told(events).includes('execution 100@100.01'));
  });

  it('fills in parts of the displayed size when the scenario says so', async () => {
    const { exchange, events, clock } = await openWorld({
      scenario: { fills: { partial: true, latency_ms: [0, 0] } },
    });
    const shown = exchange.quote(77)?.askSize ?? 0;
    exchange.place(order({ quantity: shown + 10 }));
    assert.equal(lastOrder(events)?.filled, shown);
    assert.equal(lastOrder(events)?.status, 'Submitted');
    exchange.place(order({ orderId: 2, quantity: 5 }));
    assert.equal(lastOrder(events)?.filled, 0, 'the displayed size is taken until it changes');
    clock.advanceBy(SECOND);
    assert.equal(exchange.openOrders().length, 0);
  });

  it('immediate or cancel: what does not trade at once is cancelled', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(limit(99, { tif: 'IOC' }));
    assert.deepEqual(told(events), ['PreSubmitted', 'Submitted', 'Cancelled', 'error 202']);
  });

  it('DAY: ends at the close', async () => {
    const { exchange, clock, events } = await openWorld({
      scenario: { start: '2026-09-14 15:59:30' },
    });
    exchange.place(limit(99));
    clock.advanceBy(29 * SECOND);
    assert.equal(exchange.openOrders().length, 1);
    clock.advanceBy(2 * SECOND);
    assert.deepEqual(told(events).slice(2), ['Cancelled', 'error 202']);
    assert.equal(lastOrder(events)?.completedAt, parseZonedTime('20260914 16:00:00'));
  });

  it.each([
    '20260914-14:00:05',
    '20260914 10:00:05 US/Eastern',
    '20260914 10:00:05 America/New_York',
    '20260914 10:00:05',
  ])('GTD: ends at its time, written %s', async (goodTill) => {
    const { exchange, clock, events } = await openWorld();
    exchange.place(limit(99, { tif: 'GTD', goodTill }));
    clock.advanceBy(4 * SECOND);
    assert.equal(exchange.openOrders().length, 1);
    clock.advanceBy(SECOND);
    assert.deepEqual(told(events).slice(2), ['Cancelled', 'error 202']);
  });

  it('GTC: outlives the close', async () => {
    const { exchange, clock } = await openWorld({ scenario: { start: '2026-09-14 15:59:58' } });
    exchange.place(limit(99, { tif: 'GTC' }));
    clock.advanceBy(10 * MINUTE);
    assert.equal(exchange.openOrders()[0]?.status, 'Submitted');
  });

  it('does not trade after the close even when it is marketable', async () => {
    const { exchange, clock, events } = await openWorld({
      scenario: { start: '2026-09-14 15:59:58' },
    });
    exchange.place(limit(99, { tif: 'GTC' }));
    clock.advanceBy(MINUTE);
    exchange.movePrice('ABC', { price: 90 });
    assert.deepEqual(told(events).slice(2), []);
  });
});

describe('an order that is not acceptable', () => {
  const cases = [
    ['off the tick', limit(100.005), 'error 110'],
    ['unknown contract', order({ conId: 4 }), 'error 200'],
    ['no size', order({ quantity: 0 }), 'Inactive,error 201'],
    ['unknown account', order({ account: 'DU9999999' }), 'Inactive,error 201'],
    [
      'a time in the past',
      limit(99, { tif: 'GTD', goodTill: '20260914-13:00:00' }),
      'Inactive,error 201',
    ],
    ['no time', limit(99, { tif: 'GTD', goodTill: 'soon' }), 'error 343'],
    ['an unknown time in force', order({ tif: 'FOK' }), 'error 321'],
    ['no limit price', order({ orderType: 'LMT' }), 'error 321'],
    ['a type that is not supported', order({ orderType: 'TRAIL' }), 'error 387'],
    ['a fraction of a share', order({ quantity: 1.5 }), 'error 10243'],
  ] as const;

  it.each(cases)('%s', async (_, request, expected) => {
    const { exchange, events } = await openWorld();
    exchange.place(request);
    assert.equal(told(events).join(), expected);
    assert.equal(exchange.openOrders().length, 0);
  });

  it('needs an account where there are several', async () => {
    const accounts = ['DU0000001', 'DU0000002'].map((id) => ({ id, cash: 1 }));
    const { exchange, events } = await openWorld({ scenario: { accounts } });
    exchange.place(order({ account: '' }));
    assert.deepEqual(told(events), ['error 435']);
  });

  it('an id that was used and is not alive is a duplicate', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(order({ orderId: 5 }));
    exchange.place(order({ orderId: 5 }));
    exchange.place(order({ orderId: 3 }));
    assert.deepEqual(told(events).slice(-2), ['error 103', 'error 103']);
    assert.equal(exchange.nextOrderId(1), 6);
    assert.equal(exchange.nextOrderId(2), 1);
  });

  it('that is not transmitted says nothing until it is', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(order({ transmit: false }));
    assert.deepEqual(told(events), []);
    assert.equal(exchange.openOrders().length, 0);
    exchange.place(order());
    assert.equal(lastOrder(events)?.status, 'Filled');
  });

  it('what-if answers with margin and leaves no order', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(order({ whatIf: true }));
    assert.deepEqual(told(events), ['what-if']);
    assert.equal(exchange.nextOrderId(1), 1);
  });

  it('what-if under the id of a working order leaves that order as it is', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(limit(99));
    exchange.place(limit(101, { quantity: 300, whatIf: true }));
    exchange.place(limit(99, { quantity: 0, whatIf: true }));
    assert.deepEqual(told(events).slice(2), ['what-if', 'error 201']);
    const [working] = exchange.openOrders();
    assert.deepEqual([working?.limitPrice, working?.quantity], [99, 100]);
  });
});

describe('a cancel', () => {
  it('ends a resting order', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(limit(99));
    exchange.cancel(1, 1);
    assert.deepEqual(told(events).slice(2), ['Cancelled', 'error 202']);
  });

  it('of an order that nobody knows is 10147, of one that is over 10148', async () => {
    const { exchange, events } = await openWorld();
    exchange.cancel(1, 9);
    exchange.place(order());
    exchange.cancel(1, 1);
    assert.deepEqual(
      told(events).filter((word) => word.startsWith('error')),
      ['error 10147', 'error 10148'],
    );
  });

  it('does not reach the order of another client', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(limit(99));
    exchange.cancel(2, 1);
    assert.equal(told(events).at(-1), 'error 10147');
  });

  it('loses the race against a fill, and is told so', async () => {
    const { exchange, clock, events } = await openWorld({ scenario: SLOW });
    exchange.place(limit(99));
    clock.advanceBy(200);
    exchange.cancel(1, 1);
    exchange.movePrice('ABC', { price: 98 });
    clock.advanceBy(SECOND);
    assert.deepEqual(told(events).slice(2), [
      'PendingCancel',
      'execution 100@99',
      'Filled',
      'error 10148',
    ]);
  });

  it('overtakes an order that is on its way, and wins', async () => {
    const { exchange, clock, events } = await openWorld({ scenario: SLOW });
    exchange.place(limit(99));
    clock.advanceBy(50);
    exchange.cancel(1, 1);
    clock.advanceBy(SECOND);
    assert.deepEqual(told(events).slice(-2), ['Cancelled', 'error 202']);
  });

  it('of everything ends the orders of all clients', async () => {
    const { exchange } = await openWorld();
    exchange.place(limit(99));
    exchange.place(limit(99, { clientId: 2 }));
    exchange.globalCancel(1);
    assert.equal(exchange.openOrders().length, 0);
    assert.deepEqual(
      exchange.completedOrders().map(({ status }) => status),
      ['Cancelled', 'Cancelled'],
    );
  });
});

describe('a modification', () => {
  it('changes price and size, and fills when that makes it marketable', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(limit(99));
    exchange.place(limit(99.5, { quantity: 50 }));
    assert.equal(exchange.openOrders()[0]?.limitPrice, 99.5);
    assert.equal(exchange.openOrders()[0]?.remaining, 50);
    exchange.place(limit(101, { quantity: 50 }));
    assert.deepEqual(told(events).slice(-2), ['execution 50@100.01', 'Filled']);
    assert.equal(exchange.completedOrders().length, 1);
  });

  it('that is off the tick is refused, and the order works on', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(limit(99));
    exchange.place(limit(99.123));
    assert.equal(told(events).at(-1), 'error 110');
    assert.equal(exchange.openOrders()[0]?.limitPrice, 99);
  });

  it('of the side is refused', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(limit(99));
    exchange.place(limit(99, { side: 'SELL' }));
    assert.equal(told(events).at(-1), 'error 105');
  });

  it('that follows another on its way overtakes none and stops none', async () => {
    const { exchange, clock, events } = await openWorld({ scenario: SLOW });
    exchange.place(limit(99));
    clock.advanceBy(200);
    for (const price of [98, 97, 96, 95, 94]) {
      exchange.place(limit(price));
      clock.advanceBy(50);
    }
    assert.equal(exchange.openOrders()[0]?.limitPrice, 95);
    for (let more = 0; more < 50; more += 1) exchange.place(limit(90 + more / 100));
    assert.equal(told(events).at(-1), 'error 2102');
    clock.advanceBy(100);
    assert.equal(exchange.openOrders()[0]?.limitPrice, 90.18);
  });

  it('loses the race against a fill at the old price', async () => {
    const { exchange, clock, events } = await openWorld({ scenario: SLOW });
    exchange.place(limit(99));
    clock.advanceBy(200);
    exchange.place(limit(97));
    exchange.movePrice('ABC', { price: 98 });
    clock.advanceBy(SECOND);
    assert.deepEqual(told(events).slice(2), ['execution 100@99', 'Filled', 'error 104']);
  });

  it('to no more than is filled ends the order', async () => {
    const { exchange, events } = await openWorld({
      scenario: { fills: { partial: true, latency_ms: [0, 0] } },
    });
    const shown = exchange.quote(77)?.askSize ?? 0;
    exchange.place(limit(101, { quantity: shown + 10 }));
    exchange.place(limit(101, { quantity: shown }));
    assert.deepEqual(told(events).slice(-2), ['Cancelled', 'error 202']);
    exchange.place(limit(101, { orderId: 2, quantity: shown + 10 }));
    assert.equal(lastOrder(events)?.filled, 0);
  });
});

describe('queries', () => {
  it('filter executions by client, symbol, side and time', async () => {
    const { exchange, clock } = await openWorld();
    exchange.place(order());
    clock.advanceBy(MINUTE);
    exchange.place(order({ clientId: 2, side: 'SELL' }));
    exchange.place(
      order({ clientId: 2, orderId: 2, conId: optionId(exchange, 100, 'C'), quantity: 1 }),
    );
    const all = { clientId: 0, account: '', since: 0, symbol: '', secType: '', side: '' };
    assert.equal(exchange.executions(all).length, 3);
    assert.equal(exchange.executions({ ...all, clientId: 1 }).length, 1);
    assert.equal(exchange.executions({ ...all, side: 'SLD' }).length, 1);
    assert.equal(exchange.executions({ ...all, secType: 'OPT' }).length, 1);
    assert.equal(exchange.executions({ ...all, symbol: 'XYZ' }).length, 0);
    assert.equal(exchange.executions({ ...all, since: exchange.now() }).length, 2);
    assert.equal(exchange.executions({ ...all, account: 'DU9999999' }).length, 0);
  });

  it('give each execution an id, and each exchange its own range', async () => {
    const { exchange } = await openWorld();
    exchange.place(order());
    const all = { clientId: 0, account: '', since: 0, symbol: '', secType: '', side: '' };
    assert.equal(exchange.executions(all)[0]?.execId, 'e0d50000.00000001.01.01');
  });

  it('find contracts by id, by symbol and by option terms', async () => {
    const { exchange } = await openWorld();
    const any = { conId: 0, symbol: 'ABC', secType: 'OPT', expiry: '', strike: 0, right: '' };
    assert.equal(exchange.findContracts(any).length, 6);
    assert.equal(exchange.findContracts({ ...any, right: 'P', strike: 90 }).length, 1);
    assert.equal(exchange.findContracts({ ...any, expiry: '202610' }).length, 6);
    assert.equal(exchange.findContracts({ ...any, expiry: '20261013' }).length, 0);
    assert.equal(exchange.findContracts({ ...any, secType: 'STK' }).length, 1);
    assert.equal(exchange.findContracts({ ...any, conId: 77 }).length, 1);
    const [parameters] = exchange.optionParameters(77);
    assert.deepEqual(parameters?.expiries, ['20261012']);
    assert.deepEqual(parameters?.strikes, [90, 100, 110]);
  });

  it('announce hours as IB writes them', async () => {
    const { exchange } = await openWorld({ scenario: { start: '2026-11-25 10:00' } });
    const [terms] = exchange.findContracts({
      conId: 77,
      symbol: '',
      secType: '',
      expiry: '',
      strike: 0,
      right: '',
    });
    const hours = terms?.liquidHours.split(';') ?? [];
    assert.equal(hours[0], '20261125:0930-20261125:1600');
    assert.equal(hours[1], '20261126:CLOSED');
    assert.equal(hours[2], '20261127:0930-20261127:1300');
    assert.equal(terms?.tradingHours.split(';')[0], '20261125:0400-20261125:2000');
  });
});

describe('clients without end', () => {
  it('are refused when more ids than can be remembered have sent orders', async () => {
    const { exchange, events } = await openWorld();
    for (let clientId = 1; clientId <= 4096; clientId += 1) {
      exchange.place(limit(50, { clientId, tif: 'IOC' }));
    }
    assert.deepEqual(told(events).slice(-2), ['Cancelled', 'error 202']);
    exchange.place(limit(50, { clientId: 5000, tif: 'IOC' }));
    assert.equal(told(events).at(-1), 'error 201');
    exchange.place(limit(50, { clientId: 7, orderId: 2, tif: 'IOC' }));
    assert.deepEqual(told(events).slice(-2), ['Cancelled', 'error 202']);
  }, 30_000);
});
