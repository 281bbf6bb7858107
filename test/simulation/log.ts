/** A log for one who watches a seed: the platform's logger would ask for the real time. */

import type { Logger } from '../../src/log.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** Writes a line for each entry to standard error. */
export function plainLog(now: () => number, bound: object = {}): Logger {
  const write = (level: string, first: unknown, text = ''): void => {
    const fields = typeof first === 'object' ? JSON.stringify({ ...bound, ...shown(first) }) : '';
    const message = typeof first === 'string' ? first : text;
    process.stderr.write(`${now().toFixed(1)} ${level} ${message} ${fields}\n`);
  };
  const methods = LEVELS.map((level) => [
    level,
    (first: unknown, text?: string) => write(level, first, text),
  ]);
  const log = {
    ...Object.fromEntries(methods),
    child: (more: object) => plainLog(now, { ...bound, ...more }),
  };
  // As much of a logger as the engine uses.
  return log as unknown as Logger;
}

function shown(fields: object | null): object {
  if (fields === null) return {};
  const { err, ...rest } = fields as { readonly err?: unknown };
  return err instanceof Error ? { ...rest, err: err.stack } : fields;
}
