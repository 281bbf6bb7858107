/**
 * A worker thread's side of the system: a host for its actors, the kernel's commands on the system
 * lane, and a sign of life at every interval.
 */

import assert from 'node:assert/strict';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { type Fault, toFault } from '../fault.ts';
import { createLogger } from '../log.ts';
import { ActorTable } from './actor-table.ts';
import { Dispatcher } from './dispatcher.ts';
import { Host } from './host.ts';
import type { LaneEnd } from './lane.ts';
import { Peers } from './peers.ts';
import { createRandom } from './random.ts';
import { realMono, realWall } from './real-clock.ts';
import { TraceBuffer } from './trace.ts';
import {
  type Death,
  KERNEL_THREAD,
  type SystemCommand,
  type SystemReport,
  type WorkerBoot,
} from './wire.ts';

/** Runs actors in this thread, from its first message until the system ends it. */
export function runWorker(boot: WorkerBoot & { readonly data: LaneEnd }): void {
  assert(parentPort !== null, 'a worker has a parent');
  const system = parentPort;
  const report = (message: SystemReport): void => system.postMessage(message);
  const table = new ActorTable(boot.table, boot.thread);
  const mono = realMono();
  const traces = new TraceBuffer(mono, (batch, dropped) => {
    report({ type: 'trace', batch, dropped });
  });
  const log = createLogger(boot.log).child({ thread: boot.name });
  const host = new Host({
    thread: boot.thread,
    life: boot.life,
    table,
    mono,
    wall: realWall(),
    random: createRandom(boot.seed),
    log,
    dispatcher: new Dispatcher(mono),
    post(thread, message, sender) {
      peers.post(thread, message, sender);
      return true;
    },
    crashed: ({ slot, generation, fault, lost }) => {
      report({ type: 'crashed', slot, generation, death: toDeath(fault), lost });
    },
    deadLetter: (letter) => report({ type: 'dead_letter', letter }),
    traced: traces.add,
  });
  const pull = (): boolean => {
    const next: { message: SystemCommand } | undefined = receiveMessageOnPort(system);
    if (next !== undefined) obey(host, peers, next.message, report);
    return next !== undefined;
  };
  const peers = new Peers(table, pull, {
    underWay: table.underWay,
    received: (message) => host.receive(message),
    lost: (message, sender, thrown) => host.lost(message, sender, thrown),
    unsent: (slot, generation, count) => host.unsent(slot, generation, count),
  });
  // The kernel has one life only.
  peers.add(KERNEL_THREAD, table.life(KERNEL_THREAD), boot.data);
  // What an actor sent before it ended this thread has been sent.
  process.on('exit', () => peers.empty());
  host.learn(boot.addresses);

  let loop = performance.eventLoopUtilization();
  const beat = (): void => {
    table.beat(boot.thread);
    const now = performance.eventLoopUtilization();
    table.setLoopUse(boot.thread, performance.eventLoopUtilization(now, loop).utilization);
    loop = now;
    mono.setTimer(boot.heartbeatMs, beat);
  };
  beat();

  system.on('message', (command: SystemCommand) => obey(host, peers, command, report));
  report({ type: 'booted' });
}

function obey(
  host: Host,
  peers: Peers,
  command: SystemCommand,
  report: (message: SystemReport) => void,
): void {
  switch (command.type) {
    case 'start': {
      const { slot } = command.birth.address;
      host.start(command.birth).then(
        () => report({ type: 'started', slot }),
        (thrown: unknown) => {
          report({ type: 'start_failed', slot, death: toDeath(toFault(thrown)) });
        },
      );
      return;
    }
    case 'stop': {
      const { slot, deadlineMs } = command;
      void host.stop(slot, deadlineMs).then((finished) => {
        report({ type: 'stopped', slot, finished });
      });
      return;
    }
    case 'addresses':
      host.learn(command.addresses);
      return;
    case 'peer':
      peers.add(command.thread, command.life, command.end);
      return;
    case 'thread_down':
      peers.remove(command.thread);
      host.threadDown(command.thread);
      return;
    case 'down':
      host.lifeEnded(command.end);
      return;
    case 'shutdown':
      // The way out of a worker: it ends this thread only, after the exit hooks flushed the log.
      process.exit(0);
  }
}

function toDeath(fault: Fault): Death {
  const cause = fault.cause instanceof Error ? fault.cause.stack : undefined;
  return { fault: fault.toMessage(), stack: cause ?? fault.stack };
}
