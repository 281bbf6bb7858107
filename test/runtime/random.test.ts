import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { createRandom, type Random } from '../../src/runtime/random.ts';

const PINNED_UNIFORM = [0.9612513576800992, 0.3613394132836987, 0.0975538357308049];
const PINNED_NORMAL = [0.3704351961784856, -0.1113595890553476, -0.06239766625660114];

const draw = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function correlation(a: Random, b: Random): number {
  const pairs = draw(20_000, () => [a.next() - 0.5, b.next() - 0.5] as const);
  return mean(pairs.map(([x, y]) => x * y)) * 12;
}

describe('a seeded stream', () => {
  it('is the same for the same seed, and another for another', () => {
    const first = createRandom(7);
    const again = createRandom('7');
    const other = createRandom(8);
    assert.deepEqual(draw(100, first.next), draw(100, again.next));
    assert.notDeepEqual(draw(10, createRandom(7).next), draw(10, other.next));
  });

  it('keeps its numbers: a recorded run can be run again', () => {
    assert.deepEqual(draw(3, createRandom(1).next), PINNED_UNIFORM);
    assert.deepEqual(draw(3, createRandom(1).normal), PINNED_NORMAL);
  });

  it('splits by name, whatever was drawn before', () => {
    const one = createRandom(1);
    const two = createRandom(1);
    draw(17, two.next);
    const a = draw(20, one.split('a').next);
    assert.deepEqual(a, draw(20, two.split('a').next));
    assert.notDeepEqual(a, draw(20, two.split('b').next));
    assert.notDeepEqual(draw(20, one.split('a').split('b').next), draw(20, one.split('ab').next));
  });

  it('is independent of its neighbours by seed and by name', () => {
    // Four standard errors of a correlation of 20 000 pairs.
    const bound = 4 / Math.sqrt(20_000);
    const root = createRandom(3);
    assert(Math.abs(correlation(createRandom(1), createRandom(2))) < bound);
    assert(Math.abs(correlation(root.split('a'), root.split('b'))) < bound);
  });

  it('is uniform', () => {
    const random = createRandom(11);
    const values = draw(100_000, random.next);
    assert(values.every((value) => value >= 0 && value < 1));
    assert(Math.abs(mean(values) - 0.5) < 0.004);
    assert(Math.abs(mean(values.map((value) => value ** 2)) - 1 / 3) < 0.004);
    const counts = new Array<number>(7).fill(0);
    for (const face of draw(70_000, () => random.integer(7)))
      counts[face] = (counts[face] ?? 0) + 1;
    // Six standard deviations of a binomial around 10 000.
    assert(
      counts.every((count) => Math.abs(count - 10_000) < 560),
      counts.join(' '),
    );
  });

  it('draws standard normals', () => {
    const values = draw(100_000, createRandom(12).normal);
    assert(Math.abs(mean(values)) < 0.015);
    assert(Math.abs(mean(values.map((value) => value ** 2)) - 1) < 0.025);
    assert(Math.abs(mean(values.map((value) => value ** 4)) - 3) < 0.2);
  });
});
