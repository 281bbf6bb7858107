import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { MINUTE } from '../support/book.ts';
import type { World } from '../support/world.ts';
import {
  commands,
  fill,
  healing,
  latches,
  orderOf,
  restarted,
  sent,
  settled,
  tell,
  tellPosition,
  verifyReplays,
} from './support/hedged-book.ts';
import { PROMPT, serving } from './support/serving.ts';

verifyReplays();

const NIGHT = 22 * 60 * MINUTE;

/** 112 shares are ours, 40 of others were sold and explained, and the daemon is gone. */
function gone(): World {
  const w = sent();
  fill(w, 112);
  healing(w, 8);
  w.report({ type: 'execution', execution: w.venue.tradeByHand(-40, w.at.trading) });
  tellPosition(w);
  healing(w, 8);
  assert.deepEqual([w.book.view.foreign_shares, w.book.view.stock_position], [-40, -112]);
  return w;
}

/** Another life on the same journal, which reads what the broker tells. */
function back(before: World, laterMs = 0): World {
  const w = restarted(before, { mono: before.at.mono + laterMs });
  settled(w);
  healing(w, 8);
  return w;
}

const changes = (w: World) =>
  w
    .facts('operation')
    .filter(({ type }) => type === 'foreign_change')
    .map(({ stateReason }) => stateReason);

describe('before it was judged whose shares the account holds', () => {
  /** A trade by hand during the absence, and no read but that of the sync is answered. */
  const doubtful = (): World => {
    const before = gone();
    before.venue.foreign += 30;
    const w = restarted(before);
    settled(w, 212);
    return w;
  };
  const failReads = (w: World): number => {
    w.pump();
    const failed = w.reads.splice(0);
    for (const { readId } of failed) w.report({ type: 'read.failed', readId, reason: 'no answer' });
    return failed.length;
  };

  it('no hedge goes out, however long the reads fail, and that is said', () => {
    const w = doubtful();
    let asked = 0;
    for (let second = 0; second < 70; second += 1) {
      asked += failReads(w);
      w.advance(1000);
      w.evaluate({ delta: 212, bid: 459.99, ask: 460.01 });
    }
    assert.deepEqual([w.book.trading, w.venue.orders.size, latches(w)], ['NEED_HEDGE', 1, []]);
    assert.ok(w.book.view.block_reasons.includes('not_synced'));
    assert.ok(w.book.view.alerts.some(({ id }) => id === 'unhedged_exposure'));
    assert.ok(asked >= 10 && asked <= 15, `${asked} reads`);
  });

  it('a flatten goes out: it counts against the account by itself', () => {
    const w = doubtful();
    failReads(w);
    assert.equal(w.control({ command: 'flatten' }).ok, true);
    w.pump();
    assert.equal(w.venue.orders.size, 2);
  });

  it('hedging waits no longer than it takes, and goes on', () => {
    const before = gone();
    const w = restarted(before);
    settled(w, 212);
    w.pump();
    assert.equal(w.venue.orders.size, 1);
    healing(w, 70, 212);
    w.evaluate({ delta: 212, bid: 459.99, ask: 460.01 });
    w.pump();
    assert.equal(w.venue.orders.size, 2);
  });
});

