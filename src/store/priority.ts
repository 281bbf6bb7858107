/**
 * What writes history gives way to what decides: where all cores are busy, a decision does not wait
 * behind a backlog. Lowering one's own priority needs no right; where it fails nothing is lost.
 */

import { setPriority } from 'node:os';

/** Halfway down the scale of Unix: a fifth of the share of a thread that decides. */
const NICE = 10;

/** Lowers the priority of the calling thread; elsewhere than on Linux threads have none. */
export function giveWay(): void {
  if (process.platform === 'linux') lower(0);
}

/** Lowers the priority of a process that was just spawned, and of all that it will start. */
export function letGiveWay(pid: number): void {
  lower(pid);
}

function lower(pid: number): void {
  try {
    setPriority(pid, NICE);
  } catch (error) {
    // It is over already, or belongs to somebody else.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}
