/**
 * What the daemon shows, kept current: read once, then followed over the event stream. Whenever the
 * stream begins again everything is read anew, so that nothing missed stays wrong; and what cannot
 * be followed is called lost, never shown as if it were now.
 */

import { batch, signal } from '@preact/signals';
import type { LogView } from '../../../protocol/log-view.ts';
import type {
  ActorView,
  MachineSummary,
  StatusView,
  TransitionView,
} from '../../../protocol/views.ts';
import { after, readNow, serverOffset } from '../clock.ts';
import { call, isRecord } from './http.ts';
import { type OperationRow, ROWS_MAX, withHistory, withRow } from './operation-list.ts';

/** `denied`: the daemon is there and wants a sign-in before it shows anything. */
export type Link = 'connecting' | 'live' | 'lost' | 'denied';

export interface Reading<T> {
  readonly value: T;
  /** Epoch ms of this browser when it arrived. */
  readonly at: number;
}

export const link = signal<Link>('connecting');
/** Since when the stream is lost. */
export const lostAt = signal<number | null>(null);
export const status = signal<Reading<StatusView> | null>(null);
export const operations = signal<Reading<readonly OperationRow[]> | null>(null);
export const machines = signal<Reading<readonly MachineSummary[]> | null>(null);
export const actors = signal<Reading<readonly ActorView[]> | null>(null);
/** The latest transition of any machine. */
export const lastMove = signal<TransitionView | null>(null);

/**
 * What is known of the daemon's health now. `none`: contact was lost or refused, and nothing read
 * before is shown as if it were now; `waiting`: nothing has failed, the first answer is under way.
 */
export function lampNow(): StatusView['status_lamp'] | 'none' | 'waiting' {
  if (link.value === 'live') return status.value?.value.status_lamp ?? 'waiting';
  return link.value === 'connecting' ? 'waiting' : 'none';
}

/** The browser comes back by itself where it can; where it gives up, we do, this often. */
const REOPEN_MS = 2000;
/** The machines change by transitions; this refreshes what no transition tells. */
const REREAD_MS = 5000;
/** A daemon that lives tells its status with every heartbeat; so long without is no life. */
const SILENT_HEARTBEATS = 2.5;
const SILENT_MS_MIN = 15_000;

let source: EventSource | null = null;
let reopen: (() => void) | null = null;
let heardAt = 0;
let rereadAt = 0;
let epoch = '';
/** Tells a read that something newer came while it was under way. */
let generation = 0;
let onBegin: () => void = () => undefined;

const logListeners = new Set<(line: LogView) => void>();

/** Hears each line that is logged from now on; the result ends it. */
export function onLogLine(listener: (line: LogView) => void): () => void {
  logListeners.add(listener);
  return () => logListeners.delete(listener);
}

/** Reads and follows from now on; `began` is called each time the stream begins. */
export function follow(began: () => void): void {
  onBegin = began;
  openStream();
}

/** Begins anew, for instance because a sign-in opened what was denied. */
export function reconnect(): void {
  openStream();
}

/** With every tick of the clock: notices silence, and rereads what no event tells. */
export function watch(): void {
  if (link.value !== 'live') return;
  const at = readNow();
  const heartbeat = status.value?.value.daemon_heartbeat.heartbeat_interval_sec ?? 0;
  const silent = Math.max(SILENT_MS_MIN, heartbeat * 1000 * SILENT_HEARTBEATS);
  if (at - heardAt > silent) {
    // It is lost since it was last heard of, not since that was noticed.
    lose(heardAt);
    openStream();
  } else if (at - rereadAt > REREAD_MS && document.visibilityState === 'visible') {
    void rereadMachines();
  }
}

function openStream(): void {
  reopen?.();
  reopen = null;
  source?.close();
  const stream = new EventSource('/events');
  source = stream;
  stream.addEventListener('hello', (event) => begin(parse(event)));
  stream.addEventListener('status', (event) => hear(parse(event), isStatus, takeStatus));
  stream.addEventListener('operation', (event) => hear(parse(event), isOperation, takeOperation));
  stream.addEventListener('transition', (event) => hear(parse(event), isTransition, takeMove));
  stream.addEventListener('log', (event) => hear(parse(event), isLine, takeLine));
  stream.addEventListener('error', () => {
    lose(readNow());
    // With a refused answer the browser gives up; with a lost connection it returns by itself.
    if (stream.readyState !== EventSource.CLOSED) return;
    void learnWhy();
    reopen = after(REOPEN_MS, openStream);
  });
}

