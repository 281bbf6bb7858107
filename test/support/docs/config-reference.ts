/** `docs/configuration.md` and `config/schema.json`, from the one schema that validates files. */

import { z } from 'zod';
import { OVERRIDES } from '../../../src/config/environment.ts';
import { configSchema, HOT_SECTIONS, SECRET_PATHS } from '../../../src/config/schema.ts';
import { type GeneratedFile, madeFrom, markdownTable } from './generated.ts';

/** Keys that nothing reads yet. A test asks that each is a key, so that none outlives its name. */
export const WITHOUT_EFFECT: readonly (readonly [key: string, soFar: string])[] = [];

/** JSON Schema, as far as our files use it. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly const?: unknown;
  readonly prefixItems?: readonly SchemaNode[];
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

export function configurationFiles(): readonly GeneratedFile[] {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  const titled = { title: 'Configuration of Bifrost', ...schema };
  return [
    { path: 'config/schema.json', content: `${JSON.stringify(titled, null, 2)}\n` },
    // What zod writes is JSON Schema; the fields read here are checked by the page's test.
    { path: 'docs/configuration.md', content: page(schema as SchemaNode) },
  ];
}

function withoutEffect(): string {
  if (WITHOUT_EFFECT.length === 0) return '';
  return `## Accepted, and without effect yet

Nothing acts on these keys so far. A limit among them is refused when it is set, so that nobody
relies on it; the others pass, because files that name them are right.

${markdownTable(
  ['Key', 'So far'],
  WITHOUT_EFFECT.map(([key, soFar]) => [`\`${key}\``, soFar]),
)}

`;
}

function page(schema: SchemaNode): string {
  const variables = OVERRIDES.map(({ variable, path }) => [
    `\`${variable}\``,
    `\`${path.join('.')}\``,
  ]);
  return `# Configuration

${madeFrom('src/config/schema.ts')}

One YAML file, given by \`--config\`, else by \`BIFROST_CONFIG\`, else \`config/demo.yaml\`. A key
that is not in it has the default below; a key that is not below is an error, with the nearest name
that is. \`npx bifrost config validate FILE\` lists every problem with its line;
\`npx bifrost config show FILE\` prints every effective value and where it comes from.

Names end in their unit: \`_s\` and \`_seconds\` seconds, \`_ms\` milliseconds, \`_pct\` percent,
\`_usd\` US dollars, \`_shares\` shares. A first line
\`# yaml-language-server: $schema=schema.json\` in a file beside \`config/schema.json\` makes
editors complete and check it.

A running daemon looks at its file twice a second. A change in ${list(HOT_SECTIONS)}, and in
\`strategy_enabled\` and \`overrides\` of a book, is taken over at once, whole or not at all: a file
that is not valid changes nothing and raises an alert. What else was changed waits for the next
start. \`npx bifrost config running\` and \`GET /config\` tell what is used now, what needs a
restart, and why the last change was refused. Each change is a row of the control history, and an
input in the journal, so that a replay makes the same decisions.

${withoutEffect()}## Environment

Variables stand over the file; an empty one counts as not set. Two are secrets, better set here
than in a file: ${list(SECRET_PATHS)}. \`BIFROST_DATA_DIR\` (default \`data/\`) and
\`BIFROST_CONFIG\` have no key.

${markdownTable(['Variable', 'Key'], variables)}

${section('', schema, 'The whole file')}
`;
}

/** A section's own keys as a table, then the sections within it. */
export function section(path: string, node: SchemaNode, title: string): string {
  const keys = Object.entries(node.properties ?? {});
  const nested = keys.flatMap(([key, child]) => {
    const inner = sectionOf(child);
    return inner === null ? [] : [{ key, child, inner }];
  });
  const own = keys.filter(([key]) => !nested.some((each) => each.key === key));
  const required = new Set(node.required ?? []);
  const rows = own.map(([key, child]) => [
    `\`${key}\``,
    allowed(child),
    required.has(key) ? 'required' : preset(child),
    child.description ?? '',
  ]);
  const text = [`## ${path === '' ? title : `\`${path}\``}`];
  if (path !== '' && title !== '') text.push(`${title.charAt(0).toUpperCase()}${title.slice(1)}.`);
  if (rows.length > 0) text.push(markdownTable(['Key', 'Allowed', 'Default', 'Meaning'], rows));
  for (const { key, child, inner } of nested) {
    const name = `${path === '' ? '' : `${path}.`}${key}${child.type === 'array' ? '[]' : ''}`;
    text.push(key === 'overrides' ? overrides(name, child) : heading(name, child, inner));
  }
  return text.join('\n\n');
}

function heading(name: string, child: SchemaNode, inner: SchemaNode): string {
  return section(name, inner, child.description ?? '');
}

/** Its keys are those of other sections: repeating them would hide that they are the same. */
function overrides(name: string, node: SchemaNode): string {
  const rows = Object.entries(node.properties ?? {}).map(([key, child]) => {
    return [`\`${key}\``, child.description ?? ''];
  });
  return `## \`${name}\`

${node.description}. The same keys as in the section of that name,
none of them required; what a book sets counts for this book alone.

${markdownTable(['Section', 'What it takes'], rows)}`;
}

/** The object behind a key that is a section, or a list or a null-or-section of such. */
function sectionOf(node: SchemaNode): SchemaNode | null {
  if (node.properties !== undefined) return node;
  if (node.items?.properties !== undefined) return node.items;
  return node.anyOf?.find((each) => each.properties !== undefined) ?? null;
}

function allowed(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(', ');
  if (node.anyOf !== undefined) return node.anyOf.map(allowed).join(' or ');
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.prefixItems !== undefined) return `two of: ${allowed(node.prefixItems[0] ?? {})}`;
  switch (node.type) {
    case 'null':
      return '`null`';
    case 'boolean':
      return '`true`, `false`';
    case 'integer':
      return `whole, ${range(node)}`;
    case 'number':
      return range(node);
    case 'array':
      return `list of ${allowed(node.items ?? {})}${atMost(node)}`;
    default:
      return node.format === undefined ? 'text' : `text, a ${node.format}`;
  }
}

function range(node: SchemaNode): string {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = node;
  if (below !== undefined) return `above ${grouped(above)}, below ${grouped(below)}`;
  if (above !== undefined) {
    const most = maximum === undefined ? '' : `, at most ${grouped(maximum)}`;
    return minimum === undefined
      ? `above ${grouped(above)}${most}`
      : range({ minimum, ...(maximum === undefined ? {} : { maximum }) });
  }
  if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER) return 'any number';
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  return bounded ? `${grouped(minimum)} to ${grouped(maximum)}` : `from ${grouped(minimum)}`;
}

function grouped(value: number | undefined): string {
  return value?.toLocaleString('en-US', { maximumFractionDigits: 6 }) ?? '';
}

function atMost({ maxItems }: SchemaNode): string {
  return maxItems === undefined ? '' : `, at most ${maxItems}`;
}

function preset(node: SchemaNode): string {
  return node.default === undefined ? 'none' : `\`${JSON.stringify(node.default)}\``;
}

function list(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  return `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}
