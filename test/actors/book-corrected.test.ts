import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { ExecutionReport } from '../../src/protocol/broker.ts';
import type { World } from '../support/world.ts';
import {
  fill,
  healing,
  latches,
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

/** The broker corrects an execution: the same one, under the next revision. */
function correct(w: World, wrong: ExecutionReport, right: Partial<ExecutionReport>): void {
  const execution = { ...wrong, ...right, execId: `${wrong.execBase}.02`, revision: 2 };
  const { executions } = w.venue;
  w.venue.executions = executions.map((one) => (one === wrong ? execution : one));
  w.report({ type: 'execution', execution });
}

describe('the correction of a trade by hand', () => {
  it('of options takes the place of the trade in the P&L of the day', () => {
    const w = watching();
    const trade = w.venue.tradeOption(10, 9, w.at.trading);
    w.venue.contracts = 110;
    w.report({ type: 'execution', execution: trade });
    healing(w, 40, 0);
    assert.equal(w.book.view.daily_pnl, 1000);
    correct(w, trade, { price: 9.5 });
    healing(w, 40, 0);
    assert.equal(w.book.view.daily_pnl, 500);
    assert.deepEqual(latches(w), []);
  });

  it('of shares is not a second trade', () => {
    const w = sent();
    fill(w, 112);
    healing(w, 8);
    const trade = w.venue.tradeByHand(-40, w.at.trading);
    w.report({ type: 'execution', execution: trade });
    correct(w, trade, { price: 449 });
    w.report({ type: 'execution', execution: trade });
    tellPosition(w);
    healing(w, 12);
    assert.equal(w.book.view.foreign_shares, -40);
    assert.deepEqual(latches(w), []);
  });
});

describe('a commission in another currency', () => {
  it('is kept and said, and is in no sum of dollars', () => {
    const w = sent();
    const { execId } = fill(w, 112);
    const pnl = () => w.book.view.daily_pnl;
    const before = pnl();
    const commission = { execId, commission: 2, currency: 'EUR', realizedPnl: null };
    w.report({ type: 'commission', commission });
    w.report({ type: 'commission', commission });
    const facts = w.facts('commission').map((fact) => fact.commission);
    assert.deepEqual(facts, [commission]);
    assert.deepEqual(w.operations().filter((type) => type === 'alert').length, 1);
    const next = settled(restarted(w));
    assert.deepEqual([pnl(), next.book.view.daily_pnl], [before, before]);
  });
});

describe('an execution of ours that is busted', () => {
  it('after the order was done is hedged anew without a pause', () => {
    const w = sent();
    const busted = fill(w, 112);
    tellPosition(w);
    healing(w, 10);
    assert.deepEqual([w.states, w.venue.orders.size], ['NO_TRADE FILLED', 1]);
    w.venue.get(busted.orderRef).filled = 0;
    correct(w, busted, { quantity: 0 });
    tellPosition(w);
    healing(w, 15);
    assert.deepEqual([w.book.view.stock_position, w.venue.orders.size], [0, 2]);
    assert.deepEqual(latches(w), []);
  });

  it('while its order works is no fill that is missing: the rest is traded, and then it anew', () => {
    const w = working();
    const busted = fill(w, 60);
    correct(w, busted, { quantity: 0 });
    fill(w, 52);
    tell(w);
    w.venue.foreign += 60;
    tellPosition(w);
    healing(w, 40);
    assert.deepEqual([latches(w), w.operations().includes('alert')], [[], false]);
    assert.deepEqual([w.book.view.stock_position, w.venue.orders.size], [-52, 2]);
  });

  it('while its order works is none after a restart either', () => {
    const before = working();
    const busted = fill(before, 60);
    correct(before, busted, { quantity: 0 });
    fill(before, 52);
    // The shares of the busted trade are not in the account any more.
    before.venue.foreign += 60;
    const w = settled(restarted(before));
    healing(w, 40);
    assert.deepEqual([latches(w), w.book.view.stock_position], [[], -52]);
  });
});

describe('a read of the positions', () => {
  it('that a fill has overtaken is no break', () => {
    const w = sent();
    fill(w, 112);
    healing(w, 70);
    // Only its position tells of this trade at first: the account is read again for it.
    w.venue.tradeByHand(-40, w.at.trading);
    tellPosition(w);
    w.advance(5000);
    w.pump();
    const [asked] = w.reads.splice(0);
    assert(asked);
    const read = w.venue.read();
    w.evaluate({ delta: 212, bid: 451.99, ask: 452.01 });
    w.pump();
    tell(w);
    fill(w, 100);
    assert.equal(w.states, 'NO_TRADE FILLED');
    w.report({ type: 'read.done', readId: asked.readId, read });
    assert.deepEqual(latches(w), []);
    tellPosition(w);
    healing(w, 20, 212);
    assert.deepEqual(latches(w), []);
    assert.deepEqual([w.book.view.foreign_shares, w.book.view.stock_position], [-40, -212]);
  });
});

describe('an order that the broker calls filled while its executions are missing', () => {
  /** The venue has traded and says so of the order; no execution is told. */
  const untold = (w: World, quantity: number): ExecutionReport => {
    const execution = fill(w, quantity, true);
    w.venue.executions = [];
    return execution;
  };

  it('is not followed by another one', () => {
    const w = working();
    untold(w, 112);
    tell(w);
    healing(w, 20);
    assert.deepEqual([w.book.hedge, w.venue.orders.size], ['RECOVER', 1]);
    healing(w, 400);
    assert.deepEqual(latches(w), ['exec_fault true']);
    assert.deepEqual([w.book.trading, w.venue.orders.size], ['SAFE', 1]);
  });

  it('is resolved when they come', () => {
    const w = working();
    const execution = untold(w, 112);
    tell(w);
    healing(w, 20);
    w.venue.executions = [execution];
    healing(w, 10);
    assert.deepEqual([w.states, w.book.view.stock_position], ['NO_TRADE EXEC_IDLE', -112]);
    assert.deepEqual([latches(w), w.venue.orders.size], [[], 1]);
  });

  it('in part and then cancelled is not followed by another one either', () => {
    const w = working();
    untold(w, 60);
    tell(w, 'Cancelled');
    healing(w, 20);
    assert.deepEqual([w.book.hedge, w.venue.orders.size], ['RECOVER', 1]);
  });

  it('is met so after a restart, and not followed either', () => {
    const before = working();
    untold(before, 112);
    const w = settled(restarted(before));
    healing(w, 20);
    assert.deepEqual([w.book.hedge, w.venue.orders.size], ['RECOVER', 1]);
  });
});

describe('an execution under our name that the journal does not know', () => {
  const again = (w: World): void => {
    w.report({ type: 'link.lost', reason: 'socket closed' });
    w.control({ command: 'retry_ib' });
    w.sync();
    healing(w, 10);
  };

  it('stops the book once, until a person has looked, over reconnects and restarts', () => {
    const w = sent();
    fill(w, 112);
    healing(w, 8);
    const trade = w.venue.tradeByHand(-10, w.at.trading);
    const execution = { ...trade, orderRef: 'demo:other:9' };
    w.venue.executions = [...w.venue.executions.slice(0, -1), execution];
    w.report({ type: 'execution', execution });
    tellPosition(w);
    healing(w, 10);
    assert.deepEqual(latches(w), ['position_break true']);
    w.control({ command: 'manual_resume', symbol: 'SPY', reason: 'it was me' });
    again(w);
    assert.deepEqual(latches(w), ['position_break true', 'position_break false']);
    assert.deepEqual([w.book.view.foreign_shares, w.book.view.stock_position], [-10, -112]);
    const next = settled(restarted(w));
    healing(next, 10);
    assert.deepEqual(latches(next), []);
  });
});
