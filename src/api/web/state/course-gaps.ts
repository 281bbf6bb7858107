/** Where the history of a book is silent, its course is not drawn as if something were known. */

import type { BookCourseView } from '../../../protocol/story-view.ts';

type Point = BookCourseView['points'][number];

/**
 * A running daemon writes a row with each heartbeat, of which the longest is two minutes; silence
 * that is longer than two of them is that of a daemon that was not there.
 */
const SILENT_S = 300;
/** Of a long time each point stands for many rows: so many points must be missing. */
const STEPS_MISSING = 3;

/** The points with one that knows nothing in each silence: lines end there, and begin anew. */
export function withGaps({
  points,
  step_s: step,
}: Pick<BookCourseView, 'points' | 'step_s'>): readonly Point[] {
  const silent = Math.max(SILENT_S, STEPS_MISSING * step);
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    if (before === undefined || point.ts - before.ts <= silent) return [point];
    return [nothingAt((before.ts + point.ts) / 2), point];
  });
}

function nothingAt(ts: number): Point {
  return {
    ts,
    spot: null,
    net_delta: null,
    net_delta_least: null,
    net_delta_most: null,
    stock_position: null,
    daily_pnl: null,
  };
}
