/** What a world did, written to disk as the live engine writes it: journal and tape. */

import { createDeciders } from '../../src/engine/deciders.ts';
import { recover } from '../../src/engine/recover.ts';
import { JournalTurnLog } from '../../src/engine/turn-log.ts';
import { createLogger } from '../../src/log.ts';
import type { TapeLoss } from '../../src/protocol/records.ts';
import { Silence } from '../../src/runtime/silence.ts';
import type { TurnRecord } from '../../src/runtime/turn.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { writeBootPointer } from '../../src/store/boot-pointer.ts';
import { type JournalOptions, openJournal } from '../../src/store/journal.ts';
import { fill, sent, tell } from '../actors/support/hedged-book.ts';
import type { World } from './world.ts';

/** Hedged once, and quiet for a while: many evaluations that change nothing, and some that do. */
export function quietVoyage(w: World = sent()): World {
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

export interface Session {
  readonly dir: string;
  readonly world: World;
  readonly lastSeq?: number;
  readonly tape?: Partial<JournalOptions>;
  /** Called before each turn is written. */
  readonly before?: (turn: TurnRecord, clock: VirtualClock) => void;
}

/** Writes what a world did as the live engine would, tape and all. */
export function writeSession({
  dir,
  world,
  lastSeq = 0,
  tape = {},
  before,
}: Session): JournalTurnLog {
  const clock = new VirtualClock(1000);
  const { tapeLoss } = recover(dir);
  const files = { dir, fsync: 'interval', fsyncIntervalMs: 1000, mono: clock } as const;
  const journal = openJournal({ ...files, prefix: 'journal', segmentBytes: 1 << 20 });
  writeBootPointer(dir, journal.position());
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
