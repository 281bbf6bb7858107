import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import type { Timer } from '../../src/runtime/clock.ts';
import {
  type Decider,
  type Turn,
  type TurnInput,
  type TurnRecord,
  TurnRunner,
} from '../../src/runtime/turn.ts';
import { TurnLoop, type TurnLoopOptions } from '../../src/runtime/turn-loop.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

type Act = (message: unknown, turn: Turn) => void;

/** A decider that does as told; its digest is what it was told to show. */
class Puppet implements Decider {
  readonly id: string;
  shown = '-';
  readonly heard: unknown[] = [];
  readonly #act: Act;

  constructor(id: string, act: Act = () => undefined) {
    this.id = id;
    this.#act = act;
  }

  receive(message: unknown, now: Turn): void {
    this.heard.push(message);
    this.#act(message, now);
  }

  digest(): string {
    return this.shown;
  }
}

/** A kernel over puppets, with all that it did in the order in which it did it. */
function rig(puppets: readonly Puppet[], options: Partial<TurnLoopOptions> = {}) {
  const clock = new VirtualClock(1000);
  const runner = new TurnRunner(0);
  for (const puppet of puppets) runner.add(puppet);
  const did: string[] = [];
  const journal: TurnRecord[] = [];
  const tape: TurnRecord[] = [];
  const carried: (readonly number[])[] = [];
  const defects: unknown[] = [];
  const timerAt = (due: number, fire: () => void): Timer =>
    clock.setTimer(Math.max(0, due - clock.now()), fire);
  const kernel = new TurnLoop({
    runner,
    log: {
      journal: (record, silent) => {
        did.push(`journal ${record.seq}`);
        journal.push(record);
        carried.push(silent.map(({ seq }) => seq));
      },
      tape: (record) => {
        did.push(`tape ${record.seq}`);
        tape.push(record);
      },
      endSlice: () => undefined,
    },
    stamp: () => ({ mono: clock.now(), trading: clock.now() + 500, wall: 0 }),
    setMonoTimer: timerAt,
    setTradingTimer: (due, fire) => timerAt(due - 500, fire),
    deliver: (to, message) => did.push(`deliver ${to} ${message}`),
    onTurn: (record) => did.push(`done ${record.seq}`),
    onDefect: (error) => defects.push(error),
    sliceMs: 5,
    capacity: 100,
    evaluationIntervalMs: 0,
    ...options,
  });
  return { kernel, clock, did, journal, tape, carried, defects };
}

function command(to: string, body: unknown): TurnInput {
  return { kind: 'command', to, body };
}

function failing(): TurnLoopOptions['log'] {
  const fail = () => {
    throw new Fault('journal_unwritable', 'no space left');
  };
  return { journal: fail, tape: fail, endSlice: () => undefined };
}

describe('a turn', () => {
  it('is in the log before any of its effects leaves', () => {
    const a = new Puppet('a', (_, now) => {
      now.send('outside', 'first');
      now.fact('a fact');
      now.send('outside', 'second');
    });
    const { kernel, did, journal } = rig([a]);
    kernel.input(command('a', 'go'));
    assert.deepEqual(did, [
      'journal 1',
      'deliver outside first',
      'deliver outside second',
      'done 1',
    ]);
    assert.deepEqual(journal[0]?.facts, ['a fact']);
    assert.deepEqual(journal[0]?.at, { mono: 1000, trading: 1500, wall: 0 });
  });

  it('takes messages between deciders with it, in their order, and numbers itself once', () => {
    const b = new Puppet('b', (message, now) => message === 1 && now.send('a', 'answer'));
    const a = new Puppet('a', (message, now) => {
      if (message !== 'go') return;
      now.send('b', 1);
      now.send('b', 2);
    });
    a.shown = 'x';
    const { kernel, journal } = rig([a, b]);
    kernel.input(command('a', 'go'));
    assert.deepEqual(b.heard, [1, 2]);
    assert.deepEqual(a.heard, ['go', 'answer']);
    assert.deepEqual([journal.length, journal[0]?.effects, journal[0]?.digest], [1, [], 'a=x b=-']);
  });

  it('gives ids that no other turn gives', () => {
    const ids: string[] = [];
    const a = new Puppet('a', (_, now) => ids.push(now.uniqueId(), now.uniqueId()));
    const { kernel } = rig([a]);
    kernel.input(command('a', 1));
    kernel.input(command('a', 2));
    assert.deepEqual(ids, ['1', '1.2', '2', '2.2']);
  });

  it('is over before the next one begins, also for an input that its effect brings', () => {
    const a = new Puppet('a', (message, now) => message === 'go' && now.send('outside', 'ping'));
    let deliver = (): void => undefined;
    const { kernel, did } = rig([a], { deliver: () => deliver() });
    deliver = () => {
      did.push('deliver');
      kernel.input(command('a', 'pong'));
      assert.equal(kernel.depth, 1);
    };
    kernel.input(command('a', 'go'));
    assert.deepEqual(did, ['journal 1', 'deliver', 'done 1', 'journal 2', 'done 2']);
    assert.deepEqual(a.heard, ['go', 'pong']);
  });

  it('that does not end is a defect', () => {
    const a = new Puppet('a', (_, now) => now.send('a', 'again'));
    const { kernel, defects, did } = rig([a]);
    kernel.input(command('a', 'go'));
    assert.match(String(defects[0]), /does not end/);
    assert.deepEqual(did, []);
  });
});

