import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { formatExchangeTime } from '../../../src/gateway/sim/zoned-time.ts';
import { limit, MINUTE, openWorld, order, SECOND, told } from './support/world.ts';

const STEPPED = { lock_step: true };

describe('exchange time', () => {
  it('flows with the clock, faster by the speed', async () => {
    const { exchange, clock } = await openWorld({ scenario: { speed: 10 } });
    const start = exchange.now();
    clock.advanceBy(3 * SECOND);
    assert.equal(exchange.now() - start, 30 * SECOND);
  });

  it('jumps, five minutes after the close, to a minute before the next open', async () => {
    const { exchange, clock } = await openWorld({
      scenario: { start: '2026-09-18 15:59', skip_closed: true },
    });
    clock.advanceBy(5 * MINUTE + 50 * SECOND);
    assert.equal(formatExchangeTime(exchange.now()), '20260918 16:04:50');
    clock.advanceBy(11 * SECOND);
    assert.equal(formatExchangeTime(exchange.now()).slice(0, 14), '20260921 09:29');
    clock.advanceBy(2 * MINUTE);
    assert.equal(formatExchangeTime(exchange.now()).slice(0, 14), '20260921 09:31');
  });

  it('expires DAY orders and keeps the close of the day before over the jump', async () => {
    const { exchange, clock } = await openWorld({
      scenario: { start: '2026-09-18 15:58', skip_closed: true },
    });
    exchange.movePrice('ABC', { price: 103.005 });
    exchange.place(limit(99));
    clock.advanceBy(12 * MINUTE);
    assert.equal(exchange.openOrders().length, 0);
    const close = exchange.quote(77)?.close ?? 0;
    assert.ok(Math.abs(close - 103) < 0.02, `close ${close}`);
  });

  it('sleeps while the host sleeps', async () => {
    const { exchange, clock } = await openWorld();
    clock.advanceBy(SECOND);
    const before = exchange.now();
    // A suspended host: the clock is far ahead when the timer comes, as nothing ran in between.
    const late = clock.now() + 3_600_000;
    const now = clock.now.bind(clock);
    clock.now = () => late;
    clock.advanceTo(now() + SECOND);
    assert.ok(exchange.now() - before < 5 * SECOND);
  });

  it('stands after it is closed', async () => {
    const { exchange, clock } = await openWorld();
    exchange.close();
    const before = exchange.quote(77)?.ts;
    clock.advanceBy(MINUTE);
    assert.equal(clock.pending, 0);
    assert.ok(before !== undefined);
  });
});

describe('lock-step', () => {
  it('stands still until it is stepped, then tells the time last', async () => {
    const { exchange, clock, events } = await openWorld({ scenario: STEPPED });
    const start = exchange.now();
    clock.advanceBy(MINUTE);
    assert.equal(exchange.now(), start);
    exchange.place(limit(99, { tif: 'GTD', goodTill: '20260914-14:00:30' }));
    await exchange.step(start + MINUTE);
    assert.equal(exchange.now(), start + MINUTE);
    assert.deepEqual(told(events).slice(2), ['Cancelled', 'error 202', `time ${start + MINUTE}`]);
  });

  it('has no latency, whatever the scenario says', async () => {
    const { exchange, events } = await openWorld({
      scenario: { ...STEPPED, fills: { partial: false, latency_ms: [500, 500] } },
    });
    exchange.place(order());
    assert.equal(told(events).at(-1), 'Filled');
  });

  it.each([
    ['a fraction of a second', 500, 'invalid'],
    ['the past', -1000, 'invalid'],
    ['more than a week', 8 * 86_400_000, 'invalid'],
  ])('refuses %s', async (_, ahead, code) => {
    const { exchange } = await openWorld({ scenario: STEPPED });
    await assert.rejects(exchange.step(exchange.now() + ahead), isFault(code));
  });

  it('is refused where time flows', async () => {
    const { exchange } = await openWorld();
    await assert.rejects(exchange.step(exchange.now() + SECOND), isFault('conflict'));
  });
});

function isFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Fault && error.code === code;
}
