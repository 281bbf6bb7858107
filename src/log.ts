/** Logs: pino JSON lines, pretty on a terminal, secrets redacted. */

import { createRequire } from 'node:module';
import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import type pretty from 'pino-pretty';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: string;
  /** Pretty lines for people instead of JSON. */
  readonly pretty: boolean;
  /** A name under which every line is told to whoever of this process listens. */
  readonly channel?: string;
}

const REDACTED = ['token', 'password', '*.token', '*.password', 'authorization', 'database_url'];

/** The root logger of a thread; it writes to standard error, so that stdout stays for data. */
export function createLogger(options: LogOptions): Logger {
  const stream = options.pretty ? prettyStream() : destination({ fd: 2, sync: false });
  return pino(
    { level: options.level, redact: REDACTED, timestamp: stdTimeFunctions.isoTime, base: null },
    options.channel === undefined ? stream : told(stream, options.channel),
  );
}

interface Lines {
  write(line: string): unknown;
}

/** Lines go to `stream`, and to all that listen on the channel, in whatever thread they are. */
function told(stream: Lines, name: string): Lines {
  const channel = new BroadcastChannel(name);
  // A thread that has nothing left but this ends.
  channel.unref();
  return {
    write(line) {
      stream.write(line);
      channel.postMessage(line);
    },
  };
}

/** Hears every line of the threads that log to this channel; returns what ends it. */
export function listenToLogs(name: string, take: (line: string) => void): () => void {
  const channel = new BroadcastChannel(name);
  channel.unref();
  channel.onmessage = ({ data }) => take(String(data));
  return () => channel.close();
}

/** Loaded only where a person reads: it would triple the boot time of every worker. */
function prettyStream(): ReturnType<typeof pretty> {
  const load = createRequire(import.meta.url)('pino-pretty') as typeof pretty;
  return load({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' });
}
