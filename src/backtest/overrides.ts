/** A configuration with some of its keys changed, checked as the file itself is. */

import { configHash, type LoadedConfig } from '../config/load.ts';
import { brokenRelations } from '../config/relations.ts';
import { configSchema } from '../config/schema.ts';
import { Fault } from '../fault.ts';
import type { Overrides } from './grid.ts';

/** Keys are dotted: `gates.intent.hedge.cooldown_seconds`. Throws `Fault('config_invalid')`. */
export function withOverrides(loaded: LoadedConfig, overrides: Overrides): LoadedConfig {
  const raw = structuredClone(loaded.config) as unknown;
  for (const [key, value] of Object.entries(overrides)) set(raw, key, value);
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

function set(raw: unknown, key: string, value: Overrides[string]): void {
  const path = key.split('.');
  const last = path.pop() ?? '';
  let at = raw;
  for (const name of path) at = isRecord(at) ? at[name] : undefined;
  if (!isRecord(at) || !Object.hasOwn(at, last)) {
    throw new Fault('config_invalid', `the grid: the configuration has no key ${key}`, {
      remedy: '`bifrost config show` lists every key',
    });
  }
  at[last] = value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
