/**
 * The whole line, as it is measured: the bench gateway, the daemon with its database, and the
 * program that the daemon is compared with, each in a process of its own.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../harness/benchmark.ts';
import { type Gateway, startGateway } from './control.ts';
import { type Daemon, startDaemon, watching } from './daemon.ts';

export interface Rig {
  readonly gateway: Gateway;
  readonly daemon: Daemon;
}

/** No order for so long: the daemon has hedged what it found at the start. */
const CALM_MS = 600;

export async function startRig(bench: Bench): Promise<Rig> {
  bench.progress('starting the gateway, the daemon and its database');
  const gateway = await startGateway(bench.workspace);
  const daemon = startDaemon(bench, {
    config: 'config/bench.yaml',
    env: { IB_PORT: String(gateway.port) },
  });
  await daemon.until('/status', watching);
  await calm(bench, gateway);
  await startEcho(bench, gateway.port);
  return { gateway, daemon };
}

async function calm(bench: Bench, gateway: Gateway): Promise<void> {
  for (let orders = -1; ; ) {
    bench.signal.throwIfAborted();
    const now = await gateway.orders();
    if (now === orders) return;
    orders = now;
    await sleep(CALM_MS);
  }
}

async function startEcho(bench: Bench, port: number): Promise<void> {
  const child = bench.workspace.fork(new URL('../peers/echo.ts', import.meta.url), [String(port)]);
  await new Promise<void>((resolve, reject) => {
    child.process.once('message', () => resolve());
    child.process.once('exit', () => reject(new Error(`the echo ended:\n${child.tail()}`)));
  });
}
