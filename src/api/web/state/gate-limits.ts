/** How the value of a gate stands to its limit: which way is open, and how much of it is used. */

import type { GateId } from '../../../domain/gates.ts';
import type { GateView } from '../../../protocol/views.ts';

/** `within`: of either sign, up to the limit; `beyond` is the other way round. */
export type Bound = 'at_least' | 'at_most' | 'beyond' | 'none';

/** Those that are open from their limit on; a number that is not named here is open up to it. */
const BOUNDS: Readonly<Partial<Record<GateId, Bound>>> = {
  no_option_position: 'at_least',
  open_delay: 'at_least',
  close_cut: 'at_least',
  leg_settling: 'at_least',
  in_band: 'beyond',
  below_threshold: 'beyond',
  min_hedge_shares: 'at_least',
  min_price_move: 'at_least',
  cooldown: 'at_least',
  daily_loss_limit: 'at_least',
  account_daily_loss: 'at_least',
  // Above or below the mid, by the side that would be traded.
  price_collar: 'none',
};

export function boundOf({ gate }: Pick<GateView, 'gate'>): Bound {
  return BOUNDS[gate as GateId] ?? 'at_most';
}

/** What stops hedging when it is used up, in the order in which one looks at them. */
const ROOM: readonly GateId[] = [
  'daily_loss_limit',
  'account_daily_loss',
  'max_daily_hedge_count',
  'max_daily_hedge_cost',
  'max_position',
  'account_daily_notional',
];

export interface Room {
  readonly gate: GateId;
  /** Without sign, in the unit of the gate. */
  readonly used: number;
  readonly limit: number;
  /** From 0 to 1. */
  readonly share: number;
  readonly unit: string;
}

/** How much of each limit is used, with so many shares of ours; one that is not set has none. */
export function roomOf(gates: readonly GateView[], owned: number | null): readonly Room[] {
  return ROOM.flatMap((id) => {
    const found = gates.find(({ gate }) => gate === id);
    if (found === undefined) return [];
    const { limit, unit } = found;
    // That gate tells what a trade would leave; here it counts what is held.
    const value = id === 'max_position' ? Math.abs(owned ?? Number.NaN) : found.value;
    if (
      typeof value !== 'number' ||
      Number.isNaN(value) ||
      typeof limit !== 'number' ||
      limit === 0
    )
      return [];
    // A loss limit is negative, and a gain uses nothing of it.
    const used = Math.max(0, limit < 0 ? -value : value);
    const most = Math.abs(limit);
    return [{ gate: id, used, limit: most, share: Math.min(1, used / most), unit }];
  });
}
