/** What a book tells its trading machine; facts are good unless a test says otherwise. */

import type { TradingEvent, TradingFacts } from '../../machines/trading.ts';

export function assessed(facts: Partial<TradingFacts> = {}): TradingEvent {
  return {
    type: 'ASSESSED',
    facts: {
      synced: true,
      causes: [],
      verdict: 'MONITOR',
      strategyEnabled: true,
      dataReady: true,
      targetAllowed: false,
      ...facts,
    },
  };
}
