import { strict as assert } from 'node:assert';
import { afterEach, describe, it } from 'vitest';
import { encodeCommission, encodeExecution } from '../../src/gateway/tws/encode.ts';
import { encodeOpenOrder, encodeOrderStatus } from '../../src/gateway/tws/encode-order.ts';
import { approved, SPY, venueExecution, venueOrder } from '../gateway/ib/support/samples.ts';
import { CLIENT, errorFrame } from '../gateway/ib/support/scripted-tws.ts';
import {
  listed,
  position,
  putPosition,
  settled,
  setUp,
  tearDown,
  toFrame,
} from './support/broker-rig.ts';

afterEach(tearDown);

describe('the link', () => {
  it('comes up with identity and version', async () => {
    const { inbox } = await setUp({ accounts: 'DU1,DU2' });
    const up = await inbox.get('link.up');
    const accounts = ['DU1', 'DU2'];
    assert.deepEqual(up, { type: 'link.up', clientId: 7, serverVersion: 178, accounts });
  });

  it('says that its client id is in use, and tries no other', async () => {
    const login = [errorFrame(-1, 326, 'client id in use')];
    const { tws, inbox } = await setUp({ login, closeAfterLogin: true }, false);
    const { code, reason } = await inbox.get('link.failed');
    assert.equal(code, 326);
    assert.match(reason, /client id 7 is in use/);
    assert.equal(tws.logins, 1);
  });

  it('makes one attempt for each command', async () => {
    const { tws, inbox, open } = await setUp();
    tws.drop();
    await inbox.get('link.lost');
    assert.equal(tws.logins, 1);
    open();
    await inbox.get('link.up', 2);
    assert.equal(tws.logins, 2);
  });

  it('is lost when the peer falls silent', async () => {
    const { tws, clock, inbox } = await setUp();
    await inbox.get('time');
    tws.silent = true;
    clock.advanceBy(15_000);
    assert.match((await inbox.get('link.lost')).reason, /silent/);
  });

  it('is closed without a report', async () => {
    const rig = await setUp();
    await settled(rig);
    rig.broker.receive({ type: 'link.close' });
    assert.equal(rig.inbox.all('link.lost').length, 0);
    rig.broker.receive({ type: 'order.submit', order: approved() });
    assert.equal((await rig.inbox.get('order.error')).code, 504);
  });

  it('tells upstream, farms and notices apart', async () => {
    const { tws, inbox } = await setUp();
    tws.send(
      errorFrame(-1, 1100, 'lost'),
      errorFrame(-1, 2110, 'broken'),
      errorFrame(-1, 1101, 'restored'),
      errorFrame(-1, 1102, 'restored'),
      errorFrame(-1, 2103, 'Market data farm connection is broken:usopt'),
      errorFrame(-1, 2104, 'Market data farm connection is OK:usfarm'),
      errorFrame(-1, 10141, 'disclaimer'),
    );
    await inbox.get('notice');
    assert.deepEqual(
      inbox.all('upstream.lost').map(({ code }) => code),
      [1100, 2110],
    );
    assert.deepEqual(
      inbox.all('upstream.restored').map(({ dataLost }) => dataLost),
      [true, false],
    );
    assert.deepEqual(
      inbox.all('farm').map(({ farm, ok }) => [farm, ok]),
      [
        ['usopt', false],
        ['usfarm', true],
      ],
    );
  });

  it('tells the time until its second flips, and where nobody asked', async () => {
    let seconds = 1_691_069_400;
    const { tws, clock, inbox } = await setUp({ time: () => seconds });
    await inbox.get('time');
    seconds += 1;
    clock.advanceBy(100);
    assert.equal((await inbox.get('time', 2)).ts, 1_691_069_401_000);
    tws.send([49, 1, 1_691_069_460]);
    assert.equal((await inbox.get('time', 3)).ts, 1_691_069_460_000);
  });

  it('is given up after a defect, because what is known may be wrong', async () => {
    const { tws, inbox } = await setUp();
    // A message that the library cannot decode, and that is no error message.
    tws.send([4, 2, 'x', 'y', 'z', '{']);
    assert.match((await inbox.get('link.lost')).reason, /internal error at decoder/);
  });
});

