import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';
import { beforeAll, describe, it, onTestFinished } from 'vitest';

import { realMono } from '../../src/runtime/real-clock.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { type Client, withClient } from '../../src/store/pool.ts';
import { faultOf } from '../support/fault.ts';
import { silentLog, startTestPostgres, type TestPostgres } from '../support/postgres.ts';

let db: TestPostgres;

beforeAll(async () => {
  db = await startTestPostgres({ migrated: false });
  return db.close;
});

function open(url: string, budgetMs = 10_000): Promise<Database> {
  return openDatabase({ url, dataDir: '/nowhere', mono: realMono(), log: silentLog, budgetMs });
}

describe('a database of the operator’s own', () => {
  it('is used as it is, and not stopped', async () => {
    const database = await open(db.url);
    assert.equal(database.url, db.url);
    assert.equal(database.embedded, false);
    assert.deepEqual(await database.stop(1000), { kind: 'not_running' });
    await db.pool.query('select 1');
  });

  it('is waited for, for so long, and then called unreachable', async () => {
    const fault = await faultOf('database_unreachable', () =>
      open('postgresql://me:secret@127.0.0.1:1/trades', 600),
    );
    assert.match(
      fault.message,
      /no database answers at 127\.0\.0\.1:1\/trades within 1 s: .*REFUSED/,
    );
    assert.equal(fault.exitStatus, 5);
  });

  it('is waited for until it comes', async () => {
    const { hostname, port } = new URL(db.url);
    let connections = 0;
    // A relay that passes on only the third connection: a server that takes its time.
    const relay = createServer((socket) => {
      connections += 1;
      if (connections < 3) socket.destroy();
      else pipeline(socket, connect(Number(port), hostname), socket, () => undefined);
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void relay.close());
    const address = relay.address();
    assert.ok(typeof address === 'object' && address !== null);
    await open(db.url.replace(`:${port}/`, `:${address.port}/`));
    assert.equal(connections, 3);
  });

  it('is given up where it says nothing more, though the connection stands', async () => {
    const { hostname, port } = new URL(db.url);
    let isSilent = false;
    const way = createServer((near) => {
      const far = connect(Number(port), hostname);
      near.on('data', (bytes) => isSilent || far.write(bytes));
      far.on('data', (bytes) => isSilent || near.write(bytes));
      for (const end of [near, far]) end.on('error', () => undefined);
      near.on('close', () => far.destroy());
    });
    await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void way.close());
    const address = way.address();
    assert.ok(typeof address === 'object' && address !== null);
    const ask = async (client: Client) => {
      await client.query('select');
      isSilent = true;
      await client.query('select');
    };
    const url = db.url.replace(`:${port}/`, `:${address.port}/`);
    const fault = await faultOf('database_unreachable', () => withClient(url, 'test', ask, 200));
    assert.match(fault.message, /Query read timeout/);
  });

  it('is refused at once where waiting does not help', async () => {
    const { password } = new URL(db.url);
    const wrong = await faultOf('database_unusable', () => open(db.url.replace(password, 'x')));
    assert.match(wrong.message, /password authentication failed/);
    const missing = await faultOf('database_unusable', () => open(`${db.url}_not_there`));
    assert.match(missing.message, /does not exist/);
    await faultOf('database_unusable', () => open('no url at all'));
  });

  it('is refused when its user may not create tables', async () => {
    const role = `reader_${process.pid}`;
    await db.pool.query(`create role ${role} login password 'secret'`);
    onTestFinished(async () => {
      await db.pool.query(`drop role ${role}`);
    });
    const url = new URL(db.url);
    url.username = role;
    url.password = 'secret';
    const fault = await faultOf('database_unusable', () => open(url.href));
    assert.match(fault.message, /does not let this user create tables/);
  });
});
