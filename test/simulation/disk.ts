/**
 * A disk in memory behind the platform's own file functions, as the journal uses them: what a
 * process wrote outlives its kill, what it did not sync may not outlive a power cut, a write can be
 * the last thing a process does, and the disk can be full.
 */

import { createHash } from 'node:crypto';
import type { Clock } from '../../src/runtime/clock.ts';

interface File {
  bytes: Buffer;
  size: number;
  /** Up to here a power cut takes nothing. */
  synced: number;
}

interface Handle {
  readonly path: string;
  readonly file: File | null;
  /** The life of the process that opened it. */
  readonly life: number;
}

type Callback = (error: Error | null) => void;

export class SimulatedDisk {
  /** Writes are refused. */
  full = false;
  /** Bytes written since the world began. */
  written = 0;
  readonly #clock: Clock;
  readonly #files = new Map<string, File>();
  readonly #folders = new Set<string>(['/']);
  readonly #handles = new Map<number, Handle>();
  #nextHandle = 3;
  #life = 0;
  #dying: { readonly share: number; readonly kill: () => void } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The process that used it is gone: nothing it still holds works any more. */
  release(): void {
    this.#life += 1;
    this.#handles.clear();
    this.#dying = null;
  }

  /** The next write of the journal gets this share of its bytes down, and no more is done. */
  killDuringWrite(share: number, kill: () => void): void {
    this.#dying = { share, kill };
  }

  /** A file that is there before the first process is. */
  seed(path: string, content: string): void {
    this.#writeFile(path, content);
  }

  /** What was not synced is lost from some byte on; `share` says how much of it. */
  powerCut(share: number): void {
    for (const file of this.#files.values()) {
      const loose = file.size - file.synced;
      file.size = file.synced + Math.floor(loose * share);
      file.synced = Math.min(file.synced, file.size);
    }
  }

  /** Of every byte of every file. */
  digest(): string {
    const hash = createHash('sha256');
    for (const [path, { bytes, size }] of this.#files) {
      hash.update(path);
      hash.update(bytes.subarray(0, size));
    }
    return hash.digest('hex');
  }

