/** The routes of what was: statistics, the P&L and the course of a book, an order's story. */

import { z } from 'zod';
import type { ShadowReads, StatisticsReads, StoryReads } from '../protocol/ports.ts';
import { shadowsView } from '../protocol/shadow-view.ts';
import { pnlView, statisticsView } from '../protocol/statistics-view.ts';
import { bookCourseView, orderStoryView } from '../protocol/story-view.ts';
import { symbol } from './inputs.ts';
import { get, json, type Route } from './route.ts';

const days = z.coerce
  .number()
  .int()
  .min(1)
  .max(3660)
  .default(30)
  .describe('Calendar days of the exchange, the newest of the history included');

/** What sums up is limited: a long history takes the database a second. */
export function historyRoutes(
  history: StatisticsReads & StoryReads & ShadowReads,
): readonly Route[] {
  return [...statisticsRoutes(history), shadowsRoute(history), ...storyRoutes(history)];
}

function shadowsRoute(history: ShadowReads): Route {
  return get('/shadows', {
    id: 'shadows',
    reply: shadowsView,
    refusals: ['conflict', 'database_unreachable', 'deadline'],
    summary: 'Hedge error, cost and attribution of the books and of their shadows.',
    query: z.strictObject({ days }),
    limitedBy: 'stats',
    answer: async ({ query }) => json(await history.shadows(query.days)),
  });
}

function storyRoutes(history: StoryReads): readonly Route[] {
  return [
    get('/orders/:order_ref', {
      id: 'order',
      reply: orderStoryView,
      refusals: ['not_found', 'conflict', 'database_unreachable', 'deadline'],
      summary: 'What became of one order: its decision, its way, its fills and what it cost.',
      params: z.strictObject({
        order_ref: z.string().regex(/^[\w.:-]{1,100}$/, 'an order_ref of operations'),
      }),
      answer: async ({ params }) => json(await history.order(params.order_ref)),
    }),
    get('/course/:symbol', {
      id: 'course',
      reply: bookCourseView,
      refusals: ['conflict', 'database_unreachable', 'deadline'],
      summary: 'The course of a book: spot, net delta, shares and P&L, with its fills.',
      params: z.strictObject({ symbol }),
      query: z.strictObject({
        minutes: z.coerce
          .number()
          .int()
          .min(1)
          .max(10_080)
          .default(60)
          .describe('Up to the newest row of the history'),
        points: z.coerce.number().int().min(10).max(1000).default(300),
      }),
      limitedBy: 'course',
      answer: async ({ params, query }) => json(await history.course(params.symbol, query)),
    }),
  ];
}

function statisticsRoutes(history: StatisticsReads): readonly Route[] {
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
