/** Both actors against the simulated gateway: our client and our server, a real socket between. */

import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { epochOf, newYorkDate, nextTradingDay } from '../../../src/domain/calendar.ts';
import type { StockContract } from '../../../src/domain/contract.ts';
import type { Exchange } from '../../../src/gateway/sim/exchange.ts';
import { startTwsServer, type TwsServer } from '../../../src/gateway/tws/server.ts';
import { createLogger } from '../../../src/log.ts';
import { tearDown as endBroker, openBroker } from '../../actors/support/broker-rig.ts';
import { BOOK, tearDown as endMarket, openMarket } from '../../actors/support/market-rig.ts';
import { ACCOUNT, MINUTE, openWorld, optionId, STILL } from '../sim/support/world.ts';
import { approved } from './support/samples.ts';

let exchange: Exchange;
let server: TwsServer;

async function serve(scenario: object = {}): Promise<void> {
  const world = await openWorld({ scenario: { lock_step: true, ...scenario } });
  exchange = world.exchange;
  const log = createLogger({ level: 'silent', pretty: false });
  const listen = { host: '127.0.0.1', port: 0, mono: world.clock, log };
  server = await startTwsServer({ venue: exchange, ...listen });
}

async function end(): Promise<void> {
  await endBroker();
  await endMarket();
  await server.close();
  exchange.close();
}

beforeEach(() => serve());
afterEach(end);

async function find(rig: Awaited<ReturnType<typeof openBroker>>): Promise<StockContract> {
  rig.broker.receive({ type: 'contract.find', symbol: 'ABC', conId: null });
  const { terms } = await rig.inbox.get('contract.terms');
  assert.ok(terms.contract.secType === 'STK');
  return terms.contract;
}

describe('the order connection and the simulated gateway', () => {
  it('agree on the terms of a stock and of an option', async () => {
    const rig = await openBroker(server.port);
    const stock = await find(rig);
    assert.equal(stock.conId, 77);
    const conId = optionId(exchange, 100, 'P');
    rig.broker.receive({ type: 'contract.find', symbol: 'ABC', conId });
    const { terms } = await rig.inbox.get('contract.terms', 2);
    assert.ok(terms.contract.secType === 'OPT');
    assert.equal(terms.contract.underlyingConId, 77);
    assert.deepEqual([terms.contract.strike, terms.contract.right], [100, 'P']);
    assert.ok(terms.liquidHours.includes('20260914'));
  });

  it('fill an order, and a read tells what the exchange’s own ledger tells', async () => {
    const rig = await openBroker(server.port);
    const { broker, inbox } = rig;
    const contract = await find(rig);
    const order = approved({ account: ACCOUNT, contract, side: 'BUY', limitPrice: 100.05 });
    broker.receive({ type: 'order.submit', order });
    const filled = await inbox.find(
      (report) => report.type === 'order.report' && report.order.status === 'Filled',
    );
    assert.ok(filled.type === 'order.report');
    assert.equal(filled.order.orderRef, order.orderRef);
    await inbox.get('commission');

    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 10_000 });
    const { read } = await inbox.get('read.done');
    const ledger = exchange.ledger();
    const [booked] = ledger.executions;
    const [seen] = read.executions;
    assert.deepEqual(
      [seen?.execId, seen?.orderRef, seen?.quantity, seen?.price],
      [booked?.exec_id, booked?.order_ref, booked?.quantity, booked?.price],
    );
    assert.equal(seen?.ts, exchange.now());
    assert.equal(read.commissions[0]?.commission, booked?.commission);
    assert.equal(read.positions[0]?.quantity, 112);
    assert.equal(read.openOrders.length, 0);
    assert.deepEqual(
      read.completedOrders.map(({ orderRef }) => orderRef),
      [order.orderRef],
    );
    assert.ok(Number(read.accounts[0]?.values['NetLiquidation']) > 0);
  });

  it('modify and cancel a working order, also over a reconnect', async () => {
    const rig = await openBroker(server.port);
    const { broker, inbox, open } = rig;
    const contract = await find(rig);
    const order = approved({ account: ACCOUNT, contract, side: 'BUY', limitPrice: 99 });
    broker.receive({ type: 'order.submit', order });
    const working = (price: number) =>
      inbox.find(
        (report) =>
          report.type === 'order.report' &&
          report.order.status === 'Submitted' &&
          report.order.limitPrice === price,
      );
    await working(99);
    broker.receive({ type: 'order.modify', order: { ...order, limitPrice: 99.5 } });
    await working(99.5);

    server.faults.disconnectAll();
    await inbox.get('link.lost');
    open();
    await inbox.get('link.up', 2);
    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 10_000 });
    const { read } = await inbox.get('read.done');
    assert.deepEqual(
      read.openOrders.map(({ limitPrice }) => limitPrice),
      [99.5],
    );
    broker.receive({ type: 'order.cancel', orderRef: order.orderRef });
    assert.equal((await inbox.get('order.error')).code, 202);
    assert.equal(exchange.openOrders().length, 0);
  });

  it('lose each other when the gateway falls silent; 326 while it holds the id', async () => {
    const { clock, inbox, open } = await openBroker(server.port);
    await inbox.get('time');
    server.faults.silence(true);
    clock.advanceBy(15_000);
    await inbox.get('link.lost');
    server.faults.silence(false);
    const other = await openBroker(server.port);
    open();
    assert.equal((await inbox.get('link.failed')).code, 326);
    assert.equal(other.inbox.all('link.lost').length, 0);
  });

  it('tell the market time of each step', async () => {
    const { inbox } = await openBroker(server.port);
    await inbox.get('time');
    const to = exchange.now() + MINUTE;
    await exchange.step(to);
    await inbox.find((report) => report.type === 'time' && report.ts === to);
  });
});

