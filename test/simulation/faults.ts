/** What can go wrong, drawn from the seed: when, for how long, and in which combination. */

import type { Random } from '../../src/runtime/random.ts';

export const FAULTS = [
  'disconnect',
  'half_open',
  'refuse_connect',
  'upstream_1101',
  'upstream_1102',
  'slow_network',
  'duplicate_reports',
  'reorder_reports',
  'drop_order',
  'market_lost',
  'stale_quotes',
  'gap',
  'kill',
  'suspend',
  'resume',
  'stop',
  'manual_trade',
  'sink_down',
  'greeks_restart',
] as const;

export type FaultName = (typeof FAULTS)[number];

export interface Fault {
  /** Virtual ms since the start. */
  readonly at: number;
  readonly name: FaultName;
  readonly forMs: number;
  readonly size: number;
}

/** Faults of one seed: a subset of the kinds, so that some seeds are calm in one respect. */
export function drawFaults(random: Random, lengthMs: number): readonly Fault[] {
  const kinds = FAULTS.filter(() => random.next() < 0.4);
  if (kinds.length === 0) return [];
  const faults: Fault[] = [];
  let at = 5000 + random.integer(10_000);
  while (at < lengthMs) {
    const name = kinds[random.integer(kinds.length)] ?? 'kill';
    faults.push({ at, name, forMs: 200 + random.integer(25_000), size: random.normal() });
    at += 1000 + random.integer(30_000);
  }
  return faults;
}
