/** `bifrost monitor` as a process of a test's own, which knows the database and nothing else. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { StatusView } from '../../src/protocol/views.ts';
import type { TestHome } from './daemon.ts';
import { type Program, startBifrost } from './program.ts';

export interface TestMonitor {
  readonly program: Program;
  readonly url: string;
  get<T>(path: string): Promise<T>;
  status(): Promise<StatusView>;
  /** With its own token. */
  post(path: string, body?: object): Promise<MonitorAnswer>;
  /** Waits for a `/status` that fits. */
  until(what: string, fits: (now: StatusView) => boolean): Promise<StatusView>;
}

interface MonitorAnswer {
  readonly status: number;
  readonly body: { readonly message?: string };
}

const WAIT_MS = 30_000;

/** Started and listening; it ends with the home. */
export async function startMonitor(home: TestHome, databaseUrl: string): Promise<TestMonitor> {
  const dataDir = join(home.dir, 'monitor');
  const program = startBifrost(['monitor'], {
    DATABASE_URL: databaseUrl,
    BIFROST_DATA_DIR: dataDir,
    BIFROST_API_PORT: '0',
  });
  home.atEnd(() => program.stop());
  const url = await program.until('it listens', () => {
    assert(program.running, program.err());
    return /afterwards (http:\S+)\)/.exec(program.out())?.[1] ?? null;
  });
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(url + path);
    assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`);
    return (await response.json()) as T;
  };
  const status = () => get<StatusView>('/status');
  return {
    program,
    url,
    get,
    status,
    async post(path, body = {}) {
      const token = readFileSync(join(dataDir, 'api-token'), 'utf8').trim();
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const request = { method: 'POST', headers, body: JSON.stringify(body) };
      const response = await fetch(url + path, request);
      return {
        status: response.status,
        body: (await response.json()) as { readonly message?: string },
      };
    },
    until(what, fits) {
      let last: StatusView | undefined;
      const said = () => `the monitor: ${what}; last ${JSON.stringify(last)}`;
      const check = async () => {
        last = await status();
        return fits(last) ? last : null;
      };
      return program.until(said, check, WAIT_MS);
    },
  };
}