describe('orders', () => {
  it('go out complete, and their reports carry our reference', async () => {
    const { tws, inbox, broker } = await setUp();
    broker.receive({ type: 'order.submit', order: approved() });
    const [, id, conId] = await tws.message(CLIENT.placeOrder);
    assert.deepEqual([id, conId], ['29', String(SPY.conId)]);
    tws.send(...listed(venueOrder({ status: 'PreSubmitted' })));
    const { order } = await inbox.get('order.report', 2);
    assert.equal(order.orderRef, 'gs:a:1');
    assert.equal(order.status, 'PreSubmitted');
    assert.equal(order.permId, 9001);
    assert.deepEqual(order.contract, { ...SPY, primaryExchange: '' });
  });

  it('always transmit', async () => {
    const { tws, broker } = await setUp();
    const goodTill = Date.UTC(2023, 7, 3, 14, 1);
    broker.receive({ type: 'order.submit', order: approved({ tif: 'GTD', goodTill }) });
    const fields = await tws.message(CLIENT.placeOrder);
    const reference = fields.indexOf('gs:a:1');
    assert.equal(fields[reference + 1], '1');
    assert.ok(fields.includes('20230803-14:01:00'));
  });

  it('merge what status and open order tell', async () => {
    const { tws, inbox, broker } = await setUp();
    broker.receive({ type: 'order.submit', order: approved() });
    await tws.message(CLIENT.placeOrder);
    const partial = venueOrder({ filled: 40, remaining: 72 });
    // A status may come before the first open order.
    tws.send(toFrame(encodeOrderStatus(partial)), toFrame(encodeOpenOrder(178, partial)));
    const { order } = await inbox.get('order.report', 2);
    assert.deepEqual([order.filled, order.remaining, order.quantity], [40, 72, 112]);
  });

  it('pass duplicates on', async () => {
    const { tws, inbox, broker } = await setUp();
    broker.receive({ type: 'order.submit', order: approved() });
    await tws.message(CLIENT.placeOrder);
    tws.send(...listed(venueOrder()), ...listed(venueOrder()));
    assert.equal((await inbox.get('order.report', 4)).order.status, 'Submitted');
  });

  it('are modified under the same id, and never raised', async () => {
    const { tws, inbox, broker } = await setUp();
    broker.receive({ type: 'order.submit', order: approved() });
    broker.receive({ type: 'order.modify', order: approved({ limitPrice: 451.1 }) });
    const fields = await tws.message(CLIENT.placeOrder, 2);
    assert.equal(fields[1], '29');
    assert.ok(fields.includes('451.1'));
    broker.receive({ type: 'order.modify', order: approved({ quantity: 113 }) });
    assert.equal((await inbox.get('order.error')).code, 105);
    broker.receive({ type: 'order.modify', order: approved({ orderRef: 'gs:a:2' }) });
    assert.equal((await inbox.get('order.error', 2)).code, 135);
  });

  it('are refused while one with their reference lives', async () => {
    const { tws, inbox, broker } = await setUp();
    broker.receive({ type: 'order.submit', order: approved() });
    broker.receive({ type: 'order.submit', order: approved() });
    assert.equal((await inbox.get('order.error')).code, 103);
    await tws.message(CLIENT.placeOrder);
    assert.equal(tws.of(CLIENT.placeOrder).length, 1);
  });

  it('take ids above the next valid one and all seen, also after an id rollback', async () => {
    const rig = await setUp();
    const { tws, inbox, broker, open } = rig;
    tws.send(...listed(venueOrder({ orderId: 40, orderRef: 'gs:a:0' })));
    await inbox.get('order.report', 2);
    broker.receive({ type: 'order.submit', order: approved() });
    assert.equal((await tws.message(CLIENT.placeOrder))[1], '41');

    tws.script = { ...tws.script, nextValidId: 5 };
    tws.drop();
    await inbox.get('link.lost');
    open();
    await inbox.get('link.up', 2);
    broker.receive({ type: 'order.submit', order: approved({ orderRef: 'gs:a:2' }) });
    assert.equal((await tws.message(CLIENT.placeOrder, 2))[1], '42');
  });

  it('take ids above seconds of the epoch, where a program used those before', async () => {
    const { tws, inbox, broker } = await setUp({ nextValidId: 1_789_000_000 });
    broker.receive({ type: 'order.submit', order: approved() });
    assert.equal((await tws.message(CLIENT.placeOrder))[1], '1789000000');
    tws.send(errorFrame(1_789_000_000, 201, 'Order rejected'));
    assert.equal((await inbox.get('order.error')).orderRef, approved().orderRef);
  });

  it('are answered, and never queued, while not connected', async () => {
    const { tws, inbox, broker, open } = await setUp();
    tws.drop();
    await inbox.get('link.lost');
    broker.receive({ type: 'order.submit', order: approved() });
    broker.receive({ type: 'order.modify', order: approved({ orderRef: 'gs:a:9' }) });
    broker.receive({ type: 'order.cancel', orderRef: 'gs:a:9' });
    const codes = inbox.all('order.error').map(({ orderRef, code }) => [orderRef, code]);
    assert.deepEqual(codes, [
      ['gs:a:1', 504],
      ['gs:a:9', 135],
      ['gs:a:9', 504],
    ]);
    open();
    await inbox.get('link.up', 2);
    await settled({ tws, inbox });
    assert.equal(tws.of(CLIENT.placeOrder).length, 0);
  });

  it('that had not reached the wire when the link was lost are refused, for certain', async () => {
    const { tws, inbox, broker } = await setUp();
    // The pacing window is full: what comes now waits.
    for (let index = 0; index < 30; index += 1) {
      broker.receive({ type: 'order.submit', order: approved({ orderRef: `gs:a:${index}` }) });
    }
    // 25 in the first second, one of them the heartbeat's.
    await tws.message(CLIENT.placeOrder, 24);
    tws.drop();
    await inbox.get('link.lost');
    const refused = inbox.all('order.error').map(({ orderRef, code }) => `${orderRef} ${code}`);
    assert.deepEqual(
      refused,
      [24, 25, 26, 27, 28, 29].map((index) => `gs:a:${index} 504`),
    );
  });

  it('have their errors told by reference', async () => {
    const { tws, inbox, broker } = await setUp();
    broker.receive({ type: 'order.submit', order: approved() });
    await tws.message(CLIENT.placeOrder);
    tws.send(errorFrame(29, 201, 'Order rejected - margin', '{bad'), errorFrame(77, 399, 'held'));
    const known = await inbox.get('order.error');
    assert.deepEqual([known.orderRef, known.code], ['gs:a:1', 201]);
    const unknown = await inbox.get('order.error', 2);
    assert.deepEqual([unknown.orderRef, unknown.orderId], ['', 77]);
  });

  it('ask for the next valid id when theirs is a duplicate', async () => {
    const { tws, inbox, broker } = await setUp({
      answers: { [CLIENT.reqIds]: () => [[9, 1, 60]] },
    });
    broker.receive({ type: 'order.submit', order: approved() });
    await tws.message(CLIENT.placeOrder);
    tws.send(errorFrame(29, 103, 'Duplicate order id'));
    await inbox.get('order.error');
    await tws.message(CLIENT.reqIds);
    await settled({ tws, inbox });
    broker.receive({ type: 'order.submit', order: approved({ orderRef: 'gs:a:2' }) });
    assert.equal((await tws.message(CLIENT.placeOrder, 2))[1], '60');
  });
});

