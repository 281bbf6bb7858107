/** Which ways and states of a statechart were ever gone, from counted moves. */

import type { MoveCount } from '../../../protocol/coverage-view.ts';
import { activePaths, arrowKey, type ChartEdge, stateValueOf } from '../chart-paths.ts';

export interface CoveredWay {
  readonly edge: ChartEdge;
  readonly live: number;
}

export interface Coverage {
  /** Of edges that lead somewhere; those that stay are not in the history. */
  readonly ways: readonly CoveredWay[];
  /** By arrow of the picture. */
  readonly arrows: ReadonlyMap<string, number>;
  readonly states: ReadonlyMap<string, number>;
  /** The most of any arrow. */
  readonly most: number;
}

export function coverageOf(edges: readonly ChartEdge[], moves: readonly MoveCount[]): Coverage {
  const known = moves.map(({ from, to, event, count }) => {
    const [before, after] = [activePaths(stateValueOf(from)), activePaths(stateValueOf(to))];
    return { before, after, event, count };
  });
  const ways = edges
    .filter(({ to }) => to !== null)
    .map((edge) => ({
      edge,
      live: known.reduce((sum, move) => sum + (isAlong(edge, move) ? move.count : 0), 0),
    }));
  const arrows = new Map<string, number>();
  for (const { edge, live } of ways) {
    const key = arrowKey(edge.from, edge.to ?? '');
    arrows.set(key, Math.max(arrows.get(key) ?? 0, live));
  }
  const states = new Map<string, number>();
  for (const { after, count } of known) {
    for (const path of after) states.set(path, (states.get(path) ?? 0) + count);
  }
  return { ways, arrows, states, most: Math.max(0, ...arrows.values()) };
}

interface Move {
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
  readonly event: string;
}

/** Which of several guards let it pass is not kept: all between the same states count. */
function isAlong({ from, to, event }: ChartEdge, move: Move): boolean {
  if (to === null || !move.before.has(from) || !move.after.has(to)) return false;
  return event === move.event;
}

/** 0 to 4, by orders of magnitude: one time shows, a thousand do not drown it. */
export function heatOf(count: number, most: number): number {
  if (count <= 0) return 0;
  return Math.max(1, Math.ceil((4 * Math.log(1 + count)) / Math.log(1 + Math.max(most, 1))));
}
