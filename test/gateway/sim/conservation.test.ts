/**
 * What no sequence of orders, corporate actions and evenings can break: money is neither made nor
 * lost in the books, nobody trades beyond a limit or beyond what is displayed, and a seed is a run.
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { OrderSide } from '../../../src/domain/order.ts';
import { faultSchema } from '../../../src/gateway/sim/fault-schema.ts';
import type { VenueExecution, VenueOrder, VenueQuote } from '../../../src/gateway/sim/venue.ts';
import { MINUTE, openWorld, order, type World } from './support/world.ts';

const ACCOUNTS = ['DU0000001', 'DU0000002'] as const;
const CASH = 200_000;

const scenario = {
  tick_ms: 60_000,
  lock_step: true,
  early_assignment: true,
  accounts: ACCOUNTS.map((id) => ({ id, cash: CASH })),
  underlyings: [
    {
      symbol: 'ABC',
      con_id: 77,
      price: 100,
      model: { volatility: 1.2, size: 80, jumps_per_hour: 1, jump_pct: 1 },
      chain: { dtes: [1, 4, 28], strikes: [90, 100, 110] },
      dividends: [{ ex_date: '20260916', pay_date: '20260917', amount: 0.7 }],
    },
  ],
  fills: { partial: true, latency_ms: [0, 0] },
};

const place = fc.record({
  kind: fc.constant('place' as const),
  clientId: fc.integer({ min: 1, max: 2 }),
  account: fc.constantFrom(...ACCOUNTS),
  /** Of the lines there are: the stock or an option. */
  line: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 18 })),
  side: fc.constantFrom<OrderSide[]>('BUY', 'SELL'),
  quantity: fc.integer({ min: 1, max: 200 }),
  /** Cents around the market; zero is a market order. */
  offset: fc.integer({ min: -30, max: 30 }),
  tif: fc.constantFrom('DAY', 'IOC', 'GTC'),
});
const modify = fc.record({
  kind: fc.constant('modify' as const),
  pick: fc.nat(),
  offset: fc.integer({ min: -20, max: 20 }),
});
const exercise = fc.record({
  kind: fc.constant('exercise' as const),
  pick: fc.nat(),
  quantity: fc.integer({ min: 1, max: 9 }),
  action: fc.constantFrom(1, 2),
});
const company = fc.record({
  kind: fc.constant('company' as const),
  fault: fc.constantFrom(
    { type: 'split', symbol: 'ABC', to: 2 },
    { type: 'split', symbol: 'ABC', to: 3, from: 2 },
    { type: 'split', symbol: 'ABC', to: 1, from: 3 },
    { type: 'adjust_options', symbol: 'ABC', cash: 40, shares: 95 },
    { type: 'adjust_options', symbol: 'ABC', new_ids: true, strike_less: 1 },
    { type: 'dividend', symbol: 'ABC', amount: 0.25 },
    { type: 'gap', symbol: 'ABC', pct: 4 },
    { type: 'execution_correction', count: 2, ticks: 3, delay_ms: 500 },
    { type: 'late_fill_after_cancel', delay_ms: 500 },
  ),
});
const wait = fc.record({
  kind: fc.constant('wait' as const),
  minutes: fc.constantFrom(1, 2, 7, 60, 390, 1440),
});
type Drawn<T> = T extends fc.Arbitrary<infer Value> ? Value : never;
type Command =
  | Drawn<typeof place>
  | Drawn<typeof modify>
  | Drawn<typeof exercise>
  | Drawn<typeof company>
  | Drawn<typeof wait>;

const commands: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.oneof({ arbitrary: place, weight: 6 }, modify, exercise, company, {
    arbitrary: wait,
    weight: 3,
  }),
  { maxLength: 30 },
);

/** Watches what is shown and traded, and fails at the first trade that could not have been. */
function guard({ exchange }: World): void {
  const shown = new Map<number, VenueQuote>();
  const taken = new Map<string, number>();
  const orders = new Map<number, VenueOrder>();
  const known = new Set<number>();
  const watchAll = (): void => {
    const any = { conId: 0, symbol: 'ABC', secType: '', expiry: '', strike: 0, right: '' };
    for (const { contract } of exchange.findContracts(any)) {
      if (known.has(contract.conId)) continue;
      known.add(contract.conId);
      exchange.watch(contract.conId, (quote) => {
        shown.set(quote.conId, quote);
        taken.delete(`${quote.conId}BUY`);
        taken.delete(`${quote.conId}SELL`);
      });
    }
  };
  watchAll();
  const check = (execution: VenueExecution): void => {
    const { contract, side, price, quantity, permId, execId } = execution;
    const limit = orders.get(permId)?.limitPrice ?? null;
    const late = orders.get(permId)?.status === 'Cancelled' || !execId.endsWith('.01');
    if (late) return;
    if (limit !== null) assert.ok(side === 'BUY' ? price <= limit : price >= limit, execId);
    const quote = shown.get(contract.conId);
    assert.ok(quote !== undefined);
    const key = `${contract.conId}${side}`;
    const sum = (taken.get(key) ?? 0) + quantity;
    taken.set(key, sum);
    assert.ok(sum <= (side === 'BUY' ? quote.askSize : quote.bidSize), `${sum} of the displayed`);
  };
  exchange.listen((event) => {
    if (event.type === 'execution') check(event.execution);
    if (event.type === 'order') orders.set(event.order.permId, event.order);
    if (event.type === 'position') watchAll();
  });
}

