/** The routes of what only the daemon's own process has: past, messages, runs, files, venue. */

import { z } from 'zod';
import { Fault } from '../fault.ts';
import { backtestsView, backtestView } from '../protocol/backtest-view.ts';
import {
  configKeysView,
  type HostPorts,
  SIMULATED_FAULTS,
  simulationView,
  versionView,
} from '../protocol/host-ports.ts';
import { messagesView } from '../protocol/message-view.ts';
import { type MomentQuery, pastMachineView, replayingView } from '../protocol/past-view.ts';
import { TAKEN } from '../protocol/views.ts';
import { machineId, rowLimit } from './inputs.ts';
import { get, json, post, type Route } from './route.ts';

interface Ports {
  readonly hostPorts: HostPorts;
}

/** All of them; a process beside the daemon refuses most. */
export function hostRoutes(ports: Ports): readonly Route[] {
  return [
    pastRoute(ports),
    ...systemRoutes(ports),
    ...backtestRoutes(ports),
    ...simulationRoutes(ports),
  ];
}

/** A replay takes a thread of its own, for a second at a time: who asks again goes on. */
function pastRoute(ports: Ports): Route {
  return get('/machines/:id/at', {
    id: 'machineAt',
    reply: z.union([pastMachineView, replayingView]),
    statuses: [200, 202],
    refusals: ['not_found', 'conflict', 'invalid', 'mailbox_full', 'deadline', 'replay_differs'],
    summary: 'The machine at a moment that is past: replayed from the journal, with its gates.',
    params: z.strictObject({ id: machineId }),
    query: z.strictObject({
      seq: z.coerce
        .number()
        .int()
        .min(1)
        .max(Number.MAX_SAFE_INTEGER)
        .optional()
        .describe('The turn; one of `seq` and `ts` is needed'),
      ts: z.coerce.number().min(0).max(1e11).optional().describe('Wall time, unix seconds'),
    }),
    limitedBy: 'past',
    answer: async ({ params, query }) => {
      const answer = await ports.hostPorts.past.machineAt(params.id, momentOf(query));
      return json(answer, 'replaying' in answer ? 202 : 200);
    },
  });
}

function momentOf({ seq, ts }: { seq?: number | undefined; ts?: number | undefined }): MomentQuery {
  if (seq !== undefined && ts === undefined) return { seq };
  if (ts !== undefined && seq === undefined) return { ts };
  throw new Fault('invalid', 'one of seq and ts is needed, and not both');
}

function systemRoutes(ports: Ports): readonly Route[] {
  return [
    get('/messages', {
      id: 'messages',
      reply: messagesView,
      refusals: ['conflict', 'actor_down'],
      summary: 'Messages between actors since somebody looks, oldest first.',
      query: z.strictObject({
        after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
        limit: rowLimit(1000, 200),
      }),
      answer: ({ query }) => json(ports.hostPorts.messages.messages(query)),
    }),
    get('/config/keys', {
      id: 'configKeys',
      reply: configKeysView,
      refusals: ['conflict'],
      summary: 'Every configured value as its file has it now, with where it comes from.',
      answer: () => json(ports.hostPorts.configKeys()),
    }),
    get('/version', {
      id: 'version',
      reply: versionView,
      summary: 'Which program answers, on what.',
      answer: () => json(ports.hostPorts.version()),
    }),
  ];
}

/** Of what a run is named by: the time it was kept, and what it was of. */
const runId = z.string().regex(/^[\w.-]{1,120}$/, 'an id of /backtests');
const runParams = z.strictObject({ id: runId });

/** Written by this program, for one browser window: it may style itself, and fetch nothing. */
const REPORT_HEADERS = {
  'Content-Security-Policy':
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; " +
    "script-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
};

function backtestRoutes(ports: Ports): readonly Route[] {
  return [
    get('/backtests', {
      id: 'backtests',
      reply: backtestsView,
      refusals: ['conflict', 'data_unreadable'],
      summary: 'The backtests that were kept in the data directory, newest first.',
      answer: () => json(ports.hostPorts.backtests.list()),
    }),
    get('/backtests/:id', {
      id: 'backtest',
      reply: backtestView,
      refusals: ['not_found', 'conflict', 'data_unreadable'],
      summary: 'One kept backtest, with the course of its P&L.',
      params: runParams,
      answer: ({ params }) => json(ports.hostPorts.backtests.run(params.id)),
    }),
    get('/backtests/:id/report', {
      id: 'backtestReport',
      reply: z.string().describe('A page that needs nothing else.'),
      otherTypes: ['text/html'],
      refusals: ['not_found', 'conflict', 'data_unreadable'],
      summary: 'The report of a kept backtest.',
      params: runParams,
      answer: ({ params }) => ({
        status: 200,
        body: ports.hostPorts.backtests.report(params.id),
        type: 'text/html; charset=utf-8',
        headers: REPORT_HEADERS,
      }),
    }),
  ];
}

function simulationRoutes(ports: Ports): readonly Route[] {
  return [
    get('/simulation', {
      id: 'simulation',
      reply: simulationView,
      summary: 'What the simulated venue can be made to do; nothing where money is real or paper.',
      answer: () =>
        json({ faults: ports.hostPorts.simulation === null ? [] : [...SIMULATED_FAULTS] }),
    }),
    post('/simulation/faults', {
      id: 'injectFault',
      statuses: [202],
      reply: z.strictObject(TAKEN),
      refusals: ['safety_refused', 'actor_down', 'deadline'],
      summary: 'Makes the simulated venue fail, to watch what the machines do.',
      body: z.strictObject({ type: z.enum(SIMULATED_FAULTS) }),
      limitedBy: 'simulation',
      answer: async ({ body }) => {
        const { simulation } = ports.hostPorts;
        if (simulation === null) {
          throw new Fault('safety_refused', 'faults are injected into a simulated venue alone', {
            remedy: 'run a configuration with `mode: simulated`',
          });
        }
        return json({ ok: true as const, message: await simulation.inject(body.type) }, 202);
      },
    }),
  ];
}
