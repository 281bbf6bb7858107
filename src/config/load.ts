/**
 * Loads the configuration: the file, then the environment over it, then defaults under it, checked
 * whole and frozen. The one function through which a process learns what the operator wants.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import type { BookSettings } from '../domain/settings.ts';
import { Fault } from '../fault.ts';
import { PACKAGE_ROOT } from '../package.ts';
import type { BookSections } from './book-schema.ts';
import { applyEnvironment } from './environment.ts';
import {
  describeProblems,
  isSecret,
  type Problem,
  problemsOf,
  valueAt,
  wrongValue,
} from './problems.ts';
import {
  type BrokenRelation,
  brokenRelations,
  gateRelations,
  greeksRelations,
  type KeyPath,
} from './relations.ts';
import { type BookConfig, type Config, configSchema, IB_PORTS } from './schema.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface LoadOptions {
  /** The file; without one `BIFROST_CONFIG`, then `config/demo.yaml`. */
  readonly file?: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute. */
  readonly file: string;
  /** Absolute; from `BIFROST_DATA_DIR`, else `data/` here. It need not exist. */
  readonly dataDir: string;
  /** Absolute; `gateway.scenario` found here, beside the file, or in this package. */
  readonly scenarioFile: string;
  readonly hash: string;
  /** Where each effective value comes from, by dotted key: a line, a variable, `default`. */
  readonly sources: ReadonlyMap<string, string>;
}

const DEFAULT_FILE = 'config/demo.yaml';

/** Throws one `Fault('config_invalid')` that lists every problem it found. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { env, cwd } = options;
  const file = configFile(options);
  const label = labelOf(file, cwd);
  const yaml = readYaml(file);
  const { raw, applied } = applyEnvironment(withoutEmptySections(yaml.data), env);
  const values = withDerivedDefaults(raw, applied);
  const sourceOf = (path: KeyPath) =>
    applied.get(path.join('.')) ?? `${label}:${yaml.lineOf(path)}`;

  const config = parse(values, label, sourceOf);
  return {
    config,
    file,
    dataDir: dataDirOf(env, cwd),
    scenarioFile: findFile(config.gateway.scenario, [cwd, dirname(file), PACKAGE_ROOT]),
    hash: configHash(config),
    sources: sourcesOf(config, applied, yaml, label),
  };
}

/** The data directory of this environment; known even while the configuration is broken. */
export function dataDirOf(env: Environment, cwd: string): string {
  const named = env['BIFROST_DATA_DIR'];
  return resolve(cwd, named === undefined || named === '' ? 'data' : named);
}

/** What one book is run with: its overrides laid over the general sections. */
export function bookSettings(config: Config, book: BookConfig): BookSettings {
  const { symbol, con_id, account, strategy_enabled } = book;
  const sections = mergedSections(config, book);
  const settings = { symbol, con_id, account, strategy_enabled, ...sections };
  if (book.shadows.length === 0) return deepFreeze(settings);
  const shadows = book.shadows.map(({ name, latency_ms, overrides }) => {
    // Passed the same schema with every key optional, as the overrides of a book.
    const own = merge(sections, overrides) as BookSections;
    return { name, latency_ms, settings: { ...settings, ...own } };
  });
  return deepFreeze({ ...settings, shadows });
}

/** Equal for equal effective values, however they were written; secrets do not change it. */
export function configHash(config: Config): string {
  return createHash('sha256').update(canonical(config, [])).digest('hex').slice(0, 12);
}

function configFile({ file, env, cwd }: LoadOptions): string {
  const named = file ?? (env['BIFROST_CONFIG'] === '' ? undefined : env['BIFROST_CONFIG']);
  return named === undefined ? findFile(DEFAULT_FILE, [cwd, PACKAGE_ROOT]) : resolve(cwd, named);
}

function findFile(path: string, folders: readonly string[]): string {
  const candidates = folders.map((folder) => resolve(folder, path));
  const found = candidates.find((candidate) => existsSync(candidate));
  return found ?? candidates[0] ?? resolve(path);
}

function labelOf(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path.startsWith('..') || isAbsolute(path) ? file : path;
}

function parse(values: unknown, label: string, sourceOf: (path: KeyPath) => string): Config {
  const problems: Problem[] = [];
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) problems.push(...problemsOf(parsed.error.issues, values, sourceOf));

  // Relations are told together with wrong values, not one run later: what is wrong by itself is
  // taken as its default, and a relation that rests on such a value is not judged.
  const wrong = problems.map(({ path }) => path);
  const judged = parsed.success ? parsed : configSchema.safeParse(without(values, wrong));
  if (judged.success) {
    const broken = [...brokenRelations(judged.data), ...overrideRelations(judged.data)];
    for (const relation of broken) {
      if ([relation.path, ...relation.with].some((path) => touches(path, wrong))) continue;
      const text = wrongValue(relation.path, valueAt(judged.data, relation.path), relation.allowed);
      problems.push({ source: sourceOf(relation.path), path: relation.path, text });
    }
  }
  if (problems.length > 0 || !parsed.success) {
    throw new Fault('config_invalid', describeProblems(label, problems), {
      remedy: 'mend the file; `bifrost config validate` checks it, `config show` lists every key',
    });
  }
  return deepFreeze(parsed.data);
}

