/**
 * Looks at the database every second, keeps what was read last, and feeds the event stream from it:
 * the status with each look, operations as their rows come, transitions and lives of actors as the
 * daemon's views show them, a second later than the daemon and only what a view still holds.
 */

import type { Logger } from '../log.ts';
import type { EventFeed, FeedEvent, HistoryReads } from '../protocol/ports.ts';
import type { ActorView, OperationView, StatusView } from '../protocol/views.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { errorText } from '../store/database-error.ts';
import { type MonitorRows, noteLooking, readMonitorRows } from '../store/monitor-rows.ts';
import type { Pool } from '../store/pool.ts';
import { livesBetween, movesBetween } from './changes.ts';
import type { TransitionsView } from './publisher.ts';
import type { Look } from './reads.ts';

export interface WatchOptions {
  readonly pool: Pool;
  readonly history: HistoryReads;
  /** Names this monitor among those that look. */
  readonly who: string;
  readonly status: () => StatusView;
  readonly mono: Clock;
  readonly log: Logger;
}

const LOOK_MS = 1000;
const PAST_MAX = 1000;
const OPERATIONS_MAX = 100;

type Listener = (id: number, event: FeedEvent) => void;

export class Watch implements EventFeed {
  readonly #options: WatchOptions;
  readonly #views = new Map<string, { readonly body: unknown; readonly writtenAt: number }>();
  readonly #listeners = new Set<Listener>();
  readonly #past: { readonly id: number; readonly event: FeedEvent }[] = [];
  #rows: MonitorRows | null = null;
  #readAt = 0;
  #away: string | null = null;
  #lastId = 0;
  /** The newest operation that was fed; null before the first look. */
  #operation: number | null = null;
  #timer: Timer | null = null;
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** What was read last; null before the first look. */
  look(): Look | null {
    if (this.#rows === null) return null;
    const ageS = (this.#options.mono.now() - this.#readAt) / 1000;
    return { rows: this.#rows, views: this.#views, ageS, away: this.#away };
  }

  /** Resolves after the first look, whatever came of it; then goes on by itself. */
  async start(): Promise<void> {
    await this.#take();
    if (!this.#closed) this.#timer = this.#options.mono.setTimer(LOOK_MS, () => void this.start());
  }

  subscribe(listener: Listener, afterId?: number): () => void {
    for (const { id, event } of this.#past) {
      if (afterId !== undefined && id > afterId) listener(id, event);
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#listeners.clear();
  }

  async #take(): Promise<void> {
    const { pool, who, mono, log, status } = this.#options;
    try {
      const newest = Math.max(0, ...[...this.#views.values()].map(({ writtenAt }) => writtenAt));
      const rows = await readMonitorRows(pool, newest);
      this.#rows = rows;
      this.#readAt = mono.now();
      this.#away = null;
      const happened = this.#changes(rows.views);
      for (const { name, body, writtenAt } of rows.views) {
        this.#views.set(name, { body, writtenAt });
      }
      for (const event of happened) this.#emit(event);
      await this.#feedOperations();
      await noteLooking(pool, who);
    } catch (error) {
      this.#away = errorText(error);
      log.debug({ reason: this.#away }, 'the database could not be read');
    }
    if (this.#rows !== null && this.#listeners.size > 0) {
      this.#emit({ kind: 'status', data: status() });
    }
  }

  /** What is in the new views and was not in those before. */
  #changes(views: MonitorRows['views']): readonly FeedEvent[] {
    return views.flatMap(({ name, body }) => {
      const before = this.#views.get(name)?.body;
      if (name === 'transitions') {
        return movesBetween(before as TransitionsView | undefined, body as TransitionsView);
      }
      if (name !== 'actors') return [];
      type Actors = readonly ActorView[];
      return livesBetween(before as Actors | undefined, body as Actors);
    });
  }

  async #feedOperations(): Promise<void> {
    const { operations } = await this.#options.history.operations({ limit: OPERATIONS_MAX });
    const known = this.#operation;
    this.#operation = operations[0]?.id ?? known ?? 0;
    if (known === null) return;
    for (const operation of operations.filter(({ id }) => id > known).reverse()) {
      this.#emit({ kind: 'operation', data: withoutId(operation) });
    }
  }

  #emit(event: FeedEvent): void {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#past.push({ id, event });
    if (this.#past.length > PAST_MAX) this.#past.shift();
    for (const listener of this.#listeners) listener(id, event);
  }
}

function withoutId({ id: _, ...operation }: OperationView): Omit<OperationView, 'id'> {
  return operation;
}
