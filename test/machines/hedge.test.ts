import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import {
  createHedgeMachine,
  type HedgeEvent,
  outcomeOf,
  RESYNC_BUDGET,
} from '../../machines/hedge.ts';
import { start } from '../../machines/step.ts';
import { effectText, Tour } from '../support/tour.ts';
import {
  ACK,
  ANSWERED,
  APPROVED,
  cancelled,
  DENIED,
  elapsed,
  fill,
  INTENT,
  LOST,
  MANUAL,
  NEED,
  NOT_REPRICED,
  PATHS,
  READ_FAILED,
  RECV,
  REFUSED,
  REPORTED_FILLED,
  REPRICED,
  RESYNC,
  type Row,
  read,
  reject,
  SETTLED,
  STATES,
  STOPPING,
  STRAY,
  SYNCED,
  TOO_SMALL,
  TRY_RESYNC,
  UNCLEAR,
  UNWANT,
  WANT,
} from './hedge-events.ts';

const machine = createHedgeMachine();
const BEGIN = start(machine, undefined as never).snapshot;

const startOf = (name: string) => `startTimer ${name}`;
const endOf = (name: string) => `cancelTimer ${name}`;
const UNWORK = ['cancelTimer working', 'cancelTimer missing'];
const RECOVERING = ['startTimer settle', 'beginRecovery true'];
const OFFLINE = ['startTimer settle', 'beginRecovery false'];
const RECOVERED = ['limit', 'read', 'grace', 'settle'].map(endOf);
const CANCELLING = ['cancelOrder', startOf('cancel')];
const WORK = startOf('working');

const PLANNING: readonly Row[] = [
  ['EXEC_IDLE', RECV, 'PLAN', ['computeNeed']],
  ['FILLED', RECV, 'PLAN', ['computeNeed']],
  ['EXEC_IDLE', RESYNC, 'RECOVER', [...RECOVERING]],
  ['EXEC_IDLE', STRAY, 'RECOVER', [...RECOVERING]],
  ['FILLED', RESYNC, 'RECOVER', [...RECOVERING]],
  ['FAIL', RESYNC, 'RECOVER', [endOf('backoff'), ...RECOVERING]],
  ['FAIL', RECV, 'FAIL'],
  ['PLAN', TOO_SMALL, 'EXEC_IDLE', ['output skipped 0 0']],
  ['PLAN', NEED, 'SEND', ['reviewOrder']],
  ['PLAN', NEED, 'EXEC_IDLE', ['reviewOrder', 'output never_live 0 112 suspended'], [WANT]],
  ['PLAN', WANT, 'PLAN'],
  ['SEND', APPROVED, 'WAIT_ACK', ['sendOrder', startOf('ack')]],
  ['SEND', DENIED, 'EXEC_IDLE', ['output reject 0 112 max_position']],
  ['SEND', WANT, 'EXEC_IDLE', ['output never_live 0 112 suspended']],
  ['SEND', UNWANT, 'SEND'],
];

const WAITING: readonly Row[] = [
  ['WAIT_ACK', ACK, 'WORKING', [endOf('ack'), WORK]],
  ['WAIT_ACK', fill(40), 'PARTIAL', [endOf('ack'), WORK]],
  ['WAIT_ACK', fill(112), 'FILLED', [endOf('ack'), 'output filled 112 0']],
  ['WAIT_ACK', reject(true), 'FAIL', [endOf('ack'), 'output reject 0 112 201', startOf('backoff')]],
  ['WAIT_ACK', reject(false), 'RECOVER', [endOf('ack'), ...RECOVERING]],
  ['WAIT_ACK', UNCLEAR, 'RECOVER', [endOf('ack'), ...RECOVERING]],
  ['WAIT_ACK', cancelled(), 'RECOVER', [endOf('ack'), ...RECOVERING]],
  ['WAIT_ACK', LOST, 'RECOVER', [endOf('ack'), ...OFFLINE]],
  ['WAIT_ACK', elapsed('ack'), 'RECOVER', [endOf('ack'), ...RECOVERING]],
  ['WAIT_ACK', elapsed('working'), 'WAIT_ACK'],
  ['WAIT_ACK', WANT, 'CANCEL', [endOf('ack'), ...CANCELLING]],
  ['WAIT_ACK', UNWANT, 'WAIT_ACK'],
  ['WAIT_ACK', RECV, 'WAIT_ACK'],
  ['WAIT_ACK', RESYNC, 'WAIT_ACK'],
  // After a modify the order may live whatever is said of the modification.
  ['WAIT_ACK', reject(true), 'RECOVER', [endOf('ack'), ...RECOVERING], [ACK, ...repriced()]],
  ['WAIT_ACK', ACK, 'PARTIAL', [endOf('ack'), WORK], [fill(40), ...repriced()]],
];

