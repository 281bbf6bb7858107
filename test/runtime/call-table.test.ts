import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { CallTable } from '../../src/runtime/call-table.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { Address } from '../../src/runtime/wire.ts';

const address: Address = { id: 'a', slot: 1, thread: 1, capacity: 10, policy: 'refuse' };

type Step =
  | { readonly kind: 'ask'; readonly deadlineMs: number }
  | { readonly kind: 'answer'; readonly which: number }
  | { readonly kind: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('ask'), deadlineMs: fc.integer({ min: 0, max: 50 }) }),
  fc.record({ kind: fc.constant('answer'), which: fc.nat(30) }),
  fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 1, max: 20 }) }),
);

/** A call as it should end, beside how it did. */
interface Asked {
  readonly call: number;
  readonly due: number;
  expected: string | undefined;
  ended: string | undefined;
}

const codeOf = (thrown: unknown): string => (thrown instanceof Fault ? thrown.code : 'error');

describe('the calls that wait', () => {
  it('end each once: by the answer, or at the deadline and never before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), fc.nat(5), async (steps, life) => {
        const clock = new VirtualClock();
        const table = new CallTable(clock, life);
        const asked: Asked[] = [];
        for (const one of steps) {
          if (one.kind === 'ask') {
            const call = table.next();
            const due = clock.now() + one.deadlineMs;
            const entry: Asked = { call, due, expected: undefined, ended: undefined };
            asked.push(entry);
            table.wait(call, address, 1, one.deadlineMs).then(
              (value) => {
                entry.ended = String(value);
              },
              (thrown: unknown) => {
                entry.ended = codeOf(thrown);
              },
            );
          } else if (one.kind === 'answer') {
            const entry = asked[one.which];
            if (entry === undefined) continue;
            entry.expected ??= `${entry.call}`;
            table.answer(entry.call, entry.call);
          } else {
            clock.advanceBy(one.ms);
            for (const entry of asked) if (entry.due <= clock.now()) entry.expected ??= 'deadline';
          }
          await Promise.resolve();
          await Promise.resolve();
          assert.deepEqual(
            asked.map(({ ended }) => ended),
            asked.map(({ expected }) => expected),
          );
        }
        table.end();
        await Promise.resolve();
        assert.equal(table.size, 0);
        assert.equal(clock.pending, 0);
        assert.deepEqual(
          asked.map(({ ended }) => ended),
          asked.map(({ expected }) => expected ?? 'actor_down'),
        );
      }),
    );
  });

  it('are found however many later ones were answered meanwhile', async () => {
    const clock = new VirtualClock();
    const table = new CallTable(clock, 3);
    const first = table.next();
    const answer = table.wait(first, address, 1, 1000);
    for (let count = 0; count < 5000; count += 1) {
      const call = table.next();
      void table.wait(call, address, 1, 1000);
      table.answer(call, count);
    }
    table.answer(first, 'late, and still in time');
    assert.equal(await answer, 'late, and still in time');
    assert.equal(table.size, 0);
  });

  it('of another life, and of none, are nobody’s', async () => {
    const clock = new VirtualClock();
    const before = new CallTable(clock, 1);
    const table = new CallTable(clock, 2);
    const old = before.next();
    const call = table.next();
    const answer = table.wait(call, address, 1, 1000);
    table.answer(old, 'wrong');
    table.answer(call + 1, 'wrong');
    table.answer(call, 'right');
    assert.equal(await answer, 'right');
  });

  it('are refused above their bound, and look at their deadlines seldom when they are many', () => {
    const clock = new VirtualClock();
    const table = new CallTable(clock, 0);
    for (let count = 0; count < 100_000; count += 1) {
      table.wait(table.next(), address, 1, 1 + count / 1000).catch(() => undefined);
    }
    assert.equal(table.full()?.code, 'mailbox_full');
    clock.advanceBy(1);
    assert(table.size >= 99_000 && table.size < 100_000, `${table.size}`);
    // The next look comes after a tenth of a second, and takes all that were due by then.
    clock.advanceBy(99);
    assert(table.size > 99_000);
    for (let call = 2; call <= 99_000; call += 1) table.answer(call, undefined);
    assert.equal(table.size, 1000);
    clock.advanceBy(102);
    assert.equal(table.size, 0);
  });

  it('end in slices where very many are due together, those that come meanwhile too', async () => {
    const clock = new VirtualClock();
    let looks = 0;
    let spent = 0;
    const slow: Clock = {
      now() {
        spent += 0.5;
        return clock.now() + spent;
      },
      setTimer(ms, fire) {
        looks += 1;
        // Between two slices another caller begins to wait.
        if (looks === 3) wait();
        return clock.setTimer(Math.max(0, ms), fire);
      },
    };
    const table = new CallTable(slow, 0);
    const ended: number[] = [];
    const wait = (): void => {
      const call = table.next();
      table.wait(call, address, 1, 100).catch((thrown: unknown) => {
        assert(thrown instanceof Fault && thrown.code === 'deadline');
        // Frames of a timer help nobody, and a flood of them took seconds.
        assert.equal(thrown.stack, `Fault: ${thrown.message}`);
        ended.push(call);
      });
    };
    for (let count = 0; count < 2000; count += 1) wait();
    while (table.size > 0) clock.advanceBy(10_000);
    await Promise.resolve();
    assert.deepEqual(
      ended,
      Array.from({ length: 2001 }, (_, index) => index + 1),
    );
    assert(looks > 4, `${looks} looks`);
    assert.equal(clock.pending, 0);
  });
});
