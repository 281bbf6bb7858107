import { strict as assert } from 'node:assert';
import { describe, it } from 'vitest';
import {
  encodeCompletedOrder,
  encodeCompletedOrdersEnd,
  encodeOpenOrder,
  encodeOpenOrderEnd,
  encodeOrderBound,
  encodeOrderStatus,
} from '../../../src/gateway/tws/encode-order.ts';
import { ACCOUNT, NOW, PUT, SELL_ORDER } from './support/fake-venue.ts';
import { readLayout, VERSIONS } from './support/layout.ts';

const UNSET = '1.7976931348623157E308';

const CONTRACT = `conId symbol secType expiry strike right multiplier exchange currency localSymbol
  tradingClass`;
const TERMS = `action quantity orderType limitPrice auxPrice tif ocaGroup account openClose origin
  orderRef`;
const ADVISER = 'faGroup faMethod faPercentage faProfile<177';

const OPEN_ORDER = `message orderId ${CONTRACT} ${TERMS} clientId permId outsideRth hidden
  discretionary goodAfter sharesAllocation ${ADVISER} model goodTill rule80A percentOffset
  settlingFirm shortSaleSlot designatedLocation exemptCode auctionStrategy startingPrice
  stockRefPrice delta rangeLower rangeUpper displaySize block sweepToFill allOrNone minQty ocaType
  eTradeOnly firmQuoteOnly nbboPriceCap parentId triggerMethod volatility volatilityType
  dnOrderType dnAuxPrice dnConId dnSettlingFirm dnClearingAccount dnClearingIntent dnOpenClose
  dnShortSale dnShortSaleSlot dnLocation continuousUpdate referencePriceType trailStopPrice
  trailingPercent basisPoints basisPointsType comboDescription comboLegs orderComboLegs
  smartParams scaleInit scaleSubs scaleIncrement hedgeType optOutSmart clearingAccount
  clearingIntent notHeld deltaNeutral algoStrategy solicited whatIf status initBefore maintBefore
  equityBefore initChange maintChange equityChange initAfter maintAfter equityAfter commission
  minCommission maxCommission commissionCurrency warning randomizeSize randomizePrice conditions
  adjustedType triggerPrice adjTrailStopPrice limitOffset adjustedStop adjustedStopLimit
  adjustedTrail adjustedUnit softName softValue softDisplay cashQty noAutoPriceForHedge
  isOmsContainer discretionaryUpToLimit usePriceMgmt duration>=158 postToAts>=160
  autoCancelParent>=162 minTradeQty>=170 minCompeteSize>=170 competeOffset>=170
  midOffsetWhole>=170 midOffsetHalf>=170 customerAccount>=183 professional>=184
  bondInterest>=185 overnight>=189 extOperator>=193 manualIndicator>=193`;

const COMPLETED_ORDER = `message ${CONTRACT} ${TERMS} permId outsideRth hidden discretionary
  goodAfter ${ADVISER} model goodTill rule80A percentOffset settlingFirm shortSaleSlot
  designatedLocation exemptCode startingPrice stockRefPrice delta rangeLower rangeUpper
  displaySize sweepToFill allOrNone minQty ocaType triggerMethod volatility volatilityType
  dnOrderType dnAuxPrice dnConId dnShortSale dnShortSaleSlot dnLocation continuousUpdate
  referencePriceType trailStopPrice trailingPercent comboDescription comboLegs orderComboLegs
  smartParams scaleInit scaleSubs scaleIncrement hedgeType clearingAccount clearingIntent notHeld
  deltaNeutral algoStrategy solicited status randomizeSize randomizePrice conditions
  stopPrice limitOffset cashQty noAutoPriceForHedge isOmsContainer autoCancelDate filledQuantity
  refFuturesConId autoCancelParent shareholder imbalanceOnly routeToBbo parentPermId
  completedTime completedStatus minTradeQty>=170 minCompeteSize>=170 competeOffset>=170
  midOffsetWhole>=170 midOffsetHalf>=170 customerAccount>=183 professional>=184`;

