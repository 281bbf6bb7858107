/**
 * Bulk work without state, in a pool of threads behind one port: a bounded queue, a deadline that
 * the job knows of and that ends it, and errors that arrive as the faults they were.
 */

import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { Fault, type FaultMessage, faultFrom } from '../fault.ts';
import { moduleUrl } from '../package.ts';
import type { Clock } from './clock.ts';

export interface PoolOptions {
  /** The module whose exported functions are the jobs, as a URL. */
  readonly module: string;
  readonly mono: Clock;
  /** Default: one for each core that this process may use, as they come and go. */
  readonly threadsMax?: number;
  /** Default: asks the platform, before each job. */
  readonly cores?: () => number;
  /** Jobs that wait for a thread; one more is refused. Default: two for each thread. */
  readonly queueMax?: number;
  /** A thread with nothing to do ends after this. Default 1 s. */
  readonly idleMs?: number;
  /** Where compiled modules are kept, so that a thread boots faster: it has none of its process. */
  readonly compileCache?: string;
}

export interface Pool {
  readonly threads: number;
  /** Jobs that wait. */
  readonly depth: number;
  /**
   * Runs the exported function `name` with `task` and, second, the job's deadline. Rejects with the
   * job's own fault, with `mailbox_full`, or at its deadline with `deadline`: its thread is then
   * ended where it stands.
   */
  run<R>(name: string, task: unknown, deadlineMs: number): Promise<R>;
  /** Waits for the jobs under way and ends the threads; takes no more. */
  close(): Promise<void>;
}

/** What a job may know of the time it has: monotonic, and the same in all threads. */
export interface JobDeadline {
  readonly at: number;
}

/** What crosses to a thread of the pool. */
export interface Job {
  readonly module: string;
  readonly name: string;
  readonly task: unknown;
  readonly deadline: JobDeadline;
  readonly compileCache: string | undefined;
}

export type JobResult =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly fault: FaultMessage; readonly stack: string | undefined };

const IDLE_MS = 1000;

export function createPool(options: PoolOptions): Pool {
  const { module, mono, compileCache, cores = availableParallelism, idleMs = IDLE_MS } = options;
  let threadsMax = options.threadsMax ?? cores();
  const piscina = new Piscina<Job, JobResult>({
    filename: moduleUrl(new URL('./pool-entry.ts', import.meta.url)).href,
    minThreads: 0,
    maxThreads: threadsMax,
    // Bounded here, where the refusal is typed; piscina's own bound would be an error of its own.
    maxQueue: Number.POSITIVE_INFINITY,
    idleTimeout: idleMs,
  });
  // Said of a thread that ends between two jobs; the job it had, if any, rejects by itself.
  piscina.on('error', () => undefined);
  let running = 0;
  let closed = false;
  const waiting = (): number => Math.max(0, running - threadsMax);

  // More cores take more jobs at once; of fewer the threads above their number end when idle.
  const resize = (): void => {
    threadsMax = options.threadsMax ?? cores();
    piscina.options.maxThreads = threadsMax;
  };

  const run = async <R>(name: string, task: unknown, deadlineMs: number): Promise<R> => {
    if (closed) throw new Fault('actor_down', 'the pool is closed');
    resize();
    const { queueMax = 2 * threadsMax } = options;
    if (waiting() >= queueMax) {
      throw new Fault('mailbox_full', `${queueMax} jobs wait for a thread of the pool`);
    }
    const abort = new AbortController();
    const timer = mono.setTimer(deadlineMs, () => abort.abort());
    running += 1;
    try {
      const deadline = { at: mono.now() + deadlineMs };
      const job: Job = { module, name, task, deadline, compileCache };
      const result = await piscina.run(job, { name: 'runJob', signal: abort.signal });
      if (result.kind === 'failed') throw failure(result);
      // The caller names what its job gives back.
      return result.value as R;
    } catch (thrown) {
      if (abort.signal.aborted) {
        throw new Fault('deadline', `the job ${name} took longer than ${deadlineMs} ms`);
      }
      if (thrown instanceof Fault) throw thrown;
      throw new Fault('actor_down', `a thread of the pool ended with the job ${name}`, {
        cause: thrown,
      });
    } finally {
      timer.cancel();
      running -= 1;
    }
  };

  return {
    get threads() {
      return piscina.threads.length;
    },
    get depth() {
      return waiting();
    },
    run,
    close: () => {
      closed = true;
      // Not `destroy`: it loses the answer of a job under way.
      return piscina.close();
    },
  };
}

function failure(result: Extract<JobResult, { kind: 'failed' }>): Fault {
  const fault = faultFrom(result.fault);
  if (result.stack !== undefined) fault.stack = result.stack;
  return fault;
}
