import { strict as assert } from 'node:assert';
import { OptionType, OrderAction, OrderStatus, OrderType, SecType } from '@stoqey/ib';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { OrderTicket } from '../../../src/domain/order.ts';
import {
  fromContract,
  fromOrder,
  marketRuleOf,
  numberOf,
  priceOf,
  splitExecId,
  toCommission,
  toCompletedReport,
  toContract,
  toExecution,
  toIncrements,
  toOrderReport,
  toPosition,
  toSide,
  toStatus,
  toTerms,
} from '../../../src/gateway/ib/convert.ts';

const STOCK = { conId: 756733, symbol: 'SPY', secType: SecType.STK, currency: 'USD' };
const OPTION = {
  conId: 99,
  symbol: 'SPY',
  secType: SecType.OPT,
  lastTradeDateOrContractMonth: '20230901',
  strike: 430,
  right: OptionType.Put,
  multiplier: 100,
  currency: 'USD',
  localSymbol: 'SPY   230901P00430000',
  tradingClass: 'SPY',
};
const UNSET = Number.MAX_VALUE;
const UNSET_DECIMAL = 2 ** 127 - 1;

describe('numbers at the boundary', () => {
  it.each([UNSET, UNSET_DECIMAL, Number.NaN, Number.POSITIVE_INFINITY, undefined, null, ''])(
    'takes %s for none',
    (value) => assert.ok(Number.isNaN(numberOf(value))),
  );

  it.each([-1, 0, -0.01])('takes the price %d for none', (price) => {
    assert.ok(Number.isNaN(priceOf(price)));
  });

  it('takes a multiplier as a number or as text', () => {
    assert.equal(numberOf(100), 100);
    assert.equal(numberOf('100'), 100);
  });
});

describe('contracts', () => {
  it('routes shares by SMART whatever venue a message names', () => {
    const contract = toContract({ ...STOCK, exchange: 'IEX', primaryExch: 'ARCA' });
    assert.deepEqual(contract, {
      secType: 'STK',
      conId: 756733,
      symbol: 'SPY',
      exchange: 'SMART',
      primaryExchange: 'ARCA',
      currency: 'USD',
    });
  });

  it.each([
    [OptionType.Put, 'P'],
    [OptionType.Call, 'C'],
    ['PUT', 'P'],
    ['CALL', 'C'],
  ])('reads the right %s', (right, expected) => {
    const contract = toContract({ ...OPTION, right: right as OptionType });
    assert.ok(contract?.secType === 'OPT');
    assert.equal(contract.right, expected);
  });

  it('reads a right the library dropped from the OCC symbol', () => {
    const { right: _, ...dropped } = OPTION;
    const contract = toContract(dropped);
    assert.ok(contract?.secType === 'OPT');
    assert.equal(contract.right, 'P');
  });

  it.each([
    ['multiplier', { multiplier: 0 }],
    ['strike', { strike: UNSET }],
    ['expiry', { lastTradeDateOrContractMonth: '202309' }],
    ['right', { right: undefined as unknown as OptionType, localSymbol: 'SPY' }],
    ['id', { conId: 0 }],
  ])('refuses an option without its %s', (_, change) => {
    assert.equal(toContract({ ...OPTION, ...change }), null);
  });

  it.each([SecType.FUT, SecType.CASH, SecType.BAG])('passes over %s', (secType) => {
    assert.equal(toContract({ ...STOCK, secType }), null);
  });

  it('takes the exchange of a position for its primary one', () => {
    const position = toPosition('DU1', { ...STOCK, exchange: 'ARCA' }, -112, 451.23);
    assert.ok(position?.contract.secType === 'STK');
    assert.equal(position.contract.primaryExchange, 'ARCA');
    assert.equal(position.quantity, -112);
  });

  it('refuses a position without a quantity', () => {
    assert.equal(toPosition('DU1', STOCK, undefined, 1), null);
    assert.equal(toPosition('DU1', STOCK, UNSET_DECIMAL, 1), null);
  });

  it('names an option in a request so that nothing contradicts its id', () => {
    const contract = toContract(OPTION);
    assert.ok(contract !== null);
    const raw = fromContract(contract);
    assert.equal(raw.exchange, 'SMART');
    assert.deepEqual(toContract(raw), { ...contract, localSymbol: '' });
  });
});

