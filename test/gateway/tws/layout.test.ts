import { strict as assert } from 'node:assert';
import { describe, it } from 'vitest';
import {
  encodeAccountDownloadEnd,
  encodeAccountSummary,
  encodeAccountSummaryEnd,
  encodeAccountTime,
  encodeAccountUpdateMulti,
  encodeAccountUpdateMultiEnd,
  encodeAccountValue,
  encodeCommission,
  encodeContractDetails,
  encodeContractDetailsEnd,
  encodeCurrentTime,
  encodeError,
  encodeExecution,
  encodeExecutionsEnd,
  encodeMarketRule,
  encodePnl,
  encodePnlSingle,
  encodePortfolioValue,
  encodePosition,
  encodePositionEnd,
  encodePositionMulti,
  encodePositionMultiEnd,
  encodeSecDefOptParam,
  encodeSecDefOptParamEnd,
} from '../../../src/gateway/tws/encode.ts';
import {
  addressed,
  encodeMarketDataType,
  encodeSnapshotEnd,
  encodeTickReqParams,
  optionComputation,
  type Tick,
  tickGeneric,
  tickPrice,
  tickSize,
  tickString,
} from '../../../src/gateway/tws/encode-ticks.ts';
import { ACCOUNT, FakeVenue, NOW, PUT, SPY } from './support/fake-venue.ts';
import { readLayout, VERSIONS } from './support/layout.ts';

const UNSET = '1.7976931348623157E308';
const HELD = `conId symbol secType expiry strike right multiplier exchange currency localSymbol
  tradingClass`;

function termsOf(conId: number) {
  const query = { conId, symbol: '', secType: '', expiry: '', strike: 0, right: '' };
  const [terms] = new FakeVenue().findContracts(query);
  assert(terms !== undefined);
  return terms;
}

function executionOf(realizedPnl: number | null) {
  const venue = new FakeVenue();
  venue.place({
    clientId: 7,
    orderId: 42,
    account: ACCOUNT,
    conId: SPY.conId,
    side: 'SELL',
    quantity: 112,
    orderType: 'LMT',
    limitPrice: 450,
    tif: 'DAY',
    goodTill: '',
    orderRef: 'demo:1:42',
    outsideRth: false,
    transmit: true,
    whatIf: false,
  });
  return { ...venue.fill(7, 42, 450.25), realizedPnl };
}

describe.each(VERSIONS)('messages at version %i', (version) => {
  it('error has the reject field from 166 on', () => {
    const layout = 'message v id code text reject>=166';
    const fields = readLayout(encodeError(version, 5, 321, 'Zürich'), layout, version);
    assert.equal(fields['code'], '321');
    assert.equal(fields['text'], 'Z\\u00fcrich');
  });

  it('contractDetails of an option', () => {
    const layout = `message v<164 reqId symbol secType expiry lastTradeDate>=182 strike right
      exchange currency localSymbol marketName tradingClass conId minTick sizeMultiplier<164
      multiplier orderTypes validExchanges priceMagnifier underConId longName primaryExchange
      contractMonth industry category subcategory timeZone tradingHours liquidHours evRule
      evMultiplier secIds aggGroup underSymbol underSecType marketRuleIds realExpiry stockType
      minSize>=164 sizeIncrement>=164 suggestedSizeIncrement>=164 ineligibilityReasons>=186`;
    const context = { marketRuleId: 26, underlyingConId: SPY.conId };
    const message = encodeContractDetails(version, 9, termsOf(PUT.conId), context);
    const fields = readLayout(message, layout, version);
    assert.equal(fields['reqId'], '9');
    assert.equal(fields['expiry'], '20230901');
    assert.equal(fields['strike'], '430');
    assert.equal(fields['conId'], String(PUT.conId));
    assert.equal(fields['multiplier'], '100');
    assert.equal(fields['underConId'], '756733');
    assert.equal(fields['contractMonth'], '202309');
    assert.equal(fields['timeZone'], 'America/New_York');
    assert.equal(fields['secIds'], '0');
    assert.equal(fields['underSecType'], 'STK');
    assert.equal(fields['marketRuleIds'], '26');
    assert.equal(fields['orderTypes'], 'DAY,GTC,GTD,IOC,LMT,MKT,OPG');
    assert.equal(fields['realExpiry'], '20230901');
  });

  it('execDetails', () => {
    const layout = `message reqId orderId ${HELD} execId time account execExchange side shares
      price permId clientId liquidation cumQty avgPrice orderRef evRule evMultiplier model
      lastLiquidity pendingPriceRevision>=178`;
    const fields = readLayout(encodeExecution(version, -1, executionOf(null)), layout, version);
    assert.equal(fields['reqId'], '-1');
    assert.equal(fields['time'], '20230803 09:31:00 America/New_York');
    assert.equal(fields['side'], 'SLD');
    assert.equal(fields['strike'], '0');
    assert.equal(fields['clientId'], '7');
    assert.equal(fields['orderRef'], 'demo:1:42');
  });
});

