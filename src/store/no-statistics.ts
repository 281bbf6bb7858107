/** What only a database can put together, where the history is in none. */

import { Fault } from '../fault.ts';
import type { StatisticsReads, StoryReads } from '../protocol/ports.ts';

/** Every question is refused with the way to an answer. */
export function noStatistics(): StatisticsReads & StoryReads {
  const refuse = async (): Promise<never> => {
    throw new Fault(
      'conflict',
      'statistics are read from a database, and this history is in none',
      {
        remedy: 'set store.sink to postgres',
      },
    );
  };
  return { statistics: refuse, pnl: refuse, order: refuse, course: refuse };
}
