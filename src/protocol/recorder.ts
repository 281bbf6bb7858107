/** What crosses between a recorder and whoever started it. */

import type { Contract } from '../domain/contract.ts';
import type { WatchedBook } from './market.ts';

export type RecorderMessage =
  /** The contracts whose quotes are wanted: those that the books watch. */
  | { readonly type: 'watch'; readonly contracts: readonly Contract[] }
  /** The connection that brings the quotes is away; the next quote says that it is back. */
  | { readonly type: 'lost' };

/** Each contract once, whichever books share it. */
export function contractsOf(books: readonly WatchedBook[]): readonly Contract[] {
  const all = books.flatMap(({ underlying, legs }) => [underlying, ...legs]);
  return [...new Map(all.map((contract) => [contract.conId, contract])).values()];
}

/** How the recorder is, about once a second and when that changed. */
export interface RecorderReport {
  readonly type: 'recorder';
  /** `failed`: the disk takes nothing; it tries again by itself. */
  readonly state: 'recording' | 'failed';
  /** Why it failed; what the recorder before left behind; else empty. */
  readonly reason: string;
  readonly dir: string;
  /** Rows taken since it began, and how many of them are not on disk yet. */
  readonly rows: number;
  readonly waiting: number;
  /** Closed files of the data set; bytes of all of it. */
  readonly files: number;
  readonly bytes: number;
  /** Epoch ms of the newest row; null before the first. */
  readonly lastTs: number | null;
  /** The longest time that a quote has waited for the recorder, of the last second or so, ms. */
  readonly lagMs: number;
  /** Quotes that are not in the data set and should be: by why they are not. */
  readonly skipped: {
    /** They came faster than they were taken. */
    readonly overrun: number;
    /** The disk took nothing for so long that there was no room left. */
    readonly unwritable: number;
    /** The broker's time was not known yet. */
    readonly undated: number;
    /** Of contracts that nobody watches any more. */
    readonly unwatched: number;
  };
  /** Quotes that were recorded although they are told with a delay. */
  readonly delayed: number;
}
