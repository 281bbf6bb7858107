/**
 * Programs that a test starts as an operator would: `bifrost` with its arguments, as a process.
 * What they say is collected, waits have deadlines, and what still runs at the end is killed, even
 * where the test itself goes down.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

import { realMono } from '../../src/runtime/real-clock.ts';
import { waitFor } from '../../src/store/wait.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const mono = realMono();

const NODE = join(ROOT, 'node_modules/.bin/node');
/** Of what a program says, the end: enough to see why a wait failed. */
const TAIL = 6000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Program {
  readonly pid: number;
  readonly running: boolean;
  readonly ended: Promise<Ended>;
  /** Standard output and standard error so far. */
  out(): string;
  err(): string;
  /** Sends the signal and waits for the end; how long that took. */
  stop(signal?: NodeJS.Signals): Promise<Ended & { readonly ms: number }>;
  /** Asks until `check` gives something; throws with the program's last words when it does not. */
  until<T>(
    what: string | (() => string),
    check: () => T | null | Promise<T | null>,
    ms?: number,
  ): Promise<T>;
}

export type Env = Readonly<Record<string, string>>;

const live = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of live) child.kill('SIGKILL');
});

/** `node src/main.ts` with these arguments. */
export function startBifrost(args: readonly string[], env: Env = {}): Program {
  return startProgram(NODE, ['src/main.ts', ...args], env);
}

/** Starts it in the project's root, without any setting of the one who runs the tests. */
export function startProgram(command: string, args: readonly string[], env: Env): Program {
  const child = spawn(command, args, { cwd: ROOT, env: { ...cleanEnv(), ...env }, stdio: 'pipe' });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);
  live.add(child);
  child.stdin.end();
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const exited = new Promise<Ended>((resolve) => {
    child.once('exit', (code, signal) => {
      live.delete(child);
      resolve({ code, signal });
    });
  });
  // A grandchild may hold the pipes open for longer: `ended` is the process alone, after its words.
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = exited.then(async (end) => {
    await Promise.race([closed, elapsed(500)]);
    return end;
  });
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    get running() {
      return running();
    },
    ended,
    out: () => said.out,
    err: () => said.err,
    async stop(signal = 'SIGTERM') {
      const from = mono.now();
      child.kill(signal);
      const end = await exited;
      const ms = mono.now() - from;
      await ended;
      return { ...end, ms };
    },
    async until(what, check, ms = 20_000) {
      const found = await waitFor(mono, ms, check, 30);
      if (found !== null) return found;
      const state = running() ? 'runs' : `ended with ${child.exitCode ?? child.signalCode}`;
      const words = `${said.out.slice(-TAIL)}\n${said.err.slice(-TAIL)}`;
      const wanted = typeof what === 'string' ? what : what();
      throw new Error(`not within ${ms} ms: ${wanted}; pid ${pid} ${state}, and said\n${words}`);
    },
  };
}

export interface Answer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly ms: number;
}

/** Runs a command to its end. */
export async function bifrost(args: readonly string[], env: Env = {}): Promise<Answer> {
  const from = mono.now();
  const program = startBifrost(args, env);
  const { code } = await program.ended;
  return { code, out: program.out(), err: program.err(), ms: mono.now() - from };
}

function cleanEnv(): Env {
  const kept = Object.entries(process.env).flatMap(([name, value]) => {
    const isSetting = /^(BIFROST_|IB_|DATABASE_URL$|npm_|NODE_|VITEST|FORCE_COLOR)/.test(name);
    return value === undefined || isSetting ? [] : [[name, value] as const];
  });
  // Every process of a test loads the same modules: the first one compiles them for all.
  const compiled = { NODE_COMPILE_CACHE: join(ROOT, '.tmp/compile-cache') };
  return { ...Object.fromEntries(kept), ...compiled, NODE_OPTIONS: '' };
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => mono.setTimer(ms, resolve));
}
