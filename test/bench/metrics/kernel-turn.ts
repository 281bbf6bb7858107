/**
 * One evaluation of a book through the turn loop's own runner, without disk, threads or sockets:
 * what the decision itself costs. Beside it the assessment alone, which is the part that thinks.
 */

import { join } from 'node:path';
import { createDeciders } from '../../../src/engine/deciders.ts';
import { Meter } from '../../../src/engine/meter.ts';
import type { BootBody } from '../../../src/protocol/decision-config.ts';
import { decodeRecord, encodeRecord, type JournalRecord } from '../../../src/protocol/records.ts';
import { realMono } from '../../../src/runtime/real-clock.ts';
import type { Stamp, TurnInput } from '../../../src/runtime/turn.ts';
import { readJournal } from '../../../src/store/journal.ts';
import type { Bench, Benchmark, Metric } from '../harness/benchmark.ts';
import { paired } from '../harness/paired.ts';

/** A quiet evaluation is repeated in groups, so that reading the clock costs nothing. */
const BATCH = 200;
const QUIET_TICKS = 400;

export const kernelTurn: Benchmark = {
  name: 'kernel.turn',
  about: 'one evaluation that changes nothing, through the deciders, µs',
  run,
};

/** A session of the daemon is played again up to its last evaluation, which is then repeated. */
async function run(bench: Bench): Promise<readonly Metric[]> {
  const rig = await bench.rig();
  await rig.gateway.tick({ type: 'quiet', link: 'daemon', count: QUIET_TICKS, perSecond: 500 });
  const session = readSession(rig.daemon.dataDir);
  const { deciders, last } = replay(session);
  const input: TurnInput = { kind: last.kind, to: last.to, body: last.body };
  const at: Stamp = last.at;
  const turn = (): number => {
    for (let index = 0; index < BATCH; index += 1) deciders.runner.run(input, at);
    return BATCH;
  };
  const meter = new Meter(realMono());
  const metered = (): number => {
    for (let index = 0; index < BATCH; index += 1) {
      meter.begun(input, at);
      const turned = deciders.runner.run(input, at);
      meter.decided();
      meter.logged();
      meter.take(turned, deciders);
    }
    return BATCH;
  };
  const record = { ...deciders.runner.run(input, at), facts: [] } as JournalRecord;
  const encode = (): number => {
    for (let index = 0; index < BATCH; index += 1) encodeRecord(record);
    return BATCH;
  };
  return [
    await paired(bench, {
      name: 'kernel.turn',
      ours: turn,
      baseline: encode,
      baselineName: 'µs to encode its record',
      as: 'latency',
    }),
    await paired(bench, {
      name: 'kernel.meter',
      ours: metered,
      baseline: turn,
      baselineName: 'µs without counting',
      as: 'latency',
    }),
  ];
}

function readSession(dataDir: string): readonly JournalRecord[] {
  const dir = join(dataDir, 'journal');
  const records: JournalRecord[] = [];
  for (const prefix of ['journal', 'tape'] as const) {
    for (const { payload } of readJournal(dir, prefix)) records.push(decodeRecord(payload));
  }
  return records.sort((one, other) => one.seq - other.seq);
}

function replay(records: readonly JournalRecord[]) {
  const [boot] = records;
  if (boot?.kind !== 'boot') throw new Error('the session begins with its boot record');
  const deciders = createDeciders(boot.body as BootBody, boot.seq - 1);
  let last: JournalRecord | undefined;
  for (const { kind, to, body, at, seq, effects } of records) {
    deciders.runner.run({ kind, to, body }, at);
    const quiet = kind === 'evaluation' && effects.length === 0;
    if (quiet) last = { kind, to, body, at, seq, effects, facts: [], digest: '' };
  }
  if (last === undefined) throw new Error('the session has no quiet evaluation');
  return { deciders, last };
}
