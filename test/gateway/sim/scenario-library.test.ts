import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'vitest';
import { newYorkDate } from '../../../src/domain/calendar.ts';
import { createExchange, type Exchange } from '../../../src/gateway/sim/exchange.ts';
import { createMemoryJournal } from '../../../src/gateway/sim/exchange-journal.ts';
import { loadScenario } from '../../../src/gateway/sim/scenario.ts';
import { createRandom } from '../../../src/runtime/random.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { MINUTE } from './support/world.ts';

const DIR = new URL('../../../config/scenarios/', import.meta.url);
const NAMES = readdirSync(DIR).map((file) => file.replace(/\.yaml$/, ''));

/** The exchange of a scenario, in lock-step and with a coarser market, so that a day is short. */
async function open(name: string): Promise<Exchange> {
  const file = loadScenario(new URL(`${name}.yaml`, DIR).pathname);
  const scenario = { ...file, lock_step: true, tick_ms: 5000, option_quote_ms: 5000 };
  return createExchange({
    scenario,
    mono: new VirtualClock(0),
    random: createRandom(scenario.seed),
    journal: createMemoryJournal(),
    newExchangeId: () => 'e0d50000-0000-4000-8000-000000000000',
    onFault: assert.fail,
  });
}

/** Mids of the stock, one a minute. */
async function play(exchange: Exchange, minutes: number, symbol = 'NVDA'): Promise<number[]> {
  const prices = [exchange.price(symbol)];
  const start = exchange.now();
  for (let minute = 1; minute <= minutes; minute += 1) {
    await exchange.step(start + minute * MINUTE);
    prices.push(exchange.price(symbol));
  }
  return prices;
}

const change = (prices: readonly number[]): number => (prices.at(-1) ?? 0) / (prices[0] ?? 1) - 1;

describe('the scenario library', () => {
  it.each(NAMES)(
    '%s opens with a position in the money account and two-sided quotes',
    async (name) => {
      const exchange = await open(name);
      const { positions } = exchange.ledger();
      assert.ok(positions.length >= 2);
      for (const { con_id: conId } of positions) {
        const quote = exchange.quote(conId);
        assert.ok(quote !== null && quote.ask > 0, JSON.stringify(quote));
      }
      await play(exchange, 3);
    },
  );

  it('trend goes one way by more than a percent, whipsaw comes back', async () => {
    assert.ok(change(await play(await open('trend'), 240)) > 0.01);
    const prices = await play(await open('whipsaw'), 120);
    assert.ok(Math.abs(change(prices)) < 0.02);
    const crossings = prices.filter((price, at) => {
      return at > 0 && Math.sign(price - 180.4) !== Math.sign((prices[at - 1] ?? 0) - 180.4);
    });
    assert.ok(crossings.length >= 6, String(crossings.length));
  });

  it('gap opens far away, crash falls by a sixth', async () => {
    const [before = 0, , after = 0] = await play(await open('gap'), 3);
    assert.ok(Math.abs(after / before - 1) > 0.02, `${before} → ${after}`);
    assert.ok(change(await play(await open('crash'), 35)) < -0.15);
  });

  it('halt stands still for five minutes and resumes elsewhere', async () => {
    const exchange = await open('halt');
    await play(exchange, 7);
    assert.equal(exchange.quote(4_815_747)?.halted, true);
    await play(exchange, 5);
    assert.equal(exchange.quote(4_815_747)?.halted, false);
  });

  it('expiry-friday ends in shares or in nothing', async () => {
    const exchange = await open('expiry-friday');
    await play(exchange, 95);
    const { positions } = exchange.ledger();
    assert.deepEqual(
      positions.map(({ sec_type: type, position }) => [type, Math.abs(position)]),
      [['STK', 1000]],
    );
  });

  it('earnings-gap opens a tenth lower the next day', async () => {
    const exchange = await open('earnings-gap');
    const start = exchange.now();
    await exchange.step(start + 10 * MINUTE);
    const close = exchange.price('NVDA');
    await exchange.step(start + 17 * 60 * MINUTE + 42 * MINUTE);
    assert.notEqual(newYorkDate(exchange.now()), newYorkDate(start));
    assert.ok(exchange.price('NVDA') / close < 0.92);
  });

  it('thin-market shows a handful of shares, half-day closes at one', async () => {
    const thin = (await open('thin-market')).quote(4_815_747);
    assert.ok(thin !== null && thin.bidSize < 30 && thin.ask - thin.bid >= 0.1);
    const exchange = await open('half-day');
    const prices = await play(exchange, 40);
    assert.equal(prices.at(-1), prices.at(-5));
  });

  it('corporate-actions pays, splits both ways and takes the calls before the dividend', async () => {
    const exchange = await open('corporate-actions');
    const wealth = (): number => Number(exchange.accountValues('DU0000001')['NetLiquidation']);
    await exchange.step(exchange.now() + 31 * MINUTE);
    const held = (): readonly number[] =>
      exchange.ledger().positions.map((entry) => entry.position);
    assert.deepEqual(held(), [105, 10, 10], 'four calls took 400 shares at 150');
    const before = wealth();
    await exchange.step(Date.UTC(2026, 8, 16, 8, 0));
    assert.deepEqual(held(), [1050, 100, 100]);
    await exchange.step(Date.UTC(2026, 8, 17, 8, 0));
    assert.deepEqual(held(), [262, 100, 100]);
    const kinds = new Set(exchange.ledger().option_events.map(({ kind }) => kind));
    assert.deepEqual([...kinds], ['assignment', 'dividend', 'split']);
    assert.ok(Math.abs(wealth() / before - 1) < 0.1, `${before} → ${wealth()}`);
  }, 30_000);

  it('bad-day injects all its faults', async () => {
    const exchange = await open('bad-day');
    await play(exchange, 25);
    const types = new Set(exchange.ledger().faults.map(({ type }) => type));
    assert.equal(types.size, 19);
  });
});
