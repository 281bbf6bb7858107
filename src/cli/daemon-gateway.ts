/** The simulated gateway of a daemon in mode `simulated`. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayArgs, GatewayPorts } from '../../actors/gateway.ts';
import { loadScenario } from '../gateway/sim/scenario.ts';
import { STOP_BUDGET_MS } from '../limits.ts';
import { moduleUrl } from '../package.ts';
import { ACTORS } from '../protocol/decision.ts';
import { type ActorStatus, startSystem } from '../runtime/system.ts';
import { writeAtomically } from '../store/data-dir.ts';
import { type Close, type DaemonOptions, unless } from './daemon-options.ts';
import { threadCacheDirectory } from './thread-cache.ts';

export interface Gateway extends GatewayPorts {
  actors(): readonly ActorStatus[];
}

/**
 * The simulated gateway in a thread of its own; it outlives the engine at the stop. A thread that
 * died is started again where it listened: to the engine, a broker that was away for a moment.
 */
export async function startGateway(
  options: DaemonOptions,
  closers: Close[],
): Promise<Gateway | null> {
  const { loaded, dataDir, log, logOptions, mono, wall, stopRequested } = options;
  const { gateway } = loaded.config;
  const args: GatewayArgs = {
    scenario: loadScenario(loaded.scenarioFile),
    dataDir,
    host: '127.0.0.1',
    port: gateway.port,
    adminPort: gateway.admin_port,
    cap: gateway.cap,
  };
  const system = startSystem({
    id: 'gateway-root',
    children: [
      {
        id: ACTORS.gateway,
        module: moduleUrl(new URL('../../actors/gateway.ts', import.meta.url)).href,
        args,
        placement: { kind: 'worker', thread: 'gateway' },
        mailbox: { capacity: 100, policy: { kind: 'refuse' } },
        restart: 'permanent',
        stopDeadlineMs: 500,
      },
    ],
    log,
    workerLog: logOptions,
    compileCacheDirectory: threadCacheDirectory(dataDir),
    seed: 'gateway',
    mono,
    wall,
    onEscalate: (fault) => log.error({ err: fault }, 'the simulated gateway is gone'),
  });
  closers.push(() => system.stop(STOP_BUDGET_MS.actors));
  const listens = system.ready.then(() => true);
  if ((await unless(stopRequested, listens)) === null) return null;
  const ports = await system
    .ref<{ type: 'ports' }>(ACTORS.gateway)
    .call<GatewayPorts>({ type: 'ports' }, CALL_MS);
  // Whichever ports were free at first, every later life is found at them.
  args.port = ports.port;
  args.adminPort = ports.adminPort;
  announce(dataDir, ports, closers);
  return { ...ports, actors: () => system.status() };
}

/** Other programs of this host find the gateway by it while the daemon runs. */
function announce(dataDir: string, { port, adminPort }: GatewayPorts, closers: Close[]): void {
  const file = join(dataDir, GATEWAY_FILE);
  writeAtomically(file, `${JSON.stringify({ port, admin_port: adminPort })}\n`, 0o644);
  closers.push(async () => rmSync(file, { force: true }));
}

/** In the data directory: the TWS port and the admin port. */
export const GATEWAY_FILE = 'gateway.json';

const CALL_MS = 5000;
