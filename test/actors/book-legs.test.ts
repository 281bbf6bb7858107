import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { ACTORS } from '../../src/protocol/decision.ts';
import { MINUTE, optionContract, SECOND, type SettingsPatch } from '../support/book.ts';
import { ACCOUNT } from '../support/venue.ts';
import type { World, WorldOptions } from '../support/world.ts';
import {
  adjustments,
  answering,
  fill,
  healing,
  hedged,
  latches,
  orderOf,
  refuse,
  restarted,
  sent,
  settled,
  tellPositions,
  verifyReplays,
  watching,
  world,
} from './support/hedged-book.ts';

verifyReplays();

const structure = (
  patch: NonNullable<NonNullable<NonNullable<SettingsPatch['gates']>['strategy']>['structure']>,
): WorldOptions => ({ settings: { gates: { strategy: { structure: patch } } } });

const legs = (w: World) => w.book.view.legs.length;

describe('a split', () => {
  const LATCHES = new Set(['corporate_action', 'daily_loss_limit', 'position_break']);
  const halved = { bid: 224.99, ask: 225.01, delta: 0 };

  /** Shares and contracts are doubled while the day runs, and told one after the other. */
  function split(w: World): void {
    w.venue.foreign += w.venue.shares;
    w.venue.contracts = 0;
    const contract = optionContract({ conId: 2002, strike: 225 });
    w.venue.others = [{ contract, quantity: 200 }];
    tellPositions(w);
    const before = latches(w);
    w.report({
      type: 'position',
      position: { contract, quantity: 200, account: ACCOUNT, avgCost: 5 },
    });
    assert.deepEqual(latches(w), [...before, 'corporate_action true']);
  }

  it('stops the book at once, and hedges nothing until the operator resumes', () => {
    const w = hedged();
    split(w);
    assert.match(w.facts('latch')[0]?.reason ?? '', /the terms of 2001 changed/);
    assert.deepEqual([w.book.trading, w.book.view.daily_pnl], ['SAFE', null]);
    for (let second = 0; second < 90; second += 1) {
      w.evaluate(halved);
      answering(w, 1);
    }
    w.pump();
    assert.deepEqual([w.venue.orders.size, w.book.trading], [1, 'SAFE']);
    assert.deepEqual(latches(w), ['corporate_action true', 'position_break true']);
  });

  it('brings shares that nobody takes for those of an exercise', () => {
    const w = world();
    w.venue.foreign = 100;
    settled(w, 0);
    w.control({ command: 'adopt', symbol: 'SPY', shares: 0 });
    healing(w, 8, 0);
    // A hundred more, and contracts that are gone: one of them would bring as many.
    const before = w.facts('adjustment').length;
    split(w);
    answering(w, 10);
    assert.deepEqual([w.venue.shares, w.facts('adjustment').length], [200, before]);
  });

  it('leaves the P&L of its day unknown, and trips no loss limit', () => {
    const w = hedged();
    split(w);
    w.evaluate(halved);
    answering(w, 10);
    assert.equal(w.control({ command: 'adopt', symbol: 'SPY', shares: -112 }).ok, true);
    assert.deepEqual(adjustments(w), [['corporate_action', -112, 225]]);
    const resume = { command: 'manual_resume', symbol: 'SPY', reason: 'split 2:1' } as const;
    assert.equal(w.control(resume).ok, true);
    const next = settled(restarted(w));
    for (const one of [w, next]) {
      one.evaluate(halved);
      answering(one, 10);
      assert.equal(one.book.view.daily_pnl, null);
      assert.deepEqual([one.book.view.stock_position, one.book.view.foreign_shares], [-224, 0]);
      assert.ok(latches(one).every((latch) => !latch.startsWith('daily_loss_limit')));
    }
  });

  it.each([
    ['the same day', 0],
    ['the next day', 22 * 60 * MINUTE],
  ])('after a loss that tripped the limit is resumed %s', (_, laterMs) => {
    const before = hedged();
    before.evaluate({ option: 9 });
    assert.deepEqual(latches(before), ['daily_loss_limit true']);
    split(before);
    const w = restarted(before, { mono: before.at.mono + laterMs });
    settled(w);
    answering(w, 10);
    w.control({ command: 'adopt', symbol: 'SPY', shares: -112 });
    const resume = { command: 'manual_resume', symbol: 'SPY', reason: 'split 2:1' } as const;
    const { message } = w.control({ ...resume, allowance_usd: 1000 });
    assert.match(message, /^cleared .*daily_loss_limit.*corporate_action/);
    w.evaluate(halved);
    assert.deepEqual(
      w.book.view.block_reasons.filter((one) => LATCHES.has(one)),
      [],
    );
  });

  it('is not seen in a roll by hand to half the strike, after its executions are read', () => {
    const w = hedged();
    w.venue.contracts = 0;
    w.venue.tradeOption(-100, 10, w.at.trading);
    tellPositions(w);
    answering(w, 10);
    const contract = optionContract({ conId: 2002, strike: 225 });
    w.venue.others = [{ contract, quantity: 200 }];
    w.report({
      type: 'position',
      position: { contract, quantity: 200, account: ACCOUNT, avgCost: 5 },
    });
    assert.deepEqual(latches(w), []);
  });
});

