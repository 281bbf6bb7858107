/** How a command finds the daemon it talks to: by its data directory, or by URL. */

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { Fault } from '../fault.ts';
import { realMono } from '../runtime/real-clock.ts';
import { readDaemon } from '../store/data-dir.ts';
import { type ApiClient, createApiClient } from './api-client.ts';

export interface DaemonOptions {
  readonly dataDir?: string;
  readonly url?: string;
}

/** The daemon, and the directory it runs on where it was found by that. */
export interface FoundDaemon {
  readonly client: ApiClient;
  readonly dataDir: string | undefined;
}

/** Adds the options that `findDaemon` reads. */
export function withDaemonOptions(command: Command): Command {
  return command
    .option('--data-dir <dir>', 'data directory of the daemon (default: BIFROST_DATA_DIR, data/)')
    .option('--url <url>', 'its API instead, such as http://desk:8765; token in BIFROST_API_TOKEN');
}

/** The daemon of options, environment or `data/`; throws `no_daemon` where there is none. */
export function findDaemon(options: DaemonOptions): FoundDaemon {
  const dataDir = resolve(options.dataDir ?? nonEmpty(process.env['BIFROST_DATA_DIR']) ?? 'data');
  const token = nonEmpty(process.env['BIFROST_API_TOKEN']) ?? tokenIn(dataDir);
  const mono = realMono();
  if (options.url !== undefined) {
    const url = baseUrl(options.url);
    return { client: createApiClient({ url, token }, mono), dataDir: undefined };
  }
  const daemon = readDaemon(dataDir);
  if (daemon === null) {
    throw new Fault('no_daemon', `no daemon runs on ${dataDir}`, {
      remedy: 'start one with `bifrost run`, or name another with --data-dir or --url',
    });
  }
  if (daemon.port === 0) {
    throw new Fault('no_daemon', `the daemon with pid ${daemon.pid} is still starting`, {
      remedy: 'ask again in a few seconds',
    });
  }
  const url = `http://127.0.0.1:${daemon.port}`;
  return { client: createApiClient({ url, token }, mono), dataDir };
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new Fault('usage', `${text} is no http or https URL`, {
      remedy: 'give one such as --url http://127.0.0.1:8765',
    });
  }
  return url.origin;
}

function tokenIn(dataDir: string): string | undefined {
  const file = join(dataDir, 'api-token');
  if (!existsSync(file)) return undefined;
  try {
    return nonEmpty(readFileSync(file, 'utf8').trim());
  } catch (thrown) {
    // Another user's daemon: reads on loopback need no token, and commands will be refused.
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EACCES') return undefined;
    throw thrown;
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