async function play(world: World, list: readonly Command[]): Promise<void> {
  const { exchange } = world;
  const ids = new Map<number, number>();
  for (const command of list) {
    switch (command.kind) {
      case 'place': {
        const { line, offset, kind, ...rest } = command;
        const any = { conId: 0, symbol: 'ABC', secType: '', expiry: '', strike: 0, right: '' };
        const listed = exchange.findContracts(any);
        const conId = listed[line % listed.length]?.contract.conId ?? 77;
        const orderId = (ids.get(rest.clientId) ?? 0) + 1;
        ids.set(rest.clientId, orderId);
        const near = Math.round((exchange.quote(conId)?.ask || 1) * 100) + offset;
        const limitPrice = offset === 0 ? null : Math.max(1, near) / 100;
        const orderType = offset === 0 ? 'MKT' : 'LMT';
        exchange.place(order({ ...rest, orderId, conId, orderType, limitPrice }));
        break;
      }
      case 'modify': {
        const open = exchange.openOrders();
        const picked = open[command.pick % Math.max(1, open.length)];
        if (picked?.limitPrice == null) break;
        const cents = Math.max(1, Math.round(picked.limitPrice * 100) + command.offset);
        const { clientId, orderId, account, side, quantity, orderType, tif } = picked;
        const same = { clientId, orderId, account, side, quantity, orderType, tif };
        const { conId } = picked.contract;
        exchange.place(order({ ...same, conId, limitPrice: cents / 100 }));
        break;
      }
      case 'exercise': {
        const held = exchange.positions().filter(({ contract }) => contract.secType === 'OPT');
        const picked = held[command.pick % Math.max(1, held.length)];
        if (picked === undefined) break;
        const { action, quantity } = command;
        const { account, contract } = picked;
        const request = { clientId: 1, id: 9000, account, conId: contract.conId };
        exchange.exercise({ ...request, action, quantity, override: true });
        break;
      }
      case 'company':
        exchange.inject(faultSchema.parse(command.fault));
        break;
      case 'wait':
        await exchange.step(exchange.now() + command.minutes * MINUTE);
    }
  }
  await exchange.step(exchange.now() + 5 * MINUTE);
}

describe('whatever happens', () => {
  it('no money is made or lost, no limit is passed, no size exceeded', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (list) => {
        const world = await openWorld({ scenario });
        guard(world);
        await play(world, list);
        const { exchange } = world;
        const { cash, positions, option_events: events, executions } = exchange.ledger();
        for (const account of ACCOUNTS) {
          const cost = positions.reduce(
            (sum, held) => (held.account === account ? sum + held.position * held.avg_cost : sum),
            0,
          );
          const paid = events.reduce(
            (sum, event) =>
              event.account === account && event.kind === 'dividend' ? sum + event.cash : sum,
            0,
          );
          const values = exchange.accountValues(account);
          const due = Number(values['AccruedDividend']);
          const kept = (cash[account] ?? 0) + cost - Number(values['RealizedPnL']) + due - paid;
          // Account values are in cents.
          assert.ok(Math.abs(kept - CASH) < 0.02, `${account} keeps ${kept} of ${CASH}`);
        }
        const ids = executions.map(({ exec_id: id }) => id);
        assert.equal(new Set(ids).size, ids.length);
        for (const entry of exchange.ledger().orders) {
          const parts = executions.filter(({ perm_id: id }) => id === entry.perm_id);
          const sum = parts.reduce((total, part) => total + part.quantity, 0);
          assert.equal(sum, entry.filled);
          assert.ok(entry.filled <= entry.quantity);
        }
        exchange.close();
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it('the same seed and the same requests give the same ledger', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (list) => {
        const ledgers = [];
        for (let run = 0; run < 2; run += 1) {
          const world = await openWorld({ scenario });
          await play(world, list);
          ledgers.push(JSON.stringify(world.exchange.ledger()));
          world.exchange.close();
        }
        assert.equal(ledgers[0], ledgers[1]);
      }),
      { numRuns: 15 },
    );
  }, 120_000);
});
