/**
 * Which process a number means: pids are used again, so a pid counts only together with the time
 * its process began.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When the process began, in a unit of the platform's own (Linux: clock ticks since boot); null if
 * there is none, or only its exit status is left.
 */
export function processStartTime(pid: number): number | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  return process.platform === 'linux' ? linuxStartTime(pid) : psStartTime(pid);
}

/** The name of the program that runs as `pid`; null where the platform does not tell. */
export function processName(pid: number): string | null {
  return process.platform === 'linux' ? readProc(`/proc/${pid}/comm`) : null;
}

/** Whether a process of this id runs now. */
export function isAlive(pid: number): boolean {
  return processStartTime(pid) !== null;
}

function linuxStartTime(pid: number): number | null {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The second field is the program's name in brackets, and may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTime = Number(fields[19]);
  if (state === 'Z' || state === 'X') return null;
  return Number.isFinite(startTime) ? startTime : null;
}

function psStartTime(pid: number): number | null {
  const ps = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [, state, started] = /^\s*(\S+)\s+(.+)$/m.exec(ps.stdout ?? '') ?? [];
  if (state === undefined || started === undefined || state.startsWith('Z')) return null;
  const startTime = Date.parse(started);
  return Number.isNaN(startTime) ? null : startTime;
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // The process ended, or never was: both read as an error of their own on each platform.
    return null;
  }
}
