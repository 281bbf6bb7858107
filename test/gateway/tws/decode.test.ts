import { strict as assert } from 'node:assert';
import { describe, it } from 'vitest';
import { decodeRequest } from '../../../src/gateway/tws/decode.ts';
import type { ClientRequest, WireOrder } from '../../../src/gateway/tws/requests.ts';
import { UNSERVED, UNSERVED_CANCELS } from '../../../src/gateway/tws/unserved.ts';
import { namesAt } from './support/layout.ts';

const DOUBLE_UNSET = '1.7976931348623157e+308';

function requestOf(fields: readonly string[], version = 178): ClientRequest {
  const decoded = decodeRequest(fields, version);
  assert.equal(decoded.kind, 'request', JSON.stringify(decoded));
  assert(decoded.kind === 'request');
  return decoded.request;
}

const CONTRACT = ['756733', 'SPY', 'STK', '', '0.0', '', '', 'SMART', 'ARCA', 'USD', '', ''];

/** What regulators ask at each version comes last. */
const TAILS_OF_EXERCISE: readonly (readonly [number, readonly string[]])[] = [
  [157, []],
  [178, []],
  [180, ['']],
  [183, ['', '']],
  [193, ['', '', '0']],
];

/** placeOrder as the protocol lays it out; blocks in brackets are given by `blocks`. */
const PLACE_ORDER = `message orderId conId symbol secType expiry strike right multiplier exchange
  primaryExchange currency localSymbol tradingClass secIdType secId action quantity orderType
  limitPrice auxPrice tif ocaGroup account openClose origin orderRef transmit parentId block sweep
  displaySize triggerMethod outsideRth hidden [combo] sharesAllocation discretionary goodAfter
  goodTill faGroup faMethod faPercentage faProfile<177 model shortSaleSlot location exemptCode
  ocaType rule80A settlingFirm allOrNone minQty percentOffset eTradeOnly firmQuote nbboCap auction
  startingPrice stockRef delta rangeLower rangeUpper overridePercent volatility volatilityType
  dnOrderType dnAuxPrice [dnOrder] continuousUpdate refPriceType trailStop trailPercent scaleInit
  scaleSubs scaleIncrement [scale] scaleTable scaleStart scaleStop hedgeType [hedge] optOut
  clearingAccount clearingIntent notHeld dncFlag [dnc] algoStrategy [algo] algoId whatIf
  miscOptions solicited randomSize randomPrice [pegBench] conditions [conditionList] adjustedType
  triggerPrice limitOffset adjustedStop adjustedStopLimit adjustedTrail adjustedUnit extOperator
  softName softValue cashQty mifid1 mifid2 mifid3 mifid4 noAutoPrice isOms discretionaryUpTo
  priceMgmt duration>=158 postToAts>=160 autoCancelParent>=162 advErrorOverride>=166
  manualTime>=169 customerAccount>=183 professional>=184 overnight>=189 manualIndicator>=192`;

const PLAIN: Readonly<Record<string, string>> = {
  message: '3',
  orderId: '42',
  conId: '756733',
  symbol: 'SPY',
  secType: 'STK',
  exchange: 'SMART',
  currency: 'USD',
  action: 'BUY',
  quantity: '100',
  orderType: 'LMT',
  limitPrice: '450.25',
  tif: 'GTD',
  account: 'DU1234567',
  orderRef: 'demo:1:42',
  transmit: '1',
  outsideRth: '1',
  goodTill: '20230803 15:59:00 America/New_York',
  exemptCode: '-1',
};

function placeOrderFields(
  version: number,
  values: Readonly<Record<string, string>>,
  blocks: Readonly<Record<string, readonly string[]>> = {},
): readonly string[] {
  return namesAt(PLACE_ORDER, version).flatMap((name) => {
    if (name.startsWith('[')) return blocks[name.slice(1, -1)] ?? [];
    return [values[name] ?? PLAIN[name] ?? ''];
  });
}

function orderOf(fields: readonly string[], version: number): WireOrder {
  const request = requestOf(fields, version);
  assert(request.type === 'placeOrder');
  return request.order;
}

