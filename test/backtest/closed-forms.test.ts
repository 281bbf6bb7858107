import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { BacktestResult } from '../../src/backtest/result.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { configOf, EAGER, MINUTE, modelSource, requestOf, runOn } from './support/world.ts';

/**
 * J. C. Hull, Options, Futures, and Other Derivatives, "Dynamic aspects of delta hedging": 100 000
 * calls are sold on a stock at 49, strike 50, volatility 20 %, rate 5 %, 20 weeks to expiry, and
 * hedged once a week. The tables give the cost of that, with interest, in thousands.
 */
const HULL = [
  {
    name: 'closes in the money',
    weeks: [
      49, 48.12, 47.37, 50.25, 51.75, 53.12, 53, 51.87, 51.38, 53, 49.88, 48.5, 49.88, 50.37, 52.13,
      51.88, 52.87, 54.87, 54.62, 55.87, 57.25,
    ],
    first: 0.522,
    last: 100_000,
    cost: 263.3,
  },
  {
    name: 'closes out of the money',
    weeks: [
      49, 49.75, 52, 50, 48.38, 48.25, 48.75, 49.63, 48.25, 48.25, 51.12, 51.5, 49.88, 49.88, 48.75,
      47.5, 48, 46.25, 48.13, 46.63, 48.12,
    ],
    first: 0.522,
    last: 0,
    cost: 256.6,
  },
] as const;

/** Fridays from 2023-03-10, but the Thursday before Good Friday. */
const FRIDAYS = [
  ...['20230310', '20230317', '20230324', '20230331', '20230406', '20230414', '20230421'],
  ...['20230428', '20230505', '20230512', '20230519', '20230526', '20230602', '20230609'],
  ...['20230616', '20230623', '20230630', '20230707', '20230714', '20230721', '20230728'],
];
const EXPIRY = '20230728';
const RATE = 0.05;
/** Minutes around 15:45: the book joins, settles and is hedged at one price. */
const MOMENT = [375, 376, 377];

/** The premium is no part of the tables: free options are there from the start, and sold. */
const SOLD = [
  { expiry: EXPIRY, strike: 50, right: 'C' as const, quantity: -1000, avgCost: 0.0001 },
];

/** The closed form at one volatility, as the tables have it. */
const PLAIN = { vol_source: 'fixed', exercise: 'european' } as const;

function hullConfig(): Promise<LoadedConfig> {
  const greeks = { ...PLAIN, risk_free_rate: RATE, volatility: 0.2 };
  return configOf({ ...EAGER, greeks });
}

async function playHull(weeks: readonly number[]): Promise<BacktestResult> {
  const source = modelSource({
    ...{ days: FRIDAYS, minutes: MOMENT, strikes: [50], expiry: EXPIRY, sigma: 0.2, rate: RATE },
    spot: (day) => weeks[day] ?? Number.NaN,
    halfSpread: 0.0001,
    size: 10_000_000,
  });
  const request = requestOf({ rule: null, positions: SOLD, cash: 10_000_000 });
  const financing = { credit: RATE, debit: RATE, borrow: 0 };
  const execution = { ...request.execution, financing };
  return runOn(source, await hullConfig(), { ...request, execution });
}

/** Shares bought at each week's price, with interest by the week, in thousands. */
function costOf(result: BacktestResult, weeks: readonly number[]): number {
  let cost = 0;
  let owned = 0;
  for (const [week, price] of weeks.entries()) {
    cost *= week === 0 ? 1 : 1 + RATE / 52;
    const day = FRIDAYS[week] ?? '';
    for (const { kind, ts, quantity } of result.trades) {
      const date = new Date(ts).toISOString().slice(0, 10).replaceAll('-', '');
      if (kind !== 'hedge' || date !== day) continue;
      cost += (quantity * price) / 1000;
      owned += quantity;
    }
  }
  // Called away at the strike, as far as they are delivered.
  return cost - (Math.round(owned / 100_000) * 100_000 * 50) / 1000;
}

