import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { ExecutionReport } from '../../src/protocol/broker.ts';
import { SECOND } from '../support/book.ts';
import type { World } from '../support/world.ts';
import {
  answering,
  commands,
  fill,
  healing,
  LOST,
  latches,
  orderOf,
  outcomes,
  restarted,
  sent,
  settled,
  tell,
  tellPosition,
  verifyReplays,
  watching,
  working,
} from './support/hedged-book.ts';

verifyReplays();

function tellExecution(w: World, execution: ExecutionReport): void {
  w.report({ type: 'execution', execution });
}

/** Short 112 shares against options that are long 112: in the band, and all of it explained. */
function hedged(): World {
  const w = sent();
  fill(w, 112);
  tellPosition(w);
  healing(w, 8);
  assert.equal(w.states, 'NO_TRADE FILLED');
  return w;
}

describe('a trade by hand', () => {
  it('with its execution is foreign, recorded, and not hedged', () => {
    const w = hedged();
    const execution = w.venue.tradeByHand(-40, w.at.trading);
    tellExecution(w, execution);
    tellPosition(w);
    healing(w, 8);
    assert.equal(w.book.view.foreign_shares, -40);
    assert.deepEqual([w.book.trading, w.book.view.stock_position], ['NO_TRADE', -112]);
    assert(w.operations().includes('foreign_change'));
    assert.deepEqual(latches(w), []);
  });

  it('that only a complete read can tell of is foreign too', () => {
    const w = hedged();
    w.venue.tradeByHand(-40, w.at.trading);
    tellPosition(w);
    healing(w, 8);
    assert.equal(w.book.view.foreign_shares, -40);
    assert.deepEqual(latches(w), []);
  });

  it('is compared when it is due, though no price comes any more', () => {
    const w = hedged();
    w.venue.foreign = -40;
    tellPosition(w);
    w.pump();
    answering(w, 4.5);
    assert.deepEqual(latches(w), []);
    answering(w, 1);
    assert.deepEqual(latches(w), ['position_break true']);
  });

  it('that is told while the connection goes is compared after the sync, by the account of then', () => {
    const w = hedged();
    w.venue.foreign = -40;
    tellPosition(w);
    w.report(LOST);
    w.advance(60 * SECOND);
    assert.deepEqual(latches(w), []);
    w.control({ command: 'retry_ib' });
    w.sync();
    healing(w, 2);
    assert.deepEqual(latches(w), ['position_break true']);
  });

  it('whose position came after the connection was lost is explained by the sync', () => {
    const w = hedged();
    tellExecution(w, w.venue.tradeByHand(-40, w.at.trading));
    w.advance(SECOND);
    w.report(LOST);
    w.control({ command: 'retry_ib' });
    w.sync();
    healing(w, 12);
    assert.equal(w.book.view.foreign_shares, -40);
    assert.deepEqual(latches(w), []);
  });

  it('of which no execution tells stops the book, until a person has looked', () => {
    const w = hedged();
    w.venue.foreign = -40;
    tellPosition(w);
    w.advance(4 * SECOND);
    assert.deepEqual(latches(w), []);
    healing(w, 4);
    assert.deepEqual(latches(w), ['position_break true']);
    assert.equal(w.book.trading, 'SAFE');
    healing(w, 20, 212);
    assert.equal(w.book.trading, 'SAFE');
    assert.equal(w.venue.orders.size, 1);
    const { ok } = w.control({ command: 'manual_resume', symbol: 'SPY', reason: 'my own trade' });
    assert.equal(ok, true);
    assert.equal(w.book.view.foreign_shares, -40);
    healing(w, 60, 212);
    w.evaluate({ delta: 212, bid: 451.99, ask: 452.01 });
    w.pump();
    assert.equal(w.venue.orders.size, 2);
  });

  it('that closes our hedge stops the book', () => {
    const w = hedged();
    const execution = w.venue.tradeByHand(112, w.at.trading);
    tellExecution(w, execution);
    tellPosition(w);
    healing(w, 8);
    assert.deepEqual(latches(w), ['position_break true']);
  });

  it('that closed our hedge keeps the book stopped until the ledger says so', () => {
    const w = hedged();
    tellExecution(w, w.venue.tradeByHand(112, w.at.trading));
    tellPosition(w);
    healing(w, 8);
    const resume = { command: 'manual_resume', symbol: 'SPY', reason: 'looked' } as const;
    const refused = w.control(resume);
    assert.deepEqual([refused.ok, refused.status], [false, 409]);
    assert.match(refused.message, /-112 shares are ours, but the account holds 0/);
    assert.match(refused.message, /bifrost adopt SPY 112/);
    assert.deepEqual(latches(w), ['position_break true']);
    assert.equal(w.control({ command: 'adopt', symbol: 'SPY', shares: 112 }).ok, true);
    assert.equal(w.control(resume).ok, true);
    assert.deepEqual([w.book.view.stock_position, w.book.view.foreign_shares], [0, 0]);
    healing(w, 70);
    assert.equal(latches(w).at(-1), 'position_break false');
    assert.equal(w.venue.orders.size, 2);
  });

  it('that closed a part of it is taken out by the part that is gone', () => {
    const w = hedged();
    tellExecution(w, w.venue.tradeByHand(72, w.at.trading));
    tellPosition(w);
    healing(w, 8);
    const resume = { command: 'manual_resume', symbol: 'SPY', reason: 'looked' } as const;
    assert.match(w.control(resume).message, /bifrost adopt SPY 72"/);
    assert.equal(w.control({ command: 'adopt', symbol: 'SPY', shares: 72 }).ok, true);
    assert.equal(w.control(resume).ok, true);
    assert.deepEqual([w.book.view.stock_position, w.book.view.foreign_shares], [-40, 0]);
  });

  it('that closed it is still so after a restart', () => {
    const before = hedged();
    tellExecution(before, before.venue.tradeByHand(112, before.at.trading));
    tellPosition(before);
    healing(before, 8);
    const w = restarted(before);
    settled(w);
    healing(w, 8);
    const resume = { command: 'manual_resume', symbol: 'SPY', reason: 'looked' } as const;
    assert.equal(w.control(resume).status, 409);
    assert.equal(w.control({ command: 'adopt', symbol: 'SPY', shares: 0 }).ok, true);
    assert.equal(w.control(resume).ok, true);
    assert.deepEqual([w.book.view.stock_position, w.book.view.foreign_shares], [-112, 112]);
  });

  it('cancels what works when it breaks the position', () => {
    const w = working();
    fill(w, 20);
    const execution = w.venue.tradeByHand(-10, w.at.trading);
    tellExecution(w, { ...execution, orderRef: 'demo:other:9' });
    assert.deepEqual([w.states, commands(w)], ['SAFE CANCEL', ['order.cancel']]);
  });
});

describe('a position report', () => {
  it('that overtakes its execution is no break', () => {
    const w = working();
    const execution = fill(w, 112, true);
    tellPosition(w);
    healing(w, 1);
    tellExecution(w, execution);
    healing(w, 8);
    assert.deepEqual(latches(w), []);
    assert.equal(w.book.view.foreign_shares, 0);
  });

  it('that comes long after its execution is no break', () => {
    const w = working();
    const { positions } = w.venue.read();
    fill(w, 112);
    w.advance(3 * SECOND);
    for (const position of positions) w.report({ type: 'position', position });
    w.advance(4 * SECOND);
    tellPosition(w);
    healing(w, 8);
    assert.deepEqual(latches(w), []);
  });
});

describe('an order of the day before', () => {
  const HOUR = 3600 * SECOND;
  /** 88 more shares are sold; the process dies, and of the next day's broker nothing tells. */
  const nextDay = (traded: number): World => {
    const w = hedged();
    healing(w, 60);
    w.evaluate({ delta: 200, bid: 451.99, ask: 452.01 });
    w.pump();
    tell(w);
    assert.equal(w.states, 'HEDGING WORKING');
    const ref = orderOf(w);
    w.venue.orders.clear();
    w.venue.executions = [];
    w.venue.foreign = -112 + traded;
    const next = restarted(w, { mono: w.at.mono + 24 * HOUR });
    settled(next, 200);
    for (const asked of commands(next)) assert.equal(asked, 'order.cancel');
    const gone = { orderRef: ref, orderId: 2, code: 10147, message: 'not found' };
    next.report({ type: 'order.error', ...gone });
    healing(next, 12, 200);
    return next;
  };

  it('that fits the shares nobody explains stops the book, until they are adopted', () => {
    const w = nextDay(-88);
    assert.deepEqual(latches(w), ['ownership_unconfirmed true']);
    assert.equal(w.venue.orders.size, 0);
    assert.deepEqual(outcomes(w), []);
    const asked = { command: 'manual_resume', symbol: 'SPY', reason: 'try it' } as const;
    assert.equal(w.control(asked).ok, false);
    assert.equal(w.control({ command: 'adopt', symbol: 'SPY', shares: -88 }).ok, true);
    assert.deepEqual(outcomes(w), ['never_live']);
    assert.equal(w.book.view.stock_position, -200);
    healing(w, 10, 200);
    assert.deepEqual([w.book.trading, w.venue.orders.size], ['NO_TRADE', 0]);
  });

  it('is asked for again by the next session, while nobody has said whose its shares are', () => {
    const w = restarted(nextDay(-88));
    settled(w, 200);
    assert.deepEqual(commands(w), []);
    assert.equal(w.durable().books['SPY@DU1']?.openIntents.length, 1);
  });

  it('that traded nothing is over, and the hedge is done anew', () => {
    const w = nextDay(0);
    assert.deepEqual(latches(w), []);
    assert.equal(outcomes(w)[0], 'never_live');
    assert.equal(w.venue.orders.size, 1);
  });
});

describe('the first start beside a hedge made by hand', () => {
  it('asks whose the shares are, and sends nothing', () => {
    const before = watching();
    before.venue.foreign = -112;
    const w = restarted(before, { durable: { suspended: false, books: {} } });
    settled(w);
    healing(w, 10);
    assert.deepEqual(latches(w), ['ownership_unconfirmed true']);
    assert.deepEqual([w.book.trading, w.venue.orders.size], ['SAFE', 0]);
    const { ok, status } = w.control({
      command: 'manual_resume',
      symbol: 'SPY',
      reason: 'try it',
    });
    assert.deepEqual([ok, status], [false, 409]);
  });
});

describe('a latch', () => {
  it('survives a restart, and so does its clearing', () => {
    const before = hedged();
    before.venue.foreign = -40;
    tellPosition(before);
    healing(before, 8);
    const w = restarted(before);
    settled(w);
    healing(w, 10);
    assert.equal(w.book.trading, 'SAFE');
    w.control({ command: 'manual_resume', symbol: 'SPY', reason: 'my own trade' });
    const next = restarted(w);
    settled(next);
    healing(next, 10);
    assert.equal(next.book.trading, 'NO_TRADE');
  });
});

describe('the daily loss limit', () => {
  const limited = (mode: 'force_only' | 'halt') => ({
    settings: {
      gates: {
        guard: { risk: { max_daily_loss_usd: 1000, on_daily_loss: mode } },
        state: { delta: { max_delta_limit: 300 } },
      },
    },
  });
  /** 100 contracts of 100 shares, closed at 10 yesterday, are marked at 9.90 today. */
  const loss = { bid: 449.99, ask: 450.01, option: 9.85 };

  it('with force_only keeps hedging what must be hedged, and nothing else', () => {
    const w = watching(limited('force_only'));
    w.evaluate({ ...loss, delta: 112 });
    assert.deepEqual(latches(w), ['daily_loss_limit true']);
    assert.equal(w.book.trading, 'NEED_HEDGE');
    assert.equal(w.pump().length, 0);
    w.evaluate({ ...loss, delta: 400 });
    assert.equal(w.states, 'HEDGING WAIT_ACK');
    assert.deepEqual(commands(w), ['order.submit']);
    answering(w, 1);
    w.evaluate({ ...loss, delta: 400 });
    assert.deepEqual(outcomes(w), [null]);
  });

  it('with halt stops the book', () => {
    const w = watching(limited('halt'));
    w.evaluate({ ...loss, delta: 400 });
    assert.deepEqual(latches(w), ['daily_loss_limit true']);
    assert.deepEqual([w.book.trading, w.pump().length], ['SAFE', 0]);
  });

  it('with halt takes a working order off the market', () => {
    const w = working(limited('halt'));
    w.evaluate({ ...loss, delta: 112 });
    assert.deepEqual([w.states, commands(w)], ['SAFE CANCEL', ['order.cancel']]);
  });
});