function overrideRelations(config: Config): readonly BrokenRelation[] {
  return config.books.flatMap((book, index) => {
    const merged = mergedSections(config, book);
    const shadows = book.shadows.flatMap(({ overrides }, shadow) => {
      const own = merge(merged, overrides) as BookSections;
      return relationsOf(config, ['books', index, 'shadows', shadow, 'overrides'], own);
    });
    return [...relationsOf(config, ['books', index, 'overrides'], merged), ...shadows];
  });
}

/** What merged sections break, at the keys of `prefix` that were laid over the others. */
function relationsOf(config: Config, prefix: KeyPath, merged: BookSections) {
  const all = [
    ...gateRelations(merged.gates, [...prefix, 'gates']),
    ...greeksRelations(merged.greeks, [...prefix, 'greeks']),
  ];
  return all.flatMap((broken) => {
    // Shown at the key that is set there; if none of them is, the general gates say it.
    const set = [broken.path, ...broken.with].find((path) => valueAt(config, path) !== undefined);
    if (set === undefined) return [];
    const other = broken.path.slice(prefix.length).join('.');
    const allowed = set === broken.path ? broken.allowed : `a value that fits ${other}`;
    return [{ path: set, with: [], allowed }];
  });
}

function mergedSections(config: Config, book: BookConfig): BookSections {
  const { gates, hedging, order, greeks } = config;
  const merged = merge({ gates, hedging, order, greeks }, book.overrides);
  // Overrides passed the same schema with every key optional, so the sum has the same shape.
  return merged as BookSections;
}

function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isRecord(base) || !isRecord(over)) return over;
  // From entries, since an assignment to `__proto__` would hide that key from the schema.
  const laid = Object.entries(over).map(([key, value]) => {
    return [key, Object.hasOwn(base, key) ? merge(base[key], value) : value];
  });
  return Object.fromEntries([...Object.entries(base), ...laid]);
}

/** Defaults that depend on other values: the port of a port type, and who confirms legs. */
function withDerivedDefaults(raw: unknown, applied: ReadonlyMap<string, string>): unknown {
  if (!isRecord(raw)) return raw;
  const derived: Record<string, unknown> = {};
  const broker = { ...(isRecord(raw['broker']) ? raw['broker'] : {}) };
  const named = Object.entries(IB_PORTS);
  // A port from the environment is the later word: it wins over the name in the file.
  if (applied.has('broker.port')) delete broker['port_type'];
  if (broker['port'] === undefined) {
    const port = named.find(([type]) => type === broker['port_type'])?.[1];
    if (port !== undefined) broker['port'] = port;
  } else if (broker['port_type'] === undefined) {
    broker['port_type'] = named.find(([, port]) => port === broker['port'])?.[0] ?? 'custom';
  }
  if (raw['broker'] === undefined || isRecord(raw['broker'])) derived['broker'] = broker;
  if (raw['mode'] !== 'live') {
    derived['gates'] = merge({ strategy: { structure: { membership: 'auto' } } }, raw['gates']);
  }
  return { ...raw, ...derived };
}

/** A section whose keys are all commented out reads as null, and means that it is not there. */
function withoutEmptySections(data: unknown): unknown {
  if (!isRecord(data)) return data ?? {};
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
}

function without(values: unknown, paths: readonly KeyPath[]): unknown {
  const copy = structuredClone(values);
  for (const path of paths) {
    const parent = valueAt(copy, path.slice(0, -1));
    const key = path.at(-1);
    if (isRecord(parent) && key !== undefined) delete parent[key];
  }
  return copy;
}

function touches(path: KeyPath, wrong: readonly KeyPath[]): boolean {
  return wrong.some((other) => {
    const length = Math.min(path.length, other.length);
    return other.slice(0, length).join('.') === path.slice(0, length).join('.');
  });
}

function sourcesOf(
  config: Config,
  applied: ReadonlyMap<string, string>,
  yaml: YamlSource,
  label: string,
): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  const visit = (value: unknown, path: KeyPath): void => {
    const nested = Array.isArray(value) && value.some(isRecord) ? value.entries() : undefined;
    const entries = nested ?? (isRecord(value) ? Object.entries(value) : undefined);
    if (entries !== undefined) {
      for (const [key, child] of entries) visit(child, [...path, key]);
      return;
    }
    const key = path.join('.');
    const line = `${basename(label)}:${yaml.lineOf(path)}`;
    sources.set(key, applied.get(key) ?? (yaml.has(path) ? line : 'default'));
  };
  visit(config, []);
  return sources;
}

function canonical(value: unknown, path: KeyPath): string {
  if (isSecret(path)) return 'null';
  if (Array.isArray(value)) {
    return `[${value.map((each, index) => canonical(each, [...path, index])).join(',')}]`;
  }
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const keys = Object.keys(value).sort();
  const members = keys.map(
    (key) => `${JSON.stringify(key)}:${canonical(value[key], [...path, key])}`,
  );
  return `{${members.join(',')}}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
