import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, it } from 'vitest';
import type { ChildSpec } from '../../src/runtime/actor.ts';
import { installGuard } from '../../src/runtime/guard.ts';
import { Scheduler } from '../../src/runtime/scheduler.ts';
import { type Simulation, type SimulationOptions, simulate } from '../../src/runtime/simulation.ts';
import { probe } from './fixtures/probes.ts';
import type { RacerArgs } from './fixtures/racer.ts';

const RACER = new URL('./fixtures/racer.ts', import.meta.url).href;
const IDS = ['a', 'b', 'c', 'd'] as const;
const running: Simulation[] = [];

async function start(more: Partial<SimulationOptions> = {}): Promise<Simulation> {
  const simulation = await simulate({
    children: IDS.map((id, index) => racer(id, index < 3 ? `t${index}` : undefined)),
    seed: 1,
    onEscalate: (fault) => assert.fail(fault),
    ...more,
  });
  running.push(simulation);
  return simulation;
}

function racer(id: string, thread: string | undefined): ChildSpec<RacerArgs> {
  const to = IDS.filter((one) => one !== id);
  return { ...probe(id, thread), module: RACER, args: { to, hops: 4 } };
}

/** One run with a crash in it: its trace and what came out of it. */
async function run(seed: number): Promise<{ hash: string; result: string }> {
  const simulation = await start({ seed });
  const { system } = simulation;
  const log: unknown[] = [];
  system.register('log', (line) => log.push(line));
  await simulation.complete(system.ready, 1000);
  for (const id of IDS) system.ref(id).cast({ type: 'pass', path: [] });
  await simulation.advance(1);
  simulation.killThread('t1');
  system.ref('a').cast({ type: 'crash' });
  await simulation.advance(20_000);
  const answers: unknown[] = [];
  for (const id of IDS) {
    answers.push(await simulation.complete(system.ref(id).call({ type: 'paths' }, 1000), 2000));
  }
  await simulation.complete(system.stop(5000), 6000);
  simulation.end();
  return { hash: simulation.traceHash(), result: JSON.stringify([answers, log]) };
}

afterEach(() => {
  for (const simulation of running.splice(0)) simulation.end();
});