const WORKED: readonly Row[] = (['WORKING', 'PARTIAL'] as const).flatMap((from): Row[] => [
  [from, fill(112), 'FILLED', [...UNWORK, 'output filled 112 0']],
  [from, REPORTED_FILLED, from, [startOf('missing')]],
  [from, elapsed('missing'), 'RECOVER', [...UNWORK, ...RECOVERING], [REPORTED_FILLED]],
  [from, elapsed('working', true), 'REPRICE', [...UNWORK, 'planReprice']],
  [from, elapsed('working'), 'CANCEL', [...UNWORK, ...CANCELLING]],
  [from, elapsed('ack'), from],
  [from, cancelled(), 'RECOVER', [...UNWORK, ...RECOVERING]],
  [from, UNCLEAR, 'RECOVER', [...UNWORK, ...RECOVERING]],
  [from, reject(true), 'RECOVER', [...UNWORK, ...RECOVERING]],
  [from, LOST, 'RECOVER', [...UNWORK, ...OFFLINE]],
  [from, WANT, 'CANCEL', [...UNWORK, ...CANCELLING]],
  [from, UNWANT, from],
  [from, ACK, from],
  [from, RECV, from],
]);

/** The time to work runs from the first fill on, whatever else is filled. */
const FILLED_MORE: readonly Row[] = [
  ['WORKING', fill(70), 'PARTIAL', [...UNWORK, WORK]],
  ['PARTIAL', fill(70), 'PARTIAL'],
];

const REPRICING: readonly Row[] = [
  ['REPRICE', REPRICED, 'WAIT_ACK', ['modifyOrder', startOf('ack')]],
  ['REPRICE', NOT_REPRICED, 'CANCEL', CANCELLING],
  ['REPRICE', fill(40), 'PARTIAL', [WORK]],
  ['REPRICE', fill(112), 'FILLED', ['output filled 112 0']],
  ['REPRICE', LOST, 'RECOVER', [...OFFLINE]],
  ['REPRICE', WANT, 'CANCEL', CANCELLING],
  ['REPRICE', UNWANT, 'REPRICE'],
];

const ENDING: readonly Row[] = [
  ['CANCEL', fill(40), 'CANCEL'],
  ['CANCEL', fill(112), 'FILLED', [endOf('cancel'), 'output filled 112 0']],
  ['CANCEL', cancelled(), 'RECOVER', [endOf('cancel'), ...RECOVERING]],
  ['CANCEL', ANSWERED, 'RECOVER', [endOf('cancel'), ...RECOVERING]],
  ['CANCEL', REFUSED, 'RECOVER', [endOf('cancel'), ...RECOVERING]],
  ['CANCEL', reject(true), 'RECOVER', [endOf('cancel'), ...RECOVERING]],
  ['CANCEL', UNCLEAR, 'RECOVER', [endOf('cancel'), ...RECOVERING]],
  ['CANCEL', LOST, 'RECOVER', [endOf('cancel'), ...OFFLINE]],
  ['CANCEL', elapsed('cancel'), 'RECOVER', [endOf('cancel'), ...RECOVERING]],
  ...[elapsed('ack'), WANT, REPORTED_FILLED].map((event): Row => ['CANCEL', event, 'CANCEL']),
];

