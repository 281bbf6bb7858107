/** Reads a YAML file into plain data, and remembers on which line each key stands. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { Fault } from '../fault.ts';
import type { KeyPath } from './relations.ts';

export interface YamlSource {
  readonly data: unknown;
  /** The line of a key, or of the nearest thing around it that the file has. */
  lineOf(path: KeyPath): number;
  has(path: KeyPath): boolean;
}

/** A configuration is a few kB; a larger file is a wrong file. */
const CONFIG_BYTES_MAX = 1024 * 1024;

/** What a file is called to whoever named it, and how it is named. */
export interface FileRole {
  readonly name: string;
  readonly remedy: string;
}

const CONFIGURATION: FileRole = {
  name: 'configuration',
  remedy: 'name a file with --config FILE or BIFROST_CONFIG',
};

/** Reads a file with the line of each key; throws a fault that names line and column. */
export function readYaml(file: string, role = CONFIGURATION): YamlSource {
  const text = readText(file, role);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0] ?? document.warnings[0];
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const what = error.message.split('\n', 1)[0] ?? error.code;
    throw new Fault('config_invalid', `${basename(file)}:${line}:${col}: is not YAML: ${what}`, {
      remedy: 'indent with spaces, and quote texts that hold ": " or start with a special sign',
    });
  }
  return {
    data: toData(() => document.toJS({ maxAliasCount: 100 }), file),
    lineOf: (path) => lines.linePos(offsetOf(document.contents, path)).line,
    has: (path) => document.hasIn(path),
  };
}

function readText(file: string, { name, remedy }: FileRole): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
    const reason = { ENOENT: 'does not exist', EISDIR: 'is a folder', EACCES: 'is not readable' };
    const why = Object.hasOwn(reason, code) ? Reflect.get(reason, code) : `cannot be read: ${code}`;
    throw new Fault('config_unreadable', `${name} ${file} ${why}`, {
      remedy,
      cause: thrown,
    });
  }
  if (bytes.length > CONFIG_BYTES_MAX) {
    throw new Fault('config_unreadable', `${name} ${file} is larger than 1 MiB`);
  }
  return bytes.toString('utf8');
}

function toData(read: () => unknown, file: string): unknown {
  try {
    return read();
  } catch (thrown) {
    // Unresolved or exploding aliases are found only when the nodes are made plain data.
    if (!(thrown instanceof ReferenceError)) throw thrown;
    throw new Fault('config_invalid', `${basename(file)}: ${thrown.message}`, {
      remedy: 'write the value out instead of an alias',
      cause: thrown,
    });
  }
}

function offsetOf(root: unknown, path: KeyPath): number {
  let node = root;
  let offset = isNode(root) ? (root.range?.[0] ?? 0) : 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((each) => isScalar(each.key) && each.key.value === key);
      if (!isPair(pair)) return offset;
      offset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key];
      offset = isNode(node) ? (node.range?.[0] ?? offset) : offset;
    } else {
      return offset;
    }
  }
  return offset;
}
