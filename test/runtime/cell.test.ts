import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'vitest';
import type { ChildSpec } from '../../src/runtime/actor.ts';
import { type Simulation, simulate } from '../../src/runtime/simulation.ts';
import type { ProbeMessage } from './fixtures/probe.ts';
import { probe } from './fixtures/probes.ts';

let simulation: Simulation | undefined;

async function start(children: readonly ChildSpec[], seed = 1): Promise<Simulation> {
  simulation = await simulate({ children, seed, onEscalate: (fault) => assert.fail(fault) });
  await simulation.complete(simulation.system.ready, 1000);
  return simulation;
}

afterEach(() => simulation?.end());

describe('an actor', () => {
  it('takes one message to completion before the next [one-at-a-time]', async () => {
    const { system, complete, advance } = await start([probe('a', 'one')]);
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const ref = system.ref<ProbeMessage>('a');
    const asked = ref.call({ type: 'wait', word: gate, blocking: false }, 60_000);
    // It is at the first message when the second comes.
    await advance(100);
    const told = ref.call<number[]>({ type: 'told' }, 60_000);
    let isTold = false;
    void told.then(() => {
      isTold = true;
    });
    await advance(1000);
    assert.equal(isTold, false);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await complete(asked, 1000);
    assert.deepEqual(await complete(told, 1000), []);
  });

  it('takes each message at most once, with crashes in between [at-most-once]', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { system, advance, end } = await start([probe('a', 'one')], seed);
      const ref = system.ref<ProbeMessage>('a');
      const received: unknown[] = [];
      system.register('test', (message) => received.push(message));
      // Until its thread has heard of the receiver.
      await advance(10);
      for (let number = 0; number < 50; number += 1) {
        if (number === 25) ref.cast({ type: 'throw' });
        ref.cast({ type: 'cast', to: 'test', messages: [number] });
        // Some are lost with the crash; those behind it find the next life.
        if (number % 10 === 0) await advance(number === 30 ? 10_000 : 0.3);
      }
      await advance(10_000);
      assert.equal(new Set(received).size, received.length);
      assert(received.includes(0) && received.includes(49), `${received}`);
      end();
    }
  });

  it('stops when it has taken what is still on its way from another thread [stop]', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const args = { observer: 'test' };
      const { system, complete, end } = await start([probe('a', 'one', { args })], seed);
      const received: unknown[] = [];
      system.register('test', (message) => received.push(message));
      const numbers = Array.from({ length: 20 }, (_, number) => number);
      const ref = system.ref<ProbeMessage>('a');
      for (const number of numbers) ref.cast({ type: 'sequence', number });
      await complete(system.stop(1000), 2000);
      assert.deepEqual(received.at(-1), { type: 'stopped', id: 'a', told: numbers });
      end();
    }
  });

  it('acts no more after its life has ended: timers and sends [silence]', async () => {
    const { system, advance } = await start([probe('a', 'one')]);
    const received: unknown[] = [];
    system.register('test', (message) => received.push(message));
    const ref = system.ref<ProbeMessage>('a');
    ref.cast({ type: 'later', ms: 50, message: 'from a timer' });
    ref.cast({ type: 'throw' });
    await advance(10_000);
    assert.deepEqual(received, []);
  });
});
