/**
 * What happens to option positions without an order: they are exercised, assigned, or expire. The
 * broker tells of none of it; contracts are gone and shares are there. Contracts that no execution
 * took away and shares that nobody traded are put together here.
 */

import type { OptionContract } from './contract.ts';

/** Contracts that came or went without an execution. */
export interface OptionShift {
  readonly contract: OptionContract;
  /** Signed: −2 are two long contracts less, +2 two short ones less. */
  readonly change: number;
}

/** One that a book looks into: what no execution explains by and by is an event. */
export interface BookShift extends OptionShift {
  /** Of a leg of the book. */
  readonly member: boolean;
  /** When it was seen to happen, trading time; null where it was found so. */
  readonly seenAt: number | null;
  /** Executions (their bases) of the contract that are in `change`, or were told before it. */
  readonly told: readonly string[];
  /** When it was given up that shares follow, trading time; null while they may, any moment. */
  readonly endedAt: number | null;
  /** The day's P&L knows of it. */
  readonly counted: boolean;
}

export interface OptionDelivery {
  readonly contract: OptionContract;
  readonly kind: 'exercise' | 'assignment';
  /** Signed shares that came in (+) or went out (−) at the strike. */
  readonly shares: number;
}

/** Beyond this many at once the search would double with each; a person has to look. */
const SHIFTS_MAX = 12;

/**
 * Which of the shifts delivered `shares` (signed); the others expired. Null where no choice of
 * them gives exactly these shares.
 */
export function explainDeliveries(
  shifts: readonly OptionShift[],
  shares: number,
): readonly OptionDelivery[] | null {
  if (shares === 0) return [];
  if (shifts.length > SHIFTS_MAX) return null;
  const whole = chooseWhole(shifts.map(deliveryOf), shares, 0);
  return whole ?? partOf(shifts, shares);
}

/** All contracts of each chosen one; the fewest of the first are tried last. */
function chooseWhole(
  deliveries: readonly OptionDelivery[],
  left: number,
  from: number,
): readonly OptionDelivery[] | null {
  if (left === 0) return [];
  const delivery = deliveries[from];
  if (delivery === undefined) return null;
  const rest = chooseWhole(deliveries, left - delivery.shares, from + 1);
  if (rest !== null) return [delivery, ...rest];
  return chooseWhole(deliveries, left, from + 1);
}

/** Some contracts of one position were assigned, and the rest of them expired. */
function partOf(shifts: readonly OptionShift[], shares: number): readonly OptionDelivery[] | null {
  for (const shift of shifts) {
    const whole = deliveryOf(shift);
    const part = shares / whole.shares;
    const contracts = (shares / shift.contract.multiplier) % 1;
    if (part > 0 && part < 1 && contracts === 0) return [{ ...whole, shares }];
  }
  return null;
}

/** A call held brings shares, a call written takes them; puts the other way round. */
function deliveryOf({ contract, change }: OptionShift): OptionDelivery {
  const sign = contract.right === 'C' ? -1 : 1;
  return {
    contract,
    kind: change < 0 ? 'exercise' : 'assignment',
    shares: sign * change * contract.multiplier,
  };
}
