/**
 * A recorded day in lock-step: LEAN files become a data set, a daemon trades it over the real
 * protocol, and a driver steps the exchange minute by minute, each when the last is through.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { priceEuropean } from '../../../src/pricing/black-scholes.ts';
import { yearsToExpiry } from '../../../src/pricing/time-to-expiry.ts';
import { createRandom } from '../../../src/runtime/random.ts';
import type { TestDaemon, TestHome } from '../../support/daemon.ts';
import { leanRow, writeLeanZip } from '../../support/lean-folder.ts';
import { bifrost } from '../../support/program.ts';

export const DEPLOYMENT = 'day';
export const DAY = '20230803';
const EXPIRY = '20230901';
const MINUTE_S = 60;
/** 09:30 in New York, unix seconds. */
const OPEN_S = Date.UTC(2023, 7, 3, 13, 30) / 1000;
const OPEN_OF_DAY_MS = 9.5 * 3_600_000;
const CASH = 1_000_000;

export interface RecordedDay {
  readonly symbol: string;
  /** Strike of the put and of the call; ten of each are held. */
  readonly strikes: readonly [put: number, call: number];
  /** The LEAN data folder. */
  readonly lean: string;
  readonly minutes: number;
}

/** Imports the day, and writes the scenario and configuration that trade it. */
export async function importDay(home: TestHome, day: RecordedDay): Promise<string> {
  const { symbol, strikes, lean } = day;
  const [put, call] = strikes;
  const dir = join(home.dir, `set-${symbol}`);
  const { code, err } = await bifrost([
    ...['data', 'import', '--format', 'lean', '--from', lean, '--symbol', symbol],
    ...['--dates', DAY, '--contracts', `${EXPIRY}/${put}P,${EXPIRY}/${call}C`, '--to', dir],
  ]);
  assert.equal(code, 0, err);
  const option = { symbol, expiry: EXPIRY };
  const position = (strike: number, right: string, avg_cost: number) => ({
    option: { ...option, strike, right },
    quantity: 10,
    avg_cost,
  });
  const scenario = home.write(`scenario-${symbol}.yaml`, {
    seed: 1,
    start: '2023-08-03 09:30',
    lock_step: true,
    accounts: [
      {
        id: 'DU0000001',
        cash: CASH,
        positions: [position(put, 'P', 2.5), position(call, 'C', 1.5)],
      },
    ],
    recorded: { dir },
  });
  return home.write(`config-${symbol}.yaml`, {
    mode: 'simulated',
    broker: { deployment: DEPLOYMENT, trading_clock: 'lockstep' },
    gateway: { scenario },
    books: [{ symbol }],
    greeks: { risk_free_rate: 0.053, dividend_yield: 0.015 },
    gates: { strategy: { structure: { atm_band_pct: 5, membership: 'auto' } } },
  });
}

/** Steps through the day; between two steps nothing is under way. */
export async function driveDay(daemon: TestDaemon, minutes: number): Promise<void> {
  const exchange = daemon.exchange();
  await daemon.untilStatus('it operates', (now) => now.daemon_self_check === 'ok');
  for (let minute = 1; minute <= minutes; minute += 1) {
    const to = OPEN_S + minute * MINUTE_S;
    await exchange.step(to);
    await daemon.untilStatus(`minute ${minute} is through`, ({ quiescent, trading_ts: at }) => {
      return quiescent && at !== null && at >= to * 1000;
    });
  }
}

/**
 * A day in LEAN's files that the test makes itself: a stock that walks at random, and a put and a
 * call on it with the prices of one volatility, a cent around the middle.
 */
export function writeWalk(lean: string, symbol: string, strikes: readonly [number, number]): void {
  const random = createRandom('a recorded walk');
  const rows: [stock: string[], put: string[], call: string[]] = [[], [], []];
  let spot = 100;
  for (let minute = 0; minute < 120; minute += 1) {
    const start = OPEN_OF_DAY_MS + minute * MINUTE_S * 1000;
    const years = yearsToExpiry(EXPIRY, (OPEN_S + (minute + 1) * MINUTE_S) * 1000);
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