describe('requests', () => {
  it('are the same whatever their version literal says', () => {
    for (const literal of ['1', '2', '11', '']) {
      assert.deepEqual(requestOf(['2', literal, '7']), { type: 'cancelMktData', id: 7 });
    }
  });

  it('read market data with and without combination legs and delta-neutral contract', () => {
    const plain = ['1', '11', '7', ...CONTRACT, '0', '106', '1', '0', ''];
    const bag = ['1', '11', '7', '', 'SPY', 'BAG', ...CONTRACT.slice(3)];
    const legs = ['2', '1', '1', 'BUY', 'SMART', '2', '1', 'SELL', 'SMART'];
    const both = [...bag, ...legs, '1', '5', '0.5', '100', '106', '1', '0', ''];
    for (const fields of [plain, both]) {
      const request = requestOf(fields);
      assert(request.type === 'reqMktData');
      assert.equal(request.genericTicks, '106');
      assert.equal(request.snapshot, true);
    }
  });

  it('take every spelling of an absent contract id, strike and right', () => {
    for (const conId of ['', '0', '0.0', '2147483647']) {
      for (const strike of ['', '0', '0.0', DOUBLE_UNSET, '1.7976931348623157E308']) {
        for (const right of ['', '?', '0']) {
          const fields = ['9', '8', '7', conId, 'SPY', 'STK', '', strike, right, '', 'SMART', ''];
          const request = requestOf([...fields, 'USD', '', '', '0', '', '', '']);
          assert(request.type === 'reqContractDetails');
          assert.equal(request.contract.conId, 0);
          assert.equal(request.contract.strike, 0);
          assert.equal(request.contract.right, '');
        }
      }
    }
  });

  it('read reqContractDetails before and after the issuer id', () => {
    const fields = ['9', '8', '7', ...CONTRACT, '0', '', ''];
    assert.equal(requestOf(fields, 175).type, 'reqContractDetails');
    assert.equal(requestOf([...fields, ''], 176).type, 'reqContractDetails');
    assert.equal(decodeRequest(fields, 176).kind, 'malformed');
  });

  it('read cancelOrder with a version before 192 and without one from it on', () => {
    assert.deepEqual(requestOf(['4', '1', '42', ''], 178), { type: 'cancelOrder', orderId: 42 });
    const tagged = ['4', '42', '', '', '2147483647'];
    assert.deepEqual(requestOf(tagged, 193), { type: 'cancelOrder', orderId: 42 });
  });

  it('read the filter of an executions query', () => {
    const filter = ['7', '3', '5', '0', '', '20230803-13:30:00', 'SPY', 'STK', '', 'BUY'];
    assert.deepEqual(requestOf(filter), {
      type: 'reqExecutions',
      id: 5,
      clientId: 0,
      account: '',
      time: '20230803-13:30:00',
      symbol: 'SPY',
      secType: 'STK',
      side: 'BUY',
    });
  });

  it('keep their id when a later field is unreadable', () => {
    const decoded = decodeRequest(['1', '11', '7', 'x'], 178);
    assert(decoded.kind === 'malformed');
    assert.equal(decoded.id, 7);
    assert.match(decoded.reason, /not a number/);
  });

  it('refuse ids that are no numbers, not whole, or not set', () => {
    for (const id of ['', 'NaN', 'x', '1.5', '2147483647', '1e400', DOUBLE_UNSET]) {
      assert.equal(decodeRequest(['2', '1', id], 178).kind, 'malformed', id);
    }
  });

  it('that are not served are answered under their own id, with the code that IB has for it', () => {
    for (const [message, { idAt, code, name }] of UNSERVED) {
      const fields = [String(message), '7', '8'];
      const decoded = decodeRequest(fields, 178);
      assert(decoded.kind === 'unsupported', name);
      const { id } = decoded;
      assert.deepEqual([id, decoded.code], [idAt === null ? -1 : Number(fields[idAt]), code], name);
    }
    for (const message of UNSERVED_CANCELS.keys()) {
      assert.equal(decodeRequest([String(message), '1', '9'], 178).kind, 'ignored');
    }
  });

  it('nobody knows cost an error without an id', () => {
    const unknown = decodeRequest(['999'], 178);
    assert(unknown.kind === 'unsupported');
    assert.deepEqual([unknown.id, unknown.code], [-1, 321]);
    assert.equal(decodeRequest([], 178).kind, 'malformed');
    assert.equal(decodeRequest([''], 178).kind, 'malformed');
  });

  it('read exerciseOptions, whose contract names no primary exchange', () => {
    const contract = [
      '641001',
      'SPY',
      'OPT',
      '20230901',
      '430',
      'P',
      '100',
      'SMART',
      'USD',
      '',
      '',
    ];
    for (const [version, tail] of TAILS_OF_EXERCISE) {
      const request = requestOf(
        ['21', '2', '5', ...contract, '1', '3', 'DU1', '1', ...tail],
        version,
      );
      assert(request.type === 'exerciseOptions');
      const { id, action, quantity, account, override } = request;
      assert.deepEqual([id, action, quantity, account, override], [5, 1, 3, 'DU1', true]);
      assert.equal(request.contract.currency, 'USD');
    }
  });

  it('read real-time bars, historical ticks and the kind of a first moment', () => {
    const bars = requestOf(['50', '3', '5', ...CONTRACT, '5', 'midpoint', '1', '']);
    assert(bars.type === 'reqRealTimeBars');
    assert.deepEqual([bars.id, bars.what], [5, 'MIDPOINT']);
    const times = ['20230803 09:30:00', ''];
    const ticks = requestOf(['96', '5', ...CONTRACT, '0', ...times, '10', 'BID_ASK', '1', '0', '']);
    assert(ticks.type === 'reqHistoricalTicks');
    const { start, end, count, what } = ticks;
    assert.deepEqual([start, end, count, what], [...times, 10, 'BID_ASK']);
    const head = requestOf(['87', '5', ...CONTRACT, '0', '1', 'BID', '2']);
    assert(head.type === 'reqHeadTimestamp');
    assert.deepEqual([head.what, head.dateFormat], ['BID', 2]);
  });
});

