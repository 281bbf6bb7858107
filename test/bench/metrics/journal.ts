/** What it costs to write a turn down before its effects leave, beside the bare write. */

import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { realMono } from '../../../src/runtime/real-clock.ts';
import { openJournal } from '../../../src/store/journal.ts';
import type { Bench, Benchmark, Metric } from '../harness/benchmark.ts';
import { paired } from '../harness/paired.ts';

/** A turn with an order in it, as measured in a journal of the demonstration. */
const RECORD_BYTES = 1800;
const SEGMENT_BYTES = 64 * 1024 * 1024;
const SEGMENTS = 2;
const BATCH = 50;

export const journalAppend: Benchmark = {
  name: 'journal.append',
  about: 'one record of 1.8 kB to the journal, synced each second, µs',
  run,
};

async function run(bench: Bench): Promise<readonly Metric[]> {
  const dir = bench.workspace.folder('journal');
  const payload = new Uint8Array(RECORD_BYTES).fill(7);
  const journal = openJournal({
    dir,
    prefix: 'tape',
    fsync: 'interval',
    fsyncIntervalMs: 1000,
    segmentBytes: SEGMENT_BYTES,
    retentionBytes: SEGMENTS * SEGMENT_BYTES,
    mono: realMono(),
  });
  const bare = openSync(join(dir, 'bare'), 'w');
  let position = 0;
  try {
    const metric = await paired(bench, {
      name: 'journal.append',
      ours: () => {
        for (let record = 0; record < BATCH; record += 1) journal.append(payload);
        return BATCH;
      },
      baseline: () => {
        for (let record = 0; record < BATCH; record += 1) {
          writeSync(bare, payload, 0, payload.length, position);
          // Over and over the same 64 MB, as the journal's segments are.
          position = (position + payload.length) % SEGMENT_BYTES;
        }
        return BATCH;
      },
      baselineName: 'µs writeSync',
      as: 'latency',
    });
    return [metric];
  } finally {
    journal.close();
  }
}
