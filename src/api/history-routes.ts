/** The routes of what was: statistics, and the P&L of a book. */

import { z } from 'zod';
import type { StatisticsReads } from '../protocol/ports.ts';
import { pnlView, statisticsView } from '../protocol/statistics-view.ts';
import { symbol } from './inputs.ts';
import { get, json, type Route } from './route.ts';

const days = z.coerce
  .number()
  .int()
  .min(1)
  .max(3660)
  .default(30)
  .describe('Calendar days of the exchange, the newest of the history included');

/** Both are limited: a long history takes the database a second. */
export function historyRoutes(history: StatisticsReads): readonly Route[] {
  return [
    get('/stats', {
      id: 'stats',
      reply: statisticsView,
      refusals: ['conflict', 'database_unreachable', 'deadline'],
      summary: 'Hedges, wins, P&L and its distribution, costs, blocks and time in states.',
      query: z.strictObject({ days }),
      limitedBy: 'stats',
      answer: async ({ query }) => json(await history.statistics(query.days)),
    }),
    get('/pnl/:symbol', {
      id: 'pnl',
      reply: pnlView,
      refusals: ['conflict', 'database_unreachable', 'deadline'],
      summary: 'P&L of an underlying by day and by hedge, and where it came from.',
      params: z.strictObject({ symbol }),
      query: z.strictObject({ days }),
      limitedBy: 'stats',
      answer: async ({ params, query }) => json(await history.pnl(params.symbol, query.days)),
    }),
  ];
}
