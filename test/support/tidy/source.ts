/**
 * Source files as the tidy rules see them: parsed once, with every way in which one module can
 * name another. A rule that looked at text would miss a type import over two lines, or find one in
 * a comment.
 */

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';

/** A node of the syntax tree, in the shape of ESTree; fields beyond these are read by name. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export type ReferenceKind = 'import' | 'type' | 'export' | 'dynamic' | 'url';

/** One module named by another. */
export interface Reference {
  readonly kind: ReferenceKind;
  /** As written; null where it is computed. */
  readonly specifier: string | null;
  /** A path in the project, a folder that ends with `/` where a part is computed, or null. */
  readonly target: string | null;
  readonly line: number;
}

export interface Comment {
  readonly block: boolean;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface Source {
  /** From the project's root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly body: readonly Node[];
  readonly comments: readonly Comment[];
  readonly references: readonly Reference[];
  /** The line, from 1, of a place in the text. */
  lineAt(position: number): number;
}

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const FOLDERS = ['src', 'machines', 'actors', 'test'] as const;

/** Every TypeScript file of the project's folders and of its root, sorted. */
export function listSources(): readonly string[] {
  const patterns = [...FOLDERS.map((folder) => `${folder}/**/*.{ts,tsx}`), '*.ts'];
  return globSync(patterns, { cwd: ROOT }).sort();
}

export function readSource(path: string): Source {
  return parseSource(path, readFileSync(join(ROOT, path), 'utf8'));
}

/** Parses `text` as if it stood at `path`. Throws where it is no TypeScript. */
export function parseSource(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const lineAt = (position: number): number => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= position) low = middle;
      else high = middle;
    }
    return low + 1;
  };
  // The tree is plain ESTree, whose nodes all have a type and a place.
  const body = program.body as unknown as readonly Node[];
  return {
    path,
    text,
    lines: text.split('\n'),
    body,
    comments: comments.map(({ type, value, start, end }) => {
      return { block: type === 'Block', text: value, start, end };
    }),
    references: referencesOf(path, body, lineAt),
    lineAt,
  };
}

/** Calls `visit` for a node and all below it, outermost first, with the parent of each. */
export function walk(
  nodes: readonly Node[],
  visit: (node: Node, parent: Node | null) => void,
): void {
  const enter = (node: Node, parent: Node | null): void => {
    visit(node, parent);
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) enter(child, node);
      }
    }
  };
  for (const node of nodes) enter(node, null);
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** `a.b.c` of a chain of plain names, or null. */
export function dotted(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === 'Identifier') return String(node['name']);
  if (node.type === 'MetaProperty') return `${dotted(node['meta'])}.${dotted(node['property'])}`;
  if (node.type !== 'MemberExpression') return null;
  const object = dotted(node['object']);
  const property = node['computed'] === true ? literal(node['property']) : dotted(node['property']);
  return object === null || property === null ? null : `${object}.${property}`;
}

function referencesOf(
  path: string,
  body: readonly Node[],
  lineAt: (position: number) => number,
): readonly Reference[] {
  const references: Reference[] = [];
  walk(body, (node) => {
    const named = namedBy(node);
    if (named === null) return;
    const { kind, module } = named;
    const specifier = literal(module);
    const beginning = specifier ?? templateStart(module);
    const isOurs = beginning?.startsWith('.') ?? false;
    const target = isOurs ? posix.join(dirname(path), beginning ?? '') : null;
    references.push({ kind, specifier, target, line: lineAt(node.start) });
  });
  return references;
}

function namedBy(node: Node): { kind: ReferenceKind; module: unknown } | null {
  switch (node.type) {
    case 'ImportDeclaration':
      return { kind: node['importKind'] === 'type' ? 'type' : 'import', module: node['source'] };
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return isNode(node['source']) ? { kind: 'export', module: node['source'] } : null;
    case 'TSImportType':
      return { kind: 'type', module: node['source'] ?? node['argument'] };
    case 'ImportExpression':
      return { kind: 'dynamic', module: node['source'] };
    case 'CallExpression': {
      const name = dotted(node['callee']);
      const [first] = node['arguments'] as readonly unknown[];
      const resolves = name === 'import.meta.resolve' || name === 'require';
      return resolves ? { kind: 'url', module: first } : null;
    }
    case 'NewExpression': {
      const [first, base] = node['arguments'] as readonly unknown[];
      const relative = dotted(node['callee']) === 'URL' && dotted(base) === 'import.meta.url';
      return relative ? { kind: 'url', module: first } : null;
    }
    default:
      return null;
  }
}

function literal(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type !== 'TemplateLiteral') return null;
  const quasis = node['quasis'] as readonly { value: { cooked: string } }[];
  return quasis.length === 1 ? (quasis[0]?.value.cooked ?? null) : null;
}

/** The folder that a template literal begins with: `../actors/` of `../actors/${name}.ts`. */
function templateStart(node: unknown): string | null {
  if (!isNode(node) || node.type !== 'TemplateLiteral') return null;
  const [first] = node['quasis'] as readonly { value: { cooked: string } }[];
  const text = first?.value.cooked ?? '';
  return text.includes('/') ? text.slice(0, text.lastIndexOf('/') + 1) : null;
}
