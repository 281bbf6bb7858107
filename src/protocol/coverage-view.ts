/** Which ways of a statechart were ever gone: `GET /machines/:id/coverage`. */

import { z } from 'zod';
import type { TransitionView } from './views.ts';

const moveCount = z
  .strictObject({ from: z.string(), to: z.string(), event: z.string(), count: z.number() })
  .readonly();
/** How often a machine went from one state to another by an event. */
export type MoveCount = z.output<typeof moveCount>;

export const coverageView = z
  .strictObject({
    moves: z
      .array(moveCount)
      .readonly()
      .describe('In the newest 100,000 transitions of its history, or those in memory.'),
    toured: z.boolean().describe('The tests go every way of it, and fail if one is left out.'),
  })
  .readonly();
export type CoverageView = z.output<typeof coverageView>;

/** Counts how often each way was gone; most often first. */
export function countMoves(transitions: readonly TransitionView[]): readonly MoveCount[] {
  const counts = new Map<string, MoveCount>();
  for (const { from, to, event } of transitions) {
    const key = JSON.stringify([from, to, event]);
    counts.set(key, { from, to, event, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}
