/**
 * Preloaded into every thread of the daemon that is soaked (`node --expose-gc --import`): what its
 * heap keeps after a collection and what its loop holds, a line at a time. Only the thread itself
 * can tell; `/metrics` shows a heap with its garbage.
 */

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId, threadName } from 'node:worker_threads';

const folder = process.env['BIFROST_SOAK_PROBE'];
const everyMs = Number(process.env['BIFROST_SOAK_EVERY_MS']);

if (folder !== undefined) {
  // The threads look one after another: collections at the same moment would slow them all.
  setTimeout(() => setInterval(look, everyMs).unref(), (threadId % 8) * (everyMs / 8)).unref();
}

function look(): void {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const line = {
    thread: threadId === 0 ? 'kernel' : threadName || `thread ${threadId}`,
    at: Date.now(),
    heap: heapUsed,
    external,
    resources: process.getActiveResourcesInfo().length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
  appendFileSync(join(folder ?? '.', 'threads.jsonl'), `${JSON.stringify(line)}\n`);
}
