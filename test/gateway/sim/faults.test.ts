import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import {
  FAULT_TYPES,
  type FaultInput,
  faultSchema,
} from '../../../src/gateway/sim/fault-schema.ts';
import type { VenueEvent, VenueQuote } from '../../../src/gateway/sim/venue.ts';
import {
  ACCOUNT,
  limit,
  MINUTE,
  openWorld,
  optionId,
  order,
  SECOND,
  scenarioOf,
  told,
  type World,
} from './support/world.ts';

function inject({ exchange }: World, fault: Record<string, unknown>): void {
  exchange.inject(faultSchema.parse(fault));
}

/** What the ledger says of faults, without their times. */
function noted({ exchange }: World): readonly Record<string, unknown>[] {
  return exchange.ledger().faults.map(({ ts, ...fault }) => fault);
}

async function openWith(fault: Record<string, unknown>): Promise<World> {
  const world = await openWorld();
  inject(world, fault);
  return world;
}

const execIds = (events: readonly VenueEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'execution' ? [event.execution.execId] : []));

describe('faults of orders', () => {
  it('are taken one at a time unless they say otherwise, and note what they hit', async () => {
    const world = await openWith({ type: 'reject', count: 2 });
    for (const orderId of [1, 2, 3]) world.exchange.place(order({ orderId }));
    const rejected = ['Inactive', 'error 201'];
    assert.deepEqual(told(world.events).slice(0, 4), [...rejected, ...rejected]);
    assert.equal(told(world.events).at(-1), 'Filled');
    assert.deepEqual(
      noted(world).map((fault) => fault['order_id']),
      [undefined, 1, 2],
    );
    assert.equal(noted(world)[1]?.['order_ref'], 'ref-1');
  });

  it('reject by the code that is asked for; a price cap cancels', async () => {
    const world = await openWith({ type: 'reject', code: 202 });
    world.exchange.place(order());
    assert.deepEqual(told(world.events), ['Cancelled', 'error 202']);
    assert.equal(world.exchange.openOrders().length, 0);
  });

  it('lose an order without a word: neither side knows it, and its id is used', async () => {
    const world = await openWith({ type: 'drop_order' });
    world.exchange.place(order());
    world.clock.advanceBy(MINUTE);
    assert.deepEqual(told(world.events), []);
    assert.deepEqual(world.exchange.ledger().orders, []);
    assert.equal(world.exchange.nextOrderId(1), 2);
  });

  it('keep an order silent that fills all the same', async () => {
    const world = await openWith({ type: 'no_ack' });
    world.exchange.place(order());
    assert.deepEqual(told(world.events), []);
    assert.equal(world.exchange.ledger().orders[0]?.status, 'Filled');
    assert.ok(world.events.some(({ type }) => type === 'position'));
    world.exchange.place(order({ orderId: 2 }));
    assert.equal(told(world.events).at(-1), 'Filled');
  });

  it('acknowledge late', async () => {
    const world = await openWith({ type: 'slow_ack', delay_ms: 3000 });
    world.exchange.place(order());
    world.clock.advanceBy(2900);
    assert.deepEqual(told(world.events), []);
    world.clock.advanceBy(200);
    assert.deepEqual(told(world.events).slice(0, 1), ['Submitted']);
    assert.equal(told(world.events).at(-1), 'Filled');
  });

  it('hold an order until shares are located', async () => {
    const world = await openWith({ type: 'locate', delay_ms: 3000 });
    world.exchange.place(order({ side: 'SELL' }));
    assert.deepEqual(told(world.events), ['Inactive', 'error 404']);
    assert.equal(world.exchange.openOrders()[0]?.whyHeld, 'locate');
    world.clock.advanceBy(3 * SECOND);
    assert.equal(world.exchange.completedOrders()[0]?.status, 'Filled');
    assert.equal(world.exchange.completedOrders()[0]?.whyHeld, '');
  });

  it('send a message about an order that lives on', async () => {
    const world = await openWith({ type: 'order_message', code: 10349 });
    world.exchange.place(order());
    assert.ok(told(world.events).includes('error 10349'));
    assert.equal(told(world.events).at(-1), 'Filled');
  });

  it('fill in small parts, one for each quote', async () => {
    const world = await openWith({ type: 'partial_fills', max_size: 30 });
    world.exchange.place(order());
    assert.equal(world.exchange.openOrders()[0]?.filled, 30);
    world.exchange.movePrice('ABC', { price: 100.015 });
    assert.equal(world.exchange.openOrders()[0]?.filled, 60);
    inject(world, { type: 'partial_fills', on: false });
    world.exchange.movePrice('ABC', { price: 100.025 });
    assert.equal(world.exchange.openOrders().length, 0);
  });

  it('hold every fill back, and let it happen when the fault has ended', async () => {
    const world = await openWith({ type: 'partial_fills', max_size: 0 });
    world.exchange.place(order());
    world.exchange.movePrice('ABC', { price: 100.015 });
    assert.equal(world.exchange.openOrders()[0]?.filled, 0);
    inject(world, { type: 'partial_fills', on: false });
    world.exchange.movePrice('ABC', { price: 100.025 });
    assert.equal(world.exchange.openOrders().length, 0);
  });

  it('fill an order after it was cancelled', async () => {
    const world = await openWith({ type: 'late_fill_after_cancel', delay_ms: 500 });
    world.exchange.place(limit(99));
    world.exchange.cancel(1, 1);
    assert.deepEqual(told(world.events).slice(-2), ['Cancelled', 'error 202']);
    world.clock.advanceBy(SECOND);
    assert.deepEqual(told(world.events).slice(-2), ['execution 100@99', 'Filled']);
    const { orders, positions } = world.exchange.ledger();
    assert.deepEqual(
      orders.map(({ status, filled }) => [status, filled]),
      [['Filled', 100]],
    );
    assert.equal(positions[0]?.position, 100);
  });
});

