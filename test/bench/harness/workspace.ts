/**
 * What a run leaves behind if nobody cares: folders and processes. Both are noted here when they
 * are made, and all are gone when the run ends, however it ends.
 */

import { type ChildProcess, type ForkOptions, fork, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A daemon stops within five seconds; what is still there then is ended. */
const STOP_MS = 7000;
const TAIL_LINES = 15;

export interface Child {
  readonly process: ChildProcess;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** The last lines it logged. */
  tail(): string;
  /** Asks it to end, and ends it when it does not. */
  stop(): Promise<void>;
}

export class Workspace {
  readonly #root = newFolder(join(tmpdir(), 'bifrost-bench-'));
  readonly #children: Child[] = [];

  /** A new, empty folder. */
  folder(name: string): string {
    return newFolder(join(this.#root, `${name}-`));
  }

  /** A module in a process of its own, with which one can talk. */
  fork(module: URL, args: readonly string[] = [], options: ForkOptions = {}): Child {
    const log = join(this.folder('log'), 'log');
    const sink = openSync(log, 'w');
    const child = fork(module, args, {
      ...options,
      stdio: ['ignore', sink, sink, 'ipc'],
      serialization: 'advanced',
    });
    return this.#keep(child, log);
  }

  /** Node with these arguments and variables on top of ours. */
  node(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Child {
    const log = join(this.folder('log'), 'log');
    const sink = openSync(log, 'w');
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', sink, sink],
    });
    return this.#keep(child, log);
  }

  async close(): Promise<void> {
    // The last started first: a daemon before its gateway.
    for (const child of this.#children.splice(0).reverse()) await child.stop();
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }

  #keep(child: ChildProcess, log: string): Child {
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    const kept: Child = {
      process: child,
      ended,
      tail: () => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n'),
      stop: async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
        await ended;
        clearTimeout(late);
      },
    };
    this.#children.push(kept);
    return kept;
  }
}

/** Passable for others: as root, the database server runs as another user. */
function newFolder(prefix: string): string {
  const path = mkdtempSync(prefix);
  chmodSync(path, 0o711);
  return path;
}
