import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { OrderSide } from '../../../src/domain/order.ts';
import { commissionOf } from '../../../src/gateway/sim/commission.ts';
import { bookFill, planFill } from '../../../src/gateway/sim/fill.ts';
import type { VenueQuote } from '../../../src/gateway/sim/venue.ts';
import { ACCOUNT, openWorld, optionId, order, scenarioOf } from './support/world.ts';

const RATES = scenarioOf().commissions;
const STOCK = {
  secType: 'STK',
  conId: 77,
  symbol: 'ABC',
  exchange: 'SMART',
  primaryExchange: 'NASDAQ',
  currency: 'USD',
} as const;
const OPTION = {
  ...STOCK,
  secType: 'OPT',
  underlyingConId: 77,
  expiry: '20261012',
  strike: 100,
  right: 'C',
  multiplier: 100,
  tradingClass: 'ABC',
  localSymbol: '',
} as const;

const QUOTE: VenueQuote = {
  conId: 77,
  bid: 99,
  ask: 101,
  last: 100,
  bidSize: 10,
  askSize: 20,
  lastSize: 1,
  close: 100,
  volume: 0,
  halted: false,
  ts: 0,
  model: null,
};

type Costs = Parameters<typeof commissionOf>[0];

function cost(
  contract: typeof STOCK | typeof OPTION,
  filled: number,
  averagePrice: number,
  more: { readonly rates?: Costs; readonly side?: OrderSide; readonly charged?: number } = {},
): number {
  const { rates = RATES, side = 'BUY', charged = 0 } = more;
  return commissionOf(rates, { contract, side, filled, averagePrice, charged });
}

describe('commission', () => {
  it('of shares is half a cent, a dollar at least, one percent of the value at most', () => {
    // IB's own examples.
    assert.equal(cost(STOCK, 100, 25), 1);
    assert.equal(cost(STOCK, 1000, 25), 5);
    assert.equal(cost(STOCK, 1000, 0.25), 2.5);
    assert.equal(cost(STOCK, 10, 0.2), 0.02, 'the maximum goes before the minimum');
  });

  it('of the parts of an order is that of the whole', () => {
    assert.equal(cost(STOCK, 100, 50, { charged: 1 }), 0, 'the second part is in the minimum');
    assert.equal(cost(STOCK, 300, 50, { charged: 1 }), 0.5);
  });

  it('of options is 65 cents, less where the premium is small, a dollar at least', () => {
    // IB's own examples, of up to 10,000 contracts a month.
    assert.equal(cost(OPTION, 1, 2), 1);
    assert.equal(cost(OPTION, 2, 5), 1.3);
    assert.equal(cost(OPTION, 3, 0.075), 1.5);
    assert.equal(cost(OPTION, 5, 0.03), 1.25);
    assert.equal(cost(OPTION, 10, 0.1), 6.5, 'ten cents are not below ten cents');
  });

  it('with the fees of a sale is that of the published comparison of both plans', () => {
    // 200,000 shares sold at 5 on Nasdaq, removing liquidity.
    const fees = { sec_rate: 0.000008, taf_each: 0.000145, taf_max: 7.27 };
    const fixed = cost(STOCK, 200_000, 5, { rates: { ...RATES, ...fees }, side: 'SELL' });
    assert.equal(fixed, 1015.27);
    const rates = { ...RATES, ...fees, plan: 'tiered' } as const;
    const tiered = cost(STOCK, 200_000, 5, { rates, side: 'SELL' });
    assert.ok(Math.abs(tiered - 1355.78) < 0.006, String(tiered));
    assert.ok(cost(STOCK, 200_000, 5, { rates }) < tiered - 15, 'a purchase pays none');
  });
});

describe('a fill', () => {
  const base = {
    side: 'BUY',
    remaining: 50,
    limitPrice: null,
    resting: false,
    sizeMax: 1e9,
  } as const;

  it('is the rest of the order, or at most what is displayed and not taken', () => {
    assert.deepEqual(planFill(QUOTE, { ...base, partial: false, taken: 0 }), {
      quantity: 50,
      price: 101,
    });
    assert.deepEqual(planFill(QUOTE, { ...base, partial: true, taken: 5 }), {
      quantity: 15,
      price: 101,
    });
    assert.equal(planFill(QUOTE, { ...base, partial: true, taken: 20 }), null);
  });

  it('needs a price on its side and no halt', () => {
    const input = { ...base, partial: false, taken: 0 };
    assert.equal(planFill({ ...QUOTE, ask: Number.NaN }, input), null);
    assert.equal(planFill({ ...QUOTE, halted: true }, input), null);
  });

  it('of a limit happens at the limit and not one tick beyond', () => {
    const input = { ...base, partial: false, taken: 0 };
    assert.equal(planFill(QUOTE, { ...input, limitPrice: 100.99 }), null);
    assert.equal(planFill(QUOTE, { ...input, limitPrice: 101 })?.price, 101);
    assert.equal(planFill(QUOTE, { ...input, limitPrice: 102, resting: true })?.price, 102);
    assert.equal(planFill(QUOTE, { ...input, side: 'SELL', limitPrice: 99 })?.price, 99);
    assert.equal(planFill(QUOTE, { ...input, side: 'SELL', limitPrice: 99.01 }), null);
  });
});