describe('the last leg', () => {
  const flatten: WorldOptions = { settings: { hedging: { on_empty_book: 'flatten' } } };

  it('that is sold leaves shares that are closed where that is wanted', () => {
    const w = hedged(flatten);
    w.venue.contracts = 0;
    w.venue.tradeOption(-100, 10, w.at.trading);
    tellPositions(w);
    healing(w, 8);
    w.pump();
    const [, order] = [...w.venue.orders.values()];
    assert.deepEqual([order?.order.side, order?.order.purpose], ['BUY', 'flatten']);
    fill(w, 112);
    tellPositions(w);
    healing(w, 10);
    assert.equal(w.book.view.stock_position, 0);
    assert.equal(w.book.trading, 'IDLE');
    assert.equal(w.venue.orders.size, 2);
  });

  it('leaves them alone, and says so, where only an alert is wanted', () => {
    const w = hedged();
    w.venue.contracts = 0;
    w.venue.tradeOption(-100, 10, w.at.trading);
    tellPositions(w);
    healing(w, 60);
    w.pump();
    assert.equal(w.venue.orders.size, 1);
    assert.deepEqual([w.book.trading, w.book.view.block_reasons[0]], ['SAFE', 'orphan_shares']);
  });
});

describe('membership', () => {
  it('is looked at again when spot comes to the strike', () => {
    const w = world(structure({ atm_band_pct: 0.5 }));
    w.sync();
    w.marketUp();
    const at = (spot: number) => w.evaluate({ delta: 0, bid: spot - 0.01, ask: spot + 0.01 });
    at(440);
    assert.equal(legs(w), 0);
    w.advance(SECOND / 2);
    at(449.5);
    assert.equal(legs(w), 0);
    w.advance(SECOND / 2);
    at(449.5);
    assert.equal(legs(w), 1);
  });

  it('is looked at again when the day changes, without a tick', () => {
    // Half past ten, and thirteen hours and twenty minutes.
    const mono = 1000 + 800 * MINUTE;
    const w = watching({ ...structure({ min_dte: 20, max_dte: 28 }), mono });
    assert.equal(legs(w), 0);
    w.advance(11 * MINUTE);
    assert.equal(legs(w), 1);
  });

  it('by strict selection ends a fifth outside the window, and not before', () => {
    const w = watching(structure({ selection: 'strict', atm_band_pct: 1 }));
    const move = (spot: number) => {
      w.evaluate({ delta: 0, bid: spot - 0.01, ask: spot + 0.01 });
      w.advance(SECOND);
    };
    move(445.6);
    assert.equal(legs(w), 1);
    move(444.5);
    assert.equal(legs(w), 0);
    move(445.3);
    assert.equal(legs(w), 0);
    move(445.6);
    assert.equal(legs(w), 1);
  });

  it('decides who is hedged, and every option held is priced', () => {
    const w = watching(structure({ exclude: [2001] }));
    const watches = w.take(ACTORS.market) as { books?: { legs: { conId: number }[] }[] }[];
    assert.deepEqual(
      watches.at(-1)?.books?.[0]?.legs.map(({ conId }) => conId),
      [2001],
    );
    w.advance(10 * SECOND);
    const [prices] = w.facts('prices').slice(-1);
    assert.deepEqual(
      prices?.prices.map(({ contract }) => contract.conId),
      [1001, 2001],
    );
    assert.equal(legs(w), 0);
  });
});

describe('a halt', () => {
  it('that the broker tells with an error holds the next order, and is no reject in a row', () => {
    const w = sent();
    w.venue.get(orderOf(w)).status = 'Cancelled';
    refuse(w, 154);
    healing(w, 3);
    const [halted] = w.explain().gates.filter(({ gate }) => gate === 'halted');
    assert.equal(halted?.pass, false);
    assert.ok((halted?.opens_at ?? 0) > w.at.trading);
    assert.equal(w.venue.orders.size, 1);
    healing(w, 70);
    w.pump();
    assert.equal(w.venue.orders.size, 2);
    assert.deepEqual(latches(w), []);
  });
});

describe('the calendar', () => {
  it('that the contract does not share stops hedging', () => {
    const w = watching();
    w.terms('20230803:0930-20230803:1300');
    w.evaluate();
    assert.deepEqual(w.book.view.block_reasons, ['calendar_mismatch']);
    w.terms('20230803:0930-20230803:1600');
    w.evaluate();
    assert.equal(w.book.trading, 'HEDGING');
  });
});

describe('unconfirmed ownership', () => {
  it('is left by hand once the shares that raised it are gone', () => {
    const before = watching();
    before.venue.foreign = -112;
    const w = restarted(before, { durable: { suspended: false, books: {} } });
    settled(w);
    healing(w, 10);
    assert.deepEqual(latches(w), ['ownership_unconfirmed true']);
    const command = 'manual_resume';
    const resume = { command, symbol: 'SPY', reason: 'sold elsewhere' } as const;
    assert.equal(w.control(resume).ok, false);
    w.venue.tradeByHand(112, w.at.trading);
    tellPositions(w);
    // That it is so is said by a read, not by the first report of it.
    assert.match(w.control(resume).message, /the account is read again: ask in a few seconds/);
    answering(w, 1);
    assert.equal(w.control(resume).ok, true);
    healing(w, 12, 0);
    assert.equal(w.book.trading, 'NO_TRADE');
  });
});
