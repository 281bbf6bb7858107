import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { loadScenario } from '../../../src/gateway/sim/scenario.ts';
import type { VenueQuote } from '../../../src/gateway/sim/venue.ts';
import { MINUTE, openWorld, optionId, order, SECOND, type World } from './support/world.ts';

const NVDA = 4815747;

function lively(model: Record<string, unknown>, more: Record<string, unknown> = {}) {
  const chain = { dtes: [28], strikes: { from: 50, to: 150, step: 5 } };
  const abc = { symbol: 'ABC', con_id: 77, price: 100, model, chain };
  return { underlyings: [abc], ...more };
}

/** Mids at each second of so many minutes. */
function midsOf({ exchange, clock }: World, minutes: number): readonly number[] {
  const mids: number[] = [];
  for (let second = 0; second < minutes * 60; second += 1) {
    clock.advanceBy(SECOND);
    const quote = exchange.quote(77);
    mids.push(((quote?.bid ?? 0) + (quote?.ask ?? 0)) / 2);
  }
  return mids;
}

function realized(mids: readonly number[]): number {
  let sum = 0;
  for (const [index, mid] of mids.entries()) {
    const before = mids[index - 1];
    if (before !== undefined) sum += Math.log(mid / before) ** 2;
  }
  return Math.sqrt((sum / mids.length) * 252 * 6.5 * 3600);
}

describe('the seeded market', () => {
  it('realises the volatility it was given', async () => {
    const world = await openWorld({ scenario: lively({ volatility: 0.8 }) });
    const volatility = realized(midsOf(world, 240));
    assert.ok(Math.abs(volatility - 0.8) < 0.04, `realised ${volatility}`);
  });

  it('jumps as often as it was told', async () => {
    const model = { volatility: 0.05, jumps_per_hour: 60, jump_pct: 1 };
    const world = await openWorld({ scenario: lively(model) });
    const mids = midsOf(world, 180);
    const jumps = mids.filter((mid, at) => Math.abs(mid / (mids[at - 1] ?? mid) - 1) > 0.0005);
    assert.ok(jumps.length > 130 && jumps.length < 230, `${jumps.length} jumps in three hours`);
  });

  it('is pulled back to where it started', async () => {
    const model = { volatility: 2, reversion_min: 5 };
    const world = await openWorld({ scenario: lively(model) });
    const mids = midsOf(world, 300);
    const worst = Math.max(...mids.map((mid) => Math.abs(mid / 100 - 1)));
    assert.ok(worst < 0.1, `strayed by ${worst}`);
  });

  it('shows a two-sided market on the tick grid, wider after a jump', async () => {
    const model = { volatility: 1, jumps_per_hour: 120, jump_pct: 1, spread_ticks: 1 };
    const { exchange, clock } = await openWorld({ scenario: lively(model) });
    const spreads = new Set<number>();
    exchange.watch(77, (quote) => {
      assert.ok(quote.bid > 0 && quote.ask > quote.bid && quote.bidSize > 0 && quote.askSize > 0);
      assert.ok(isOnTick(quote.bid) && isOnTick(quote.ask) && isOnTick(quote.last));
      spreads.add(Math.round((quote.ask - quote.bid) * 100));
    });
    clock.advanceBy(60 * MINUTE);
    assert.ok(spreads.has(1) && Math.max(...spreads) > 2, [...spreads].join());
  });

  it('knows one close of the day before for each option, all day long', async () => {
    const { exchange, clock } = await openWorld({ scenario: lively({ volatility: 0.5 }) });
    const id = optionId(exchange, 100, 'C');
    const closes = new Set<number | undefined>();
    for (let hour = 0; hour < 6; hour += 1) {
      closes.add(exchange.quote(id)?.close);
      clock.advanceBy(55 * MINUTE);
    }
    assert.equal(closes.size, 1, [...closes].join());
  });

  it('stands still outside the session', async () => {
    const { exchange, clock } = await openWorld({
      scenario: lively({ volatility: 1 }, { start: '2026-09-14 16:00:01' }),
    });
    let ticks = 0;
    exchange.watch(77, () => {
      ticks += 1;
    });
    clock.advanceBy(60 * MINUTE);
    assert.equal(ticks, 1);
  });

  it('draws the same prices whoever watches which line', async () => {
    const quiet = await openWorld({ scenario: lively({ volatility: 1 }) });
    const watched = await openWorld({ scenario: lively({ volatility: 1 }) });
    const stop = watched.exchange.watch(optionId(watched.exchange, 100, 'C'), () => undefined);
    assert.deepEqual(midsOf(quiet, 2), midsOf(watched, 2));
    stop();
    assert.deepEqual(midsOf(quiet, 1), midsOf(watched, 1));
  });

  it('gives the same ledger for the same seed, another for another', async () => {
    const run = async (seed: number): Promise<string> => {
      const { exchange, clock } = await openWorld({
        scenario: lively({ volatility: 1 }, { seed }),
      });
      for (let id = 1; id <= 20; id += 1) {
        exchange.place(order({ orderId: id, side: id % 3 === 0 ? 'SELL' : 'BUY' }));
        clock.advanceBy(7 * SECOND);
      }
      return JSON.stringify(exchange.ledger());
    };
    assert.equal(await run(1), await run(1));
    assert.notEqual(await run(1), await run(2));
  });
});