describe('a position', () => {
  it('averages its cost with commissions', () => {
    const first = bookFill({
      quantity: 0,
      avgCost: 0,
      traded: 100,
      price: 50,
      multiplier: 1,
      commission: 1,
    });
    assert.deepEqual(first, {
      quantity: 100,
      avgCost: 50.01,
      realizedPnl: null,
      cashChange: -5001,
    });
    const second = bookFill({
      ...first,
      traded: 100,
      price: 60,
      multiplier: 1,
      commission: 1,
    });
    assert.equal(second.avgCost, 55.01);
  });

  it('realises what it closes, net of both commissions', () => {
    const closed = bookFill({
      quantity: 100,
      avgCost: 50.01,
      traded: -40,
      price: 51,
      multiplier: 1,
      commission: 1,
    });
    // 40 × (51 − 50.01) − 1
    assert.ok(Math.abs((closed.realizedPnl ?? 0) - 38.6) < 1e-9);
    assert.equal(closed.quantity, 60);
    assert.ok(Math.abs(closed.avgCost - 50.01) < 1e-12);
    assert.equal(closed.cashChange, 2039);
  });

  it('turned round pays for both halves in proportion', () => {
    const turned = bookFill({
      quantity: 10,
      avgCost: 100,
      traded: -30,
      price: 110,
      multiplier: 1,
      commission: 3,
    });
    assert.equal(turned.realizedPnl, 99);
    assert.equal(turned.quantity, -20);
    assert.equal(turned.avgCost, 109.9);
  });

  it('in options counts the multiplier, per contract', () => {
    const sold = bookFill({
      quantity: 0,
      avgCost: 0,
      traded: -2,
      price: 3.5,
      multiplier: 100,
      commission: 1.3,
    });
    assert.equal(sold.avgCost, 349.35);
    assert.equal(sold.cashChange, 698.7);
  });

  it('keeps cash + quantity × cost − realised, whatever is traded', () => {
    const trade = fc.record({
      traded: fc.integer({ min: -500, max: 500 }).filter((size) => size !== 0),
      price: fc.integer({ min: 1, max: 50_000 }).map((cents) => cents / 100),
      commission: fc.integer({ min: 0, max: 500 }).map((cents) => cents / 100),
    });
    fc.assert(
      fc.property(
        fc.array(trade, { maxLength: 60 }),
        fc.constantFrom(1, 100),
        (trades, multiplier) => {
          let position = { quantity: 0, avgCost: 0 };
          let cash = 0;
          let realized = 0;
          let traded = 0;
          for (const entry of trades) {
            const booked = bookFill({ ...position, ...entry, multiplier });
            cash += booked.cashChange;
            realized += booked.realizedPnl ?? 0;
            traded += entry.traded;
            position = booked;
            const kept = cash + position.quantity * position.avgCost - realized;
            assert.ok(Math.abs(kept) < 1e-4 * multiplier, `kept ${kept}`);
            assert.equal(position.quantity, traded);
          }
        },
      ),
    );
  });
});

