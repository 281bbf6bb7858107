/**
 * The cash that hedges have scalped: what selling above and buying below has realised, each share
 * against the one that came first. It is not the gain of gamma: what it lost by holding shares
 * meanwhile stands in the marks, and nowhere here.
 */

import type { Ledger } from './ledger.ts';

interface Lot {
  /** Signed. */
  shares: number;
  readonly price: number;
}

/** USD realised by executions from `since` (epoch ms) on, first in first out, before costs. */
export function scalpedSince(ledger: Ledger, since: number): number {
  const { owned, averageCost } = ledger.opening.sums;
  const lots: Lot[] = owned === 0 ? [] : [{ shares: owned, price: averageCost }];
  let first = 0;
  let sum = 0;
  for (const { ts, fill, shares, price } of ledger.entries) {
    let left = shares;
    for (let lot = lots[first]; lot !== undefined && left * lot.shares < 0; lot = lots[first]) {
      const closed = Math.sign(lot.shares) * Math.min(Math.abs(lot.shares), Math.abs(left));
      if (fill !== null && ts >= since) sum += closed * (price - lot.price);
      lot.shares -= closed;
      left += closed;
      if (lot.shares === 0) first += 1;
    }
    if (left !== 0) lots.push({ shares: left, price });
  }
  return sum;
}
