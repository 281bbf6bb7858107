import assert from 'node:assert/strict';
import { it } from 'vitest';
import { expose } from '../../src/metrics/exposition.ts';
import { BUCKET_MS, HistogramSet } from '../../src/runtime/histogram.ts';

it('has bounds that grow from ten microseconds to ten seconds', () => {
  assert.deepEqual([BUCKET_MS[0], BUCKET_MS.at(-1)], [0.01, 10_000]);
  assert.deepEqual(
    BUCKET_MS,
    [...new Set(BUCKET_MS)].sort((a, b) => a - b),
  );
});

it('counts a time in the bucket whose bound is not below it, and what is no time in none', () => {
  const set = new HistogramSet(2);
  for (const ms of [0, 0.01, 0.011, 10_000, 10_001, Number.NaN, -1]) set.record(1, ms);
  const { counts, sumMs } = new HistogramSet(set.descriptor).read(1);
  assert.deepEqual([counts[0], counts[1], counts.at(-2), counts.at(-1)], [2, 1, 1, 1]);
  assert.equal(sumMs, 0.01 + 0.011 + 10_000 + 10_001);
  assert.equal(set.read(0).sumMs, 0);
});

it('is told in seconds, each bucket with those below it', () => {
  const set = new HistogramSet(1);
  for (const ms of [1, 1.5, 20_000]) set.record(0, ms);
  const family = { name: 'x_seconds', type: 'histogram', help: 'X.', labels: ['stage'] } as const;
  const text = expose(family, [{ labels: ['a'], value: set.read(0) }]);
  assert.match(text, /^# HELP x_seconds X\.\n# TYPE x_seconds histogram\n/);
  assert.match(text, /x_seconds_bucket\{stage="a",le="0.0005"\} 0\n/);
  assert.match(text, /x_seconds_bucket\{stage="a",le="0.001"\} 1\n/);
  assert.match(text, /x_seconds_bucket\{stage="a",le="0.002"\} 2\n/);
  assert.match(text, /x_seconds_bucket\{stage="a",le="10"\} 2\n/);
  assert.match(text, /x_seconds_bucket\{stage="a",le="\+Inf"\} 3\n/);
  assert.match(text, /x_seconds_sum\{stage="a"\} 20.0025\nx_seconds_count\{stage="a"\} 3\n$/);
});

it('escapes what a label may hold, and leaves out what has no value', () => {
  const family = { name: 'g', type: 'gauge', help: 'G.', labels: ['l'] } as const;
  const text = expose(family, [
    { labels: ['a "b" \\ c\nd'], value: 1 },
    { labels: ['none'], value: null },
    { labels: ['inf'], value: Number.POSITIVE_INFINITY },
  ]);
  assert.equal(
    text.split('\n').slice(2).join('|'),
    'g{l="a \\"b\\" \\\\ c\\nd"} 1|g{l="inf"} +Inf|',
  );
  assert.equal(expose(family, [{ labels: [''], value: null }]), '');
});
