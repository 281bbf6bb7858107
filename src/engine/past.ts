/**
 * A machine as it was: the session around a moment is fed to fresh deciders up to that record, and
 * what they are in then is told. It runs in a thread of a pool, beside the engine and never in it,
 * and for a long day in several calls, each of which says how far it came.
 */

import { Fault } from '../fault.ts';
import type {
  MomentQuery,
  MomentView,
  PastMachineView,
  ReplayingView,
} from '../protocol/past-view.ts';
import type { JournalRecord } from '../protocol/records.ts';
import { realMono } from '../runtime/real-clock.ts';
import type { Deciders } from './deciders.ts';
import { type IsOver, JournalIndex, type SessionStart } from './journal-index.ts';
import { Machines } from './machine-views.ts';
import { Rewind } from './rewind.ts';
import { TimeSearch } from './time-search.ts';
import { Traces } from './traces.ts';

export interface PastTask {
  /** The journal directory. */
  readonly dir: string;
  readonly id: string;
  readonly moment: MomentQuery;
  /** What one call may take; without it, as long as it takes. */
  readonly sliceMs?: number;
}

/** Where a moment lies in the journal. */
interface Found {
  readonly session: SessionStart;
  readonly reachesBackTo: MomentView;
  readonly newest: MomentView;
  /** The first record that is of another session; infinite for none. */
  readonly end: number;
}

/** What the thread keeps from one question to the next: one journal, and one session of it. */
interface Kept {
  readonly index: JournalIndex;
  rewind: Rewind | null;
  /** For the time that was asked for last; what it found stays while its replay goes on. */
  asked: TimeSearch | null;
}

let kept: Kept | null = null;

/**
 * A job of the pool. An answer that tells its progress is not the last: asking again goes on.
 * Throws `Fault('not_found')`, `conflict` or `replay_differs`.
 */
export function machineAt({ dir, id, moment, sliceMs }: PastTask): PastMachineView | ReplayingView {
  if (id.startsWith('actor:')) {
    throw new Fault('conflict', 'the life of an actor is not in the journal', {
      remedy: 'its latest changes are among its transitions',
    });
  }
  const mono = realMono();
  const begun = mono.now();
  const elapsed = (): number => mono.now() - begun;
  const isOver: IsOver = () => sliceMs !== undefined && elapsed() >= sliceMs;
  if (kept?.index.dir !== dir) kept = { index: new JournalIndex(dir), rewind: null, asked: null };
  const { index } = kept;
  const bytes = index.bytesLeft;
  if (!index.refresh(isOver)) {
    const left = index.bytesLeft;
    return { replaying: true, at: null, share: 0, left_s: leftS(bytes - left, left, elapsed()) };
  }
  const found = findMoment(index, moment);
  const { session } = found;
  if (kept.rewind?.start.seq !== session.seq) {
    kept.rewind = new Rewind(dir, session, index.lost);
    kept.asked = null;
  }
  const { rewind } = kept;
  const upTo = 'seq' in moment ? moment.seq : timeOf(kept, rewind, moment.ts, found.end, isOver);
  if (upTo === null) return { replaying: true, at: null, share: 0, left_s: null };
  const before = rewind.now?.record.seq ?? session.seq;
  const done = rewind.seek(upTo, isOver);
  const { difference, now, records } = rewind;
  if (difference !== null) {
    kept.rewind = null;
    const { seq, kind } = difference;
    throw new Fault('replay_differs', `record ${seq} (${kind}) does not replay to what it was`, {
      remedy: 'run `bifrost replay --verify` on the data directory',
    });
  }
  if (now === null) throw new Fault('not_found', 'the journal holds nothing of that moment');
  const { seq } = now.record;
  if (!done) {
    const left = Math.max(1, Math.min(upTo, found.newest.seq) - seq);
    const share = (seq - session.seq) / (seq - session.seq + left);
    const at = { seq, ts: now.record.at.wall / 1000 };
    return { replaying: true, at, share, left_s: leftS(seq - before, left, elapsed()) };
  }
  kept.asked = null;
  return viewOf(id, now, found, records);
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
    session: momentOf(found.session),
    reaches_back_to: momentOf(found.reachesBackTo),
    newest: found.newest,
    replayed,
  };
}

/** How long the rest takes if `done` of the work took `tookMs`; null while nothing is done. */
function leftS(done: number, left: number, tookMs: number): number | null {
  return done <= 0 ? null : ((left / done) * tookMs) / 1000;
}

/** The start of the session that a moment is in. */
function findMoment({ starts, newest }: JournalIndex, moment: MomentQuery): Found {
  const [first] = starts;
  if (first === undefined || newest === null) {
    throw new Fault('not_found', 'the journal has no start of a daemon to replay from', {
      remedy: 'it is kept for `journal.retention_days`',
    });
  }
  const session = starts.findLast((start) => isBefore(start, moment));
  if (session === undefined) {
    const since = new Date(first.ts * 1000).toISOString();
    throw new Fault('not_found', `the journal reaches back to record ${first.seq} of ${since}`, {
      remedy: 'ask for a later moment; the journal is kept for `journal.retention_days`',
    });
  }
  const next = starts.find(({ seq }) => seq > session.seq);
  const end = next?.seq ?? Number.POSITIVE_INFINITY;
  return { session, reachesBackTo: first, newest, end };
}

/** Found once for one question, however often it goes on; null: not found yet. */
function timeOf(
  state: Kept,
  { start }: Rewind,
  seconds: number,
  end: number,
  isOver: IsOver,
): number | null {
  const ts = seconds + HALF_A_MS;
  if (state.asked?.ts !== ts) state.asked = new TimeSearch(state.index.dir, start, ts, end);
  return state.asked.find(isOver);
}

/** Times go through JSON and the database as seconds: their last bits may have gone. */
const HALF_A_MS = 0.0005;

function isBefore(boot: MomentView, moment: MomentQuery): boolean {
  return 'seq' in moment ? boot.seq <= moment.seq : boot.ts <= moment.ts + HALF_A_MS;
}

function momentOf({ seq, ts }: MomentView): MomentView {
  return { seq, ts };
}
