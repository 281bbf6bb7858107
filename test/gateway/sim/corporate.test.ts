import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { OptionContract } from '../../../src/domain/contract.ts';
import { Fault } from '../../../src/fault.ts';
import type { Exchange } from '../../../src/gateway/sim/exchange.ts';
import {
  createMemoryJournal,
  type ExchangeJournal,
} from '../../../src/gateway/sim/exchange-journal.ts';
import { faultSchema } from '../../../src/gateway/sim/fault-schema.ts';
import { type ExchangeState, restoreState, storeState } from '../../../src/gateway/sim/state.ts';
import {
  ACCOUNT,
  limit,
  openWorld,
  optionId,
  order,
  RECORDED,
  STILL,
  told,
  type World,
} from './support/world.ts';

const [UNDERLYING] = STILL.underlyings;
const option = (strike: number, right: string) => ({ symbol: 'ABC', dte: 28, strike, right });

/** 105 shares at 98, four long calls at 100, two short puts at 90. */
function book(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    tick_ms: 60_000,
    lock_step: true,
    accounts: [
      {
        id: ACCOUNT,
        cash: 50_000,
        positions: [
          { symbol: 'ABC', quantity: 105, avg_cost: 98 },
          { option: option(100, 'C'), quantity: 4, avg_cost: 360 },
          { option: option(90, 'P'), quantity: -2, avg_cost: 70 },
        ],
      },
    ],
    underlyings: [{ ...UNDERLYING, ...changes }],
  };
}

function inject({ exchange }: World, fault: Record<string, unknown>): void {
  exchange.inject(faultSchema.parse(fault));
}

function held(exchange: Exchange): readonly (readonly [string, number, number])[] {
  return exchange.ledger().positions.map(({ contract_key: key, position, avg_cost: cost }) => {
    return [key, position, Math.round(cost * 1e6) / 1e6] as const;
  });
}

function wealth(exchange: Exchange): number {
  return Number(exchange.accountValues(ACCOUNT)['NetLiquidation']);
}

function options(exchange: Exchange): readonly OptionContract[] {
  const query = { conId: 0, symbol: 'ABC', secType: 'OPT', expiry: '', strike: 0, right: '' };
  return exchange
    .findContracts(query)
    .map(({ contract }) => contract)
    .filter((contract) => contract.secType === 'OPT');
}

describe('a split into whole shares', () => {
  it('multiplies shares and contracts, divides prices and strikes, and keeps the wealth', async () => {
    const world = await openWorld({ scenario: book() });
    const { exchange, events } = world;
    const [before, old] = [wealth(exchange), optionId(exchange, 100, 'C')];
    inject(world, { type: 'split', symbol: 'ABC', to: 2 });
    assert.deepEqual(held(exchange), [
      ['ABC|STK|||', 210, 49],
      ['ABC|OPT|20261012|45|P', -4, 35],
      ['ABC|OPT|20261012|50|C', 8, 180],
    ]);
    assert.ok(Math.abs(exchange.price('ABC') - 50.0025) < 0.011);
    assert.ok(Math.abs((exchange.quote(77)?.close ?? 0) - 50) < 0.011);
    // Quotes are in cents: half of an odd cent is a cent here and there.
    assert.ok(Math.abs(wealth(exchange) - before) < 12, `${before} → ${wealth(exchange)}`);
    const next = optionId(exchange, 50, 'C');
    assert.notEqual(next, old);
    assert.equal(exchange.quote(old), null);
    const stream = events.flatMap((event) =>
      event.type === 'position' ? [[event.position.contract.conId, event.position.quantity]] : [],
    );
    assert.deepEqual(stream[0], [77, 210]);
    assert.deepEqual(stream.slice(-2), [
      [old, 0],
      [next, 8],
    ]);
  });

  it('ends the orders in the stock and its options, and none beside', async () => {
    const other = { ...UNDERLYING, symbol: 'XYZ', con_id: 78, chain: undefined };
    const world = await openWorld({ scenario: { underlyings: [UNDERLYING, other] } });
    const { exchange, events } = world;
    exchange.place(limit(90, { tif: 'GTC' }));
    exchange.place(limit(1, { orderId: 2, conId: optionId(exchange, 100, 'C') }));
    exchange.place(limit(90, { orderId: 3, conId: 78 }));
    inject(world, { type: 'split', symbol: 'ABC', to: 3 });
    assert.deepEqual(told(events).slice(-4), ['Cancelled', 'error 202', 'Cancelled', 'error 202']);
    assert.deepEqual(
      exchange.openOrders().map(({ orderId }) => orderId),
      [3],
    );
  });

  it('lets the new shares and options trade, and reads the past in the new shares', async () => {
    const world = await openWorld({ scenario: book() });
    const { exchange } = world;
    const bars = () => exchange.research?.bars(77, 0, exchange.now() + 1, 86_400_000, 'TRADES');
    const first = bars()?.at(-30);
    inject(world, { type: 'split', symbol: 'ABC', to: 5 });
    exchange.place(order({ side: 'SELL', quantity: 25 }));
    exchange.place(
      order({ orderId: 2, side: 'SELL', quantity: 1, conId: optionId(exchange, 20, 'C') }),
    );
    assert.deepEqual(
      exchange.completedOrders().map(({ status }) => status),
      ['Filled', 'Filled'],
    );
    const after = bars()?.at(-30);
    assert.ok(Math.abs((after?.close ?? 0) - (first?.close ?? 0) / 5) < 0.011);
    assert.equal(after?.volume, (first?.volume ?? 0) * 5);
  });
});

