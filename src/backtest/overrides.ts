/** A configuration with some of its keys changed, checked as the file itself is. */

import { configHash } from '../config/load.ts';
import { brokenRelations } from '../config/relations.ts';
import { type Config, configSchema, SECRET_PATHS } from '../config/schema.ts';
import { Fault } from '../fault.ts';
import type { Overrides } from './grid.ts';
import type { RunConfig } from './setup.ts';

/** Keys are dotted: `gates.intent.hedge.cooldown_seconds`. Throws `Fault('config_invalid')`. */
export function withOverrides<T extends RunConfig>(loaded: T, overrides: Overrides): T {
  const raw = structuredClone(loaded.config) as unknown as Record<string, unknown>;
  for (const [key, value] of Object.entries(overrides)) {
    const path = key.split('.');
    if (!set(raw, path, value)) {
      throw new Fault('config_invalid', `the grid: the configuration has no key ${key}`, {
        remedy: '`bifrost config show` lists every key',
      });
    }
    // A book's own value would hide the parameter, and every cell would come out the same.
    for (const book of loaded.config.books.keys()) {
      set(raw['books'], [String(book), 'overrides', ...path], value);
    }
  }
  const parsed = configSchema.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Fault('config_invalid', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const [broken] = brokenRelations(parsed.data);
  if (broken !== undefined) {
    throw new Fault('config_invalid', `${broken.path.join('.')}: must be ${broken.allowed}`);
  }
  return { ...loaded, config: parsed.data, hash: configHash(parsed.data) };
}

/** What may be given to another process or stand in a database; its hash is the same. */
export function withoutSecrets({ config, hash }: RunConfig): RunConfig {
  const raw = structuredClone(config) as unknown;
  for (const secret of SECRET_PATHS) hide(raw, secret.split('.'));
  return { config: raw as Config, hash };
}

function hide(at: unknown, [name, ...rest]: readonly string[]): void {
  if (name === undefined || typeof at !== 'object' || at === null) return;
  const names = name === '*' ? Object.keys(at) : [name];
  for (const one of names) {
    if (rest.length > 0) hide(Reflect.get(at, one), rest);
    else if (Object.hasOwn(at, one)) Reflect.set(at, one, null);
  }
}

/** False where there is no such key. */
function set(raw: unknown, path: readonly string[], value: Overrides[string]): boolean {
  const last = path.at(-1) ?? '';
  let at = raw;
  for (const name of path.slice(0, -1)) {
    at =
      typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? Reflect.get(at, name) : 0;
  }
  if (typeof at !== 'object' || at === null || !Object.hasOwn(at, last)) return false;
  Reflect.set(at, last, value);
  return true;
}
