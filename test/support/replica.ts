/** A second PostgreSQL that follows an embedded one by streaming, and can be made the primary. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../../src/fault.ts';
import { type Client, withClient } from '../../src/store/pool.ts';
import { findBinaries } from '../../src/store/postgres-binaries.ts';
import { waitFor } from '../../src/store/wait.ts';
import { freePort } from './free-port.ts';
import { mono } from './program.ts';

export interface Replica {
  readonly url: string;
  /** It takes no writes before; resolves when it does. */
  promote(): Promise<void>;
  end(): Promise<void>;
}

const READY_MS = 30_000;

/**
 * Copies the server of `primaryDir` while it runs, and follows it. From then on the primary
 * confirms nothing that the replica has not got, as one does who counts on a failover.
 */
export async function startReplica(
  { url: primaryUrl, dataDir: primaryDir }: { readonly url: string; readonly dataDir: string },
  dataDir: string,
): Promise<Replica> {
  const port = await freePort();
  const from = join(primaryDir, 'postgres');
  const cluster = join(dataDir, 'postgres');
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  await withClient(primaryUrl, 'test', (client) => copyCluster(client, from, cluster));
  const { hostname, port: primaryPort, username, password } = new URL(primaryUrl);
  writeFileSync(join(cluster, 'standby.signal'), '');
  appendFileSync(
    join(cluster, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=${hostname} port=${primaryPort} user=${username} ` +
      `password=${password} application_name=replica'\n`,
  );
  const { uid, gid } = statSync(from);
  for (const name of ['.', ...(readdirSync(cluster, { recursive: true }) as string[])]) {
    chownSync(join(cluster, name), uid, gid);
  }
  const child = spawnReplica(dataDir, cluster, port, { uid, gid });
  const at = new URL(primaryUrl);
  at.port = String(port);
  const url = at.href;
  const ready = await waitFor(mono, READY_MS, () => answers(url));
  if (ready === null) throw new Fault('deadline', `the replica at port ${port} does not answer`);
  await withClient(primaryUrl, 'test', async (client) => {
    await client.query(`alter system set synchronous_standby_names = 'replica'`);
    await client.query('select pg_reload_conf()');
  });
  return {
    url,
    promote: () =>
      withClient(url, 'test', async (client) => {
        await client.query(`alter system set synchronous_standby_names = ''`);
        await client.query('select pg_reload_conf()');
        await client.query('select pg_promote()');
      }),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGQUIT');
      await once(child, 'exit');
    },
  };
}

async function copyCluster(client: Client, from: string, to: string): Promise<void> {
  await client.query(`select pg_backup_start('replica', true)`);
  cpSync(from, to, { recursive: true });
  for (const name of ['postmaster.pid', 'postmaster.opts']) rmSync(join(to, name), { force: true });
  chmodSync(to, 0o700);
  const { rows } = await client.query<{ labelfile: string }>('select * from pg_backup_stop(false)');
  writeFileSync(join(to, 'backup_label'), rows[0]?.labelfile ?? '');
}

function spawnReplica(
  dataDir: string,
  cluster: string,
  port: number,
  identity: { readonly uid: number; readonly gid: number },
): ChildProcess {
  const { postgres, env } = findBinaries(dataDir);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=60'];
  return spawn(
    postgres,
    ['-D', cluster, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...identity, env, cwd: '/', stdio: 'ignore' },
  );
}

async function answers(url: string): Promise<true | null> {
  try {
    return await withClient(url, 'test', async (client) => {
      const { rows } = await client.query<{ follows: boolean }>(
        'select pg_is_in_recovery() as follows',
      );
      return rows[0]?.follows === true ? true : null;
    });
  } catch (error) {
    if (error instanceof Fault && error.code === 'database_unreachable') return null;
    throw error;
  }
}
