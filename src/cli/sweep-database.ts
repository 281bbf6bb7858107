/** The database that a distributed sweep and its workers meet in, with its schema. */

import type { LoadedConfig } from '../config/load.ts';
import type { Logger } from '../log.ts';
import { realMono } from '../runtime/real-clock.ts';
import { openDatabase } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';

const STOP_MS = 10_000;

/** The operator's own, or the embedded one of the data directory, which others may use as well. */
export async function openSweepDatabase({ config, dataDir }: LoadedConfig, log: Logger) {
  const { database_url: url } = config.store;
  const database = await openDatabase({ url, dataDir, mono: realMono(), log });
  const close = () => database.stop(STOP_MS);
  try {
    await migrate(database.url, log);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: database.url, label: database.label, close };
}