describe('terms', () => {
  const details = {
    contract: { ...STOCK, primaryExch: 'ARCA' },
    minTick: 0.01,
    validExchanges: 'AMEX,SMART,ARCA',
    marketRuleIds: '26,557,26',
    timeZoneId: 'US/Eastern',
  };

  it('obeys the minimum tick until a market rule is known', () => {
    assert.deepEqual(toTerms(details)?.priceIncrements, [{ lowEdge: 0, increment: 0.01 }]);
  });

  it('refuses terms without a minimum tick', () => {
    assert.equal(toTerms({ ...details, minTick: 0 }), null);
  });

  it('picks the market rule of smart routing', () => {
    assert.equal(marketRuleOf(details), 557);
    assert.equal(marketRuleOf({ contract: STOCK }), null);
  });

  it('sorts increments, and refuses a rule that holds none', () => {
    const rule = [
      { lowEdge: 1, increment: 0.01 },
      { lowEdge: 0, increment: 0.0001 },
    ];
    assert.deepEqual(
      toIncrements(rule)?.map(({ lowEdge }) => lowEdge),
      [0, 1],
    );
    assert.equal(toIncrements([{ lowEdge: 0, increment: 0 }]), null);
    assert.equal(toIncrements([]), null);
  });
});

describe('executions', () => {
  const raw = {
    execId: '0000e0d5.6450c0ff.01.02',
    time: '20250415  19:38:31',
    acctNumber: 'DU1',
    side: 'SLD',
    shares: 112,
    price: 451.2,
    permId: 7,
    clientId: 1,
    orderId: 5,
    orderRef: 'gs:a:1',
  };

  it('splits base and revision at the last dot', () => {
    const execution = toExecution(STOCK, raw, 'America/New_York');
    assert.equal(execution?.execBase, '0000e0d5.6450c0ff.01');
    assert.equal(execution?.revision, 2);
    assert.equal(execution?.ts, Date.UTC(2025, 3, 15, 23, 38, 31));
    assert.equal(execution?.side, 'SELL');
  });

  it.each(['plain', 'a.b.xx', '.01', ''])('takes %j for an id with one revision', (execId) => {
    assert.deepEqual(splitExecId(execId), { execBase: execId, revision: 0 });
  });

  it('gives a correction the base of what it corrects', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.integer({ min: 0, max: 99 }),
        (base, revision) => {
          const id = `${base}.${String(revision).padStart(2, '0')}`;
          assert.deepEqual(splitExecId(id), { execBase: base, revision });
        },
      ),
    );
  });

  it.each([
    ['quantity', { shares: undefined as unknown as number }],
    ['price', { price: UNSET }],
    ['time', { time: 'yesterday' }],
    ['side', { side: 'HOLD' }],
    ['id', { execId: '' }],
    ['permanent id', { permId: Number.NaN }],
    ['order id', { orderId: Number.NaN }],
  ])('refuses one without its %s', (_, change) => {
    assert.equal(toExecution(STOCK, { ...raw, ...change }, 'America/New_York'), null);
  });

  it('takes an unset realised gain for none', () => {
    const report = { execId: 'a.01', commission: 1, currency: 'USD', realizedPNL: UNSET };
    assert.equal(toCommission(report)?.realizedPnl, null);
    assert.equal(toCommission({ ...report, commission: UNSET }), null);
  });
});

