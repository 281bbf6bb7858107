/** What the system tells of its actors and threads; read from the actor table, free for them. */

import type { Fault } from '../fault.ts';
import type { ActorTable } from './actor-table.ts';
import type { Clock } from './clock.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { LifecycleState } from './lifecycle.ts';
import type { ChildStatus } from './supervisor.ts';
import { isSupervisor, threadOf } from './supervisor-spec.ts';
import { type Address, KERNEL_THREAD } from './wire.ts';

export interface ActorStatus {
  readonly id: string;
  /** A receiver is what the composition root registered; a supervisor has no mailbox. */
  readonly kind: 'actor' | 'receiver' | 'supervisor';
  /** Who starts it again; the root and a receiver have none. */
  readonly supervisor: string | undefined;
  /** `kernel` or the name of its worker thread. */
  readonly placement: string;
  readonly state: LifecycleState;
  /** Wall time, ms, since when it is in that state. */
  readonly changedAt: number;
  readonly restarts: number;
  /** Messages that wait or are on their way to it. */
  readonly mailboxDepth: number;
  readonly mailboxHigh: number;
  /** Messages taken since the system started. */
  readonly messages: number;
  /** Over the last second or more between two looks; 0 at the first. */
  readonly messagesPerSecond: number;
  /** Messages its mailbox dropped for newer ones. */
  readonly dropped: number;
  /** Messages that found its mailbox full. */
  readonly refused: number;
  /** Messages that found it dead or stopped, were lost with it, or are not of its protocol. */
  readonly deadLetters: number;
  /** The latest of them that were sampled: of each actor the 1st, 2nd, 4th, 8th, … */
  readonly deadLetterSamples: readonly DeadLetter[];
  readonly lastError: string | undefined;
  /** Of the last error, with the frames of the thread it was born in. */
  readonly lastErrorStack: string | undefined;
  /** The share of its time that its thread's event loop was busy, lately: 0 to 1. */
  readonly loopUse: number;
}

/** What is known of a life without its mailbox. */
export interface LifeStatus
  extends Pick<ActorStatus, 'id' | 'kind' | 'supervisor' | 'placement' | 'state' | 'restarts'> {
  readonly lastError: Fault | undefined;
  readonly deadLetterSamples: readonly DeadLetter[];
  readonly changedAt: number;
}

interface Sample {
  at: number;
  messages: number;
  perSecond: number;
}

const NO_MAILBOX = {
  mailboxDepth: 0,
  mailboxHigh: 0,
  messages: 0,
  messagesPerSecond: 0,
  dropped: 0,
  refused: 0,
  deadLetters: 0,
  loopUse: 0,
};

/** Rates are taken over at least this long. */
const SAMPLE_MS = 1000;

export class StatusReader {
  readonly #table: ActorTable;
  readonly #mono: Clock;
  readonly #samples = new Map<number, Sample>();
  #loop = performance.eventLoopUtilization();
  #loopAt: number;
  #loopUse = 0;

  constructor(table: ActorTable, mono: Clock) {
    this.#table = table;
    this.#mono = mono;
    this.#loopAt = mono.now();
  }

  /** `address` is undefined for a supervisor. */
  read({ lastError, ...life }: LifeStatus, address: Address | undefined): ActorStatus {
    return {
      ...life,
      ...(address === undefined ? NO_MAILBOX : this.#mailbox(address)),
      lastError: lastError && `${lastError.code}: ${lastError.message}`,
      lastErrorStack: lastError && stackOf(lastError),
    };
  }

  #mailbox({ slot, thread }: Address): typeof NO_MAILBOX {
    const messages = this.#table.count(slot, 'messages');
    return {
      mailboxDepth: this.#table.depth(slot) + this.#table.count(slot, 'queued'),
      mailboxHigh: this.#table.count(slot, 'high'),
      messages,
      messagesPerSecond: this.#perSecond(slot, messages),
      dropped: this.#table.count(slot, 'dropped'),
      refused: this.#table.count(slot, 'refused'),
      deadLetters: this.#table.count(slot, 'deadLetters'),
      loopUse: thread === KERNEL_THREAD ? this.#kernelLoopUse() : this.#table.loopUse(thread),
    };
  }

  #perSecond(slot: number, messages: number): number {
    const now = this.#mono.now();
    const sample = this.#samples.get(slot);
    if (sample === undefined) {
      this.#samples.set(slot, { at: now, messages, perSecond: 0 });
      return 0;
    }
    const elapsed = now - sample.at;
    if (elapsed >= SAMPLE_MS) {
      sample.perSecond = ((messages - sample.messages) * 1000) / elapsed;
      sample.at = now;
      sample.messages = messages;
    }
    return sample.perSecond;
  }

  #kernelLoopUse(): number {
    const now = this.#mono.now();
    if (now - this.#loopAt >= SAMPLE_MS) {
      const loop = performance.eventLoopUtilization();
      this.#loopUse = performance.eventLoopUtilization(loop, this.#loop).utilization;
      this.#loop = loop;
      this.#loopAt = now;
    }
    return this.#loopUse;
  }
}

// A defect was wrapped where it was caught: the frames that help are those of its cause.
function stackOf(fault: Fault): string | undefined {
  return fault.cause instanceof Error ? fault.cause.stack : fault.stack;
}

/** What the system keeps of a life that no supervisor starts again. */
interface OwnLife {
  readonly state: LifecycleState;
  readonly error: Fault | undefined;
}

type Life = Omit<LifeStatus, 'deadLetterSamples' | 'changedAt'>;

/** The actors in their order, the receivers by their ids, and the supervisors, root first. */
export function livesOf(
  tree: readonly ChildStatus[],
  receivers: ReadonlyMap<string, OwnLife>,
  root: OwnLife & { readonly id: string },
): readonly Life[] {
  const below = descendantsOf(tree, root.id).map(lifeOf);
  return [
    ...below.filter(({ kind }) => kind === 'actor'),
    ...[...receivers].map(([id, life]) => ownLifeOf(id, 'receiver', life)),
    ownLifeOf(root.id, 'supervisor', root),
    ...below.filter(({ kind }) => kind === 'supervisor'),
  ];
}

function lifeOf({ spec, above, state, restarts, lastError }: Descendant): Life {
  const kind = isSupervisor(spec) ? 'supervisor' : 'actor';
  const placement = threadOf(spec) ?? 'kernel';
  return { id: spec.id, kind, supervisor: above, placement, state, restarts, lastError };
}

function ownLifeOf(id: string, kind: Life['kind'], { state, error }: OwnLife): Life {
  const ofKernel = { supervisor: undefined, placement: 'kernel', restarts: 0 };
  return { ...ofKernel, id, kind, state, lastError: error };
}

/** A child of a tree with the id of the supervisor above it. */
interface Descendant extends ChildStatus {
  readonly above: string;
}

/** All below this supervisor in the order they start, each supervisor before its children. */
function descendantsOf(children: readonly ChildStatus[], above: string): readonly Descendant[] {
  return children.flatMap((child) => [
    { ...child, above },
    ...descendantsOf(child.children, child.spec.id),
  ]);
}
