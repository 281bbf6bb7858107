/** The routes of the state machines. */

import { z } from 'zod';
import { Fault } from '../fault.ts';
import type { ChartLayoutView } from '../protocol/chart-layout.ts';
import { PUBLIC_EVENTS } from '../protocol/control.ts';
import { countMoves, coverageView } from '../protocol/coverage-view.ts';
import type { EngineControls, EngineReads, HistoryReads } from '../protocol/ports.ts';
import {
  machineSummary,
  machineView,
  TAKEN,
  type TracedTransition,
  tracedTransition,
} from '../protocol/views.ts';
import { originOf } from './control-routes.ts';
import { machineId, rowLimit } from './inputs.ts';
import { ControlRefused } from './problem.ts';
import { get, json, post, type Reply, type Route } from './route.ts';

export interface MachineDefinition {
  /** The statechart as data. */
  readonly json: unknown;
  /** The statechart as a Mermaid diagram. */
  readonly mermaid: string;
  /** The statechart as SCXML. */
  readonly scxml: string;
  /** Where its states and arrows are drawn. */
  readonly layout: ChartLayoutView;
  /** The tests go every way of it. */
  readonly toured: boolean;
}

interface MachinePorts {
  readonly reads: EngineReads;
  readonly controls: EngineControls;
  readonly history: HistoryReads;
  readonly definitions: (id: string) => MachineDefinition;
}

const idParams = z.strictObject({ id: machineId });

/** What the state machines show, and the events that they take from outside. */
export function machineRoutes(ports: MachinePorts): readonly Route[] {
  const { reads } = ports;
  return [
    get('/machines', {
      id: 'machines',
      reply: z.array(machineSummary).readonly(),
      refusals: ['actor_down'],
      summary: 'Every state machine with its state and the events it takes now.',
      answer: () => json(reads.machines()),
    }),
    get('/machines/:id', {
      id: 'machine',
      reply: machineView,
      refusals: ['not_found', 'actor_down'],
      summary: 'One state machine with its context.',
      params: idParams,
      answer: ({ params }) => json(reads.machine(params.id)),
    }),
    definitionRoute(ports),
    transitionsRoute(ports),
    coverageRoute(ports),
    eventRoute(ports),
  ];
}

function definitionRoute({ definitions }: MachinePorts): Route {
  return get('/machines/:id/definition', {
    id: 'definition',
    reply: z.unknown().describe('The statechart: as JSON, or as the text that was asked for.'),
    otherTypes: ['text/plain', 'application/scxml+xml'],
    refusals: ['not_found'],
    summary: 'The statechart itself.',
    params: idParams,
    query: z.strictObject({
      format: z.enum(['json', 'mermaid', 'scxml', 'layout']).default('json'),
    }),
    answer: ({ params, query }): Reply => {
      const definition = definitions(params.id);
      if (query.format === 'json') return { ...json(definition.json), lasting: true };
      if (query.format === 'layout') return { ...json(definition.layout), lasting: true };
      if (query.format === 'scxml') {
        return {
          status: 200,
          body: definition.scxml,
          type: 'application/scxml+xml',
          lasting: true,
        };
      }
      return {
        status: 200,
        body: definition.mermaid,
        type: 'text/plain; charset=utf-8',
        lasting: true,
      };
    },
  });
}

function transitionsRoute({ reads, history }: MachinePorts): Route {
  return get('/machines/:id/transitions', {
    id: 'transitions',
    reply: z.array(tracedTransition).readonly(),
    refusals: ['not_found', 'actor_down', 'database_unreachable', 'deadline'],
    summary: 'Its recent transitions, newest first, with what their guards said.',
    params: idParams,
    query: z.strictObject({
      limit: rowLimit(1000, 50),
      refused: z.stringbool().default(false).describe('also events that moved nothing'),
    }),
    answer: async ({ params, query }) => {
      const { id } = reads.machine(params.id);
      const recent = reads.transitions(id, query.refused, query.limit);
      return json(await recentThenOlder(recent, history, id, query.limit));
    },
  });
}

function coverageRoute({ reads, history, definitions }: MachinePorts): Route {
  return get('/machines/:id/coverage', {
    id: 'coverage',
    reply: coverageView,
    refusals: ['not_found', 'actor_down', 'database_unreachable', 'deadline'],
    summary: 'How often it went each of its ways, and whether the tests go all.',
    params: idParams,
    limitedBy: 'coverage',
    answer: async ({ params }) => {
      const { id } = reads.machine(params.id);
      const kept = await history.moves(id);
      // Without a history, and of what is in none: what is in memory.
      const moves = kept.length > 0 ? kept : countMoves(reads.transitions(id, false));
      return json({ moves, toured: definitions(id).toured });
    },
  });
}

function eventRoute({ reads, controls }: MachinePorts): Route {
  return post('/machines/:id/events', {
    id: 'machineEvent',
    statuses: [202],
    reply: z.strictObject({ ...machineView.unwrap().shape, ...TAKEN }),
    refusals: ['not_found', 'conflict', 'actor_down', 'deadline'],
    summary: 'Sends it one of its public events.',
    params: idParams,
    body: z.strictObject({ type: z.string().regex(/^[A-Z][A-Z_]{0,63}$/, 'an event type') }),
    limitedBy: 'events',
    answer: async ({ params, body, caller }) => {
      const { machine } = reads.machine(params.id);
      assertPublic(machine, body.type);
      const result = await controls.machineEvent(params.id, body, originOf(caller));
      if (!result.ok) throw new ControlRefused(result);
      return json({ ok: true as const, message: result.message, ...reads.machine(params.id) }, 202);
    },
  });
}

/** What the engine has in memory tells more; what is older, or of another session, is history. */
async function recentThenOlder(
  recent: readonly TracedTransition[],
  history: HistoryReads,
  id: string,
  limit: number,
): Promise<readonly TracedTransition[]> {
  const oldest = recent.at(-1);
  if (oldest !== undefined && recent.length >= limit) return recent.slice(0, limit);
  const rows = await history.transitions(id, limit);
  const known = new Set(recent.map(keyOf));
  const older = rows.filter((row) => !known.has(keyOf(row)));
  return [...recent, ...older].slice(0, limit);
}

function keyOf({ ts, from, to, event }: TracedTransition): string {
  return `${ts}|${from}|${to}|${event}`;
}

function assertPublic(machine: string, type: string): void {
  const events: Readonly<Record<string, readonly string[]>> = PUBLIC_EVENTS;
  const known = Object.hasOwn(events, machine) ? (events[machine] ?? []) : [];
  if (known.includes(type)) return;
  const remedy = known.length === 0 ? 'it takes none from outside' : `it takes ${known.join(', ')}`;
  throw new Fault('invalid', `${type} is no public event of machine ${machine}`, { remedy });
}
