import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { coverageOf, heatOf } from '../../../src/api/web/state/coverage.ts';

function edge(from: string, event: string, to: string | null) {
  return { from, to, event, guard: null, actions: [] };
}

describe('the coverage of a statechart', () => {
  it('counts the moves along each way, and what was never gone', () => {
    const edges = [edge('A', 'GO', 'B'), edge('B', 'BACK', 'A'), edge('B', 'NOTE', null)];
    const moves = [{ from: 'A', to: 'B', event: 'GO', count: 3 }];
    const { ways, arrows, states, most } = coverageOf(edges, moves);
    assert.deepEqual(
      ways.map(({ edge: { event }, live }) => [event, live]),
      [
        ['GO', 3],
        ['BACK', 0],
      ],
    );
    assert.deepEqual(
      [...arrows],
      [
        ['A>B', 3],
        ['B>A', 0],
      ],
    );
    assert.deepEqual([states.get('B'), states.get('A'), most], [3, undefined, 3]);
  });

  it('finds the states of a machine with regions by their paths', () => {
    const edges = [edge('life.idle', 'START', 'life.on')];
    const value = (inner: string) => JSON.stringify({ life: inner, admission: 'active' });
    const moves = [{ from: value('idle'), to: value('on'), event: 'START', count: 1 }];
    assert.equal(coverageOf(edges, moves).ways[0]?.live, 1);
  });

  it('is warmer the more often, from the first time on', () => {
    assert.deepEqual(
      [0, 1, 30, 1000].map((count) => heatOf(count, 1000)),
      [0, 1, 2, 4],
    );
    assert.equal(heatOf(1, 1), 4);
  });
});
