import assert from 'node:assert/strict';
import { afterEach, describe, it, vi } from 'vitest';
import type { TraceEvent } from '../../src/runtime/trace.ts';
import { TraceBuffer } from '../../src/runtime/trace.ts';
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
    const buffer = new TraceBuffer(mono, (events, dropped) => {
      flushed.push([events.length, dropped]);
    });
    const times = { sequence: 1, sentAt: 0, takenAt: 0, doneAt: 0 };
    for (let count = 0; count < 1001; count += 1) {
      buffer.add({ from: undefined, to: 'a', kind: 'cast', type: 'x', ...times });
    }
    mono.advanceBy(20);
    assert.deepEqual(flushed, [[1000, 1]]);
    mono.advanceBy(1000);
    assert.equal(flushed.length, 1);
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