describe('a split into parts of shares', () => {
  it('three for two: a contract delivers 150 shares under another class, at its strike', async () => {
    const world = await openWorld({ scenario: book() });
    const { exchange } = world;
    const [before, conId] = [wealth(exchange), optionId(exchange, 100, 'C')];
    inject(world, { type: 'split', symbol: 'ABC', to: 3, from: 2 });
    const contract = options(exchange).find((entry) => entry.conId === conId);
    assert.equal(contract?.tradingClass, 'ABC1');
    assert.equal(contract?.strike, 100);
    assert.equal(contract?.multiplier, 100);
    assert.equal(contract?.localSymbol, 'ABC1  261012C00100000');
    // 157.5 shares: the half is paid out at 66.67.
    assert.deepEqual(held(exchange)[0], ['ABC|STK|||', 157, Math.round((98 / 1.5) * 1e6) / 1e6]);
    const paid = (exchange.ledger().cash[ACCOUNT] ?? 0) - 50_000;
    assert.ok(Math.abs(paid - 33.335) < 0.01, String(paid));
    assert.ok(Math.abs(wealth(exchange) - before) < 12, `${before} → ${wealth(exchange)}`);
    inject(world, { type: 'exercise', con_id: conId, quantity: 1 });
    assert.equal(held(exchange)[0]?.[1], 307);
  });

  it('one for ten: a contract delivers ten shares, and greeks follow', async () => {
    const world = await openWorld({ scenario: book() });
    const { exchange } = world;
    const conId = optionId(exchange, 100, 'C');
    const [before, delta] = [wealth(exchange), exchange.quote(conId)?.model?.delta ?? 0];
    inject(world, { type: 'split', symbol: 'ABC', to: 1, from: 10 });
    assert.ok(Math.abs(exchange.price('ABC') - 1000.05) < 0.011);
    // 10.5 shares: the half is paid out at 1000.05.
    assert.equal(held(exchange)[0]?.[1], 10);
    assert.ok(Math.abs(wealth(exchange) - before) < 12, `${before} → ${wealth(exchange)}`);
    const model = exchange.quote(conId)?.model;
    assert.ok(Math.abs((model?.delta ?? 0) - delta / 10) < 1e-3);
    assert.equal(model?.underlyingPrice, 1000.05);
    const [parameters] = exchange.optionParameters(77);
    assert.equal(parameters?.tradingClass, 'ABC1');
    inject(world, { type: 'exercise', con_id: conId, quantity: 1 });
    // Ten shares for a hundred times the strike.
    assert.equal(held(exchange)[0]?.[1], 20);
    const cash = exchange.ledger().cash[ACCOUNT] ?? 0;
    assert.ok(Math.abs(cash - (50_000 + 500.025 - 10_000)) < 0.01, String(cash));
  });

  it('pays a short fraction by who is short', async () => {
    const accounts = [{ id: ACCOUNT, cash: 0, positions: [{ symbol: 'ABC', quantity: -25 }] }];
    const world = await openWorld({ scenario: { accounts } });
    inject(world, { type: 'split', symbol: 'ABC', to: 1, from: 10 });
    assert.equal(held(world.exchange)[0]?.[1], -2);
    assert.ok(Math.abs((world.exchange.ledger().cash[ACCOUNT] ?? 0) + 500.025) < 1e-6);
  });
});

