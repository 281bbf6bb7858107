/** A recorder over a tap that a test writes to, under a virtual clock, and what it recorded. */

import { join } from 'node:path';
import { createActor } from '../../../actors/recorder.ts';
import type { Contract } from '../../../src/domain/contract.ts';
import { QUOTE_LAYOUT } from '../../../src/protocol/quote-board.ts';
import {
  createQuoteTap,
  listenTo,
  openTapWriter,
  type QuoteTapDescriptor,
} from '../../../src/protocol/quote-tap.ts';
import type { RecorderReport } from '../../../src/protocol/recorder.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { openDataset } from '../../../src/store/dataset.ts';
import type { QuoteRow } from '../../../src/store/quote-columns.ts';
import { QUOTE_COLUMNS } from '../../../src/store/quote-columns.ts';
import type { RecordingOptions } from '../../../src/store/recording.ts';
import { contextFor, Inbox } from '../../gateway/ib/support/inbox.ts';
import { tempDir } from '../../support/temp-dir.ts';

interface Rig {
  readonly tap?: QuoteTapDescriptor;
  readonly recording?: Partial<RecordingOptions>;
  readonly fileMs?: number;
}

export function startRecorder(rig: Rig = {}) {
  const { tap = createQuoteTap(16), recording = {}, fileMs = 3_600_000 } = rig;
  const dir = recording.dir ?? join(tempDir('recorder'), 'set');
  const clock = new VirtualClock(0);
  const reports = new Inbox<RecorderReport>();
  const options = { intervalMs: 0, source: 'test', fileBytes: 1e9, daysKept: null, groupRows: 8 };
  const actor = createActor(contextFor(clock, { root: reports }), {
    tap,
    recording: { ...options, ...recording, dir },
    fileMs,
    contracts: [],
    reportTo: 'root',
  });
  const writer = openTapWriter(tap);
  listenTo(tap, true);
  const put = (contract: Contract, ts: number, bid: number, more: object = {}): void => {
    const quote = QUOTE_LAYOUT.over(new Float64Array(QUOTE_LAYOUT.doubles).fill(Number.NaN));
    const sides = { bid, bidSize: 3, ask: bid + 0.01, askSize: 4, close: 99, recvMono: 0 };
    writer.put(Object.assign(quote, { conId: contract.conId, ts, ...sides, dataType: 1, ...more }));
  };
  return { dir, clock, reports, actor, put, last: () => reports.messages.at(-1) };
}

/** Every row of a data set, as its readers see it and in their order. */
export async function rowsIn(dir: string): Promise<readonly QuoteRow[]> {
  const dataset = openDataset(dir);
  const rows: QuoteRow[] = [];
  for (const { day } of dataset.days) {
    for await (const columns of dataset.columns(day)) {
      for (let at = 0; at < columns.ts.length; at += 1) {
        const cells = QUOTE_COLUMNS.map((name) => [name, columns[name][at] ?? 0] as const);
        rows.push(Object.fromEntries(cells) as unknown as QuoteRow);
      }
    }
  }
  return rows;
}