describe('faults of reports', () => {
  it('repeat a status', async () => {
    const world = await openWith({ type: 'duplicate_status', copies: 3 });
    world.exchange.place(limit(99));
    assert.deepEqual(told(world.events), [...Array(4).fill('PreSubmitted'), 'Submitted']);
  });

  it('let a status be overtaken by the next', async () => {
    const world = await openWith({ type: 'reorder_status' });
    world.exchange.place(limit(99));
    assert.deepEqual(told(world.events), ['Submitted', 'PreSubmitted']);
  });

  it('tell a status late when no other overtakes it', async () => {
    const world = await openWorld();
    world.exchange.place(limit(99));
    inject(world, { type: 'reorder_status', delay_ms: 700 });
    world.exchange.cancel(1, 1);
    assert.deepEqual(told(world.events).slice(2), ['error 202']);
    world.clock.advanceBy(SECOND);
    assert.deepEqual(told(world.events).slice(2), ['error 202', 'Cancelled']);
  });

  it('tell an execution twice and book it once', async () => {
    const world = await openWith({ type: 'duplicate_execution' });
    world.exchange.place(order());
    const [first, second, ...rest] = execIds(world.events);
    assert.equal(first, second);
    assert.equal(rest.length, 0);
    assert.equal(world.exchange.ledger().executions.length, 1);
  });

  it('correct an execution: another revision, another price, and the same wealth less the cost', async () => {
    const world = await openWith({ type: 'execution_correction', ticks: 4, delay_ms: 500 });
    world.exchange.place(order());
    const cash = world.exchange.ledger().cash[ACCOUNT] ?? 0;
    world.clock.advanceBy(SECOND);
    const [first = '', second = ''] = execIds(world.events);
    assert.deepEqual([first.slice(-6), second], ['.01.01', first.replace(/1$/, '2')]);
    const { executions, positions, cash: after } = world.exchange.ledger();
    assert.deepEqual(
      executions.map(({ exec_id: id, price }) => [id, price]),
      [[second, 100.05]],
    );
    assert.equal(Math.round(((after[ACCOUNT] ?? 0) - cash) * 100), -400);
    assert.ok(Math.abs((positions[0]?.avg_cost ?? 0) - 100.06) < 1e-9);
  });

  it('withhold a commission, for a while or for good', async () => {
    const world = await openWith({ type: 'late_commission', delay_ms: 500 });
    world.exchange.place(order());
    const withheld = world.events.find((event) => event.type === 'execution');
    assert.equal(withheld?.type === 'execution' && withheld.withheld, true);
    world.clock.advanceBy(SECOND);
    assert.ok(world.events.some(({ type }) => type === 'commission'));
    inject(world, { type: 'missing_commission' });
    world.exchange.place(order({ orderId: 2 }));
    world.clock.advanceBy(MINUTE);
    assert.equal(world.events.filter(({ type }) => type === 'commission').length, 1);
  });
});

