/** Control commands in the daemon decider: each is taken or refused, answered, and written down. */

import type { DaemonEvent } from '../../machines/daemon.ts';
import type { ControlRequest, ControlResult } from '../../src/protocol/control.ts';
import { ACTORS, bookId, type ControlAnswer } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/kernel.ts';
import { type DaemonData, dated, symbolsOf } from './state.ts';

export type SendEvent = (event: DaemonEvent) => void;

/** Public machine events and the commands that they are. */
const COMMAND_OF_EVENT: Readonly<Record<string, ControlRequest['control']>> = {
  STOP: { command: 'stop' },
  SUSPEND: { command: 'suspend' },
  RESUME: { command: 'resume' },
  RETRY_IB: { command: 'retry_ib' },
};

export function takeControl(
  data: DaemonData,
  turn: Turn,
  request: ControlRequest,
  requestId: number,
  send: SendEvent,
): void {
  const { control, origin } = request;
  // A book knows whether its causes still hold: it answers and writes it down itself.
  if (control.command === 'manual_resume' && symbolsOf(data).includes(control.symbol)) {
    const { symbol, reason, allowance_usd: allowanceUsd = null } = control;
    const message = { type: 'manual.resume', reason, allowanceUsd, origin, requestId };
    turn.send(bookId(symbol), message);
    return;
  }
  const result = perform(data, turn, request, send);
  turn.fact({
    fact: 'control',
    ...dated(turn),
    command: control.command,
    origin,
    symbol: 'symbol' in control ? (control.symbol ?? null) : null,
    ok: result.ok,
    message: result.message,
  });
  answer(turn, requestId, result);
}

export function takeMachineEvent(
  data: DaemonData,
  turn: Turn,
  message: { readonly event: string; readonly origin: string; readonly requestId: number },
  send: SendEvent,
): void {
  const control = COMMAND_OF_EVENT[message.event];
  if (control === undefined) {
    const text = `${message.event} is not an event that may be sent`;
    answer(turn, message.requestId, refused(409, text));
    return;
  }
  takeControl(data, turn, { control, origin: message.origin }, message.requestId, send);
}

function answer(turn: Turn, requestId: number, result: ControlResult): void {
  const message: ControlAnswer = { type: 'control.answer', requestId, result };
  turn.send(ACTORS.control, message);
}

function perform(
  data: DaemonData,
  turn: Turn,
  request: ControlRequest,
  send: SendEvent,
): ControlResult {
  const { control, origin } = request;
  switch (control.command) {
    case 'stop':
      if (!data.snapshot.can({ type: 'STOP' })) return refused(409, 'already stopping');
      send({ type: 'STOP' });
      return taken(202, 'stopping');
    case 'suspend':
      return control.symbol === undefined
        ? suspendAll(data, turn, origin, send)
        : suspendBook(data, turn, control.symbol, true, origin);
    case 'resume':
      return control.symbol === undefined
        ? resumeAll(data, turn, origin, send)
        : suspendBook(data, turn, control.symbol, false, origin);
    case 'manual_resume':
      return refused(404, `no book ${control.symbol}`);
    case 'retry_ib':
      if (!data.snapshot.can({ type: 'RETRY_IB' })) {
        return refused(409, 'not waiting for a connection that could be retried');
      }
      send({ type: 'RETRY_IB' });
      return taken(202, 'connecting');
  }
}

function suspendAll(data: DaemonData, turn: Turn, origin: string, send: SendEvent): ControlResult {
  if (data.suspended) return taken(200, 'already suspended');
  noteSuspended(data, turn, true, origin);
  send({ type: 'SUSPEND' });
  return taken(200, 'suspended: no new hedge until resume');
}

function resumeAll(data: DaemonData, turn: Turn, origin: string, send: SendEvent): ControlResult {
  if (data.snapshot.matches({ admission: 'flattening' })) {
    return refused(409, 'flattening: resume when it has ended');
  }
  if (!data.suspended) return taken(200, 'not suspended');
  noteSuspended(data, turn, false, origin);
  send({ type: 'RESUME' });
  return taken(200, 'resumed');
}

function noteSuspended(data: DaemonData, turn: Turn, suspended: boolean, origin: string): void {
  data.suspended = suspended;
  turn.fact({ fact: 'suspended', ...dated(turn), symbol: null, suspended, origin });
}

function suspendBook(
  data: DaemonData,
  turn: Turn,
  symbol: string,
  suspended: boolean,
  origin: string,
): ControlResult {
  if (!symbolsOf(data).includes(symbol)) return refused(404, `no book ${symbol}`);
  turn.send(bookId(symbol), { type: 'suspend', suspended, origin });
  return taken(200, `${symbol} ${suspended ? 'suspended' : 'resumed'}`);
}

function taken(status: 200 | 202, message: string): ControlResult {
  return { ok: true, status, message };
}

function refused(status: 404 | 409, message: string): ControlResult {
  return { ok: false, status, message };
}
