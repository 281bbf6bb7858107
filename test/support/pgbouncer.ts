/** The real PgBouncer before a database, where the host has one. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

import { waitFor } from '../../src/store/wait.ts';
import { freePort } from './free-port.ts';
import type { Pooler } from './pooler.ts';
import { mono } from './program.ts';
import { makeTempDir } from './temp-dir.ts';

const PROGRAM = '/usr/sbin/pgbouncer';
export const hasPgBouncer = existsSync(PROGRAM);
const READY_MS = 10_000;

/** As Debian ships it but for the mode, the port, and that it trusts whoever comes. */
export async function startPgBouncer(databaseUrl: string): Promise<Pooler> {
  const dir = makeTempDir('pgbouncer');
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const own = await freePort();
  const config = join(dir, 'pgbouncer.ini');
  writeFileSync(
    config,
    `[databases]
* = host=${hostname} port=${port} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`,
  );
  chmodSync(dir, 0o755);
  // As root it does not run; whom it becomes then must be able to read its file.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(PROGRAM, ['-q', ...user, config], { stdio: 'ignore' });
  const url = new URL(`postgresql://127.0.0.1:${own}${pathname}`);
  url.username = username;
  url.password = password;
  const ready = await waitFor(mono, READY_MS, async () => {
    const client = new pg.Client(url.href);
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      // It does not listen yet.
      return null;
    } finally {
      await client.end().catch(() => undefined);
    }
  });
  if (ready === null) throw new Error('PgBouncer does not answer');
  return {
    url: url.href,
    turns: [],
    async close() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
