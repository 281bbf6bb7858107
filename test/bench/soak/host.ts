/** The gateway whose memory is watched: the demo's world in a process of its own, but faster. */

import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startGatewayHost } from '../../../src/gateway/host.ts';
import { loadScenario } from '../../../src/gateway/sim/scenario.ts';
import { createLogger } from '../../../src/log.ts';
import { realMono } from '../../../src/runtime/real-clock.ts';
import type { HostAnswer, HostOptions } from './protocol.ts';

const MB = 2 ** 20;
const DEMO = new URL('../../../config/scenarios/demo.yaml', import.meta.url);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const { dataDir, speed } = JSON.parse(process.argv[2] ?? '') as HostOptions;
assert(speed >= 1 && speed <= 10);
const host = await startGatewayHost({
  scenario: { ...loadScenario(DEMO.pathname), speed },
  dataDir,
  host: '127.0.0.1',
  port: 0,
  adminPort: 0,
  mono: realMono(),
  log: createLogger({ level: 'warn', pretty: false }),
});

process.on('message', () => {
  // Twice: what a finalizer lets go is collected by the second.
  collect();
  collect();
  const { heapUsed, heapTotal, external, rss } = process.memoryUsage();
  const { orders } = host.exchange.ledger();
  answer({
    type: 'sample',
    at: host.exchange.now(),
    heap: heapUsed / MB,
    external: external / MB,
    heapHeld: heapTotal / MB,
    rss: rss / MB,
    sessions: host.sessions(),
    orders: orders.length,
  });
});
process.once('SIGTERM', () => {
  void host.close().then(() => process.disconnect());
});
answer({ type: 'listening', port: host.port });

function answer(message: HostAnswer): void {
  process.send?.(message);
}