describe('other terms of options', () => {
  it('change class, multiplier, strike and what is delivered, under the same id', async () => {
    const world = await openWorld({ scenario: book() });
    const { exchange, events } = world;
    const conId = optionId(exchange, 100, 'C');
    const change = { trading_class: 'ABCX', multiplier: 50, strike_less: 2, shares: 60, cash: 125 };
    inject(world, { type: 'adjust_options', symbol: 'ABC', ...change });
    const contract = options(exchange).find((entry) => entry.conId === conId);
    const { strike, multiplier, tradingClass } = contract ?? {};
    assert.deepEqual([strike, multiplier, tradingClass], [98, 50, 'ABCX']);
    const streamed = events.find(
      (event) => event.type === 'position' && event.position.contract.conId === conId,
    );
    assert.ok(streamed?.type === 'position');
    assert.deepEqual(streamed.position.contract, contract);
    inject(world, { type: 'exercise', con_id: conId, quantity: 1 });
    assert.equal(held(exchange)[0]?.[1], 165);
    // Fifty times the strike, less the cash that comes beside the shares.
    assert.equal(exchange.ledger().cash[ACCOUNT], 50_000 - 4900 + 125);
  });

  it('can come under new ids', async () => {
    const world = await openWorld({ scenario: book() });
    const before = optionId(world.exchange, 100, 'C');
    inject(world, { type: 'adjust_options', symbol: 'ABC', new_ids: true });
    const ids = options(world.exchange).map(({ conId }) => conId);
    assert.ok(!ids.includes(before));
    assert.equal(new Set(ids).size, 6);
    assert.equal(held(world.exchange).find(([key]) => key.endsWith('C'))?.[1], 4);
  });

  it('leave recorded prices alone: a split of them is refused', async () => {
    const { TAPE_STOCK, tapeOf } = await import('./support/world.ts');
    const quote = { ts: Date.UTC(2023, 7, 3, 13, 31), conId: TAPE_STOCK.conId };
    const sides = { bid: 449.9, ask: 450, bidSize: 100, askSize: 100, last: 450 };
    const world = await openWorld({ scenario: RECORDED, tape: tapeOf([{ ...quote, ...sides }]) });
    assert.throws(
      () => inject(world, { type: 'split', symbol: 'SPY', to: 2 }),
      (error) => error instanceof Fault && error.code === 'conflict',
    );
  });
});

