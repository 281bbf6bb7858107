/**
 * The API described by its own routes, as OpenAPI 3.1: what they check is what is written here, so
 * that neither can say what the other does not.
 */

import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { backtestSummary, backtestsView, backtestView } from '../protocol/backtest-view.ts';
import { coverageView } from '../protocol/coverage-view.ts';
import { configKeysView, configKeyView, versionView } from '../protocol/host-ports.ts';
import { logsView, logView } from '../protocol/log-view.ts';
import { messagesView, messageView } from '../protocol/message-view.ts';
import { parityView } from '../protocol/parity.ts';
import { pastMachineView, replayingView } from '../protocol/past-view.ts';
import { riskView } from '../protocol/risk-view.ts';
import { shadowsView } from '../protocol/shadow-view.ts';
import { pnlView, statisticsView } from '../protocol/statistics-view.ts';
import { bookCourseView, orderStoryView } from '../protocol/story-view.ts';
import * as views from '../protocol/views.ts';
import { PROBLEM_TYPE, type ProblemCode, problemView, statusOf } from './problem.ts';
import { get, type Route } from './route.ts';

type Json = { readonly [key: string]: unknown };

const OPENAPI = '3.1.1';
const LOCAL = '#/$defs/';
const SHARED = '#/components/schemas/';

/**
 * The document of `routes`, those of the page's event stream apart. Paths are in OpenAPI's spelling
 * (`/machines/{id}`); every route tells each status it can answer with.
 */
export function describeApi(routes: readonly Route[], version: string): Json {
  const shared = new Map<string, unknown>();
  const describe = schemaWriter(shared);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, describe) };
  }
  paths['/events'] = { get: eventStream() };
  return {
    openapi: OPENAPI,
    info: {
      title: 'Bifrost',
      version,
      summary: 'A gamma-scalping engine: what it shows, and what it can be told to do.',
      description:
        'Reads are open on loopback. Every POST, and every read when the API is bound beyond ' +
        'loopback, needs the token of the data directory or the session of a signed-in browser. ' +
        'Times in `ts` and `…_ts` are unix seconds where nothing else is said.',
    },
    security: [{}, { token: [] }, { session: [] }],
    paths,
    components: {
      schemas: Object.fromEntries([...shared].sort(([a], [b]) => a.localeCompare(b))),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'bifrost_session_<port>' },
      },
    },
  };
}

/** Where programs read it. */
export function descriptionRoute(openapi: Json): Route {
  return get('/openapi.json', {
    id: 'openapi',
    summary: 'This description.',
    reply: json,
    answer: () => ({ status: 200, body: openapi, lasting: true }),
  });
}

type SchemaWriter = (schema: z.ZodType, direction: 'input' | 'output') => Json;

/** Whole answers that have a module of their own. */
const NAMED = {
  backtestSummary,
  backtestsView,
  backtestView,
  coverageView,
  configKeysView,
  configKeyView,
  versionView,
  messagesView,
  messageView,
  pastMachineView,
  replayingView,
  riskView,
  logView,
  logsView,
  pnlView,
  parityView,
  shadowsView,
  statisticsView,
  bookCourseView,
  orderStoryView,
};

/** Of the views and the problem each once, under its name. */
function nameViews(): void {
  const named = { ...views, ...NAMED, problem: problemView };
  for (const [name, value] of Object.entries(named)) {
    if (!(value instanceof z.ZodType)) continue;
    const id = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    z.globalRegistry.add(value, { ...z.globalRegistry.get(value), id });
  }
}

/** Writes schemas, and those that have a name into `shared`. */
function schemaWriter(shared: Map<string, unknown>): SchemaWriter {
  nameViews();
  return (schema, io) => {
    // Inside another, a schema with a name is written as a reference to it.
    const { properties, $defs } = writtenSchema.parse(
      z.toJSONSchema(z.object({ it: schema }), {
        io,
        unrepresentable: 'any',
        override: ({ jsonSchema }) => {
          // To zod it says that the value is frozen, to OpenAPI that no request carries it.
          delete jsonSchema.readOnly;
        },
      }),
    );
    for (const [name, definition] of Object.entries($defs)) shared.set(name, relinked(definition));
    return relinked(properties.it);
  };
}

