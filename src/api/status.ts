/** The status that is shown whatever happens: a monitor that fails tells nothing. */

import type { EngineReads } from '../protocol/ports.ts';
import type { StatusView } from '../protocol/views.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Reply } from './route.ts';

/** What only time has moved may be so old: far below what an eye or an alarm can tell. */
const STANDS_MS = 20;

/**
 * Answers with the status, made and written as JSON once for all who ask while nothing was decided:
 * a crowd of readers takes the thread that decides for a copy of bytes each, and not for a walk
 * through the books. Who was told that a command is done reads what it did.
 */
export function createStatusReply(
  reads: EngineReads,
  read: () => StatusView,
  mono: Clock,
): () => Reply<StatusView> {
  let last: Reply<StatusView> | null = null;
  let revision: number | null = null;
  let madeAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = mono.now();
    const current = reads.revision?.() ?? null;
    const stands = current !== null && current === revision && now - madeAt < STANDS_MS;
    if (last !== null && stands) return last;
    const body = read();
    last = { status: 200, body, bytes: Buffer.from(JSON.stringify(body)) };
    revision = current;
    madeAt = now;
    return last;
  };
}

/** `reads.status()`, or a red status that says that it could not be read. */
export function readStatus(
  reads: EngineReads,
  fallback: Pick<StatusView, 'mode' | 'ib_config'>,
  reportReadError: (thrown: unknown) => void,
): StatusView {
  try {
    return reads.status();
  } catch (thrown) {
    // Whatever it was, a defect too: a rethrow would be the 5xx that never comes from here.
    reportReadError(thrown);
    return unreadable(fallback);
  }
}

function unreadable({ mode, ib_config }: Pick<StatusView, 'mode' | 'ib_config'>): StatusView {
  const reasons = ['status_read_error'];
  return {
    self_check: 'blocked',
    block_reasons: reasons,
    status_lamp: 'red',
    trading_suspended: false,
    daemon_self_check: 'blocked',
    daemon_lamp: 'red',
    daemon_block_reasons: reasons,
    daemon_heartbeat: {
      last_ts: null,
      hedge_running: false,
      daemon_alive: false,
      ib_connected: false,
      ib_client_id: null,
      next_retry_ts: null,
      seconds_until_retry: null,
      graceful_shutdown_at: null,
      heartbeat_interval_sec: 0,
    },
    // No last values: numbers of unknown age would be taken for the state of the book.
    status: null,
    books: [],
    accounts: [],
    alerts: [],
    accounts_fetched_at: null,
    ib_config,
    mode,
    trading_ts: null,
    quiescent: false,
  };
}