describe('a turn that fails', () => {
  it.each([
    [
      'in a decider',
      {},
      (): void => {
        throw new Error('broken');
      },
    ],
    ['to be written', { log: failing() }, (): void => undefined],
  ] as const)('%s lets no effect leave, and the kernel takes nothing more', (_, options, fails) => {
    const a = new Puppet('a', (message, now) => {
      now.send('outside', 'order');
      now.startTimer('t', 2000, 'mono');
      if (message === 'go') fails();
    });
    const { kernel, did, defects, clock } = rig([a], options);
    kernel.input(command('a', 'go'));
    kernel.input(command('a', 'more'));
    kernel.wake('a');
    clock.advanceTo(10_000);
    assert.equal(defects.length, 1);
    assert.deepEqual(did, []);
    assert.equal(a.heard.length, 1);
  });
});

describe('a timer', () => {
  const setting = (clock: 'mono' | 'trading'): Act => {
    return (message, now) => message === 'go' && now.startTimer('t', 2000, clock);
  };

  it('elapses once, as an input with its name and due time, on its own clock', () => {
    for (const [name, at] of [
      ['mono', 2000],
      ['trading', 1500],
    ] as const) {
      const a = new Puppet('a', setting(name));
      const { kernel, clock, journal } = rig([a]);
      kernel.input(command('a', 'go'));
      clock.advanceTo(at - 1);
      assert.equal(a.heard.length, 1);
      clock.advanceTo(at + 5000);
      assert.deepEqual(a.heard.slice(1), [{ type: 'timer', name: 't', due: 2000 }]);
      assert.equal(journal[1]?.kind, 'timer');
    }
  });

  it('set again replaces the one before, and belongs to its decider alone', () => {
    const a = new Puppet('a', (message, now) => {
      if (typeof message === 'number') now.startTimer('t', message, 'mono');
    });
    const b = new Puppet('b', (message, now) => message === 'end' && now.cancelTimer('t'));
    const { kernel, clock } = rig([a, b]);
    kernel.input(command('a', 2000));
    kernel.input(command('a', 3000));
    kernel.input(command('b', 'end'));
    clock.advanceTo(10_000);
    assert.deepEqual(a.heard.slice(2), [{ type: 'timer', name: 't', due: 3000 }]);
  });

  it('that was cancelled while its elapsing waited is not heard', () => {
    const a = new Puppet('a', (message, now) => {
      if (message === 'go') now.startTimer('t', 2000, 'mono');
      if (message === 'hold') clock.advanceTo(2500);
      if (message === 'hold') now.cancelTimer('t');
    });
    const { kernel, clock } = rig([a], { sliceMs: 60_000 });
    kernel.input(command('a', 'go'));
    kernel.input(command('a', 'hold'));
    clock.advanceTo(9000);
    assert.deepEqual(a.heard, ['go', 'hold']);
    assert.equal(kernel.idle, true);
  });

  it('that was set again while its elapsing waited is heard once, at the new time', () => {
    const a = new Puppet('a', (message, now) => {
      if (message === 'go') now.startTimer('t', 2000, 'mono');
      if (message === 'hold') clock.advanceTo(2500);
      if (message === 'hold') now.startTimer('t', 4000, 'mono');
    });
    const { kernel, clock } = rig([a], { sliceMs: 60_000 });
    kernel.input(command('a', 'go'));
    kernel.input(command('a', 'hold'));
    clock.advanceTo(9000);
    assert.deepEqual(a.heard.slice(2), [{ type: 'timer', name: 't', due: 4000 }]);
  });
});

