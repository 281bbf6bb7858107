/** The statechart behind a machine id of the API. */

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createDaemonMachine } from '../../machines/daemon.ts';
import { chartOf, mermaidOf } from '../../machines/diagram.ts';
import { createHedgeMachine } from '../../machines/hedge.ts';
import { createLifecycleMachine } from '../../machines/lifecycle.ts';
import { scxmlOf } from '../../machines/scxml.ts';
import { createTradingMachine } from '../../machines/trading.ts';
import { Fault } from '../fault.ts';
import { type ChartLayoutView, chartLayoutView } from '../protocol/chart-layout.ts';
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

/** `daemon`, `trading:NVDA`, `actor:greeks`. Throws `Fault('not_found')` for others. */
export function definitionOf(id: string): Definition {
  const name = id.split(':', 1)[0] ?? '';
  const create = Object.entries(MACHINES).find(([known]) => known === name)?.[1];
  if (create === undefined) throw new Fault('not_found', `no statechart behind ${id}`);
  const machine = create();
  return {
    json: chartOf(machine),
    mermaid: mermaidOf(machine),
    scxml: scxmlOf(machine),
    layout: layoutOf(name),
    toured: TOURED.has(name),
  };
}

const layoutsSchema = z.record(z.string(), chartLayoutView);
let layouts: z.output<typeof layoutsSchema> | undefined;

/** Made by `npm run docs` from the same machines; read when somebody first looks at one. */
function layoutOf(name: string): ChartLayoutView {
  const file = new URL('./chart-layouts.json', import.meta.url);
  layouts ??= layoutsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const layout = layouts[name];
  if (layout === undefined) throw new Fault('internal', `the statechart ${name} is not laid out`);
  return layout;
}