describe('cancels', () => {
  it('go out by the id of the reference', async () => {
    const { tws, broker } = await setUp();
    broker.receive({ type: 'order.submit', order: approved() });
    broker.receive({ type: 'order.cancel', orderRef: 'gs:a:1' });
    const [, , id] = await tws.message(CLIENT.cancelOrder);
    assert.equal(id, '29');
  });

  it('withdraw an order that has not been sent', async () => {
    const { tws, inbox, broker } = await setUp();
    for (let index = 0; index < 30; index += 1) {
      broker.receive({ type: 'order.submit', order: approved({ orderRef: `gs:a:${index}` }) });
    }
    broker.receive({ type: 'order.cancel', orderRef: 'gs:a:29' });
    const error = await inbox.get('order.error');
    assert.deepEqual([error.orderRef, error.code], ['gs:a:29', 202]);
    assert.equal(tws.of(CLIENT.cancelOrder).length, 0);
  });

  it('overtake a modification that waits, which is then not sent', async () => {
    const { tws, clock, inbox, broker } = await setUp();
    for (let index = 0; index < 24; index += 1) {
      broker.receive({ type: 'order.submit', order: approved({ orderRef: `gs:a:${index}` }) });
    }
    broker.receive({
      type: 'order.modify',
      order: approved({ orderRef: 'gs:a:0', limitPrice: 450 }),
    });
    broker.receive({ type: 'order.cancel', orderRef: 'gs:a:0' });
    await tws.message(CLIENT.cancelOrder);
    clock.advanceBy(5000);
    await settled({ tws, inbox });
    assert.equal(tws.of(CLIENT.placeOrder).length, 24);
  });

  it('of an unknown reference are certain only when the open orders were read', async () => {
    const { inbox, broker } = await setUp();
    broker.receive({ type: 'order.cancel', orderRef: 'gs:a:1' });
    assert.equal((await inbox.get('order.error')).code, 161);
    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 10_000 });
    await inbox.get('read.done');
    broker.receive({ type: 'order.cancel', orderRef: 'gs:a:1' });
    assert.equal((await inbox.get('order.error', 2)).code, 10147);
  });

  it('reach orders that a read found after a restart', async () => {
    const answers = {
      [CLIENT.reqAllOpenOrders]: () => [...listed(venueOrder()), [53, 1] as const],
    };
    const { tws, inbox, broker } = await setUp({ answers });
    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 10_000 });
    await inbox.get('read.done');
    broker.receive({ type: 'order.cancel', orderRef: 'gs:a:1' });
    assert.equal((await tws.message(CLIENT.cancelOrder))[2], '29');
  });
});

