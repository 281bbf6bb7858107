/** The lines that the threads of the daemon log, as they are shown. */

import { z } from 'zod';

/** From the least to the most alarming. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const logView = z
  .strictObject({
    id: z.int().describe('Counts the lines since the daemon started.'),
    ts: z.number().describe('Unix seconds.'),
    level: z.enum(LOG_LEVELS),
    thread: z.string().describe('`kernel`, or the name of a worker thread.'),
    actor: z.string().nullable(),
    machine: z.string().nullable(),
    book: z.string().nullable(),
    text: z.string(),
    detail: z
      .record(z.string(), z.unknown())
      .readonly()
      .describe('Whatever else the line says, by its names; secrets are left out.'),
  })
  .readonly();
export type LogView = z.output<typeof logView>;

export const logsView = z
  .strictObject({
    lines: z.array(logView).readonly().describe('Newest first.'),
    next_before: z.int().nullable().describe('For what is older; null: nothing older is kept.'),
  })
  .readonly();
export type LogsView = z.output<typeof logsView>;

/** Which lines are asked for. */
export interface LogsQuery {
  /** This level and those above it. */
  readonly level: LogLevel;
  readonly thread?: string | undefined;
  readonly actor?: string | undefined;
  readonly book?: string | undefined;
  /** Part of the text or of the detail, in either case. */
  readonly search?: string | undefined;
  /** Only lines with smaller ids. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What threads have logged lately: a bounded past, and what comes. */
export interface LogReads {
  logs(query: LogsQuery): LogsView;
  /** Returns what ends it. Lines after `afterId` that are still kept come first. */
  follow(listener: (line: LogView) => void, afterId?: number): () => void;
  /** The id of the newest line; 0 before the first. */
  readonly lastId: number;
}

/** The newest of `lines` (oldest first) that are asked for, newest first. */
export function pickLines(lines: readonly LogView[], query: LogsQuery): LogsView {
  const found: LogView[] = [];
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const line = lines[index];
    if (line === undefined || !isWanted(line, query)) continue;
    if (found.length === query.limit) {
      return { lines: found, next_before: found.at(-1)?.id ?? null };
    }
    found.push(line);
  }
  return { lines: found, next_before: null };
}

function isWanted(line: LogView, query: LogsQuery): boolean {
  const { level, thread, actor, book, search, before } = query;
  if (before !== undefined && line.id >= before) return false;
  if (LOG_LEVELS.indexOf(line.level) < LOG_LEVELS.indexOf(level)) return false;
  if (thread !== undefined && line.thread !== thread) return false;
  if (actor !== undefined && line.actor !== actor) return false;
  if (book !== undefined && line.book !== book) return false;
  if (search === undefined) return true;
  const whole = `${line.text} ${JSON.stringify(line.detail)}`.toLowerCase();
  return whole.includes(search.toLowerCase());
}
