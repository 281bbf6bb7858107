/**
 * How far the journal holds, for who reads it in another thread while it is written. The file says
 * more than that: a record whose sync is under way or has failed is in it already, but nothing was
 * done upon it, and a power cut may take it.
 */

import { type BoardSetDescriptor, createBoardSet, openBoardSet } from '../runtime/board.ts';
import type { JournalPosition } from './journal-frame.ts';

export interface JournalMark {
  /** Opens it in another thread; posted as it is. */
  readonly descriptor: BoardSetDescriptor;
  /** All before this position was written as the journal's policy promises it. */
  set(position: JournalPosition): void;
}

/** Segment and offset. */
const LENGTH = 2;
const NOWHERE: JournalPosition = { segment: 0, offset: 0 };

/** A mark that nobody has set; there is one writer. */
export function createJournalMark(): JournalMark {
  const { descriptor, writer } = createBoardSet({ records: 1, length: LENGTH });
  const record = writer(0);
  return {
    descriptor,
    set({ segment, offset }) {
      record.scratch[0] = segment;
      record.scratch[1] = offset;
      record.publish();
    },
  };
}

/** Reads a mark, which never goes back; segment 0 while nobody has set it. */
export function openJournalMark(descriptor: BoardSetDescriptor): () => JournalPosition {
  const reader = openBoardSet(descriptor).reader(0);
  return () => {
    // A reader that is lapped keeps what it read before, which holds as well.
    reader.read();
    if (reader.version === 0) return NOWHERE;
    const [segment = 0, offset = 0] = reader.record;
    return { segment, offset };
  };
}
