/**
 * The daemon's log as it left it in the database: the latest lines, read again every second while
 * somebody follows them.
 */

import { type LogReads, type LogsQuery, type LogView, pickLines } from '../protocol/log-view.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type { Look } from './reads.ts';

const LOOK_MS = 1000;
/** What one look adds at most: a daemon that started again counts from 1. */
const KEPT_MAX = 2000;

export class MonitorLogs implements LogReads {
  readonly #look: () => Look | null;
  readonly #mono: Clock;
  readonly #listeners = new Set<(line: LogView) => void>();
  /** With ids of this process: those of the daemon begin again when it does. */
  readonly #lines: LogView[] = [];
  #newest: LogView | null = null;
  #timer: Timer | null = null;

  constructor(look: () => Look | null, mono: Clock) {
    this.#look = look;
    this.#mono = mono;
  }

  get lastId(): number {
    this.#take();
    return this.#lines.at(-1)?.id ?? 0;
  }

  logs(query: LogsQuery): ReturnType<LogReads['logs']> {
    this.#take();
    return pickLines(this.#lines, query);
  }

  follow(listener: (line: LogView) => void, afterId?: number): () => void {
    this.#take();
    if (afterId !== undefined) {
      for (const line of this.#lines) if (line.id > afterId) listener(line);
    }
    this.#listeners.add(listener);
    this.#timer ??= this.#mono.setTimer(LOOK_MS, () => this.#again());
    return () => this.#listeners.delete(listener);
  }

  #again(): void {
    this.#timer = null;
    if (this.#listeners.size === 0) return;
    this.#take();
    this.#timer = this.#mono.setTimer(LOOK_MS, () => this.#again());
  }

  #take(): void {
    const view = this.#look()?.views.get('logs');
    // The daemon is this same program: what it left there has the type that it shows.
    const lines = ((view?.body ?? []) as readonly LogView[]).toReversed();
    const known = this.#newest;
    const same = lines.findIndex((line) => line.id === known?.id && line.ts === known.ts);
    for (const line of lines.slice(same + 1)) {
      const numbered = { ...line, id: (this.#lines.at(-1)?.id ?? 0) + 1 };
      this.#lines.push(numbered);
      if (this.#lines.length > KEPT_MAX) this.#lines.shift();
      for (const listener of this.#listeners) listener(numbered);
    }
    this.#newest = lines.at(-1) ?? known;
  }
}
