/**
 * Leaves the daemon's views in the database: every second while a monitor looks, and now and then
 * anyhow, so that one that comes when the daemon is gone has something to show. It is of the moment
 * and no history: what could not be written is forgotten.
 */

import type { Logger } from '../log.ts';
import type { LogReads } from '../protocol/log-view.ts';
import type { EngineReads } from '../protocol/ports.ts';
import type { TracedTransition } from '../protocol/views.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { errorText } from '../store/database-error.ts';
import { isWatched, type ViewText, writeViews } from '../store/monitor-rows.ts';
import type { Pool } from '../store/pool.ts';
import type { Writer } from '../store/recovery-store.ts';
import { within } from '../store/wait.ts';

export interface PublisherOptions {
  readonly pool: Pool;
  readonly writer: Writer;
  readonly reads: EngineReads;
  readonly logs: LogReads;
  readonly mono: Clock;
  readonly log: Logger;
}

const LOOK_MS = 1000;
const UNWATCHED_MS = 10_000;
/** The last views of a daemon that stops; the whole stop has five seconds. */
const LAST_MS = 200;

/** Begins to leave them; the returned function leaves the last ones. */
export function startPublisher({
  pool,
  writer,
  reads,
  logs,
  mono,
  log,
}: PublisherOptions): () => Promise<void> {
  let timer: Timer | null = null;
  let closed = false;
  let writtenAt = Number.NEGATIVE_INFINITY;
  /** What decides goes first, until nothing more will be decided. */
  const pause = (): Promise<void> =>
    closed ? Promise.resolve() : new Promise((resolve) => mono.setTimer(0, resolve));
  const write = async (): Promise<void> => {
    writtenAt = mono.now();
    await writeViews(pool, writer, await viewsOf(reads, logs, pause));
  };
  const look = async (): Promise<void> => {
    try {
      const due = mono.now() - writtenAt >= UNWATCHED_MS;
      if (due || (await isWatched(pool))) await write();
    } catch (error) {
      log.debug({ reason: errorText(error) }, 'the views could not be left for monitors');
    }
    if (closed) return;
    timer = mono.setTimer(LOOK_MS, () => {
      looking = look();
    });
  };
  let looking = look();
  return async () => {
    closed = true;
    timer?.cancel();
    await within(
      mono,
      LAST_MS,
      looking.then(write).catch(() => undefined),
    );
  };
}

/** Of each machine the latest, with what their guards said; what is older is in the history. */
const TRANSITIONS_MAX = 15;

/** By machine: what moved it, and all events with those that moved nothing. */
export type TransitionsView = Readonly<
  Record<
    string,
    { readonly moved: readonly TracedTransition[]; readonly all: readonly TracedTransition[] }
  >
>;

async function transitionsOf(
  reads: EngineReads,
  ids: readonly string[],
  pause: Pause,
): Promise<string> {
  const lately = (id: string, refused: boolean) => reads.transitions(id, refused, TRANSITIONS_MAX);
  const each = await inPieces(ids, pause, (id) => {
    const view: TransitionsView[string] = { moved: lately(id, false), all: lately(id, true) };
    return `${JSON.stringify(id)}:${JSON.stringify(view)}`;
  });
  return `{${each.join()}}`;
}

/** Of the log the latest: a monitor looks again every second. */
const LINES_MAX = 100;

async function viewsOf(
  reads: EngineReads,
  logs: LogReads,
  pause: Pause,
): Promise<readonly ViewText[]> {
  const status = reads.status();
  const ids = reads.machines().map(({ id }) => id);
  const machines = await inPieces(ids, pause, (id) => JSON.stringify(reads.machine(id)));
  const { lines } = logs.logs({ level: 'info', limit: LINES_MAX });
  return [
    { name: 'status', body: JSON.stringify(status) },
    { name: 'machines', body: `[${machines.join()}]` },
    { name: 'transitions', body: await transitionsOf(reads, ids, pause) },
    { name: 'config', body: JSON.stringify(reads.config()) },
    { name: 'actors', body: JSON.stringify(reads.actors()) },
    { name: 'logs', body: JSON.stringify(lines) },
    ...(await inPieces(status.books, pause, ({ symbol }) => {
      return { name: `explain:${symbol}`, body: JSON.stringify(reads.explain(symbol)) };
    })),
  ];
}

/** Lets the thread do something else. */
type Pause = () => Promise<void>;

/** A machine's transitions take a millisecond to trace and write: what decides waits for one. */
async function inPieces<T, U>(
  all: readonly T[],
  pause: Pause,
  make: (one: T) => U,
): Promise<readonly U[]> {
  const made: U[] = [];
  for (const one of all) {
    made.push(make(one));
    await pause();
  }
  return made;
}
