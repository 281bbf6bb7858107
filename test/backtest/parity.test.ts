import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { checkParity } from '../../src/backtest/parity-job.ts';
import { ParityLife, type ParityLifeOptions } from '../../src/cli/parity-life.ts';
import { JournalTail } from '../../src/engine/shadows/journal-tail.ts';
import { createLogger } from '../../src/log.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import type { ParityCheck } from '../../src/protocol/parity.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { watching } from '../actors/support/hedged-book.ts';
import { quietVoyage, writeSession } from '../support/session.ts';
import { tempDir } from '../support/temp-dir.ts';

const IDENTICAL = {
  ...{ state: 'identical' as const, reason: '', from_sequence: 1, to_sequence: 9, records: 9 },
  ...{ evaluations: 5, sessions: 1, missing: 0, decisions: 2, orders: 1 },
} as const;

/** Another order than the one that was sent is what the journal says. */
function plant(dir: string): void {
  writeSession({
    dir,
    world: quietVoyage(),
    before: ({ facts }) => {
      for (const fact of facts as { fact: string; type?: string; quantity?: number }[]) {
        if (fact.fact === 'operation' && fact.type === 'order_sent') fact.quantity = 113;
      }
    },
  });
}

describe('a replay of the journal', () => {
  it('finds a session identical, and says what it looked at', () => {
    const dir = tempDir('parity');
    writeSession({ dir, world: quietVoyage() });
    const found = checkParity({ dir, since: 0 });
    const { state, reason, records, sessions, orders, from_sequence, to_sequence } = found;
    assert.deepEqual([state, reason, sessions, from_sequence], ['identical', '', 1, 1]);
    assert.equal(records, to_sequence);
    assert.equal(orders, 1);
  });

  it('finds a planted difference, and shows both sides of it', () => {
    const dir = tempDir('parity');
    plant(dir);
    const { state, reason } = checkParity({ dir, since: 0 });
    assert.equal(state, 'differs');
    assert.match(reason, /written ….*113.*replayed …/);
  });

  it('is a failure, and no success, where there is nothing to replay', () => {
    const { state, reason } = checkParity({ dir: tempDir('parity'), since: 0 });
    assert.deepEqual([state, reason], ['failed', 'the journal holds no start of a session']);
  });
});

describe('the time of the nightly replay', () => {
  const NOON = Date.UTC(2026, 8, 14, 16);

  function life(changes: Partial<ParityLifeOptions> = {}) {
    const mono = new VirtualClock(0);
    const told: (readonly [ParityCheck, boolean])[] = [];
    const asked: number[] = [];
    const parity = new ParityLife({
      dataDir: tempDir('parity'),
      at: '12:30',
      mono,
      wall: { now: () => NOON + mono.now() },
      log: createLogger({ level: 'silent', pretty: false }),
      tradingTs: () => NOON + mono.now(),
      report: (check, known) => told.push([check, known]),
      check: async (since) => {
        asked.push(since);
        return IDENTICAL;
      },
      ...changes,
    });
    const run = async (minutes: number): Promise<void> => {
      for (let n = 0; n < minutes; n += 1) {
        mono.advanceTo(mono.now() + 60_000);
        await Promise.resolve();
      }
      for (let n = 0; n < 10; n += 1) await Promise.resolve();
    };
    parity.begin();
    return { parity, run, told, asked };
  }

  it('comes once a day, and looks at the day before', async () => {
    const { run, told, asked } = life();
    await run(29);
    assert.deepEqual(asked, []);
    await run(2);
    assert.equal(asked.length, 1);
    assert.equal(NOON / 1000 + 30 * 60 - (asked[0] ?? 0), 86_400);
    await run(600);
    assert.equal(asked.length, 1);
    assert.deepEqual(
      told.map(([{ state }, known]) => [state, known]),
      [['identical', false]],
    );
    await run(24 * 60);
    assert.equal(asked.length, 2);
  });

  it('is never without a time, nor before the time of the broker is known', async () => {
    for (const changes of [{ at: null }, { tradingTs: () => null }]) {
      const { run, asked } = life(changes);
      await run(60);
      assert.deepEqual(asked, []);
    }
  });

  it('is not repeated by the next process, which tells what it was', async () => {
    const dataDir = tempDir('parity');
    const first = life({ dataDir });
    await first.run(31);
    await first.parity.close();
    const second = life({ dataDir, at: '12:00' });
    await second.run(60);
    assert.deepEqual(second.asked, []);
    assert.deepEqual(
      second.told.map(([{ state }, known]) => [state, known]),
      [['identical', true]],
    );
  });

  it('is given up by a stop, and made by the next process', async () => {
    const dataDir = tempDir('parity');
    const endless = life({ dataDir, check: () => new Promise(() => undefined) });
    await endless.run(31);
    await endless.parity.close();
    assert.deepEqual(endless.told, []);
    const next = life({ dataDir, at: '12:00' });
    await next.run(1);
    assert.equal(next.asked.length, 1);
  });

  it('tells a replay that broke as failed', async () => {
    const { run, told } = life({ check: () => Promise.reject(new Error('out of memory')) });
    await run(31);
    assert.deepEqual(
      told.map(([{ state, reason }]) => [state, reason]),
      [['failed', 'out of memory']],
    );
  });
});

describe('what the daemon hears of it', () => {
  const check = (state: ParityCheck['state'], reason = ''): ParityCheck => {
    return { ...IDENTICAL, state, reason, checked_at: 1_789_000_000, took_s: 2 };
  };

  it('is an alert while it differs, a row each time, and changes no decision', () => {
    const w = watching();
    const hear = (state: ParityCheck['state'], reason = '', known = false) =>
      w.input('actor', ACTORS.daemon, { type: 'parity', check: check(state, reason), known });
    const alerts = () =>
      w.records.flatMap(({ facts }) =>
        facts.flatMap((fact) =>
          fact.fact === 'operation' && fact.type === 'alert' ? [fact.stateReason] : [],
        ),
      );
    hear('identical', '', true);
    hear('differs', 'record 7');
    hear('differs', 'record 8');
    assert.equal(w.data.parity?.state, 'differs');
    assert.match(w.data.alerts.get('replay_differs')?.text ?? '', /record 8$/);
    w.evaluate({ delta: 112 });
    assert.equal(w.states, 'HEDGING WAIT_ACK');
    hear('identical');
    assert.equal(w.data.alerts.size, 0);
    assert.equal(alerts().filter((text) => text.startsWith('replay_differs')).length, 2);
    const rows = w.records.flatMap(({ facts }) => facts.filter(({ fact }) => fact === 'parity'));
    assert.equal(rows.length, 3);
  });
});

describe('the tail of a journal', () => {
  it('gives journal and tape in the order of their numbers, each once', () => {
    const dir = tempDir('tail');
    const world = quietVoyage();
    writeSession({ dir, world });
    const tail = new JournalTail({ dir, from: { segment: 1, offset: 0 }, tapeAfter: 0 });
    const seen: number[] = [];
    for (let records = tail.read(7); records.length > 0; records = tail.read(7)) {
      seen.push(...records.map(({ seq }) => seq));
    }
    assert.deepEqual(
      seen,
      world.records.map(({ seq }) => seq),
    );
  });
});
