/**
 * Who may import whom. The folders are rooms; a room sees its own modules, those every room may
 * see, and those listed for it. Outside packages and the platform's modules have homes too: the
 * fewer places know a library, the fewer have to change with it.
 */

import type { Finding } from './finding.ts';
import type { Reference, Source } from './source.ts';

/** `fault`, `limits`, `log` and `package` import nothing of ours, and everyone may import them. */
const BASE = new Set(['src/fault.ts', 'src/limits.ts', 'src/log.ts', 'src/package.ts']);

const ANYTHING = 'anything';

const SEEN_BY: Readonly<Record<string, readonly string[] | typeof ANYTHING>> = {
  base: [],
  domain: [],
  runtime: [],
  // Finance both: what is priced is a contract of the domain. The domain itself prices nothing.
  pricing: ['domain'],
  protocol: ['domain', 'runtime'],
  machines: ['domain', 'protocol'],
  config: ['domain'],
  gateway: ['domain', 'pricing', 'protocol', 'runtime'],
  store: ['domain', 'pricing', 'protocol', 'runtime'],
  actors: ['domain', 'pricing', 'protocol', 'runtime', 'machines', 'gateway', 'store'],
  // What keeps one writer, and what shows it elsewhere: neither knows the engine.
  ha: ['protocol', 'runtime', 'store'],
  monitor: ['domain', 'protocol', 'runtime', 'store'],
  engine: ['actors', 'machines', 'protocol', 'domain', 'runtime', 'store', 'gateway'],
  metrics: ['domain', 'protocol', 'runtime'],
  alerts: ['domain', 'protocol', 'runtime'],
  api: ['domain', 'protocol', 'runtime', 'store', 'machines', 'metrics'],
  // The page runs in a browser: it may know words and shapes, never the server's parts.
  web: ['domain', 'protocol', 'dist'],
  cli: ANYTHING,
  backtest: ANYTHING,
  main: ['cli', 'node_modules'],
  test: ANYTHING,
  // vitest.config.ts and its like.
  root: ANYTHING,
};

/** Packages by the rooms, or the folders and files, that may import them. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  '@koa/bodyparser': ['api'],
  '@koa/router': ['api'],
  '@preact/signals': ['web'],
  // The benchmarks measure beside the library and beside bare Koa.
  '@stoqey/ib': ['src/gateway/ib/', 'test/bench/'],
  commander: ['cli'],
  'graphile-worker': ['src/store/sweep-queue.ts'],
  hyparquet: ['store'],
  'hyparquet-writer': ['store'],
  koa: ['api', 'test/bench/'],
  'koa-compress': ['api'],
  'koa-helmet': ['api'],
  'node-pg-migrate': ['store'],
  pg: ['store'],
  pino: ['src/log.ts'],
  'pino-pretty': ['src/log.ts'],
  piscina: ['runtime'],
  preact: ['web'],
  uplot: ['web'],
  vite: ['src/api/web/vite.config.ts'],
  ws: ['api'],
  xstate: ['machines'],
  yaml: ['config', 'src/gateway/sim/scenario.ts'],
  // Wherever data enters.
  zod: ['config', 'api', 'protocol', 'store', 'engine', 'gateway', 'cli'],
};

/** What makes files and sockets throw in a simulation has to know them. */
const GUARD = 'src/runtime/guard.ts';

/** The platform's modules likewise; `node:assert` is everyone's. What is not here has no home. */
const BUILT_IN_HOMES: Readonly<Record<string, readonly string[]>> = {
  'node:child_process': ['store'],
  'node:crypto': ['api', 'backtest', 'config', 'store', 'gateway', 'runtime'],
  'node:events': ['src/store/sweep-queue.ts'],
  'node:fs': [
    'api',
    'backtest',
    'cli',
    'config',
    'engine',
    'store',
    'src/gateway/sim/',
    'src/pricing/kernel.ts',
    GUARD,
  ],
  'node:http': ['api', 'cli', 'src/gateway/sim/admin.ts'],
  'node:https': ['cli'],
  'node:module': ['main', 'src/log.ts', 'runtime', 'store'],
  'node:net': ['api', 'store', 'src/gateway/', GUARD],
  'node:os': ['backtest', 'runtime', 'store'],
  'node:path': ['api', 'backtest', 'cli', 'config', 'engine', 'store', 'gateway', 'base'],
  'node:readline': ['cli', 'store'],
  'node:stream': ['api', 'cli'],
  'node:url': ['cli', 'config', 'main', 'src/api/web/vite.config.ts'],
  'node:util': ['cli'],
  'node:worker_threads': ['runtime'],
  'node:zlib': ['store', 'gateway'],
};

/** The room of a file or folder: its folder under `src/`, or its folder at the top. */
export function roomOf(path: string): string {
  if (BASE.has(path)) return 'base';
  if (path === 'src/main.ts') return 'main';
  const [top = '', second = '', third = ''] = path.split('/');
  if (top !== 'src') return path.includes('/') ? top : 'root';
  return second === 'api' && third === 'web' ? 'web' : second;
}

