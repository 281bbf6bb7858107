/**
 * Bytes on their way to one client. They are collected until the turn ends, so that a step of the
 * market is one write to the socket, however many messages it has.
 */

import { encodeFrame, type Message } from './framing.ts';
import type { TickBlock } from './tick-block.ts';

const CAPACITY_BYTES = 4 * 1024;
/** What is kept for the next turn; a chart of a year needs more, and seldom comes. */
const CAPACITY_BYTES_KEPT = 128 * 1024;

export class Outbox {
  #buffer = Buffer.allocUnsafe(CAPACITY_BYTES);
  #used = 0;

  /** Bytes that wait. */
  get bytes(): number {
    return this.#used;
  }

  message(message: Message): void {
    const frame = encodeFrame(message);
    this.#reserve(frame.length);
    frame.copy(this.#buffer, this.#used);
    this.#used += frame.length;
  }

  /** `id` is a number as text: a character is a byte. */
  ticks(block: TickBlock, id: string): void {
    const { bytes, gaps } = block.template(id.length);
    this.#reserve(bytes.length);
    const start = this.#used;
    const buffer = this.#buffer;
    bytes.copy(buffer, start);
    for (const gap of gaps) {
      // A handful of characters: calling into the platform for them would cost more than they do.
      for (let index = 0; index < id.length; index += 1) {
        buffer[start + gap + index] = id.charCodeAt(index);
      }
    }
    this.#used += bytes.length;
  }

  /** All that waits, as bytes of its own: a socket may hold them for long. */
  take(): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(0, this.#used));
    this.clear();
    return taken;
  }

  clear(): void {
    this.#used = 0;
    if (this.#buffer.length > CAPACITY_BYTES_KEPT)
      this.#buffer = Buffer.allocUnsafe(CAPACITY_BYTES);
  }

  #reserve(count: number): void {
    const needed = this.#used + count;
    if (needed <= this.#buffer.length) return;
    let capacity = this.#buffer.length;
    while (capacity < needed) capacity *= 2;
    const grown = Buffer.allocUnsafe(capacity);
    this.#buffer.copy(grown, 0, 0, this.#used);
    this.#buffer = grown;
  }
}
