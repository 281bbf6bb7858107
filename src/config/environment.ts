/** The environment variables that stand over the configuration file, and the keys they set. */

import type { KeyPath } from './relations.ts';

interface Override {
  readonly variable: string;
  readonly path: readonly [section: string, key: string];
  readonly kind: 'text' | 'number';
}

export const OVERRIDES: readonly Override[] = [
  { variable: 'IB_HOST', path: ['broker', 'host'], kind: 'text' },
  { variable: 'IB_PORT', path: ['broker', 'port'], kind: 'number' },
  { variable: 'IB_CLIENT_ID', path: ['broker', 'client_id'], kind: 'number' },
  { variable: 'DATABASE_URL', path: ['store', 'database_url'], kind: 'text' },
  { variable: 'BIFROST_GATEWAY_PORT', path: ['gateway', 'port'], kind: 'number' },
  { variable: 'BIFROST_GATEWAY_ADMIN_PORT', path: ['gateway', 'admin_port'], kind: 'number' },
  { variable: 'BIFROST_API_HOST', path: ['api', 'host'], kind: 'text' },
  { variable: 'BIFROST_API_PORT', path: ['api', 'port'], kind: 'number' },
  { variable: 'BIFROST_API_TOKEN', path: ['api', 'token'], kind: 'text' },
];

export interface Applied {
  readonly raw: unknown;
  /** By dotted key, the variable that set it. */
  readonly applied: ReadonlyMap<string, string>;
}

/** `raw` with the variables that are set laid over it; an empty variable is not set. */
export function applyEnvironment(
  raw: unknown,
  env: Readonly<Record<string, string | undefined>>,
): Applied {
  const applied = new Map<string, string>();
  if (!isRecord(raw)) return { raw, applied };
  const result: Record<string, unknown> = { ...raw };
  for (const { variable, path, kind } of OVERRIDES) {
    const text = env[variable];
    if (text === undefined || text === '') continue;
    const [section, key] = path;
    const present = result[section] ?? {};
    // A section that is no section is the schema's to refuse, with its line.
    if (!isRecord(present)) continue;
    result[section] = { ...present, [key]: kind === 'number' ? numberIn(text) : text };
    applied.set(dottedKey(path), variable);
  }
  return { raw: result, applied };
}

/** A text that is no plain number stays a text, for the schema to refuse and to show. */
function numberIn(text: string): number | string {
  return /^\d{1,9}$/.test(text) ? Number(text) : text;
}

function dottedKey(path: KeyPath): string {
  return path.join('.');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
