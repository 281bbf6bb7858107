/** What of a statechart is lit: the states of a value, the arrows of a step. */

import type { ChartLayoutView } from '../../protocol/chart-layout.ts';
import type {
  AskedGuardView,
  FiredTransitionView,
  TracedTransition,
} from '../../protocol/views.ts';

/** A transition as the definition has it. */
export interface ChartEdge {
  readonly from: string;
  readonly to: string | null;
  readonly event: string;
  readonly guard: string | null;
  readonly actions: readonly string[];
}

export type ChartArrow = ChartLayoutView['edges'][number];

/** Every state that a state value names, with all it is in: `operating`, `operating.healthy`. */
export function activePaths(value: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (inner: unknown, under: string): void => {
    if (typeof inner === 'string') {
      found.add(under + inner);
    } else if (typeof inner === 'object' && inner !== null) {
      for (const [name, deeper] of Object.entries(inner)) {
        found.add(under + name);
        visit(deeper, `${under}${name}.`);
      }
    }
  };
  visit(value, '');
  return found;
}

/** A state as a transition tells it: a name, or the JSON of what a parallel machine is in. */
export function stateValueOf(text: string): unknown {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return text;
    throw thrown;
  }
}

/**
 * A state in a few words: its innermost names, of every region that `other` is not in too. Of a
 * machine without regions that is its name.
 */
export function shortState(text: string, other: string): string {
  const value = stateValueOf(text);
  if (typeof value === 'string') return value;
  const elsewhere = new Set(leavesOf(stateValueOf(other)));
  const leaves = leavesOf(value);
  const own = leaves.filter((leaf) => !elsewhere.has(leaf));
  return (own.length === 0 ? leaves : own).join(', ');
}

function leavesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(leavesOf);
}

/** Where a way leads, without what it has in common with where it begins. */
export function targetName(from: string, to: string): string {
  const inside = from.split('.');
  const path = to.split('.');
  const shared = path.findIndex((part, depth) => part !== inside[depth]);
  return path.slice(shared < 0 ? -1 : shared).join('.');
}

/** The name of an arrow: there is one between two states, whatever leads along it. */
export function arrowKey(from: string, to: string): string {
  return `${from}>${to}`;
}

/** The arrows that a step went along; of one that is not traced, that between its states. */
export function takenArrows(step: TracedTransition | null): ReadonlySet<string> {
  if (step === null) return new Set();
  const fired = step.fired ?? [];
  const keys = fired.flatMap(({ state, target }: FiredTransitionView) =>
    target === null ? [] : [arrowKey(state, target)],
  );
  return new Set(keys.length > 0 ? keys : [arrowKey(step.from, step.to)]);
}

export interface Verdict {
  readonly passed: boolean;
  /** Unix seconds. */
  readonly ts: number;
  /** What the event told: the numbers behind it. */
  readonly told?: TracedTransition['told'];
}

/** What each guard said last, by state, event and guard; `past` is newest first. */
export function lastVerdicts(past: readonly TracedTransition[]): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  for (const { ts, told, guards = [] } of past) {
    // Within a step the one asked last is the newest.
    for (const asked of guards.toReversed()) {
      const key = guardKey(asked);
      if (!verdicts.has(key)) {
        const numbers = told === undefined ? {} : { told };
        verdicts.set(key, { passed: asked.passed, ts, ...numbers });
      }
    }
  }
  return verdicts;
}

export function guardKey({
  state,
  event,
  guard,
}: Pick<AskedGuardView, 'state' | 'event' | 'guard'>): string {
  return `${state}|${event}|${guard}`;
}

/** The middle of an arrow's longest part, where its label is read best. */
export function labelPlace({ points }: Pick<ChartArrow, 'points'>): readonly [number, number] {
  let best: readonly [number, number] = points[0] ?? [0, 0];
  let longest = -1;
  for (const [index, [x, y]] of points.entries()) {
    const [fromX, fromY] = points[index - 1] ?? [x, y];
    const length = Math.abs(x - fromX) + Math.abs(y - fromY);
    if (length <= longest) continue;
    longest = length;
    best = [(x + fromX) / 2, (y + fromY) / 2];
  }
  return best;
}
