/** What the seeded market is said to be, measured: all of it is drawn from a fixed seed. */

import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { newYorkDate } from '../../../src/domain/calendar.ts';
import {
  busynessOf,
  gapOvernight,
  type PriceState,
  stepPrice,
} from '../../../src/gateway/sim/price-process.ts';
import type { ScenarioUnderlying } from '../../../src/gateway/sim/scenario.ts';
import type { VenueQuote } from '../../../src/gateway/sim/venue.ts';
import { createRandom } from '../../../src/runtime/random.ts';
import { MINUTE, openWorld, optionId, SECOND, scenarioOf, type World } from './support/world.ts';

type Model = ScenarioUnderlying['model'];

/** Sessions of trading, on a machine that has more to do. */
const SLOW = { timeout: 30_000 };

/** A Monday, 09:30 in New York. */
const OPEN = Date.UTC(2026, 8, 14, 13, 30);
const SESSION_MS = 6.5 * 3_600_000;
const OPEN_YEAR_S = 252 * 6.5 * 3600;

function modelOf(changes: Partial<Model>): Model {
  const abc = { symbol: 'ABC', con_id: 77, price: 100, model: changes };
  const [underlying] = scenarioOf({ underlyings: [abc] }).underlyings;
  assert.ok(underlying !== undefined);
  return underlying.model;
}

function freshState(): PriceState {
  return { price: 100, heat: 1, level: 1, anchor: 100, reference: 100, haltedUntil: 0 };
}

