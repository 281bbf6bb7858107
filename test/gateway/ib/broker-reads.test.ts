import { strict as assert } from 'node:assert';
import { afterEach, describe, it } from 'vitest';
import {
  encodeCommission,
  encodeExecution,
  encodeExecutionsEnd,
} from '../../../src/gateway/tws/encode.ts';
import { encodeCompletedOrder } from '../../../src/gateway/tws/encode-order.ts';
import {
  listed,
  position,
  putPosition,
  settled,
  setUp,
  tearDown,
  toFrame,
} from '../../actors/support/broker-rig.ts';
import { venueExecution, venueOrder } from './support/samples.ts';
import { CLIENT, errorFrame, type Script } from './support/scripted-tws.ts';

afterEach(tearDown);

describe('reads', () => {
  const full: Script['answers'] = {
    [CLIENT.reqAllOpenOrders]: () => [
      ...listed(venueOrder()),
      ...listed(venueOrder({ clientId: 3, orderId: 5, permId: 8, orderRef: '' })),
      [53, 1],
    ],
    [CLIENT.reqOpenOrders]: () => [...listed(venueOrder()), [53, 1]],
    [CLIENT.reqCompletedOrders]: () => [
      toFrame(
        encodeCompletedOrder(
          178,
          venueOrder({
            permId: 7,
            orderRef: 'gs:a:0',
            status: 'Filled',
            filled: 112,
            remaining: 0,
          }),
        ),
      ),
      [102],
    ],
    [CLIENT.reqExecutions]: ([, id]) => [
      toFrame(encodeExecution(178, Number(id), venueExecution())),
      toFrame(encodeCommission(venueExecution())),
      toFrame(encodeExecutionsEnd(Number(id))),
    ],
    [CLIENT.reqPositions]: () => [position(-112), putPosition(5), [62, 1]],
    [CLIENT.reqAccountSummary]: ([, id = '']) => [
      [63, 1, id, 'DU1', 'NetLiquidation', '100000.00', 'USD'],
      [63, 1, id, 'DU1', 'AccountType', 'INDIVIDUAL', ''],
      [64, 1, id],
    ],
  };

  it('are done when every part has ended, with all of them in one report', async () => {
    const { inbox, broker } = await setUp({ answers: full });
    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 10_000 });
    const { readId, read } = await inbox.get('read.done');
    assert.equal(readId, 'r1');
    assert.deepEqual(
      read.openOrders.map(({ permId }) => permId),
      [9001, 8],
    );
    assert.deepEqual(
      read.completedOrders.map(({ orderRef, filled }) => [orderRef, filled]),
      [['gs:a:0', 112]],
    );
    assert.deepEqual(
      read.executions.map(({ execBase, revision }) => [execBase, revision]),
      [['0000e0d5.6450c0ff.01', 1]],
    );
    assert.deepEqual(
      read.commissions.map(({ commission }) => commission),
      [1],
    );
    assert.deepEqual(
      read.positions.map(({ quantity }) => quantity),
      [-112, 5],
    );
    assert.deepEqual(read.accounts, [
      { account: 'DU1', values: { NetLiquidation: '100000.00', AccountType: 'INDIVIDUAL' } },
    ]);
    assert.equal(inbox.all('execution').length, 0);
    assert.equal(inbox.all('position').length, 0);
  });

  it('do not take a list for complete when its end is missing', async () => {
    const answers = { ...full, [CLIENT.reqPositions]: () => [position(-112)] };
    const { tws, clock, inbox, broker } = await setUp({ answers });
    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 3000 });
    await tws.message(CLIENT.reqAccountSummary);
    await settled({ tws, inbox });
    clock.advanceBy(3000);
    const { reason } = await inbox.get('read.failed');
    assert.equal(reason, 'no end of positions within 3000 ms');
    assert.equal(inbox.all('read.done').length, 0);
    // What it had gathered was told only once, so it is passed on.
    assert.deepEqual(
      inbox.all('position').map(({ position: { quantity } }) => quantity),
      [-112],
    );
    assert.equal(inbox.all('execution').length, 1);
    assert.equal(inbox.all('commission').length, 1);
  });

  it('are not completed by the late end of one that failed', async () => {
    let late = true;
    const answers = {
      ...full,
      [CLIENT.reqPositions]: () => (late ? [] : [position(-112), [62, 1] as const]),
    };
    const { tws, clock, inbox, broker } = await setUp({ answers });
    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 3000 });
    await tws.message(CLIENT.reqAccountSummary);
    await settled({ tws, inbox });
    clock.advanceBy(3000);
    await inbox.get('read.failed');

    late = false;
    tws.script = { ...tws.script, answers: { ...answers, [CLIENT.reqPositions]: () => [] } };
    broker.receive({ type: 'read', readId: 'r2', deadlineMs: 3000 });
    await tws.message(CLIENT.reqAccountSummary, 2);
    tws.send(position(0), [62, 1]);
    await settled({ tws, inbox });
    assert.equal(inbox.all('read.done').length, 0);
    tws.send(position(-112), [62, 1]);
    const { read } = await inbox.get('read.done');
    assert.deepEqual(
      read.positions.map(({ quantity }) => quantity),
      [-112],
    );
  });

  it('give the link up when two in a row were not answered', async () => {
    const answers = { ...full, [CLIENT.reqPositions]: () => [] };
    const { tws, clock, inbox, broker } = await setUp({ answers });
    for (const [index, readId] of ['r1', 'r2'].entries()) {
      broker.receive({ type: 'read', readId, deadlineMs: 3000 });
      await tws.message(CLIENT.reqAccountSummary, index + 1);
      await settled({ tws, inbox });
      clock.advanceBy(3000);
      await inbox.get('read.failed', index + 1);
    }
    assert.match((await inbox.get('link.lost')).reason, /two reads in a row/);
  });

  it('run one at a time, in order, and no more than a few wait', async () => {
    const { inbox, broker } = await setUp({ answers: full });
    for (let index = 1; index <= 10; index += 1) {
      broker.receive({ type: 'read', readId: `r${index}`, deadlineMs: 60_000 });
    }
    assert.equal((await inbox.get('read.failed')).readId, 'r10');
    assert.equal((await inbox.get('read.done')).readId, 'r1');
    assert.equal((await inbox.get('read.done', 2)).readId, 'r2');
  });

  it('fail at once when the link is lost or down, and when TWS refuses a part', async () => {
    const refusing: Script['answers'] = {
      ...full,
      [CLIENT.reqExecutions]: ([, id]) => [errorFrame(Number(id), 321, 'read-only')],
    };
    const { tws, inbox, broker } = await setUp({ answers: refusing });
    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 10_000 });
    assert.equal((await inbox.get('read.failed')).reason, 'read-only (321)');

    tws.script = { ...tws.script, answers: { ...full, [CLIENT.reqPositions]: () => [] } };
    broker.receive({ type: 'read', readId: 'r2', deadlineMs: 10_000 });
    await tws.message(CLIENT.reqAccountSummary, 2);
    tws.drop();
    assert.match((await inbox.get('read.failed', 2)).reason, /closed the connection/);

    await inbox.get('link.lost');
    broker.receive({ type: 'read', readId: 'r3', deadlineMs: 10_000 });
    assert.equal((await inbox.get('read.failed', 3)).reason, 'not connected');
  });

  it('fail at once, and end the connection, where the API is read-only', async () => {
    const cause = "Error validating request.-'bW' : cause - The API is in Read-Only mode.";
    const answers: Script['answers'] = {
      ...full,
      [CLIENT.reqOpenOrders]: () => [errorFrame(-1, 321, cause)],
    };
    const { inbox, broker } = await setUp({ answers });
    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 10_000 });
    const { reason } = await inbox.get('read.failed');
    assert.match(reason, /Read-Only mode.*\(321\): TWS: API settings, switch off "Read-Only API"/);
    assert.equal((await inbox.get('link.lost')).reason, reason);
  });

  it('fail when a stock of ours cannot be understood, and pass over what is not ours', async () => {
    const future = [
      61,
      3,
      'DU1',
      5,
      'ES',
      'FUT',
      '202309',
      0,
      '',
      50,
      '',
      'USD',
      'ESU3',
      'ES',
      1,
      1,
    ];
    const broken = [...position(1)];
    broken[14] = '';
    const answers: Script['answers'] = {
      ...full,
      [CLIENT.reqPositions]: () => [future, broken, [62, 1]],
    };
    const { inbox, broker } = await setUp({ answers });
    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 10_000 });
    assert.match((await inbox.get('read.failed')).reason, /the position in SPY/);
    assert.equal(inbox.all('notice').length, 1);
  });

  it('replace the account summary, of which TWS grants only two', async () => {
    const { tws, inbox, broker } = await setUp({ answers: full });
    broker.receive({ type: 'read', readId: 'r1', deadlineMs: 10_000 });
    await inbox.get('read.done');
    broker.receive({ type: 'read', readId: 'r2', deadlineMs: 10_000 });
    await inbox.get('read.done', 2);
    const first = tws.of(CLIENT.reqAccountSummary)[0];
    assert.deepEqual(tws.of(CLIENT.cancelAccountSummary)[0]?.[2], first?.[2]);
  });
});
