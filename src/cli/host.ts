/** What the daemon's own process can tell beside its engine: past, runs, files, venue, itself. */

import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { createKeptRuns } from '../backtest/kept.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { PastTask } from '../engine/past.ts';
import { Fault, toFault } from '../fault.ts';
import { moduleUrl } from '../package.ts';
import {
  type ConfigKeysView,
  type HostPorts,
  noHost,
  type SimulatedFault,
  type SimulationControls,
  type VersionView,
} from '../protocol/host-ports.ts';
import type { MessageReads } from '../protocol/message-view.ts';
import type { PastMachineView, PastReads, ReplayingView } from '../protocol/past-view.ts';
import type { Clock, WallClock } from '../runtime/clock.ts';
import { createPool, type Pool } from '../runtime/pool.ts';
import { shownValue } from './config.ts';
import { GATEWAY_FILE } from './daemon-gateway.ts';
import { packageVersion } from './version.ts';

export interface HostOptions {
  readonly loaded: LoadedConfig;
  readonly reload: () => LoadedConfig;
  readonly dataDir: string;
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly messages: MessageReads | undefined;
}

interface Host {
  readonly ports: HostPorts;
  close(): Promise<void>;
}

export function createHost(options: HostOptions): Host {
  const { dataDir, loaded, mono, wall } = options;
  const past = createPast(join(dataDir, 'journal'), mono);
  const startedAt = wall.now();
  const version = (): VersionView => programVersion(startedAt);
  const absent = noHost(version);
  return {
    ports: {
      past,
      messages: options.messages ?? absent.messages,
      backtests: createKeptRuns(dataDir),
      simulation: loaded.config.mode === 'simulated' ? simulationOf(dataDir) : null,
      configKeys: () => configKeysOf(options),
      version,
    },
    close: () => past.close(),
  };
}

/** The API waits ten seconds for an answer; a slice of the work ends long before. */
const REPLAY_DEADLINE_MS = 9000;
const REPLAY_SLICE_MS = 1200;
/** The thread keeps what it replayed, and who looks at one moment will look at another. */
const REPLAY_IDLE_MS = 5 * 60_000;

/** The thread begins with the first question. */
function createPast(dir: string, mono: Clock): PastReads & { close(): Promise<void> } {
  let pool: Pool | null = null;
  return {
    machineAt: async (id, moment) => {
      pool ??= createPool({
        module: moduleUrl(new URL('../engine/past.ts', import.meta.url)).href,
        mono,
        threadsMax: 1,
        queueMax: 4,
        idleMs: REPLAY_IDLE_MS,
      });
      const task: PastTask = { dir, id, moment, sliceMs: REPLAY_SLICE_MS };
      return pool.run<PastMachineView | ReplayingView>('machineAt', task, REPLAY_DEADLINE_MS);
    },
    close: async () => pool?.close(),
  };
}

/** Each as the venue's admin port takes it, and what one can expect to see. */
const FAULT_BODIES: Readonly<Record<SimulatedFault, { body: object; says: string }>> = {
  gap: {
    body: { type: 'gap', pct: 3 },
    says: 'the price of every underlying jumps by 3 %',
  },
  disconnect: {
    body: { type: 'disconnect' },
    says: 'the venue drops every connection',
  },
  reject: {
    body: { type: 'reject', count: 1, message: 'injected by the operator' },
    says: 'the venue rejects the next order',
  },
  stale_quotes: {
    body: { type: 'stale_quotes', for_s: 20 },
    says: 'quotes stand still for 20 s of the venue',
  },
};
const INJECT_MS = 3000;
const gatewayFile = z.object({ admin_port: z.number().int() });

/** Through the admin port that this daemon's own simulated gateway has announced. */
function simulationOf(dataDir: string): SimulationControls {
  return {
    inject: async (fault) => {
      const file = join(dataDir, GATEWAY_FILE);
      if (!existsSync(file)) throw new Fault('actor_down', 'the simulated gateway does not run');
      const { admin_port: port } = gatewayFile.parse(JSON.parse(readFileSync(file, 'utf8')));
      const { body, says } = FAULT_BODIES[fault];
      let answer: Response;
      try {
        answer = await fetch(`http://127.0.0.1:${port}/faults`, {
          method: 'POST',
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(INJECT_MS),
        });
      } catch (cause) {
        throw new Fault('actor_down', 'the simulated gateway does not answer', { cause });
      }
      if (!answer.ok) throw new Fault('internal', `the venue refuses the fault: ${answer.status}`);
      return says;
    },
  };
}

/** As the file has them now; while it cannot be read, as they were at the start. */
function configKeysOf({ loaded, reload }: HostOptions): ConfigKeysView {
  let shown = loaded;
  let problem: string | null = null;
  try {
    shown = reload();
  } catch (thrown) {
    problem = toFault(thrown).message;
  }
  return {
    file: basename(shown.file),
    hash: shown.hash,
    keys: [...shown.sources].map(([key, source]) => ({
      key,
      value: shownValue(shown, key),
      source,
    })),
    problem,
  };
}

/** The program that this process runs, since a wall time in epoch ms. */
export function programVersion(startedAt: number): VersionView {
  return {
    version: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    pid: process.pid,
    started_at: startedAt / 1000,
    memory_mb: Math.round(process.memoryUsage.rss() / 1e6),
  };
}
