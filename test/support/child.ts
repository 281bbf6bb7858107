/** A process of a test's own that runs a piece of code, for what only another process can show. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export interface Child {
  readonly pid: number;
  /** The line it printed first. */
  readonly firstLine: string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

const ROOT = new URL('../../', import.meta.url);

/**
 * Runs `code` (an ES module; paths of its imports begin with `$/`, the root of the project) until
 * it has printed a line. It is killed when the test is over.
 */
export async function startChild(
  code: string,
  options: { uid?: number; gid?: number; env?: Record<string, string> } = {},
): Promise<Child> {
  const source = code.replaceAll("'$/", `'${ROOT.href}`);
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    ...options,
    env: { ...process.env, ...options.env },
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => kill(child, 'SIGKILL'));
  const { stdout, pid } = child;
  if (pid === undefined) throw new Error('the child did not start');
  const firstLine = await new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the child ended with ${code}`)));
  });
  return { pid, firstLine, kill: (signal) => kill(child, signal) };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}
