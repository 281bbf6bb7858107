/** The statechart behind a machine id of the API. */

import { createDaemonMachine } from '../../machines/daemon.ts';
import { chartOf, mermaidOf } from '../../machines/diagram.ts';
import { createHedgeMachine } from '../../machines/hedge.ts';
import { createLifecycleMachine } from '../../machines/lifecycle.ts';
import { scxmlOf } from '../../machines/scxml.ts';
import { createTradingMachine } from '../../machines/trading.ts';
import { Fault } from '../fault.ts';
import { LIFECYCLE } from '../runtime/lifecycle.ts';

export interface Definition {
  readonly json: unknown;
  readonly mermaid: string;
  readonly scxml: string;
}

/** Every machine by its name, as `docs/machines.md` and the API show it. */
export const MACHINES = {
  daemon: () => createDaemonMachine({ suspended: false }),
  trading: createTradingMachine,
  hedge: createHedgeMachine,
  /** The lifecycle by which every supervised actor lives. */
  actor: () => createLifecycleMachine(LIFECYCLE),
} as const;

/** `daemon`, `trading:NVDA`, `actor:greeks`. Throws `Fault('not_found')` for others. */
export function definitionOf(id: string): Definition {
  const name = id.split(':', 1)[0] ?? '';
  const create = Object.entries(MACHINES).find(([known]) => known === name)?.[1];
  if (create === undefined) throw new Fault('not_found', `no statechart behind ${id}`);
  const machine = create();
  return { json: chartOf(machine), mermaid: mermaidOf(machine), scxml: scxmlOf(machine) };
}
