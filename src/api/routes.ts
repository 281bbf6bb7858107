/** The routes of the API: what can be read of the engine, and what it can be told to do. */

import { z } from 'zod';
import { Fault } from '../fault.ts';
import { CONTROL_PAYLOADS, type ControlCommand, PUBLIC_EVENTS } from '../protocol/control.ts';
import type { EngineControls, EngineReads, HistoryReads } from '../protocol/ports.ts';
import type { StatusView, TracedTransition } from '../protocol/views.ts';
import type { Caller } from './access.ts';
import { ControlRefused } from './problem.ts';
import { get, json, post, type Reply, type Route } from './route.ts';
import { readStatus } from './status.ts';

export interface MachineDefinition {
  /** The statechart as data. */
  readonly json: unknown;
  /** The statechart as a Mermaid diagram. */
  readonly mermaid: string;
  /** The statechart as SCXML. */
  readonly scxml: string;
}

export interface RoutePorts {
  readonly reads: EngineReads;
  readonly controls: EngineControls;
  readonly history: HistoryReads;
  /** The statechart behind a machine id; throws `Fault('not_found')`. */
  readonly definitions: (id: string) => MachineDefinition;
  /** What `/status` shows while the engine cannot be read. */
  readonly fallback: Pick<StatusView, 'mode' | 'ib_config'>;
  readonly reportReadError: (thrown: unknown) => void;
}

const machineId = z.string().regex(/^[A-Za-z0-9_.: -]{1,64}$/, 'a machine id such as hedge:NVDA');
const symbol = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z][A-Z0-9. ]{0,11}$/, 'a ticker symbol');
const seconds = z.coerce.number().min(0).max(1e11);
const limit = (most: number, preset: number) =>
  z.coerce.number().int().min(1).max(most).default(preset);

const idParams = z.strictObject({ id: machineId });

export function engineRoutes(ports: RoutePorts): readonly Route[] {
  return [...statusRoutes(ports), ...machineRoutes(ports), ...controlRoutes(ports)];
}

function statusRoutes({ reads, history, fallback, reportReadError }: RoutePorts) {
  return [
    get('/status', {
      summary: 'What the engine is, has and does now. It never fails: a read error is blocked.',
      answer: () => json(readStatus(reads, fallback, reportReadError)),
    }),
    get('/operations', {
      summary: 'What was done, newest first.',
      query: z.strictObject({
        since_ts: seconds.optional(),
        until_ts: seconds.optional(),
        type: z
          .string()
          .regex(/^[a-z_]{1,40}$/, 'an operation type such as fill')
          .optional(),
        symbol: symbol.optional(),
        limit: limit(1000, 100),
        cursor: z.string().min(1).max(200).optional(),
      }),
      answer: async ({ query }) => json(await history.operations(query)),
    }),
    get('/explain/:symbol', {
      summary: 'Every gate with its value and limit, and the order that would go out.',
      params: z.strictObject({ symbol }),
      answer: ({ params }) => json(reads.explain(params.symbol)),
    }),
    get('/config', {
      summary: 'The configuration as it is applied now, and what of its file waits for a restart.',
      answer: () => json(reads.config()),
    }),
    get('/actors', {
      summary: 'The supervisor tree.',
      answer: () => json(reads.actors()),
    }),
    get('/healthz', {
      summary: 'Whether this process answers.',
      answer: () => json({ alive: true }),
    }),
    get('/readyz', {
      summary: 'Whether the engine runs; it does without the broker too.',
      answer: () => {
        const { daemon_self_check: check } = readStatus(reads, fallback, reportReadError);
        if (check !== 'blocked') return json({ ready: true });
        throw new Fault('actor_down', 'the engine does not run', { remedy: 'see /status' });
      },
    }),
  ];
}

