/** What only a database can put together, where the history is in none. */

import { Fault } from '../fault.ts';
import type { ShadowReads, StatisticsReads, StoryReads } from '../protocol/ports.ts';

/** Every question is refused with the way to an answer. */
export function noStatistics(): StatisticsReads & StoryReads & ShadowReads {
  const refuse = (what: string) => async (): Promise<never> => {
    throw new Fault('conflict', `${what} read from a database, and this history is in none`, {
      remedy: 'set store.sink to postgres',
    });
  };
  const sums = refuse('statistics are');
  return {
    statistics: sums,
    pnl: sums,
    shadows: refuse('shadows are'),
    order: refuse('the story of an order is'),
    course: refuse('the course of a book is'),
  };
}
