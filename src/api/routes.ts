/** The routes of the API: what can be read of the engine, and what it can be told to do. */

import { z } from 'zod';
import { Fault } from '../fault.ts';
import type { BrokerChoices } from '../protocol/broker-choice.ts';
import type { MetricsReads } from '../protocol/engine-metrics.ts';
import type { HostPorts } from '../protocol/host-ports.ts';
import type { LogReads } from '../protocol/log-view.ts';
import type { EngineControls, EngineReads, HistoryReads, RiskReads } from '../protocol/ports.ts';
import { riskView } from '../protocol/risk-view.ts';
import {
  actorView,
  explainView,
  operationsView,
  type StatusView,
  statusView,
} from '../protocol/views.ts';
import type { Clock, WallClock } from '../runtime/clock.ts';
import { configRoutes } from './config-routes.ts';
import { controlRoutes } from './control-routes.ts';
import { historyRoutes } from './history-routes.ts';
import { hostRoutes } from './host-routes.ts';
import { rowLimit, symbol } from './inputs.ts';
import { logRoutes } from './log-routes.ts';
import { type MachineDefinition, machineRoutes } from './machine-routes.ts';
import { metricsRoute, type Readers } from './metrics-route.ts';
import { get, json, type Route } from './route.ts';
import { createStatusReply, readStatus } from './status.ts';

export interface RoutePorts {
  readonly reads: EngineReads;
  readonly controls: EngineControls;
  readonly history: HistoryReads;
  readonly risk: RiskReads;
  readonly logs: LogReads;
  /** What only the daemon's own process has. */
  readonly hostPorts: HostPorts;
  readonly brokerChoices: BrokerChoices;
  /** The statechart behind a machine id; throws `Fault('not_found')`. */
  readonly definitions: (id: string) => MachineDefinition;
  /** What `/status` shows while the engine cannot be read. */
  readonly fallback: Pick<StatusView, 'mode' | 'ib_config'>;
  readonly reportReadError: (thrown: unknown) => void;
  readonly metrics: MetricsReads;
  /** Of this program. */
  readonly version: string;
  readonly mono: Clock;
  readonly wall: WallClock;
  /** When this process began to answer, unix seconds. */
  readonly startedAt: number;
  /** Who follows what happens now. */
  readonly readers: Readers;
}

const seconds = z.coerce.number().min(0).max(1e11);

/** Every route that a daemon answers, and a monitor in its place. */
export function engineRoutes(ports: RoutePorts): readonly Route[] {
  return [
    ...statusRoutes(ports),
    ...configRoutes(ports),
    riskRoute(ports),
    ...historyRoutes(ports.history),
    ...logRoutes(ports.logs),
    metricsRoute({
      ...ports,
      status: () => readStatus(ports.reads, ports.fallback, ports.reportReadError),
    }),
    ...machineRoutes(ports),
    ...hostRoutes(ports),
    ...controlRoutes(ports.controls),
  ];
}

function statusRoutes(ports: RoutePorts): readonly Route[] {
  const { reads, history, fallback, reportReadError } = ports;
  const read = () => readStatus(reads, fallback, reportReadError);
  const ready = createStatusReply(reads, read, ports.mono);
  return [
    get('/status', {
      id: 'status',
      reply: statusView,
      summary: 'What the engine is, has and does now. It never fails: a read error is blocked.',
      answer: ready,
      ready,
    }),
    get('/operations', {
      id: 'operations',
      reply: operationsView,
      refusals: ['database_unreachable', 'deadline'],
      summary: 'What was done, newest first.',
      query: z.strictObject({
        since_ts: seconds.optional(),
        until_ts: seconds.optional(),
        type: z
          .string()
          .regex(/^[a-z_]{1,40}$/, 'an operation type such as fill')
          .optional(),
        symbol: symbol.optional(),
        limit: rowLimit(1000, 100),
        cursor: z.string().min(1).max(200).optional(),
      }),
      answer: async ({ query }) => json(await history.operations(query)),
    }),
    get('/explain/:symbol', {
      id: 'explain',
      reply: explainView,
      refusals: ['not_found', 'actor_down'],
      summary: 'Every gate with its value and limit, and the order that would go out.',
      params: z.strictObject({ symbol }),
      answer: ({ params }) => json(reads.explain(params.symbol)),
    }),
    get('/actors', {
      id: 'actors',
      reply: z.array(actorView).readonly(),
      refusals: ['actor_down'],
      summary: 'The supervisor tree.',
      answer: () => json(reads.actors()),
    }),
    get('/healthz', {
      id: 'alive',
      reply: z.strictObject({ alive: z.literal(true) }),
      summary: 'Whether this process answers.',
      answer: () => json({ alive: true as const }),
    }),
    get('/readyz', {
      id: 'ready',
      reply: z.strictObject({ ready: z.literal(true) }),
      refusals: ['actor_down'],
      summary: 'Whether the engine runs; it does without the broker too.',
      answer: () => {
        const { daemon_self_check: check } = read();
        if (check !== 'blocked') return json({ ready: true as const });
        throw new Fault('actor_down', 'the engine does not run', { remedy: 'see /status' });
      },
    }),
  ];
}

function riskRoute({ risk }: RoutePorts): Route {
  const number = (least: number, most: number, preset: number) =>
    z.coerce.number().min(least).max(most).default(preset);
  const points = (most: number, preset: number) =>
    z.coerce.number().int().min(1).max(most).default(preset);
  return get('/risk/:symbol', {
    id: 'risk',
    reply: riskView,
    refusals: ['not_found', 'conflict', 'invalid', 'actor_down', 'mailbox_full', 'deadline'],
    summary: 'What the book would gain or lose if spot, volatility and date were others.',
    params: z.strictObject({ symbol }),
    query: z.strictObject({
      spot_pct: number(0.1, 90, 10).describe('How far the spot moves, percent each way'),
      spot_points: points(41, 11).describe('Spots, those moves included'),
      vol_points: number(0, 100, 5).describe('How far volatilities move, points each way'),
      vol_steps: points(11, 3).describe('Volatilities, those moves included'),
      days: number(0, 365, 5).describe('How far the date moves, calendar days'),
      day_steps: points(11, 3).describe('Dates, now and the last included'),
    }),
    // A grid may take seconds: a few at a time are enough for people.
    limitedBy: 'risk',
    answer: async ({ params, query }) => json(await risk.risk(params.symbol, query)),
  });
}