describe('option quotes', () => {
  it('are wider in volatility and in percent far from the money, and never crossed', async () => {
    const { exchange } = await openWorld({ scenario: lively({ volatility: 0.3 }) });
    const widths = [100, 115, 130].map((strike) => {
      const quote = quoteOf(exchange.quote(optionId(exchange, strike, 'C')));
      assert.ok(!(quote.bid >= quote.ask));
      return (quote.ask - (quote.bid > 0 ? quote.bid : 0)) / ((quote.model?.price ?? 0) + 0.01);
    });
    assert.ok(
      (widths[0] ?? 0) < (widths[1] ?? 0) && (widths[1] ?? 0) < (widths[2] ?? 0),
      widths.join(),
    );
  });

  it('have no bid where the option is worth less than half its market', async () => {
    const { exchange } = await openWorld({ scenario: lively({ volatility: 0.3 }) });
    const quote = quoteOf(exchange.quote(optionId(exchange, 150, 'C')));
    assert.ok(Number.isNaN(quote.bid));
    assert.equal(quote.bidSize, 0);
    assert.equal(quote.ask, 0.01);
  });

  it('keep put–call parity between the model prices', async () => {
    const { exchange } = await openWorld({ scenario: lively({ volatility: 0.3 }) });
    const call = quoteOf(exchange.quote(optionId(exchange, 100, 'C'))).model;
    const put = quoteOf(exchange.quote(optionId(exchange, 100, 'P'))).model;
    const years = (28 + 6 / 24) / 365;
    const parity = 100 - 100 * Math.exp(-0.05 * years);
    assert.ok(Math.abs((call?.price ?? 0) - (put?.price ?? 0) - parity) < 1e-9);
    assert.ok(Math.abs((call?.delta ?? 0) - (put?.delta ?? 0) - 1) < 1e-12);
  });

  it('come at their own pace and only when they change', async () => {
    const { exchange, clock } = await openWorld({ scenario: lively({ volatility: 1 }) });
    let ticks = 0;
    exchange.watch(optionId(exchange, 100, 'C'), () => {
      ticks += 1;
    });
    clock.advanceBy(MINUTE);
    assert.ok(ticks > 60 && ticks <= 121, `${ticks} changes in a minute`);
    const still = await openWorld();
    let changes = 0;
    still.exchange.watch(optionId(still.exchange, 100, 'C'), () => {
      changes += 1;
    });
    still.clock.advanceBy(10 * SECOND);
    assert.ok(changes < 8, `${changes} changes of a market that stands still`);
  });
});

describe('the demonstration', () => {
  it('starts with a book that must be hedged, and keeps it busy near its strikes', async () => {
    const scenario = loadScenario('config/scenarios/demo.yaml');
    const { exchange, clock } = await openWorld({
      scenario: { ...scenario, start: '2026-09-14 10:00' },
    });
    let hedged = 0;
    let waited = 0;
    const waits: number[] = [];
    for (let second = 0; second < 3600; second += 1) {
      clock.advanceBy(SECOND);
      waited += 1;
      let delta = -hedged;
      for (const { contract, quantity } of exchange.positions()) {
        delta += quantity * 100 * (quoteOf(exchange.quote(contract.conId)).model?.delta ?? 0);
      }
      if (Math.abs(delta) < 25 || waited < 10) continue;
      waits.push(waited);
      hedged += Math.round(delta);
      waited = 0;
    }
    const median = waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)] ?? 0;
    assert.equal(waits[0], 10, 'the first look already hedges');
    assert.ok(median >= 12 && median <= 40, `median ${median} s of ${waits.length} hedges`);
    const bid = exchange.quote(NVDA)?.bid ?? 0;
    assert.ok(Math.abs(bid / 180.85 - 1) < 0.06, `at ${bid}`);
  });
});

function quoteOf(quote: VenueQuote | null): VenueQuote {
  assert.ok(quote !== null);
  return quote;
}

function isOnTick(price: number): boolean {
  return Math.abs(price * 100 - Math.round(price * 100)) < 1e-6;
}
