/**
 * One core for a whole process and back: threads that share a core hand over in a few microseconds,
 * threads that wake an idle one in ten times that, and neither figure tells of the other.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The cores this process may use, as Linux lists them; undefined elsewhere. */
export function allowedCores(): string | undefined {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
  } catch {
    return undefined;
  }
}

/** The first of a list such as `0-3,8`. */
export function firstOf(cores: string): string {
  return cores.split(/[-,]/, 1)[0] ?? cores;
}

/** Moves every thread of this process, and those it starts; false where that cannot be done. */
export function moveTo(cores: string): boolean {
  const { status } = spawnSync('taskset', ['-a', '-c', '-p', cores, String(process.pid)]);
  return status === 0;
}
