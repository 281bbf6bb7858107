import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { BrokerRead } from '../../src/protocol/broker.ts';
import { MINUTE, SECOND } from '../support/book.ts';
import type { World } from '../support/world.ts';
import {
  answering,
  cancelled,
  fill,
  healing,
  LOST,
  latches,
  restarted,
  sent,
  settled,
  tell,
  tellPosition,
  verifyReplays,
  working,
} from './support/hedged-book.ts';

verifyReplays();

const LATER = { delta: 212, bid: 459.99, ask: 460.01 };
const adopt = (w: World, shares: number) => w.control({ command: 'adopt', symbol: 'SPY', shares });
const resume = (w: World) =>
  w.control({ command: 'manual_resume', symbol: 'SPY', reason: 'I looked' });

/** Short 112 shares against options that are long 112, and all of it explained. */
function hedged(): World {
  const w = sent();
  fill(w, 112);
  tellPosition(w);
  healing(w, 8);
  assert.deepEqual([w.states, w.book.view.foreign_shares], ['NO_TRADE FILLED', 0]);
  return w;
}

/** Time passes in which every read fails; a hedge is needed. */
function failing(w: World, seconds: number): void {
  for (let second = 0; second < seconds; second += 1) {
    w.pump();
    for (const { readId } of w.reads.splice(0)) {
      w.report({ type: 'read.failed', readId, reason: 'no answer' });
    }
    w.advance(SECOND);
    w.evaluate(LATER);
  }
}

/** Reconnects to an account in which 30 shares changed hands, and nothing says how. */
function back(w: World): void {
  w.venue.foreign += 30;
  w.control({ command: 'retry_ib' });
  w.sync();
  w.marketUp();
}

/** For nearly five seconds reads tell positions of before. */
function lagging(w: World, positions: BrokerRead['positions']): void {
  for (let quarter = 0; quarter < 19; quarter += 1) {
    w.pump();
    for (const { readId } of w.reads.splice(0)) {
      w.report({ type: 'read.done', readId, read: { ...w.venue.read(), positions } });
    }
    w.advance(SECOND / 4);
    w.evaluate({ delta: 50 });
  }
}

describe('what was known of the account before an outage', () => {
  it('opens no gate after it, though it was compared while the broker was away', () => {
    const w = hedged();
    tellPosition(w);
    w.report(LOST);
    w.advance(MINUTE);
    back(w);
    failing(w, 30);
    assert.ok(w.book.view.block_reasons.includes('not_synced'), w.book.view.block_reasons.join());
    assert.equal(w.venue.orders.size, 1);
  });

  it('is no ground for adopt, which is refused until the account was read again', () => {
    const w = hedged();
    w.report(LOST);
    const { status, message } = adopt(w, 0);
    assert.equal(status, 409);
    assert.match(message, /account has not been read since the broker was lost/);
    w.advance(MINUTE);
    back(w);
    failing(w, 30);
    assert.equal(w.venue.orders.size, 1);
  });

  it('is no ground for a manual resume of a break', () => {
    const w = hedged();
    w.venue.foreign = -40;
    tellPosition(w);
    healing(w, 8);
    assert.deepEqual(latches(w), ['position_break true']);
    w.report(LOST);
    const { status, message } = resume(w);
    assert.equal(status, 409);
    assert.match(message, /position_break still holds: .*not been read since/);
    w.control({ command: 'retry_ib' });
    w.sync();
    assert.equal(resume(w).ok, true);
  });

  it('is forgotten by each sync, also one that begins anew on the same connection', () => {
    const w = hedged();
    w.report({ type: 'upstream.lost', code: 1100 });
    w.advance(MINUTE);
    w.venue.foreign += 30;
    w.report({ type: 'upstream.restored', code: 1102, dataLost: false });
    w.answerReads();
    failing(w, 30);
    assert.ok(w.book.view.block_reasons.includes('not_synced'));
    assert.equal(w.venue.orders.size, 1);
  });
});

describe('shares that an order of ours moved', () => {
  it.each([
    ['and the account tells of late', false],
    ['and the account tells of at once', true],
  ])('while it was found again after an outage, %s, are no break', (_, told) => {
    const w = working();
    w.report(LOST);
    w.control({ command: 'retry_ib' });
    w.sync();
    w.marketUp();
    w.pump();
    cancelled(w);
    w.pump();
    w.answerReads();
    w.advance(300);
    fill(w, 50);
    if (told) tellPosition(w);
    healing(w, 14, 50);
    assert.deepEqual([latches(w), w.book.view.stock_position], [[], -50]);
    assert.equal(w.book.view.foreign_shares, 0);
  });

  it('are no break while positions of reads lag behind executions by nearly five seconds', () => {
    const w = working();
    w.report(LOST);
    w.control({ command: 'retry_ib' });
    w.sync();
    w.marketUp();
    w.pump();
    cancelled(w);
    w.answerReads();
    const late = w.venue.read().positions;
    fill(w, 50);
    lagging(w, late);
    healing(w, 20, 50);
    assert.deepEqual([latches(w), w.book.view.stock_position], [[], -50]);
    assert.equal(w.book.view.foreign_shares, 0);
  });
});

