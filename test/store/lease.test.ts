import assert from 'node:assert/strict';
import { beforeAll, beforeEach, describe, it } from 'vitest';

import { type DurableState, NOTHING_DURABLE } from '../../src/protocol/durable.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import {
  answerControl,
  answerForTheDead,
  databaseNow,
  readAnswer,
  takeControl,
  writeControl,
} from '../../src/store/control-queue.ts';
import {
  type Claim,
  claimLease,
  hostId,
  type LeaseHolder,
  provenAlive,
  readLease,
  releaseLease,
  renewLease,
} from '../../src/store/lease.ts';
import { writeViews } from '../../src/store/monitor-rows.ts';
import type { Pool } from '../../src/store/pool.ts';
import { processStartTime } from '../../src/store/process-identity.ts';
import {
  appendFacts,
  clearRecovery,
  type RecoveryBase,
  readRecovery,
  writeBase,
} from '../../src/store/recovery-store.ts';
import { SAMPLES } from '../support/facts.ts';
import { faultOf } from '../support/fault.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';

let db: TestPostgres;

beforeAll(async () => {
  db = await startTestPostgres();
  return db.close;
});

beforeEach(async () => {
  await db.pool.query(
    'truncate daemon_lease, daemon_standby, daemon_control, recovery_base, recovery_facts',
  );
});

/** Each on a host of its own, unless the test says otherwise: pids prove nothing there. */
const holder = (name: string, host = `host of ${name}`): LeaseHolder => ({
  holder: name,
  host,
  pid: 4711,
  startTime: 1,
  dataDir: '/nowhere',
});

const claim = (name: string, rest: Partial<Claim> = {}) =>
  claimLease(db.pool, { me: holder(name), fenced: true, leaseS: 10, waits: true, ...rest });

const runsOut = () => db.pool.query(`update daemon_lease set expires_at = now() - interval '1 s'`);

async function why(name: string, rest: Partial<Claim> = {}): Promise<string | null> {
  const outcome = await claim(name, rest);
  return outcome.kind === 'held' ? outcome.why : null;
}

describe('the lease', () => {
  it('is won by the first, and each change of the writer raises the epoch', async () => {
    assert.deepEqual(await claim('one'), { kind: 'won', epoch: 1, previous: null });
    assert.equal(await why('two'), 'another daemon writes');
    await runsOut();
    const taken = await claim('two');
    assert(taken.kind === 'won');
    assert.deepEqual([taken.epoch, taken.previous?.holder], [2, 'one']);
  });

  it('is won by one alone of many that try at once', async () => {
    await claim('old');
    await runsOut();
    const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map((name) => claim(name)));
    assert.equal(outcomes.filter(({ kind }) => kind === 'won').length, 1);
    assert.equal((await readLease(db.pool))?.epoch, 2);
  });

  it('is renewed by its holder, also after its end, until another has it', async () => {
    await claim('one');
    const term = { epoch: 1, url: 'http://desk:1', journalId: 'j' };
    await runsOut();
    assert.equal(await renewLease(db.pool, holder('one'), term), true);
    const row = await readLease(db.pool);
    assert.deepEqual([row?.expired, row?.url, row?.journalId], [false, 'http://desk:1', 'j']);
    assert.equal(await why('two'), 'another daemon writes');
    await runsOut();
    await claim('two');
    assert.equal(await renewLease(db.pool, holder('one'), term), false);
    await releaseLease(db.pool, holder('one'), 1, 'handover');
    assert.equal((await readLease(db.pool))?.released, null, 'what is not ours is not given back');
  });

  it('is free at once where its process is proven dead on this host', async () => {
    await claim('one', { me: holder('one', hostId()) });
    assert.equal(await why('two', { me: holder('two', hostId()) }), null);
  });

  it('handed over is free at once; stopped by hand it waits for a start by hand', async () => {
    await claim('one');
    await releaseLease(db.pool, holder('one'), 1, 'handover');
    assert.equal(await why('two'), null);
    await releaseLease(db.pool, holder('two'), 2, 'stopped');
    assert.match((await why('three')) ?? '', /stopped by hand/);
    assert.equal(await why('three', { waits: false }), null);
  });

  it('of a writer without ha runs out for a start by hand, not for a standby', async () => {
    await claim('one', { fenced: false });
    await runsOut();
    assert.match((await why('two')) ?? '', /runs without ha/);
    assert.equal(await why('two', { waits: false }), null);
  });

  it('proves a holder alive by row, daemon.json and process table together', async () => {
    const startTime = processStartTime(process.ppid) ?? 0;
    const me = { ...holder('one', hostId()), pid: process.ppid, startTime };
    await claim('one', { me });
    const row = await readLease(db.pool);
    assert(row !== null);
    assert.equal(provenAlive(row, hostId()), null, 'no daemon.json says so');
    assert.equal(provenAlive(row, 'elsewhere'), null);
  });
});

const JOURNAL = { journalId: 'j1', sequence: 5, exchangeId: null };
const base = (durable: DurableState = NOTHING_DURABLE): RecoveryBase => ({ ...JOURNAL, durable });
const suspended = (symbol: string | null): Fact => ({
  ...{ fact: 'suspended', ts: 1, tradingTs: 1, symbol },
  ...{ suspended: true, origin: 'test' },
});
const ONE = { holder: 'one', epoch: 1 };

