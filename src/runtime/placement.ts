/** Where the children of a system run: on the kernel's host, or behind the link of their thread. */

import assert from 'node:assert/strict';
import { Fault } from '../fault.ts';
import type { ChildSpec } from './actor.ts';
import type { ActorTable } from './actor-table.ts';
import { actorDown } from './call-table.ts';
import type { Clock } from './clock.ts';
import type { Host } from './host.ts';
import type { Placement } from './supervisor.ts';
import { threadOf } from './supervisor-spec.ts';
import type { Address, Birth } from './wire.ts';
import { within } from './within.ts';
import type { ThreadPool } from './world.ts';

/** How long the answer of a worker may take beyond the actor's own deadline. */
const STOP_ANSWER_MS = 100;

export class ThreadPlacement implements Placement {
  readonly #mono: Clock;
  readonly #table: ActorTable;
  readonly #host: Host;
  readonly #pool: ThreadPool;
  readonly #startDeadlineMs: number;
  /** Starts that were not stopped since: a thread may boot after its actor is wanted no more. */
  readonly #starting = new Map<number, symbol>();

  constructor(
    parts: { mono: Clock; table: ActorTable; host: Host; pool: ThreadPool },
    startDeadlineMs: number,
  ) {
    this.#mono = parts.mono;
    this.#table = parts.table;
    this.#host = parts.host;
    this.#pool = parts.pool;
    this.#startDeadlineMs = startDeadlineMs;
  }

  async start(spec: ChildSpec): Promise<void> {
    const { id, module, args, stopDeadlineMs, receiveDeadlineMs } = spec;
    const address = this.#address(id);
    const birth = { address, module, args, stopDeadlineMs, receiveDeadlineMs };
    const thread = threadOf(spec);
    const started = thread === undefined ? this.#host.start(birth) : this.#startIn(thread, birth);
    const ms = this.#startDeadlineMs;
    if (await within(this.#mono, started, ms)) return started;
    // Late: its end is ours, and what its start still says is nobody's.
    started.catch(() => undefined);
    const fault = new Fault('deadline', `${id} was not ready within ${ms} ms`);
    if (thread === undefined) this.#host.abandon(address.slot);
    else await this.#pool.link(thread)?.kill(fault);
    throw fault;
  }

  async stop(spec: ChildSpec, deadlineMs: number): Promise<boolean> {
    const { slot } = this.#address(spec.id);
    this.#starting.delete(slot);
    const thread = threadOf(spec);
    if (thread === undefined) return this.#host.stop(slot, deadlineMs);
    // Closed from here: no thread sends to it any more while its own thread hears of it.
    this.#table.close(slot);
    const link = this.#pool.link(thread);
    if (link === undefined) return false;
    const stopped = link.stop(slot, deadlineMs);
    if (await within(this.#mono, stopped, deadlineMs + STOP_ANSWER_MS)) return stopped;
    await link.kill(new Fault('deadline', `${spec.id} did not stop within ${deadlineMs} ms`));
    return false;
  }

  async #startIn(thread: string, birth: Birth): Promise<void> {
    const { id, slot } = birth.address;
    const attempt = Symbol(id);
    this.#starting.set(slot, attempt);
    const link = await this.#pool.thread(thread);
    if (this.#starting.get(slot) !== attempt) throw actorDown(id);
    await link.start(birth);
  }

  #address(id: string): Address {
    const address = this.#host.address(id);
    assert(address !== undefined, `${id} has an address`);
    return address;
  }
}
