/** What the runtime's benchmarks compare: a system with one worker, and a bare worker beside it. */

import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { createLogger } from '../../../src/log.ts';
import { type ActorSystem, startSystem } from '../../../src/runtime/system.ts';
import type { Bench } from '../harness/benchmark.ts';
import type { PeerCommand } from './peer.ts';

export interface Pair {
  readonly system: ActorSystem;
  /** Takes commands. */
  readonly raw: Worker;
  /** A bare port to it. */
  readonly port: MessagePort;
  /** Whether all threads run on one core. */
  readonly sharesCore: boolean;
  close(): Promise<void>;
}

const SILENT = { level: 'silent', pretty: false } as const;

/** Boots both. */
export async function createPair(bench: Bench, sharesCore: boolean): Promise<Pair> {
  const system = startSystem({
    children: [
      {
        id: 'bench',
        module: new URL('./actor.ts', import.meta.url).href,
        args: {},
        placement: { kind: 'worker', thread: 'bench' },
        mailbox: { capacity: 10_000, policy: { kind: 'refuse' } },
        restart: 'permanent',
        stopDeadlineMs: 500,
      },
    ],
    log: createLogger(SILENT),
    workerLog: SILENT,
    seed: 1,
    onEscalate: (fault) => bench.progress(fault.message),
    intensity: { restarts: 1000, periodMs: 1000 },
    backoff: { msMin: 0, msMax: 0 },
    compileCacheDirectory: bench.workspace.folder('runtime-cache'),
  });
  const raw = new Worker(new URL('./peer.ts', import.meta.url), { workerData: 'runtime-peer' });
  await once(raw, 'message');
  const { port1, port2 } = new MessageChannel();
  const command: PeerCommand = { type: 'port', port: port2 };
  raw.postMessage(command, [port2]);
  await system.ready;
  return {
    system,
    raw,
    port: port1,
    sharesCore,
    async close() {
      port1.close();
      await raw.terminate();
      await system.stop(1000);
    },
  };
}
