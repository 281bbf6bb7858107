/**
 * The API's description as a page to read: one section a route, one a schema, links between them.
 * It is plain HTML made from the OpenAPI document at the start; no script, nothing from elsewhere.
 */

import { z } from 'zod';

const schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  description: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
});

const content = z.record(z.string(), z.object({ schema: z.unknown() }));

const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean(),
        description: z.string().optional(),
        schema: z.unknown(),
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content: content.default({}) }),
  ),
});

const document = z.object({
  info: z.object({ version: z.string(), summary: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

/** The page for an OpenAPI document as `describeApi` writes it. */
export function renderDocs(openapi: unknown): string {
  const { info, paths, components } = document.parse(openapi);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ path, method: method.toUpperCase(), one })),
  );
  const index = operations.map(
    ({ path, method, one }) =>
      `<li><a href="#${one.operationId}"><b>${method}</b> ${text(path)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Bifrost API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/docs.css"></head><body>
<header><h1>Bifrost API <small>${text(info.version)}</small></h1><p>${text(info.summary)}</p>
<p>${text(info.description)}</p><p><a href="/openapi.json">openapi.json</a></p></header>
<nav aria-label="Routes"><ul>${index.join('')}</ul></nav>
<main>${operations.map(section).join('\n')}
<h2>Schemas</h2>${Object.entries(components.schemas).map(schemaSection).join('\n')}</main>
</body></html>
`;
}

function section({
  path,
  method,
  one,
}: {
  readonly path: string;
  readonly method: string;
  readonly one: z.output<typeof operation>;
}): string {
  const parameters = one.parameters.map(({ name, in: place, required, description, schema: of }) =>
    row(name, `${place}${required ? ', required' : ''}`, typeOf(of), description ?? noteOf(of)),
  );
  const body = one.requestBody?.content['application/json']?.schema;
  const answers = Object.entries(one.responses).map(([status, { description, content: by }]) => {
    const types = Object.entries(by).map(
      ([media, { schema: of }]) => `${text(media)}: ${typeOf(of)}`,
    );
    return row(status, text(description), types.join('<br>'), '');
  });
  return `<section id="${one.operationId}"><h3><b>${method}</b> ${text(path)}</h3>
<p>${text(one.summary)}</p>
${parameters.length > 0 ? table(['Parameter', 'In', 'Type', ''], parameters) : ''}
${body === undefined ? '' : `<h4>Body</h4>${fields(body)}`}
${table(['Status', 'When', 'Body', ''], answers)}</section>`;
}

function schemaSection([name, of]: readonly [string, unknown]): string {
  return `<section id="schema-${text(name)}"><h3>${text(name)}</h3>${fields(of)}</section>`;
}

/** The fields of an object; of anything else its type. */
function fields(of: unknown): string {
  const { properties, required = [], description } = schema.parse(of);
  const note = description === undefined ? '' : `<p>${text(description)}</p>`;
  if (properties === undefined) return `${note}<p>${typeOf(of)}</p>`;
  const rows = Object.entries(properties).map(([name, one]) =>
    row(name, required.includes(name) ? '' : 'optional', typeOf(one), noteOf(one)),
  );
  return rows.length === 0
    ? `${note}<p>nothing</p>`
    : note + table(['Field', '', 'Type', ''], rows);
}

function typeOf(of: unknown): string {
  if (typeof of !== 'object' || of === null) return 'anything';
  const one = schema.parse(of);
  if (one.$ref !== undefined) {
    const name = text(one.$ref.slice(one.$ref.lastIndexOf('/') + 1));
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (one.enum !== undefined) return one.enum.map((value) => code(value)).join(' | ');
  if (one.const !== undefined) return code(one.const);
  if (one.anyOf !== undefined) return one.anyOf.map(typeOf).join(' | ');
  if (one.items !== undefined) return `list of ${typeOf(one.items)}`;
  if (one.type === 'object' && one.properties !== undefined) {
    const inner = Object.entries(one.properties).map(
      ([name, it]) => `${text(name)}: ${typeOf(it)}`,
    );
    return `{ ${inner.join(', ')} }`;
  }
  if (one.type === 'object') return `object of ${typeOf(one.additionalProperties)}`;
  return one.type === undefined ? 'anything' : text([one.type].flat().join(' | '));
}

function noteOf(of: unknown): string {
  return text(schema.parse(of).description ?? '');
}

function table(heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((one) => `<th scope="col">${one}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function row(name: string, where: string, type: string, note: string): string {
  const cells = [where, type, note].map((cell) => `<td>${cell}</td>`);
  return `<tr><th scope="row">${text(name)}</th>${cells.join('')}</tr>`;
}

function code(value: unknown): string {
  return `<code>${text(JSON.stringify(value))}</code>`;
}

function text(plain: string): string {
  return plain.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

export const DOCS_STYLE = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 0 auto; padding: 1rem; }
nav ul { columns: 20rem; list-style: none; padding: 0; }
section { border-top: 1px solid #8886; margin-top: 1.5rem; padding-top: .5rem; }
h3 b { font-size: .8em; letter-spacing: .05em; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; }
th, td { border-bottom: 1px solid #8883; }
th[scope='row'] { font-family: ui-monospace, monospace; font-weight: 500; }
code { font-family: ui-monospace, monospace; }
`;
