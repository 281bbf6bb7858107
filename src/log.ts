/** Logs: pino JSON lines, pretty on a terminal, secrets redacted. */

import { createRequire } from 'node:module';
import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import type pretty from 'pino-pretty';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: string;
  /** Pretty lines for people instead of JSON. */
  readonly pretty: boolean;
}

const REDACTED = ['token', 'password', '*.token', '*.password', 'authorization', 'database_url'];

/** The root logger of a process; it writes to standard error, so that stdout stays for data. */
export function createLogger(options: LogOptions): Logger {
  const stream = options.pretty ? prettyStream() : destination({ fd: 2, sync: false });
  return pino(
    { level: options.level, redact: REDACTED, timestamp: stdTimeFunctions.isoTime, base: null },
    stream,
  );
}

/** Loaded only where a person reads: it would triple the boot time of every worker. */
function prettyStream(): ReturnType<typeof pretty> {
  const load = createRequire(import.meta.url)('pino-pretty') as typeof pretty;
  return load({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' });
}