describe.each(VERSIONS)('orders at version %i', (version) => {
  it('openOrder has every field in its place', () => {
    const fields = readLayout(encodeOpenOrder(version, SELL_ORDER), OPEN_ORDER, version);
    assert.equal(fields['message'], '5');
    assert.equal(fields['orderId'], '42');
    assert.equal(fields['conId'], '756733');
    assert.equal(fields['right'], '?');
    assert.equal(fields['quantity'], '112');
    assert.equal(fields['limitPrice'], '450.25');
    assert.equal(fields['account'], ACCOUNT);
    assert.equal(fields['orderRef'], 'demo:1:42');
    assert.equal(fields['clientId'], '7');
    assert.equal(fields['permId'], '1000001');
    assert.equal(fields['sharesAllocation'], '1000001.0/DU1234567/100');
    assert.equal(fields['goodTill'], '20230803 15:59:00 America/New_York');
    assert.equal(fields['exemptCode'], '-1');
    assert.equal(fields['ocaType'], '3');
    assert.equal(fields['dnOrderType'], 'None');
    assert.equal(fields['dnOpenClose'], '?');
    assert.equal(fields['clearingIntent'], 'IB');
    assert.equal(fields['whatIf'], '0');
    assert.equal(fields['status'], 'Submitted');
    assert.equal(fields['initBefore'], UNSET);
    assert.equal(fields['equityAfter'], UNSET);
    assert.equal(fields['commission'], '');
    assert.equal(fields['adjustedType'], 'None');
    assert.equal(fields['adjustedTrail'], UNSET);
    assert.equal(fields['noAutoPriceForHedge'], '1');
    if (version >= 170) assert.equal(fields['minCompeteSize'], '100');
  });

  it('openOrder of a what-if carries margins, commission and currency', () => {
    const margins = { initMarginBefore: 500, initMarginChange: 250, equityBefore: 9000 };
    const message = encodeOpenOrder(version, SELL_ORDER, { ...margins, commission: 1.25 });
    const fields = readLayout(message, OPEN_ORDER, version);
    assert.equal(fields['whatIf'], '1');
    assert.equal(fields['initBefore'], '500');
    assert.equal(fields['initChange'], '250');
    assert.equal(fields['initAfter'], '750');
    assert.equal(fields['equityAfter'], '9000');
    assert.equal(fields['commission'], '1.25');
    assert.equal(fields['commissionCurrency'], 'USD');
  });

  it('completedOrder has every field in its place', () => {
    const done = { ...SELL_ORDER, contract: PUT, status: 'Filled', completedAt: NOW } as const;
    const message = encodeCompletedOrder(version, done);
    const fields = readLayout(message, COMPLETED_ORDER, version);
    assert.equal(fields['message'], '101');
    assert.equal(fields['strike'], '430');
    assert.equal(fields['right'], 'P');
    assert.equal(fields['multiplier'], '100');
    assert.equal(fields['permId'], '1000001');
    assert.equal(fields['goodTill'], '20230803 15:59:00 America/New_York');
    assert.equal(fields['dnOrderType'], 'None');
    assert.equal(fields['clearingIntent'], 'IB');
    assert.equal(fields['status'], 'Filled');
    assert.equal(fields['filledQuantity'], '12');
    assert.equal(fields['completedTime'], '20230803 09:31:00 America/New_York');
    assert.equal(fields['completedStatus'], 'Filled Size: 12');
  });
});

describe('short messages about orders', () => {
  const version = 178;

  it('orderStatus', () => {
    const layout = `message orderId status filled remaining avgFillPrice permId parentId
      lastFillPrice clientId whyHeld marketCapPrice`;
    const fields = readLayout(encodeOrderStatus(SELL_ORDER), layout, version);
    assert.equal(fields['filled'], '12');
    assert.equal(fields['remaining'], '100');
    assert.equal(fields['permId'], '1000001');
    assert.equal(fields['clientId'], '7');
  });

  it('ends and orderBound', () => {
    assert.deepEqual(encodeOpenOrderEnd(), [53, 1]);
    assert.deepEqual(encodeCompletedOrdersEnd(), [102]);
    assert.deepEqual(encodeOrderBound(5, 7, 42), [100, 5, 7, 42]);
  });
});