describe("Hull's tables of delta hedging", () => {
  for (const { name, weeks, first, last, cost } of HULL) {
    it(`cost what the book says when the option ${name}`, async () => {
      const result = await playHull(weeks);
      const hedges = result.trades.filter(({ kind }) => kind === 'hedge');
      assert(Math.abs((hedges[0]?.quantity ?? 0) / 100_000 - first) < 0.0012);
      const owned = hedges.reduce((sum, { quantity }) => sum + quantity, 0);
      assert(Math.abs(owned - last) < 100, `${owned} shares in the last week`);
      const found = costOf(result, weeks);
      // Hull rounds each delta to a thousandth, and a week of his year is a 52nd.
      assert(Math.abs(found - cost) < 1.5, `${found.toFixed(1)} for ${cost}`);
      // What the engine itself says was earned: the premium with its interest, less that cost.
      const { pnl, commissions } = result.totals;
      const premium = 240.05 * (1 + (RATE * 20) / 52);
      const paid = premium - (pnl + commissions) / 1000;
      assert(Math.abs(paid - cost) < 1.5, `${paid.toFixed(1)} of ${cost} by P&L`);
    });
  }
});

/** The last two hours of a day: the engine has nothing to do outside them. */
const MINUTES = Array.from({ length: 130 }, (_, index) => 261 + index);
const DAY = '20230803';
const MONTH = '20230901';
const SIGMA = 0.3;
const PATHS = 24;

/** The P&L of a straddle at its own volatility, hedged at most every so many minutes. */
async function hedgedDay(seed: number, everyMinutes: number): Promise<number> {
  const random = createRandom(`path ${seed}`);
  // The option's clock is calendar time: a minute of it is a minute of a year of 365 days.
  const deviation = SIGMA * Math.sqrt(1 / (365 * 24 * 60));
  const path: number[] = [100];
  for (let minute = 1; minute <= 391; minute += 1) {
    const before = path[minute - 1] ?? 100;
    path.push(before * Math.exp(deviation * random.normal() - (deviation * deviation) / 2));
  }
  const source = modelSource({
    ...{ days: [DAY], strikes: [100], expiry: MONTH, sigma: SIGMA, rate: 0 },
    minutes: MINUTES,
    spot: (_day, minute) => path[minute] ?? Number.NaN,
    halfSpread: 0.0001,
    size: 10_000_000,
  });
  const { gates, hedging } = EAGER;
  const cooldown = everyMinutes * 60 - 1;
  const hedge = { ...gates.intent.hedge, cooldown_seconds: everyMinutes === 1 ? 0 : cooldown };
  const loaded = await configOf({
    hedging,
    gates: { ...gates, intent: { hedge } },
    greeks: { ...PLAIN, risk_free_rate: 0, volatility: SIGMA },
  });
  const positions = (['C', 'P'] as const).map((right) => {
    return { expiry: MONTH, strike: 100, right, quantity: 100, avgCost: 300 };
  });
  const request = requestOf({ rule: null, positions, cash: 10_000_000 });
  const { trades, equity } = await runOn(source, loaded, request);
  // Counted once the first hedge is done: until then nothing is hedged, however often one would.
  const from = source.start + 5 * MINUTE;
  const before = equity.findLast(([ts]) => ts <= from)?.[1] ?? Number.NaN;
  const later = trades.filter(({ ts }) => ts > from);
  // Commissions are no error of hedging.
  const paid = later.reduce((sum, { commission }) => sum + commission, 0);
  return (equity.at(-1)?.[1] ?? Number.NaN) - before + paid;
}

function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe('the error of hedging in steps', () => {
  it('falls with the square root of their number, around no profit', {
    timeout: 180_000,
  }, async () => {
    const often: number[] = [];
    const seldom: number[] = [];
    for (let seed = 1; seed <= PATHS; seed += 1) {
      often.push(await hedgedDay(seed, 1));
      seldom.push(await hedgedDay(seed, 16));
    }
    const ratio = deviationOf(seldom) / deviationOf(often);
    // Sixteen times as often: a quarter of the error, to within what so few paths can tell.
    assert(ratio > 2.7 && ratio < 6, `a ratio of ${ratio.toFixed(2)}`);
    const mean = often.reduce((sum, value) => sum + value, 0) / PATHS;
    assert(Math.abs(mean) < (3.5 * deviationOf(often)) / Math.sqrt(PATHS), `a mean of ${mean}`);
  });
});