describe.each([157, 176, 177, 178, 183, 192, 193])('placeOrder at version %i', (version) => {
  it('reads a plain order', () => {
    const order = orderOf(placeOrderFields(version, {}), version);
    assert.equal(order.orderId, 42);
    assert.equal(order.contract.conId, 756733);
    assert.equal(order.action, 'BUY');
    assert.equal(order.quantity, 100);
    assert.equal(order.limitPrice, 450.25);
    assert.equal(order.goodTill, '20230803 15:59:00 America/New_York');
    assert.equal(order.orderRef, 'demo:1:42');
    assert.equal(order.transmit, true);
    assert.equal(order.outsideRth, true);
    assert.equal(order.whatIf, false);
    assert.equal(order.conditions, 0);
  });

  it('walks past every block that only some orders have', () => {
    const leg = ['1', '1', 'BUY', 'SMART', '0', '0', '', '-1'];
    const blocks = {
      combo: ['2', ...leg, ...leg, '2', '1.5', '', '1', 'NonGuaranteed', '1'],
      dnOrder: ['0', '', '', '', '', '0', '0', ''],
      scale: ['', '', '', '0', '', '', '0'],
      hedge: ['1'],
      dnc: ['5', '0.5', '100'],
      algo: ['2', 'adaptivePriority', 'Normal', 'a', 'b'],
      pegBench: ['1', '0', '0', '0', 'SMART'],
      conditionList: [
        ...['1', 'a', '1', '450', '756733', 'SMART', '0'],
        ...['3', 'o', '1', '20230803 10:00:00'],
        ...['4', 'a', '1', '30'],
        ...['5', 'a', 'STK', 'SMART', 'SPY'],
        ...['6', 'a', '1', '100', '756733', 'SMART'],
        ...['7', 'a', '1', '1.5', '756733', 'SMART'],
        ...['1', '0'],
      ],
    };
    const values = { secType: 'BAG', orderType: 'PEG BENCH', dnOrderType: 'None', hedgeType: 'D' };
    const more = { scaleIncrement: '0.05', dncFlag: '1', algoStrategy: 'Adaptive', whatIf: '1' };
    const fields = placeOrderFields(version, { ...values, ...more, conditions: '6' }, blocks);
    const order = orderOf(fields, version);
    assert.equal(order.goodTill, '20230803 15:59:00 America/New_York');
    assert.equal(order.hedgeType, 'D');
    assert.equal(order.hasDeltaNeutralContract, true);
    assert.equal(order.algoStrategy, 'Adaptive');
    assert.equal(order.whatIf, true);
    assert.equal(order.conditions, 6);
  });

  it('takes every spelling of an absent price', () => {
    for (const limitPrice of [
      '',
      DOUBLE_UNSET,
      '1.7976931348623157E308',
      '1.79769313486232e+308',
    ]) {
      const fields = placeOrderFields(version, { limitPrice, scaleIncrement: limitPrice });
      assert.equal(orderOf(fields, version).limitPrice, null);
    }
  });

  it('is malformed when it ends early, and names the order', () => {
    const fields = placeOrderFields(version, {});
    const until = namesAt(PLACE_ORDER.replaceAll(/\[\w+\]/g, ''), version).indexOf('conditions');
    for (let length = 2; length <= until; length += 7) {
      const decoded = decodeRequest(fields.slice(0, length), version);
      assert(decoded.kind === 'malformed');
      assert.equal(decoded.id, 42);
    }
  });
});
