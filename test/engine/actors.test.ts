import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'vitest';
import { z } from 'zod';
import { createDeciders } from '../../src/engine/deciders.ts';
import { definitionOf } from '../../src/engine/definitions.ts';
import { Machines } from '../../src/engine/machine-views.ts';
import { Traces } from '../../src/engine/traces.ts';
import { actorViews } from '../../src/engine/views.ts';
import { actorView } from '../../src/protocol/views.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { type Harness, launch, probe } from '../runtime/fixtures/probes.ts';
import { quietVoyage } from '../support/session.ts';

const mono = new VirtualClock();
let running: Harness | undefined;

/** A system of which one actor died and lives again, and one died for good and was written to. */
async function afterADeath(): Promise<Harness> {
  const harness = launch(
    [probe('greeks', undefined), probe('gone', undefined, { restart: 'temporary' })],
    {
      mono,
      heartbeat: { intervalMs: 1e9, missesMax: 5 },
    },
  );
  running = harness;
  const { system } = harness;
  await system.ready;
  system.status();
  for (let count = 0; count < 10; count += 1) {
    await system.ref('greeks').call({ type: 'told' }, 1e6);
  }
  const ended = harness.event('gone', 'stopped');
  system.ref('gone').cast({ type: 'throw' });
  await ended;
  const died = harness.event('greeks', 'restarting');
  system.ref('greeks').cast({ type: 'throw' });
  await died;
  const again = harness.event('greeks', 'running');
  mono.advanceBy(5000);
  await again;
  await system
    .ref('greeks')
    .call({ type: 'cast', to: 'gone', messages: [{ type: 'quotes' }] }, 1e6);
  return harness;
}

afterEach(() => running?.system.stop(1000));

describe('GET /actors', () => {
  it('shows of each its life, mailbox, rate, loop, dead letters and last error', async () => {
    const { system } = await afterADeath();
    const views = z.array(actorView).parse(actorViews(system.status()));
    const [greeks, gone, , root] = views;
    for (const { since } of views) assert.ok(Math.abs(since - Date.now() / 1000) < 60);
    assert.deepEqual(
      views.map(({ id, kind, supervisor, state, restarts }) => {
        return [id, kind, supervisor, state, restarts];
      }),
      [
        ['greeks', 'actor', 'root', 'running', 1],
        ['gone', 'actor', 'root', 'stopped', 0],
        ['test', 'receiver', null, 'running', 0],
        ['root', 'supervisor', null, 'running', 0],
      ],
    );
    assert.equal(greeks?.placement, 'kernel');
    assert.deepEqual([greeks.mailbox_depth, greeks.mailbox_high, greeks.messages], [0, 1, 12]);
    // Twelve in the five seconds since the first look.
    assert.equal(greeks.messages_per_second, 12 / 5);
    assert.ok(greeks.event_loop_use > 0 && greeks.event_loop_use <= 1);
    assert.equal(greeks.last_error, 'internal: a defect');
    assert.match(greeks.last_error_stack ?? '', /TypeError: a defect\n.*probe\.ts/);
    assert.deepEqual([gone?.dead_letters, gone?.last_dead_letter], [1, 'quotes']);
    const [{ ts, ...letter } = { ts: 0 }] = gone?.dead_letter_samples ?? [];
    assert.ok(Math.abs(ts - Date.now() / 1000) < 60);
    assert.deepEqual(letter, {
      ...{ from: 'greeks', to: 'gone', type: 'quotes', reason: 'not_running', count: 1 },
    });
    assert.equal(root?.last_error, null);
  });
});

describe('GET /machines', () => {
  it('lists actors and supervisors as machines, each below the one that starts it', async () => {
    const { system, events } = await afterADeath();
    const deciders = createDeciders(quietVoyage().boot, 0);
    const traces = new Traces(deciders);
    for (const event of events) traces.live(event, 7);
    const machines = new Machines(deciders, () => actorViews(system.status()), traces);
    const root = machines.find('actor:root');
    assert.deepEqual([root.machine, root.value, root.parent], ['actor', 'running', 'daemon']);
    const greeks = machines.find('actor:greeks');
    assert.deepEqual([greeks.value, greeks.parent], ['running', 'actor:root']);
    // Also of those of whose lives nobody has told the traces.
    for (const { id, since } of machines.all().filter(({ machine }) => machine === 'actor')) {
      assert.ok(Math.abs(since - Date.now() / 1000) < 60, id);
    }
    assert.match(definitionOf('actor:root').mermaid, /restarting/);
    assert.deepEqual(
      traces
        .transitions('actor:greeks', false)
        .map(({ from, to }) => `${from} → ${to}`)
        .toReversed(),
      [
        ...['stopped → starting', 'starting → running', 'running → restarting'],
        ...['restarting → starting', 'starting → running'],
      ],
    );
  });
});
