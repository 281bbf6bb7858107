/** Files that a command makes for its operator: what somebody has written is never written over. */

import { writeFileSync } from 'node:fs';
import { Fault } from '../fault.ts';
import { hasCode } from '../store/data-dir.ts';

/** Creates the file, for its owner alone, or refuses with `remedy`. */
export function writeNew(path: string, text: string, remedy: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const isThere = hasCode(cause, 'EEXIST');
    const reason = cause instanceof Error ? cause.message : String(cause);
    const says = isThere ? `${path} is there already, and is left as it is` : reason;
    throw new Fault(isThere ? 'conflict' : 'invalid', says, { remedy, cause });
  }
}