describe('what a company did', () => {
  it('is still so after a restart', async () => {
    let kept: ExchangeState | null = null;
    const journal = (found: ExchangeState | null): ExchangeJournal => ({
      ...createMemoryJournal(),
      found,
      append: (_, state) => {
        kept = restoreState(JSON.parse(JSON.stringify(storeState(state))));
      },
    });
    const first = await openWorld({ scenario: book(), journal: journal(null) });
    inject(first, { type: 'split', symbol: 'ABC', to: 2 });
    inject(first, { type: 'split', symbol: 'ABC', to: 1, from: 4 });
    const asked = { clientId: 1, id: 50, account: ACCOUNT, action: 1, quantity: 1, override: true };
    first.exchange.exercise({ ...asked, conId: optionId(first.exchange, 50, 'C') });
    first.exchange.close();
    const again = await openWorld({ scenario: book(), journal: journal(kept) });
    assert.deepEqual(options(again.exchange), options(first.exchange));
    assert.deepEqual(held(again.exchange), held(first.exchange));
    assert.equal(again.exchange.price('ABC'), first.exchange.price('ABC'));
    const conId = optionId(again.exchange, 50, 'C');
    assert.deepEqual(again.exchange.quote(conId)?.bid, first.exchange.quote(conId)?.bid);
    await again.exchange.step(Date.UTC(2026, 8, 14, 20, 2));
    const kinds = again.exchange.ledger().option_events.map(({ kind }) => kind);
    assert.equal(kinds.at(-1), 'exercise', 'what a holder has asked for is not forgotten');
  });

  it('happens on its day in a scenario, before the first trade', async () => {
    const scenario = book({ splits: [{ date: '20260915', to: 2 }] });
    const { exchange } = await openWorld({ scenario });
    await exchange.step(Date.UTC(2026, 8, 15, 7, 29));
    assert.equal(held(exchange)[0]?.[1], 105);
    await exchange.step(Date.UTC(2026, 8, 15, 7, 31));
    assert.equal(held(exchange)[0]?.[1], 210);
    await exchange.step(Date.UTC(2026, 8, 15, 14, 0));
    assert.ok(Math.abs(exchange.price('ABC') - 50) < 0.02);
    assert.ok(Math.abs((exchange.quote(77)?.close ?? 0) - 50) < 0.02);
    const kinds = exchange.ledger().option_events.map(({ kind }) => kind);
    assert.deepEqual(kinds, ['split', 'split', 'split']);
  });
});

describe('a dividend of a scenario', () => {
  const dividends = [{ ex_date: '20260915', pay_date: '20260917', amount: 0.8 }];

  it('lowers the price on its ex-date, and is paid later to who held the shares then', async () => {
    const { exchange } = await openWorld({ scenario: book({ dividends }) });
    await exchange.step(Date.UTC(2026, 8, 14, 20, 1));
    const before = exchange.price('ABC');
    await exchange.step(Date.UTC(2026, 8, 15, 14, 0));
    assert.ok(Math.abs(exchange.price('ABC') - (before - 0.8)) < 0.011);
    assert.equal(exchange.ledger().cash[ACCOUNT], 50_000);
    assert.equal(exchange.accountValues(ACCOUNT)['AccruedDividend'], '84.00');
    exchange.place(order({ side: 'SELL', quantity: 105 }));
    const cash = exchange.ledger().cash[ACCOUNT] ?? 0;
    await exchange.step(Date.UTC(2026, 8, 17, 14, 0));
    assert.ok(Math.abs((exchange.ledger().cash[ACCOUNT] ?? 0) - (cash + 84)) < 1e-9);
    assert.equal(exchange.accountValues(ACCOUNT)['AccruedDividend'], '0.00');
  });

  it('is told of beforehand, and options know of it', async () => {
    const { exchange } = await openWorld({ scenario: book({ dividends }) });
    assert.deepEqual(exchange.research?.dividends(77), {
      past12Months: 0,
      next12Months: 0.8,
      nextDate: '20260915',
      nextAmount: 0.8,
    });
    const plain = await openWorld({ scenario: book() });
    const price = (one: Exchange) => one.quote(optionId(one, 100, 'C'))?.model?.price ?? 0;
    const apart = price(plain.exchange) - price(exchange);
    assert.ok(apart > 0.35 && apart < 0.5, `a call is worth ${apart} less`);
    assert.equal(plain.exchange.research?.dividends(77), null);
    await exchange.step(Date.UTC(2026, 8, 16, 14, 0));
    assert.equal(exchange.research?.dividends(77)?.past12Months, 0.8);
    assert.equal(exchange.research?.dividends(77)?.nextDate, '');
  });

  it('makes an option jump by no more than time on its ex-date', async () => {
    const { exchange } = await openWorld({ scenario: book({ dividends }) });
    const conId = optionId(exchange, 100, 'C');
    await exchange.step(Date.UTC(2026, 8, 15, 7, 29));
    const before = exchange.quote(conId)?.model?.price ?? 0;
    await exchange.step(Date.UTC(2026, 8, 15, 7, 31));
    assert.ok(Math.abs((exchange.quote(conId)?.model?.price ?? 0) - before) < 0.01);
  });
});
