import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Mailbox, type MailboxOptions } from '../../src/runtime/mailbox.ts';

interface Item {
  readonly key: string | undefined;
  readonly number: number;
}

const options = (kind: 'refuse' | 'drop_oldest', capacity: number): MailboxOptions<Item> => ({
  owner: 'it',
  capacity,
  policy: { kind },
  conflateKey: (item) => item.key,
});

/** The mailbox as its documentation says it, on a plain array. */
class Model {
  readonly items: Item[] = [];
  dropped = 0;
  conflated = 0;
  readonly #kind: 'refuse' | 'drop_oldest';
  readonly #capacity: number;

  constructor(kind: 'refuse' | 'drop_oldest', capacity: number) {
    this.#kind = kind;
    this.#capacity = capacity;
  }

  push(item: Item): Item | 'refused' | undefined {
    const queued = this.items.findIndex(({ key }) => key !== undefined && key === item.key);
    if (queued >= 0) {
      this.conflated += 1;
      return this.items.splice(queued, 1, item)[0];
    }
    let displaced: Item | undefined;
    if (this.items.length === this.#capacity) {
      if (this.#kind === 'refuse') return 'refused';
      displaced = this.items.shift();
      this.dropped += 1;
    }
    this.items.push(item);
    return displaced;
  }
}

describe('a mailbox', () => {
  it('behaves as its model, whatever is pushed and taken', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', 'none') },
      { weight: 2, arbitrary: fc.constant('take') },
    );
    const kind = fc.constantFrom('refuse', 'drop_oldest');
    fc.assert(
      fc.property(
        kind,
        fc.integer({ min: 1, max: 40 }),
        fc.array(step, { maxLength: 300 }),
        (policy, capacity, steps) => {
          const mailbox = new Mailbox<Item>(options(policy, capacity));
          const model = new Model(policy, capacity);
          let high = 0;
          for (const [number, action] of steps.entries()) {
            if (action === 'take') {
              assert.deepEqual(mailbox.shift(), model.items.shift());
            } else {
              const item = { key: action === 'none' ? undefined : action, number };
              const expected = model.push(item);
              if (expected === 'refused') {
                assert.throws(() => mailbox.push(item), { code: 'mailbox_full' });
              } else assert.deepEqual(mailbox.push(item), expected);
            }
            high = Math.max(high, model.items.length);
            assert.equal(mailbox.depth, model.items.length);
          }
          assert.deepEqual(
            [mailbox.high, mailbox.dropped, mailbox.conflated],
            [high, model.dropped, model.conflated],
          );
        },
      ),
    );
  });

  it('keeps its order over many turns of its ring', () => {
    const mailbox = new Mailbox<number>({ owner: 'it', capacity: 100, policy: { kind: 'refuse' } });
    let next = 0;
    let expected = 0;
    for (let round = 0; round < 1000; round += 1) {
      for (let count = 0; count < (round % 7) + 3 && mailbox.depth < 100; count += 1) {
        mailbox.push(next);
        next += 1;
      }
      for (let count = 0; count < 5 && mailbox.depth > 0; count += 1) {
        assert.equal(mailbox.shift(), expected);
        expected += 1;
      }
    }
  });

  it('takes system messages when it is full, in a lane of their own [system-lane]', () => {
    const mailbox = new Mailbox<number, string>({
      owner: 'it',
      capacity: 1,
      policy: { kind: 'refuse' },
    });
    mailbox.push(1);
    mailbox.pushSystem('stop');
    mailbox.pushSystem('again');
    assert.deepEqual([mailbox.systemDepth, mailbox.depth], [2, 1]);
    assert.deepEqual([mailbox.shiftSystem(), mailbox.shiftSystem()], ['stop', 'again']);
    assert.equal(mailbox.shiftSystem(), undefined);
    assert.equal(mailbox.shift(), 1);
  });
});
