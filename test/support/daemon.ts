/**
 * The whole daemon as a process of a test's own, with its data directory, ports that are free, and
 * the simulated exchange in it. A `TestHome` holds what a test file starts; at the end of the file
 * all of it is gone: daemons, gateways, database servers, files.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { z } from 'zod';

import type { ActorView, OperationView, StatusView } from '../../src/protocol/views.ts';
import { actorView, operationsView, statusView } from '../../src/protocol/views.ts';
import { readDaemon } from '../../src/store/data-dir.ts';
import { runningPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { isAlive } from '../../src/store/process-identity.ts';
import { waitFor } from '../../src/store/wait.ts';
import { seedCluster } from './cluster.ts';
import { type ExchangeAdmin, exchangeAdmin } from './exchange.ts';
import { silentLog } from './postgres.ts';
import { type Env, mono, type Program, startBifrost, startProgram } from './program.ts';
import { makeTempDir } from './temp-dir.ts';

export interface DaemonOptions {
  /** Default: the home's folder `data`. */
  readonly dataDir?: string;
  /** A configuration file; default: config/demo.yaml. */
  readonly config?: string;
  readonly env?: Env;
  /** Default: node itself. */
  readonly through?: 'npm';
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface TestDaemon extends Program {
  readonly dataDir: string;
  /** Resolves when it has said that it runs. */
  ready(): Promise<TestDaemon>;
  /** Base of its API. */
  url(): string;
  status(): Promise<StatusView>;
  /** Newest first. */
  /** Any route, as it answers. */
  read(path: string): Promise<unknown>;
  operations(query?: string): Promise<readonly OperationView[]>;
  actors(): Promise<readonly ActorView[]>;
  /** With its token, unless another one is given; null: none. */
  post(path: string, body?: object, token?: string | null): Promise<HttpAnswer>;
  /** The exchange in it, mode simulated. */
  exchange(): ExchangeAdmin;
  /** Waits for a `/status` that fits. */
  untilStatus(
    what: string,
    fits: (status: StatusView) => boolean,
    ms?: number,
  ): Promise<StatusView>;
}

export interface TestGateway extends Program {
  readonly port: number;
  readonly exchange: ExchangeAdmin;
}

export interface GatewayOptions {
  readonly scenario?: string;
  readonly dataDir?: string;
  /** 0 for any that is free. */
  readonly port?: number;
  readonly flags?: readonly string[];
}

export interface TestHome {
  readonly dir: string;
  /** Writes a file below the home; its path. YAML, where it is an object. */
  write(name: string, content: string | object): string;
  daemon(options?: DaemonOptions): TestDaemon;
  /** `bifrost gateway` as a process of its own, listening. */
  gateway(options?: GatewayOptions): Promise<TestGateway>;
  /** A database server of the operator's own, in the folder `server`; again after its end. */
  server(): Promise<{ readonly url: string; readonly pid: number; readonly dataDir: string }>;
  /**
   * Runs at the end of the file when its daemons are dead, the last given first, whatever became
   * of the rest. Whoever starts something in a hook says here how it ends: a hook that a hook
   * registers never runs, and one of the file that throws, as after half a `beforeAll`, keeps the
   * home's from running.
   */
  atEnd(end: () => unknown): void;
}

const START_MS = 40_000;

export interface HomeOptions {
  /** Its daemons make their database clusters themselves, as at a user's first start. */
  readonly firstStart?: boolean;
}

/** Call it once in a file or suite, outside of tests. */
export function testHome(name: string, { firstStart = false }: HomeOptions = {}): TestHome {
  const dir = makeTempDir(name);
  const programs: Program[] = [];
  const dataDirs = new Set<string>();
  const ends: (() => unknown)[] = [];
  afterAll(async () => {
    for (const program of programs) if (program.running) await program.stop('SIGKILL');
    const failed: unknown[] = [];
    for (const end of ends.reverse()) {
      try {
        await end();
      } catch (thrown) {
        failed.push(thrown);
      }
    }
    for (const dataDir of dataDirs) await endLeftovers(dataDir);
    rmSync(dir, { recursive: true, force: true });
    if (failed.length > 0) throw new AggregateError(failed, 'what a test started did not end');
  });
  const keep = <P extends Program>(program: P): P => {
    programs.push(program);
    return program;
  };
  return {
    dir,
    write(file, content) {
      const path = join(dir, file);
      mkdirSync(join(path, '..'), { recursive: true });
      // JSON is YAML.
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
      return path;
    },
    daemon(options = {}) {
      const dataDir = options.dataDir ?? join(dir, 'data');
      dataDirs.add(dataDir);
      if (!firstStart && options.env?.['DATABASE_URL'] === undefined) seedCluster(dataDir);
      return keep(startDaemon(dataDir, options));
    },
    async gateway(options = {}) {
      return startGateway(join(dir, 'gateway'), options, keep);
    },
    async server() {
      const dataDir = join(dir, 'server');
      // Before it runs: a start that fails half-way leaves something too.
      dataDirs.add(dataDir);
      return { ...(await startEmbeddedPostgres({ dataDir, mono, log: silentLog })), dataDir };
    },
    atEnd: (end) => void ends.push(end),
  };
}

