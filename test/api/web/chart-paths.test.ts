import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import {
  activePaths,
  guardKey,
  labelPlace,
  lastVerdicts,
  shortState,
  stateValueOf,
  takenArrows,
  targetName,
} from '../../../src/api/web/chart-paths.ts';
import type { TracedTransition } from '../../../src/protocol/views.ts';

const step = (more: Partial<TracedTransition>): TracedTransition => ({
  ts: 1,
  machine: 'hedge:NVDA',
  from: 'PLAN',
  to: 'SEND',
  event: 'need.computed',
  ...more,
});

describe('what of a chart is lit', () => {
  it('is the state that a name or a nested value tells, with all it is in', () => {
    assert.deepEqual([...activePaths('WORKING')], ['WORKING']);
    assert.deepEqual(
      [...activePaths({ lifecycle: { operating: 'healthy' }, admission: 'active' })],
      [
        'lifecycle',
        'lifecycle.operating',
        'lifecycle.operating.healthy',
        'admission',
        'admission.active',
      ],
    );
    assert.deepEqual([...activePaths(undefined)], []);
  });

  it('reads the state of a past step, also where it is no name', () => {
    assert.equal(stateValueOf('WORKING'), 'WORKING');
    assert.deepEqual(stateValueOf('{"a":"b"}'), { a: 'b' });
    assert.equal(stateValueOf('{broken'), '{broken');
  });

  it('is every arrow that a traced step went along, and of another that between its states', () => {
    const fired = [
      { state: 'PLAN', event: 'need.computed', guard: null, target: 'SEND', actions: [] },
      { state: 'SEND', event: 'always', guard: 'cancelWanted', target: 'EXEC_IDLE', actions: [] },
      { state: '', event: 'order.executed', guard: null, target: null, actions: [] },
    ];
    assert.deepEqual([...takenArrows(step({ fired }))], ['PLAN>SEND', 'SEND>EXEC_IDLE']);
    assert.deepEqual([...takenArrows(step({}))], ['PLAN>SEND']);
    assert.deepEqual([...takenArrows(null)], []);
  });
});

describe('a state in a few words', () => {
  it('is what changed of it, and its name where it has no regions', () => {
    const from = '{"lifecycle":{"operating":"degraded"},"admission":"active"}';
    const to = '{"lifecycle":{"operating":"healthy"},"admission":"active"}';
    assert.equal(shortState(from, to), 'degraded');
    assert.equal(shortState(to, from), 'healthy');
    assert.equal(shortState(to, ''), 'healthy, active');
    assert.equal(shortState('WORKING', 'FILLED'), 'WORKING');
  });
});

describe('where a way leads', () => {
  it('is told without what it has in common with where it begins', () => {
    const healthy = 'lifecycle.operating.healthy';
    assert.equal(targetName(healthy, 'lifecycle.operating.degraded'), 'degraded');
    assert.equal(targetName(healthy, 'lifecycle.waiting_ib.upstream'), 'waiting_ib.upstream');
    assert.equal(targetName(healthy, 'lifecycle.operating'), 'operating');
    assert.equal(targetName('', 'admission.active'), 'admission.active');
    assert.equal(targetName('PLAN', 'SEND'), 'SEND');
  });
});

describe('the verdict of a guard', () => {
  it('is what it said last', () => {
    const asked = { state: 'PLAN', event: 'need.computed', guard: 'belowMinimum', target: null };
    const past = [
      step({ ts: 5 }),
      step({ ts: 4, guards: [{ ...asked, passed: false }] }),
      step({ ts: 3, guards: [{ ...asked, passed: true }] }),
    ];
    assert.deepEqual(lastVerdicts(past).get(guardKey(asked)), { passed: false, ts: 4 });
  });
});

describe('the label of an arrow', () => {
  it('stands in the middle of its longest part', () => {
    const points = [
      [0, 0],
      [0, 10],
      [40, 10],
      [40, 12],
    ] as const;
    assert.deepEqual(labelPlace({ points }), [20, 10]);
    assert.deepEqual(labelPlace({ points: [[3, 4]] }), [3, 4]);
  });
});
