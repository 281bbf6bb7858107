/** The lease of the one writer: what its end does, and what a new one begins. */

import type { DaemonMessage } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/kernel.ts';
import { alert, type DaemonData, type SendEvent } from './state.ts';

export const LEASE_TIMER = 'lease';
const ALERT = 'lease';

/** What cancels take; then the connection goes, and with it the client id is free. */
const CANCEL_MS = 2500;

/**
 * At its end no new order leaves and what works is cancelled. One that is renewed after all goes
 * on; where the connection was given up meanwhile, by a complete sync.
 */
export function takeLease(
  data: DaemonData,
  turn: Turn,
  { state, epoch }: Extract<DaemonMessage, { readonly type: 'lease' }>,
  send: SendEvent,
): void {
  data.leaseHeld = state === 'held';
  if (!data.leaseHeld) {
    const text = `that of epoch ${epoch} is over, and could not be renewed: nothing new is sent`;
    data.alerts.set(ALERT, { id: ALERT, since: turn.at.wall / 1000, text });
    alert(data, turn, `${ALERT}: ${text}`);
    turn.startTimer(LEASE_TIMER, turn.at.mono + CANCEL_MS, 'mono');
    return;
  }
  turn.cancelTimer(LEASE_TIMER);
  if (data.alerts.delete(ALERT)) alert(data, turn, `${ALERT} cleared: epoch ${epoch} goes on`);
  send({ type: 'LEASE_WON' });
}

/** The cancels have had their time: the connection is given up, and another may have its id. */
export function standBy(data: DaemonData, send: SendEvent): void {
  if (data.leaseHeld) return;
  send({ type: 'LEASE_LOST', reason: 'the lease is over' });
}
