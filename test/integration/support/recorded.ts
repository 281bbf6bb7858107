/**
 * A recorded day in lock-step: LEAN files become a data set, a daemon trades it over the real
 * protocol, and a driver steps the exchange minute by minute, each when the last is through.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { tradingSession } from '../../../src/domain/calendar.ts';
import { priceEuropean } from '../../../src/pricing/black-scholes.ts';
import { yearsToExpiry } from '../../../src/pricing/time-to-expiry.ts';
import { createRandom } from '../../../src/runtime/random.ts';
import type { TestDaemon, TestHome } from '../../support/daemon.ts';
import { leanRow, writeLeanZip } from '../../support/lean-folder.ts';
import { bifrost } from '../../support/program.ts';

export const DEPLOYMENT = 'day';
/** The day that SPY is recorded on, and on which the test makes one itself. */
export const DAY = '20230803';
export const EXPIRY = '20230901';
const MINUTE_S = 60;
const OPEN_OF_DAY_MS = 9.5 * 3_600_000;
const CASH = 1_000_000;

export interface RecordedLeg {
  readonly strike: number;
  readonly right: 'C' | 'P';
  readonly avgCost: number;
}

export interface Recording {
  readonly symbol: string;
  /** Trading days, in their order. */
  readonly days: readonly string[];
  readonly expiry: string;
  /** Ten of each are held. */
  readonly legs: readonly RecordedLeg[];
  /** The LEAN data folder. */
  readonly lean: string;
  /** Of each day, from the open. */
  readonly minutes: number;
  /** That the exchange announces, and options are priced with; default: a yield. */
  readonly dividends?: readonly { readonly ex_date: string; readonly amount: number }[];
  /** Settings of `gates.strategy`. */
  readonly strategy: object;
}

/** Imports the days, and writes the scenario and configuration that trade them. */
export async function importDays(home: TestHome, recording: Recording): Promise<string> {
  const { symbol, days, expiry, legs, lean, dividends = [] } = recording;
  const dir = join(home.dir, `set-${symbol}`);
  const contracts = legs.map(({ strike, right }) => `${expiry}/${strike}${right}`);
  const { code, err } = await bifrost([
    ...['data', 'import', '--format', 'lean', '--from', lean, '--symbol', symbol],
    ...['--dates', days.join(','), '--contracts', contracts.join(','), '--to', dir],
  ]);
  assert.equal(code, 0, err);
  const scenario = home.write(`scenario-${symbol}.yaml`, {
    seed: 1,
    start: `${dashed(days[0] ?? '')} 09:30`,
    lock_step: true,
    accounts: [
      {
        id: 'DU0000001',
        cash: CASH,
        positions: legs.map(({ strike, right, avgCost }) => ({
          option: { symbol, expiry, strike, right },
          quantity: 10,
          avg_cost: avgCost,
        })),
      },
    ],
    recorded: { dir, dividends: dividends.map((dividend) => ({ symbol, ...dividend })) },
  });
  return home.write(`config-${symbol}.yaml`, {
    mode: 'simulated',
    broker: { deployment: DEPLOYMENT, trading_clock: 'lockstep' },
    gateway: { scenario },
    books: [{ symbol }],
    greeks: { risk_free_rate: 0.053, dividend_yield: dividends.length === 0 ? 0.015 : 0 },
    gates: { strategy: recording.strategy },
  });
}

/** `20230803` as `2023-08-03`. */
function dashed(day: string): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}

/**
 * Steps through the days, and over each night in one step, to the next open; between two steps
 * nothing is under way.
 */
export async function driveDays(daemon: TestDaemon, recording: Recording): Promise<void> {
  const exchange = daemon.exchange();
  await daemon.untilStatus('it operates', (now) => now.daemon_self_check === 'ok');
  for (const [index, day] of recording.days.entries()) {
    const session = tradingSession(day);
    assert(session !== null, `${day} is a trading day`);
    const open = session.open / 1000;
    for (let minute = index === 0 ? 1 : 0; minute <= recording.minutes; minute += 1) {
      const to = open + minute * MINUTE_S;
      await exchange.step(to);
      await daemon.untilStatus(`minute ${minute} of ${day} is through`, (status) => {
        const { quiescent, trading_ts: at } = status;
        return quiescent && at !== null && at >= to * 1000;
      });
    }
  }
}

/**
 * A day in LEAN's files that the test makes itself: a stock that walks at random, and a put and a
 * call on it with the prices of one volatility, a cent around the middle.
 */
export function writeWalk(lean: string, symbol: string, strikes: readonly [number, number]): void {
  const random = createRandom('a recorded walk');
  const rows: [stock: string[], put: string[], call: string[]] = [[], [], []];
  const open = tradingSession(DAY)?.open ?? Number.NaN;
  let spot = 100;
  for (let minute = 0; minute < 120; minute += 1) {
    const start = OPEN_OF_DAY_MS + minute * MINUTE_S * 1000;
    const years = yearsToExpiry(EXPIRY, open + (minute + 1) * MINUTE_S * 1000);
    spot *= 1 + 0.002 * random.normal();
    rows[0].push(bar(start, spot, 400));
    for (const [index, right] of (['P', 'C'] as const).entries()) {
      const strike = strikes[index] ?? spot;
      const terms = { right, spot, strike, years, rate: 0.053, dividendYield: 0.015, sigma: 0.3 };
      const priced = priceEuropean(terms);
      assert(priced.kind === 'priced');
      rows[index === 0 ? 1 : 2].push(bar(start, priced.price, 20));
    }
  }
  writeDay(
    lean,
    symbol,
    strikes,
    rows.map((lines) => `${lines.join('\n')}\n`),
  );
}

function writeDay(
  lean: string,
  symbol: string,
  [putStrike, callStrike]: readonly [number, number],
  [stock = '', put = '', call = '']: readonly string[],
): void {
  const name = symbol.toLowerCase();
  const option = (right: string, strike: number): string =>
    `${DAY}_${name}_minute_quote_american_${right}_${strike * 10_000}_${EXPIRY}.csv`;
  writeLeanZip(lean, `equity/usa/minute/${name}/${DAY}_quote.zip`, {
    [`${DAY}_${name}_minute_quote.csv`]: stock,
  });
  writeLeanZip(lean, `option/usa/minute/${name}/${DAY}_quote_american.zip`, {
    [option('put', putStrike)]: put,
    [option('call', callStrike)]: call,
  });
}

/** One cent on each side of the price, in 1/10,000 USD. */
function bar(start: number, price: number, size: number): string {
  const cents = Math.round(price * 100);
  return leanRow(start, (cents - 1) * 100, size, (cents + 1) * 100, size);
}
