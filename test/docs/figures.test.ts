import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { atLeast, type Metric } from '../bench/harness/benchmark.ts';
import { changeOf, isQuiet, kindOf, type Results, withRun } from '../bench/harness/results.ts';
import { BEGIN, END, withFigures } from '../support/docs/figures.ts';

const machine = {
  cpu: 'Intel(R) Xeon(R) Processor @ 2.50GHz',
  cores: 2,
  memoryGb: 23,
  os: 'Linux 6',
  node: 'v24.0.0',
};
const at = Date.UTC(2026, 10, 23);

function metric(name: string, value: number): Metric {
  const baseline = { name: 'plain', value: 2 };
  return { name, value, unit: 'µs', baseline, ratio: value / 2, runs: 5, goal: atLeast(3) };
}

function recorded(values: Readonly<Record<string, number>>, before: Results | null = null) {
  const metrics = Object.entries(values).map(([name, value]) => metric(name, value));
  return withRun(before, metrics, { machine: { ...machine, load: [1.5, 1, 1] }, quick: true, at });
}

describe('recorded figures', () => {
  it('are of a kind of machine, whose name is a file’s', () => {
    assert.equal(kindOf(machine), 'intel-xeon-processor-2.50ghz-2-cores');
  });

  it('keep their day, load and blocks, and those that a run did not measure again', () => {
    const results = recorded({ b: 8 }, recorded({ b: 4, a: 6 }));
    assert.deepEqual(
      results.metrics.map(({ name, value, on, load, quick }) => [name, value, on, load, quick]),
      [
        ['a', 6, '2026-11-23', 1.5, true],
        ['b', 8, '2026-11-23', 1.5, true],
      ],
    );
    assert.equal('load' in results.machine, false);
  });

  it('are not taken on a machine that has no core to spare', () => {
    assert.equal(isQuiet({ cores: 2, load: [2, 5, 5] }), true);
    assert.equal(isQuiet({ cores: 2, load: [2.1, 0, 0] }), false);
  });

  it('are what a run is compared with', () => {
    const before = recorded({ a: 4 });
    assert.equal(changeOf(metric('a', 6), before), 1.5);
    assert.equal(changeOf(metric('b', 6), before), null);
    assert.equal(changeOf(metric('a', 6), null), null);
  });
});

describe('the page of figures', () => {
  const page = `# Page\n\nby hand\n${BEGIN}\nold\n${END}\n\nby hand too\n`;

  it('has what was recorded between its marks, and the rest as it was', () => {
    const text = withFigures(page, [recorded({ a: 6, b: 4 })]);
    assert.match(text, /^# Page\n\nby hand\n/);
    assert.match(text, /\n\nby hand too\n$/);
    assert.doesNotMatch(text, /old/);
    assert.match(text, /Intel\(R\) Xeon\(R\) Processor @ 2\.50GHz, 2 cores/);
    assert.match(
      text,
      /\| `a` \| 6 µs \| 2 plain \| 3 × \| ≥ 3× reached \|.* 2026-11-23, load 1\.5/,
    );
    assert.match(text, /\| `b` \| 4 µs \| 2 plain \| 2 × \| ≥ 3× MISSED \|/);
    assert.equal(withFigures(text, [recorded({ a: 6, b: 4 })]), text);
  });

  it('is not made where a mark is missing', () => {
    assert.throws(() => withFigures('# Page\n', []), /has no/);
  });
});