describe('faults of quotes', () => {
  const cases: readonly (readonly [string, object, (quote: VenueQuote) => boolean])[] = [
    ['crossed_quotes', {}, ({ bid, ask }) => bid > ask && ask > 0],
    ['wide_spread', { factor: 10 }, ({ bid, ask }) => ask - bid > 0.09 && ask - bid < 0.13],
    ['no_prices', {}, ({ bid, ask, last }) => Number.isNaN(bid + ask + last)],
    ['zero_bid', {}, ({ bid, bidSize, ask }) => bid === 0 && bidSize === 0 && ask > 100],
    ['halt', {}, ({ halted }) => halted],
  ];

  it.each(cases)('%s holds for its time and is gone', async (type, details, holds) => {
    const world = await openWorld();
    const seen: VenueQuote[] = [];
    world.exchange.watch(77, (quote) => seen.push(quote));
    inject(world, { type, for_s: 10, ...details });
    const during = seen.at(-1);
    assert.ok(during !== undefined && holds(during), JSON.stringify(during));
    world.clock.advanceBy(11 * SECOND);
    const after = seen.at(-1);
    assert.deepEqual([after?.bid, after?.ask, after?.halted], [100, 100.01, false]);
    assert.deepEqual(noted(world).at(-1)?.['on'], false);
  });

  it('stop quotes while the market moves on and orders meet it', async () => {
    const world = await openWorld();
    const seen: VenueQuote[] = [];
    world.exchange.watch(77, (quote) => seen.push(quote));
    inject(world, { type: 'stale_quotes' });
    world.exchange.movePrice('ABC', { price: 110.005 });
    assert.equal(seen.at(-1)?.ask, 100.01);
    assert.equal(world.exchange.quote(77)?.ask, 100.01);
    assert.equal(world.exchange.quote(77)?.silent, true);
    world.exchange.place(order());
    assert.ok(told(world.events).includes('execution 100@110.01'));
    inject(world, { type: 'stale_quotes', on: false });
    assert.equal(seen.at(-1)?.ask, 110.01);
    assert.equal(seen.at(-1)?.silent, undefined);
  });

  it('take the greeks away and leave the prices', async () => {
    const world = await openWorld();
    const conId = optionId(world.exchange, 100, 'C');
    const seen: VenueQuote[] = [];
    world.exchange.watch(conId, (quote) => seen.push(quote));
    inject(world, { type: 'nan_greeks', symbol: 'ABC' });
    const quote = seen.at(-1);
    assert.ok(Number.isNaN(quote?.model?.delta) && (quote?.bid ?? 0) > 0);
  });

  it('fill nothing while trading is halted, and refuse what is new', async () => {
    const world = await openWorld();
    world.exchange.place(limit(99));
    inject(world, { type: 'halt', symbol: 'ABC' });
    world.exchange.movePrice('ABC', { price: 90 });
    assert.equal(world.exchange.openOrders()[0]?.filled, 0);
    world.exchange.place(order({ orderId: 2 }));
    assert.equal(told(world.events).at(-1), 'error 154');
    inject(world, { type: 'halt', symbol: 'ABC', on: false });
    assert.equal(world.exchange.openOrders().length, 0);
  });

  it('move the price at once, by the seed where nobody says how far', async () => {
    const moved = async (): Promise<number> => {
      const world = await openWith({ type: 'gap' });
      return world.exchange.price('ABC');
    };
    const price = await moved();
    assert.ok(Math.abs(Math.abs(price - 100.005) - 3) < 0.02, String(price));
    assert.equal(await moved(), price);
    const world = await openWith({ type: 'gap', symbol: 'ABC', pct: -10 });
    assert.ok(Math.abs(world.exchange.price('ABC') - 90) < 0.02);
  });

  it('trade by hand in the shared account', async () => {
    const world = await openWith({ type: 'manual_trade', symbol: 'ABC', side: 'BUY', quantity: 7 });
    const { orders, positions } = world.exchange.ledger();
    assert.deepEqual([orders[0]?.client_id, orders[0]?.order_ref], [0, '']);
    assert.equal(positions[0]?.position, 7);
  });
});

