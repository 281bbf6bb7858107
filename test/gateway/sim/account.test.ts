import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { Exchange } from '../../../src/gateway/sim/exchange.ts';
import { expiryTime } from '../../../src/pricing/time-to-expiry.ts';
import {
  ACCOUNT,
  limit,
  MINUTE,
  openWorld,
  optionId,
  order,
  STILL,
  told,
} from './support/world.ts';

const [UNDERLYING] = STILL.underlyings;

/** Long ten calls at 90 and 110, short two puts at 110, at 100.005 of the underlying. */
function book(dte: number): Record<string, unknown> {
  const option = (strike: number, right: string) => ({ symbol: 'ABC', dte, strike, right });
  return {
    tick_ms: 60_000,
    lock_step: true,
    underlyings: [{ ...UNDERLYING, chain: { dtes: [dte], strikes: [90, 100, 110] } }],
    accounts: [
      {
        id: ACCOUNT,
        cash: 100_000,
        positions: [
          { option: option(90, 'C'), quantity: 10 },
          { option: option(110, 'C'), quantity: 10, avg_cost: 5 },
          { option: option(110, 'P'), quantity: -2 },
        ],
      },
    ],
  };
}

function positions(exchange: Exchange): readonly (readonly [string, number])[] {
  return exchange.ledger().positions.map(({ contract_key: key, position }) => [key, position]);
}

describe('options', () => {
  it('are exercised, assigned or worthless a minute after the close of their last day', async () => {
    const { exchange, events } = await openWorld({ scenario: book(0) });
    const close = expiryTime('20260914');
    const wealth = Number(exchange.accountValues(ACCOUNT)['NetLiquidation']);
    await exchange.step(close);
    assert.equal(positions(exchange).length, 3);
    await exchange.step(close + 2 * MINUTE);
    // Ten calls bring 1000 shares at 90, two puts are assigned: 200 shares at 110.
    assert.deepEqual(positions(exchange), [['ABC|STK|||', 1200]]);
    assert.equal(exchange.ledger().cash[ACCOUNT], 100_000 - 90_000 - 22_000);
    const after = Number(exchange.accountValues(ACCOUNT)['NetLiquidation']);
    assert.ok(Math.abs(after - wealth) < 150, `${wealth} → ${after}`);
    const told = events.flatMap((event) => (event.type === 'position' ? [event.position] : []));
    assert.equal(told.at(-1)?.contract.secType, 'STK');
    assert.deepEqual(exchange.ledger().executions, []);
  });

  it('are exercised or assigned early, in part', async () => {
    const { exchange } = await openWorld({ scenario: book(28) });
    exchange.inject({ type: 'exercise', con_id: optionId(exchange, 110, 'P'), quantity: 1 });
    assert.deepEqual(positions(exchange).slice(2), [
      ['ABC|OPT|20261012|110|P', -1],
      ['ABC|STK|||', 100],
    ]);
    exchange.inject({ type: 'exercise', con_id: optionId(exchange, 90, 'C') });
    assert.equal(positions(exchange).at(-1)?.[1], 1100);
    const before = JSON.stringify(exchange.ledger().positions);
    exchange.inject({ type: 'exercise', con_id: 77 });
    assert.equal(JSON.stringify(exchange.ledger().positions), before);
  });
});

describe('dividends', () => {
  it('are paid to who is long, by who is short, and taken off the price', async () => {
    const { exchange } = await openWorld();
    exchange.place(order({ side: 'SELL' }));
    const cash = exchange.ledger().cash[ACCOUNT] ?? 0;
    exchange.inject({ type: 'dividend', symbol: 'ABC', amount: 1.5 });
    assert.equal(exchange.ledger().cash[ACCOUNT], cash - 150);
    assert.ok(Math.abs(exchange.price('ABC') - 98.505) < 0.011);
  });
});

describe('Regulation T', () => {
  const POOR = { margin: 'reg_t', accounts: [{ id: ACCOUNT, cash: 10_000, positions: [] }] };

  it('rejects what the account cannot carry, and lets it close what it has', async () => {
    const { exchange, events } = await openWorld({ scenario: POOR });
    exchange.place(order({ quantity: 150 }));
    assert.equal(told(events).at(-1), 'Filled');
    exchange.place(order({ orderId: 2, quantity: 100 }));
    assert.deepEqual(told(events).slice(-2), ['Inactive', 'error 201']);
    exchange.place(order({ orderId: 3, side: 'SELL', quantity: 150 }));
    assert.equal(told(events).at(-1), 'Filled');
  });

  it('refuses a larger size than the account can carry, and the order works on', async () => {
    const { exchange, events } = await openWorld({ scenario: POOR });
    exchange.place(limit(99, { quantity: 150 }));
    exchange.place(limit(99, { quantity: 250 }));
    assert.equal(told(events).at(-1), 'error 201');
    assert.equal(exchange.openOrders()[0]?.quantity, 150);
  });

  it('shows in the account and in a what-if, with its commission', async () => {
    const { exchange, events } = await openWorld({ scenario: POOR });
    exchange.place(order({ quantity: 100 }));
    const values = exchange.accountValues(ACCOUNT);
    assert.equal(values['InitMarginReq'], '5000.25');
    assert.equal(values['MaintMarginReq'], '2500.13');
    assert.ok(Number(values['AvailableFunds']) < 5000);
    // What is above the maintenance margin, as a share of what the account is worth.
    assert.equal(values['Cushion'], '0.74995');
    exchange.place(order({ orderId: 2, side: 'SELL', quantity: 100, whatIf: true }));
    const whatIf = events.at(-1);
    assert.ok(whatIf?.type === 'whatIf');
    assert.deepEqual([whatIf.initMarginChange, whatIf.commission], [-5000.25, 1]);
  });

  it('asks for a fifth of the underlying behind a short option', async () => {
    const { exchange, events } = await openWorld({ scenario: POOR });
    const conId = optionId(exchange, 100, 'C');
    exchange.place(order({ conId, side: 'SELL', quantity: 4 }));
    assert.equal(told(events).at(-1), 'Filled');
    exchange.place(order({ conId, side: 'SELL', quantity: 4, orderId: 2 }));
    assert.equal(told(events).at(-1), 'error 201');
  });
});

