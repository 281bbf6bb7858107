/**
 * What it costs to write a turn down before its effects leave, beside the bare write: synced each
 * second, and synced each time (`journal.fsync: always`).
 */

import { fdatasyncSync, openSync, writeSync } from 'node:fs';
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
const POLICIES = [
  { fsync: 'interval', name: 'journal.append', baselineName: 'µs writeSync' },
  { fsync: 'always', name: 'journal.append.always', baselineName: 'µs writeSync, fdatasync' },
] as const;

export const journalAppend: Benchmark = {
  name: 'journal.append',
  about: 'one record of 1.8 kB to the journal, synced each second and each time, µs',
  run,
};

async function run(bench: Bench): Promise<readonly Metric[]> {
  const metrics: Metric[] = [];
  for (const policy of POLICIES) metrics.push(await measure(bench, policy));
  return metrics;
}

async function measure(
  bench: Bench,
  { fsync, name, baselineName }: (typeof POLICIES)[number],
): Promise<Metric> {
  const dir = bench.workspace.folder('journal');
  const payload = new Uint8Array(RECORD_BYTES).fill(7);
  const journal = openJournal({
    ...{ dir, prefix: 'tape', fsync, fsyncIntervalMs: 1000 },
    segmentBytes: SEGMENT_BYTES,
    retentionBytes: SEGMENTS * SEGMENT_BYTES,
    mono: realMono(),
  });
  const bare = openSync(join(dir, 'bare'), 'w');
  let position = 0;
  try {
    return await paired(bench, {
      ...{ name, baselineName, as: 'latency' },
      ours: () => {
        for (let record = 0; record < BATCH; record += 1) journal.append(payload);
        return BATCH;
      },
      baseline: () => {
        for (let record = 0; record < BATCH; record += 1) {
          writeSync(bare, payload, 0, payload.length, position);
          if (fsync === 'always') fdatasyncSync(bare);
          // Over and over the same 64 MB, as the journal's segments are.
          position = (position + payload.length) % SEGMENT_BYTES;
        }
        return BATCH;
      },
    });
  } finally {
    journal.close();
  }
}
