/** Where the journal is that a command was pointed at. */

import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../fault.ts';
import { listSegments } from '../store/journal-frame.ts';

/** What `PATH` stands for where none is given. */
export function defaultDataDir(): string {
  const named = process.env['BIFROST_DATA_DIR'];
  return named === undefined || named === '' ? 'data' : named;
}

/** The journal's folder, from a data directory, that folder or a copy of it, or a file in it. */
export function journalDir(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  const dir = stat?.isFile() ? dirname(path) : path;
  // A backup has the name that its operator gave it.
  const isJournal =
    basename(dir) === 'journal' || (stat !== undefined && listSegments(dir, 'journal').length > 0);
  const journal = stat?.isFile() || isJournal ? dir : join(dir, 'journal');
  if (stat === undefined || statSync(journal, { throwIfNoEntry: false }) === undefined) {
    throw new Fault('data_unreadable', `there is no journal in ${path}`, {
      remedy: 'name a data directory, such as data/, or its journal folder',
    });
  }
  return journal;
}