describe('a simulation', () => {
  it('is a function of its seed: trace, order and result [seed]', async () => {
    const first = await run(7);
    assert.deepEqual(await run(7), first);
  });

  it('reaches another interleaving with another seed [seed]', async () => {
    const runs = [await run(1), await run(2), await run(3), await run(4)];
    assert.equal(new Set(runs.map(({ hash }) => hash)).size, 4);
    assert(new Set(runs.map(({ result }) => result)).size > 1);
  });

  it('draws who goes next among those that are ready [seed]', async () => {
    const orders = new Set<string>();
    for (const seed of [1, 2, 3, 1]) {
      const options = { seed, startMs: 0, latencyMsMax: 0, onStep: () => undefined };
      const scheduler = new Scheduler(options);
      const { wake } = scheduler.dispatcher('one', scheduler.strand());
      const order: string[] = [];
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
        wake({
          step: () => {
            order.push(name);
            return false;
          },
        });
      }
      await scheduler.advance(1);
      orders.add(order.join(''));
    }
    assert.equal(orders.size, 3);
  });

  it('carries messages as a thread would: by value, and no functions [by-value]', async () => {
    const simulation = await start({ children: [probe('a', 'one'), probe('b', undefined)] });
    const { system } = simulation;
    await simulation.complete(system.ready, 1000);
    const value = { list: [1] };
    const asked = system.ref('a').call<typeof value>({ type: 'echo', value }, 1000);
    value.list.push(2);
    assert.deepEqual(await simulation.complete(asked, 2000), { list: [1] });
    assert.throws(() => system.ref('a').cast(() => undefined), /could not be cloned/);
  });

  it('passes an hour of timers in no time, each at its due', async () => {
    const simulation = await start({ children: [] });
    const { system, mono } = simulation;
    let fired = 0;
    const again = (): void => {
      fired += 1;
      mono.setTimer(1000, again);
    };
    mono.setTimer(1000, again);
    await simulation.complete(system.ready, 10);
    await simulation.advance(3_600_000);
    assert.equal(fired, 3600);
  });

  it('starts again what dies in it, thread and all', async () => {
    const children = [probe('a', 'one'), probe('b', 'one'), probe('c', undefined)];
    const simulation = await start({ children });
    const { system } = simulation;
    await simulation.complete(system.ready, 1000);
    const asked = system.ref('a').call({ type: 'never' }, 60_000);
    const refused = assert.rejects(asked, { code: 'actor_down' });
    await simulation.advance(10);
    simulation.killThread('one');
    await simulation.advance(10_000);
    await refused;
    const states = system.status().map(({ id, state, restarts }) => `${id} ${state} ${restarts}`);
    assert.deepEqual(states, ['a running 1', 'b running 1', 'c running 0', 'root running 0']);
    const echo = system.ref('b').call({ type: 'echo', value: 5 }, 1000);
    assert.equal(await simulation.complete(echo, 2000), 5);
  });

  it('ends a thread that hangs, and starts its actors again', async () => {
    const simulation = await start({ children: [probe('a', 'one'), probe('b', undefined)] });
    const { system, process } = simulation;
    await simulation.complete(system.ready, 1000);
    process.hangThread('one');
    await simulation.advance(4000);
    assert.equal(system.status()[0]?.restarts, 0);
    await simulation.advance(6000);
    assert.deepEqual(system.status()[0]?.restarts, 1);
    const echo = system.ref('a').call({ type: 'echo', value: 5 }, 1000);
    assert.equal(await simulation.complete(echo, 2000), 5);
  });

  it('lets what waited for a frozen process happen when it goes on', async () => {
    const simulation = await start({ children: [probe('a', 'one')] });
    const { system, process, mono } = simulation;
    await simulation.complete(system.ready, 1000);
    const answer = { at: 0 };
    process.freeze();
    const echo = system.ref('a').call({ type: 'echo', value: 5 }, 60_000);
    void echo.then(() => {
      answer.at = mono.now();
    });
    const frozenAt = mono.now();
    await simulation.advance(5000);
    assert.equal(answer.at, 0);
    process.thaw();
    assert.equal(await simulation.complete(echo, 2000), 5);
    assert(answer.at >= frozenAt + 5000);
  });

  it('does nothing more in a process that was killed', async () => {
    const simulation = await start({ children: [probe('a', 'one'), probe('b', undefined)] });
    const { system, process } = simulation;
    await simulation.complete(system.ready, 1000);
    system.ref('b').cast({ type: 'pass', path: [] });
    process.kill();
    const steps = simulation.steps;
    await simulation.advance(60_000);
    assert(simulation.steps - steps <= 1);
    assert.equal(process.alive, false);
  });

  it('ends with what an invariant throws', async () => {
    let steps = 0;
    const onStep = (): void => {
      steps += 1;
      if (steps > 5) throw new Error('the books do not balance');
    };
    const simulation = await start({ onStep });
    await assert.rejects(simulation.complete(simulation.system.ready, 1000), /do not balance/);
  });
});

describe('the guard of a simulation', () => {
  const REACHES = [
    ['a timer', () => setTimeout(() => undefined, 0)],
    ['an interval', () => setInterval(() => undefined, 1)],
    ['an immediate', () => setImmediate(() => undefined)],
    ['the wall clock', () => Date.now()],
    ['chance', () => Math.random()],
    ['random bytes', () => randomBytes(4)],
    ['random values of the web', () => crypto.getRandomValues(new Uint8Array(4))],
    ['a random id', () => crypto.randomUUID()],
    ['a write', () => writeFileSync('x', '')],
    ['a promised file', () => readFile('x')],
    ['a file', () => readFileSync(new URL(import.meta.url))],
    ['a socket', () => connect(1)],
    ['a thread', () => new Worker('0', { eval: true })],
  ] as const;

  it.each(REACHES)('refuses %s [guard]', (_, reach) => {
    const end = installGuard();
    try {
      assert.throws(reach, /in a simulation: use what is passed in/);
    } finally {
      end();
    }
  });

  it('gives everything back, and stands once [guard]', () => {
    const before = [setTimeout, Date.now, Math.random, readFileSync, connect, Worker];
    const end = installGuard();
    assert.throws(() => installGuard(), { code: 'conflict' });
    end();
    end();
    assert.deepEqual([setTimeout, Date.now, Math.random, readFileSync, connect, Worker], before);
  });
});
