import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { createDeciders } from '../../src/engine/deciders.ts';
import { recover } from '../../src/engine/recover.ts';
import { replay } from '../../src/engine/replay.ts';
import { JournalTurnLog } from '../../src/engine/turn-log.ts';
import { createLogger } from '../../src/log.ts';
import { decodeRecord, type TapeLoss } from '../../src/protocol/records.ts';
import type { TurnRecord } from '../../src/runtime/kernel.ts';
import { Silence } from '../../src/runtime/silence.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { type JournalOptions, openJournal, readJournal } from '../../src/store/journal.ts';
import { fill, sent, tell } from '../actors/support/hedged-book.ts';
import { tempDir } from '../support/temp-dir.ts';
import type { World } from '../support/world.ts';

/** Hedged once, and quiet for a while: many evaluations that change nothing, and some that do. */
function voyage(w: World = sent()): World {
  for (let n = 0; n < 5; n += 1) w.evaluate();
  tell(w);
  for (let n = 0; n < 5; n += 1) w.evaluate({ bid: 449.98, ask: 450.02 });
  fill(w, 112);
  for (let n = 0; n < 30; n += 1) {
    w.advance(900);
    w.evaluate({ delta: 112 + (n % 3) });
  }
  return w;
}

interface Session {
  readonly dir: string;
  readonly world: World;
  readonly lastSeq?: number;
  readonly tape?: Partial<JournalOptions>;
  /** Called before each turn is written. */
  readonly before?: (turn: TurnRecord, clock: VirtualClock) => void;
}

/** Writes what a world did as the live engine would, tape and all. */
function write({ dir, world, lastSeq = 0, tape = {}, before }: Session): JournalTurnLog {
  const clock = new VirtualClock(1000);
  const { tapeLoss } = recover(dir);
  const files = { dir, fsync: 'interval', fsyncIntervalMs: 1000, mono: clock } as const;
  const journal = openJournal({ ...files, prefix: 'journal', segmentBytes: 1 << 20 });
  const { runner } = createDeciders(world.boot, lastSeq);
  const silence = new Silence<TurnRecord>();
  const losses: TapeLoss[] = [];
  const log = new JournalTurnLog({
    dir,
    journal,
    mono: clock,
    log: createLogger({ level: 'silent', pretty: false }),
    openTape: (onDropped) =>
      openJournal({ ...files, prefix: 'tape', segmentBytes: 1 << 20, onDropped, ...tape }),
    onLost: (loss) => losses.push(loss) > 0,
  });
  if (tapeLoss !== null) log.note(tapeLoss);
  // A loss takes a number, so the turns behind it are numbered anew.
  const take = (input: Parameters<typeof runner.run>[0], at: TurnRecord['at']): void => {
    const turn = runner.run(input, at);
    before?.(turn, clock);
    if (silence.keep(turn)) log.tape(turn);
    else log.journal(turn, silence.carriedBy(turn));
    for (const loss of losses.splice(0)) take({ kind: 'tape_lost', to: 'daemon', body: loss }, at);
  };
  for (const { kind, to, body, at } of world.records) take({ kind, to, body }, at);
  log.close();
  return log;
}

function lossesIn(dir: string): readonly TapeLoss[] {
  const records = [...readJournal(dir, 'journal')].map(({ payload }) => decodeRecord(payload));
  return records.flatMap(({ kind, body }) => (kind === 'tape_lost' ? [body as TapeLoss] : []));
}

function tapesIn(dir: string): readonly string[] {
  return readdirSync(dir).filter((name) => name.startsWith('tape-'));
}

function removeTape(dir: string): void {
  for (const name of tapesIn(dir)) rmSync(join(dir, name));
}