const RECOVERY: readonly Row[] = [
  ['RECOVER', read('live'), 'WORKING', [...RECOVERED, WORK]],
  ['RECOVER', read('live', 40), 'PARTIAL', [...RECOVERED, WORK]],
  ['RECOVER', read('live'), 'CANCEL', [...RECOVERED, ...CANCELLING], [WANT]],
  ['RECOVER', read('live'), 'CANCEL', [...RECOVERED, ...CANCELLING], [LOST, SYNCED]],
  ['RECOVER', read('live', 0, 'waiting'), 'RECOVER', [startOf('limit'), startOf('read')]],
  ['RECOVER', read('live', 0, 'overdue'), 'CANCEL', [...RECOVERED, ...CANCELLING]],
  ['RECOVER', read('live', 0, 'waiting'), 'CANCEL', [...RECOVERED, ...CANCELLING], [WANT]],
  ['RECOVER', read('dead'), 'RECOVER', [endOf('grace'), startOf('read')]],
  ['RECOVER', read('dead'), 'RECOVER', [endOf('read'), startOf('grace')], [read('dead')]],
  ['RECOVER', read('dead', 40), 'RECOVER', [endOf('grace'), startOf('read')], [read('dead')]],
  ['RECOVER', read('absent'), 'RECOVER', ['cancelOrder', startOf('read')]],
  ['RECOVER', read('absent'), 'RECOVER', [endOf('grace'), startOf('read')], [ANSWERED]],
  [
    'RECOVER',
    read('absent'),
    'RECOVER',
    [endOf('read'), startOf('grace')],
    [read('absent'), ANSWERED],
  ],
  ['RECOVER', READ_FAILED, 'RECOVER', [startOf('read')]],
  ['RECOVER', elapsed('read'), 'RECOVER', ['requestRead']],
  ['RECOVER', elapsed('read'), 'RECOVER', [], [LOST]],
  ['RECOVER', fill(40), 'RECOVER', [endOf('grace'), startOf('read')]],
  ['RECOVER', cancelled(), 'RECOVER'],
  ['RECOVER', ANSWERED, 'RECOVER'],
  ['RECOVER', LOST, 'RECOVER', RECOVERED.slice(0, 3)],
  ['RECOVER', SYNCED, 'RECOVER', [startOf('limit')], [LOST]],
  ['RECOVER', elapsed('ack'), 'RECOVER'],
  ['RECOVER', elapsed('grace'), 'RECOVER', [startOf('read')], [REPORTED_FILLED]],
  [
    'RECOVER',
    elapsed('grace'),
    'EXEC_IDLE',
    [...RECOVERED, 'output never_live 0 112 no acknowledgement in time'],
    [read('absent'), ANSWERED, read('absent')],
  ],
  [
    'RECOVER',
    elapsed('grace'),
    'EXEC_IDLE',
    [...RECOVERED, 'output partial 40 72 no acknowledgement in time'],
    [fill(40), cancelled(40), read('dead', 40), read('dead', 40)],
  ],
  [
    'RECOVER',
    elapsed('limit'),
    'FAIL',
    [...RECOVERED, 'output fault 0 112 not resolved within the limit', startOf('backoff')],
  ],
  [
    'RECOVER',
    cancelled(),
    'EXEC_IDLE',
    [...RECOVERED, 'output cancelled 0 112 no acknowledgement in time'],
    [STOPPING],
  ],
  // The broker says 40 were filled; their executions must be here before the order is let go.
  ['RECOVER', cancelled(40), 'RECOVER', [], [STOPPING]],
  [
    'RECOVER',
    fill(40),
    'EXEC_IDLE',
    [
      endOf('grace'),
      startOf('read'),
      ...RECOVERED,
      'output partial 40 72 no acknowledgement in time',
    ],
    [STOPPING, cancelled(40)],
  ],
  ['RECOVER', STOPPING, 'RECOVER', [startOf('settle')]],
  // A bare 202 does not say what was filled: a read does, or the time.
  ['RECOVER', cancelled(null), 'RECOVER', [], [STOPPING]],
  [
    'RECOVER',
    read('dead', 40),
    'EXEC_IDLE',
    [
      endOf('grace'),
      startOf('read'),
      ...RECOVERED,
      'output partial 40 72 no acknowledgement in time',
    ],
    [STOPPING, cancelled(null), fill(40)],
  ],
  [
    'RECOVER',
    elapsed('settle'),
    'EXEC_IDLE',
    [...RECOVERED, 'output cancelled 0 112 no acknowledgement in time'],
    [STOPPING, cancelled(null)],
  ],
  ['RECOVER', reject(true), 'RECOVER', []],
  [
    'RECOVER',
    elapsed('grace'),
    'EXEC_IDLE',
    [...RECOVERED, 'output reject 0 112 201'],
    [reject(true), ANSWERED, read('absent'), read('absent')],
  ],
  [
    'RECOVER',
    elapsed('grace'),
    'EXEC_IDLE',
    [...RECOVERED, 'output partial 40 72 201'],
    [reject(true), fill(40), cancelled(40), read('dead', 40), read('dead', 40)],
  ],
  ['RECOVER', elapsed('settle'), 'RECOVER', [], [STOPPING]],
  ['RECOVER', elapsed('settle'), 'RECOVER', [], [cancelled(0)]],
];

