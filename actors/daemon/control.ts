/** Control commands in the daemon decider: each is taken or refused, answered, and written down. */

import type {
  BookCommand,
  ControlCommand,
  ControlRequest,
  ControlResult,
} from '../../src/protocol/control.ts';
import { dated } from '../../src/protocol/dated.ts';
import { ACTORS, bookId, type ControlAnswer } from '../../src/protocol/decision.ts';
import { DRY_RUN } from '../../src/protocol/whole-control.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { setHeartbeat } from './heartbeat.ts';
import { repeatOrderTests } from './order-tests.ts';
import { type DaemonData, type SendEvent, symbolsOf } from './state.ts';
import { requestAccounts } from './sync.ts';

/** Public machine events and the commands that they are. */
const COMMAND_OF_EVENT: Readonly<Record<string, ControlCommand>> = {
  STOP: { command: 'stop' },
  SUSPEND: { command: 'suspend' },
  RESUME: { command: 'resume' },
  FLATTEN: { command: 'flatten' },
  RETRY_IB: { command: 'retry_ib' },
};

/** Does or refuses a command to the whole, and answers the request; commands to a book go to it. */
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
  const result = perform(data, turn, { request, requestId, send });
  if (result !== null) conclude(turn, request, requestId, result);
}

/** Takes an event from outside as the command that it stands for; others are refused. */
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

/** One book's word on a command; with the last of them the whole is answered. */
export function gatherAnswer(
  data: DaemonData,
  turn: Turn,
  said: { readonly symbol: string; readonly requestId: number; readonly result: ControlResult },
): void {
  const asked = data.asked.get(said.requestId);
  if (asked?.waiting.delete(said.symbol) !== true) return;
  asked.results.push(said.result);
  if (asked.waiting.size > 0) return;
  data.asked.delete(said.requestId);
  conclude(turn, asked.request, said.requestId, together(asked.results));
}

/** The audit row and the answer; nothing is asked for that does not leave both. */
function conclude(
  turn: Turn,
  { control, origin }: ControlRequest,
  requestId: number,
  result: ControlResult,
): void {
  const symbol = 'symbol' in control ? (control.symbol ?? null) : null;
  const dry = 'dry_run' in control && control.dry_run === true;
  turn.fact({
    fact: 'control',
    ...dated(turn),
    command: control.command,
    origin,
    symbol,
    ok: result.ok,
    message: `${dry ? DRY_RUN : ''}${result.message}`,
  });
  answer(turn, requestId, result);
}

function answer(turn: Turn, requestId: number, result: ControlResult): void {
  const message: ControlAnswer = { type: 'control.answer', requestId, result };
  turn.send(ACTORS.control, message);
}

interface Command {
  readonly request: ControlRequest;
  readonly requestId: number;
  readonly send: SendEvent;
}

/** Null where books answer. */
function perform(data: DaemonData, turn: Turn, command: Command): ControlResult | null {
  const { request, send } = command;
  const { control } = request;
  switch (control.command) {
    case 'stop':
      if (!data.snapshot.can({ type: 'STOP' })) return refused(409, 'already stopping');
      send({ type: 'STOP' });
      return taken(202, 'stopping');
    case 'suspend':
    case 'resume':
      return admit(data, turn, command, control);
    case 'manual_resume':
      return refused(404, `no book ${control.symbol}`);
    case 'retry_ib':
      if (isOperating(data) && repeatOrderTests(data, turn)) {
        return taken(202, 'the broker is asked again whether it takes orders');
      }
      if (!data.snapshot.can({ type: 'RETRY_IB' })) {
        return refused(409, 'not waiting for a connection that could be retried');
      }
      send({ type: 'RETRY_IB' });
      return taken(202, 'connecting');
    case 'refresh_accounts':
      if (!isOperating(data)) return refused(409, 'not connected: nothing can be read');
      requestAccounts(turn);
      return taken(202, 'accounts and positions are read again');
    case 'set_heartbeat_interval':
      return setHeartbeat(data, turn, control.interval_s);
    case 'flatten':
      return flatten(data, turn, command, control);
    case 'cancel_all':
      return cancelAll(data, turn, command, control);
    case 'hedge_now':
    case 'adopt':
    case 'legs':
      if (!symbolsOf(data).includes(control.symbol)) {
        return refused(404, `no book ${control.symbol}`);
      }
      return ask(data, turn, command, control, [control.symbol]);
  }
}

