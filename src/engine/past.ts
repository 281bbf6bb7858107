/**
 * A machine as it was: the session around a moment is fed to fresh deciders up to that record, and
 * what they are in then is told. It runs in a thread of a pool, beside the engine and never in it.
 */

import { Fault } from '../fault.ts';
import type { MomentQuery, MomentView, PastMachineView } from '../protocol/past-view.ts';
import { type JournalRecord, peekRecord, readRecordFacts } from '../protocol/records.ts';
import { readJournal } from '../store/journal.ts';
import type { Deciders } from './deciders.ts';
import { Machines } from './machine-views.ts';
import { readSession, replay } from './replay.ts';
import { Traces } from './traces.ts';

export interface PastTask {
  /** The journal directory. */
  readonly dir: string;
  readonly id: string;
  readonly moment: MomentQuery;
}

/** Where a moment lies in the journal. */
interface Found {
  readonly session: MomentView;
  readonly reachesBackTo: MomentView;
  readonly newest: MomentView;
  readonly upTo: number;
}

/** A job of the pool. Throws `Fault('not_found')`, `conflict` or `replay_differs`. */
export function machineAt({ dir, id, moment }: PastTask): PastMachineView {
  if (id.startsWith('actor:')) {
    throw new Fault('conflict', 'the life of an actor is not in the journal', {
      remedy: 'its latest changes are among its transitions',
    });
  }
  const found = findMoment(dir, moment);
  let last: { readonly record: JournalRecord; readonly deciders: Deciders } | null = null;
  const session = { boot: found.session.seq, upTo: found.upTo };
  const { difference, records } = replay({
    dir,
    session,
    onRecord: (record, deciders) => {
      last = { record, deciders };
    },
  });
  if (difference !== null) {
    const { seq, kind } = difference;
    throw new Fault('replay_differs', `record ${seq} (${kind}) does not replay to what it was`, {
      remedy: 'run `bifrost replay --verify` on the data directory',
    });
  }
  if (last === null) throw new Fault('not_found', 'the journal holds nothing of that moment');
  return viewOf(id, last, found, records);
}

function viewOf(
  id: string,
  { record, deciders }: { readonly record: JournalRecord; readonly deciders: Deciders },
  found: Found,
  replayed: number,
): PastMachineView {
  const view = new Machines(deciders, () => [], new Traces(deciders)).find(id);
  const book = deciders.books.find(({ symbol }) => id.endsWith(`:${symbol}`));
  return {
    id,
    machine: view.machine,
    seq: record.seq,
    ts: record.at.wall / 1000,
    value: view.value,
    label: view.label,
    context: view.context,
    events: view.events,
    kind: record.kind,
    book: book?.view(record.at) ?? null,
    assessment: book?.explain(record.at) ?? null,
    session: found.session,
    reaches_back_to: found.reachesBackTo,
    newest: found.newest,
    replayed,
  };
}

/** The start of the session that a moment is in, and the last record up to it. */
function findMoment(dir: string, moment: MomentQuery): Found {
  let first: MomentView | null = null;
  let session: MomentView | null = null;
  let last: Uint8Array | null = null;
  for (const { payload } of readJournal(dir, 'journal')) {
    last = payload;
    if (peekRecord(payload).kind !== 'boot') continue;
    const boot = momentOf(payload);
    first ??= boot;
    if (isBefore(boot, moment)) session = boot;
  }
  if (first === null || last === null) {
    throw new Fault('not_found', 'the journal has no start of a daemon to replay from', {
      remedy: 'it is kept for `journal.retention_days`',
    });
  }
  if (session === null) {
    const since = new Date(first.ts * 1000).toISOString();
    throw new Fault('not_found', `the journal reaches back to record ${first.seq} of ${since}`, {
      remedy: 'ask for a later moment; the journal is kept for `journal.retention_days`',
    });
  }
  const upTo = 'seq' in moment ? moment.seq : lastBefore(dir, session.seq, moment.ts);
  return { session, reachesBackTo: first, newest: momentOf(last), upTo };
}

/** The last record up to a wall time; wall time may step back, numbers do not. */
function lastBefore(dir: string, boot: number, ts: number): number {
  let upTo = boot;
  for (const { record } of readSession(dir, boot)) {
    if (record.seq > boot && record.kind === 'boot') break;
    if (record.at.wall / 1000 <= ts + HALF_A_MS) upTo = record.seq;
  }
  return upTo;
}

/** Times go through JSON and the database as seconds: their last bits may have gone. */
const HALF_A_MS = 0.0005;

function isBefore(boot: MomentView, moment: MomentQuery): boolean {
  return 'seq' in moment ? boot.seq <= moment.seq : boot.ts <= moment.ts + HALF_A_MS;
}

function momentOf(payload: Uint8Array): MomentView {
  const { seq, wall } = readRecordFacts(payload);
  return { seq, ts: wall / 1000 };
}
