/**
 * A disk in memory behind the platform's own file functions, as the journal uses them: what a
 * process wrote outlives its kill, what it did not sync may not outlive a power cut, a write can be
 * the last thing a process does, and the disk can be full.
 */

import { createHash } from 'node:crypto';
import type { Clock } from '../../src/runtime/clock.ts';
import { START_MS } from './scenario.ts';

interface File {
  bytes: Buffer;
  size: number;
  /** Up to here a power cut takes nothing. */
  synced: number;
  /** A sync failed: what was loose then is on no disk, though every later sync succeeds. */
  lost: boolean;
}

interface Handle {
  readonly path: string;
  readonly file: File | null;
  /** The life of the process that opened it. */
  readonly life: number;
}

/** Writes are refused for want of room, or fail, or what was written cannot be made lasting. */
export type Trouble = 'none' | 'full' | 'writes fail' | 'syncs fail';

/** File functions by name. */
// biome-ignore lint/suspicious/noExplicitAny: each has its own parameters, as the platform's have.
export type FileFunctions = Readonly<Record<string, (...args: any[]) => unknown>>;

/** Plants a mistake in how the disk is used. */
export type Spoil = (functions: FileFunctions, clock: Clock) => FileFunctions;

type Callback = (error: Error | null) => void;

export class SimulatedDisk {
  trouble: Trouble = 'none';
  /** Hears what was appended to a file, and how long the file is then. */
  onAppend: (path: string, bytes: Uint8Array, size: number) => void = () => undefined;
  readonly #clock: Clock;
  readonly #spoil: Spoil;
  readonly #files = new Map<string, File>();
  readonly #program = new Map<string, Buffer>();
  readonly #folders = new Set<string>(['/']);
  readonly #handles = new Map<number, Handle>();
  #nextHandle = 3;
  #life = 0;
  #dying: { readonly share: number; readonly kill: () => void } | null = null;

  constructor(clock: Clock, spoil: Spoil = (functions) => functions) {
    this.#clock = clock;
    this.#spoil = spoil;
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

  /** A file of the program itself, which is there to be read and never changes. */
  install(url: URL, bytes: Buffer): void {
    this.#program.set(url.href, bytes);
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
      file.lost = false;
    }
  }

  /** Whether so many bytes of a file are there, or (`lasting`) would outlive a power cut. */
  holds(path: string, size: number, lasting: boolean): boolean {
    const file = this.#files.get(path);
    return file !== undefined && (lasting ? file.synced : file.size) >= size;
  }

  /** Of one file; null where there is none. */
  content(path: string): Buffer | null {
    return this.#files.has(path) ? (this.#readFile(path, undefined) as Buffer) : null;
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
  functions(): FileFunctions {
    return this.#spoil(this.#functions(), this.#clock);
  }

  #functions(): FileFunctions {
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
      fsyncSync: (handle: number) => this.#sync(this.#held(handle)),
      fdatasyncSync: (handle: number) => this.#sync(this.#held(handle)),
      fdatasync: (handle: number, done: Callback) => this.#syncLater(handle, done),
      readFileSync: (path: string | URL, encoding?: string) =>
        this.#program.get(String(path)) ?? this.#readFile(String(path), encoding),
      writeFileSync: (path: string, content: string | Uint8Array) => this.#writeFile(path, content),
      renameSync: (from: string, to: string) => this.#rename(from, to),
      unlinkSync: (path: string) => this.#files.delete(path),
      rmSync: (path: string) => this.#files.delete(path),
      utimesSync: () => undefined,
      statfsSync: () => ({ bavail: this.trouble === 'full' ? 0 : ROOM_BYTES, bsize: 1 }),
      readdirSync: (path: string) => this.#list(path),
    };
  }

  #open(path: string, flags: string): number {
    const handle = this.#nextHandle;
    this.#nextHandle += 1;
    let file = this.#files.get(path) ?? null;
    if (file === null && !this.#folders.has(path)) {
      if (flags.startsWith('r')) throw missing(path);
      this.#mayWrite(path);
      file = { bytes: Buffer.alloc(4096), size: 0, synced: 0, lost: false };
      this.#files.set(path, file);
    }
    if (flags === 'w' && file !== null) Object.assign(file, { size: 0, synced: 0, lost: false });
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
      this.#dying = null;
      dying.kill();
      throw code('EBADF', 'the process died in this write');
    }
    this.#mayWrite(path);
    append(file, bytes);
    this.onAppend(path, bytes, file.size);
    return bytes.length;
  }

  #read(handle: number, into: Uint8Array, at: number): number {
    const { file } = this.#held(handle);
    if (file === null) return 0;
    const count = Math.max(0, Math.min(into.length, file.size - at));
    into.set(file.bytes.subarray(at, at + count));
    return count;
  }

  #stat(path: string, mustExist: boolean): FileStat | undefined {
    const size = this.#files.get(path)?.size ?? (this.#folders.has(path) ? 0 : undefined);
    // Nothing here is old enough to be thrown away.
    const mtimeMs = START_MS + this.#clock.now();
    if (size !== undefined) return { size, mtimeMs, mtime: mtimeMs, atime: mtimeMs };
    if (mustExist) throw missing(path);
    return undefined;
  }

  #syncLater(handle: number, done: Callback): void {
    const held = this.#held(handle);
    this.#clock.setTimer(SYNC_MS, () => {
      if (held.life !== this.#life) return;
      try {
        this.#sync(held);
        done(null);
      } catch (error) {
        done(error as Error);
      }
    });
  }

  #sync({ file, path }: Handle): void {
    if (this.trouble === 'syncs fail') {
      if (file !== null) file.lost ||= file.size > file.synced;
      throw code('EIO', path);
    }
    if (file !== null && !file.lost) file.synced = file.size;
  }

  #mayWrite(path: string): void {
    if (this.trouble === 'full') throw code('ENOSPC', path);
    if (this.trouble === 'writes fail') throw code('EIO', path);
  }

  #readFile(path: string, encoding: string | undefined): string | Buffer {
    const file = this.#found(path);
    const bytes = Buffer.from(file.bytes.subarray(0, file.size));
    return encoding === undefined ? bytes : bytes.toString('utf8');
  }

  #writeFile(path: string, content: string | Uint8Array): void {
    this.#mayWrite(path);
    const bytes = Buffer.from(content);
    this.#files.set(path, { bytes, size: bytes.length, synced: bytes.length, lost: false });
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

interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly mtime: number;
  readonly atime: number;
}

const ROOM_BYTES = 1e12;

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

function missing(path: string): Error {
  return code('ENOENT', path);
}

function code(name: string, text: string): Error {
  return Object.assign(new Error(`${name}: ${text}`), { code: name });
}
