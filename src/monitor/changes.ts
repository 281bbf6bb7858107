/**
 * What happened between two views of a daemon, for who has only the views: which machines moved,
 * and whose life as an actor is another now. The daemon itself tells each as it happens.
 */

import type { FeedEvent } from '../protocol/ports.ts';
import type { ActorView, TracedTransition } from '../protocol/views.ts';
import type { TransitionsView } from './publisher.ts';

/** In the order in which it happened; what was before the first view happened to nobody. */
export function movesBetween(
  before: TransitionsView | undefined,
  after: TransitionsView,
): readonly FeedEvent[] {
  if (before === undefined) return [];
  const known = new Set(movesOf(before).map(keyOf));
  const moves = movesOf(after).filter((move) => !known.has(keyOf(move)));
  // What a view of 15 moves has left out was before those that it shows.
  const since = Math.max(0, ...movesOf(before).map(({ ts }) => ts));
  return moves
    .filter(({ ts }) => ts >= since)
    .sort((a, b) => a.ts - b.ts || (a.sequence ?? 0) - (b.sequence ?? 0))
    .map((data) => ({ kind: 'transition', data }));
}

/** Each actor that came, went, was started again or failed. */
export function livesBetween(
  before: readonly ActorView[] | undefined,
  after: readonly ActorView[],
): readonly FeedEvent[] {
  if (before === undefined) return [];
  const known = new Map(before.map((actor) => [actor.id, lifeOf(actor)]));
  return after
    .filter((actor) => known.get(actor.id) !== lifeOf(actor))
    .map((data) => ({ kind: 'actor', data }));
}

function movesOf(view: TransitionsView): readonly TracedTransition[] {
  return Object.values(view).flatMap(({ moved }) => moved);
}

function keyOf({ ts, machine, from, to, event }: TracedTransition): string {
  return `${ts}|${machine}|${from}|${to}|${event}`;
}

/** Its counters change all the time, and are no news. */
function lifeOf({ state, restarts, placement, last_error: error }: ActorView): string {
  return JSON.stringify([state, restarts, placement, error]);
}
