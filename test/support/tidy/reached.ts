/**
 * What no program reaches is dead, however well it is tested: its own test would keep it alive for
 * ever. Followed from the command, the page, the actors that are named by their file, and what is
 * compiled apart.
 */

import type { Finding } from './finding.ts';
import type { Source } from './source.ts';

const PROGRAMS: readonly RegExp[] = [
  /^src\/main\.ts$/,
  /^src\/api\/web\/(main\.tsx|vite\.config\.ts)$/,
  /^src\/pricing\/kernels\//,
  /^actors\/[^/]+\.ts$/,
  // The other world that runtime and broker port have, under virtual time: simulations live in it.
  /^src\/runtime\/simulation\.ts$/,
  /^src\/gateway\/wire\/client\.ts$/,
];

/** Declarations of types are read by the compiler alone. */
const isCode = (path: string): boolean =>
  /^(src|actors|machines)\//.test(path) && !path.endsWith('.d.ts');

/** Modules that only tests import, directly or through others. */
export function unreachedFindings(sources: readonly Source[]): readonly Finding[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const waiting = [...byPath.keys()].filter((path) => PROGRAMS.some((one) => one.test(path)));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const { target } of byPath.get(path)?.references ?? []) {
      if (target !== null && byPath.has(target)) waiting.push(target);
    }
  }
  return [...byPath.keys()]
    .filter((path) => isCode(path) && !reached.has(path))
    .map((path) => ({ rule: 'unreached', path, line: 1, text: 'no program uses it' }));
}