describe('faults of the connection', () => {
  const kinds = (world: World): readonly string[] =>
    world.events.flatMap((event) => (event.type === 'connection' ? [event.fault.kind] : []));

  it.each([
    ['disconnect', {}, ['disconnect']],
    ['half_open', { for_s: 2 }, ['silence', 'silence']],
    ['refuse_connect', { for_s: 2 }, ['refuse', 'refuse']],
    ['client_id_in_use', { for_s: 2 }, ['claim', 'claim']],
    ['slow_consumer', { for_s: 2 }, ['slow', 'slow']],
    ['daily_restart', { down_s: 2 }, ['disconnect', 'refuse', 'refuse']],
    ['pacing', {}, ['pacing']],
    ['line_error', {}, ['lines']],
    ['code_2110', {}, ['system']],
  ])('%s is told to the gateway, and its end', async (type, details, expected) => {
    const world = await openWith({ type, ...details });
    world.clock.advanceBy(5 * SECOND);
    assert.deepEqual(kinds(world), expected);
  });

  it('forget or skip order ids', async () => {
    const world = await openWorld();
    world.exchange.place(limit(99, { orderId: 20 }));
    inject(world, { type: 'next_id_rollback', by: 5 });
    assert.equal(world.exchange.nextOrderId(1), 16);
    assert.equal(world.exchange.nextOrderId(1), 21);
    inject(world, { type: 'next_id_rollback', by: -100 });
    assert.equal(world.exchange.nextOrderId(1), 121);
  });
});

describe('a timeline of faults', () => {
  const TIMED = {
    faults: [
      { at: '10:00:05', type: 'gap', pct: 5 },
      { after_s: 2, type: 'code_1100' },
      { after_s: 3, type: 'partial_fills', for_s: 4 },
    ],
  };

  it('happens in its order at its times', async () => {
    const world = await openWorld({ scenario: TIMED });
    const start = world.exchange.now() / 1000;
    world.clock.advanceBy(MINUTE);
    assert.deepEqual(
      world.exchange.ledger().faults.map(({ ts, type, ...rest }) => {
        return [ts - start, type, 'on' in rest ? rest.on : undefined];
      }),
      [
        [2, 'code_1100', undefined],
        [3, 'partial_fills', true],
        [5, 'gap', undefined],
        [7, 'partial_fills', false],
      ],
    );
  });

  it.each([
    [{ at: '09:00', type: 'gap' }, /before the start/],
    [{ type: 'gap' }, /either at or after_s/],
    [{ at: '10:05', after_s: 1, type: 'gap' }, /either at or after_s/],
    [{ after_s: 1, type: 'earthquake' }, /faults/],
    [{ after_s: 1, type: 'gap', percent: 3 }, /percent/],
  ])('refuses %j', (entry, message) => {
    assert.throws(
      () => scenarioOf({ faults: [entry] }),
      (error) => error instanceof Fault && message.test(error.message),
    );
  });

  it('gives the same ledger for the same seed, with every fault there is', async () => {
    const play = async (): Promise<string> => {
      const world = await openWorld({ scenario: { ...LIVELY, faults: EVERY_FAULT } });
      for (let orderId = 1; orderId <= 80; orderId += 1) {
        const side = orderId % 2 === 0 ? 'BUY' : 'SELL';
        world.exchange.place(order({ orderId, side, quantity: 50 }));
        world.exchange.place(limit(95, { orderId, clientId: 2 }));
        world.clock.advanceBy(SECOND);
        world.exchange.cancel(2, orderId);
        world.clock.advanceBy(SECOND);
      }
      return JSON.stringify([world.exchange.ledger(), world.events]);
    };
    const first = await play();
    assert.equal(await play(), first);
    for (const type of FAULT_TYPES) assert.ok(first.includes(`"${type}"`), type);
  });
});

const LIVELY = {
  fills: { partial: true, latency_ms: [20, 80] },
  underlyings: [
    {
      symbol: 'ABC',
      con_id: 77,
      price: 100,
      model: { volatility: 2, jumps_per_hour: 300, jump_pct: 0.2, size: 60 },
    },
  ],
};

const NEEDED: Readonly<Record<string, Record<string, unknown>>> = {
  dividend: { symbol: 'ABC', amount: 0.5 },
  split: { symbol: 'ABC', to: 2 },
  adjust_options: { symbol: 'ABC' },
  exercise: { con_id: 77 },
  manual_trade: { symbol: 'ABC', side: 'BUY', quantity: 5 },
};

const EVERY_FAULT = FAULT_TYPES.map((type, index) => {
  const fault = { type, ...NEEDED[type] };
  const standing = 'on' in (faultSchema.parse(fault) satisfies FaultInput) ? { for_s: 5 } : {};
  return { after_s: 3 * index, ...fault, ...standing };
});
