/** What a system stands on: threads, turns, the loading of modules. A simulation has its own. */

import type { Fault } from '../fault.ts';
import type { ActorFactory } from './actor.ts';
import type { Dispatcher, TurnSource } from './dispatcher.ts';
import type { Birth, DataMessage, SystemCommand } from './wire.ts';
import type { WorkerPoolPorts } from './worker-pool.ts';

/** An actor's module, as it is imported. */
export interface ActorModule {
  readonly createActor?: ActorFactory<unknown, unknown>;
}

/** One thread, as the kernel holds it. */
export interface ThreadLink {
  start(birth: Birth): Promise<void>;
  /** False if the actor was late, or its thread ended meanwhile. */
  stop(slot: number, deadlineMs: number): Promise<boolean>;
  kill(cause: Fault): Promise<void>;
}

/** The threads of one system, by name. */
export interface ThreadPool {
  number(name: string): number;
  /** The living thread of this name, booted if there is none. */
  thread(name: string): Promise<ThreadLink>;
  /** False if the thread does not live. */
  post(thread: number, message: DataMessage, sender: number): boolean;
  link(name: string): ThreadLink | undefined;
  broadcast(command: SystemCommand): void;
  /** Boots nothing more; the threads that live may finish. */
  seal(): void;
  /** Lets every thread leave; resolves when none is left. */
  close(): Promise<void>;
}

export interface World {
  readonly turns: TurnSource;
  /** Gives the actors of the kernel their turns. */
  readonly dispatcher: Pick<Dispatcher, 'wake'>;
  load(module: string): Promise<ActorModule>;
  threads(ports: WorkerPoolPorts): ThreadPool;
}

/** Imports a module as every real thread does. */
export function loadModule(module: string): Promise<ActorModule> {
  return import(/* @vite-ignore */ module);
}
