/** What happens and what is logged, as a test writes it. */

import { EventEmitter } from 'node:events';
import { type LogReads, type LogView, pickLines } from '../../src/protocol/log-view.ts';
import type { EventFeed, FeedEvent } from '../../src/protocol/ports.ts';

/** Log lines that a test writes. */
export class FakeLogs implements LogReads {
  readonly lines: LogView[] = [];
  readonly #listeners = new Set<(line: LogView) => void>();

  get lastId(): number {
    return this.lines.length;
  }

  push(line: Partial<LogView>): void {
    const base = { ts: 1, level: 'info', thread: 'kernel', text: '', detail: {} } as const;
    const nobody = { actor: null, machine: null, book: null };
    const whole: LogView = { id: this.lastId + 1, ...base, ...nobody, ...line };
    this.lines.push(whole);
    for (const listener of this.#listeners) listener(whole);
  }

  logs(query: Parameters<LogReads['logs']>[0]): ReturnType<LogReads['logs']> {
    return pickLines(this.lines, query);
  }

  follow(listener: (line: LogView) => void, afterId?: number): () => void {
    for (const line of this.lines) if (afterId !== undefined && line.id > afterId) listener(line);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** A feed that keeps everything. */
export class FakeFeed implements EventFeed {
  readonly #past: (readonly [number, FeedEvent])[] = [];
  readonly #events = new EventEmitter().setMaxListeners(0);

  push(event: FeedEvent): void {
    const entry = [this.#past.length + 1, event] as const;
    this.#past.push(entry);
    this.#events.emit('event', ...entry);
  }

  get listeners(): number {
    return this.#events.listenerCount('event');
  }

  subscribe(listener: (id: number, event: FeedEvent) => void, afterId?: number): () => void {
    if (afterId !== undefined) {
      for (const [id, event] of this.#past) if (id > afterId) listener(id, event);
    }
    this.#events.on('event', listener);
    return () => this.#events.off('event', listener);
  }
}
