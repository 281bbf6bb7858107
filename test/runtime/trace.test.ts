import assert from 'node:assert/strict';
import { afterEach, describe, it, vi } from 'vitest';
import {
  batchOf,
  eventAt,
  TraceBuffer,
  TraceColumns,
  type TraceEvent,
} from '../../src/runtime/trace.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { type Harness, launch, probe } from './fixtures/probes.ts';

// Threads boot slowly where many tests run at once.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const running: Harness[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ system }) => system.stop(2000)));
});

describe('the tracing tap', () => {
  it('sees sender, receiver, type, sequence and times, in every thread [trace]', async () => {
    const harness = launch([probe('a', 'one'), probe('b', 'two')]);
    running.push(harness);
    const { system } = harness;
    await system.ready;
    const events: TraceEvent[] = [];
    const all = Promise.withResolvers<void>();
    const end = system.trace((event) => {
      events.push(event);
      if (events.length === 4) all.resolve();
    });
    const message = { type: 'cast', to: 'b', messages: [{ type: 'sequence', number: 1 }] };
    await system.ref('a').call(message, 2000);
    await system.ref('a').call({ type: 'ask', to: 'b', message: { type: 'told' } }, 2000);
    await all.promise;
    end();
    const seen = events.map(({ from, to, kind, type, sequence }) => [
      from,
      to,
      kind,
      type,
      sequence,
    ]);
    seen.sort((one, other) => String(one).localeCompare(String(other)));
    assert.deepEqual(seen, [
      [undefined, 'a', 'call', 'ask', 2],
      [undefined, 'a', 'call', 'cast', 1],
      ['a', 'b', 'call', 'told', 2],
      ['a', 'b', 'cast', 'sequence', 1],
    ]);
    for (const { sentAt, takenAt, doneAt } of events) {
      assert(sentAt <= takenAt && takenAt <= doneAt, `${sentAt} ${takenAt} ${doneAt}`);
    }
    await system.ref('a').call({ type: 'told' }, 2000);
    assert.equal(events.length, 4);
  });

  it('keeps a bounded number between two flushes and counts the rest', () => {
    const mono = new VirtualClock();
    const flushed: [number, number][] = [];
    const buffer = new TraceBuffer(mono, ({ count }, dropped) => {
      flushed.push([count, dropped]);
    });
    const times = { sequence: 1, sentAt: 0, takenAt: 0, doneAt: 0 };
    for (let count = 0; count < 1001; count += 1) {
      buffer.add({ from: undefined, to: 'a', kind: 'cast', type: 'x', ...times });
    }
    mono.advanceBy(100);
    assert.deepEqual(flushed, [[1000, 1]]);
    mono.advanceBy(1000);
    assert.equal(flushed.length, 1);
  });

  it('carries events in columns and gives each back as it was', () => {
    const one = { from: 'a', to: 'b', kind: 'cast', type: 'x', sequence: 7 } as const;
    const events: TraceEvent[] = [
      { ...one, sentAt: 1.5, takenAt: 2.25, doneAt: 3 },
      { ...one, from: undefined, kind: 'call', type: 'a', sentAt: 2, takenAt: 2, doneAt: 9 },
      { ...one, from: 'b', to: 'a', sequence: 2 ** 40, sentAt: 4, takenAt: 5, doneAt: 6 },
    ];
    const columns = new TraceColumns();
    for (const event of events) assert(columns.add(event));
    const batch = columns.take();
    assert.deepEqual(
      events.map((_, at) => eventAt(batch, at)),
      events,
    );
    assert.deepEqual([...batch.names].sort(), ['a', 'b', 'x']);
    // What was taken stands, whatever is added after it.
    assert.equal(columns.count, 0);
    columns.add({ ...one, to: 'c', sentAt: 8, takenAt: 8, doneAt: 8 });
    assert.deepEqual(eventAt(batch, 0), events[0]);
    for (const event of events) assert.deepEqual(eventAt(batchOf(event), 0), event);
  });
});

describe('the status of an actor', () => {
  it('tells its rate, the use of its event loop, and where its last error was', async () => {
    const mono = new VirtualClock();
    const harness = launch([probe('a', undefined)], {
      mono,
      heartbeat: { intervalMs: 1e9, missesMax: 5 },
    });
    running.push(harness);
    const { system } = harness;
    await system.ready;
    assert.equal(system.status()[0]?.messagesPerSecond, 0);
    for (let count = 0; count < 10; count += 1) await system.ref('a').call({ type: 'told' }, 1e6);
    mono.advanceBy(2000);
    const [status] = system.status();
    assert.equal(status?.messagesPerSecond, 5);
    assert(status.loopUse > 0 && status.loopUse <= 1);
    const died = harness.event('a', 'restarting');
    system.ref('a').cast({ type: 'throw' });
    await died;
    assert.match(system.status()[0]?.lastErrorStack ?? '', /TypeError: a defect\n.*probe\.ts/);
    const again = harness.event('a', 'running');
    mono.advanceBy(5000);
    await again;
  });
});
