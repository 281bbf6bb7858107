import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { ChildSpec } from '../../src/runtime/actor.ts';
import type { SupervisorSpec, SystemChild } from '../../src/runtime/supervisor-spec.ts';
import { probe } from './fixtures/probes.ts';
import { CRASH, settle, world } from './fixtures/supervisor-world.ts';

const actor = (id: string, more: Partial<Omit<ChildSpec, 'args'>> = {}) =>
  probe(id, undefined, { stopDeadlineMs: 500, ...more });

const nest = (
  id: string,
  children: readonly SystemChild[],
  more: Partial<SupervisorSpec> = {},
): SupervisorSpec => ({
  kind: 'supervisor',
  id,
  strategy: 'one_for_one',
  restart: 'permanent',
  children,
  ...more,
});

describe('the strategy of a supervisor', () => {
  const three = [actor('a'), actor('b'), actor('c')];

  it('one-for-all stops siblings in reverse and starts all in order [strategies]', async () => {
    const { supervisor, log, pass } = world(three, 3, 'one_for_all');
    await supervisor.start();
    log.length = 0;
    supervisor.crashed('b', CRASH, 0);
    await pass(1000);
    assert.deepEqual(log, [
      ...['b restarting', 'c restarting', 'a restarting', 'stop c 500', 'stop a 500'],
      ...['a starting', 'a running', 'b starting', 'b running', 'c starting', 'c running'],
    ]);
  });

  it('rest-for-one takes those started after it, and no other [strategies]', async () => {
    const { supervisor, log, pass } = world(three, 3, 'rest_for_one');
    await supervisor.start();
    log.length = 0;
    supervisor.crashed('b', CRASH, 0);
    await pass(1000);
    assert.deepEqual(log, [
      ...['b restarting', 'c restarting', 'stop c 500'],
      ...['b starting', 'b running', 'c starting', 'c running'],
    ]);
  });

  it('does not start again what is temporary, or had ended normally', async () => {
    const children = [
      actor('a'),
      actor('b', { restart: 'temporary' }),
      probe('c', 'one', { restart: 'transient' }),
    ];
    const { supervisor, log, pass } = world(children, 3, 'one_for_all');
    await supervisor.start();
    supervisor.threadDown('one', CRASH, 0, () => 0);
    log.length = 0;
    supervisor.crashed('a', CRASH, 0);
    await pass(1000);
    assert.deepEqual(log, ['a restarting', 'stop b 500', 'b stopped', 'a starting', 'a running']);
  });

  it('begins anew when another dies while the group waits', async () => {
    const { supervisor, log, stops, pass } = world(three, 3, 'rest_for_one');
    await supervisor.start();
    stops.set('c', () => Promise.resolve(true));
    supervisor.crashed('b', CRASH, 0);
    await settle();
    log.length = 0;
    supervisor.crashed('a', CRASH, 0);
    await pass(5000);
    assert.deepEqual(log, [
      'a restarting',
      ...['a', 'b', 'c'].flatMap((id) => [`${id} starting`, `${id} running`]),
    ]);
  });

  it('waits for a sibling that is late to stop before it starts anything', async () => {
    const { supervisor, log, stops, pass } = world(three, 3, 'one_for_all');
    await supervisor.start();
    const stopped = Promise.withResolvers<boolean>();
    stops.set('c', () => stopped.promise);
    supervisor.crashed('a', CRASH, 0);
    log.length = 0;
    await pass(1000);
    supervisor.crashed('c', CRASH, 0);
    assert.deepEqual(log, ['stop c 500']);
    stopped.resolve(true);
    await pass(1000);
    assert.equal(log.filter((line) => line.endsWith('running')).length, 3);
  });

  it('starts the whole group again when one of it fails to start', async () => {
    const { supervisor, log, starts, stops, pass } = world(three, 3, 'one_for_all');
    await supervisor.start();
    for (const id of ['a', 'c']) stops.set(id, () => Promise.resolve(true));
    starts.set('b', () => Promise.reject(CRASH));
    supervisor.crashed('a', CRASH, 0);
    await pass(1000);
    starts.delete('b');
    log.length = 0;
    await pass(2000);
    await pass(2000);
    const running = log.filter((line) => line.endsWith('running'));
    assert.deepEqual(running, ['a running', 'b running', 'c running']);
  });
});

