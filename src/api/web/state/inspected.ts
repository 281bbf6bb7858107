/**
 * The machine that is looked at: its statechart, its state and context now, and what it did. It is
 * read when somebody opens it and again whenever it moves; nothing is asked while nobody looks.
 */

import { effect, signal } from '@preact/signals';
import type { ChartLayoutView } from '../../../protocol/chart-layout.ts';
import type { MachineView, TracedTransition } from '../../../protocol/views.ts';
import type { ChartEdge } from '../chart-paths.ts';
import { after, readNow } from '../clock.ts';
import { timeIn } from './address.ts';
import { call } from './http.ts';
import { lastMove, link, type Reading } from './live.ts';
import { moment, momentAt, pinned, sameMoment } from './past.ts';
import { place } from './place.ts';
import { readSession } from './session.ts';

export interface Chart {
  readonly layout: ChartLayoutView;
  readonly edges: readonly ChartEdge[];
}

export interface Inspected {
  readonly id: string;
  readonly chart: Chart | null;
  readonly machine: Reading<MachineView> | null;
  /** Newest first. */
  readonly past: readonly TracedTransition[];
  /** What the daemon said where it could not be read. */
  readonly problem: string | null;
}

export const inspected = signal<Inspected | null>(null);
/** Whether events that moved nothing are listed too. */
export const withRefused = signal(false);
export const sent = signal<{ readonly ok: boolean; readonly text: string } | null>(null);

const PAST_ROWS = 200;
/** A machine that moves fast is read again this often. */
const REREAD_MS = 300;

const charts = new Map<string, Chart>();
let rereading = false;

/** Reads what the address names, and keeps it current. */
export function followInspected(): void {
  effect(() => {
    const here = place.value;
    const id = here.page === 'machines' ? (here.rest[0] ?? null) : null;
    const before = inspected.peek();
    const same = id === (before?.id ?? null);
    const then = id === null ? null : timeIn(here.query);
    const known = same ? (before?.past ?? []) : [];
    const asked = id === null || then === null ? null : momentAt(id, then, known);
    if (!sameMoment(asked, moment.peek())) moment.value = asked;
    if (same) return;
    pinned.value = null;
    sent.value = null;
    inspected.value =
      id === null ? null : { id, chart: null, machine: null, past: [], problem: null };
    if (id !== null) void read(id);
  });
  effect(() => {
    const move = lastMove.value;
    if (move !== null && move.machine === inspected.peek()?.id) rereadSoon();
  });
  effect(() => {
    void withRefused.value;
    if (link.value === 'live' && inspected.peek() !== null) rereadSoon();
  });
}

/** Sends one of its public events; what became of it is shown. */
export async function sendEvent(id: string, type: string): Promise<void> {
  const answer = await call('machineEvent', { id, type });
  if (answer.kind === 'ok') sent.value = { ok: true, text: type };
  else if (answer.kind === 'refused') {
    sent.value = { ok: false, text: answer.message };
    if (answer.status === 401) await readSession();
  } else sent.value = { ok: false, text: type };
  rereadSoon();
}

function rereadSoon(): void {
  if (rereading) return;
  rereading = true;
  after(REREAD_MS, () => {
    rereading = false;
    const id = inspected.peek()?.id;
    if (id !== undefined) void read(id);
  });
}

async function read(id: string): Promise<void> {
  const refused = String(withRefused.peek());
  const [machine, past, chart] = await Promise.all([
    call('machine', { id }),
    call('transitions', { id, limit: PAST_ROWS, refused }),
    chartOf(id),
  ]);
  const before = inspected.peek();
  // Another machine was opened meanwhile.
  if (before?.id !== id) return;
  inspected.value = {
    id,
    chart: chart ?? before.chart,
    machine: machine.kind === 'ok' ? { value: machine.body, at: readNow() } : before.machine,
    past: past.kind === 'ok' ? past.body : before.past,
    problem: machine.kind === 'refused' ? machine.message : null,
  };
  const then = moment.peek();
  if (then?.step !== null) return;
  // The address named it before its steps were read.
  const found = momentAt(id, then, inspected.value.past);
  if (found.step !== null) moment.value = found;
}

/** Statecharts do not change while a daemon runs, and are the same for all machines of a name. */
async function chartOf(id: string): Promise<Chart | null> {
  const name = id.split(':', 1)[0] ?? id;
  const known = charts.get(name);
  if (known !== undefined) return known;
  const [layout, definition] = await Promise.all([
    call('definition', { id, format: 'layout' }),
    call('definition', { id }),
  ]);
  if (layout.kind !== 'ok' || definition.kind !== 'ok') return null;
  // One route answers in several notations: which it is follows from what was asked for.
  const { edges } = definition.body as { readonly edges: readonly ChartEdge[] };
  const chart = { layout: layout.body as ChartLayoutView, edges };
  charts.set(name, chart);
  return chart;
}