export function directionFindings(source: Source): readonly Finding[] {
  const room = roomOf(source.path);
  const seen = SEEN_BY[room];
  if (seen === undefined) {
    const text = `the folder ${room} has no place in the layout`;
    return [{ rule: 'direction', path: source.path, line: 1, text }];
  }
  return source.references.flatMap((reference) => {
    const { target, line } = reference;
    const why = target === null ? null : refusal(source.path, target);
    if (why === null) return [];
    return [{ rule: 'direction', path: source.path, line, text: `${target}: ${why}` }];
  });
}

/** Why `path` may not name `target`, or null. */
function refusal(path: string, target: string): string | null {
  const room = roomOf(path);
  const other = roomOf(target);
  const seen = SEEN_BY[room] ?? [];
  if (BASE.has(target) || target === '' || target === './') return null;
  if (seen === ANYTHING) return null;
  if (room === 'actors' && other === 'actors') {
    return actorOf(path) === actorOf(target) ? null : 'actors meet in protocol';
  }
  if (room === other && room !== 'base') return null;
  return seen.includes(other) ? null : `${room} does not see ${other}`;
}

/** `actors/book.ts` and all in `actors/book/` are one actor. */
function actorOf(path: string): string {
  return path.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

export function packageFindings(source: Source): readonly Finding[] {
  return source.references.flatMap((reference) => {
    const { specifier, target, kind, line } = reference;
    if (specifier === null || target !== null || kind === 'url') return [];
    const builtIn = specifier.startsWith('node:');
    const name = builtIn ? builtInName(specifier) : packageName(specifier);
    const rule = builtIn ? 'built-in' : 'package';
    const why = homeless(source.path, name, builtIn);
    return why === null ? [] : [{ rule, path: source.path, line, text: `${name}: ${why}` }];
  });
}

function homeless(path: string, name: string, builtIn: boolean): string | null {
  const room = roomOf(path);
  // A test may use what its subject uses; knip sees to it that what it names is installed.
  if (room === 'test' || room === 'root' || name === 'node:assert') return null;
  const homes = (builtIn ? BUILT_IN_HOMES : PACKAGE_HOMES)[name];
  if (homes === undefined) return 'it has no home yet';
  const home = homes.some((one) => one === room || one === path || isFolderOf(one, path));
  return home ? null : `its home is ${homes.join(', ')}`;
}

function isFolderOf(folder: string, path: string): boolean {
  return folder.endsWith('/') && path.startsWith(folder);
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function builtInName(specifier: string): string {
  return specifier.split('/', 1)[0] ?? '';
}

/** A module whose name is computed cannot be checked, so there are few. */
export function computedFindings(source: Source): readonly Finding[] {
  const rule = 'computed-import';
  return source.references
    .filter(({ specifier, target }) => specifier === null && target === null)
    .map(({ line, kind }) => {
      return { rule, path: source.path, line, text: `${kind}: the module's name is computed` };
    });
}

/** A module passes nothing on that it does not own: whoever wants it asks where it lives. */
export function barrelFindings(source: Source): readonly Finding[] {
  const { path } = source;
  const found: Finding[] = [];
  const add = (line: number, text: string): void => {
    found.push({ rule: 'barrel', path, line, text });
  };
  if (/(^|\/)index\.tsx?$/.test(path)) add(1, 'a module is named for what it holds, not index');
  const passed = source.body.filter((node) => node['source'] && node.type.startsWith('Export'));
  for (const node of passed) {
    if (node.type === 'ExportAllDeclaration') add(source.lineAt(node.start), 'export *');
    else if (node['exportKind'] !== 'type') {
      add(source.lineAt(node.start), 'passes on what another module exports');
    }
  }
  const own = source.body.length - passed.length;
  if (passed.length > 0 && own === 0) add(1, 'it has nothing of its own');
  return found;
}

/** Every cycle of imports, each once, as its modules in order. */
function findCycles(sources: readonly Source[]): readonly (readonly string[])[] {
  const known = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const cycles: string[][] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) {
      cycles.push([...way.slice(at), path]);
      return;
    }
    if (done.has(path)) return;
    for (const target of edges(known.get(path)?.references ?? [])) {
      if (known.has(target)) visit(target, [...way, path]);
    }
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return cycles;
}

export function cycleFindings(sources: readonly Source[]): readonly Finding[] {
  return findCycles(sources).map((cycle) => {
    return { rule: 'cycle', path: cycle[0] ?? '', line: 1, text: cycle.join(' → ') };
  });
}

/** A worker's URL names a module that another thread loads: no cycle of loading. */
function edges(references: readonly Reference[]): readonly string[] {
  return references.flatMap(({ kind, target }) => (kind === 'url' || !target ? [] : [target]));
}