describe('an account', () => {
  it('has the hand-computed cash, cost and value after a round trip', async () => {
    const { exchange, events } = await openWorld();
    exchange.place(order({ quantity: 300 }));
    // 100,000 − 300 × 100.01 − 1.50
    assert.equal(exchange.ledger().cash[ACCOUNT], 69_995.5);
    const [held] = exchange.positions();
    assert.equal(held?.quantity, 300);
    assert.ok(Math.abs((held?.avgCost ?? 0) - 100.015) < 1e-9);
    // 69,995.50 + 300 × 100.005
    assert.equal(exchange.accountValues(ACCOUNT)['NetLiquidation'], '99997.00');

    exchange.movePrice('ABC', { price: 101.005 });
    exchange.place(order({ orderId: 2, side: 'SELL', quantity: 300 }));
    // 69,995.50 + 300 × 101 − 1.50
    assert.equal(exchange.ledger().cash[ACCOUNT], 100_294);
    const execution = events.findLast((event) => event.type === 'execution');
    assert.ok(execution?.type === 'execution');
    // 300 × (101 − 100.015) − 1.50
    assert.ok(Math.abs((execution.execution.realizedPnl ?? 0) - 294) < 1e-9);
    assert.deepEqual(exchange.positions(), []);
    assert.equal(exchange.accountValues(ACCOUNT)['RealizedPnL'], '294.00');
    assert.equal(exchange.accountValues(ACCOUNT)['NetLiquidation'], '100294.00');
  });

  it('carries options with their multiplier', async () => {
    const { exchange } = await openWorld();
    const conId = optionId(exchange, 100, 'C');
    const ask = exchange.quote(conId)?.ask ?? 0;
    exchange.place(order({ conId, quantity: 2 }));
    const [held] = exchange.positions();
    assert.ok(Math.abs((held?.avgCost ?? 0) - (ask * 100 + 0.65)) < 1e-9);
    assert.ok(
      Math.abs((exchange.ledger().cash[ACCOUNT] ?? 0) - (100_000 - 200 * ask - 1.3)) < 1e-6,
    );
  });

  it('may be short, and several stay apart', async () => {
    const accounts = [
      { id: 'DU0000001', cash: 1000 },
      { id: 'DU0000002', cash: 5000, positions: [{ symbol: 'ABC', quantity: -10 }] },
    ];
    const { exchange } = await openWorld({ scenario: { accounts } });
    assert.deepEqual(exchange.accounts, ['DU0000001', 'DU0000002']);
    exchange.place(order({ account: 'DU0000001', side: 'SELL', quantity: 5 }));
    const positions = exchange.ledger().positions.map((p) => [p.account, p.position]);
    assert.deepEqual(positions, [
      ['DU0000001', -5],
      ['DU0000002', -10],
    ]);
    assert.equal(exchange.ledger().cash['DU0000002'], 5000);
    // 5000 − 10 × 100.005
    assert.equal(exchange.accountValues('DU0000002')['NetLiquidation'], '3999.95');
  });
});

describe('whatever is ordered', () => {
  const command = fc.record({
    kind: fc.constantFrom('place', 'place', 'place', 'cancel', 'move'),
    orderId: fc.integer({ min: 1, max: 25 }),
    clientId: fc.integer({ min: 1, max: 2 }),
    line: fc.constantFrom('stock', 'option'),
    side: fc.constantFrom<OrderSide[]>('BUY', 'SELL'),
    quantity: fc.integer({ min: 1, max: 300 }),
    // Cents around the market; zero is a market order.
    offset: fc.integer({ min: -30, max: 30 }),
    tif: fc.constantFrom('DAY', 'IOC', 'GTC'),
    waitMs: fc.integer({ min: 0, max: 3000 }),
  });

  it('positions and cash are the sum of executions; no order fills beyond its size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        const model = { volatility: 1, size: 80 };
        const chain = { dtes: [28], strikes: [100] };
        const world = await openWorld({
          scenario: {
            underlyings: [{ symbol: 'ABC', con_id: 77, price: 100, model, chain }],
            fills: { partial: true, latency_ms: [0, 400] },
          },
        });
        const { exchange, clock } = world;
        for (const { kind, offset, waitMs, line, ...rest } of commands) {
          const conId = line === 'stock' ? 77 : optionId(exchange, 100, 'C');
          const near = Math.round((exchange.quote(conId)?.ask ?? 1) * 100) + offset;
          const limitPrice = offset === 0 ? null : Math.max(1, near) / 100;
          const orderType = offset === 0 ? 'MKT' : 'LMT';
          if (kind === 'cancel') exchange.cancel(rest.clientId, rest.orderId);
          else if (kind === 'move') exchange.movePrice('ABC', { pct: offset / 20 });
          else exchange.place(order({ ...rest, conId, orderType, limitPrice }));
          clock.advanceBy(waitMs);
        }
        const ledger = exchange.ledger();
        const owned = new Map<number, number>();
        let cash = 100_000;
        for (const execution of ledger.executions) {
          const signed = execution.side === 'BUY' ? execution.quantity : -execution.quantity;
          owned.set(execution.con_id, (owned.get(execution.con_id) ?? 0) + signed);
          const multiplier = execution.sec_type === 'OPT' ? 100 : 1;
          cash -= signed * execution.price * multiplier + execution.commission;
        }
        assert.ok(Math.abs((ledger.cash[ACCOUNT] ?? 0) - cash) < 1e-4);
        for (const [conId, quantity] of owned) {
          const held = ledger.positions.find((position) => position.con_id === conId);
          assert.equal(held?.position ?? 0, quantity);
        }
        for (const entry of ledger.orders) {
          assert.ok(entry.filled <= entry.quantity);
          const parts = ledger.executions.filter(({ perm_id }) => perm_id === entry.perm_id);
          assert.equal(
            parts.reduce((sum, part) => sum + part.quantity, 0),
            entry.filled,
          );
        }
        exchange.close();
      }),
      { numRuns: 60 },
    );
  });
});
