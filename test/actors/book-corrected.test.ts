import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { ExecutionReport } from '../../src/protocol/broker.ts';
import { ACCOUNT, SHARES } from '../support/venue.ts';
import type { World } from '../support/world.ts';
import { fill, healing, sent, tell, verifyReplays, watching } from './support/hedged-book.ts';

verifyReplays();

const latches = (w: World) => w.facts('latch').map(({ cause, set }) => `${cause} ${set}`);

function tellPosition(w: World): void {
  const position = { account: ACCOUNT, contract: SHARES, quantity: w.venue.shares, avgCost: 450 };
  w.report({ type: 'position', position });
}

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
