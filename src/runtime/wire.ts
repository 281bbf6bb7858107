/**
 * What crosses between the threads of one system. Actor messages and their answers take the data
 * lane; the runtime's own take the system lane, a port apart, where no flood can delay them.
 */

import type { Fault, FaultMessage } from '../fault.ts';
import type { LogOptions } from '../log.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { LaneEnd } from './lane.ts';
import type { TraceBatch } from './trace.ts';

/** The kernel among the threads, which are numbered from it. */
export const KERNEL_THREAD = 0;

/** Where an actor lives and what its mailbox takes; every thread knows it of every actor. */
export interface Address {
  readonly id: string;
  /** Its place in the actor table. */
  readonly slot: number;
  readonly thread: number;
  readonly capacity: number;
  readonly policy: 'refuse' | 'drop_oldest';
}

interface Cast {
  readonly type: 'cast';
  readonly to: number;
  /** The life of the actor that admitted it. */
  readonly generation: number;
  readonly message: unknown;
  /** The slot of who sends it; 0 is nobody's. */
  readonly sender: number;
  /** When it was sent, while somebody listens to the tap. */
  readonly sentAt: number | undefined;
}

export interface Call {
  readonly type: 'call';
  readonly to: number;
  readonly generation: number;
  readonly message: unknown;
  /** The thread that waits for the answer, and the number it waits under. */
  readonly from: number;
  readonly call: number;
  readonly sender: number;
  readonly sentAt: number | undefined;
}

export type Envelope = Cast | Call;

export type Answer =
  | {
      readonly type: 'answer';
      readonly from: number;
      readonly call: number;
      readonly value: unknown;
    }
  | {
      readonly type: 'refusal';
      readonly from: number;
      readonly call: number;
      readonly fault: FaultMessage;
    };

/** There is room again in the mailbox of the actor in this slot, for which somebody waits. */
export interface Room {
  readonly type: 'room';
  readonly of: number;
}

export type DataMessage = Envelope | Answer | Room;

/** What a host needs to bring an actor to life. */
export interface Birth {
  readonly address: Address;
  readonly module: string;
  readonly args: unknown;
  readonly stopDeadlineMs: number;
  readonly receiveDeadlineMs: number | undefined;
}

/** A life that ended, for those who watch it. */
export interface LifeEnd {
  readonly slot: number;
  readonly generation: number;
  readonly reason: FaultMessage | undefined;
}

/** An actor died by its own defect, in this life of it. */
export interface Crash {
  readonly slot: number;
  readonly generation: number;
  readonly fault: Fault;
  /** Messages that waited for it. */
  readonly lost: number;
}

/** A fault with the stack of the thread it was born in. */
export interface Death {
  readonly fault: FaultMessage;
  readonly stack: string | undefined;
}

/** From the kernel to a worker. */
export type SystemCommand =
  | { readonly type: 'start'; readonly birth: Birth }
  | { readonly type: 'stop'; readonly slot: number; readonly deadlineMs: number }
  | { readonly type: 'addresses'; readonly addresses: readonly Address[] }
  /** The lane to another worker, in a life of it. */
  | {
      readonly type: 'peer';
      readonly thread: number;
      readonly life: number;
      readonly end: LaneEnd;
    }
  /** A thread ended: calls to its actors are not answered any more. */
  | { readonly type: 'thread_down'; readonly thread: number }
  /** A life ended: it may be watched. */
  | { readonly type: 'down'; readonly end: LifeEnd }
  | { readonly type: 'shutdown' };

/** From a worker to the kernel. */
export type SystemReport =
  | { readonly type: 'booted' }
  | { readonly type: 'started'; readonly slot: number }
  | { readonly type: 'start_failed'; readonly slot: number; readonly death: Death }
  | { readonly type: 'stopped'; readonly slot: number; readonly finished: boolean }
  | {
      readonly type: 'crashed';
      readonly slot: number;
      readonly generation: number;
      readonly death: Death;
      readonly lost: number;
    }
  | { readonly type: 'trace'; readonly batch: TraceBatch; readonly dropped: number }
  | { readonly type: 'dead_letter'; readonly letter: DeadLetter };

/** A worker's `workerData`, beside the port of its data lane. */
export interface WorkerBoot {
  readonly thread: number;
  /** Counts the lives of this thread. */
  readonly life: number;
  readonly name: string;
  readonly table: SharedArrayBuffer;
  readonly addresses: readonly Address[];
  readonly seed: string;
  readonly log: LogOptions;
  readonly heartbeatMs: number;
  /** What the heap of the thread may hold. */
  readonly heapMbMax: number;
  readonly compileCacheDirectory: string | undefined;
}
