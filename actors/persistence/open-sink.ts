/** The sink that the configuration names, with what has to be kept up in it. */

import type { Logger } from '../../src/log.ts';
import type { WallClock } from '../../src/runtime/clock.ts';
import { readBootPointer } from '../../src/store/boot-pointer.ts';
import { createJsonlSink } from '../../src/store/jsonl-sink.ts';
import { maintainPartitions } from '../../src/store/partitions.ts';
import { createPool } from '../../src/store/pool.ts';
import { createPostgresSink, type ShippingTerm } from '../../src/store/postgres-sink.ts';
import type { Sink } from '../../src/store/sink.ts';

export type SinkPlace =
  | {
      readonly kind: 'postgres';
      readonly url: string;
      /** Of the lease under which it is written; missing where no other daemon may take over. */
      readonly epoch?: number;
    }
  | { readonly kind: 'jsonl'; readonly dir: string }
  /** Nothing is written; the journal alone is kept. */
  | { readonly kind: 'none' };

export interface OpenSink {
  /** Null where there is none. */
  readonly sink: Sink | null;
  /** Makes room for what comes, drops what is too old, and says what it dropped. */
  maintain(retentionDays: number): Promise<readonly string[]>;
}

const STATEMENT_TIMEOUT_MS = 30_000;

/** Connects to nothing yet: that is what the first delivery does. */
export function openSink(
  place: SinkPlace,
  journalDir: string,
  wall: WallClock,
  log: Logger,
): OpenSink {
  switch (place.kind) {
    case 'none':
      return { sink: null, maintain: async () => [] };
    case 'jsonl': {
      const sink = createJsonlSink(place.dir);
      const maintain = async (days: number) => sink.dropOld(wall.now() / 1000, days);
      return { sink, maintain };
    }
    case 'postgres': {
      const pool = createPool({
        url: place.url,
        role: 'persistence',
        connectionsMax: 1,
        statementTimeoutMs: STATEMENT_TIMEOUT_MS,
        log,
      });
      const settled = new Set<string>();
      const maintain = async (days: number) =>
        (await maintainPartitions(pool, days, settled)).dropped;
      return { sink: createPostgresSink(pool, termOf(place.epoch, journalDir)), maintain };
    }
  }
}

/** Without a boot record all of the journal is of before this session. */
function termOf(epoch: number | undefined, journalDir: string): ShippingTerm | null {
  if (epoch === undefined) return null;
  const boot = readBootPointer(journalDir) ?? { segment: Number.MAX_SAFE_INTEGER, offset: 0 };
  return { epoch, boot };
}
