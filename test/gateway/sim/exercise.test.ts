import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { Exchange } from '../../../src/gateway/sim/exchange.ts';
import type { VenueExercise } from '../../../src/gateway/sim/venue.ts';
import { expiryTime } from '../../../src/pricing/time-to-expiry.ts';
import { ACCOUNT, MINUTE, openWorld, optionId, STILL, type World } from './support/world.ts';

const [UNDERLYING] = STILL.underlyings;
const TODAY = expiryTime('20260914');

/** Long ten calls at 90 and at 110, short five puts at 110, at 100.005 of the stock. */
function book(dte: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  const option = (strike: number, right: string) => ({ symbol: 'ABC', dte, strike, right });
  const positions = [
    { option: option(90, 'C'), quantity: 10 },
    { option: option(110, 'C'), quantity: 10, avg_cost: 5 },
    { option: option(110, 'P'), quantity: -5 },
  ];
  return {
    tick_ms: 60_000,
    lock_step: true,
    underlyings: [{ ...UNDERLYING, chain: { dtes: [dte], strikes: [90, 100, 110] } }],
    accounts: [{ id: ACCOUNT, cash: 100_000, positions }],
    ...more,
  };
}

function ask({ exchange }: World, conId: number, changes: Partial<VenueExercise> = {}): void {
  const plain = { clientId: 1, id: 50, account: ACCOUNT, action: 1, quantity: 4, override: false };
  exchange.exercise({ ...plain, conId, ...changes });
}

function quantities(exchange: Exchange): Readonly<Record<string, number>> {
  const { positions } = exchange.ledger();
  return Object.fromEntries(positions.map(({ contract_key: key, position }) => [key, position]));
}

/** The refusal under the request's id, as `code: text`. */
function refusal({ events }: World): string {
  const found = events.findLast((event) => event.type === 'orderError');
  assert.ok(found?.type === 'orderError' && found.clientId === 1 && found.orderId === 50);
  return `${found.code}: ${found.message}`;
}

describe('an exercise that a client asks for', () => {
  it('happens in the evening, and nothing is told before', async () => {
    const world = await openWorld({ scenario: book(28) });
    const { exchange, events } = world;
    ask(world, optionId(exchange, 90, 'C'));
    await exchange.step(TODAY);
    assert.deepEqual(
      events.filter(({ type }) => type !== 'time'),
      [],
    );
    await exchange.step(TODAY + 2 * MINUTE);
    assert.equal(quantities(exchange)['ABC|STK|||'], 400);
    assert.equal(quantities(exchange)['ABC|OPT|20261012|90|C'], 6);
    assert.equal(exchange.ledger().cash[ACCOUNT], 100_000 - 400 * 90);
    assert.deepEqual(exchange.ledger().executions, []);
    const [event] = exchange.ledger().option_events;
    assert.deepEqual([event?.kind, event?.quantity, event?.shares], ['exercise', 4, 400]);
    await exchange.step(TODAY + 24 * 60 * MINUTE + 2 * MINUTE);
    assert.equal(quantities(exchange)['ABC|STK|||'], 400, 'once');
  });

  it('comes on the next evening when this one is over', async () => {
    const world = await openWorld({ scenario: book(28) });
    await world.exchange.step(TODAY + 60 * MINUTE);
    ask(world, optionId(world.exchange, 90, 'C'));
    await world.exchange.step(TODAY + 90 * MINUTE);
    assert.equal(quantities(world.exchange)['ABC|STK|||'], undefined);
    await world.exchange.step(TODAY + 24 * 60 * MINUTE + 2 * MINUTE);
    assert.equal(quantities(world.exchange)['ABC|STK|||'], 400);
  });

  it('of more than is held means all, and of what was sold since what is left', async () => {
    const world = await openWorld({ scenario: book(28) });
    const conId = optionId(world.exchange, 90, 'C');
    ask(world, conId, { quantity: 99 });
    await world.exchange.step(TODAY + 2 * MINUTE);
    assert.equal(quantities(world.exchange)['ABC|STK|||'], 1000);
  });

  it('replaces an earlier one', async () => {
    const world = await openWorld({ scenario: book(28) });
    const conId = optionId(world.exchange, 90, 'C');
    ask(world, conId, { quantity: 9 });
    ask(world, conId, { quantity: 2 });
    await world.exchange.step(TODAY + 2 * MINUTE);
    assert.equal(quantities(world.exchange)['ABC|STK|||'], 200);
  });

  it('out of the money is ignored without the override, and done with it', async () => {
    const world = await openWorld({ scenario: book(28) });
    const conId = optionId(world.exchange, 110, 'C');
    ask(world, conId);
    assert.match(refusal(world), /^322: .*Exercise ignored because option is not in-the-money/);
    ask(world, conId, { override: true, quantity: 1 });
    await world.exchange.step(TODAY + 2 * MINUTE);
    assert.equal(quantities(world.exchange)['ABC|STK|||'], 100);
    assert.equal(world.exchange.ledger().cash[ACCOUNT], 100_000 - 11_000);
  });

  it('needs a long position, an option, an action and a quantity', async () => {
    const world = await openWorld({ scenario: book(28) });
    const { exchange } = world;
    ask(world, optionId(exchange, 110, 'P'));
    assert.match(
      refusal(world),
      /^322: .*No unlapsed position exists in this option in account DU/,
    );
    ask(world, optionId(exchange, 100, 'C'));
    assert.match(refusal(world), /^322/);
    ask(world, 77);
    assert.match(refusal(world), /^200/);
    ask(world, optionId(exchange, 90, 'C'), { action: 3 });
    assert.match(refusal(world), /^321/);
    ask(world, optionId(exchange, 90, 'C'), { quantity: 0 });
    assert.match(refusal(world), /^321/);
    await exchange.step(TODAY + 2 * MINUTE);
    assert.equal(quantities(exchange)['ABC|STK|||'], undefined);
  });

  it('names its account where there are several', async () => {
    const accounts = [
      { id: ACCOUNT, cash: 0, positions: [] },
      { id: 'DU0000002', cash: 0, positions: [] },
    ];
    const world = await openWorld({ scenario: { accounts } });
    ask(world, optionId(world.exchange, 90, 'C'), { account: '' });
    assert.match(refusal(world), /^435/);
  });

  it('is turned down where the account could not carry the shares', async () => {
    const poor = book(28, { margin: 'reg_t' });
    const accounts = [
      { ...(poor['accounts'] as readonly Record<string, unknown>[])[0], cash: 2000 },
    ];
    const world = await openWorld({ scenario: { ...poor, accounts } });
    ask(world, optionId(world.exchange, 90, 'C'), { quantity: 10 });
    assert.match(refusal(world), /^322: .*server rejection/);
  });
});