describe('shares that an order of ours moved just before a restart', () => {
  it('are no break while the account does not show them yet', () => {
    const before = working();
    const late = before.venue.read().positions;
    fill(before, 112);
    const w = restarted(before);
    w.linkUp();
    w.terms();
    w.marketUp();
    lagging(w, late);
    healing(w, 20);
    assert.deepEqual([latches(w), w.book.view.stock_position], [[], -112]);
    assert.deepEqual([w.book.view.foreign_shares, w.book.trading], [0, 'NO_TRADE']);
  });
});

describe('a difference that nothing explains', () => {
  it('is a break only when another read shows the very same', () => {
    const w = hedged();
    w.venue.foreign = -40;
    tellPosition(w);
    w.advance(5 * SECOND);
    w.pump();
    assert.equal(w.reads.length, 1);
    // Between the lists of the read another trade by hand came in: its execution is not in it.
    w.venue.foreign = 0;
    w.venue.tradeByHand(-40, w.at.trading);
    const { executions } = w.venue.read();
    w.venue.tradeByHand(-25, w.at.trading);
    const read = { ...w.venue.read(), executions };
    for (const { readId } of w.reads.splice(0)) w.report({ type: 'read.done', readId, read });
    assert.deepEqual(latches(w), []);
    healing(w, 8);
    assert.deepEqual([latches(w), w.book.view.foreign_shares], [[], -65]);
  });

  it('is read again at a pace, however often the account is told anew', () => {
    const w = hedged();
    let reads = 0;
    for (let second = 0; second < 60; second += 1) {
      w.venue.foreign -= 1;
      tellPosition(w);
      reads += w.pump().filter(({ type }) => type === 'read').length;
      answering(w, 1);
    }
    assert.ok(reads <= 30, `${reads} reads in a minute`);
  });
});

describe('a read of the account that is never answered', () => {
  it('is asked for again, and hedging goes on', () => {
    const before = sent();
    fill(before, 112);
    healing(before, 8);
    before.venue.tradeByHand(-40, before.at.trading);
    before.venue.foreign += 3;
    const w = settled(restarted(before), 212);
    w.venue.foreign -= 3;
    w.pump();
    w.advance(6 * SECOND);
    w.pump();
    assert.equal(w.reads.splice(0).length, 1);
    let asked = 0;
    for (let second = 0; second < 60; second += 1) {
      asked += w.pump().filter(({ type }) => type === 'read').length;
      answering(w, 1);
      w.evaluate(LATER);
    }
    assert.ok(asked >= 1);
    assert.equal(w.book.view.block_reasons.includes('not_synced'), false);
    assert.deepEqual([latches(w), w.book.view.foreign_shares], [[], -40]);
  });
});

describe('an account that never comes to rest', () => {
  it('is read after some seconds, so that hedging does not wait for ever', () => {
    const before = sent();
    fill(before, 112, true);
    // The sync tells of the fill, so the account has to settle after it.
    const w = settled(restarted(before), 212);
    w.pump();
    assert.equal(w.venue.orders.size, 1);
    let waited = 0;
    for (let second = 0; second < 90; second += 1) {
      // Somebody buys and sells a share every two seconds.
      if (second % 2 === 0) {
        w.venue.tradeByHand(second % 4 === 0 ? 1 : -1, w.at.trading);
        tellPosition(w);
      }
      answering(w, 1);
      w.evaluate(LATER);
      if (w.book.view.block_reasons.includes('not_synced')) waited = second;
    }
    assert.ok(waited > 2 && waited < 20, `${waited} s`);
    assert.deepEqual(latches(w), []);
  });
});

describe('a read that somebody else asked for', () => {
  it('is news of the account all the same: what it swallowed is told by nothing else', () => {
    const w = hedged();
    w.venue.tradeByHand(-40, w.at.trading);
    w.report({ type: 'read.done', readId: 'accounts', read: w.venue.read() });
    healing(w, 8);
    assert.deepEqual([w.book.view.foreign_shares, latches(w)], [-40, []]);
  });

  it('brings commissions that came while it ran', () => {
    const w = hedged();
    const of = (one: World) => one.facts('commission').length;
    assert.equal(of(w), 0);
    w.report({ type: 'read.done', readId: 'accounts', read: w.venue.read() });
    assert.equal(of(w), 1);
  });
});

describe('adopt', () => {
  it('is refused in the seconds in which the account may not show the last fill yet', () => {
    const w = sent();
    tell(w);
    fill(w, 112);
    assert.match(adopt(w, 0).message, /filled a moment ago/);
    healing(w, 8);
    tellPosition(w);
    healing(w, 8);
    assert.equal(adopt(w, 0).ok, true);
    healing(w, 8);
    assert.deepEqual([latches(w), w.book.view.foreign_shares], [[], 0]);
  });
});
