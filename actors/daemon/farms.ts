/**
 * The data farms of IB, one by one: while one of them is broken its quotes stand still without a
 * word, and after it has come back they sometimes stay away. So everything is subscribed again a
 * while after the last farm came back; while they flap, as at night, that time begins anew.
 */

import type { BrokerReport } from '../../src/protocol/broker.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import type { DaemonData } from './state.ts';

/** Broken, connected, idle until asked, connecting: of market data, not of history. */
const MARKET_FARM_CODES: ReadonlySet<number> = new Set([2103, 2104, 2108, 2119]);
const SETTLE_MS = 10_000;

/** Notes what a farm is said to be. */
export function takeFarm(
  data: DaemonData,
  turn: Turn,
  { code, farm, ok }: Extract<BrokerReport, { readonly type: 'farm' }>,
): void {
  data.farms.set(farm, ok);
  if (!MARKET_FARM_CODES.has(code)) return;
  if (!ok) data.farmsDown.add(farm);
  else if (data.farmsDown.delete(farm)) {
    turn.startTimer('farms', turn.at.mono + SETTLE_MS, 'mono');
  }
}

/** The farms have been well for a while: ask for all quotes again. */
export function resubscribeAfterFarms(data: DaemonData, turn: Turn): void {
  const operating = data.snapshot.matches({ lifecycle: 'operating' });
  if (!operating || data.farmsDown.size > 0 || !data.market.everUp) return;
  turn.send(ACTORS.market, { type: 'resubscribe' });
}

/** Another connection tells of its farms anew. */
export function forgetFarms(data: DaemonData): void {
  data.farms.clear();
  data.farmsDown.clear();
}
