/**
 * What the scheduler of Linux says of a process's threads: how long each ran, and how long it was
 * ready and waited for a core. Elsewhere nothing is known.
 */

import { readdirSync, readFileSync } from 'node:fs';

export interface ThreadTimes {
  readonly id: number;
  readonly name: string;
  /** Since it began, ns. */
  readonly ran: number;
  readonly waited: number;
}

export function threadTimes(pid: number | undefined): readonly ThreadTimes[] {
  const folder = `/proc/${pid}/task`;
  try {
    return readdirSync(folder).map((id) => {
      const [ran = 0, waited = 0] = readFileSync(`${folder}/${id}/schedstat`, 'utf8')
        .split(' ')
        .map(Number);
      const name = readFileSync(`${folder}/${id}/comm`, 'utf8').trim();
      return { id: Number(id), name, ran, waited };
    });
  } catch {
    // Another platform, or a thread that ended while it was looked at: the next look tells.
    return [];
  }
}
