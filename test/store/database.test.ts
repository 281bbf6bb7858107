import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { beforeAll, describe, it, onTestFinished } from 'vitest';

import { realMono } from '../../src/runtime/real-clock.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { faultOf } from '../support/fault.ts';
import { silentLog, startTestPostgres, type TestPostgres } from '../support/postgres.ts';

let db: TestPostgres;

beforeAll(async () => {
  db = await startTestPostgres({ migrated: false });
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
    const { port, hostname } = new URL(db.url);
    // A relay that is opened late stands for a server that starts late.
    const url = db.url.replace(`${hostname}:${port}`, 'localhost:0');
    const relay = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void relay.close());
    const address = relay.address();
    assert.ok(typeof address === 'object' && address !== null);
    let refused = 0;
    relay.on('connection', () => {
      refused += 1;
    });
    await faultOf('database_unreachable', () =>
      open(url.replace('localhost:0', `127.0.0.1:${address.port}`), 1200),
    );
    assert.ok(refused >= 2, `${refused} attempts`);
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
