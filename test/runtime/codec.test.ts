import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { ACTORS_MAX, GENERATIONS, THREADS_MAX } from '../../src/runtime/actor-table.ts';
import { pack, unpack } from '../../src/runtime/codec.ts';
import type { DataMessage } from '../../src/runtime/wire.ts';

const to = fc.integer({ min: 0, max: ACTORS_MAX - 1 });
const generation = fc.integer({ min: 0, max: GENERATIONS - 1 });
const from = fc.integer({ min: 0, max: THREADS_MAX - 1 });
const call = fc.integer({ min: 0, max: 2 ** 50 });
const carried = fc.oneof(fc.constant(undefined), fc.constant(null), fc.jsonValue());
const sender = fc.integer({ min: 0, max: ACTORS_MAX - 1 });
const sentAt = fc.option(fc.double({ noNaN: true }), { nil: undefined });
const fault = fc.record({
  code: fc.constantFrom('deadline', 'actor_down', 'not_found'),
  message: fc.string(),
  remedy: fc.option(fc.string(), { nil: undefined }),
});
const message: fc.Arbitrary<DataMessage> = fc.oneof(
  fc.record({ type: fc.constant('cast'), to, generation, message: carried, sender, sentAt }),
  fc.record({
    type: fc.constant('call'),
    to,
    generation,
    message: carried,
    from,
    call,
    sender,
    sentAt,
  }),
  fc.record({ type: fc.constant('answer'), from, call, value: carried }),
  fc.record({ type: fc.constant('refusal'), from, call, fault }),
  fc.record({ type: fc.constant('room'), of: to }),
);

describe('what crosses between threads', () => {
  it('is what was sent, whatever its numbers', () => {
    fc.assert(
      fc.property(message, (sent) => {
        assert.deepEqual(unpack(structuredClone(pack(sent))), structuredClone(sent));
      }),
    );
  });

  it('begins with a small integer, which a batch does not', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const [head] = pack(sent);
        assert(Number.isInteger(head) && head >= 0 && head < 2 ** 30, `${head}`);
      }),
    );
  });
});
