/** A daemon in a process of its own, as `npm start` runs it, and its API. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { StatusView } from '../../../src/protocol/views.ts';
import type { Bench } from '../harness/benchmark.ts';
import type { Child } from '../harness/workspace.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = join(ROOT, 'src/main.ts');
const START_MS = 60_000;
const POLL_MS = 15;

export interface Daemon {
  readonly child: Child;
  readonly dataDir: string;
  /** `performance.now()` when it was spawned. */
  readonly spawnedAt: number;
  /** The API's answer as JSON; null while there is none. */
  get(path: string): Promise<unknown>;
  /** What `/metrics` says. */
  metrics(): Promise<string>;
  /** Polls until `found` returns something else than null. Throws when the daemon ends. */
  until<T>(path: string, found: (answer: unknown) => T | null): Promise<T>;
  /** Where the API listens; 0 while it does not. */
  port(): number;
}

export interface DaemonSpec {
  readonly config: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function startDaemon(bench: Bench, spec: DaemonSpec): Daemon {
  const dataDir = bench.workspace.folder('data');
  const profile = bench.profileDir === null ? [] : profileFlags(bench.profileDir);
  const args = [
    ...profile,
    MAIN,
    'run',
    '--config',
    resolve(ROOT, spec.config),
    '--log-level',
    'warn',
  ];
  const env = { BIFROST_DATA_DIR: dataDir, BIFROST_API_PORT: '0', ...spec.env };
  const spawnedAt = performance.now();
  const child = bench.workspace.node(args, env, ROOT);
  let ended = false;
  void child.ended.then(() => {
    ended = true;
  });
  const port = (): number => readPort(dataDir);
  const get = async (path: string): Promise<unknown> => {
    const at = port();
    if (at === 0) return null;
    try {
      const response = await fetch(`http://127.0.0.1:${at}${path}`);
      return response.ok ? await response.json() : null;
    } catch {
      // It does not listen yet, or any more: the caller asks again, within its own limit.
      return null;
    }
  };
  const until = async <T>(path: string, found: (answer: unknown) => T | null): Promise<T> => {
    const limit = performance.now() + START_MS;
    for (;;) {
      bench.signal.throwIfAborted();
      if (ended) throw new Error(`the daemon ended:\n${child.tail()}`);
      if (performance.now() > limit) throw new Error(`${path} did not come:\n${child.tail()}`);
      const answer = await get(path);
      const result = answer === null ? null : found(answer);
      if (result !== null) return result;
      await sleep(POLL_MS);
    }
  };
  const metrics = async (): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port()}/metrics`);
    return await response.text();
  };
  return { child, dataDir, spawnedAt, get, metrics, until, port };
}

/** A CPU profile of each thread, written when it ends. */
function profileFlags(dir: string): readonly string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${dir}`];
}

/** The status of a daemon whose first book watches the market. */
export function watching(answer: unknown): StatusView | null {
  const status = answer as StatusView;
  const state = status.books[0]?.trading_state ?? '';
  return ['MONITOR', 'NO_TRADE', 'NEED_HEDGE', 'HEDGING'].includes(state) ? status : null;
}

function readPort(dataDir: string): number {
  try {
    const identity = JSON.parse(readFileSync(join(dataDir, 'daemon.json'), 'utf8')) as {
      readonly port: number;
    };
    return identity.port;
  } catch {
    // Not written yet.
    return 0;
  }
}