describe('foreign shares that changed while nobody listened', () => {
  it('by nothing at all: trades that were explained before are not told as news', () => {
    const w = back(gone());
    assert.equal(w.book.view.foreign_shares, -40);
    assert.deepEqual([changes(w), latches(w), w.book.trading], [[], [], 'NO_TRADE']);
  });

  it('by a trade of the same day are explained by its execution', () => {
    const before = gone();
    before.venue.tradeByHand(25, before.at.trading);
    const w = back(before);
    assert.equal(w.book.view.foreign_shares, -15);
    assert.deepEqual(latches(w), []);
    assert.deepEqual(changes(w), [
      'execution of another client or by hand',
      'foreign shares -40 → -15',
    ]);
    const again = back(w);
    assert.deepEqual([changes(again), again.book.view.foreign_shares], [[], -15]);
  });

  it('are judged once the contract is known, by the executions that were read before', () => {
    const before = gone();
    before.venue.tradeByHand(25, before.at.trading);
    const w = restarted(before);
    w.linkUp();
    w.answerReads();
    assert.deepEqual([changes(w), w.book.view.foreign_shares], [[], null]);
    w.terms();
    w.marketUp();
    healing(w, 8);
    assert.deepEqual([latches(w), w.book.view.foreign_shares], [[], -15]);
    assert.deepEqual(changes(w), [
      'execution of another client or by hand',
      'foreign shares -40 → -15',
    ]);
    assert.deepEqual([changes(back(w)), latches(w)], [[], []]);
  });

  it('are not changed by trades of days before, which a long trade log tells at every start', () => {
    const before = gone();
    const old = before.venue.tradeByHand(25, before.at.trading - 3 * 24 * 60 * MINUTE);
    before.venue.foreign -= 25;
    for (const laterMs of [0, 24 * 60 * MINUTE]) {
      const w = back(before, laterMs);
      assert.ok(w.venue.executions.includes(old));
      assert.deepEqual([latches(w), changes(w), w.book.view.foreign_shares], [[], [], -40]);
    }
  });

  it.each([499, 520])('by nothing, though %d trades by hand are in them', (trades) => {
    const before = gone();
    for (let trade = 0; trade < trades; trade += 1) {
      // Several in a second, as a program trades.
      if (trade % 3 === 0) before.advance(1000);
      before.venue.tradeByHand(trade % 2 === 0 ? -3 : 2, before.at.trading);
    }
    tellPosition(before);
    healing(before, 12);
    const foreign = before.book.view.foreign_shares;
    assert.deepEqual([foreign, latches(before)], [before.venue.foreign, []]);
    const w = back(before);
    assert.deepEqual([changes(w), latches(w), w.book.view.foreign_shares], [[], [], foreign]);
    w.venue.tradeByHand(-7, w.at.trading);
    const again = back(w);
    assert.deepEqual([latches(again), again.book.view.foreign_shares], [[], (foreign ?? 0) - 7]);
  });

  it('by a correction of what was explained are explained by the correction alone', () => {
    const before = gone();
    const [wrong] = before.venue.executions.slice(-1);
    assert(wrong);
    const right = { ...wrong, quantity: 30, revision: 2, execId: `${wrong.execBase}.02` };
    before.venue.executions = [...before.venue.executions.slice(0, -1), right];
    before.venue.foreign = -30;
    const w = back(before);
    assert.deepEqual([w.book.view.foreign_shares, latches(w)], [-30, []]);
    assert.deepEqual(changes(w)[0], 'correction of another client or by hand');
  });

  it('on the same day and by no execution stop the book, after a second read', () => {
    const before = gone();
    before.venue.foreign += 30;
    const w = restarted(before);
    settled(w);
    healing(w, 4);
    assert.deepEqual(latches(w), []);
    healing(w, 2);
    assert.deepEqual(latches(w), ['position_break true']);
    assert.match(w.facts('latch')[0]?.reason ?? '', /30 shares of the account are explained by no/);
  });

  it('on an earlier day, beside options bought by hand, are no delivery of these', () => {
    const before = gone();
    before.venue.executions = [];
    // Five more calls, and 250 shares sold against them, while the daemon was away.
    before.venue.contracts += 5;
    before.venue.foreign -= 300;
    const w = back(before, NIGHT);
    assert.deepEqual(w.facts('adjustment'), []);
    assert.deepEqual([w.book.view.stock_position, w.book.view.foreign_shares], [-112, -340]);
    assert.deepEqual(latches(w), []);
    // They were held at the close, so their price then is what the day counts from.
    assert.equal(w.book.view.daily_pnl, 0);
  });

  it('on an earlier day, beside options sold by hand, leave the day without a loss of these', () => {
    const before = gone();
    before.venue.executions = [];
    before.venue.contracts -= 5;
    const w = back(before, NIGHT);
    assert.deepEqual([w.facts('adjustment').length, latches(w)], [0, []]);
    assert.equal(w.book.view.daily_pnl, 0);
  });

  it('on an earlier day and in the direction of ours are foreign, and a row says so', () => {
    const before = gone();
    before.venue.executions = [];
    before.venue.foreign -= 60;
    const w = back(before, NIGHT);
    assert.deepEqual([w.book.view.foreign_shares, latches(w)], [-100, []]);
    assert.deepEqual(changes(w), [
      'foreign shares -40 → -100, on a day whose executions are not told',
    ]);
  });

  it('on an earlier day and against ours leave in doubt whose they are, until adopt says it', () => {
    const before = gone();
    before.venue.executions = [];
    before.venue.foreign += 30;
    const w = back(before, NIGHT);
    assert.deepEqual(latches(w), ['ownership_unconfirmed true']);
    assert.match(w.facts('latch')[0]?.reason ?? '', /30 shares came on a day .* closed ours/);
    const resume = { command: 'manual_resume', symbol: 'SPY', reason: 'looked' } as const;
    assert.equal(w.control(resume).status, 409);
    const next = back(w);
    assert.deepEqual([latches(next), next.book.trading], [[], 'SAFE']);
    assert.equal(next.control({ command: 'adopt', symbol: 'SPY', shares: 0 }).ok, true);
    healing(next, 8);
    assert.deepEqual([next.book.trading, next.book.view.foreign_shares], ['NO_TRADE', -10]);
  });

  it('on an earlier day below what is ours is a break: somebody closed ours by hand', () => {
    const before = gone();
    before.venue.executions = [];
    before.venue.foreign += 100;
    const w = back(before, NIGHT);
    assert.deepEqual(latches(w), ['position_break true']);
    assert.match(w.facts('latch')[0]?.reason ?? '', /-112 shares are ours, but the account holds/);
  });

  it('that always outweighed ours are no break at the next start', () => {
    const before = gone();
    before.venue.tradeByHand(300, before.at.trading);
    before.venue.executions = before.venue.executions.slice();
    const during = back(before);
    // What was done against ours in the open is looked at once; then it is known.
    during.control({ command: 'adopt', symbol: 'SPY', shares: 0 });
    during.control({ command: 'manual_resume', symbol: 'SPY', reason: 'mine' });
    healing(during, 8);
    assert.equal(during.book.view.foreign_shares, 260);
    const w = back(during);
    assert.deepEqual([latches(w), w.book.view.foreign_shares], [[], 260]);
  });
});

