/**
 * The first module of every worker thread. It imports nothing of ours before the compile cache is
 * on: with the cache a worker of a hundred modules boots in a third of the time.
 */

import { enableCompileCache } from 'node:module';
import { workerData } from 'node:worker_threads';
import type { LaneEnd } from './lane.ts';
import type { WorkerBoot } from './wire.ts';

// Only `worker-link.ts` starts this module, with this data.
const boot = workerData as WorkerBoot & { readonly data: LaneEnd };
if (boot.compileCacheDirectory !== undefined) enableCompileCache(boot.compileCacheDirectory);
const { runWorker } = await import('./worker-host.ts');
runWorker(boot);
