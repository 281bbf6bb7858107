/**
 * Bytes to messages and back. A TWS message is NUL-terminated text fields behind a 32-bit
 * big-endian length. TCP cuts the stream anywhere, so the reader takes single bytes as well as
 * many messages at once, and it holds no more than one frame of the largest legal size.
 */

import { strict as assert } from 'node:assert';
import { TWS_FRAME_BYTES_MAX } from '../../limits.ts';

/** One field before it is text; booleans travel as `1` and `0`. */
export type Field = string | number | boolean;

/** A message to a client, its id first. */
export type Message = readonly Field[];

/** How IB writes a price, amount or Greek that is not set, as live captures show it. */
export const UNSET_DOUBLE = '1.7976931348623157E308';

/** How IB writes an integer that is not set. */
export const UNSET_INTEGER = '2147483647';

/** Fields of one client message; the longest real one, an order with many legs, has about 300. */
export const FIELDS_MAX = 4096;

export type FrameRead =
  | { readonly kind: 'frame'; readonly payload: string }
  | { readonly kind: 'incomplete' }
  /** The announced length is beyond the bound: the stream cannot be followed any more. */
  | { readonly kind: 'overlong'; readonly length: number };

const LENGTH_BYTES = 4;
const CAPACITY_BYTES_MIN = 1024;

/** Collects what a socket delivers and hands out whole frames, in order. */
export class FrameReader {
  readonly #payloadBytesMax: number;
  #buffer = Buffer.allocUnsafe(CAPACITY_BYTES_MIN);
  #start = 0;
  #end = 0;

  constructor(payloadBytesMax: number = TWS_FRAME_BYTES_MAX) {
    assert(payloadBytesMax > 0);
    this.#payloadBytesMax = payloadBytesMax;
  }

  /** Bytes received and not yet handed out. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  push(chunk: Buffer): void {
    this.#reserve(chunk.length);
    this.#end += chunk.copy(this.#buffer, this.#end);
  }

  /** The first `count` pending bytes, fewer if fewer came; they stay pending. */
  peek(count: number): Buffer {
    return this.#buffer.subarray(this.#start, Math.min(this.#start + count, this.#end));
  }

  skip(count: number): void {
    assert(count <= this.pendingBytes);
    this.#start += count;
  }

  next(): FrameRead {
    if (this.pendingBytes < LENGTH_BYTES) return { kind: 'incomplete' };
    const length = this.#buffer.readUInt32BE(this.#start);
    if (length > this.#payloadBytesMax) return { kind: 'overlong', length };
    if (this.pendingBytes < LENGTH_BYTES + length) return { kind: 'incomplete' };

    const from = this.#start + LENGTH_BYTES;
    const payload = this.#buffer.toString('utf8', from, from + length);
    this.#start = from + length;
    return { kind: 'frame', payload };
  }

  /** Makes room by moving what is pending to the front, then by doubling: linear in all. */
  #reserve(count: number): void {
    if (this.#end + count <= this.#buffer.length) return;
    const pending = this.pendingBytes;
    let capacity = this.#buffer.length;
    while (capacity < (pending + count) * 2) capacity *= 2;
    const target = capacity > this.#buffer.length ? Buffer.allocUnsafe(capacity) : this.#buffer;
    this.#buffer.copy(target, 0, this.#start, this.#end);
    this.#buffer = target;
    this.#start = 0;
    this.#end = pending;
  }
}

/** Splits a payload into its fields; null when there are more than a message can have. */
export function splitFields(payload: string): readonly string[] | null {
  const fields = payload.split('\0', FIELDS_MAX + 1);
  if (fields.length > FIELDS_MAX) return null;
  // Each field ends in NUL, so a well-formed payload leaves one empty piece behind it.
  if (fields.at(-1) === '') fields.pop();
  return fields;
}

/** The bytes of one message, its length first. */
export function encodeFrame(message: Message): Buffer {
  let text = '';
  for (const field of message) text += `${fieldText(field)}\0`;
  const length = Buffer.byteLength(text);
  assert(length <= TWS_FRAME_BYTES_MAX);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + length);
  frame.writeUInt32BE(length, 0);
  frame.write(text, LENGTH_BYTES);
  return frame;
}

/** One field as it travels, without its NUL. */
export function fieldText(field: Field): string {
  if (typeof field === 'string') return field;
  if (typeof field === 'boolean') return field ? '1' : '0';
  // No client reads `NaN`; an encoder that has no value says so in its own way.
  assert(Number.isFinite(field));
  return String(field);
}
