/**
 * `docs/api.md`, and the table that types the clients: both from the description that the API gives
 * of itself.
 */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { describeApi } from '../../../src/api/openapi.ts';
import { engineRoutes, type RoutePorts } from '../../../src/api/routes.ts';
import { sessionRoutes } from '../../../src/api/session-routes.ts';
import * as backtests from '../../../src/protocol/backtest-view.ts';
import * as coverage from '../../../src/protocol/coverage-view.ts';
import * as host from '../../../src/protocol/host-ports.ts';
import * as logs from '../../../src/protocol/log-view.ts';
import * as messages from '../../../src/protocol/message-view.ts';
import * as parity from '../../../src/protocol/parity.ts';
import * as past from '../../../src/protocol/past-view.ts';
import * as risk from '../../../src/protocol/risk-view.ts';
import * as shadows from '../../../src/protocol/shadow-view.ts';
import * as statistics from '../../../src/protocol/statistics-view.ts';
import * as story from '../../../src/protocol/story-view.ts';
import * as views from '../../../src/protocol/views.ts';
import { ROOT } from '../tidy/source.ts';
import { type GeneratedFile, madeFrom, markdownTable } from './generated.ts';

const schemaShape = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
});
type Schema = z.output<typeof schemaShape>;

const content = z.record(z.string(), z.object({ schema: schemaShape }));
const operationShape = z.object({
  operationId: z.string(),
  summary: z.string(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean(),
        schema: schemaShape,
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content: content.default({}) }),
  ),
});
const documentShape = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
});

/** The modules of the views, in the order of their names. */
const MODULES = {
  'backtest-view.ts': backtests,
  'coverage-view.ts': coverage,
  'host-ports.ts': host,
  'log-view.ts': logs,
  'message-view.ts': messages,
  'parity.ts': parity,
  'past-view.ts': past,
  'risk-view.ts': risk,
  'shadow-view.ts': shadows,
  'statistics-view.ts': statistics,
  'story-view.ts': story,
  'views.ts': views,
};

/** The names under which the views' types are exported, with their modules. */
const VIEWS = new Map(
  Object.entries(MODULES).flatMap(([module, exported]) =>
    Object.keys(exported).map((name) => {
      return [`${name.charAt(0).toUpperCase()}${name.slice(1)}`, module] as const;
    }),
  ),
);

interface Operation extends z.output<typeof operationShape> {
  readonly path: string;
  readonly method: 'GET' | 'POST';
}

/** In the order of the routes. */
function operations(): readonly Operation[] {
  // A description asks the ports nothing.
  const ports = {} as RoutePorts;
  const rules = {} as Parameters<typeof sessionRoutes>[0];
  const described = describeApi([...engineRoutes(ports), ...sessionRoutes(rules)], '');
  const { paths } = documentShape.parse(described);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, one]): Operation => ({ ...one, path, method: method === 'post' ? 'POST' : 'GET' }),
    ),
  );
}

/** The reference of the API's routes. */
export function apiPage(): GeneratedFile {
  const sections = operations().map((one) => {
    const inputs = inputsOf(one).map(({ name, place, schema }) => [
      `\`${name}\``,
      place,
      `\`${typeText(schema)}\``,
      noteOf(schema),
    ]);
    const answers = Object.entries(one.responses).map(([status, { description, content: by }]) => [
      status,
      description,
      Object.entries(by)
        .map(([media, { schema }]) => `${media}: \`${typeText(schema)}\``)
        .join('; '),
    ]);
    return [
      `## \`${one.method} ${one.path}\``,
      one.summary,
      ...(inputs.length > 0 ? [markdownTable(['Input', 'Where', 'Type', 'Notes'], inputs)] : []),
      markdownTable(['Status', 'When', 'Body'], answers),
    ].join('\n\n');
  });
  const page = [
    '# The API',
    madeFrom('src/api'),
    `JSON over HTTP. A running daemon describes itself: \`/openapi.json\` for programs, \`/docs\`
for readers, with every field of every view. Reads are open on loopback; every POST, and every
read of an API that listens beyond loopback, needs \`Authorization: Bearer <token>\` with the
token of the file \`api-token\` in the data directory, or the session of a browser that is signed
in. What is refused is told as a \`Problem\`: a document of RFC 9457 with \`type\`, \`title\`,
\`status\`, \`detail\`, \`instance\`, a stable \`code\`, the \`remedy\` where there is one, and the
\`errors\` of input that does not fit, each with its \`path\`.`,
    ...sections,
    `## \`WS /inspect\`

Stately's inspection protocol, for its tools and any other: on connecting an \`@xstate.actor\`
for each machine, with its definition and state, then an \`@xstate.event\` and an
\`@xstate.snapshot\` for each move. Access is that of a read; a browser's page of another origin is
refused. What is sent to it is ignored. At most eight are connected at once.`,
  ];
  return { path: 'docs/api.md', content: `${page.join('\n\n')}\n` };
}

