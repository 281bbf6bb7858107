/** Which part of a journal a check of the last day looks at. */

import { peekRecord, readRecordFacts } from '../protocol/records.ts';
import { readJournal } from '../store/journal.ts';

/**
 * From the start of the session that was under way at `since` (wall time, unix seconds), or of the
 * first one behind it, to the last record there is; null without a start of a session.
 */
export function parityMoments(
  dir: string,
  since: number,
): { readonly boot: number; readonly upTo: number } | null {
  let boot: number | null = null;
  let upTo = 0;
  for (const { payload } of readJournal(dir, 'journal')) {
    const { kind, seq } = peekRecord(payload);
    upTo = seq;
    if (kind !== 'boot') continue;
    if (boot === null || readRecordFacts(payload).wall / 1000 <= since) boot = seq;
  }
  return boot === null ? null : { boot, upTo };
}