describe('what a successor must know', () => {
  it('is the base and the facts behind it, folded as a start folds its journal', async () => {
    await claim('one');
    await writeBase(db.pool, ONE, base());
    await appendFacts(db.pool, ONE, [{ number: 1, sequence: 6, fact: suspended(null) }]);
    await appendFacts(db.pool, ONE, [{ number: 2, sequence: 7, fact: suspended('NVDA') }]);
    const known = await readRecovery(db.pool);
    assert.deepEqual([known?.journalId, known?.sequence], ['j1', 5]);
    assert.equal(known?.durable.suspended, true);
    assert.equal(Object.values(known?.durable.books ?? {})[0]?.suspended, true);
  });

  it('is read a part at a time: no statement takes longer the longer the session was', async () => {
    await claim('one');
    await writeBase(db.pool, ONE, base());
    await db.pool.query(
      `insert into recovery_facts (epoch, number, sequence, fact)
       select 1, n, n, $1::jsonb from generate_series(1, 4001) n`,
      [JSON.stringify(SAMPLES.attribution)],
    );
    const last = [{ number: 4002, sequence: 4002, fact: suspended(null) }];
    await appendFacts(db.pool, ONE, last);
    const rows: number[] = [];
    const client = await db.pool.connect();
    const query = async (text: string, values?: unknown[]) => {
      const result = await client.query(text, values);
      if (text.startsWith('fetch')) rows.push(result.rowCount ?? 0);
      return result;
    };
    const watched = { query, release: () => client.release() };
    const pool = { connect: async () => watched } as unknown as Pool;
    assert.equal((await readRecovery(pool))?.durable.suspended, true);
    assert.deepEqual(rows, [2000, 2000, 2]);
  });

  it('is there once, whatever came through twice, or late', async () => {
    await claim('one');
    await writeBase(db.pool, ONE, base());
    const facts = [{ number: 1, sequence: 6, fact: suspended(null) }];
    await appendFacts(db.pool, ONE, facts);
    await appendFacts(db.pool, ONE, facts);
    await writeBase(db.pool, ONE, base());
    const { rows } = await db.pool.query('select number from recovery_facts');
    assert.equal(rows.length, 1, 'a base that comes again forgets no fact');
  });

  it('may hold every text: what no database takes is left out', async () => {
    await claim('one');
    await writeBase(db.pool, ONE, base());
    const origin = 'a\0b \ud83d c\\u0000 \ud83d\ude00';
    const kept = 'ab \ufffd c\\u0000 \ud83d\ude00';
    const fact = { ...suspended(null), origin } as Fact;
    await appendFacts(db.pool, ONE, [{ number: 1, sequence: 6, fact }]);
    const { rows } = await db.pool.query(`select fact->>'origin' as origin from recovery_facts`);
    assert.deepEqual(rows, [{ origin: kept }]);
    const id = await writeControl(db.pool, 'manual_resume', { reason: origin }, 'test');
    await answerControl(db.pool, id, 'done', { ok: true, status: 200, message: origin });
    assert.equal((await readAnswer(db.pool, id))?.result?.message, kept);
    await writeViews(db.pool, ONE, [{ name: 'x', body: JSON.stringify(origin) }]);
    const views = await db.pool.query('select body from monitor_views');
    assert.deepEqual(views.rows, [{ body: kept }]);
  });

  it('is written by nobody whose lease another has', async () => {
    await claim('one');
    await writeBase(db.pool, ONE, base());
    await runsOut();
    await claim('two');
    const facts = [{ number: 1, sequence: 6, fact: suspended(null) }];
    await faultOf('conflict', () => appendFacts(db.pool, ONE, facts));
    await faultOf('conflict', () => writeBase(db.pool, ONE, base({ ...NOTHING_DURABLE })));
    await faultOf('conflict', () => clearRecovery(db.pool, ONE));
    assert.equal((await readRecovery(db.pool))?.durable.suspended, false);
  });

  it('begins anew with each epoch, and is gone when a writer without ha clears it', async () => {
    await claim('one');
    await writeBase(db.pool, ONE, base());
    await appendFacts(db.pool, ONE, [{ number: 1, sequence: 6, fact: suspended(null) }]);
    await runsOut();
    await claim('two');
    const two = { holder: 'two', epoch: 2 };
    await writeBase(db.pool, two, { ...base(), journalId: 'j2' });
    const known = await readRecovery(db.pool);
    assert.deepEqual([known?.journalId, known?.durable.suspended], ['j2', false]);
    await clearRecovery(db.pool, two);
    assert.equal(await readRecovery(db.pool), null);
  });
});

describe('a command that was taken and not answered', () => {
  it('is answered for a daemon that ended, by the next one that writes and nobody else', async () => {
    await claim('one');
    const asked = async (command: string): Promise<number> => {
      const id = await writeControl(db.pool, command, {}, 'test');
      assert.ok(await takeControl(db.pool, ONE, id));
      return id;
    };
    const [flatten, resume] = [await asked('flatten'), await asked('resume')];
    await answerControl(db.pool, resume, 'done', { ok: true, status: 200, message: 'resumed' });
    await runsOut();
    await claim('two');
    const since = await databaseNow(db.pool);
    const hedge = await writeControl(db.pool, 'hedge_now', {}, 'test');
    assert.equal(await answerForTheDead(db.pool, ONE, since), 0, 'its lease is another’s');
    const two = { holder: 'two', epoch: 2 };
    assert.ok(await takeControl(db.pool, two, hedge));
    assert.equal(await answerForTheDead(db.pool, two, since), 1);
    const found = await readAnswer(db.pool, flatten);
    assert.equal(found?.outcome, 'failed');
    assert.match(found?.result?.message ?? '', /ended before it answered/);
    assert.equal((await readAnswer(db.pool, resume))?.outcome, 'done');
    assert.equal((await readAnswer(db.pool, hedge))?.outcome, 'taken', 'it is being executed');
  });
});