const FAILED: readonly Row[] = [
  ['FAIL', TRY_RESYNC, 'RECOVER', [endOf('backoff'), ...RECOVERING]],
  ['FAIL', MANUAL, 'RECOVER', [endOf('backoff'), ...RECOVERING]],
  ['FAIL', elapsed('backoff'), 'RECOVER', [endOf('backoff'), ...RECOVERING]],
  ['FAIL', elapsed('backoff'), 'FAIL', ['budgetSpent'], spendBudget()],
  ['FAIL', TRY_RESYNC, 'FAIL', [], spendBudget()],
  ['FAIL', MANUAL, 'RECOVER', [endOf('backoff'), ...RECOVERING], spendBudget()],
  ['FAIL', elapsed('limit'), 'FAIL'],
  ['FAIL', SETTLED, 'FAIL'],
  ['FAIL', SETTLED, 'EXEC_IDLE', [endOf('backoff')], [REPORTED_FILLED]],
  ['FAIL', LOST, 'FAIL', [endOf('backoff')]],
  ['FAIL', SYNCED, 'FAIL', [startOf('backoff')], [LOST]],
  // Its output was given: what is found alive afterwards is wanted by nobody.
  [
    'RECOVER',
    read('live'),
    'CANCEL',
    [...RECOVERED, ...CANCELLING],
    [elapsed('limit'), TRY_RESYNC],
  ],
  [
    'RECOVER',
    read('live', 0, 'waiting'),
    'CANCEL',
    [...RECOVERED, ...CANCELLING],
    [elapsed('limit'), TRY_RESYNC],
  ],
];

const ROWS = [PLANNING, WAITING, WORKED, FILLED_MORE, REPRICING, ENDING, RECOVERY, FAILED].flat();

/** In any state that does not answer them itself, they change levels and nothing else. */
const EVERYWHERE: readonly Row[] = STATES.flatMap((from): Row[] => [
  ...(from === 'RECOVER' ? [] : [[from, STOPPING, from] as const]),
  ...(from === 'FAIL' ? [] : [[from, MANUAL, from] as const]),
  ...(from === 'FAIL' || from === 'RECOVER' ? [] : [[from, SYNCED, from] as const]),
]);

const LEVELS: readonly Row[] = [
  ['EXEC_IDLE', WANT, 'EXEC_IDLE'],
  ['EXEC_IDLE', LOST, 'EXEC_IDLE'],
  ['EXEC_IDLE', fill(3), 'EXEC_IDLE'],
  ['EXEC_IDLE', ACK, 'EXEC_IDLE'],
];

function repriced(): readonly HedgeEvent[] {
  return [elapsed('working', true), REPRICED];
}