function machineRoutes({ reads, controls, history, definitions }: RoutePorts): Route[] {
  return [
    get('/machines', {
      summary: 'Every state machine with its state and the events it takes now.',
      answer: () => json(reads.machines()),
    }),
    get('/machines/:id', {
      summary: 'One state machine with its context.',
      params: idParams,
      answer: ({ params }) => json(reads.machine(params.id)),
    }),
    get('/machines/:id/definition', {
      summary: 'The statechart itself.',
      params: idParams,
      query: z.strictObject({ format: z.enum(['json', 'mermaid', 'scxml']).default('json') }),
      answer: ({ params, query }): Reply => {
        const definition = definitions(params.id);
        if (query.format === 'json') return json(definition.json);
        if (query.format === 'scxml') {
          return { status: 200, body: definition.scxml, type: 'application/scxml+xml' };
        }
        return { status: 200, body: definition.mermaid, type: 'text/plain; charset=utf-8' };
      },
    }),
    get('/machines/:id/transitions', {
      summary: 'Its recent transitions, newest first, with what their guards said.',
      params: idParams,
      query: z.strictObject({
        limit: limit(1000, 50),
        refused: z.stringbool().default(false).describe('also events that moved nothing'),
      }),
      answer: async ({ params, query }) => {
        const { id } = reads.machine(params.id);
        const recent = reads.transitions(id, query.refused);
        return json(await recentThenOlder(recent, history, id, query.limit));
      },
    }),
    post('/machines/:id/events', {
      summary: 'Sends it one of its public events.',
      params: idParams,
      body: z.strictObject({ type: z.string().regex(/^[A-Z][A-Z_]{0,63}$/, 'an event type') }),
      limitedBy: 'events',
      answer: async ({ params, body, caller }) => {
        const { machine } = reads.machine(params.id);
        assertPublic(machine, body.type);
        const result = await controls.machineEvent(params.id, body, originOf(caller));
        if (!result.ok) throw new ControlRefused(result);
        const { ok, message } = result;
        return json({ ok, message, ...reads.machine(params.id) }, 202);
      },
    }),
  ];
}

function controlRoutes({ controls }: RoutePorts): Route[] {
  const command = <B>(
    name: ControlCommand['command'],
    summary: string,
    body: z.ZodType<B>,
    toCommand: (body: B) => ControlCommand,
  ) =>
    post(`/control/${name}`, {
      summary,
      body,
      // One bucket a command: a flood of one never keeps a stop from being heard.
      limitedBy: `control/${name}`,
      answer: async (input) => {
        const control = toCommand(input.body);
        const result = await controls.control({ control, origin: originOf(input.caller) });
        if (!result.ok) throw new ControlRefused(result);
        return json({ ...result.detail, ok: true, message: result.message }, result.status);
      },
    });
  const { stop, suspend, resume, flatten, adopt, legs } = CONTROL_PAYLOADS;
  const payload = CONTROL_PAYLOADS;
  return [
    command('stop', 'Stops the daemon.', stop, () => ({ command: 'stop' })),
    command('suspend', 'Sends no new hedge, of one book or of all.', suspend, (body) => ({
      command: 'suspend',
      ...body,
    })),
    command('resume', 'Hedges again, one book or all.', resume, (body) => ({
      command: 'resume',
      ...body,
    })),
    command('flatten', 'Closes the shares that are ours; ends suspended.', flatten, (body) => ({
      command: 'flatten',
      ...body,
    })),
    command('hedge_now', 'Hedges to net delta 0 now.', payload.hedge_now, (body) => ({
      command: 'hedge_now',
      ...body,
    })),
    command('cancel_all', 'Suspends, and cancels every order of ours.', payload.cancel_all, () => ({
      command: 'cancel_all',
    })),
    command('adopt', 'Makes shares of the account ours.', adopt, (body) => ({
      command: 'adopt',
      ...body,
    })),
    command('legs', 'Lists option positions; confirms or excludes one.', legs, (body) => ({
      command: 'legs',
      ...body,
    })),
    command('retry_ib', 'Connects to the broker now.', payload.retry_ib, () => ({
      command: 'retry_ib',
    })),
    command('refresh_accounts', 'Reads the accounts again.', payload.refresh_accounts, () => ({
      command: 'refresh_accounts',
    })),
    command(
      'manual_resume',
      'Clears what latched a book, with a reason.',
      payload.manual_resume,
      (body) => ({ command: 'manual_resume', ...body }),
    ),
    command(
      'set_heartbeat_interval',
      'How often the daemon gives a sign of life.',
      payload.set_heartbeat_interval,
      (body) => ({ command: 'set_heartbeat_interval', ...body }),
    ),
  ];
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

function originOf(caller: Caller | undefined): string {
  return caller ?? 'api';
}
