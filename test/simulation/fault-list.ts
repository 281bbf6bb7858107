/**
 * The faults of one seed: drawn, written down for a later look, and read again. A film is a
 * function of its seed and this list, so a shorter list is another film that can be shown as well.
 */

import type { Random } from '../../src/runtime/random.ts';
import { FAULTS, type Fault, type FaultName } from './faults.ts';

/** Of all kinds, this share strikes in a seed: some meet one kind alone, others many together. */
const SHARES = [0.03, 0.12, 0.4] as const;
/** Mean time between two faults. */
const GAPS_MS = [5000, 15_000, 40_000] as const;
const FIRST_MS = 5000;
const LENGTH_MS_MAX = 25_000;

/** Draws the kinds, their pace, and then each fault. */
export function drawFaults(
  random: Random,
  lengthMs: number,
  symbols: readonly string[],
): readonly Fault[] {
  const share = SHARES[random.integer(SHARES.length)] ?? 0.1;
  const gapMs = GAPS_MS[random.integer(GAPS_MS.length)] ?? 15_000;
  const drawn = FAULTS.filter(() => random.next() < share);
  const kinds = drawn.length > 0 ? drawn : [FAULTS[random.integer(FAULTS.length)] ?? 'kill'];
  const faults: Fault[] = [];
  let at = FIRST_MS + random.integer(gapMs);
  while (at < lengthMs) {
    const name = kinds[random.integer(kinds.length)] ?? 'kill';
    const symbol = symbols[random.integer(symbols.length)] ?? '';
    // As it is written in a list: a film that is shown again has the same numbers.
    const size = Math.round(random.normal() * 1000) / 1000;
    faults.push({ at, name, forMs: 200 + random.integer(LENGTH_MS_MAX), size, symbol });
    at += 500 + random.integer(2 * gapMs);
  }
  return faults;
}

/** `kill@6000:2500:0.5:NVDA,…`: when, for how long, how large, where. */
export function formatFaults(faults: readonly Fault[]): string {
  if (faults.length === 0) return NONE;
  return faults
    .map(({ at, name, forMs, size, symbol }) => `${name}@${at}:${forMs}:${size}:${symbol}`)
    .join(',');
}

/** Throws for what is no list. */
export function parseFaults(text: string): readonly Fault[] {
  return text === NONE ? [] : text.split(',').map(parseFault);
}

const NONE = 'none';

function parseFault(text: string): Fault {
  const match = /^(\w+)@(\d+):(\d+):(-?[\d.]+):(\w*)$/.exec(text.trim());
  const [, name = '', at, forMs, size, symbol = ''] = match ?? [];
  if (match === null || !isFault(name)) throw new Error(`no fault: ${text}`);
  return { name, at: Number(at), forMs: Number(forMs), size: Number(size), symbol };
}

function isFault(name: string): name is FaultName {
  return (FAULTS as readonly string[]).includes(name);
}