describe('a fill after the cancel of a stop', () => {
  /** 112 shares are ours; the stop cancelled an order for 100 more, and then 40 of it filled. */
  function stopped(): World {
    const w = sent();
    fill(w, 112);
    healing(w, 70);
    for (let second = 0; second < 200 && w.venue.orders.size < 2; second += 1) {
      w.evaluate({ delta: 212, bid: 459.99, ask: 460.01 });
      w.answerReads();
      w.pump();
      w.advance(1000);
    }
    tell(w);
    w.control({ command: 'stop' });
    commands(w);
    tell(w, 'Cancelled');
    assert.deepEqual([w.venue.orders.size, w.daemon], [2, 'stopped']);
    w.venue.fill(orderOf(w), 40, w.at.trading + 500);
    return w;
  }

  it('is ours at the next start of the day, which asks for it', () => {
    const w = back(stopped());
    assert.deepEqual([latches(w), w.book.view.stock_position], [[], -152]);
  });

  it('is not taken for the shares of others where only the position tells of it', () => {
    const before = stopped();
    const yesterday = new Set(before.venue.orders.keys());
    before.venue.executions = [];
    const w = restarted(before, { mono: before.at.mono + 24 * 60 * MINUTE });
    const read = w.venue.read.bind(w.venue);
    w.venue.read = () => {
      const { completedOrders, ...rest } = read();
      const today = completedOrders.filter(({ orderRef }) => !yesterday.has(orderRef));
      return { ...rest, completedOrders: today };
    };
    settled(w, 212);
    serving(w, 30, PROMPT, 212);
    assert.deepEqual([latches(w), changes(w)], [['ownership_unconfirmed true'], []]);
    assert.equal(w.venue.orders.size, 2, 'nothing is sent before a person has said whose they are');
  });
});

describe('a trade of others whose position follows late', () => {
  /** 25 sold by hand: its execution is told at once, the position `lateS` later. */
  function later(lateS: number): World {
    const w = sent();
    fill(w, 112);
    tellPosition(w);
    healing(w, 10);
    const before = w.venue.shares;
    const read = w.venue.read.bind(w.venue);
    w.venue.read = () => {
      const { positions, ...rest } = read();
      const lagging = positions.map((one) =>
        one.contract.secType === 'STK' ? { ...one, quantity: before } : one,
      );
      return { ...rest, positions: lagging };
    };
    w.report({ type: 'execution', execution: w.venue.tradeByHand(-25, w.at.trading) });
    healing(w, lateS);
    w.venue.read = read;
    tellPosition(w);
    healing(w, 25);
    return w;
  }

  it.each([3, 8, 30])('is explained by its execution after %i seconds', (lateS) => {
    const w = later(lateS);
    assert.deepEqual([latches(w), w.book.view.foreign_shares], [[], -25]);
    assert.equal(changes(w).at(-1), 'foreign shares 0 → -25');
  });
});
