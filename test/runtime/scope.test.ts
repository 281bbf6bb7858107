import assert from 'node:assert/strict';
import { it } from 'vitest';
import { createLogger } from '../../src/log.ts';
import type { SenderRef } from '../../src/runtime/post-office.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { Scope } from '../../src/runtime/scope.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

const never = (): never => assert.fail('nothing comes');

/** A life whose ways out are written down. */
function scopeWith(clock: VirtualClock, out: string[]): Scope {
  const ref = (id: string): SenderRef<unknown> => ({
    id,
    cast: () => void out.push('cast'),
    send: async () => void out.push('send'),
    call: async <R>(): Promise<R> => out.push('call') as R,
  });
  return new Scope('a', {
    mono: clock,
    wall: { now: () => 0 },
    random: createRandom(1),
    log: createLogger({ level: 'silent', pretty: false }),
    ref: ref as <M>(id: string) => SenderRef<M>,
    watch: () => {
      out.push('watch');
      return () => undefined;
    },
    crashed: never,
  });
}

it('has at most 512 watches at a time [watch]', () => {
  const out: string[] = [];
  const { context } = scopeWith(new VirtualClock(), out);
  const ends = Array.from({ length: 512 }, (_, number) => context.watch(`${number}`, never));
  assert.throws(() => context.watch('one more', never), /a watches too much/);
  ends[0]?.();
  context.watch('another', never);
  assert.equal(out.length, 513);
});

it('lets nothing out of a life that has ended, whoever still holds its context [silence]', async () => {
  const clock = new VirtualClock();
  const out: string[] = [];
  const scope = scopeWith(clock, out);
  const { context } = scope;
  const held = context.ref('b');
  held.cast(1);
  await held.send(1, 10);
  await held.call(1, 10);
  context.watch('b', never);
  context.mono.setTimer(1, never);
  assert.deepEqual(out.splice(0), ['cast', 'send', 'call', 'watch']);

  scope.end();
  held.cast(2);
  await assert.rejects(held.send(2, 10), { code: 'actor_down' });
  await assert.rejects(held.call(2, 10), { code: 'actor_down' });
  context.ref('c').cast(3);
  context.watch('c', never);
  context.mono.setTimer(0, never);
  clock.advanceBy(100);
  assert.deepEqual(out, []);
});
