/** The lease of the one writer: what its end does, what a new one begins, and who is in the way. */

import type { Said } from '../../src/domain/alerts.ts';
import { ACTORS, type DaemonMessage } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { alert, type DaemonData, type SendEvent } from './state.ts';

export const LEASE_TIMER = 'lease';

/** What cancels take; then the connection goes, and with it the client id is free. */
const CANCEL_MS = 2500;

/**
 * At its end no new order leaves and what works is cancelled. One that is renewed after all goes
 * on; where the connection was given up meanwhile, by a complete sync.
 */
export function takeLease(
  data: DaemonData,
  turn: Turn,
  message: Extract<DaemonMessage, { readonly type: 'lease' }>,
  send: SendEvent,
): void {
  const { state, epoch, predecessor } = message;
  data.leaseHeld = state === 'held';
  if (!data.leaseHeld) {
    const text = `that of epoch ${epoch} is over, and could not be renewed: nothing new is sent`;
    raise(data, turn, 'lease', { text, values: { epoch } });
    turn.startTimer(LEASE_TIMER, turn.at.mono + CANCEL_MS, 'mono');
    return;
  }
  data.predecessor = predecessor ?? null;
  turn.cancelTimer(LEASE_TIMER);
  clear(data, turn, 'lease', `epoch ${epoch} goes on`);
  send({ type: 'LEASE_WON' });
}

/** The cancels have had their time: both connections go, and another may have their ids. */
export function standBy(data: DaemonData, turn: Turn, send: SendEvent): void {
  if (data.leaseHeld) return;
  data.market = { up: false, everUp: false, clientId: null, reason: 'the lease is over' };
  turn.send(ACTORS.market, { type: 'link.close' });
  send({ type: 'LEASE_LOST', reason: 'the lease is over' });
}

/** Only the id's own connection can cancel its orders, so it is waited for and never changed. */
export function noteIdInUse(data: DaemonData, turn: Turn): void {
  const { predecessor, config } = data;
  const { clientId } = config.broker;
  if (predecessor === null) {
    alert(data, turn, `client id ${clientId} is in use; it is kept, retried`);
    return;
  }
  const text = `the writer before (${predecessor}) still holds client id ${clientId}`;
  raise(data, turn, 'frozen_leader', {
    text: `${text}, though its lease is over`,
    values: { predecessor, clientId },
  });
}

/** We have the id: whoever held it is gone. */
export function noteIdFree(data: DaemonData, turn: Turn): void {
  data.predecessor = null;
  clear(data, turn, 'frozen_leader', 'the client id is ours');
}

/** Said once while it holds. */
function raise(data: DaemonData, turn: Turn, id: string, said: Said): void {
  if (data.alerts.has(id)) return;
  data.alerts.set(id, { id, since: turn.at.wall / 1000, ...said });
  alert(data, turn, `${id}: ${said.text}`);
}

function clear(data: DaemonData, turn: Turn, id: string, text: string): void {
  if (data.alerts.delete(id)) alert(data, turn, `${id} cleared: ${text}`);
}
