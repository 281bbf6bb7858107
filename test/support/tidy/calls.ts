/**
 * Time, timers and randomness come from `src/runtime`, passed in; whoever takes them from the
 * platform makes a run that cannot be replayed. Not only a call counts: a reference handed on is a
 * call later.
 */

import type { Finding } from './finding.ts';
import { roomOf } from './imports.ts';
import { dotted, isNode, type Node, type Source, walk } from './source.ts';

const BANNED_MEMBERS: ReadonlySet<string> = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'process.nextTick',
  'process.uptime',
  'crypto.getRandomValues',
  'crypto.randomUUID',
]);

const BANNED_GLOBALS: ReadonlySet<string> = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
]);

/** The runtime provides them, tests drive it, and a page lives in a browser. */
const FREE_ROOMS: ReadonlySet<string> = new Set(['runtime', 'test', 'web', 'root']);

export function bannedCallFindings(source: Source): readonly Finding[] {
  if (FREE_ROOMS.has(roomOf(source.path))) return [];
  const found: Finding[] = [];
  walk(source.body, (node, parent) => {
    const text = banned(node, parent);
    if (text === null) return;
    found.push({ rule: 'banned-call', path: source.path, line: source.lineAt(node.start), text });
  });
  return found;
}

function banned(node: Node, parent: Node | null): string | null {
  if (node.type === 'NewExpression' || node.type === 'CallExpression') {
    const bare = (node['arguments'] as readonly unknown[]).length === 0;
    const isNow = dotted(node['callee']) === 'Date' && (bare || node.type === 'CallExpression');
    return isNow ? 'Date without a time is now' : null;
  }
  if (node.type === 'MemberExpression') {
    const name = dotted(node)?.replace(/^globalThis\./, '') ?? '';
    return BANNED_MEMBERS.has(name) || BANNED_GLOBALS.has(name) ? name : null;
  }
  // `const { now } = Date` takes it out by another door.
  if (node.type === 'VariableDeclarator' && isNode(node['id'])) {
    const whole = dotted(node['init']);
    const takes = node['id'].type === 'ObjectPattern' ? keysOf(node['id']) : [];
    return takes.map((key) => `${whole}.${key}`).find((name) => BANNED_MEMBERS.has(name)) ?? null;
  }
  if (node.type !== 'Identifier' || !BANNED_GLOBALS.has(String(node['name']))) return null;
  return isName(node, parent) ? null : String(node['name']);
}

function keysOf(pattern: Node): readonly string[] {
  const properties = pattern['properties'] as readonly Node[];
  return properties.flatMap(({ key }) => dotted(key) ?? []);
}

/** Whether an identifier is but the name of a member, as in `clock.setTimeout`. */
function isName(node: Node, parent: Node | null): boolean {
  if (parent === null) return false;
  const named = parent.type === 'MemberExpression' ? parent['property'] : parent['key'];
  return named === node && parent['computed'] !== true;
}
