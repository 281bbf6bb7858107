/** The status that is shown whatever happens: a monitor that fails tells nothing. */

import type { EngineReads } from '../protocol/ports.ts';
import type { StatusView } from '../protocol/views.ts';

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
