import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { ACTORS } from '../../src/protocol/decision.ts';
import type { World } from '../support/world.ts';
import { verifyReplays, watching } from './support/hedged-book.ts';

verifyReplays();

const context = (w: World) => w.data.snapshot.context;
const alerts = (w: World) =>
  w
    .facts('operation')
    .filter(({ type }) => type === 'alert')
    .map(({ stateReason }) => stateReason);

describe('a place that the engine writes to', () => {
  it('is well while the database is away for less than the backlog that is allowed', () => {
    const w = watching();
    w.input('actor', ACTORS.daemon, { type: 'sink', state: 'down', reason: '' });
    assert.equal(w.daemon, 'running');
  });

  it('tells of a disk that is nearly full, and sends nothing below the bound', () => {
    const w = watching();
    w.input('actor', ACTORS.daemon, { type: 'disk', state: 'low', freeBytes: 1.5 * 1024 ** 3 });
    assert.deepEqual(context(w).degraded, ['disk_low']);
    w.input('actor', ACTORS.daemon, { type: 'disk', state: 'full', freeBytes: 0.9 * 1024 ** 3 });
    assert.deepEqual(context(w).degraded, ['disk_full']);
    w.evaluate({ delta: 112 });
    w.pump();
    assert.equal(w.venue.orders.size, 0);
    w.input('actor', ACTORS.daemon, { type: 'disk', state: 'ok', freeBytes: 9 * 1024 ** 3 });
    w.evaluate({ delta: 113 });
    assert.equal(w.states, 'HEDGING WAIT_ACK');
    const told = alerts(w).filter((text) => text.startsWith('disk_space'));
    assert.deepEqual(told, [
      "disk_space: 1.5 GiB are free on the journal's disk: below 1 GiB nothing is traded",
      "disk_space: 0.9 GiB are free on the journal's disk: nothing is traded",
      "disk_space cleared: 9.0 GiB are free on the journal's disk",
    ]);
  });

  it('raises an alert while nothing can be recorded, hedges on, and clears it', () => {
    const w = watching();
    const recorder = (state: string, reason = '') =>
      w.input('actor', ACTORS.daemon, { type: 'recorder', state, reason });
    recorder('ok');
    assert.deepEqual(alerts(w), []);
    recorder('failed', 'the disk is full');
    recorder('failed', 'it still is');
    assert.deepEqual(context(w).degraded, ['recorder_failed']);
    assert.equal(w.data.alerts.get('recorder_failed')?.text.endsWith('the disk is full'), true);
    w.evaluate({ delta: 112 });
    assert.equal(w.states, 'HEDGING WAIT_ACK');
    recorder('ok');
    assert.deepEqual([context(w).degraded, w.data.alerts.size], [[], 0]);
    assert.deepEqual(alerts(w), [
      'recorder_failed: quotes are not recorded; hedging goes on: the disk is full',
      'recorder_failed cleared: quotes are recorded again',
    ]);
  });

  it('clears the alert of a recorder that is not wanted any more', () => {
    const w = watching();
    w.input('actor', ACTORS.daemon, { type: 'recorder', state: 'failed', reason: 'x' });
    w.input('actor', ACTORS.daemon, { type: 'recorder', state: 'off', reason: '' });
    assert.equal(w.data.alerts.size, 0);
  });
});
