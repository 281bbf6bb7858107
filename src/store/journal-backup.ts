/**
 * A copy of a journal, taken while its daemon runs. A journal only grows at its end, so what is
 * copied up to its last whole record is the journal as it was a moment ago. A later copy into the
 * same folder adds what is new. The copy has no id of its own: a journal that is restored from it
 * gets a new one, so that no order's reference and no row's key is ever given twice.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Fault } from '../fault.ts';
import { peekRecord } from '../protocol/records.ts';
import { readBootPointer, writeBootPointer } from './boot-pointer.ts';
import { writeAtomically } from './data-dir.ts';
import { readJournalId } from './journal.ts';
import {
  type JournalPosition,
  listSegments,
  readSegment,
  type SegmentPrefix,
  segmentFile,
  segmentPath,
} from './journal-frame.ts';
import { ORIGIN_FILE, readOrigin } from './journal-origin.ts';

export interface BackupReport {
  readonly journal_id: string;
  readonly copied: readonly string[];
  /** In the backup from before. */
  readonly kept: number;
  readonly bytes: number;
  /** The last record in it. */
  readonly last_seq: number;
}

/** Copies the journal in `from` to the folder `to`, with the tape if that is wanted. */
export function backupJournal(from: string, to: string, withTape: boolean): BackupReport {
  const journalId = readJournalId(from);
  mkdirSync(to, { recursive: true, mode: 0o700 });
  refuseForeign(to, journalId);
  const journal = copySide(from, to, 'journal');
  const tape = withTape ? copySide(from, to, 'tape') : null;
  const { end, sequence } = journal;
  const boot = readBootPointer(from);
  if (boot !== undefined && !isBehind(boot, end)) writeBootPointer(to, boot);
  // Last of all: a folder with it is a whole backup.
  const origin = { journalId, end: { position: end, sequence }, tape: withTape };
  writeAtomically(join(to, ORIGIN_FILE), `${JSON.stringify(origin)}\n`, 0o600);
  return {
    journal_id: journalId,
    copied: [...journal.copied, ...(tape?.copied ?? [])],
    kept: journal.kept + (tape?.kept ?? 0),
    bytes: journal.bytes + (tape?.bytes ?? 0),
    last_seq: sequence,
  };
}

interface Side {
  readonly copied: readonly string[];
  readonly kept: number;
  readonly bytes: number;
  readonly end: JournalPosition;
  readonly sequence: number;
}

function copySide(from: string, to: string, prefix: SegmentPrefix): Side {
  const segments = listSegments(from, prefix);
  const there = listSegments(to, prefix);
  refuseHole(to, segments[0], there.at(-1));
  const copied: string[] = [];
  let kept = 0;
  let bytes = 0;
  let end: JournalPosition = { segment: 0, offset: 0 };
  let sequence = 0;
  for (const segment of segments) {
    const isLast = segment === segments.at(-1);
    // What was the last one at the backup before may have grown since.
    if (!isLast && segment < (there.at(-1) ?? 0)) {
      kept += 1;
      continue;
    }
    const file = segmentFile(from, prefix, segment);
    const content = isLast ? wholeRecords(from, prefix, segment) : readFileSync(file);
    const target = isLast ? segmentPath(to, prefix, segment) : join(to, basename(file));
    writeAtomically(target, content, 0o600);
    copied.push(basename(target));
    bytes += content.length;
    if (isLast) end = { segment, offset: content.length };
  }
  for (const segment of segments.toReversed()) {
    sequence = lastSequence(to, prefix, segment);
    if (sequence > 0) break;
  }
  return { copied, kept, bytes, end, sequence };
}

/** The live segment up to its last whole record: its writer may be at work behind it. */
function wholeRecords(dir: string, prefix: SegmentPrefix, segment: number): Buffer {
  const bytes = readFileSync(segmentPath(dir, prefix, segment));
  let end = 0;
  for (const { next } of readSegment(segmentPath(dir, prefix, segment), { segment, offset: 0 })) {
    if (next.offset > bytes.length) break;
    end = next.offset;
  }
  return bytes.subarray(0, end);
}

function lastSequence(dir: string, prefix: SegmentPrefix, segment: number): number {
  let sequence = 0;
  const path = segmentPath(dir, prefix, segment);
  for (const { payload } of readSegment(path, { segment, offset: 0 })) {
    sequence = peekRecord(payload).seq;
  }
  return sequence;
}

function refuseForeign(to: string, journalId: string): void {
  const files = readdirSync(to);
  if (files.length === 0) return;
  const origin = existsSync(join(to, ORIGIN_FILE)) ? readOrigin(to) : null;
  if (origin?.journalId === journalId) return;
  const what = origin === null ? 'is not empty' : `is a backup of the journal ${origin.journalId}`;
  throw new Fault('safety_refused', `${to} ${what}`, { remedy: 'name an empty folder' });
}

function refuseHole(to: string, first: number | undefined, last: number | undefined): void {
  if (first === undefined || last === undefined || first <= last + 1) return;
  throw new Fault('safety_refused', `segments between ${last} and ${first} are not in ${to}`, {
    remedy: 'they were dropped by journal.retention_days: back up to a new folder, and more often',
  });
}

function isBehind(position: JournalPosition, end: JournalPosition): boolean {
  if (position.segment !== end.segment) return position.segment > end.segment;
  return position.offset >= end.offset;
}
