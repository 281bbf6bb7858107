/**
 * What the journal of earlier sessions tells a starting one. The last boot record holds what was
 * known then; the facts behind it bring that up to date. A small pointer file names the boot
 * record's place, so that a start does not read the history of years. Without it, or where it names
 * no boot record (that start died first, or a power cut took the record), all is read.
 */

import type { BootBody } from '../protocol/decision-config.ts';
import { type DurableState, NOTHING_DURABLE } from '../protocol/durable.ts';
import { DurableFold } from '../protocol/durable-fold.ts';
import { settleDurable } from '../protocol/durable-ledger.ts';
import { decodeRecord, type TapeLoss } from '../protocol/records.ts';
import { readBootPointer } from '../store/boot-pointer.ts';
import { type JournalPosition, readJournal } from '../store/journal.ts';
import { CrashGaps, newestTape } from './tape-gaps.ts';

export interface Recovered {
  readonly durable: DurableState;
  /** The next session numbers its turns above this; no number was ever used above it. */
  readonly lastSeq: number;
  /** Of the last session; null when it had none, or there was no session. */
  readonly exchangeId: string | null;
  /** What is gone of the last session's tape, and was not said so; null for nothing. */
  readonly tapeLoss: TapeLoss | null;
}

/**
 * A power cut can take the last second of the journal, and with it numbers that orders at the
 * broker already carry in their reference. More turns than this never fit between two syncs.
 */
const LOST_TURNS_MAX = 100_000;

/** Folds the journal in `dir`. Throws `Fault('journal_corrupt')` where it is damaged. */
export function recover(dir: string): Recovered {
  const pointer = readBootPointer(dir);
  const recent = pointer !== undefined && beginsSession(dir, pointer);
  // Evaluations that changed nothing have numbers too; none may be used twice.
  const tape = newestTape(dir);
  const known = fold(dir, recent ? pointer : undefined, tape);
  const last = Math.max(known.lastSeq, tape.at(-1) ?? 0);
  return { ...known, lastSeq: last === 0 ? 0 : last + LOST_TURNS_MAX };
}

/** Whether the record there says what was known before it. */
function beginsSession(dir: string, position: JournalPosition): boolean {
  for (const { payload } of readJournal(dir, 'journal', position)) {
    return decodeRecord(payload).kind === 'boot';
  }
  return false;
}

function fold(dir: string, from: JournalPosition | undefined, tape: readonly number[]): Recovered {
  const gaps = new CrashGaps(tape);
  let durable = new DurableFold(NOTHING_DURABLE);
  let exchangeId: string | null = null;
  let lastSeq = 0;
  for (const { payload } of readJournal(dir, 'journal', from)) {
    const record = decodeRecord(payload);
    lastSeq = Math.max(lastSeq, record.seq);
    gaps.take(record);
    if (record.kind === 'boot') {
      const boot = record.body as BootBody;
      ({ exchangeId } = boot);
      durable = new DurableFold(boot.durable);
    }
    for (const fact of record.facts) durable.take(fact);
  }
  return {
    durable: settleDurable(durable.state()),
    exchangeId,
    lastSeq,
    tapeLoss: lastSeq === 0 ? null : gaps.loss(),
  };
}