const json = z.record(z.string(), z.unknown());
const writtenSchema = z.object({
  properties: z.object({ it: json }),
  $defs: z.record(z.string(), json).default({}),
});

/** References lead to the document's own place for what is shared. */
function relinked(schema: Json): Json {
  const text = JSON.stringify(schema).replaceAll(`"${LOCAL}`, `"${SHARED}`);
  return json.parse(JSON.parse(text));
}

function operation(route: Route, describe: SchemaWriter): Json {
  const { id, summary, method, otherTypes, statuses } = route;
  const parameters = [
    ...parametersIn('path', describe(route.params, 'input')),
    ...parametersIn('query', describe(route.query, 'input')),
  ];
  const content = { 'application/json': { schema: describe(route.reply, 'output') } };
  const texts = otherTypes.map((type) => [type, { schema: { type: 'string' } }] as const);
  const answer = { content: { ...content, ...Object.fromEntries(texts) } };
  const answers = statuses.map((status) => [status, { ...told(status), ...answer }] as const);
  const body = { 'application/json': { schema: describe(route.body, 'input') } };
  return {
    operationId: id,
    summary,
    ...(method === 'POST' && { security: [{ token: [] }, { session: [] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(method === 'POST' && { requestBody: { required: true, content: body } }),
    responses: { ...Object.fromEntries(answers), ...problems(route, describe) },
  };
}

const objectSchema = z.object({
  properties: z.record(z.string(), json).default({}),
  required: z.array(z.string()).default([]),
});

function parametersIn(place: 'path' | 'query', schema: Json): readonly Json[] {
  const { properties, required } = objectSchema.parse(schema);
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

/** Every status that is no success, with the codes that bring it. */
function problems(route: Route, describe: SchemaWriter): Json {
  const codes = new Map<number, Set<ProblemCode>>();
  for (const code of [...route.refusals, ...brought(route)]) {
    const status = statusOf(code);
    codes.set(status, (codes.get(status) ?? new Set()).add(code));
  }
  const schema = describe(problemView, 'output');
  const entries = [...codes].map(([status, some]) => {
    const description = `${told(status).description}: ${[...some].sort().join(', ')}`;
    return [status, { description, content: { [PROBLEM_TYPE]: { schema } } }] as const;
  });
  return Object.fromEntries(entries);
}

/** What a route can refuse by what it is: its input, its access, its limits. */
function brought({ method, limitedBy }: Route): readonly ProblemCode[] {
  const always: readonly ProblemCode[] = ['bad_request', 'unauthorized', 'host_not_allowed'];
  const limited: readonly ProblemCode[] = limitedBy === undefined ? [] : ['rate_limited'];
  if (method === 'GET') return [...always, ...limited];
  return [
    ...always,
    ...limited,
    'origin_not_allowed',
    'body_too_large',
    'unsupported_media_type',
    'invalid',
  ];
}

function told(status: number): { readonly description: string } {
  return { description: STATUS_CODES[status] ?? String(status) };
}

function eventStream(): Json {
  return {
    operationId: 'events',
    summary: 'Follows all that happens, as server-sent events; Last-Event-ID resumes.',
    parameters: [
      { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } },
    ],
    responses: {
      200: {
        description:
          '`hello` first, with the epoch of the ids; then `status`, `transition`, `operation`, ' +
          '`actor` and `log`, each with its view as data.',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
      503: {
        description: 'Service Unavailable: too_many_streams',
        content: { [PROBLEM_TYPE]: { schema: { $ref: `${SHARED}Problem` } } },
      },
    },
  };
}
