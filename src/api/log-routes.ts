/** The route of what the daemon's threads have logged lately. */

import { z } from 'zod';
import { LOG_LEVELS, type LogReads, logsView } from '../protocol/log-view.ts';
import { rowLimit, symbol } from './inputs.ts';
import { get, json, type Route } from './route.ts';

/** What the threads say, for the page. */
export function logRoutes(logs: LogReads): readonly Route[] {
  return [
    get('/logs', {
      id: 'logs',
      reply: logsView,
      refusals: ['actor_down'],
      summary: 'What the threads of the daemon have logged lately, newest first.',
      query: z.strictObject({
        level: z.enum(LOG_LEVELS).default('info').describe('This level and those above it'),
        thread: z.string().min(1).max(64).optional(),
        actor: z.string().min(1).max(64).optional(),
        book: symbol.optional(),
        search: z.string().min(1).max(200).optional().describe('Part of the text or the detail'),
        before: z.coerce
          .number()
          .int()
          .min(1)
          .max(Number.MAX_SAFE_INTEGER)
          .optional()
          .describe('Only older lines: the next_before of an answer'),
        limit: rowLimit(1000, 200),
      }),
      answer: ({ query }) => json(logs.logs(query)),
    }),
  ];
}