describe('on its last day an option', () => {
  it('in the money is not exercised where its holder lets it lapse against the rule', async () => {
    const world = await openWorld({ scenario: book(0) });
    const conId = optionId(world.exchange, 90, 'C');
    ask(world, conId, { action: 2 });
    assert.match(refusal(world), /^322: .*Lapse ignored because option is in-the-money/);
    ask(world, conId, { action: 2, quantity: 3, override: true });
    await world.exchange.step(TODAY + 2 * MINUTE);
    // Seven of ten calls exercised, five puts assigned.
    assert.deepEqual(quantities(world.exchange), { 'ABC|STK|||': 1200 });
    const kinds = world.exchange
      .ledger()
      .option_events.map(({ kind, quantity }) => [kind, quantity]);
    assert.deepEqual(kinds, [
      ['exercise', 7],
      ['expiry', 3],
      ['expiry', 10],
      ['assignment', -5],
    ]);
  });

  it('out of the money is exercised where its holder says so', async () => {
    const world = await openWorld({ scenario: book(0) });
    ask(world, optionId(world.exchange, 110, 'C'), { quantity: 2, override: true });
    await world.exchange.step(TODAY + 2 * MINUTE);
    assert.deepEqual(quantities(world.exchange), { 'ABC|STK|||': 1000 + 200 + 500 });
  });

  it('alone can lapse: before, there is nothing to let go', async () => {
    const world = await openWorld({ scenario: book(28) });
    ask(world, optionId(world.exchange, 110, 'C'), { action: 2 });
    assert.match(refusal(world), /^322: .*server rejection/);
  });
});

describe('an early assignment', () => {
  const early = (dividends: readonly Record<string, unknown>[], price = 100.005) => {
    const stock = { ...UNDERLYING, price, surface: { atm_vol: 0.1, spread_vol: 0.001 }, dividends };
    const call = { symbol: 'ABC', dte: 11, strike: 90, right: 'C' };
    const chain = { dtes: [11], strikes: [90, 110] };
    return {
      tick_ms: 60_000,
      lock_step: true,
      early_assignment: true,
      underlyings: [{ ...stock, chain }],
      accounts: [
        {
          id: ACCOUNT,
          cash: 0,
          positions: [
            { option: call, quantity: -3 },
            { option: { ...call, right: 'P', strike: 110 }, quantity: -2 },
          ],
        },
      ],
    };
  };

  it('takes a call on the evening before a dividend, and not before that', async () => {
    const dividends = [{ ex_date: '20260916', amount: 1 }];
    const { exchange } = await openWorld({ scenario: early(dividends) });
    await exchange.step(TODAY + 2 * MINUTE);
    assert.equal(quantities(exchange)['ABC|OPT|20260925|90|C'], -3);
    await exchange.step(TODAY + 24 * 60 * MINUTE + 2 * MINUTE);
    assert.equal(quantities(exchange)['ABC|OPT|20260925|90|C'], undefined);
    // The writer has sold the shares, and owes the dividend no longer.
    await exchange.step(Date.UTC(2026, 8, 16, 14, 0));
    assert.ok((quantities(exchange)['ABC|STK|||'] ?? 0) < 0);
  });

  it('takes a put that interest makes worth more dead, and none of a writer who did not ask', async () => {
    const { exchange } = await openWorld({ scenario: early([]) });
    await exchange.step(TODAY + 2 * MINUTE);
    assert.equal(quantities(exchange)['ABC|STK|||'], 200);
    assert.equal(exchange.ledger().option_events[0]?.kind, 'assignment');
    const calm = await openWorld({ scenario: { ...early([]), early_assignment: false } });
    await calm.exchange.step(TODAY + 2 * MINUTE);
    assert.equal(quantities(calm.exchange)['ABC|STK|||'], undefined);
  });
});
