/** A thread of the pool: runs one exported function, and turns what it throws into a value. */

import assert from 'node:assert/strict';
import { enableCompileCache } from 'node:module';
import { toFault } from '../fault.ts';
import type { Job, JobResult } from './pool.ts';

/** Runs a job's function in this thread; what it throws comes back as a message. */
export async function runJob(job: Job): Promise<JobResult> {
  try {
    if (job.compileCache !== undefined) enableCompileCache(job.compileCache);
    const module: Readonly<Record<string, unknown>> = await import(job.module);
    const work = module[job.name];
    assert(typeof work === 'function', `${job.module} exports ${job.name}`);
    return { kind: 'done', value: await work(job.task, job.deadline) };
  } catch (thrown) {
    const fault = toFault(thrown);
    const stack = fault.cause instanceof Error ? fault.cause.stack : fault.stack;
    return { kind: 'failed', fault: fault.toMessage(), stack };
  }
}
