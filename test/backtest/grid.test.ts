import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { cellsOf, type GridSpec } from '../../src/backtest/grid.ts';
import { sobolPoints } from '../../src/backtest/sobol.ts';

const spec = (changes: Partial<GridSpec>): GridSpec => ({
  search: 'grid',
  samples: 8,
  keep: 3,
  seeds: [1],
  objective: 'sharpe',
  walk_forward: null,
  parameters: {},
  ...changes,
});

describe('a grid', () => {
  it('has every combination of lists and steps with every seed, in order', () => {
    const parameters = { a: [1, 2], b: { from: 0, to: 1, step: 0.5 } };
    const cells = cellsOf(spec({ parameters, seeds: [1, 2] }));
    assert.equal(cells.length, 12);
    assert.deepEqual(cells.slice(0, 3), [
      { index: 0, seed: 1, overrides: { a: 1, b: 0 } },
      { index: 1, seed: 2, overrides: { a: 1, b: 0 } },
      { index: 2, seed: 1, overrides: { a: 1, b: 0.5 } },
    ]);
    assert.deepEqual(cells.at(-1)?.overrides, { a: 2, b: 1 });
  });

  it('refuses a range without a step, and one that is too large', () => {
    const none = spec({ parameters: { a: { from: 0, to: 1 } } });
    assert.throws(() => cellsOf(none), { code: 'config_invalid', message: /needs a step/ });
    const large = spec({ parameters: { a: { from: 0, to: 1, step: 1e-9 } } });
    assert.throws(() => cellsOf(large), { code: 'config_invalid' });
  });
});

describe('drawn points', () => {
  const parameters = {
    a: { from: 10, to: 20 },
    n: { from: 0, to: 9, integer: true },
    s: ['x', 'y'],
  };

  it('lie within their ranges, whole where they must be, the same each time', () => {
    for (const search of ['random', 'sobol', 'halving'] as const) {
      const cells = cellsOf(spec({ search, samples: 64, parameters }));
      assert.equal(cells.length, 64);
      for (const { overrides } of cells) {
        const { a, n, s } = overrides;
        assert(typeof a === 'number' && a >= 10 && a <= 20);
        assert(Number.isInteger(n) && Number(n) >= 0 && Number(n) <= 9);
        assert(s === 'x' || s === 'y');
      }
      assert.deepEqual(cellsOf(spec({ search, samples: 64, parameters })), cells);
    }
  });

  it('of Sobol are those of the tables, and fill every box once', () => {
    assert.deepEqual(sobolPoints(3, 4), [
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625],
    ]);
    for (let dimensions = 1; dimensions <= 12; dimensions += 1) {
      const points = [new Array<number>(dimensions).fill(0), ...sobolPoints(dimensions, 63)];
      for (let dimension = 0; dimension < dimensions; dimension += 1) {
        const boxes = new Set(points.map((point) => Math.floor(64 * (point[dimension] ?? 0))));
        assert.equal(boxes.size, 64, `dimension ${dimension} of ${dimensions}`);
      }
    }
  });
});
