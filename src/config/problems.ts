/**
 * Says what is wrong with a configuration so that the operator can mend it without the manual:
 * file, line, key, value, what is allowed, and the key that was probably meant.
 */

import { z } from 'zod';
import type { KeyPath } from './relations.ts';
import { configSchema, SECRET_PATHS } from './schema.ts';

export interface Problem {
  /** Where the value came from: `demo.yaml:12`, or the name of an environment variable. */
  readonly source: string;
  readonly path: KeyPath;
  readonly text: string;
}

export type SourceOf = (path: KeyPath) => string;

/** One problem for each unknown key, and one for each value that is not allowed. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  raw: unknown,
  sourceOf: SourceOf,
): readonly Problem[] {
  return issues.flatMap((issue): readonly Problem[] => {
    const path = keyPath(issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        source: sourceOf([...path, key]),
        path: [...path, key],
        text: unknownKey(key, schemaNode(path)),
      }));
    }
    const text = wrongValue(path, valueAt(raw, path), allowedAt(path, issue));
    return [{ source: sourceOf(path), path, text }];
  });
}

/** `gates.state.delta.epsilon_band: 30 is not allowed; allowed: …`. */
export function wrongValue(path: KeyPath, value: unknown, allowed: string): string {
  if (value === undefined) return `is missing; give ${allowed}`;
  const shown = isSecret(path) ? 'the value (hidden)' : show(value);
  return `${shown} is not allowed; allowed: ${allowed}`;
}

/** One line a problem; a single one fits on the line of the message itself. */
export function describeProblems(file: string, problems: readonly Problem[]): string {
  const lines = problems.map(({ source, path, text }) => {
    const key = path.length === 0 ? '' : `${dotted(path)}: `;
    return `${source}: ${key}${text}`;
  });
  if (lines.length === 1) return lines[0] ?? '';
  return [`${file} has ${lines.length} problems`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** `books[0].symbol`. */
function dotted(path: KeyPath): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`,
    )
    .join('');
}

/** Whether what stands at this path must never be shown. */
export function isSecret(path: KeyPath): boolean {
  const place = path.map((part) => (/^\d+$/.test(String(part)) ? '*' : part)).join('.');
  return SECRET_PATHS.some((secret) => secret === place);
}

/** The value at `path`, or undefined where there is none. */
export function valueAt(root: unknown, path: KeyPath): unknown {
  let node = root;
  for (const key of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return undefined;
    node = Reflect.get(node, key);
  }
  return node;
}

/** The candidate nearest to `word` by edit distance, if it is near enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== undefined || word.length < 4) return best;
  // `cooldown` is far from `cooldown_seconds` by edits, and still plainly meant.
  return candidates.find((candidate) => candidate.startsWith(word.toLowerCase()));
}

interface JsonNode {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonNode>>;
  readonly items?: JsonNode;
  readonly anyOf?: readonly JsonNode[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

let jsonSchema: JsonNode | undefined;

/** What the schema itself says at `path`, so that message and validation cannot disagree. */
function schemaNode(path: KeyPath): JsonNode | undefined {
  jsonSchema ??= z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as JsonNode;
  let node: JsonNode | undefined = jsonSchema;
  for (const key of path) {
    const inner: JsonNode | undefined = node?.anyOf?.find(
      ({ type }) => type === 'object' || type === 'array',
    );
    node = inner ?? node;
    node = typeof key === 'number' ? node?.items : node?.properties?.[key];
  }
  return node;
}

function allowedAt(path: KeyPath, issue: z.core.$ZodIssue): string {
  const node = schemaNode(path);
  const own = issue.code === 'invalid_format' || issue.code === 'custom';
  // The patterns of the schema carry a text of their own; the rest is told from the bounds.
  const bounds = own ? issue.message : node === undefined ? issue.message : boundsOf(node, issue);
  const meaning = node?.description;
  return meaning === undefined ? bounds : `${bounds} (${meaning})`;
}

function boundsOf(node: JsonNode, issue: z.core.$ZodIssue): string {
  const variants = node.anyOf;
  if (variants !== undefined) return variants.map((each) => boundsOf(each, issue)).join(' or ');
  if (node.enum !== undefined) return listed(node.enum.map(String));
  switch (node.type) {
    case 'integer':
      return `a whole number${range(node)}`;
    case 'number':
      return `a number${range(node)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return issue.code === 'invalid_format' ? issue.message : 'a text';
    case 'null':
      return 'null';
    case 'object':
      return `the keys ${listed(Object.keys(node.properties ?? {}))}`;
    case 'array':
      return `a list${sized(node)}`;
    default:
      return issue.message;
  }
}

function range({ minimum, maximum }: JsonNode): string {
  if (minimum === undefined || maximum === undefined) return '';
  return maximum === Number.MAX_SAFE_INTEGER
    ? ` from ${minimum}`
    : ` from ${minimum} to ${maximum}`;
}

function sized({ minItems = 0, maxItems }: JsonNode): string {
  if (maxItems === 0) return ' that is empty';
  return maxItems === undefined ? '' : ` of ${minItems} to ${maxItems} entries`;
}

function listed(names: readonly string[]): string {
  const head = names.slice(0, -1).join(', ');
  return head === '' ? names.join('') : `${head} or ${names.at(-1)}`;
}

function unknownKey(key: string, parent: JsonNode | undefined): string {
  const object = parent?.anyOf?.find(({ type }) => type === 'object') ?? parent;
  const known = Object.keys(object?.properties ?? {});
  const meant = nearest(key, known);
  if (meant !== undefined) return `is no known key; did you mean ${meant}?`;
  return `is no known key; known here: ${known.join(', ')}`;
}

function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

function keyPath(path: readonly PropertyKey[]): KeyPath {
  return path.map((part) => (typeof part === 'number' ? part : String(part)));
}

/** Levenshtein; keys are short, so the plain quadratic form is enough. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1;
      const replaced = (previous[column - 1] ?? 0) + same;
      const removed = (previous[column] ?? 0) + 1;
      const added = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, added));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
