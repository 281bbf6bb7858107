/** The shape of modules: how wide, how long, and what they say about themselves. */

import type { Finding, Rule } from './finding.ts';
import { isNode, type Node, type Source, walk } from './source.ts';

const WIDTH_MAX = 100;
/** A title is one sentence in one string, which nothing breaks. */
const TITLE_WIDTH_MAX = 120;
const TITLE = /^\s*(describe|it)(\.\w+)*\(/;
const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);

/** Any text file but markup, which the formatter lets run over: where it ends is content. */
export function widthFindings(path: string, text: string): readonly Finding[] {
  if (path.endsWith('.tsx')) return [];
  return text.split('\n').flatMap((line, index) => {
    const width = [...line].length;
    const isTitle = path.endsWith('.test.ts') && TITLE.test(line);
    if (width <= (isTitle ? TITLE_WIDTH_MAX : WIDTH_MAX)) return [];
    return [{ rule: 'width' as const, path, line: index + 1, text: `${width} columns` }];
  });
}

export function fileSizeFindings({ path, text }: Source): readonly Finding[] {
  const lines = text.replace(/\n$/, '').split('\n').length;
  if (lines <= FILE_LINES_MAX) return [];
  return [{ rule: 'file-size', path, line: 1, text: `${lines} lines` }];
}

/** A suite of tests is a list and no function; all else is measured. */
export function functionSizeFindings(source: Source): readonly Finding[] {
  const { path } = source;
  if (path.endsWith('.test.ts')) return [];
  const found: Finding[] = [];
  walk(source.body, (node, parent) => {
    if (!FUNCTIONS.has(node.type)) return;
    const first = source.lineAt(node.start);
    const lines = source.lineAt(node.end) - first + 1;
    if (lines <= FUNCTION_LINES_MAX) return;
    const text = `${nameOf(node, parent)}: ${lines} lines`;
    found.push({ rule: 'function-size', path, line: first, text });
  });
  return found;
}

function nameOf(node: Node, parent: Node | null): string {
  const named = [node['id'], parent?.['id'], parent?.['key']].find(isNode);
  return named === undefined ? 'a function' : String(named['name']);
}

/** Programs that others read; tests say what they are by their names. */
function isProgram(path: string): boolean {
  return /^(src|machines|actors)\//.test(path);
}

/** The first thing in a file is a comment that says why it exists. */
export function openingFindings(source: Source): readonly Finding[] {
  const { path, comments, body, text } = source;
  if (!isProgram(path)) return [];
  const shebang = text.startsWith('#!') ? text.indexOf('\n') : 0;
  const first = comments.find(({ start, block }) => start >= shebang && block);
  const before = first !== undefined && first.start < (body[0]?.start ?? Number.POSITIVE_INFINITY);
  const says = before && /\p{Letter}{2,}.*\s\p{Letter}/u.test(first.text);
  return says ? [] : [{ rule: 'opening', path, line: 1, text: 'does not say why it exists' }];
}

/** What an exported function promises stands above it. */
export function exportCommentFindings(source: Source): readonly Finding[] {
  const { path, body } = source;
  if (!isProgram(path)) return [];
  const rule: Rule = 'export-comment';
  return body.flatMap((node) => {
    const name = exportedFunction(node);
    if (name === null || hasComment(source, node)) return [];
    return [{ rule, path, line: source.lineAt(node.start), text: `${name} promises nothing` }];
  });
}

function exportedFunction(node: Node): string | null {
  const declared = node['declaration'];
  if (node.type !== 'ExportNamedDeclaration' || !isNode(declared)) return null;
  if (declared.type === 'FunctionDeclaration') return nameOf(declared, null);
  if (declared.type !== 'VariableDeclaration') return null;
  const [declarator] = declared['declarations'] as readonly Node[];
  const value = declarator?.['init'];
  const isFunction = isNode(value) && FUNCTIONS.has(value.type);
  return isFunction && declarator !== undefined ? nameOf(declarator, null) : null;
}

function hasComment({ comments, text }: Source, node: Node): boolean {
  return comments.some(({ block, text: said, end }) => {
    const stands = end <= node.start && text.slice(end, node.start).trim() === '';
    return block && said.startsWith('*') && stands;
  });
}
