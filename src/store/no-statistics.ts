/** Statistics where the history is not in a database: they are summed up by one. */

import { Fault } from '../fault.ts';
import type { StatisticsReads } from '../protocol/ports.ts';

/** Every question is refused with the way to an answer. */
export function noStatistics(): StatisticsReads {
  const refuse = async (): Promise<never> => {
    throw new Fault(
      'conflict',
      'statistics are read from a database, and this history is in none',
      {
        remedy: 'set store.sink to postgres',
      },
    );
  };
  return { statistics: refuse, pnl: refuse };
}
