/**
 * Keeps the latest log lines of all threads of this process, so that the page can show them. A line
 * is kept as the text it came as, and read only when somebody looks.
 */

import { z } from 'zod';
import { listenToLogs } from '../log.ts';
import {
  LOG_LEVELS,
  type LogLevel,
  type LogReads,
  type LogView,
  pickLines,
} from '../protocol/log-view.ts';

/** An hour of a talkative day; at half a kilobyte a line this is a megabyte. */
const LINES_MAX = 2000;
/** What one line may take of that: an error with its stack has less. */
const LINE_CHARS_MAX = 16_384;

export interface LogTail extends LogReads {
  close(): void;
}

interface Kept {
  readonly id: number;
  readonly line: string;
  view: LogView | null;
}

/** Hears what is logged to `channel` from now on; `thread` names lines that name none. */
export function createLogTail(channel: string, thread = 'kernel'): LogTail {
  const kept: Kept[] = [];
  const listeners = new Set<(line: LogView) => void>();
  let lastId = 0;
  const viewOf = (one: Kept): LogView => {
    one.view ??= readLine(one.id, one.line, thread);
    return one.view;
  };
  const end = listenToLogs(channel, (line) => {
    lastId += 1;
    const one: Kept = { id: lastId, line: line.slice(0, LINE_CHARS_MAX), view: null };
    kept.push(one);
    if (kept.length > LINES_MAX) kept.shift();
    for (const listener of listeners) listener(viewOf(one));
  });
  return {
    get lastId() {
      return lastId;
    },
    logs: (query) => pickLines(kept.map(viewOf), query),
    follow(listener, afterId) {
      if (afterId !== undefined) {
        for (const one of kept) if (one.id > afterId) listener(viewOf(one));
      }
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      listeners.clear();
      end();
    },
  };
}

const named = z.string().nullable().catch(null).default(null);

/** What of a line has a place of its own; the rest is its detail. */
const lineShape = z.looseObject({
  level: z.number().catch(30),
  time: z.string().catch(''),
  thread: named,
  actor: named,
  machine: named,
  book: named,
  msg: z.string().catch(''),
});

/** A line that was cut, or is of another program, is shown as it is. */
function readLine(id: number, text: string, ownThread: string): LogView {
  const { level, time, thread, actor, machine, book, msg, ...detail } = lineShape.parse(json(text));
  const ts = Date.parse(time) / 1000;
  return {
    id,
    ts: Number.isFinite(ts) ? ts : 0,
    level: levelOf(level),
    thread: thread ?? ownThread,
    actor,
    machine,
    book,
    text: msg,
    detail,
  };
}

function json(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  return { msg: text.trimEnd() };
}

/** pino counts in tens. */
function levelOf(level: number): LogLevel {
  const index = Math.min(Math.max(Math.round(level / 10) - 1, 0), LOG_LEVELS.length - 1);
  return LOG_LEVELS[index] ?? 'info';
}
