/**
 * The small file that names the place of the newest boot record in a journal, from which a start
 * reads on. It is a help and never the truth: without it the journal is read from its beginning.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from './data-dir.ts';
import type { JournalPosition } from './journal-frame.ts';

const POINTER_FILE = 'boot.json';
const pointerSchema = z.strictObject({ segment: z.int().min(0), offset: z.int().min(0) });

/** Remembers where the boot record of this session begins. */
export function writeBootPointer(dir: string, position: JournalPosition): void {
  writeAtomically(join(dir, POINTER_FILE), `${JSON.stringify(position)}\n`, 0o600);
}

/** Undefined where it is missing, torn or of another version. */
export function readBootPointer(dir: string): JournalPosition | undefined {
  try {
    return pointerSchema.parse(JSON.parse(readFileSync(join(dir, POINTER_FILE), 'utf8')));
  } catch {
    return undefined;
  }
}