describe('a price collar', () => {
  it('cancels a limit far beyond the market and takes one within', async () => {
    const { exchange, events } = await openWorld({ scenario: { collar_pct: 5 } });
    exchange.place(limit(106));
    assert.deepEqual(told(events), ['Cancelled', 'error 202']);
    exchange.place(limit(104, { orderId: 2 }));
    assert.equal(told(events).at(-1), 'Filled');
    exchange.place(limit(94, { orderId: 3, side: 'SELL' }));
    assert.equal(told(events).at(-1), 'error 202');
  });

  it('refuses to change an order to beyond it, and the order works on', async () => {
    const { exchange, events } = await openWorld({ scenario: { collar_pct: 5 } });
    exchange.place(limit(99));
    exchange.place(limit(106));
    assert.equal(told(events).at(-1), 'error 202');
    assert.equal(exchange.openOrders()[0]?.limitPrice, 99);
  });
});

describe('tiered commissions', () => {
  it('are a third of a cent a share with fees, and 35 cents at least', async () => {
    const { exchange } = await openWorld({ scenario: { commissions: { plan: 'tiered' } } });
    exchange.place(order({ quantity: 10 }));
    exchange.place(order({ orderId: 2, quantity: 1000 }));
    exchange.place(order({ orderId: 3, quantity: 4, conId: optionId(exchange, 100, 'C') }));
    assert.deepEqual(
      exchange.ledger().executions.map(({ commission }) => commission),
      [0.382257, 6.702573, 2.76],
    );
  });
});

describe('several accounts', () => {
  it('share the market and nothing else', async () => {
    const second = { id: 'DU0000002', cash: 5000, positions: [] };
    const { exchange } = await openWorld({
      scenario: { accounts: [...STILL.accounts, second] },
    });
    exchange.place(order({ account: 'DU0000002', quantity: 10 }));
    exchange.place(order({ account: '', orderId: 2 }));
    const { positions: held, cash } = exchange.ledger();
    assert.deepEqual(
      held.map(({ account, position }) => [account, position]),
      [['DU0000002', 10]],
    );
    assert.equal(cash[ACCOUNT], 100_000);
  });
});

describe('a short sale', () => {
  const scarce = { underlyings: [{ ...UNDERLYING, shortable_shares: 150 }] };

  it('beyond what can be borrowed is held for a locate, and goes on when shares come back', async () => {
    const { exchange, clock, events } = await openWorld({ scenario: scarce });
    exchange.place(order({ side: 'SELL', quantity: 100 }));
    assert.equal(told(events).at(-1), 'Filled');
    exchange.place(order({ orderId: 2, side: 'SELL', quantity: 100, tif: 'GTC' }));
    assert.deepEqual(told(events).slice(-2), ['Inactive', 'error 404']);
    assert.equal(exchange.openOrders()[0]?.whyHeld, 'locate');
    clock.advanceBy(3 * MINUTE);
    assert.equal(told(events).at(-1), 'error 404', 'said once');
    exchange.place(order({ orderId: 3, quantity: 60 }));
    clock.advanceBy(MINUTE);
    assert.equal(exchange.openOrders().length, 0);
    assert.equal(exchange.ledger().positions[0]?.position, -140);
    assert.equal(exchange.completedOrders().at(-1)?.whyHeld, '');
  });

  it('of shares that are held needs none to be borrowed, and a held one can be cancelled', async () => {
    const { exchange, events } = await openWorld({
      scenario: { underlyings: [{ ...UNDERLYING, shortable_shares: 0 }] },
    });
    exchange.place(order({ quantity: 10 }));
    exchange.place(order({ orderId: 2, side: 'SELL', quantity: 10 }));
    assert.equal(told(events).at(-1), 'Filled');
    exchange.place(order({ orderId: 3, side: 'SELL', quantity: 1 }));
    exchange.cancel(1, 3);
    assert.deepEqual(told(events).slice(-2), ['Cancelled', 'error 202']);
    assert.equal(exchange.research?.statistics(77)?.shortableShares, 0);
  });
});