/** Hands a command on; the answers come in this very turn. */
function ask(
  data: DaemonData,
  turn: Turn,
  { request, requestId }: Command,
  control: BookCommand,
  symbols: readonly string[],
): null {
  data.asked.set(requestId, { request, waiting: new Set(symbols), results: [] });
  const { origin } = request;
  for (const symbol of symbols) {
    turn.send(bookId(symbol), { type: 'command', control, origin, requestId });
  }
  return null;
}

/** Several books' answers in one: refused where all are, with every line of them. */
function together(results: readonly ControlResult[]): ControlResult {
  const [first] = results;
  if (first !== undefined && results.length === 1) {
    const { detail = {} } = first;
    return { ...first, detail: { ...detail, books: [detail] } };
  }
  const ok = results.some((result) => result.ok);
  const status = results.find((result) => result.ok === ok)?.status ?? 200;
  const message = results.map((result) => result.message).join('; ');
  return { ok, status, message, detail: { books: results.map(({ detail }) => detail ?? {}) } };
}

/**
 * New hedges stop first, then each book closes what is ours. Without a broker that is only
 * suspended: an order that waits for a connection is one that nobody decided.
 */
function flatten(
  data: DaemonData,
  turn: Turn,
  command: Command,
  control: Extract<ControlCommand, { readonly command: 'flatten' }>,
): ControlResult | null {
  const all = symbolsOf(data);
  const symbols = control.symbol === undefined ? all : [control.symbol];
  const unknown = symbols.find((symbol) => !all.includes(symbol));
  if (unknown !== undefined) return refused(404, `no book ${unknown}`);
  if (control.dry_run === true) return ask(data, turn, command, control, symbols);

  const { origin } = command.request;
  // One book of several is held by itself; the last one, or all of them, hold the engine.
  const whole = symbols.length === all.length;
  if (whole) noteSuspended(data, turn, true, origin);
  // One that closes its shares already is held, and a suspend would end just that.
  else if (!data.flattening.has(symbols[0] ?? '')) {
    for (const symbol of symbols) suspendBook(data, turn, symbol, true, origin);
  }
  if (!isOperating(data)) {
    if (whole) command.send({ type: 'SUSPEND' });
    return refused(409, 'the broker is not connected: suspended, and nothing is flattened');
  }
  for (const symbol of symbols) data.flattening.add(symbol);
  if (whole) command.send({ type: 'FLATTEN' });
  return ask(data, turn, command, control, symbols);
}

function cancelAll(
  data: DaemonData,
  turn: Turn,
  command: Command,
  control: Extract<ControlCommand, { readonly command: 'cancel_all' }>,
): null {
  noteSuspended(data, turn, true, command.request.origin);
  command.send({ type: 'SUSPEND' });
  return ask(data, turn, command, control, symbolsOf(data));
}

function admit(
  data: DaemonData,
  turn: Turn,
  { request: { origin }, send }: Command,
  { command, symbol }: Extract<ControlCommand, { readonly command: 'suspend' | 'resume' }>,
): ControlResult {
  const suspends = command === 'suspend';
  if (symbol !== undefined) {
    if (!suspends && data.flattening.has(symbol)) return refused(409, FLATTENING);
    return suspendBook(data, turn, symbol, suspends, origin);
  }
  const flattening = data.snapshot.matches({ admission: 'flattening' });
  if (!suspends && flattening) return refused(409, FLATTENING);
  if (data.suspended === suspends && !flattening) {
    return taken(200, suspends ? 'already suspended' : 'not suspended');
  }
  noteSuspended(data, turn, suspends, origin);
  send({ type: suspends ? 'SUSPEND' : 'RESUME' });
  return taken(200, suspends ? 'suspended: no new hedge until resume' : 'resumed');
}

const FLATTENING = 'flattening: resume when it has ended';

function noteSuspended(data: DaemonData, turn: Turn, suspended: boolean, origin: string): void {
  if (data.suspended === suspended) return;
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

function isOperating({ snapshot }: DaemonData): boolean {
  return snapshot.matches({ lifecycle: 'operating' });
}

function taken(status: 200 | 202, message: string): ControlResult {
  return { ok: true, status, message };
}

function refused(status: 404 | 409, message: string): ControlResult {
  return { ok: false, status, message };
}
