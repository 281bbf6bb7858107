/**
 * Two daemons with `ha` that share a database, an exchange and a client id, and nothing else: each
 * has a data directory and a way to the database of its own, which can be cut.
 */

import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

import type { StatusView } from '../../../src/protocol/views.ts';
import { withClient } from '../../../src/store/pool.ts';
import {
  postgresPid,
  type TestDaemon,
  type TestGateway,
  type TestHome,
} from '../../support/daemon.ts';
import { type Replica, startReplica } from '../../support/replica.ts';
import { DEPLOYMENT, quickSettings } from './settings.ts';
import { assertTruth } from './truth.ts';

const LEASE_S = 2;

/** A way to a server that can be cut: what is under way hangs, and nothing new comes through. */
export interface Way {
  readonly port: number;
  /** Leads to the server at this port from now on; what led elsewhere is broken off. */
  lead(port: number): void;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export interface Member {
  readonly name: string;
  readonly way: Way;
  daemon: TestDaemon;
}

export interface Pair {
  readonly gateway: TestGateway;
  /** A data directory and a way of its own; `standsBy`: it is known to wait. */
  start(name: string): Promise<Member>;
  /** Started again, on what it had. */
  again(member: Member): Promise<void>;
  query<R extends object>(text: string): Promise<readonly R[]>;
  /** One writer, the right position, and no order twice. */
  truth(): Promise<void>;
  /** The primary dies, and a replica that followed it becomes the primary. */
  failover(): Promise<void>;
}

/** Call it in a `beforeAll`, once a suite. */
export async function startPair(home: TestHome): Promise<Pair> {
  const server = await home.server();
  const gateway = await home.gateway();
  const ways: Way[] = [];
  const settings = quickSettings({
    mode: 'paper',
    port: gateway.port,
    broker: { retry_interval_s: 1, heartbeat_s: 1 },
  });
  let primary = { url: server.url, dataDir: server.dataDir };
  const replicas: Replica[] = [];
  const ha = { standby: true, lease_s: LEASE_S };
  const config = home.write('pair.yaml', { ...settings, ha });
  const run = async (name: string, way: Way): Promise<TestDaemon> => {
    const env = { DATABASE_URL: through(primary.url, way.port) };
    const daemon = home.daemon({ dataDir: join(home.dir, name), config, env });
    await daemon.until(`${name} says that it is there`, () => {
      assert(daemon.running, daemon.err());
      return /Bifrost (runs|stands by) with/.test(daemon.out()) ? true : null;
    });
    return daemon;
  };
  return {
    gateway,
    async start(name) {
      const way = await openWay(portOf(primary.url));
      ways.push(way);
      home.atEnd(() => way.close());
      return { name, way, daemon: await run(name, way) };
    },
    async again(member) {
      member.way.mend();
      member.daemon = await run(member.name, member.way);
    },
    query: (text) =>
      withClient(primary.url, 'test', async (client) => (await client.query(text)).rows),
    async truth() {
      const { exchange } = gateway;
      await assertTruth({ exchange, databaseUrl: primary.url, deployment: DEPLOYMENT });
    },
    async failover() {
      const dataDir = join(home.dir, `replica-${replicas.length}`);
      const replica = await startReplica(primary, dataDir);
      replicas.push(replica);
      home.atEnd(() => replica.end());
      const pid = postgresPid(primary.dataDir);
      assert(pid !== null);
      // Connections that were made before the promotion find a server that takes no writes.
      process.kill(pid, 'SIGINT');
      for (const way of ways) way.lead(portOf(replica.url));
      const [member] = ways;
      assert(member !== undefined);
      await assert.rejects(
        withClient(through(replica.url, member.port), 'test', (client) =>
          client.query('delete from daemon_standby'),
        ),
        /read-only transaction/,
      );
      await replica.promote();
      primary = { url: replica.url, dataDir };
    },
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

function through(url: string, port: number): string {
  const way = new URL(url);
  way.port = String(port);
  return way.href;
}

/** Asks again and again; an API that begins anew refuses for a moment. */
export async function untilShows(
  { name, daemon }: Member,
  what: string,
  fits: (status: StatusView) => boolean,
): Promise<StatusView> {
  let last: unknown;
  return daemon.until(
    () => `${name} ${what}; last ${JSON.stringify(last)}`,
    async () => {
      try {
        const status = await daemon.status();
        last = status;
        return fits(status) ? status : null;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        last = error.message;
        return null;
      }
    },
    40_000,
  );
}

/** Operating, hedged, and no order under way. */
function isCalm({ status, books: [book] }: StatusView): boolean {
  if (status?.daemon_state !== 'running' || book === undefined) return false;
  const idle = ['EXEC_IDLE', 'FILLED'].includes(book.hedge_state);
  return idle && Math.abs(book.net_delta ?? Number.NaN) < book.band.threshold;
}

/** Waits until it is the one that hedges. */
export async function untilWrites(member: Member): Promise<void> {
  await untilShows(member, 'hedges', isCalm);
}

/** Waits until one of them hedges, and says which: behind a failover either may. */
export async function untilOneWrites(pair: Pair, members: readonly Member[]): Promise<Member> {
  let found: Member | undefined;
  const [first] = members;
  assert(first !== undefined);
  await first.daemon.until(
    'one of the two hedges',
    async () => {
      const rows = await pair.query<{ pid: number }>('select pid from daemon_lease');
      found = members.find(({ daemon }) => daemon.running && daemon.pid === rows[0]?.pid);
      // One that is on its way out is in the row for a moment, and does not answer.
      const now = await found?.daemon.status().catch(() => null);
      return now !== undefined && now !== null && isCalm(now) ? true : null;
    },
    40_000,
  );
  assert(found !== undefined);
  return found;
}

/** Waits until it waits. */
export async function untilWaits(member: Member): Promise<void> {
  await untilShows(member, 'stands by', ({ daemon_block_reasons: reasons }) => {
    return reasons.includes('standby');
  });
}

/** Moves the market and waits until the member has hedged that. */
export async function hedges(pair: Pair, member: Member, percent: number): Promise<void> {
  const { exchange } = pair.gateway;
  const { length } = (await exchange.ledger()).executions;
  await exchange.move('NVDA', percent);
  await member.daemon.until(`${member.name} hedges the move`, async () => {
    const { executions } = await exchange.ledger();
    return executions.length > length && isCalm(await member.daemon.status()) ? true : null;
  });
}

function openWay(first: number): Promise<Way> {
  let to = first;
  const pairs = new Set<readonly [Socket, Socket]>();
  let isCut = false;
  const server: Server = createServer((near) => {
    const far = connect({ port: to, host: '127.0.0.1' });
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    near.on('data', (bytes) => {
      if (!isCut) far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (!isCut) near.write(bytes);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      assert(address !== null && typeof address === 'object');
      const drop = (): void => {
        for (const [near, far] of pairs) {
          near.destroy();
          far.destroy();
        }
      };
      resolve({
        port: address.port,
        lead(port) {
          to = port;
          drop();
        },
        cut() {
          isCut = true;
        },
        // What went into the void is gone: a mended way begins with new connections.
        mend() {
          isCut = false;
          drop();
        },
        close() {
          drop();
          return new Promise((done) => server.close(() => done()));
        },
      });
    });
  });
}
