import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { TapeQuote } from '../../../src/domain/tape.ts';
import { Fault } from '../../../src/fault.ts';
import { openExchangeJournal } from '../../../src/gateway/sim/exchange-journal.ts';
import { parseZonedTime } from '../../../src/gateway/sim/zoned-time.ts';
import { tempDir } from '../../support/temp-dir.ts';
import {
  limit,
  MINUTE,
  openWorld,
  order,
  RECORDED,
  SECOND,
  TAPE_OPTION,
  TAPE_STOCK,
  tapeOf,
  told,
} from './support/world.ts';

const OPEN = parseZonedTime('20230803 09:30:00') ?? 0;

function bar(minute: number, conId: number, bid: number, ask: number): TapeQuote {
  const side = (price: number): number => (Number.isNaN(price) ? 0 : 5);
  const ts = OPEN + minute * MINUTE;
  return { ts, conId, bid, ask, bidSize: side(bid), askSize: side(ask) };
}

const DAY: readonly TapeQuote[] = [
  bar(-30, TAPE_STOCK.conId, 448, 448.02),
  bar(1, TAPE_STOCK.conId, 450, 450.01),
  bar(1, TAPE_OPTION.conId, 7.1, 7.2),
  bar(2, TAPE_STOCK.conId, 451, 451.01),
  bar(4, TAPE_STOCK.conId, 449, 449.01),
  bar(4, TAPE_OPTION.conId, Number.NaN, 6.5),
];

describe.each([
  ['read at once', false],
  ['read as it comes', true],
])('a recorded market, %s', (_, delayed) => {
  const open = (more: Record<string, unknown> = {}) =>
    openWorld({ scenario: { ...RECORDED, ...more }, tape: tapeOf(DAY, delayed) });

  it('shows what was known at the start, and each bar at its end', async () => {
    const { exchange } = await open();
    assert.equal(exchange.quote(TAPE_STOCK.conId)?.bid, 448);
    assert.equal(exchange.quote(TAPE_STOCK.conId)?.close, 449.5);
    assert.ok(Number.isNaN(exchange.quote(TAPE_OPTION.conId)?.bid));
    await exchange.step(OPEN + MINUTE - SECOND);
    assert.equal(exchange.quote(TAPE_STOCK.conId)?.bid, 448);
    await exchange.step(OPEN + MINUTE);
    assert.equal(exchange.quote(TAPE_STOCK.conId)?.bid, 450);
  });

  it('carries a quote over the bars that are missing, with a fresh time', async () => {
    const { exchange } = await open();
    await exchange.step(OPEN + 3 * MINUTE);
    const quote = exchange.quote(TAPE_OPTION.conId);
    assert.equal(quote?.bid, 7.1);
    assert.equal(quote?.ts, OPEN + 3 * MINUTE);
  });

  it('computes the model that the tape has not, and none on one-sided quotes', async () => {
    const { exchange } = await open();
    await exchange.step(OPEN + MINUTE);
    const model = exchange.quote(TAPE_OPTION.conId)?.model;
    assert.ok(model !== null && model !== undefined);
    assert.ok(Math.abs(model.price - 7.15) < 1e-9);
    assert.ok(model.iv > 0.1 && model.iv < 0.2, `${model.iv}`);
    assert.equal(model.underlyingPrice, 450.005);
    await exchange.step(OPEN + 4 * MINUTE);
    assert.equal(exchange.quote(TAPE_OPTION.conId)?.model, null);
    assert.equal(exchange.quote(TAPE_OPTION.conId)?.bidSize, 0);
  });

  it('fills orders on the recorded quotes, before the time is told', async () => {
    const { exchange, events } = await open();
    exchange.place(order({ conId: TAPE_STOCK.conId, quantity: 10 }));
    await exchange.step(OPEN + MINUTE);
    exchange.place(
      limit(449.5, { conId: TAPE_STOCK.conId, orderId: 2, quantity: 10, side: 'BUY' }),
    );
    await exchange.step(OPEN + 4 * MINUTE);
    assert.deepEqual(told(events).slice(-3), [
      'execution 10@449.5',
      'Filled',
      `time ${OPEN + 4 * MINUTE}`,
    ]);
    assert.ok(told(events).includes('execution 10@448.02'));
  });

  it('plays in real time too, at any speed', async () => {
    const { exchange, clock } = await open({ lock_step: false, speed: 10 });
    for (let look = 0; look < 30; look += 1) {
      clock.advanceBy(SECOND);
      // Lets the tape, which may be read in the background, arrive.
      await new Promise(setImmediate);
    }
    assert.equal(exchange.now(), OPEN + 5 * MINUTE);
    assert.equal(exchange.quote(TAPE_STOCK.conId)?.bid, 449);
  });

  it('resumes in the middle of the tape', async () => {
    const dir = tempDir('exchange');
    const scenario = { ...RECORDED };
    const tape = tapeOf(DAY, delayed);
    const first = await openWorld({ scenario, tape, journal: openExchangeJournal(dir) });
    await first.exchange.step(OPEN + 3 * MINUTE);
    first.exchange.close();
    const second = await openWorld({ scenario, tape, journal: openExchangeJournal(dir) });
    assert.equal(second.exchange.now(), OPEN + 3 * MINUTE);
    assert.equal(second.exchange.quote(TAPE_STOCK.conId)?.bid, 451);
    await second.exchange.step(OPEN + 4 * MINUTE);
    assert.equal(second.exchange.quote(TAPE_STOCK.conId)?.bid, 449);
    second.exchange.close();
  });
});

describe('a recorded market', () => {
  it('cannot be moved', async () => {
    const { exchange } = await openWorld({ scenario: RECORDED, tape: tapeOf(DAY) });
    assert.throws(() => exchange.movePrice('SPY', { price: 1 }), isFault('conflict'));
  });

  it('refuses a tape that goes back in time', async () => {
    const tape = tapeOf([...DAY].reverse());
    const { exchange } = await openWorld({ scenario: RECORDED, tape });
    await assert.rejects(exchange.step(OPEN + 5 * MINUTE), isFault('data_unreadable'));
  });

  it('tells a step why the tape cannot be read on', async () => {
    const tape = {
      ...tapeOf(DAY),
      *events() {
        yield* DAY;
        throw new Fault('data_unreadable', 'the file ends early');
      },
    };
    const { exchange } = await openWorld({ scenario: RECORDED, tape });
    await exchange.step(OPEN + MINUTE).catch(() => undefined);
    await assert.rejects(exchange.step(OPEN + 60 * MINUTE), isFault('data_unreadable'));
  });

  it('needs its tape', async () => {
    await assert.rejects(openWorld({ scenario: RECORDED }), isFault('config_invalid'));
  });
});

function isFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Fault && error.code === code;
}