describe('a session on disk', () => {
  it('decides the same again, with every evaluation', () => {
    const dir = tempDir('replay');
    const world = voyage();
    write({ dir, world });
    assert.equal(tapesIn(dir).length, 1);
    const { difference, ...counts } = replay({ dir });
    assert.equal(difference, null);
    const evaluations = world.records.filter(({ kind }) => kind === 'evaluation').length;
    const records = world.records.length;
    assert.deepEqual(counts, { records, evaluations, sessions: 1, missing: 0, repriced: 0 });
  });

  it('is told to the record in which it decides otherwise', () => {
    const dir = tempDir('replay');
    const world = voyage();
    const index = world.records.findIndex(({ kind }) => kind === 'evaluation');
    write({
      dir,
      world,
      before: (turn) => {
        if (turn.seq === index + 1) (turn.facts as object[]).push({ fact: 'invented' });
      },
    });
    const { difference } = replay({ dir });
    assert.deepEqual([difference?.seq, difference?.kind], [index + 1, 'evaluation']);
    assert.match(difference?.expected ?? '', /invented/);
  });

  it('stops before a trading time', () => {
    const dir = tempDir('replay');
    const world = voyage();
    write({ dir, world });
    const middle = world.records[Math.floor(world.records.length / 2)]?.at.trading ?? 0;
    const { records } = replay({ dir, until: middle });
    assert.equal(records, world.records.filter(({ at }) => !(at.trading > middle)).length);
  });
});

describe('a tape that is lost', () => {
  it('is a difference as long as nobody says so', () => {
    const dir = tempDir('replay');
    write({ dir, world: voyage() });
    removeTape(dir);
    assert.equal(replay({ dir }).difference?.kind, 'gap');
  });

  it('is found at the next start, is said, and hides no decision', () => {
    const dir = tempDir('replay');
    const first = voyage();
    write({ dir, world: first });
    removeTape(dir);
    const { tapeLoss, lastSeq } = recover(dir);
    assert.equal(tapeLoss?.reason, 'crash');
    assert.ok((tapeLoss.count ?? 0) > 10, `${tapeLoss.count} are lost`);
    write({ dir, world: first.restart({ lastSeq }), lastSeq });
    assert.deepEqual(lossesIn(dir), [tapeLoss]);
    const { difference, sessions, missing } = replay({ dir });
    assert.deepEqual([difference, sessions], [null, 2]);
    assert.ok(missing > 0);
    assert.equal(recover(dir).tapeLoss, null);
  });

  it('at its end, as a power cut takes it, is found too', () => {
    const dir = tempDir('replay');
    const first = voyage();
    write({ dir, world: first });
    const [tape] = tapesIn(dir);
    const path = join(dir, tape ?? '');
    truncateSync(path, Math.floor(statSync(path).size / 2));
    const { tapeLoss, lastSeq } = recover(dir);
    assert.ok(tapeLoss !== null && tapeLoss.from > 10);
    write({ dir, world: first.restart({ lastSeq }), lastSeq });
    assert.equal(replay({ dir }).difference, null);
  });

  it('because it cannot be written stops nothing, is counted, and is said by number', () => {
    const dir = tempDir('replay');
    let failing = 0;
    const lost: number[] = [];
    const silent = new Silence<TurnRecord>();
    const log = write({
      dir,
      world: voyage(),
      tape: {
        write: () => {
          failing += 1;
          throw new Error('no space left on device');
        },
      },
      before: (turn) => {
        if (silent.keep(turn)) lost.push(turn.seq);
      },
    });
    assert.equal(failing, 1, 'it is left alone for a while');
    assert.equal(log.tapeLost, lost.length);
    const losses = lossesIn(dir);
    assert.equal(
      losses.reduce((sum, { count }) => sum + (count ?? 0), 0),
      lost.filter((seq) => seq <= (losses.at(-1)?.to ?? 0)).length,
    );
    assert.match(losses[0]?.detail ?? '', /no space left/);
    assert.equal(replay({ dir }).difference, null);
  });

  it('for a while is written again later', () => {
    const dir = tempDir('replay');
    let broken = true;
    write({
      dir,
      world: voyage(),
      tape: {
        get write() {
          if (!broken) return undefined as never;
          return () => {
            broken = false;
            throw new Error('input/output error');
          };
        },
      },
      before: (_, clock) => clock.advanceBy(1000),
    });
    const losses = lossesIn(dir);
    assert.ok(losses.length > 0);
    const taped = [...readJournal(dir, 'tape')].length;
    assert.ok(taped > 5, `${taped} are on tape again`);
    assert.equal(replay({ dir }).difference, null);
  });

  it('to make room is said with the numbers that went', () => {
    const dir = tempDir('replay');
    const bounds = { segmentBytes: 4096, retentionBytes: 12_000 };
    write({ dir, world: voyage(), tape: bounds });
    const losses = lossesIn(dir);
    assert.ok(losses.length > 1);
    for (const { reason } of losses) assert.equal(reason, 'retention');
    assert.equal(replay({ dir }).difference, null);
  });
});
