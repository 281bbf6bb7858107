import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { newYorkDate } from '../../../src/domain/calendar.ts';
import type { Exchange } from '../../../src/gateway/sim/exchange.ts';
import { limit, MINUTE, openWorld, optionId, order, SECOND, told } from './support/world.ts';

const DAY = 86_400_000;

function bars({ research, now }: Exchange, days: number, barMs: number, conId = 77) {
  return research?.bars(conId, now() - days * DAY, now() + 1, barMs) ?? [];
}

const MOVING = {
  underlyings: [
    { symbol: 'ABC', con_id: 77, price: 100, previous_close: 99, model: { volatility: 0.4 } },
  ],
};

describe('a history', () => {
  it('has a past that ends where the market begins, the same in every run', async () => {
    const { exchange } = await openWorld({ scenario: MOVING });
    const minutes = bars(exchange, 4, MINUTE);
    assert.ok(minutes.length > 390);
    assert.ok(Math.abs((minutes.at(-1)?.close ?? 0) - 100) < 0.6);
    for (const bar of minutes) {
      assert.ok(bar.low <= Math.min(bar.open, bar.close));
      assert.ok(bar.high >= Math.max(bar.open, bar.close) && bar.low > 0);
    }
    const again = await openWorld({ scenario: MOVING });
    assert.deepEqual(bars(again.exchange, 4, MINUTE), minutes);
  });

  it('has one daily bar for each session, and closes yesterday at the known close', async () => {
    const { exchange } = await openWorld({ scenario: MOVING });
    const daily = bars(exchange, 30, DAY);
    const days = daily.map(({ ts }) => newYorkDate(ts));
    assert.equal(new Set(days).size, days.length);
    assert.ok(days.length >= 19 && days.length <= 23, String(days.length));
    assert.ok(Math.abs((daily.at(-2)?.close ?? 0) - 99) < 0.01);
    const head = exchange.research?.headTime(77) ?? 0;
    assert.ok(exchange.now() - head > 300 * DAY);
  });

  it('goes on with what is seen', async () => {
    const { exchange, clock } = await openWorld();
    exchange.movePrice('ABC', { price: 110 });
    clock.advanceBy(10 * SECOND);
    exchange.movePrice('ABC', { price: 105 });
    const [bar] =
      exchange.research?.bars(77, exchange.now() - MINUTE, exchange.now() + 1, 60_000) ?? [];
    assert.ok(bar !== undefined);
    const last = bars(exchange, 1, MINUTE).at(-1);
    assert.deepEqual([last?.high, last?.close], [110.005, 105.005]);
  });
});

describe('computations', () => {
  it('give back the volatility of a price', async () => {
    const { exchange } = await openWorld();
    const conId = optionId(exchange, 100, 'C');
    const priced = exchange.research?.computeOption(conId, 100, { volatility: 0.25 });
    const implied = exchange.research?.computeOption(conId, 100, { price: priced?.price ?? 0 });
    assert.ok(Math.abs((implied?.iv ?? 0) - 0.25) < 1e-9);
    assert.equal(exchange.research?.computeOption(77, 100, { volatility: 0.25 }), null);
    assert.equal(exchange.research?.computeOption(conId, 100, { price: 500 }), null);
    assert.equal(exchange.research?.statistics(conId), null);
    assert.equal(exchange.research?.statistics(77)?.impliedVol, 0.3);
  });
});

describe('orders beside market and limit', () => {
  it('MIDPRICE trades in the middle, not above its cap', async () => {
    const { exchange, events } = await openWorld();
    exchange.movePrice('ABC', { price: 100.01 });
    exchange.inject({ type: 'wide_spread', on: true, factor: 20 });
    exchange.place(order({ orderType: 'MIDPRICE' }));
    const [execution] = exchange.ledger().executions;
    const { bid = 0, ask = 0 } = exchange.quote(77) ?? {};
    assert.ok(execution !== undefined && execution.price > bid && execution.price < ask);
    exchange.place(limit(99, { orderId: 2, orderType: 'MIDPRICE' }));
    assert.equal(told(events).at(-1), 'Submitted');
  });

  it('OPG waits for the next opening and ends with it', async () => {
    const { exchange, clock, events } = await openWorld({
      scenario: { skip_closed: true, tick_ms: 30_000 },
    });
    exchange.place(order({ tif: 'OPG' }));
    exchange.place(limit(50, { orderId: 2, tif: 'OPG' }));
    assert.ok(told(events).includes('error 399'));
    clock.advanceBy(6.2 * 3600 * SECOND);
    const [filled, ended] = exchange.ledger().orders;
    assert.deepEqual([filled?.status, ended?.status], ['Filled', 'Cancelled']);
  }, 20_000);
});
