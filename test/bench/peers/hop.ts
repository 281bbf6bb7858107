/** One end of two bare hops: sends times at a pace, or passes on what it gets. */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

const main = parentPort;
assert(main !== null, 'it runs in a worker');
const { to, from } = workerData as { readonly to?: MessagePort; readonly from?: MessagePort };

from?.on('message', (sent: number) => main.postMessage(sent));
if (to !== undefined) {
  main.on('message', (order: { readonly count: number; readonly perSecond: number }) => {
    void send(to, order.count, order.perSecond);
  });
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

async function send(port: MessagePort, count: number, perSecond: number): Promise<void> {
  const start = now();
  for (let index = 0; index < count; index += 1) {
    const due = start + (index * 1000) / perSecond;
    for (let left = due - now(); left > 0; left = due - now()) await sleep(Math.max(1, left));
    port.postMessage(now());
  }
}
