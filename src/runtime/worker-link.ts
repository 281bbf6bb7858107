/**
 * The kernel's hold on one worker thread: two lanes, what it was asked and has not answered, and
 * its end, which is reported once whatever caused it.
 */

import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { Fault, type FaultMessage, faultFrom, toFault } from '../fault.ts';
import { moduleUrl } from '../package.ts';
import { actorDown } from './call-table.ts';
import type { Clock } from './clock.ts';
import type { DeadLetter } from './dead-letters.ts';
import { LANE_BYTES, Lane, type LaneEnd, type LanePorts } from './lane.ts';
import type { TraceBatch } from './trace.ts';
import type {
  Birth,
  Crash,
  DataMessage,
  Death,
  SystemCommand,
  SystemReport,
  WorkerBoot,
} from './wire.ts';
import { within } from './within.ts';

export interface WorkerLinkPorts extends LanePorts {
  readonly mono: Clock;
  crashed(crash: Crash): void;
  deadLetter(letter: DeadLetter): void;
  traced(batch: TraceBatch, dropped: number): void;
  /** The thread is gone. `exitCode` 0 is an end of its own will. */
  down(link: WorkerLink, fault: Fault, exitCode: number): void;
}

/** How long a thread may take to leave by itself before it is ended. */
const SHUTDOWN_MS = 250;

export class WorkerLink {
  readonly thread: number;
  readonly name: string;
  readonly #ports: WorkerLinkPorts;
  readonly #worker: Worker;
  readonly #data: MessagePort;
  readonly #lane: Lane;
  readonly life: number;
  readonly #booted = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<void>();
  readonly #starting = new Map<number, PromiseWithResolvers<void>>();
  readonly #stopping = new Map<number, PromiseWithResolvers<boolean>>();
  #cause: Fault | undefined;
  #alive = true;
  #isBooted = false;

  constructor(boot: WorkerBoot, ports: WorkerLinkPorts) {
    this.thread = boot.thread;
    this.name = boot.name;
    this.#ports = ports;
    this.life = boot.life;
    const { port1, port2 } = new MessageChannel();
    const words = new SharedArrayBuffer(LANE_BYTES);
    this.#data = port1;
    this.#worker = new Worker(moduleUrl(new URL('./worker-entry.ts', import.meta.url)), {
      name: boot.name,
      workerData: { ...boot, data: { port: port2, words, side: 1 } },
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: boot.heapMbMax },
    });
    this.#booted.promise.catch(() => undefined);
    this.#lane = new Lane(port1, { words, side: 0 }, ports);
    this.#worker.on('message', (report: SystemReport) => this.#heard(report));
    this.#worker.on('error', (thrown: unknown) => {
      this.#cause ??= isOutOfMemory(thrown)
        ? new Fault('out_of_memory', `thread ${boot.name} needed more than ${boot.heapMbMax} MB`)
        : toFault(thrown);
    });
    this.#worker.on('exit', (code) => this.#ended(code));
  }

  /** Whether its event loop has turned: from then on a silent thread hangs. */
  get isBooted(): boolean {
    return this.#isBooted;
  }

  /** Whether actors of it start: that has its own deadline, and reading modules keeps it busy. */
  get isStarting(): boolean {
    return this.#starting.size > 0;
  }

  /** Resolves when it takes commands; rejects if it ends before. */
  get booted(): Promise<void> {
    return this.#booted.promise;
  }

  /** Sends on the data lane. Throws what the platform cannot clone. */
  post(message: DataMessage, sender: number): boolean {
    if (this.#alive) this.#lane.post(message, sender);
    return this.#alive;
  }

  tell(command: SystemCommand, transfer: readonly MessagePort[] = []): void {
    if (this.#alive) this.#worker.postMessage(command, transfer);
  }

  /** Gives the two threads a lane of their own. */
  connect(other: WorkerLink): void {
    const { port1, port2 } = new MessageChannel();
    const words = new SharedArrayBuffer(LANE_BYTES);
    const { thread, life } = this;
    const here: LaneEnd = { port: port1, words, side: 0 };
    const there: LaneEnd = { port: port2, words, side: 1 };
    this.tell({ type: 'peer', thread: other.thread, life: other.life, end: here }, [port1]);
    other.tell({ type: 'peer', thread, life, end: there }, [port2]);
  }

  start(birth: Birth): Promise<void> {
    if (!this.#alive) return Promise.reject(actorDown(this.name));
    const pending = Promise.withResolvers<void>();
    this.#starting.set(birth.address.slot, pending);
    try {
      this.tell({ type: 'start', birth });
    } catch (thrown) {
      this.#starting.delete(birth.address.slot);
      pending.reject(toFault(thrown));
    }
    return pending.promise;
  }

  /** False if the actor was late, or its thread ended meanwhile. */
  stop(slot: number, deadlineMs: number): Promise<boolean> {
    if (!this.#alive) return Promise.resolve(false);
    const pending = Promise.withResolvers<boolean>();
    this.#stopping.set(slot, pending);
    this.tell({ type: 'stop', slot, deadlineMs });
    return pending.promise;
  }

  /** Ends the thread where it stands, also one that never returns to its event loop. */
  async kill(cause: Fault): Promise<void> {
    this.#cause ??= cause;
    if (this.#alive) await this.#worker.terminate();
    await this.#exited.promise;
  }

  /** Lets the thread leave, after all its actors stopped. */
  async close(): Promise<void> {
    this.tell({ type: 'shutdown' });
    const left = await within(this.#ports.mono, this.#exited.promise, SHUTDOWN_MS);
    if (!left) await this.kill(new Fault('deadline', `thread ${this.name} did not leave`));
  }

  #heard(report: SystemReport): void {
    switch (report.type) {
      case 'booted':
        this.#isBooted = true;
        this.#booted.resolve();
        return;
      case 'started':
        take(this.#starting, report.slot)?.resolve();
        return;
      case 'start_failed':
        take(this.#starting, report.slot)?.reject(fromDeath(report.death));
        return;
      case 'stopped':
        take(this.#stopping, report.slot)?.resolve(report.finished);
        return;
      case 'crashed': {
        const { slot, generation, death, lost } = report;
        this.#ports.crashed({ slot, generation, fault: fromDeath(death), lost });
        return;
      }
      case 'trace':
        this.#ports.traced(report.batch, report.dropped);
        return;
      case 'dead_letter':
        this.#ports.deadLetter(report.letter);
        return;
    }
  }

  #ended(exitCode: number): void {
    this.#alive = false;
    // What it sent before its end has been admitted, and is delivered; what it held back is counted
    // and its places are given back.
    this.#lane.drain(this.#data);
    this.#lane.close();
    const fault =
      this.#cause ?? new Fault('actor_down', `thread ${this.name} exited with code ${exitCode}`);
    // The supervisor hears of the thread before it hears of the starts that failed with it.
    this.#ports.down(this, fault, exitCode);
    this.#booted.reject(fault);
    for (const pending of this.#starting.values()) pending.reject(fault);
    for (const pending of this.#stopping.values()) pending.resolve(false);
    this.#starting.clear();
    this.#stopping.clear();
    this.#exited.resolve();
  }
}

function isOutOfMemory(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function take<T>(pending: Map<number, T>, slot: number): T | undefined {
  const found = pending.get(slot);
  pending.delete(slot);
  return found;
}

function fromDeath(death: Death): Fault {
  const message: FaultMessage = death.fault;
  const fault = faultFrom(message);
  if (death.stack !== undefined) fault.stack = death.stack;
  return fault;
}