  /** In the place of the functions of `node:fs`. */
  functions(): Readonly<Record<string, unknown>> {
    return {
      mkdirSync: (path: string) => this.#folders.add(path),
      existsSync: (path: string) => this.#files.has(path) || this.#folders.has(path),
      openSync: (path: string, flags: string) => this.#open(path, flags),
      closeSync: (handle: number) => this.#handles.delete(handle),
      chmodSync: () => undefined,
      writeSync: (handle: number, bytes: Uint8Array, offset: number, length: number) =>
        this.#write(handle, bytes.subarray(offset, offset + length)),
      readSync: (handle: number, into: Uint8Array, offset: number, length: number, at: number) =>
        this.#read(handle, into.subarray(offset, offset + length), at),
      fstatSync: (handle: number) => ({ size: this.#held(handle).file?.size ?? 0 }),
      statSync: (path: string, options?: { readonly throwIfNoEntry?: boolean }) =>
        this.#stat(path, options?.throwIfNoEntry ?? true),
      ftruncateSync: (handle: number, size: number) => cut(this.#held(handle).file, size),
      truncateSync: (path: string, size: number) => cut(this.#found(path), size),
      fsyncSync: (handle: number) => sync(this.#held(handle).file),
      fdatasyncSync: (handle: number) => sync(this.#held(handle).file),
      fdatasync: (handle: number, done: Callback) => this.#syncLater(handle, done),
      readFileSync: (path: string, encoding?: string) => this.#readFile(path, encoding),
      writeFileSync: (path: string, content: string) => this.#writeFile(path, content),
      renameSync: (from: string, to: string) => this.#rename(from, to),
      unlinkSync: (path: string) => this.#files.delete(path),
      readdirSync: (path: string) => this.#list(path),
    };
  }

  #open(path: string, flags: string): number {
    const handle = this.#nextHandle;
    this.#nextHandle += 1;
    let file = this.#files.get(path) ?? null;
    if (file === null && !this.#folders.has(path)) {
      if (flags === 'r') throw missing(path);
      if (this.full) throw noSpace(path);
      file = { bytes: Buffer.alloc(4096), size: 0, synced: 0 };
      this.#files.set(path, file);
    }
    this.#handles.set(handle, { path, file, life: this.#life });
    return handle;
  }

  #held(handle: number): Handle {
    const held = this.#handles.get(handle);
    if (held === undefined || held.life !== this.#life) throw code('EBADF', `handle ${handle}`);
    return held;
  }

  #write(handle: number, bytes: Uint8Array): number {
    const { path, file } = this.#held(handle);
    if (file === null) throw code('EISDIR', path);
    const dying = path.includes('/journal-') ? this.#dying : null;
    if (dying !== null) {
      append(file, bytes.subarray(0, Math.floor(bytes.length * dying.share)));
      dying.kill();
      throw code('EBADF', 'the process died in this write');
    }
    if (this.full) throw noSpace(path);
    append(file, bytes);
    this.written += bytes.length;
    return bytes.length;
  }

  #read(handle: number, into: Uint8Array, at: number): number {
    const { file } = this.#held(handle);
    if (file === null) return 0;
    const count = Math.max(0, Math.min(into.length, file.size - at));
    into.set(file.bytes.subarray(at, at + count));
    return count;
  }

  #stat(path: string, mustExist: boolean): { readonly size: number } | undefined {
    const file = this.#files.get(path);
    if (file !== undefined) return { size: file.size };
    if (this.#folders.has(path)) return { size: 0 };
    if (mustExist) throw missing(path);
    return undefined;
  }

  #syncLater(handle: number, done: Callback): void {
    const { file, life } = this.#held(handle);
    this.#clock.setTimer(SYNC_MS, () => {
      if (life !== this.#life) return;
      sync(file);
      done(null);
    });
  }

  #readFile(path: string, encoding: string | undefined): string | Buffer {
    const file = this.#found(path);
    const bytes = Buffer.from(file.bytes.subarray(0, file.size));
    return encoding === undefined ? bytes : bytes.toString('utf8');
  }

  #writeFile(path: string, content: string): void {
    if (this.full) throw noSpace(path);
    const bytes = Buffer.from(content);
    this.#files.set(path, { bytes, size: bytes.length, synced: bytes.length });
  }

  #rename(from: string, to: string): void {
    this.#files.set(to, this.#found(from));
    this.#files.delete(from);
  }

  #list(path: string): readonly string[] {
    if (!this.#folders.has(path)) throw missing(path);
    const inside = `${path}/`;
    return [...this.#files.keys()]
      .filter((file) => file.startsWith(inside))
      .map((file) => file.slice(inside.length));
  }

  #found(path: string): File {
    const file = this.#files.get(path);
    if (file === undefined) throw missing(path);
    return file;
  }
}

/** A sync in the background takes so long. */
const SYNC_MS = 8;

function append(file: File, bytes: Uint8Array): void {
  const size = file.size + bytes.length;
  if (size > file.bytes.length) {
    const larger = Buffer.alloc(size * 2);
    file.bytes.copy(larger, 0, 0, file.size);
    file.bytes = larger;
  }
  file.bytes.set(bytes, file.size);
  file.size = size;
}

function cut(file: File | null, size: number): void {
  if (file !== null) file.size = Math.min(file.size, size);
}

function sync(file: File | null): void {
  if (file !== null) file.synced = file.size;
}

function missing(path: string): Error {
  return code('ENOENT', path);
}

function noSpace(path: string): Error {
  return code('ENOSPC', path);
}

function code(name: string, text: string): Error {
  return Object.assign(new Error(`${name}: ${text}`), { code: name });
}
