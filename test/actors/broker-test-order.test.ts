import { strict as assert } from 'node:assert';
import { afterEach, describe, it } from 'vitest';
import { decodeRequest } from '../../src/gateway/tws/decode.ts';
import { encodeOpenOrder } from '../../src/gateway/tws/encode-order.ts';
import { SPY, venueOrder } from '../gateway/ib/support/samples.ts';
import { CLIENT, errorFrame } from '../gateway/ib/support/scripted-tws.ts';
import { settled, setUp, tearDown, toFrame } from './support/broker-rig.ts';

afterEach(tearDown);

const MARGINS = { initMarginBefore: 0, initMarginChange: 225, equityBefore: 1e5, commission: 1 };

/** A link on which one test was asked; the order id that carries it. */
async function asked() {
  const rig = await setUp();
  rig.broker.receive({ type: 'order.test', testId: 'SPY#1', account: 'DU1', contract: SPY });
  const sent = await rig.tws.message(CLIENT.placeOrder);
  return { ...rig, sent, orderId: Number(sent[1]) };
}

describe('the test whether orders are taken', () => {
  it('is one share at the market, with its what-if and transmit flags', async () => {
    const { sent, orderId } = await asked();
    assert.equal(orderId, 29);
    const decoded = decodeRequest(sent, 178);
    assert(decoded.kind === 'request' && decoded.request.type === 'placeOrder');
    const { contract, ...order } = decoded.request.order;
    assert.equal(contract.conId, SPY.conId);
    assert.deepEqual(
      [order.action, order.quantity, order.orderType, order.tif, order.account, order.orderRef],
      ['BUY', 1, 'MKT', 'DAY', 'DU1', ''],
    );
    assert.deepEqual([order.whatIf, order.transmit], [true, true]);
  });

  it('is taken when the order comes back with its margins, and is no order of ours', async () => {
    const rig = await asked();
    const order = { ...venueOrder(), orderId: rig.orderId, clientId: 7 };
    rig.tws.send(toFrame(encodeOpenOrder(178, order, MARGINS)));
    const { testId, outcome, margin } = await rig.inbox.get('order.tested');
    assert.deepEqual([testId, outcome], ['SPY#1', 'taken']);
    assert.deepEqual(margin, { initial: 225, maintenance: 225, commission: 1 });
    await settled(rig);
    assert.equal(rig.inbox.all('order.report').length, 0);
  });

  it.each([
    [321, 'The API interface is currently in Read-Only mode.', 'refused'],
    [460, 'No trading permissions.', 'refused'],
    [200, 'No security definition has been found', 'refused'],
    [201, 'Order rejected - reason: closing-only account', 'refused'],
    [201, 'Order rejected - YOUR EQUITY MUST EXCEED THE INITIAL MARGIN', 'taken'],
    [154, 'Order cannot be transmitted for halted security.', 'taken'],
  ] as const)('error %i, %s: %s', async (code, message, outcome) => {
    const rig = await asked();
    rig.tws.send(errorFrame(rig.orderId, code, message));
    const tested = await rig.inbox.get('order.tested');
    assert.deepEqual([tested.outcome, tested.code, tested.message], [outcome, code, message]);
    assert.equal(rig.inbox.all('order.error').length, 0);
  });

  it('goes on waiting at a message that is no refusal', async () => {
    const rig = await asked();
    rig.tws.send(errorFrame(rig.orderId, 399, 'the order will be held until the open'));
    await settled(rig);
    assert.equal(rig.inbox.all('order.tested').length, 0);
    rig.tws.send(errorFrame(rig.orderId, 321, 'Read-Only'));
    assert.equal((await rig.inbox.get('order.tested')).outcome, 'refused');
  });

  it('is forgotten with its connection: an id of the next one is another order', async () => {
    const rig = await asked();
    rig.tws.drop();
    await rig.inbox.get('link.lost');
    rig.open();
    await rig.inbox.get('link.up', 2);
    rig.tws.send(errorFrame(rig.orderId, 321, 'Read-Only'));
    await settled(rig);
    assert.equal(rig.inbox.all('order.tested').length, 0);
  });

  it('takes an order id of its own, and the next order has another', async () => {
    const { broker, tws, orderId } = await asked();
    broker.receive({ type: 'order.test', testId: 'SPY#2', account: 'DU1', contract: SPY });
    const again = await tws.message(CLIENT.placeOrder, 2);
    assert.equal(Number(again[1]), orderId + 1);
  });
});
