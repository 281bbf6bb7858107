/** Signs of life: a fact with every beat, whatever IB does. */

import type { ControlResult } from '../../src/protocol/control.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { BookMessage } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import type { DaemonData } from './state.ts';

/** The heartbeat: proof of life for readers of the database, whatever IB does. */
export function beat(data: DaemonData, turn: Turn): void {
  const { wall, mono } = turn.at;
  data.lastHeartbeat = wall / 1000;
  const operating = data.snapshot.matches({ lifecycle: 'operating' });
  turn.fact({
    fact: 'heartbeat',
    ...dated(turn),
    hedgeRunning: operating && !data.suspended,
    ibConnected: connected(data),
    ibClientId: data.clientId,
    nextRetryTs: data.retryAt === null ? null : data.retryAt / 1000,
    secondsUntilRetry:
      data.retryAt === null ? null : Math.max(0, Math.round((data.retryAt - wall) / 1000)),
    gracefulShutdownAt: data.stoppingSince === null ? null : data.stoppingSince / 1000,
    heartbeatIntervalS: data.heartbeatMs / 1000,
    suspended: data.suspended,
  });
  turn.startTimer('heartbeat', mono + data.heartbeatMs, 'mono');
}

/** To each book. Prices are kept with the heartbeat that comes nearest to their interval. */
export function bookHeartbeat(data: DaemonData, mono: number): BookMessage {
  const { quoteHistoryMs = Number.POSITIVE_INFINITY } = data.config;
  const isDue = mono - data.quotesKeptAt >= quoteHistoryMs - data.heartbeatMs / 2;
  if (!isDue || quoteHistoryMs === Number.POSITIVE_INFINITY) return { type: 'heartbeat' };
  data.quotesKeptAt = mono;
  return { type: 'heartbeat', keepQuotes: true };
}

/** Beats at another interval from now on, and after the next start too. */
export function setHeartbeat(data: DaemonData, turn: Turn, intervalS: number): ControlResult {
  data.heartbeatMs = intervalS * 1000;
  const configuredS = data.config.heartbeatMs / 1000;
  turn.fact({ fact: 'heartbeatInterval', ...dated(turn), intervalS, configuredS });
  turn.startTimer('heartbeat', turn.at.mono + data.heartbeatMs, 'mono');
  return { ok: true, status: 200, message: `a heartbeat every ${intervalS} s` };
}

/** Whether a socket to TWS is up and ready. */
function connected(data: DaemonData): boolean {
  const { snapshot } = data;
  return (
    snapshot.matches({ lifecycle: 'connected' }) ||
    snapshot.matches({ lifecycle: 'operating' }) ||
    snapshot.matches({ lifecycle: { waiting_ib: 'upstream' } })
  );
}