function begin(hello: unknown): void {
  const told = isRecord(hello) ? String(hello['epoch'] ?? '') : '';
  batch(() => {
    // Another daemon than before: what the old one told is neither its state nor its past.
    if (epoch !== '' && told !== epoch) {
      status.value = null;
      operations.value = null;
    }
    epoch = told;
    heardAt = readNow();
    link.value = 'live';
    lostAt.value = null;
  });
  void rereadStatus();
  void rereadOperations();
  void rereadMachines();
  onBegin();
}

function lose(since: number): void {
  batch(() => {
    if (link.value !== 'denied') link.value = 'lost';
    lostAt.value ??= since;
  });
}

async function learnWhy(): Promise<void> {
  const answer = await call('status', {});
  if (answer.kind === 'refused' && answer.status === 401) link.value = 'denied';
}

function hear<T>(
  data: unknown,
  holds: (data: unknown) => data is T,
  take: (data: T) => void,
): void {
  heardAt = readNow();
  if (holds(data)) batch(() => take(data));
}

function takeStatus(view: StatusView): void {
  generation += 1;
  const at = readNow();
  const told = view.books[0]?.ts;
  if (told !== undefined) serverOffset.value = told * 1000 - at;
  status.value = { value: view, at };
}

function takeOperation(row: OperationRow): void {
  const rows = withRow(operations.value?.value ?? [], row);
  operations.value = { value: rows, at: readNow() };
}

/** Of a book's machine the new state is known at once; the daemon's label has to be asked for. */
function takeMove(move: TransitionView): void {
  const { machine, to, ts } = move;
  lastMove.value = move;
  const known = machines.value?.value ?? [];
  if (to.startsWith('{') || !known.some(({ id }) => id === machine)) {
    void rereadMachines();
    return;
  }
  const moved = known.map((one) =>
    one.id === machine ? { ...one, value: to, label: to, since: ts } : one,
  );
  machines.value = { value: moved, at: readNow() };
}

function takeLine(line: LogView): void {
  for (const listener of logListeners) listener(line);
}

async function rereadStatus(): Promise<void> {
  const asked = generation;
  const answer = await call('status', {});
  if (answer.kind === 'ok' && asked === generation) {
    const view = answer.body;
    batch(() => takeStatus(view));
  }
}

async function rereadOperations(): Promise<void> {
  const answer = await call('operations', { limit: ROWS_MAX });
  if (answer.kind !== 'ok') return;
  const rows = withHistory(operations.value?.value ?? [], answer.body.operations);
  operations.value = { value: rows, at: readNow() };
}

async function rereadMachines(): Promise<void> {
  rereadAt = readNow();
  const [machinesNow, actorsNow] = await Promise.all([call('machines', {}), call('actors', {})]);
  batch(() => {
    const at = readNow();
    if (machinesNow.kind === 'ok') {
      machines.value = { value: machinesNow.body, at };
    }
    if (actorsNow.kind === 'ok') {
      actors.value = { value: actorsNow.body, at };
    }
  });
}

function parse(event: Event): unknown {
  if (!(event instanceof MessageEvent) || typeof event.data !== 'string') return undefined;
  try {
    return JSON.parse(event.data);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

// What comes over the stream has the type of its name by construction; these look only for the mark
// of each, so that what a proxy puts between is not taken for it.

function isStatus(data: unknown): data is StatusView {
  return isRecord(data) && 'status_lamp' in data && Array.isArray(data['books']);
}

function isOperation(data: unknown): data is OperationRow {
  return isRecord(data) && typeof data['ts'] === 'number' && 'state_reason' in data;
}

function isTransition(data: unknown): data is TransitionView {
  return isRecord(data) && typeof data['machine'] === 'string' && typeof data['to'] === 'string';
}

function isLine(data: unknown): data is LogView {
  return isRecord(data) && typeof data['text'] === 'string' && typeof data['level'] === 'string';
}
