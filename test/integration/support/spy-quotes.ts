/** An hour of invented quotes of SPY and its nearest straddle, as a file of one's own. */

import assert from 'node:assert/strict';
import { priceEuropean } from '../../../src/pricing/black-scholes.ts';

const BEGIN = Date.UTC(2023, 7, 3, 13, 35);
const STEP_MS = 30_000;
const STEPS = 120;
const EXPIRY = '20230901';
const STRIKE = 450;
const YEARS = 29 / 365;

/** CSV with a header, in the order of time. */
export function quotesOfSpy(): string {
  const rows = ['time,expiry,strike,right,bid,ask'];
  for (let step = 0; step < STEPS; step += 1) {
    const time = new Date(BEGIN + step * STEP_MS).toISOString();
    const spot = STRIKE + 2.5 * Math.sin(step / 9);
    rows.push([time, '', '', '', ...sides(spot, 0.01)].join());
    for (const right of ['C', 'P'] as const) {
      rows.push([time, EXPIRY, STRIKE, right, ...sides(worth(spot, right), 0.02)].join());
    }
  }
  return `${rows.join('\n')}\n`;
}

function sides(mid: number, half: number): readonly string[] {
  return [mid - half, mid + half].map((price) => price.toFixed(2));
}

function worth(spot: number, right: 'C' | 'P'): number {
  const priced = priceEuropean({
    right,
    spot,
    strike: STRIKE,
    years: YEARS,
    rate: 0.05,
    dividendYield: 0,
    sigma: 0.13,
  });
  assert(priced.kind === 'priced');
  return priced.price;
}
