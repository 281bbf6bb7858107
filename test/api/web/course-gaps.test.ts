import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { withGaps } from '../../../src/api/web/state/course-gaps.ts';

const at = (ts: number) => ({
  ...{ ts, spot: 180, net_delta: 1, net_delta_least: 0, net_delta_most: 2 },
  ...{ stock_position: -10, daily_pnl: 5 },
});

/** Times of the points, and whether anything is known at each. */
function drawn(times: readonly number[], step_s: number): readonly (readonly [number, boolean])[] {
  const points = withGaps({ points: times.map(at), step_s });
  return points.map(({ ts, ...values }) => [ts, Object.values(values).every((v) => v !== null)]);
}

describe('the course of a book', () => {
  it('is drawn as known through rows that come as slowly as the slowest heartbeat', () => {
    const times = [0, 10, 130, 250, 550];
    assert.deepEqual(
      drawn(times, 12),
      times.map((ts) => [ts, true]),
    );
  });

  it('ends where the daemon was not there, and begins anew behind it', () => {
    assert.deepEqual(drawn([0, 10, 311, 320], 12), [
      [0, true],
      [10, true],
      [160.5, false],
      [311, true],
      [320, true],
    ]);
  });

  it('of a week is not cut where a point stands for half an hour', () => {
    assert.equal(drawn([0, 2016, 6048], 2016).length, 3);
    assert.equal(drawn([0, 2016, 8065], 2016).length, 4);
  });

  it('is nothing where nothing is', () => {
    assert.deepEqual(drawn([], 12), []);
  });
});