describe('the market-data connection and the simulated gateway', () => {
  async function watch(greeks: Partial<typeof BOOK.greeks> = {}) {
    const rig = await openMarket(server.port, { clock: 'lockstep' });
    await rig.kernel.get('market.up');
    const underlying = { ...BOOK.underlying, conId: 77, symbol: 'ABC' };
    const conId = optionId(exchange, 100, 'P');
    const [put] = exchange.findContracts({
      ...{ conId, symbol: '', secType: '', expiry: '', strike: 0, right: '' },
    });
    assert.ok(put?.contract.secType === 'OPT');
    const settings = { ...BOOK.greeks, ...greeks };
    const book = { ...BOOK, symbol: 'ABC', underlying, legs: [put.contract], greeks: settings };
    rig.market.receive({ type: 'watch', books: [book] });
    await rig.kernel.get('market.dataType');
    return { ...rig, conId };
  }

  it('show after a step exactly what the exchange quotes', async () => {
    const { greeks, shown, conId } = await watch();
    const to = exchange.now() + MINUTE;
    await exchange.step(to);
    await greeks.find((message) => message.type === 'market.time' && message.ts === to);
    for (const id of [77, conId]) {
      const quote = exchange.quote(id);
      assert.ok(quote !== null);
      for (const field of ['bid', 'ask', 'bidSize', 'askSize', 'close'] as const) {
        const expected: number = quote[field] > 0 ? quote[field] : Number.NaN;
        assert.equal(shown(id, field), expected, `${field} of ${id}`);
      }
      assert.equal(shown(id, 'ts'), to);
    }
    assert.equal(shown(conId, 'ibDelta'), exchange.quote(conId)?.model?.delta);
    assert.equal(shown(77, 'dataType'), 1);
    const { shortableShares } = exchange.research?.statistics(77) ?? {};
    assert.equal(shown(77, 'shortableShares'), shortableShares);
    assert.ok(shown(77, 'shortable') > 2.5);
    assert.equal(shown(conId, 'shortable'), Number.NaN);
    assert.ok(greeks.all('quotes').some(({ slot }) => slot === BOOK.slot));
  });

  it('agree on shares of which none can be borrowed', async () => {
    await end();
    const [underlying] = STILL.underlyings;
    await serve({ underlyings: [{ ...underlying, shortable_shares: 0 }] });
    const { greeks, shown } = await watch();
    const to = exchange.now() + MINUTE;
    await exchange.step(to);
    await greeks.find((message) => message.type === 'market.time' && message.ts === to);
    assert.deepEqual([shown(77, 'shortable'), shown(77, 'shortableShares')], [1, 0]);
  });

  it('agree on the next dividend, which prices the legs', async () => {
    await end();
    const [underlying] = STILL.underlyings;
    const day = nextTradingDay(nextTradingDay(newYorkDate(exchange.now())));
    const dividends = [{ ex_date: day, pay_date: nextTradingDay(day), amount: 1.2 }];
    await serve({ underlyings: [{ ...underlying, dividends }] });
    const { greeks, shown } = await watch();
    const to = exchange.now() + MINUTE;
    await exchange.step(to);
    await greeks.find((message) => message.type === 'market.time' && message.ts === to);
    const expected = [epochOf(day, '00:00'), 1.2];
    assert.deepEqual([shown(77, 'dividendTs'), shown(77, 'dividendAmount')], expected);
  });

  it('agree on the chain, whose strikes about the money are quoted for the smile', async () => {
    await end();
    const [underlying] = STILL.underlyings;
    const chain = { dtes: [28], strikes: { from: 80, to: 120, step: 1 } };
    await serve({ underlyings: [{ ...underlying, chain }] });
    const { greeks, shown, clock } = await watch({ vol_source: 'smile', smile_strikes: 3 });
    const chosen = () => greeks.all('strikes').at(-1)?.strikes ?? [];
    const isQuoted = ({ contract }: { readonly contract: { readonly conId: number } }) =>
      shown(contract.conId, 'bid') > 0;
    // The spot is told, the chain asked for, then contracts and quotes: a step or two for each.
    for (let round = 0; round < 20 && chosen().filter(isQuoted).length < 6; round += 1) {
      clock.advanceBy(1000);
      const to = exchange.now() + MINUTE;
      await exchange.step(to);
      await greeks.find((message) => message.type === 'market.time' && message.ts === to);
    }
    const strikes = chosen();
    assert.deepEqual(
      strikes.map(({ contract: { strike, right } }) => right === (strike > 100 ? 'C' : 'P')),
      Array(6).fill(true),
    );
    for (const { contract } of strikes) {
      const listed = exchange.findContracts({
        ...{ conId: contract.conId, symbol: '', secType: '', expiry: '', strike: 0, right: '' },
      });
      assert.deepEqual(listed[0]?.contract, contract);
      assert.equal(shown(contract.conId, 'bid'), exchange.quote(contract.conId)?.bid);
    }
  });

  it('answer a probe', async () => {
    const { kernel, market } = await watch();
    market.receive({ type: 'probe', symbol: 'ABC' });
    assert.equal((await kernel.get('market.probed')).answered, true);
  });
});