describe('an evaluation', () => {
  function board(options: Partial<TurnLoopOptions> = {}, act: Act = () => undefined) {
    const a = new Puppet('a', act);
    const made = rig([a], options);
    let version = 0;
    made.kernel.addBoard('a', () => {
      version += 1;
      return Float64Array.of(version);
    });
    return { a, ...made };
  }

  it('reads the board once for a wake-up, however often it was woken', () => {
    const { a, kernel, clock } = board({ evaluationIntervalMs: 20 });
    kernel.wake('a');
    kernel.wake('a');
    kernel.wake('a');
    assert.equal(a.heard.length, 1);
    clock.advanceTo(1019);
    assert.equal(a.heard.length, 1);
    assert.equal(kernel.idle, false);
    clock.advanceTo(1020);
    assert.equal(a.heard.length, 2);
    assert.equal(kernel.idle, true);
    clock.advanceTo(5000);
    assert.equal(a.heard.length, 2);
  });

  it('waits for messages that came before it', () => {
    const order: unknown[] = [];
    const { kernel } = board({}, (message) => {
      order.push((message as { type?: string }).type ?? message);
      if (message !== 'go') return;
      kernel.wake('a');
      kernel.input(command('a', 'message'));
    });
    kernel.input(command('a', 'go'));
    assert.deepEqual(order, ['go', 'message', 'evaluation']);
  });

  it('that changes nothing goes to the tape, any other to the journal', () => {
    const { a, kernel, did } = board({}, (_, now) => {
      if (a.heard.length === 3) a.shown = 'other';
      if (a.heard.length === 5) now.fact('a fact');
      if (a.heard.length === 6) now.send('outside', 'x');
    });
    for (let n = 0; n < 7; n += 1) kernel.wake('a');
    assert.deepEqual(
      did.filter((one) => !one.startsWith('done')),
      [
        ...['journal 1', 'tape 2', 'journal 3', 'tape 4', 'journal 5'],
        ...['journal 6', 'deliver outside x', 'tape 7'],
      ],
    );
  });

  it('that changed nothing is carried by the next record of its decider', () => {
    const { kernel, journal, carried } = board();
    for (let n = 0; n < 3; n += 1) kernel.wake('a');
    kernel.input(command('a', 'of a'));
    kernel.input(command('a', 'again'));
    assert.deepEqual(
      journal.map(({ seq }) => seq),
      [1, 4, 5],
    );
    assert.deepEqual(carried, [[], [3], []]);
  });

  it('of each board has its turn, however often the others are woken', () => {
    const order: string[] = [];
    const again: Act = (_, { at }) => {
      if (order.length < 9 && at.mono > 0) for (const id of ['a', 'b', 'c']) kernel.wake(id);
    };
    const puppets = ['a', 'b', 'c'].map(
      (id) => new Puppet(id, (message, now) => order.push(id) && again(message, now)),
    );
    const { kernel } = rig(puppets);
    for (const { id } of puppets) kernel.addBoard(id, () => Float64Array.of(1));
    kernel.wake('a');
    assert.equal(order.slice(0, 9).join(''), 'aabcabcab');
  });

  it('of an unknown board, or of an empty one, is no turn', () => {
    const a = new Puppet('a');
    const { kernel, did } = rig([a]);
    kernel.addBoard('a', () => null);
    kernel.wake('a');
    kernel.wake('b');
    assert.deepEqual([did, kernel.idle], [[], true]);
  });
});

describe('the kernel', () => {
  it('gives the event loop its turn when work remains after a slice', async () => {
    const a = new Puppet('a', (message) => {
      if (message === 'go') for (let n = 1; n <= 9; n += 1) kernel.input(command('a', n));
      clock.advanceTo(clock.now() + 2);
    });
    const { kernel, clock } = rig([a]);
    kernel.input(command('a', 'go'));
    assert.equal(a.heard.length, 3);
    assert.equal(kernel.depth, 7);
    kernel.input(command('a', 10));
    assert.equal(a.heard.length, 3);
    await turn();
    assert.equal(a.heard.length, 6);
    for (let n = 0; n < 5; n += 1) await turn();
    assert.deepEqual(a.heard, ['go', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('refuses what it has no room for', () => {
    const a = new Puppet('a', (message) => {
      if (message !== 'go') return;
      for (let n = 0; n < 3; n += 1) kernel.input(command('a', n));
      assert.throws(
        () => kernel.input(command('a', 'too much')),
        (thrown) => thrown instanceof Fault && thrown.code === 'mailbox_full',
      );
    });
    const { kernel } = rig([a], { capacity: 3 });
    kernel.input(command('a', 'go'));
    assert.deepEqual(a.heard, ['go', 0, 1, 2]);
  });

  it('keeps the order of a long queue', () => {
    const a = new Puppet('a', (message) => {
      if (message === 0) for (let n = 1; n <= 3000; n += 1) kernel.input(command('a', n));
    });
    const { kernel } = rig([a], { capacity: 5000 });
    kernel.input(command('a', 0));
    assert.deepEqual(
      a.heard,
      Array.from({ length: 3001 }, (_, n) => n),
    );
  });

  it('that is halted takes no input, lets no timer fire and evaluates nothing', async () => {
    const a = new Puppet('a', (message, now) => {
      if (message === 'go') now.startTimer('t', 2000, 'mono');
      if (message === 'halt') kernel.halt();
    });
    const { kernel, clock } = rig([a], { evaluationIntervalMs: 20 });
    kernel.addBoard('a', () => Float64Array.of(1));
    kernel.input(command('a', 'go'));
    kernel.wake('a');
    kernel.wake('a');
    kernel.input(command('a', 'halt'));
    kernel.input(command('a', 'more'));
    kernel.wake('a');
    clock.advanceTo(60_000);
    await turn();
    assert.equal(a.heard.length, 3);
  });
});
