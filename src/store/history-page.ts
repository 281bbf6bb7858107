/** Pages of history: how large one may be, and what the next goes on from. */

import { Fault } from '../fault.ts';

const LIMIT_MAX = 1000;

/** As many rows as a page may have. */
export function limitOf(wanted: number): number {
  return Math.min(Math.max(Math.trunc(wanted), 1), LIMIT_MAX);
}

/** Opaque on purpose: what a page goes on from may become more than an id. */
export function cursorOf(id: number): string {
  return Buffer.from(`op:${id}`).toString('base64url');
}

/** The id in a cursor. Throws `Fault('invalid')` for what no page of ours gave. */
export function idOf(cursor: string): number {
  const id = /^op:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1];
  if (id === undefined) throw new Fault('invalid', 'cursor: not one that a page of ours gave');
  return Number(id);
}
