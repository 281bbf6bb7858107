/** The daemon's database: the operator's own or the embedded one, which is brought back. */

import { join } from 'node:path';
import type { SinkPlace } from '../../actors/persistence/open-sink.ts';
import { STOP_BUDGET_MS } from '../limits.ts';
import { openDatabase } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { type Close, type DaemonOptions, unless } from './daemon-options.ts';

/** Where history goes. */
export function sinkPlace(
  { loaded, dataDir }: DaemonOptions,
  url: string | null,
  term: { readonly epoch: number } | null = null,
): SinkPlace {
  if (url !== null) {
    return { kind: 'postgres', url, ...(term === null ? {} : { epoch: term.epoch }) };
  }
  const { sink } = loaded.config.store;
  return sink === 'jsonl' ? { kind: 'jsonl', dir: join(dataDir, 'history') } : { kind: 'none' };
}

/** The database with its schema; null when the sink is another. */
export async function startHistory(
  options: DaemonOptions,
  closers: Close[],
): Promise<string | null> {
  const { loaded, dataDir, mono, log, stopRequested } = options;
  const { sink, database_url } = loaded.config.store;
  if (sink !== 'postgres') return null;
  const giveUp = new AbortController();
  void stopRequested.then(() => giveUp.abort());
  const { signal } = giveUp;
  const opening = openDatabase({ url: database_url, dataDir, mono, log, signal });
  // The embedded server ends what it began, or it would be left behind; another need not answer.
  const database = await (database_url === null ? opening : unless(stopRequested, opening));
  if (database === null) return null;
  closers.push(() => database.stop(STOP_BUDGET_MS.database));
  await migrate(database.url, log);
  return database.url;
}

/** As long as a disk is full a server does not start; seldom enough to fill no log either. */
const REVIVE_AGAIN_MS = 5000;

/**
 * An embedded server that died is started again on its port, however often that fails; the
 * operator's own is theirs. Returns what tells that the database is away.
 */
export function createReviver({
  loaded,
  dataDir,
  mono,
  log,
  stopRequested,
}: DaemonOptions): () => void {
  if (loaded.config.store.database_url !== null) return () => undefined;
  const giveUp = new AbortController();
  void stopRequested.then(() => giveUp.abort());
  const { signal } = giveUp;
  let reviving = false;
  const revive = async (): Promise<void> => {
    if (reviving || signal.aborted) return;
    reviving = true;
    try {
      await openDatabase({ url: null, dataDir, mono, log, signal });
    } catch (error) {
      if (signal.aborted) return;
      log.error({ err: error }, 'the embedded database does not come back: it is tried again');
      mono.setTimer(REVIVE_AGAIN_MS, () => void revive());
    } finally {
      reviving = false;
    }
  };
  return () => void revive();
}