/** Steps of a second through so many sessions; tells of each. */
function run(
  model: Model,
  sessions: number,
  look: (state: PriceState, session: number, second: number) => void,
  seed = 7,
): void {
  const random = createRandom(seed);
  const state = freshState();
  for (let session = 0; session < sessions; session += 1) {
    for (let second = 1; second <= SESSION_MS / SECOND; second += 1) {
      stepPrice(state, model, random, OPEN + second * SECOND, SECOND);
      look(state, session, second);
    }
  }
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe('the price', SLOW, () => {
  it('realises its volatility whether it is flat or smiles through the day', () => {
    for (const intraday of ['flat', 'smile'] as const) {
      let before = 100;
      let squares = 0;
      run(modelOf({ volatility: 0.5, intraday }), 5, ({ price }) => {
        squares += Math.log(price / before) ** 2;
        before = price;
      });
      const realised = Math.sqrt((squares / (5 * 23_400)) * OPEN_YEAR_S);
      // Four deviations of the estimate are under one percent; the smile's mean square is 1.03.
      const wanted = intraday === 'flat' ? 0.5 : 0.5 * Math.sqrt(1.032);
      assert.ok(Math.abs(realised / wanted - 1) < 0.01, `${intraday}: ${realised}`);
    }
  });

  it('moves more near the open and the close than at noon, as a U', () => {
    const parts = Array.from({ length: 13 }, () => 0);
    let before = 100;
    run(modelOf({ volatility: 0.5, intraday: 'smile' }), 4, ({ price }, _, second) => {
      const part = Math.floor((second - 1) / 1800);
      parts[part] = (parts[part] ?? 0) + Math.log(price / before) ** 2;
      before = price;
    });
    const noon = parts[6] ?? 0;
    assert.ok((parts[0] ?? 0) / noon > 2 && (parts[12] ?? 0) / noon > 2, parts.join(' '));
    assert.ok((parts[3] ?? 0) > noon && (parts[9] ?? 0) > noon);
    assert.equal(busynessOf({ intraday: 'flat' }, OPEN), 1);
  });

  it('jumps in number and size as it was told', () => {
    const sizes: number[] = [];
    let before = 100;
    run(modelOf({ volatility: 0.01, jumps_per_hour: 20, jump_pct: 0.5 }), 6, ({ price }) => {
      const move = Math.log(price / before);
      if (Math.abs(move) > 0.0002) sizes.push(move);
      before = price;
    });
    // 39 hours: 780 jumps are meant, of which three percent are too small to see.
    assert.ok(sizes.length > 670 && sizes.length < 840, `${sizes.length} jumps`);
    const size = deviation(sizes) * 100;
    assert.ok(size > 0.46 && size < 0.55, `of ${size} %`);
  });

  it('opens away from its close by the gap', () => {
    const random = createRandom(3);
    const model = modelOf({ gap_pct: 2 });
    const gaps = Array.from({ length: 2000 }, () => {
      const state = freshState();
      gapOvernight(state, model, random);
      return Math.log(state.price / 100) * 100;
    });
    assert.ok(Math.abs(deviation(gaps) - 2) < 0.1, String(deviation(gaps)));
    const still = freshState();
    gapOvernight(still, modelOf({}), random);
    assert.equal(still.price, 100);
  });
});

describe('volatility of its own', SLOW, () => {
  const model = modelOf({ volatility: 0.4, vol_of_vol: 8, vol_half_life_h: 1.5 });

  it('keeps its mean square, strays as far as it was told, and comes back', () => {
    const levels: number[] = [];
    run(model, 40, ({ level }, session, second) => {
      // An hour apart; the first sessions forget where it began.
      if (session >= 2 && second % 3600 === 0) levels.push(level);
    });
    const meanSquare = levels.reduce((sum, level) => sum + level ** 2, 0) / levels.length;
    assert.ok(meanSquare > 0.7 && meanSquare < 1.35, `mean square ${meanSquare}`);
    const variance = (8 ** 2 * (1.5 / (252 * 6.5))) / (2 * Math.LN2);
    const spread = deviation(levels.map(Math.log));
    assert.ok(Math.abs(spread / Math.sqrt(variance) - 1) < 0.2, `${spread} of ${variance}`);
  });

  it('moves against the price by its correlation, or with it', () => {
    for (const correlation of [-0.8, 0, 0.8]) {
      let [price, level, products, prices, levels] = [100, 1, 0, 0, 0];
      run({ ...model, vol_spot_correlation: correlation }, 2, (state) => {
        const move = Math.log(state.price / price) / level;
        const other = Math.log(state.level / level);
        products += move * other;
        prices += move ** 2;
        levels += other ** 2;
        [price, level] = [state.price, state.level];
      });
      const found = products / Math.sqrt(prices * levels);
      assert.ok(Math.abs(found - correlation) < 0.03, `${found} for ${correlation}`);
    }
  });

  it('draws nothing where it stands still: a scenario without it is the market it was', () => {
    const last = (changes: Partial<Model>): number => {
      let price = 0;
      run(modelOf({ volatility: 0.4, ...changes }), 1, (state) => {
        price = state.price;
      });
      return price;
    };
    assert.equal(last({ vol_half_life_h: 3, vol_spot_correlation: 0.5 }), last({}));
    assert.notEqual(last({ vol_of_vol: 1 }), last({}));
  });

  it('carries the surface of the options with it', async () => {
    const world = await openWorld({
      scenario: lively({ volatility: 0.4, vol_of_vol: 12, vol_half_life_h: 1 }),
    });
    const seen: number[] = [];
    for (let minute = 0; minute < 200; minute += 1) {
      world.clock.advanceBy(MINUTE);
      seen.push(quoteOf(world, optionId(world.exchange, 100, 'C')).model?.iv ?? 0);
    }
    assert.ok(Math.max(...seen) / Math.min(...seen) > 1.3, `${Math.min(...seen)}`);
  });
});

describe('trading', SLOW, () => {
  it('is halted by a move too far, for its minutes, and resumes where the news has led', async () => {
    const model = { volatility: 0.3, jumps_per_hour: 20, jump_pct: 4, halt_pct: 5, halt_min: 5 };
    const world = await openWorld({ scenario: lively(model) });
    const { clock, exchange } = world;
    const halts: { readonly seconds: number; readonly moved: number }[] = [];
    let [began, bid] = [0, 0];
    for (let second = 0; second < 5 * 3600; second += 1) {
      clock.advanceBy(SECOND);
      const quote = quoteOf(world, 77);
      if (quote.halted && began === 0) [began, bid] = [exchange.now(), quote.bid];
      if (quote.halted) assert.equal(quote.bid, bid, 'a halted quote stands');
      if (!quote.halted && began > 0) {
        const seconds = (exchange.now() - began) / SECOND;
        halts.push({ seconds, moved: Math.abs(quote.bid / bid - 1) });
        began = 0;
      }
    }
    assert.ok(halts.length >= 2, `${halts.length} halts`);
    for (const { seconds } of halts) assert.ok(Math.abs(seconds - 300) <= 1, `${seconds} s`);
    assert.ok(halts.some(({ moved }) => moved > 0.01));
  });

  it('is not halted by a price set by hand, nor without the key', async () => {
    const calm = await openWorld({ scenario: lively({ volatility: 0.1, halt_pct: 1 }) });
    calm.exchange.movePrice('ABC', { pct: 20 });
    calm.clock.advanceBy(5 * SECOND);
    assert.equal(quoteOf(calm, 77).halted, false);
    const wild = await openWorld({ scenario: lively({ volatility: 5 }) });
    for (let second = 0; second < 300; second += 1) {
      wild.clock.advanceBy(SECOND);
      assert.equal(quoteOf(wild, 77).halted, false);
    }
  });
});

describe('volume', SLOW, () => {
  it('is a U: a half hour at the ends trades twice what one at noon does', async () => {
    const world = await openWorld({
      scenario: { ...lively({ volatility: 0.3, intraday: 'smile' }), start: '2026-09-14 09:30' },
    });
    const parts: number[] = [];
    let before = 0;
    for (let part = 0; part < 13; part += 1) {
      world.clock.advanceBy(30 * MINUTE);
      const { volume } = quoteOf(world, 77);
      parts.push(volume - before);
      before = volume;
    }
    const noon = parts[6] ?? 1;
    assert.ok((parts[0] ?? 0) / noon > 1.9 && (parts[12] ?? 0) / noon > 1.9, parts.join(' '));
  });
});

describe('spreads', SLOW, () => {
  /** The mean spread of stock and option at a volatility, in cents. */
  async function spreadsAt(level: Partial<Model>): Promise<readonly [number, number]> {
    const world = await openWorld({ scenario: lively({ spread_ticks: 2, ...level }) });
    const conId = optionId(world.exchange, 100, 'C');
    let [stock, option] = [0, 0];
    for (let second = 0; second < 900; second += 1) {
      world.clock.advanceBy(SECOND);
      const [share, call] = [quoteOf(world, 77), quoteOf(world, conId)];
      stock += (share.ask - share.bid) / 9;
      option += (call.ask - call.bid) / 9;
    }
    return [stock, option];
  }

  it('widen with volatility above its own, of the stock and of its options', async () => {
    const calm = await spreadsAt({ volatility: 0.3 });
    const wild = await spreadsAt({ volatility: 0.3, jumps_per_hour: 900, jump_pct: 0.3 });
    assert.ok(wild[0] > 1.5 * calm[0], `${wild[0]} against ${calm[0]}`);
    assert.ok(wild[1] > 1.2 * calm[1], `${wild[1]} against ${calm[1]}`);
  });
});

describe('several underlyings', SLOW, () => {
  it('move by themselves, each as it would alone', async () => {
    const one = { symbol: 'ABC', con_id: 77, price: 100, model: { volatility: 0.5 } };
    const two = { symbol: 'XYZ', con_id: 78, price: 40, model: { volatility: 0.5 } };
    const alone = await openWorld({ scenario: { underlyings: [one] } });
    const both = await openWorld({ scenario: { underlyings: [one, two] } });
    const moves: [number, number][] = [];
    let before = [100, 40];
    for (let minute = 0; minute < 120; minute += 1) {
      alone.clock.advanceBy(MINUTE);
      both.clock.advanceBy(MINUTE);
      assert.equal(quoteOf(both, 77).bid, quoteOf(alone, 77).bid);
      const now = [quoteOf(both, 77).bid, quoteOf(both, 78).bid];
      moves.push([(now[0] ?? 0) / (before[0] ?? 1) - 1, (now[1] ?? 0) / (before[1] ?? 1) - 1]);
      before = now;
    }
    const products = moves.reduce((sum, [a, b]) => sum + a * b, 0) / moves.length;
    const [a, b] = [deviation(moves.map(([x]) => x)), deviation(moves.map(([, y]) => y))];
    assert.ok(Math.abs(products / (a * b)) < 0.3, String(products / (a * b)));
  });
});

describe('a past', SLOW, () => {
  it('has the volatility of the model and its U, day by day', async () => {
    const world = await openWorld({ scenario: lively({ volatility: 0.4, intraday: 'smile' }) });
    const { research, now } = world.exchange;
    const since = now() - 100 * 86_400_000;
    const bars = research?.bars(77, since, now(), 30 * MINUTE, 'TRADES') ?? [];
    const byTime = new Map<number, { volume: number; squares: number; days: number }>();
    for (const { ts, open, close, volume } of bars) {
      if (newYorkDate(ts) === newYorkDate(now())) continue;
      const at = Math.round((ts % 86_400_000) / (30 * MINUTE)) % 48;
      const sum = byTime.get(at) ?? { volume: 0, squares: 0, days: 0 };
      const squares = sum.squares + Math.log(close / open) ** 2;
      byTime.set(at, { volume: sum.volume + volume, squares, days: sum.days + 1 });
    }
    const summer = [...byTime.entries()].filter(([at]) => at >= 27 && at <= 39);
    const noon = byTime.get(33);
    const opening = byTime.get(27);
    assert.ok(summer.length === 13 && noon !== undefined && opening !== undefined);
    assert.ok(opening.volume / opening.days > 1.5 * (noon.volume / noon.days));
    assert.ok(opening.squares / opening.days > 1.5 * (noon.squares / noon.days));
    const realised = research?.bars(77, since, now(), 86_400_000, 'HISTORICAL_VOLATILITY') ?? [];
    const mean = realised.reduce((sum, { close }) => sum + close, 0) / realised.length;
    assert.ok(realised.length > 60 && Math.abs(mean - 0.4) < 0.06, `${mean}`);
  });
});

function lively(model: Record<string, unknown>): Record<string, unknown> {
  const chain = { dtes: [28], strikes: [90, 100, 110] };
  const stock = { symbol: 'ABC', con_id: 77, price: 100, model, chain };
  return { underlyings: [stock], tick_ms: 1000 };
}

function quoteOf({ exchange }: World, conId: number): VenueQuote {
  const quote = exchange.quote(conId);
  assert.ok(quote !== null);
  return quote;
}