describe('streams between reads', () => {
  it('carry executions, corrections and commissions', async () => {
    const { tws, inbox } = await setUp();
    const corrected = venueExecution({ execId: '0000e0d5.6450c0ff.01.02', price: 451.1 });
    tws.send(
      toFrame(encodeExecution(178, -1, venueExecution())),
      toFrame(encodeCommission(venueExecution())),
      toFrame(encodeExecution(178, -1, corrected)),
    );
    const second = await inbox.get('execution', 2);
    const [first] = inbox.all('execution');
    assert.equal(first?.execution.execBase, second.execution.execBase);
    assert.deepEqual([first?.execution.revision, second.execution.revision], [1, 2]);
    assert.equal(second.execution.ts, Date.UTC(2023, 7, 3, 14, 0, 5));
    assert.equal((await inbox.get('commission')).commission.realizedPnl, null);
  });

  it('carry positions, also one that goes to zero', async () => {
    const { tws, inbox } = await setUp();
    tws.send(position(-112), position(0), putPosition(5));
    const quantities = [1, 2, 3].map((count) => inbox.get('position', count));
    const reports = await Promise.all(quantities);
    assert.deepEqual(
      reports.map(({ position: { quantity } }) => quantity),
      [-112, 0, 5],
    );
  });

  it('carry account values after the first read, one report for each packet', async () => {
    const { tws, inbox, broker } = await setUp();
    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 10_000 });
    await inbox.get('read.done');
    const id = tws.of(CLIENT.reqAccountSummary)[0]?.[2] ?? '';
    tws.send(
      [63, 1, id, 'DU1', 'NetLiquidation', '99000.00', 'USD'],
      [63, 1, id, 'DU1', 'BuyingPower', '400000.00', 'EUR'],
    );
    const { account } = await inbox.get('account');
    assert.deepEqual(account.values, {
      NetLiquidation: '99000.00',
      'BuyingPower:EUR': '400000.00',
    });
    assert.equal(inbox.all('account').length, 1);
  });
});
