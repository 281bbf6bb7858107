/** Lines of a log that is followed: what is shown, what waits, and what fits the filters. */

import type { LogView } from '../../../protocol/log-view.ts';

export interface LogFilter {
  readonly level: LogView['level'];
  readonly search: string;
  readonly book: string;
}

/** A browser draws no more than so many rows well. */
export const LINES_MAX = 1000;

const LEVELS: readonly LogView['level'][] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** As the daemon filters, for what comes by the stream. */
export function isWanted(line: LogView, { level, search, book }: LogFilter): boolean {
  if (LEVELS.indexOf(line.level) < LEVELS.indexOf(level)) return false;
  if (book !== '' && line.book !== book) return false;
  if (search === '') return true;
  const whole = `${line.text} ${JSON.stringify(line.detail)}`.toLowerCase();
  return whole.includes(search.toLowerCase());
}

/** Newest first, each once; the oldest beyond the bound go. */
export function withLines(known: readonly LogView[], more: readonly LogView[]): readonly LogView[] {
  const byId = new Map([...known, ...more].map((line) => [line.id, line]));
  return [...byId.values()].sort((a, b) => b.id - a.id).slice(0, LINES_MAX);
}

/** The detail of a line in one line of text, without what says nothing; empty where it has none. */
export function detailText(detail: LogView['detail']): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('  ');
}
