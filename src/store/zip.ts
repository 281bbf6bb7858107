/**
 * Reads zip archives. Only what data vendors write is needed: stored or deflated entries, sizes of
 * 64 bits where the entry carries them. (LEAN's archives have such entries in a directory that is
 * not marked as 64-bit, which libraries read as entries of 4 GiB.) Layout: PKWARE APPNOTE 6.3.
 */

import { crc32, inflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Bytes are not a zip, or are damaged; says how. */
export class ZipError extends Error {}

const END_SIGNATURE = 0x06_05_4b_50;
const ENTRY_SIGNATURE = 0x02_01_4b_50;
const LOCAL_SIGNATURE = 0x04_03_4b_50;
const WIDE_END_SIGNATURE = 0x06_06_4b_50;
const LOCATOR_SIGNATURE = 0x07_06_4b_50;
const LOCATOR_BYTES = 20;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const COMMENT_BYTES_MAX = 0xff_ff;
const WIDE = 0xff_ff_ff_ff;
const WIDE_EXTRA = 1;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;
const DIRECTORY_DAMAGED = 'its directory is damaged';

/** Unpacks every file, if all of them together have at most `bytesMax`. Throws `ZipError`. */
export function unzip(bytes: Uint8Array, bytesMax: number): readonly ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readEntries(bytes, view, bytesMax);
  } catch (cause) {
    // A read beyond the end: the archive was cut, or an offset in it is wrong.
    if (cause instanceof RangeError) throw new ZipError('it is cut short', { cause });
    throw cause;
  }
}

function readEntries(bytes: Uint8Array, view: DataView, bytesMax: number): readonly ZipEntry[] {
  const directory = findDirectory(view);
  const { count } = directory;
  let { at } = directory;
  let room = bytesMax;
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (view.getUint32(at, true) !== ENTRY_SIGNATURE) throw new ZipError(DIRECTORY_DAMAGED);
    const header = readHeader(bytes, view, at);
    at = header.end;
    if (header.name.endsWith('/')) continue;
    room -= header.size;
    if (room < 0) throw new ZipError(`it unpacks to more than ${bytesMax} bytes`);
    entries.push({ name: header.name, content: readContent(bytes, view, header) });
  }
  return entries;
}

/** Where the directory begins and how many entries it has. */
function findDirectory(view: DataView): { readonly count: number; readonly at: number } {
  const end = findEnd(view);
  const locator = end - LOCATOR_BYTES;
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR_SIGNATURE) {
    return { count: view.getUint16(end + 10, true), at: view.getUint32(end + 16, true) };
  }
  const wide = Number(view.getBigUint64(locator + 8, true));
  if (view.getUint32(wide, true) !== WIDE_END_SIGNATURE) throw new ZipError(DIRECTORY_DAMAGED);
  return {
    count: Number(view.getBigUint64(wide + 32, true)),
    at: Number(view.getBigUint64(wide + 48, true)),
  };
}

/** The end record is last, before a comment of its own. */
function findEnd(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  const first = Math.max(0, last - COMMENT_BYTES_MAX);
  for (let at = last; at >= first; at -= 1) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at;
  }
  throw new ZipError('it is no zip archive');
}

interface Header {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
  /** Where the next header begins. */
  readonly end: number;
}

function readHeader(bytes: Uint8Array, view: DataView, at: number): Header {
  if ((view.getUint16(at + 8, true) & ENCRYPTED_FLAG) !== 0) throw new ZipError('it is encrypted');
  const nameLength = view.getUint16(at + 28, true);
  const extraLength = view.getUint16(at + 30, true);
  const nameAt = at + ENTRY_BYTES;
  const extraAt = nameAt + nameLength;
  const wide = findWide(view, extraAt, extraLength);
  let wideAt = wide;
  // Only the fields that do not fit stand in the extra field, in this order.
  const field = (offset: number): number => {
    const value = view.getUint32(at + offset, true);
    if (value !== WIDE || wide === null || wideAt === null) return value;
    wideAt += 8;
    return Number(view.getBigUint64(wideAt - 8, true));
  };
  const size = field(24);
  const packed = field(20);
  const offset = field(42);
  return {
    name: Buffer.from(bytes.subarray(nameAt, extraAt)).toString('utf8'),
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packed,
    size,
    offset,
    end: extraAt + extraLength + view.getUint16(at + 32, true),
  };
}

function findWide(view: DataView, from: number, length: number): number | null {
  for (let at = from; at + 4 <= from + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) === WIDE_EXTRA) return at + 4;
  }
  return null;
}

function readContent(bytes: Uint8Array, view: DataView, header: Header): Uint8Array {
  const { name, method, crc, packed, size, offset } = header;
  if (view.getUint32(offset, true) !== LOCAL_SIGNATURE) throw new ZipError(`${name} is not there`);
  const lengths = view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  const start = offset + LOCAL_BYTES + lengths;
  if (start + packed > bytes.length) throw new ZipError('it is cut short');
  const content = unpack(bytes.subarray(start, start + packed), method, size, name);
  if (content.length !== size || crc32(content) !== crc) throw new ZipError(`${name} is damaged`);
  return content;
}

function unpack(bytes: Uint8Array, method: number, size: number, name: string): Uint8Array {
  if (method === STORED) return bytes;
  if (method !== DEFLATED) throw new ZipError(`${name} is packed by method ${method}`);
  try {
    return size === 0 ? new Uint8Array(0) : inflateRawSync(bytes, { maxOutputLength: size });
  } catch (cause) {
    throw new ZipError(`${name} is damaged`, { cause });
  }
}