describe('orders', () => {
  const order = {
    orderType: OrderType.LMT,
    action: OrderAction.SELL,
    totalQuantity: 112,
    lmtPrice: 451.2,
    orderRef: 'gs:a:1',
    permId: 7,
    clientId: 1,
    account: 'DU1',
  };
  const state = { status: OrderStatus.Submitted };

  it('keeps what was filled, which openOrder does not tell', () => {
    const raw = { contract: STOCK, order, state };
    const report = toOrderReport(5, raw, { filled: 12, whyHeld: 'locate' });
    assert.equal(report?.remaining, 100);
    assert.equal(report?.whyHeld, 'locate');
  });

  it('refuses an order whose id is no number', () => {
    const report = (orderId: number, change: object) =>
      toOrderReport(orderId, { contract: STOCK, order: { ...order, ...change }, state }, null);
    assert.equal(report(Number.NaN, {}), null);
    assert.equal(report(5, { permId: Number.NaN }), null);
    assert.equal(report(5, { clientId: Number.NaN }), null);
    assert.notEqual(report(5, {}), null);
  });

  it('has no limit price where none was set', () => {
    const raw = { contract: STOCK, order: { ...order, lmtPrice: UNSET }, state };
    assert.equal(toOrderReport(5, raw, null)?.limitPrice, null);
  });

  it('sizes a completed order, whose total TWS forgets, by what it filled', () => {
    const completed = { ...order, totalQuantity: 0, filledQuantity: 112 };
    const report = toCompletedReport({ contract: STOCK, order: completed, state });
    assert.deepEqual([report?.quantity, report?.filled, report?.remaining], [112, 112, 0]);
  });

  it('passes on known states and calls others unknown', () => {
    assert.equal(toStatus('PreSubmitted'), 'PreSubmitted');
    assert.equal(toStatus('Thinking'), 'Unknown');
  });

  it.each([
    ['BUY', 'BUY'],
    ['BOT', 'BUY'],
    ['SELL', 'SELL'],
    ['SLD', 'SELL'],
    ['SSHORT', 'SELL'],
    [undefined, null],
  ])('reads the side %s', (word, side) => assert.equal(toSide(word), side));

  const ticket: OrderTicket = {
    orderRef: 'gs:a:1',
    account: 'DU1',
    contract: {
      secType: 'STK',
      conId: 756733,
      symbol: 'SPY',
      exchange: 'SMART',
      primaryExchange: 'ARCA',
      currency: 'USD',
    },
    purpose: 'hedge',
    side: 'SELL',
    quantity: 112,
    limitPrice: 451.2,
    tif: 'GTD',
    goodTill: Date.UTC(2025, 3, 15, 19, 38, 31, 400),
    outsideRth: false,
  };

  it('always says transmit, time in force, account and reference', () => {
    const raw = fromOrder(ticket);
    assert.equal(raw.transmit, true);
    assert.equal(raw.tif, 'GTD');
    assert.equal(raw.goodTillDate, '20250415-19:38:31');
    assert.equal(raw.account, 'DU1');
    assert.equal(raw.orderRef, 'gs:a:1');
    assert.equal(raw.orderType, 'LMT');
    assert.equal(raw.outsideRth, false);
  });

  it('is worked as a limit order unless it says otherwise, and its limit holds in every case', () => {
    const worked = (['limit', 'midprice', 'adaptive'] as const).map((work) => {
      const { orderType, lmtPrice, algoStrategy, algoParams } = fromOrder({ ...ticket, work });
      return [orderType, lmtPrice, algoStrategy, algoParams];
    });
    assert.deepEqual(worked, [
      ['LMT', 451.2, undefined, undefined],
      ['MIDPRICE', 451.2, undefined, undefined],
      ['LMT', 451.2, 'Adaptive', [{ tag: 'adaptivePriority', value: 'Normal' }]],
    ]);
  });

  it('dates only an order that is good till a date', () => {
    assert.equal('goodTillDate' in fromOrder({ ...ticket, tif: 'DAY', goodTill: null }), false);
  });
});