describe('messages of one shape', () => {
  const version = 178;
  const position = new FakeVenue().positions()[0];
  assert(position !== undefined);
  const value = { account: ACCOUNT, key: 'NetLiquidation', value: '1.00' };

  it('contractDetails of a stock names its exchanges and a market rule for each', () => {
    const context = { marketRuleId: 26, underlyingConId: 0 };
    const message = encodeContractDetails(version, 9, termsOf(SPY.conId), context);
    assert(message.includes('SMART,ARCA') && message.includes('26,26'));
    assert(message.includes('SPDR S&P 500 \\u2013 TRUST'));
    // Version 163 alone has one size field more.
    const at162 = encodeContractDetails(162, 9, termsOf(SPY.conId), context);
    const at163 = encodeContractDetails(163, 9, termsOf(SPY.conId), context);
    assert.equal(at163.length, at162.length + 1);
  });

  it('positions name the primary exchange of a stock and none of an option', () => {
    const layout = `message v account ${HELD} position avgCost`;
    const option = readLayout(encodePosition(position), layout, version);
    assert.equal(option['exchange'], '');
    assert.equal(option['position'], '10');
    assert.equal(option['avgCost'], '210');
    const stock = readLayout(encodePosition({ ...position, contract: SPY }), layout, version);
    assert.equal(stock['exchange'], 'ARCA');
    assert.deepEqual(encodePositionEnd(), [62, 1]);
  });

  it('positionMulti ends in the model', () => {
    const layout = `message v reqId account ${HELD} position avgCost model`;
    const fields = readLayout(encodePositionMulti(4, position, 'M'), layout, version);
    assert.equal(fields['model'], 'M');
    assert.deepEqual(encodePositionMultiEnd(4), [72, 1, 4]);
  });

  it('portfolio values carry worth and open profit', () => {
    const layout = `message v conId symbol secType expiry strike right multiplier primaryExchange
      currency localSymbol tradingClass position price value avgCost unrealized realized account`;
    const fields = readLayout(encodePortfolioValue(position), layout, version);
    assert.equal(fields['value'], '2100');
    assert.equal(fields['unrealized'], '0');
    const noPrice = { ...position, marketPrice: Number.NaN };
    assert.equal(readLayout(encodePortfolioValue(noPrice), layout, version)['price'], UNSET);
  });

  it('account values', () => {
    assert.deepEqual(encodeAccountValue(value), [6, 2, 'NetLiquidation', '1.00', 'USD', ACCOUNT]);
    const text = { account: ACCOUNT, key: 'AccountType', value: 'INDIVIDUAL' };
    assert.deepEqual(encodeAccountValue(text).slice(2, 5), ['AccountType', 'INDIVIDUAL', '']);
    const summary = [63, 1, 3, ACCOUNT, 'NetLiquidation', '1.00', 'USD'];
    assert.deepEqual(encodeAccountSummary(3, value), summary);
    assert.deepEqual(encodeAccountSummaryEnd(3), [64, 1, 3]);
    const multi = [73, 1, 3, ACCOUNT, 'M', 'NetLiquidation', '1.00', 'USD'];
    assert.deepEqual(encodeAccountUpdateMulti(3, 'M', value), multi);
    assert.deepEqual(encodeAccountUpdateMultiEnd(3), [74, 1, 3]);
    assert.deepEqual(encodeAccountTime(NOW), [8, 1, '09:31']);
    assert.deepEqual(encodeAccountDownloadEnd(ACCOUNT), [54, 1, ACCOUNT]);
  });

  it('profit and loss', () => {
    const pnl = encodePnl(3, { daily: 1.5, unrealized: null, realized: 0 });
    assert.deepEqual(pnl, [94, 3, 1.5, UNSET, 0]);
    assert.deepEqual(encodePnlSingle(3, [position]), [95, 3, 10, UNSET, 0, 0, 2100]);
  });

  it('commission reports leave the realized profit unset where a fill closed nothing', () => {
    const layout = 'message v execId commission currency realized yield yieldDate';
    const opening = readLayout(encodeCommission(executionOf(null)), layout, version);
    assert.equal(opening['realized'], UNSET);
    assert.equal(opening['yield'], UNSET);
    const closing = readLayout(encodeCommission(executionOf(-3.5)), layout, version);
    assert.equal(closing['realized'], '-3.5');
  });

  it('option parameters, market rules, ends and time', () => {
    const [parameters] = new FakeVenue().optionParameters(SPY.conId);
    assert(parameters !== undefined);
    const expected = [75, 3, 'SMART', SPY.conId, 'SPY', 100, 1, '20230901', 2, 430, 470];
    assert.deepEqual(encodeSecDefOptParam(3, parameters), expected);
    assert.deepEqual(encodeSecDefOptParamEnd(3), [76, 3]);
    assert.deepEqual(encodeMarketRule(26, [{ lowEdge: 0, increment: 0.01 }]), [93, 26, 1, 0, 0.01]);
    assert.deepEqual(encodeContractDetailsEnd(3), [52, 1, 3]);
    assert.deepEqual(encodeExecutionsEnd(3), [55, 1, 3]);
    assert.deepEqual(encodeCurrentTime(NOW + 999), [49, 1, NOW / 1000]);
  });

  it('ticks', () => {
    const sent = (tick: Tick) => addressed(tick, 3);
    assert.deepEqual(sent(tickPrice(1, 449.99, 300, 'quote')), [1, 6, 3, 1, 449.99, 300, 1]);
    assert.deepEqual(sent(tickPrice(1, Number.NaN, 300, 'quote')), [1, 6, 3, 1, -1, 0, 0]);
    assert.deepEqual(sent(tickPrice(4, 450, 100, 'trade')), [1, 6, 3, 4, 450, 100, 0]);
    assert.deepEqual(sent(tickSize(0, 400)), [2, 6, 3, 0, 400]);
    assert.deepEqual(sent(tickGeneric(49, 1)), [45, 6, 3, 49, 1]);
    assert.deepEqual(sent(tickString(45, '1691069460')), [46, 6, 3, 45, '1691069460']);
    assert.deepEqual(encodeMarketDataType(3, 1), [58, 1, 3, 1]);
    assert.deepEqual(encodeTickReqParams(3, 0.01, 'SMART'), [81, 3, 0.01, 'SMART', 3]);
    assert.deepEqual(encodeSnapshotEnd(3), [57, 1, 3]);
  });

  it('option computations write what is not computed as -1 and -2', () => {
    const model = { iv: 0.15, delta: -0.2, gamma: 0.01, vega: 0.4, theta: -0.05, price: 2.1 };
    const whole = addressed(optionComputation(13, { ...model, underlyingPrice: 451 }), 3);
    assert.deepEqual(whole, [21, 3, 13, 0, 0.15, -0.2, 2.1, 0, 0.01, 0.4, -0.05, 451]);
    const nan = Number.NaN;
    const missing = { iv: nan, delta: nan, gamma: nan, vega: nan, theta: nan, price: nan };
    const none = addressed(optionComputation(13, { ...missing, underlyingPrice: nan }), 3);
    assert.deepEqual(none, [21, 3, 13, 0, -1, -2, -1, 0, -2, -2, -2, -1]);
  });
});
