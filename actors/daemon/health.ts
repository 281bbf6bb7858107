/** How the engine is as a whole: for the machine, and for every book. */

import { daemonState } from '../../machines/daemon.ts';
import { ACTORS, bookId, type EngineState } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { type DaemonData, type EngineSource, type SendEvent, symbolsOf } from './state.ts';

/** What of the engine is not well, told to the machine when it changed. */
export function noteHealth(data: DaemonData, send: SendEvent): void {
  const degraded: string[] = [];
  if (data.down.has(ACTORS.market)) degraded.push('market_data_restarting');
  else if (data.market.everUp && !data.market.up) degraded.push('market_data_lost');
  if (data.down.has(ACTORS.greeks)) degraded.push('greeks_restarting');
  if (data.down.has(ACTORS.persistence)) degraded.push('persistence_restarting');
  if (data.sink === 'behind') degraded.push('sink_unavailable');
  if (data.disk !== 'ok') degraded.push(`disk_${data.disk}`);
  if (data.recorderFailed) degraded.push('recorder_failed');
  if (data.farmsDown.size > 0) degraded.push('farm_down');
  const known = data.snapshot.context.degraded;
  if (degraded.join() !== known.join()) send({ type: 'health.changed', degraded });
}

/** Tells every book how the engine is, when that changed. */
export function tellBooks(data: DaemonData, turn: Turn): void {
  const { snapshot, clientId, config, leaseHeld } = data;
  const of = { snapshot, clientId, config, leaseHeld, marketUp: data.market.up };
  if (data.toldOf !== null && isSame(data.toldOf, of)) return;
  data.toldOf = of;
  const stopping =
    snapshot.matches({ lifecycle: 'stopping' }) || snapshot.matches({ lifecycle: 'stopped' });
  const operating = snapshot.matches({ lifecycle: 'operating' });
  const engine: EngineState = {
    brokerUp:
      operating || snapshot.matches({ lifecycle: 'connected' }) || (stopping && clientId !== null),
    synced: operating,
    stopping,
    leaveOrders: config.books.every((book) => book.settings.order.on_stop === 'leave'),
    standby: snapshot.matches({ lifecycle: 'standby' }),
    leaseHeld: data.leaseHeld,
    suspended: !snapshot.matches({ admission: 'active' }),
    flattening: snapshot.matches({ admission: 'flattening' }),
    degraded: snapshot.context.degraded,
    marketUp: data.market.up,
    daemonState: daemonState(snapshot),
  };
  if (JSON.stringify(engine) === JSON.stringify(data.engine)) return;
  data.engine = engine;
  for (const symbol of symbolsOf(data)) turn.send(bookId(symbol), { type: 'engine', engine });
}

/** Snapshots and configurations are values: where they are the same, so is all that follows. */
function isSame(one: EngineSource, other: EngineSource): boolean {
  return (
    one.snapshot === other.snapshot &&
    one.clientId === other.clientId &&
    one.config === other.config &&
    one.leaseHeld === other.leaseHeld &&
    one.marketUp === other.marketUp
  );
}
