import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { createDeciders } from '../../src/engine/deciders.ts';
import { createFeed } from '../../src/engine/feed.ts';
import { Machines } from '../../src/engine/machine-views.ts';
import { Traces } from '../../src/engine/traces.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import type { FeedEvent } from '../../src/protocol/ports.ts';
import type { StatusView } from '../../src/protocol/views.ts';
import type { LifecycleEvent } from '../../src/runtime/lifecycle.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { quietVoyage } from '../support/session.ts';

/** A session run again under the eyes of the inspector. */
function inspected() {
  const world = quietVoyage();
  const deciders = createDeciders(world.boot, 0);
  const traces = new Traces(deciders);
  const facts: Fact[] = [];
  for (const record of world.records) {
    const turn = deciders.runner.runAgain(record);
    traces.take(turn);
    facts.push(...(turn.facts as Fact[]));
  }
  return { deciders, traces, facts };
}

const died: LifecycleEvent = {
  id: 'market-data',
  from: 'running',
  input: 'restart',
  state: 'restarting',
  restarts: 1,
  error: undefined,
  lost: 0,
};

describe('the traces of a session', () => {
  it('are the transitions that the journal holds, each with its guards', () => {
    const { traces, facts } = inspected();
    for (const id of ['daemon', 'trading:SPY', 'hedge:SPY']) {
      const written = facts.flatMap((fact) =>
        fact.fact === 'transition' && fact.machine === id ? [fact] : [],
      );
      const traced = traces.transitions(id, false).toReversed();
      assert.deepEqual(
        traced.map(({ ts, from, to, event }) => [ts, from, to, event]),
        written.map(({ ts, from, to, event }) => [ts, from, to, event]),
      );
      assert.ok(traced.length > 2);
      for (const { fired } of traced) assert.ok((fired?.length ?? 0) > 0);
    }
  });

  it('tell on request of events that moved nothing, and why', () => {
    const { traces } = inspected();
    const all = traces.transitions('trading:SPY', true);
    const still = all.filter(({ from, to }) => from === to);
    assert.ok(still.length > 2, `${still.length} moved nothing`);
    assert.ok(still.every(({ event }) => event !== ''));
    assert.ok(still.some(({ guards }) => guards?.some(({ passed }) => !passed)));
    const sequences = all.map(({ sequence }) => sequence ?? 0);
    assert.deepEqual(
      sequences,
      sequences.toSorted((a, b) => b - a),
    );
  });

  it('are the newest of them where a limit is given, each traced once', () => {
    const { traces } = inspected();
    const all = traces.transitions('trading:SPY', true);
    const newest = traces.transitions('trading:SPY', true, 2);
    assert.equal(newest.length, 2);
    for (const [index, transition] of newest.entries()) assert.equal(transition, all[index]);
  });

  it('hold the lives of actors, the newest first and a hundred at most', () => {
    const { traces } = inspected();
    for (let n = 1; n <= 150; n += 1) traces.live(died, n);
    const lives = traces.transitions('actor:market-data', false);
    assert.deepEqual([lives.length, lives[0]?.ts, lives.at(-1)?.ts], [100, 150, 51]);
    assert.deepEqual(lives[0], {
      ts: 150,
      machine: 'actor:market-data',
      from: 'running',
      to: 'restarting',
      event: 'restart',
    });
  });

  it('are nothing for an actor that has not lived yet', () => {
    const { traces } = inspected();
    assert.deepEqual(traces.transitions('actor:greeks', false), []);
  });
});

describe('the machines of the API', () => {
  it('count what no state of them knows', () => {
    const { deciders, traces } = inspected();
    const machines = new Machines(deciders, () => [], traces);
    assert.deepEqual(machines.find('hedge:SPY').unknown_events, {});
    assert.throws(() => machines.find('hedge:QQQ'), /there are daemon, trading:SPY, hedge:SPY/);
  });
});

describe('the feed', () => {
  it('asks why a machine moved only while somebody listens', () => {
    const { traces, facts } = inspected();
    let asked = 0;
    const feed = createFeed(
      new VirtualClock(),
      () => ({}) as StatusView,
      ({ machine, from, to, event }) => {
        asked += 1;
        return traces.newest(machine, from, to, event);
      },
    );
    feed.publish(facts);
    assert.equal(asked, 0);
    const heard: FeedEvent[] = [];
    feed.subscribe((_, event) => heard.push(event));
    const hedges = facts.filter((fact) => fact.fact === 'transition').slice(-4);
    feed.publish(hedges);
    feed.actorChanged(traces.live(died, 7), undefined);
    feed.close();
    assert.equal(asked, 4);
    const moves = heard.flatMap((event) => (event.kind === 'transition' ? [event.data] : []));
    assert.equal(moves.length, 5);
    assert.ok(moves.slice(0, 4).every(({ fired }) => (fired?.length ?? 0) > 0));
    assert.equal(moves[4]?.machine, 'actor:market-data');
  });
});
