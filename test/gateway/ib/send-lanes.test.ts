import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { createSendLanes, type Lane } from '../../../src/gateway/ib/send-lanes.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';

const RATES = { messagesPerSecond: 20, reservedForOrders: 5 };

function setUp(rates = RATES) {
  const clock = new VirtualClock(1000);
  const lanes = createSendLanes(clock, rates);
  const sent: { lane: Lane; at: number }[] = [];
  const send = (lane: Lane) => lanes.send(lane, () => sent.push({ lane, at: clock.now() }));
  return { clock, lanes, sent, send };
}

describe('send lanes', () => {
  it('sends an order at once behind forty requests', () => {
    const { sent, send } = setUp();
    for (let index = 0; index < 40; index += 1) send('request');
    send('order');
    assert.equal(sent.length, 16);
    assert.equal(sent.at(-1)?.lane, 'order');
  });

  it('sends cancels before orders, and orders before requests', () => {
    const { clock, sent, send } = setUp({ messagesPerSecond: 10, reservedForOrders: 0 });
    for (let index = 0; index < 10; index += 1) send('request');
    for (let index = 0; index < 4; index += 1) send('cancel');
    send('request');
    send('order');
    send('cancel');
    sent.splice(10, 4);
    clock.advanceBy(1000);
    assert.deepEqual(
      sent.slice(10).map(({ lane }) => lane),
      ['cancel', 'order', 'request'],
    );
  });

  it('lets a few cancels pass a full window', () => {
    const { sent, send } = setUp();
    for (let index = 0; index < 30; index += 1) send('order');
    for (let index = 0; index < 6; index += 1) send('cancel');
    assert.deepEqual(
      sent.slice(20).map(({ lane }) => lane),
      ['cancel', 'cancel', 'cancel', 'cancel'],
    );
  });

  it('never sends more in any second than allowed, and in the end sends everything', () => {
    const lane = fc.constantFrom<Lane>('cancel', 'order', 'request');
    const step = fc.record({ lane, wait: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clock, sent, send } = setUp();
        for (const { lane, wait } of steps) {
          send(lane);
          clock.advanceBy(wait);
        }
        clock.advanceBy(60_000);
        assert.equal(sent.length, steps.length);
        for (const { at } of sent) {
          const inSecond = sent.filter((other) => other.at > at - 1000 && other.at <= at);
          assert.ok(inSecond.length <= RATES.messagesPerSecond + 4);
          const others = inSecond.filter((other) => other.lane !== 'cancel');
          assert.ok(others.length <= RATES.messagesPerSecond);
        }
      }),
    );
  });

  it('is silent for a second after a pacing complaint, then slower', () => {
    const { clock, lanes, sent, send } = setUp();
    lanes.backOff();
    for (let index = 0; index < 20; index += 1) send('order');
    assert.equal(sent.length, 0);
    clock.advanceBy(1000);
    assert.equal(sent.length, 10);
  });

  it('sends nothing that waited when it is closed', () => {
    const { clock, lanes, sent, send } = setUp();
    for (let index = 0; index < 30; index += 1) send('request');
    lanes.close();
    clock.advanceBy(10_000);
    assert.equal(sent.length, 15);
    assert.equal(send('order'), false);
  });

  it('refuses what a lane has no room for', () => {
    const { lanes, send } = setUp();
    lanes.backOff();
    const taken = Array.from({ length: 65 }, () => send('order'));
    assert.deepEqual([taken[63], taken[64]], [true, false]);
  });
});
