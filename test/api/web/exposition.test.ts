import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { histogramsOf, samplesOf } from '../../../src/api/web/state/exposition.ts';

const TEXT = `# HELP bifrost_stage_seconds How long a stage took.
# TYPE bifrost_stage_seconds histogram
bifrost_stage_seconds_bucket{stage="ack",le="0.001"} 1
bifrost_stage_seconds_bucket{stage="ack",le="0.01"} 99
bifrost_stage_seconds_bucket{stage="ack",le="+Inf"} 100
bifrost_stage_seconds_sum{stage="ack"} 0.5
bifrost_stage_seconds_count{stage="ack"} 100
bifrost_stage_seconds_bucket{stage="turn",le="0.001"} 0
bifrost_stage_seconds_bucket{stage="turn",le="+Inf"} 3
bifrost_mailbox_depth{actor="greeks"} 2
bifrost_up 1
`;

describe('the metrics as the page reads them', () => {
  it('are samples with their labels', () => {
    const samples = samplesOf(TEXT);
    assert.equal(samples.length, 9);
    assert.deepEqual(samples.at(-2), {
      name: 'bifrost_mailbox_depth',
      labels: 'actor="greeks"',
      value: 2,
    });
    assert.deepEqual(samples.at(-1), { name: 'bifrost_up', labels: '', value: 1 });
  });

  it('tell of a histogram the ends of the bins that hold half and nearly all', () => {
    const [ack, turn] = histogramsOf(samplesOf(TEXT));
    assert.deepEqual(ack, {
      name: 'bifrost_stage_seconds',
      labels: 'stage="ack"',
      count: 100,
      p50: 0.01,
      p99: 0.01,
      bins: [1, 98, 1],
    });
    // All lie beyond the last bin that ends.
    assert.deepEqual([turn?.count, turn?.p50, turn?.p99], [3, null, null]);
  });

  it('are nothing of a text that is none', () => {
    assert.deepEqual(samplesOf('<html>\n\n{} x'), []);
    assert.deepEqual(histogramsOf([]), []);
  });
});
