/** Who looks at the soaked daemon: pages that stay, a page that comes and goes, a program. */

import { setTimeout as sleep } from 'node:timers/promises';

const STAYING = 4;
const VISIT_MS = 2000;
const ASK_MS = 250;
const ASKED = [
  '/status',
  '/operations?limit=100',
  '/actors',
  '/machines',
  '/explain/NVDA',
  '/metrics',
];

export interface Readers {
  readonly counts: { readonly events: number; readonly visits: number; readonly answers: number };
  /** Rejects where the daemon refused one of them. */
  stop(): Promise<void>;
}

export function startReaders(url: string): Readers {
  const over = new AbortController();
  const counts = { events: 0, visits: 0, answers: 0 };
  const follow = async (signal: AbortSignal): Promise<void> => {
    try {
      const { body, status } = await fetch(`${url}/events`, { signal });
      if (status !== 200 || body === null) throw new Error(`the stream answers ${status}`);
      for await (const _ of body) counts.events += 1;
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  };
  const visit = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await follow(AbortSignal.any([over.signal, AbortSignal.timeout(VISIT_MS)]));
      counts.visits += 1;
    }
  };
  const ask = async (): Promise<void> => {
    for (let next = 0; !over.signal.aborted; next += 1) {
      const answer = await fetch(url + (ASKED[next % ASKED.length] ?? '/status'));
      if (!answer.ok) throw new Error(`${answer.url} answers ${answer.status}`);
      await answer.arrayBuffer();
      counts.answers += 1;
      await sleep(ASK_MS);
    }
  };
  const stay = Array.from({ length: STAYING }, () => follow(over.signal));
  const all = Promise.all([...stay, visit(), ask()]);
  all.catch(() => over.abort());
  return {
    counts,
    async stop() {
      over.abort();
      await all;
    },
  };
}
