/** Counts how often each way was gone. */

import type { MoveCount, TransitionView } from './views.ts';

/** Most often first. */
export function countMoves(transitions: readonly TransitionView[]): readonly MoveCount[] {
  const counts = new Map<string, MoveCount>();
  for (const { from, to, event } of transitions) {
    const key = JSON.stringify([from, to, event]);
    counts.set(key, { from, to, event, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}