describe('a supervisor below another', () => {
  const once = { intensity: { restarts: 1, periodMs: 10_000 } };

  it('starts in its place in the order, and stops in reverse [nesting]', async () => {
    const { supervisor, log } = world([
      actor('a'),
      nest('s', [actor('b'), actor('c')]),
      actor('d'),
    ]);
    await supervisor.start();
    assert.deepEqual(log, [
      ...['a starting', 'a running', 's starting', 'b starting', 'b running'],
      ...['c starting', 'c running', 's running', 'd starting', 'd running'],
    ]);
    log.length = 0;
    await supervisor.stop(10_000);
    assert.deepEqual(
      log.filter((line) => line.startsWith('stop ')),
      ['stop d 500', 'stop c 500', 'stop b 500', 'stop a 500'],
    );
  });

  it('recovers its own and troubles nobody above [nesting]', async () => {
    const { supervisor, log, pass } = world([actor('a'), nest('s', [actor('b')])]);
    await supervisor.start();
    log.length = 0;
    supervisor.crashed('b', CRASH, 0);
    await pass(1000);
    assert.deepEqual(log, ['b restarting', 'b starting', 'b running']);
  });

  it('gives up, stops its children, and is started again from above [escalation]', async () => {
    const { supervisor, log, escalated, pass } = world([
      nest('s', [actor('b'), actor('c')], once),
      actor('d'),
    ]);
    await supervisor.start();
    supervisor.crashed('b', CRASH, 0);
    await pass(1000);
    log.length = 0;
    supervisor.crashed('b', CRASH, 0);
    await pass(1000);
    assert.deepEqual(log, [
      ...['b failed', 'stop c 500', 'c stopped', 's restarting', 's starting'],
      ...['b starting', 'b running', 'c starting', 'c running', 's running'],
    ]);
    const [status] = supervisor.status();
    assert.deepEqual([status?.restarts, status?.children[0]?.restarts], [1, 2]);
    assert.equal(escalated.length, 0);
  });

  it('gives up to the root, which halts once and leaves others alive [escalation]', async () => {
    const { supervisor, escalated, pass } = world(
      [nest('s', [nest('t', [actor('b')], once)], once), actor('d')],
      1,
    );
    await supervisor.start();
    for (let count = 0; count < 8; count += 1) {
      supervisor.crashed('b', CRASH, 0);
      await pass(1000);
    }
    assert.equal(escalated.length, 1);
    const states = supervisor.status().map(({ state }) => state);
    assert.deepEqual(states, ['failed', 'running']);
  });

  it('fails the whole start when one of its children cannot start', async () => {
    const { supervisor, log, starts } = world([nest('s', [actor('b'), actor('c')])]);
    starts.set('c', () => Promise.reject(CRASH));
    await assert.rejects(supervisor.start(), CRASH);
    assert.deepEqual(log.slice(-4), ['c failed', 'stop b 500', 'b stopped', 's failed']);
  });

  it('is stopped with all that is below it when a sibling takes it along', async () => {
    const { supervisor, log, pass } = world(
      [actor('a'), nest('s', [actor('b'), actor('c')])],
      3,
      'one_for_all',
    );
    await supervisor.start();
    log.length = 0;
    supervisor.crashed('a', CRASH, 0);
    await pass(1000);
    assert.deepEqual(log, [
      ...['a restarting', 's restarting', 'stop c 500', 'c stopped', 'stop b 500', 'b stopped'],
      ...['a starting', 'a running', 's starting', 'b starting', 'b running'],
      ...['c starting', 'c running', 's running'],
    ]);
  });

  it('is temporary and gives up: it is not started again', async () => {
    const { supervisor, log, pass } = world([
      nest('s', [actor('b')], { ...once, restart: 'temporary' }),
    ]);
    await supervisor.start();
    for (let count = 0; count < 3; count += 1) {
      supervisor.crashed('b', CRASH, 0);
      await pass(1000);
    }
    assert.equal(log.at(-1), 's stopped');
  });
});
