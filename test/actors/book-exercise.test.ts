import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { optionContract } from '../support/book.ts';
import { ACCOUNT } from '../support/venue.ts';
import {
  adjustments,
  answering,
  healing,
  hedged,
  latches,
  restarted,
  settled,
  tellPositions,
  verifyReplays,
} from './support/hedged-book.ts';

verifyReplays();

describe('a leg that is exercised', () => {
  it('brings its shares in at the strike, and net delta does not jump', () => {
    // At the strike it gives up its time value, which is a loss of the day.
    const w = hedged({ settings: { gates: { guard: { risk: { max_daily_loss_usd: 1e6 } } } } });
    w.venue.contracts = 60;
    w.venue.foreign += 4000;
    tellPositions(w);
    healing(w, 10);
    assert.deepEqual(adjustments(w), [['exercise', 4000, 450]]);
    assert.deepEqual([w.book.view.stock_position, w.book.view.foreign_shares], [3888, 0]);
    assert.deepEqual(latches(w), []);
  });

  const rich = { settings: { gates: { guard: { risk: { max_daily_loss_usd: 1e6 } } } } };

  it.each([8, 25])('brings them in where they follow %i s later, with no hedge before', (later) => {
    const w = hedged(rich);
    w.venue.contracts = 60;
    tellPositions(w);
    healing(w, later);
    assert.equal(w.venue.orders.size, 1);
    w.venue.foreign += 4000;
    tellPositions(w);
    answering(w, 8);
    assert.deepEqual(adjustments(w), [['exercise', 4000, 450]]);
    assert.deepEqual([w.book.view.foreign_shares, latches(w)], [0, []]);
  });

  it.each([60, 600])('brings them in where they follow %i s later, too', (later) => {
    const w = hedged(rich);
    w.venue.contracts = 60;
    tellPositions(w);
    // What is left of the contracts is as long as the shares are short.
    healing(w, later, 187);
    w.venue.foreign += 4000;
    tellPositions(w);
    healing(w, 10, 187);
    assert.deepEqual(adjustments(w), [['exercise', 4000, 450]]);
    assert.deepEqual([w.book.view.foreign_shares, latches(w)], [0, []]);
  });

  it.each([2, 15, 90])('brings them in where the engine dies %i s after it went', (later) => {
    const before = hedged(rich);
    before.venue.contracts = 60;
    tellPositions(before);
    healing(before, later, 187);
    before.venue.foreign += 4000;
    const w = settled(restarted(before, rich));
    healing(w, 10, 187);
    assert.deepEqual(adjustments(w), [['exercise', 4000, 450]]);
    assert.deepEqual([w.book.view.foreign_shares, latches(w)], [0, []]);
  });

  it('was sold by hand where the next session hears of it', () => {
    const before = hedged(rich);
    before.venue.contracts = 60;
    const execution = before.venue.tradeOption(-40, 10, before.at.trading);
    before.venue.executions = before.venue.executions.filter((one) => one !== execution);
    tellPositions(before);
    healing(before, 2, 187);
    before.venue.executions = [...before.venue.executions, execution];
    const w = settled(restarted(before, rich));
    healing(w, 10, 187);
    assert.deepEqual([adjustments(w), latches(w)], [[], []]);
    assert.ok(Math.abs(w.book.view.daily_pnl ?? Number.NaN) <= 20, `${w.book.view.daily_pnl}`);
    const next = settled(restarted(w, rich));
    healing(next, 10, 187);
    assert.ok(
      Math.abs(next.book.view.daily_pnl ?? Number.NaN) <= 20,
      `${next.book.view.daily_pnl}`,
    );
  });

  it('was sold by hand where an execution says so minutes later', () => {
    const w = hedged(rich);
    const before = w.book.view.daily_pnl ?? Number.NaN;
    w.venue.contracts = 60;
    const execution = w.venue.tradeOption(-40, 10, w.at.trading);
    w.venue.executions = w.venue.executions.filter((one) => one !== execution);
    tellPositions(w);
    healing(w, 120, 187);
    assert.ok(Math.abs((w.book.view.daily_pnl ?? 0) - before + 40_000) <= 20);
    w.report({ type: 'execution', execution });
    healing(w, 40, 187);
    assert.ok(Math.abs((w.book.view.daily_pnl ?? 0) - before) <= 20);
  });

  it('is not taken for one that was sold by hand', () => {
    const w = hedged();
    w.venue.contracts = 60;
    const execution = w.venue.tradeOption(-40, 9.5, w.at.trading);
    tellPositions(w);
    assert.equal(w.book.view.daily_pnl, null);
    healing(w, 10);
    assert.deepEqual(adjustments(w), []);
    assert.deepEqual(w.book.view.foreign_shares, 0);
    assert.ok(execution.quantity === 40);
  });

  it('while nobody listened is found at the next start', () => {
    const before = hedged();
    before.venue.contracts = 0;
    before.venue.foreign += 10_000;
    const w = settled(restarted(before));
    healing(w, 10);
    assert.deepEqual(adjustments(w), [['exercise', 10_000, 450]]);
    assert.equal(w.book.view.stock_position, 9888);
    assert.deepEqual([w.book.trading, w.book.view.block_reasons[0]], ['SAFE', 'orphan_shares']);
  });

  it('leaves no shares where it expired, and the day loses what it was worth', () => {
    const w = hedged();
    const before = w.book.view.daily_pnl ?? Number.NaN;
    w.venue.contracts = 0;
    tellPositions(w);
    // Its shares may still follow: until they have had their time the day's P&L is not known.
    healing(w, 25);
    assert.equal(w.book.view.daily_pnl, null);
    healing(w, 15);
    assert.deepEqual(adjustments(w), []);
    // It closed at 10 yesterday and was marked at 10 before it went.
    assert.ok(Math.abs((w.book.view.daily_pnl ?? 0) - before + 100_000) <= 2);
  });

  it('of an option outside the book delivers to others', () => {
    const w = hedged();
    const contract = optionContract({ conId: 2002, strike: 700, right: 'P' });
    const tell = (quantity: number) =>
      w.report({
        type: 'position',
        position: { account: ACCOUNT, contract, quantity, avgCost: 1 },
      });
    w.venue.others = [{ contract, quantity: 3 }];
    tell(3);
    healing(w, 10);
    w.venue.others = [];
    w.venue.foreign -= 300;
    tell(0);
    tellPositions(w);
    healing(w, 10);
    assert.deepEqual(adjustments(w), []);
    assert.equal(w.book.view.foreign_shares, -300);
    assert.deepEqual(latches(w), []);
  });
});
