/**
 * How a message crosses between threads: as a short array whose first item packs all small numbers
 * into one word. The platform clones that in half the time of an object with named fields, and the
 * clone is the dearest part of a message.
 *
 * Bits of the head: 27–19 the receiver's slot, 18–8 its generation, 7–3 the thread that asks or is
 * answered, 2–0 the kind. 28 bits stay a small integer for the platform.
 */

import assert from 'node:assert/strict';
import type { FaultMessage } from '../fault.ts';
import { ACTORS_MAX, GENERATIONS, THREADS_MAX } from './actor-table.ts';
import type { DataMessage } from './wire.ts';

/** `[head, what it carries]`, and behind it the numbers that its kind has and the head does not. */
export type Packed = readonly [head: number, carried: unknown, ...rest: number[]];

const KIND = { cast: 0, call: 1, answer: 2, refusal: 3, room: 4 } as const;
const THREAD_SHIFT = 3;
const GENERATION_SHIFT = 8;
const SLOT_SHIFT = 19;

assert(1 << (GENERATION_SHIFT - THREAD_SHIFT) === THREADS_MAX);
assert(1 << (SLOT_SHIFT - GENERATION_SHIFT) === GENERATIONS);
assert(ACTORS_MAX <= 1 << 9, 'a slot has nine bits');

/** What is posted for a message. */
export function pack(message: DataMessage): Packed {
  switch (message.type) {
    case 'cast': {
      const { to, generation, message: carried, sender, sentAt } = message;
      const head = headOf(KIND.cast, to, generation, 0);
      return sentAt === undefined ? [head, carried, sender] : [head, carried, sender, sentAt];
    }
    case 'call': {
      const { to, generation, message: carried, from, call, sender, sentAt } = message;
      const head = headOf(KIND.call, to, generation, from);
      return sentAt === undefined
        ? [head, carried, sender, call]
        : [head, carried, sender, call, sentAt];
    }
    case 'answer':
      return [headOf(KIND.answer, 0, 0, message.from), message.value, message.call];
    case 'refusal':
      return [headOf(KIND.refusal, 0, 0, message.from), message.fault, message.call];
    case 'room':
      return [headOf(KIND.room, message.of, 0, 0), undefined];
  }
}

/** The message that was packed in another thread. */
export function unpack(packed: Packed): DataMessage {
  const head = packed[0];
  const carried = packed[1];
  const first = packed[2] ?? 0;
  const from = (head >>> THREAD_SHIFT) & (THREADS_MAX - 1);
  const kind = head & (2 ** THREAD_SHIFT - 1);
  if (kind === KIND.answer) return { type: 'answer', from, call: first, value: carried };
  if (kind === KIND.refusal) {
    // Only `pack` makes a refusal, and of a fault.
    return { type: 'refusal', from, call: first, fault: carried as FaultMessage };
  }
  const to = head >>> SLOT_SHIFT;
  if (kind === KIND.room) return { type: 'room', of: to };
  const generation = (head >>> GENERATION_SHIFT) & (GENERATIONS - 1);
  const receiver = { to, generation, message: carried, sender: first };
  if (kind === KIND.cast) return { type: 'cast', ...receiver, sentAt: packed[3] };
  return { type: 'call', ...receiver, from, call: packed[3] ?? 0, sentAt: packed[4] };
}

function headOf(kind: number, slot: number, generation: number, thread: number): number {
  return kind | (thread << THREAD_SHIFT) | (generation << GENERATION_SHIFT) | (slot << SLOT_SHIFT);
}
