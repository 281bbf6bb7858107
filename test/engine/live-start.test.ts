import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { createEngine, type LiveEngine } from '../../src/engine/live.ts';
import { REPORTS } from '../../src/engine/reports.ts';
import { createLogger } from '../../src/log.ts';
import type { ActorSystem } from '../../src/runtime/system.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { simulationConfig } from '../simulation/scenario.ts';
import { tempDir } from '../support/temp-dir.ts';

interface Starting {
  readonly engine: LiveEngine;
  /** An actor of the system reports. */
  report(id: string, message: unknown): void;
  /** Every actor runs. */
  ready(): Promise<void>;
}

/** An engine whose actors are still on their way. */
function starting(): Starting {
  const booted = Promise.withResolvers<void>();
  const receivers = new Map<string, (message: unknown) => unknown>();
  const system = {
    ready: booted.promise,
    ref: () => ({ cast: () => undefined }),
    register: (id: string, receive: (message: unknown) => unknown) => receivers.set(id, receive),
    onLifecycle: () => () => undefined,
    status: () => [],
    stop: () => Promise.resolve(),
  };
  const mono = new VirtualClock();
  const silent = { level: 'silent', pretty: false } as const;
  const engine = createEngine({
    ...{ config: simulationConfig(), version: 'test', exchangeId: null, fsync: 'interval' },
    ...{ journalDir: tempDir('live-start'), evaluationIntervalMs: 20, clockRate: 1 },
    orderLink: { heartbeatMs: 5000, messagesPerSecond: 40 },
    history: { sink: { kind: 'none' }, journalDays: 30, historyDays: 90, behindBytes: 1e9 },
    onSinkDown: () => undefined,
    neighbours: () => [],
    ...{ log: createLogger(silent), workerLog: silent, compileCacheDirectory: '' },
    ...{ mono, wall: { now: () => 1_789_394_400_000 + mono.now() } },
    // As much of a system as the engine uses here.
    startSystem: () => system as unknown as ActorSystem,
  });
  const started = engine.start();
  return {
    engine,
    report: (id, message) => receivers.get(id)?.(message),
    ready: () => {
      booted.resolve();
      return started;
    },
  };
}

describe('what comes while the actors start', () => {
  it('is heard when they run: a database that is far behind', async () => {
    const { engine, report, ready } = starting();
    report(REPORTS.sink, { type: 'sink', state: 'behind', reason: 'refused' });
    await ready();
    const machine = engine.reads.machine('daemon');
    assert.match(JSON.stringify(machine.context), /sink_unavailable/);
    await engine.close();
  });

  it('is applied when they run: a configuration that was edited', async () => {
    const { engine, ready } = starting();
    const { books } = simulationConfig();
    engine.reconfigure({
      ...{ type: 'config.applied', file: 'x.yaml', configSummary: 'edited' },
      ...{ books: books.map(({ settings }) => settings), taken: [], needsRestart: [] },
    });
    await ready();
    assert.equal(engine.reads.config().summary, 'edited');
    await engine.close();
  });

  it('is answered when they run: a command', async () => {
    const { engine, ready } = starting();
    const answer = engine.controls.control({ control: { command: 'suspend' }, origin: 'test' });
    await ready();
    assert.equal((await answer).ok, true);
    assert.equal(engine.reads.status().trading_suspended, true);
    await engine.close();
  });

  it('is refused where it never runs: a command', async () => {
    const { engine } = starting();
    const answer = engine.controls.control({ control: { command: 'suspend' }, origin: 'test' });
    await engine.close();
    assert.equal((await answer).status, 503);
  });
});
