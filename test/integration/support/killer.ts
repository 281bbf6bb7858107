/**
 * Ends a daemon at one exact moment of its work. Node loads this module (`--import`) before the
 * daemon's first one; it looks at what goes to the journal, to the broker and comes from it, and
 * kills its own process there. The product holds no hook for it. `kill.ts` is its other side.
 */

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { isMainThread } from 'node:worker_threads';

export interface Moment {
  /** A record on its way to the journal, a message to the broker, or one from it. */
  readonly place: 'journal' | 'wire' | 'heard';
  /** `half`: a record is torn, as by a full disk or a power cut. */
  readonly when: 'before' | 'half' | 'after';
  /** What it is: a pattern for the record's text, or for the message's fields, joined by `|`. */
  readonly match: string;
  /** Which of them, from when it is told; the first is 1. */
  readonly nth: number;
}

const PATH = process.env['BIFROST_TEST_KILL'];
const PORT = Number(process.env['BIFROST_TEST_KILL_PORT']);
const FRAME_HEAD = 4;
let moment: Moment | null = null;
let seen = 0;

if (PATH !== undefined && isMainThread) watch(PATH);

function watch(path: string): void {
  arm(path);
  process.on('SIGUSR2', () => arm(path));
  const { writeSync } = fs;
  const journalOf = (args: readonly unknown[]): Buffer | null => {
    const [, bytes] = args;
    return bytes instanceof Uint8Array ? Buffer.from(bytes) : null;
  };
  fs.writeSync = ((...args: Parameters<typeof writeSync>) => {
    const bytes = journalOf(args);
    if (bytes === null || !meets('journal', bytes.toString('latin1'))) return writeSync(...args);
    const when = moment?.when;
    if (when === 'half') writeSync(args[0], bytes.subarray(0, Math.ceil(bytes.length / 2)));
    if (when !== 'after') die(path);
    writeSync(...args);
    return die(path);
  }) as typeof writeSync;
  syncBuiltinESMExports();
  watchSockets(path);
}

function watchSockets(path: string): void {
  const { write, emit } = net.Socket.prototype;
  net.Socket.prototype.write = function (this: net.Socket, ...args: unknown[]) {
    const send = () => Reflect.apply(write, this, args) as boolean;
    if (this.remotePort !== PORT || !meetsFrame('wire', args[0])) return send();
    if (moment?.when !== 'after') die(path);
    send();
    return die(path);
  } as typeof write;
  net.Socket.prototype.emit = function (this: net.Socket, ...args: unknown[]) {
    const tell = () => Reflect.apply(emit, this, args) as boolean;
    const isData = args[0] === 'data' && this.remotePort === PORT;
    if (!isData || !meetsFrame('heard', args[1])) return tell();
    if (moment?.when !== 'after') die(path);
    tell();
    return die(path);
  } as typeof emit;
}

/** Reads what to wait for; without a file nothing is. */
function arm(path: string): void {
  seen = 0;
  moment = fs.existsSync(path) ? (JSON.parse(fs.readFileSync(path, 'utf8')) as Moment) : null;
  fs.writeFileSync(`${path}.armed`, moment === null ? 'nothing' : moment.match);
}

function meets(place: Moment['place'], text: string): boolean {
  if (moment === null || moment.place !== place || !new RegExp(moment.match).test(text)) {
    return false;
  }
  seen += 1;
  return seen === moment.nth;
}

/** Both sides write whole messages, but several of them may come at once. */
function meetsFrame(place: Moment['place'], chunk: unknown): boolean {
  if (moment?.place !== place || !(chunk instanceof Uint8Array)) return false;
  const bytes = Buffer.from(chunk);
  let met = false;
  for (let at = 0; at + FRAME_HEAD <= bytes.length; ) {
    const end = at + FRAME_HEAD + bytes.readUInt32BE(at);
    const text = bytes.toString('latin1', at + FRAME_HEAD, end).replaceAll('\0', '|');
    met = meets(place, text) || met;
    at = end;
  }
  return met;
}

/** Nothing runs after it: no handler, no flush, no goodbye on a socket. */
function die(path: string): never {
  fs.renameSync(path, `${path}.done`);
  process.kill(process.pid, 'SIGKILL');
  throw new Error('a killed process does not get here');
}
