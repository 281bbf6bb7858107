/** Since when each gate stands as it does: what an operator asks first of one that is closed. */

import type { GateId } from '../../src/domain/gates.ts';

/** Trading time at which a gate last opened or closed; none of one that has not moved. */
export type GateTimes = Map<GateId, number>;

/** Notes what opened and what closed between two looks at the gates. */
export function noteGates(
  times: GateTimes,
  before: readonly GateId[],
  after: readonly GateId[],
  at: number,
): void {
  if (before === after) return;
  for (const id of before) if (!after.includes(id)) times.set(id, at);
  for (const id of after) if (!before.includes(id)) times.set(id, at);
}

/**
 * Since when a gate stands as it does now. One that time alone has moved since the last look has
 * moved just now. Null: it has stood so for as long as the book is looked at.
 */
export function gateSince(
  times: GateTimes,
  closed: readonly GateId[],
  gate: { readonly gate: GateId; readonly pass: boolean },
  at: number,
): number | null {
  if (closed.includes(gate.gate) === gate.pass) return at;
  return times.get(gate.gate) ?? null;
}
