/**
 * What of a changed file a running daemon can take over, and what has to wait for its next start.
 * Both are said: a value that was changed and silently does nothing would be relied upon.
 */

import { type Config, HOT_SECTIONS } from './schema.ts';

export interface Reload {
  /** What runs from now on: the new values where they can be taken, the old ones elsewhere. */
  readonly config: Config;
  /** Dotted keys that were changed and taken. */
  readonly taken: readonly string[];
  /** Dotted keys whose new values wait for a restart. */
  readonly needsRestart: readonly string[];
}

/** Keys of a book that a running daemon can change. */
const HOT_BOOK_KEYS = new Set(['strategy_enabled', 'overrides']);

/** Lays `next` over `running`, as far as that is possible without a restart. */
export function reloadConfig(running: Config, next: Config): Reload {
  const taken: string[] = [];
  const needsRestart: string[] = [];
  for (const key of Object.keys(next) as (keyof Config)[]) {
    if (key === 'books') continue;
    const changed = changes(running[key], next[key], [key]);
    (isHot(key) ? taken : needsRestart).push(...changed);
  }
  const sameBooks = symbolsOf(running) === symbolsOf(next);
  if (!sameBooks) needsRestart.push('books');
  const books = sameBooks ? mergeBooks(running, next, taken, needsRestart) : running.books;
  const { gates, hedging, greeks, order, recorder } = next;
  const hot = { gates, hedging, greeks, order, recorder };
  return { config: { ...running, ...hot, books }, taken, needsRestart };
}

/** The books in the order in which they run: their places on the boards stay. */
function mergeBooks(running: Config, next: Config, taken: string[], needsRestart: string[]) {
  return running.books.map((book, index) => {
    const other = next.books[index] ?? book;
    for (const key of Object.keys(other) as (keyof typeof other)[]) {
      const changed = changes(book[key], other[key], ['books', String(index), key]);
      (HOT_BOOK_KEYS.has(key) ? taken : needsRestart).push(...changed);
    }
    const { strategy_enabled, overrides } = other;
    return { ...book, strategy_enabled, overrides };
  });
}

function isHot(key: string): boolean {
  return (HOT_SECTIONS as readonly string[]).includes(key);
}

function symbolsOf({ books }: Config): string {
  return books.map(({ symbol }) => symbol).join(',');
}

/** Dotted keys of leaves that differ; a list is one leaf. */
function changes(before: unknown, after: unknown, path: readonly string[]): readonly string[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => changes(before[key], after[key], [...path, key]));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path.join('.')];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
