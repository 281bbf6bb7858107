/** Alerts are warnings in the log too: a log is what is looked at when there is no page. */

import type { Logger } from '../log.ts';
import type { Fact } from '../protocol/facts.ts';

/** Logs the alerts among the facts of a turn. */
export function logAlerts(log: Logger, facts: readonly Fact[]): void {
  for (const fact of facts) {
    if (fact.fact !== 'operation' || fact.type !== 'alert') continue;
    const { symbol, account, orderRef, stateReason } = fact;
    log.warn({ book: symbol, account, orderRef }, stateReason);
  }
}