/** What each operation takes and gives, as TypeScript: what the clients are typed by. */
export function apiOperations(): GeneratedFile {
  const used = new Set<string>();
  const told = operations().filter(({ operationId }) => operationId !== 'events');
  const types = told.map((one) => {
    const reply = Object.entries(one.responses).find(([status]) => status.startsWith('2'));
    const schema = reply?.[1].content['application/json']?.schema;
    const gives = schema === undefined ? 'unknown' : typeText(schema, used);
    const takes = inputType(one, used);
    return `${one.operationId}: { readonly input: ${takes}; readonly reply: ${gives} };`;
  });
  const places = told.map(({ operationId, method, path, parameters }) => {
    const query = parameters.filter((one) => one.in === 'query').map(({ name }) => `'${name}'`);
    const at = `method: '${method}', path: '${path}', query: [${query.join(', ')}]`;
    return `${operationId}: { ${at} },`;
  });
  const text = `/**
 * What each operation of the API takes and gives. Made by \`npm run docs\` from the routes, which
 * check the same; the command line and the page are typed by it.
 */

${imports(used)}

export interface ApiOperations {
${types.join('\n')}
}

/** Where each is, and what of its input stands in the query. */
export const API_PLACES = {
${places.join('\n')}
} as const;
`;
  return { path: OPERATIONS_PATH, content: formatted(text) };
}

/** Of the types that are used: modules and names in the order that the linter keeps. */
function imports(used: ReadonlySet<string>): string {
  const lines = Object.keys(MODULES).map((module) => {
    const names = [...used].filter((name) => VIEWS.get(name) === module);
    const sorted = names.sort((one, other) => one.localeCompare(other, 'en')).join(', ');
    return names.length === 0 ? '' : `import type { ${sorted} } from './${module}';\n`;
  });
  return lines.join('');
}

const OPERATIONS_PATH = 'src/protocol/api-operations.ts';

function formatted(text: string): string {
  const biome = join(ROOT, 'node_modules/.bin/biome');
  const flags = ['format', `--stdin-file-path=${OPERATIONS_PATH}`];
  return execFileSync(biome, flags, { cwd: ROOT, input: text, encoding: 'utf8' });
}

function inputType({ parameters, requestBody }: Operation, used: Set<string>): string {
  const places = parameters.map(({ name, required, schema }) => {
    const optional = !required || schema.default !== undefined;
    return `readonly ${name}${optional ? '?' : ''}: ${typeText(schema, used)}`;
  });
  const body = requestBody?.content['application/json']?.schema;
  const parts = [
    ...(places.length > 0 ? [`{ ${places.join('; ')} }`] : []),
    ...(body === undefined ? [] : [typeText(body, used)]),
  ];
  return parts.length === 0 ? 'object' : parts.map((part) => `(${part})`).join(' & ');
}

interface Input {
  readonly name: string;
  readonly place: string;
  readonly schema: Schema;
}

/** A row for each parameter and each field of the body. */
function inputsOf({ parameters, requestBody }: Operation): readonly Input[] {
  const body = requestBody?.content['application/json']?.schema;
  const fields = Object.entries(body?.properties ?? {}).map(([name, schema]) => ({
    name,
    place: body?.required.includes(name) === true ? 'body' : 'body, optional',
    schema: schemaShape.parse(schema),
  }));
  const whole = body === undefined || body.anyOf === undefined ? [] : [body];
  return [
    ...parameters.map(({ name, in: place, required, schema }) => ({
      name,
      place: required && schema.default === undefined ? place : `${place}, optional`,
      schema,
    })),
    ...fields,
    ...whole.map((schema) => ({ name: 'body', place: 'body', schema })),
  ];
}

/** A schema as a TypeScript type; the views it names are added to `used`. */
function typeText(schema: Schema, used: Set<string> = new Set()): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
    // Only refusals give it, and clients have a type of their own for what of it they rely on.
    if (name === 'Problem') return name;
    if (!VIEWS.has(name)) return 'unknown';
    used.add(name);
    return name;
  }
  const inner = (part: unknown): string => typeText(schemaShape.parse(part), used);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map((part) => `(${inner(part)})`).join(' | ');
  if (schema.items !== undefined) return `readonly ${wrapped(inner(schema.items))}[]`;
  if (schema.type === 'object') return objectText(schema, inner);
  const names = schema.type === undefined ? ['unknown'] : [schema.type].flat();
  return names.map((name) => (name === 'integer' ? 'number' : name)).join(' | ');
}

function objectText(schema: Schema, inner: (part: unknown) => string): string {
  const { properties = {}, required, additionalProperties } = schema;
  const fields = Object.entries(properties).map(
    ([name, part]) => `readonly ${name}${required.includes(name) ? '' : '?'}: ${inner(part)}`,
  );
  const isOpen = typeof additionalProperties === 'object';
  if (fields.length === 0 && !isOpen) return 'object';
  const others = isOpen ? ['readonly [other: string]: unknown'] : [];
  return `{ ${[...fields, ...others].join('; ')} }`;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

function wrapped(type: string): string {
  return /[ |&]/.test(type) ? `(${type})` : type;
}

function noteOf({ description, default: preset, pattern }: Schema): string {
  return [
    description,
    preset === undefined ? undefined : `default \`${JSON.stringify(preset)}\``,
    typeof pattern === 'string' ? `matches \`${pattern}\`` : undefined,
  ]
    .filter((part) => part !== undefined)
    .join('; ');
}
