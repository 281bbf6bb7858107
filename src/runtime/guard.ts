/**
 * Takes the platform's own time, chance, threads, sockets and files away while a simulation runs:
 * what reaches for them throws, because its run could not be had again from its seed. A simulation
 * that has a disk or a network of its own puts their functions in the place of the platform's, so
 * that the code above runs as it is.
 */

import crypto from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import worker from 'node:worker_threads';
import { Fault } from '../fault.ts';

type Target = Record<string, unknown>;

/** Functions by name that stand in for the platform's; the others throw. */
export interface Substitutes {
  readonly fs?: Readonly<Record<string, unknown>>;
  readonly net?: Readonly<Record<string, unknown>>;
}

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];
const CHANCE = ['randomBytes', 'randomInt', 'randomUUID', 'getRandomValues'];
const SOCKETS = ['connect', 'createConnection', 'createServer', 'Socket', 'Server'];

let undo: (() => void)[] | undefined;

/** Guards the whole thread; returns the function that ends it. One at a time. */
export function installGuard(substitutes: Substitutes = {}): () => void {
  if (undo !== undefined) throw new Fault('conflict', 'a simulation runs in this thread');
  const undoing: (() => void)[] = [];
  undo = undoing;
  // The casts only name what the loops index: each key is one of the object itself.
  forbid(undoing, globalThis as unknown as Target, 'global', TIMERS);
  forbid(undoing, Date as unknown as Target, 'Date', ['now']);
  forbid(undoing, Math as unknown as Target, 'Math', ['random']);
  forbid(undoing, crypto as unknown as Target, 'crypto', CHANCE);
  forbid(undoing, Crypto.prototype as unknown as Target, 'crypto', CHANCE);
  const { fs: files = {}, net: sockets = {} } = substitutes;
  forbid(undoing, net as unknown as Target, 'net', SOCKETS, sockets);
  forbid(undoing, worker as unknown as Target, 'worker_threads', ['Worker']);
  forbid(undoing, fs as unknown as Target, 'fs', verbsOf(fs as unknown as Target), files);
  const { promises } = fs;
  forbid(undoing, promises as unknown as Target, 'fs', verbsOf(promises as unknown as Target));
  // What was imported by name sees the change, too.
  syncBuiltinESMExports();
  return () => {
    if (undo !== undoing) return;
    undo = undefined;
    for (const restore of undoing) restore();
    syncBuiltinESMExports();
  };
}

/** Functions that do something; classes such as `Stats` begin with a capital. */
function verbsOf(target: Target): readonly string[] {
  return Object.keys(target).filter(
    (name) => typeof target[name] === 'function' && /^[a-z]/.test(name),
  );
}

function forbid(
  undoing: (() => void)[],
  target: Target,
  owner: string,
  names: readonly string[],
  instead: Readonly<Record<string, unknown>> = {},
): void {
  for (const name of names) {
    const before = Object.getOwnPropertyDescriptor(target, name);
    if (before?.configurable !== true) continue;
    Object.defineProperty(target, name, {
      configurable: true,
      enumerable: before.enumerable ?? true,
      writable: true,
      value: instead[name] ?? forbidden(`${owner}.${name}`),
    });
    undoing.push(() => Object.defineProperty(target, name, before));
  }
}

/** A function and no arrow: it has to throw the same where it is called with `new`. */
function forbidden(name: string): () => never {
  return function refuse(): never {
    throw new Fault('internal', `${name} in a simulation: use what is passed in`);
  };
}