function spendBudget(): readonly HedgeEvent[] {
  return Array.from({ length: RESYNC_BUDGET }, () => [TRY_RESYNC, elapsed('limit')]).flat();
}

const tour = new Tour(machine);

function play(events: readonly HedgeEvent[]) {
  return events.reduce((snapshot, event) => tour.step(snapshot, event).snapshot, BEGIN);
}

function title([from, event, to, , before]: Row, index: number): string {
  const detail = Object.values(event).filter((value) => typeof value !== 'object');
  const more = before === undefined ? '' : ` after ${before.length} more`;
  return `${index}: ${from} goes to ${to} on ${detail.join(' ')}${more}`;
}

describe('the hedge machine', () => {
  const all = [...ROWS, ...EVERYWHERE, ...LEVELS];

  it.each(all.map((row, index) => [title(row, index), row] as const))('%s', (_, row) => {
    const [from, event, to, effects = [], before = []] = row;
    const given = play([...PATHS[from], ...before]);
    assert.equal(given.value, from);
    const { snapshot, effects: did } = tour.step(given, event);
    assert.equal(snapshot.value, to);
    assert.deepEqual(did.map(effectText), effects);
  });

  it('has a row for every transition and every refusal of a guard', () => {
    for (const [from, event, , , before = []] of all) {
      tour.step(play([...PATHS[from], ...before]), event);
    }
    assert.deepEqual(tour.untaken, []);
    assert.deepEqual(tour.unrefused, []);
  });

  it('ignores what it does not know, in every state', () => {
    for (const state of STATES) {
      const given = play(PATHS[state]);
      const { snapshot, effects } = tour.step(given, { type: 'NONSENSE' } as never);
      assert.deepEqual([snapshot.value, snapshot.context], [given.value, given.context]);
      assert.deepEqual(effects, []);
    }
  });

  it('names the order when it is sent, and keeps its name until the next one', () => {
    assert.equal(play(PATHS.SEND).context.orderRef, null);
    assert.equal(play(PATHS.WAIT_ACK).context.orderRef, INTENT.orderRef);
    assert.equal(play(PATHS.FILLED).context.orderRef, INTENT.orderRef);
    assert.equal(play([...PATHS.FILLED, RECV]).context.orderRef, null);
  });

  it('keeps levels of the world when a new intent comes, and forgets the order', () => {
    const { context } = play([...PATHS.FILLED, WANT, STOPPING, LOST, RECV]);
    assert.deepEqual(
      [context.cancelWanted, context.stopping, context.brokerUp, context.filled, context.seen],
      [true, true, false, 0, false],
    );
  });

  it('gives a new budget after a success, and counts an attempt without one', () => {
    const tried = [...PATHS.FAIL, TRY_RESYNC];
    assert.equal(play(tried).context.resyncs, 1);
    const resolved = [...tried, read('dead'), read('dead'), elapsed('grace')];
    assert.equal(play(resolved).context.resyncs, 0);
    assert.equal(play([...tried, elapsed('limit'), MANUAL]).context.resyncs, 0);
  });
});

describe('a read that agrees', () => {
  it('does not count across a lost connection, nor across the sync after it', () => {
    const before = [...PATHS.RECOVER, read('dead'), LOST];
    assert.equal(play(before).context.readSignature, null);
    assert.equal(play([...PATHS.RECOVER, read('dead'), SYNCED]).context.readSignature, null);
  });

  it('does not count when an execution came in between', () => {
    assert.equal(play([...PATHS.RECOVER, read('dead'), fill(40)]).context.readSignature, null);
  });
});

describe('the outcome of an order that is dead', () => {
  it.each([
    ['filled', 112, true],
    ['filled', 120, true],
    ['partial', 40, true],
    ['cancelled', 0, true],
    ['never_live', 0, false],
  ] as const)('is %s with %i filled and seen alive: %s', (outcome, filled, seen) => {
    const { context } = play(PATHS.WORKING);
    assert.equal(outcomeOf({ ...context, filled, seen }), outcome);
  });
});
