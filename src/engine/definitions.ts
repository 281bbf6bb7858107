/** The statechart behind a machine id of the API. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createDaemonMachine } from '../../machines/daemon.ts';
import { chartOf, mermaidOf } from '../../machines/diagram.ts';
import { createHedgeMachine } from '../../machines/hedge.ts';
import { createLifecycleMachine } from '../../machines/lifecycle.ts';
import { scxmlOf } from '../../machines/scxml.ts';
import { createTradingMachine } from '../../machines/trading.ts';
import { Fault } from '../fault.ts';
import type { ChartLayoutView } from '../protocol/chart-layout.ts';
import { LIFECYCLE } from '../runtime/lifecycle.ts';

export interface Definition {
  readonly json: unknown;
  readonly mermaid: string;
  readonly scxml: string;
  /** As it is drawn. */
  readonly layout: ChartLayoutView;
  readonly toured: boolean;
}

/** Every machine by its name, as `docs/machines.md` and the API show it. */
export const MACHINES = {
  daemon: () => createDaemonMachine({ suspended: false }),
  trading: createTradingMachine,
  hedge: createHedgeMachine,
  /** The lifecycle by which every supervised actor lives. */
  actor: () => createLifecycleMachine(LIFECYCLE),
} as const;

/**
 * Those of which the tests go every way: each of `test/machines` keeps account of its steps, and
 * fails where a way was never gone.
 */
const TOURED: ReadonlySet<string> = new Set(['daemon', 'trading', 'hedge']);

const definitions = new Map<string, Definition>();

/**
 * `daemon`, `trading:NVDA`, `actor:greeks`. Throws `Fault('not_found')` for others. Made once for
 * all machines of a name, because whoever looks asks the thread that decides.
 */
export function definitionOf(id: string): Definition {
  const name = id.split(':', 1)[0] ?? '';
  const create = Object.entries(MACHINES).find(([known]) => known === name)?.[1];
  if (create === undefined) throw new Fault('not_found', `no statechart behind ${id}`);
  const definition = definitions.get(name) ?? definitionBy(name, create());
  definitions.set(name, definition);
  return definition;
}

function definitionBy(name: string, machine: Parameters<typeof chartOf>[0]): Definition {
  return {
    json: chartOf(machine),
    mermaid: mermaidOf(machine),
    scxml: scxmlOf(machine),
    layout: layoutOf(name),
    toured: TOURED.has(name),
  };
}

/**
 * Made by `npm run docs` from the same machines; a test holds the whole file against its schema,
 * which would take longer here than an evaluation may wait.
 */
function layoutOf(name: string): ChartLayoutView {
  const file = new URL('./chart-layouts.json', import.meta.url);
  const layouts = JSON.parse(readFileSync(file, 'utf8')) as Record<string, ChartLayoutView>;
  const layout = layouts[name];
  if (layout === undefined) throw new Fault('internal', `the statechart ${name} is not laid out`);
  assert(Array.isArray(layout.states) && Array.isArray(layout.edges));
  return layout;
}