/** The pid of the database server on a data directory; null when none runs. */
export function postgresPid(dataDir: string): number | null {
  return runningPostgres(dataDir)?.pid ?? null;
}

const actorsView = z.array(actorView).readonly();

function startDaemon(dataDir: string, options: DaemonOptions): TestDaemon {
  const env = {
    BIFROST_DATA_DIR: dataDir,
    BIFROST_API_PORT: '0',
    ...(options.config === undefined ? {} : { BIFROST_CONFIG: options.config }),
    ...options.env,
  };
  const program =
    options.through === 'npm' ? startProgram('npm', ['start'], env) : startBifrost(['run'], env);
  const url = (): string => `http://127.0.0.1:${readDaemon(dataDir)?.port ?? 0}`;
  const read = async (path: string): Promise<unknown> => {
    const response = await fetch(url() + path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  // Every test that looks at a daemon also tests that it shows what its API declares, and no more.
  const status = async (): Promise<StatusView> => statusView.parse(await read('/status'));
  const self: TestDaemon = {
    ...program,
    get running() {
      return program.running;
    },
    dataDir,
    url,
    status,
    async ready() {
      const said = () => (program.out().includes('Bifrost runs with') ? true : endedEarly(program));
      await program.until('it says that it runs', said, START_MS);
      return self;
    },
    operations: async (query = 'limit=1000') => {
      const page = operationsView.parse(await read(`/operations?${query}`));
      return page.operations;
    },
    read,
    actors: async () => actorsView.parse(await read('/actors')),
    post: (path, body = {}, token = tokenOf(dataDir)) => post(url() + path, body, token),
    exchange: () => exchangeAdmin(adminPortOf(program)),
    untilStatus: (what, fits, ms) => {
      let last: StatusView | undefined;
      const check = async (): Promise<StatusView | null> => {
        last = await status();
        return fits(last) ? last : null;
      };
      return program.until(() => `${what}; status ${JSON.stringify(last)}`, check, ms);
    },
  };
  return self;
}

async function startGateway(
  dir: string,
  options: GatewayOptions,
  keep: (program: Program) => Program,
): Promise<TestGateway> {
  const { scenario, dataDir = dir, port = 0, flags = [] } = options;
  const args = [
    ...['gateway', '--port', String(port), '--admin-port', '0', '--data-dir', dataDir],
    ...(scenario === undefined ? [] : ['--scenario', scenario]),
    ...flags,
  ];
  const program = keep(startBifrost(args));
  const [, listens, admin] = await program.until('the gateway listens', () => {
    const found = /gateway on \S+:(\d+), admin http:\S+:(\d+)/.exec(program.out());
    return found ?? endedEarly(program);
  });
  return {
    ...program,
    get running() {
      return program.running;
    },
    port: Number(listens),
    exchange: exchangeAdmin(Number(admin)),
  };
}

function endedEarly(program: Program): null {
  if (program.running) return null;
  throw new Error(`it ended: ${program.err().slice(-4000)}`);
}

async function post(url: string, body: object, token: string | null): Promise<HttpAnswer> {
  const headers = {
    'content-type': 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

function tokenOf(dataDir: string): string {
  return readFileSync(join(dataDir, 'api-token'), 'utf8').trim();
}

function adminPortOf(program: Program): number {
  const found = /"adminPort":(\d+)/.exec(program.err());
  if (found === null) throw new Error('it has not said where its gateway listens');
  return Number(found[1]);
}

/** Ends what a killed daemon leaves: the one that npm started, and its database server. */
export async function endLeftovers(dataDir: string): Promise<void> {
  const daemon = readDaemon(dataDir);
  if (daemon !== null) process.kill(daemon.pid, 'SIGKILL');
  const pid = postgresPid(dataDir);
  if (pid === null) return;
  process.kill(pid, 'SIGCONT');
  process.kill(pid, 'SIGQUIT');
  const gone = await waitFor(mono, 5000, () => (isAlive(pid) ? null : true));
  if (gone === null) process.kill(pid, 'SIGKILL');
}
