import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { SECOND } from '../support/book.ts';
import { ACCOUNT } from '../support/venue.ts';
import {
  answering,
  cancelled,
  commands,
  fill,
  healing,
  orderOf,
  outcomes,
  refuse,
  sent,
  tell,
  verifyReplays,
  watching,
  working,
  world,
} from './support/hedged-book.ts';

verifyReplays();

describe('a book', () => {
  it('starts, syncs, waits for prices, and watches', () => {
    const w = world();
    assert.deepEqual([w.daemon, w.states], ['connecting', 'BOOT EXEC_IDLE']);
    w.linkUp();
    w.terms();
    assert.equal(w.daemon, 'connected');
    w.answerReads();
    assert.equal(w.daemon, 'degraded');
    assert.equal(w.states, 'SYNC EXEC_IDLE');
    w.marketUp();
    assert.equal(w.daemon, 'running');
    w.evaluate({ delta: 0 });
    assert.equal(w.states, 'NO_TRADE EXEC_IDLE');
  });

  it('sells what its options are long, once, and books the fill and its commission', () => {
    const w = watching();
    w.evaluate();
    const [command] = w.pump().filter(({ type }) => type === 'order.submit');
    assert(command?.type === 'order.submit');
    const { side, quantity, tif, account, limitPrice } = command.order;
    assert.deepEqual([side, quantity, tif, account], ['SELL', 112, 'GTD', ACCOUNT]);
    assert.equal(limitPrice, 449.98);
    assert.deepEqual(outcomes(w), [null]);
    tell(w);
    const { execId } = fill(w, 112);
    const commission = { execId, commission: 1.12, currency: 'USD', realizedPnl: null };
    w.report({ type: 'commission', commission });
    w.evaluate();
    assert.equal(w.states, 'NO_TRADE FILLED');
    assert.deepEqual(outcomes(w), [null, 'filled']);
    assert.equal(w.book.view.stock_position, -112);
    assert.equal(w.facts('commission').length, 1);
    assert.deepEqual(w.operations(), ['hedge_intent', 'order_sent', 'fill']);
  });

  it('writes the intent before the order leaves, in the same turn', () => {
    const w = sent();
    const record = w.records.find(({ effects }) =>
      effects.some((effect) => effect.kind === 'send' && effect.to === 'broker'),
    );
    const turn = w.records.at(-1);
    assert(record && turn);
    const intent = turn.facts.find(({ fact }) => fact === 'intent');
    assert(intent?.fact === 'intent');
    assert.equal(intent.orderRef, orderOf(w));
    assert.equal(intent.orderRef, `demo:j:${turn.seq}`);
  });

  it('hedges again when net delta has moved, after the cost gate', () => {
    const w = sent();
    fill(w, 112);
    healing(w, 10, 200);
    assert.equal(w.states, 'PAUSE_COST FILLED');
    healing(w, 50, 200);
    assert.equal(w.states, 'PAUSE_COST FILLED');
    w.evaluate({ delta: 200, bid: 451.99, ask: 452.01 });
    assert.equal(w.states, 'HEDGING WAIT_ACK');
    w.pump();
    assert.equal(w.venue.get(orderOf(w)).order.quantity, 88);
  });
});

describe('executions', () => {
  it('before the acknowledgement are booked, and complete the order', () => {
    const w = sent();
    fill(w, 50);
    assert.equal(w.states, 'HEDGING PARTIAL');
    tell(w);
    assert.equal(w.states, 'HEDGING PARTIAL');
    fill(w, 62);
    assert.deepEqual([w.book.hedge, outcomes(w).at(-1)], ['FILLED', 'filled']);
  });

  it('are booked once, however often they come', () => {
    const w = working();
    const execution = fill(w, 50);
    w.report({ type: 'execution', execution });
    w.report({ type: 'execution', execution: { ...execution } });
    assert.equal(w.book.view.stock_position, -50);
    assert.equal(w.facts('execution').length, 1);
  });

  it('are replaced by their corrections', () => {
    const w = working();
    const execution = fill(w, 50);
    const { execBase } = execution;
    const corrected = { ...execution, execId: `${execBase}.02`, revision: 2, quantity: 45 };
    w.report({ type: 'execution', execution: corrected });
    assert.equal(w.book.view.stock_position, -45);
    assert.equal(w.book.context.filled, 45);
    w.report({ type: 'execution', execution });
    assert.equal(w.book.view.stock_position, -45);
  });

  it('after the cancel was answered are booked, and the order ends partial', () => {
    const w = working();
    w.control({ command: 'suspend' });
    assert.deepEqual(commands(w), ['order.cancel']);
    cancelled(w);
    assert.equal(w.book.hedge, 'RECOVER');
    answering(w, 1);
    fill(w, 30);
    assert.equal(w.book.view.stock_position, -30);
    w.venue.get(orderOf(w)).status = 'Cancelled';
    answering(w, 12);
    assert.deepEqual([w.book.hedge, outcomes(w).at(-1)], ['EXEC_IDLE', 'partial']);
  });

  it('that come after the order was given up still count', () => {
    const w = working();
    w.control({ command: 'suspend' });
    cancelled(w);
    answering(w, 12);
    assert.equal(w.book.hedge, 'EXEC_IDLE');
    fill(w, 20);
    assert.equal(w.book.view.stock_position, -20);
  });

  it('that overtake their commissions, or are overtaken, keep them in the journal', () => {
    const w = working();
    const execution = fill(w, 112, true);
    const commission = { execId: execution.execId, commission: 1.12, currency: 'USD' };
    w.report({ type: 'commission', commission: { ...commission, realizedPnl: null } });
    w.report({ type: 'execution', execution });
    const [fact] = w.facts('commission');
    assert.equal(fact?.commission.commission, 1.12);
    w.report({ type: 'commission', commission: { ...commission, realizedPnl: null } });
    assert.equal(w.facts('commission').length, 1);
  });

  it('that cost nothing have a commission too: it is known, and it is zero', () => {
    const w = working();
    const free = (execId: string) => ({
      execId,
      commission: 0,
      currency: 'USD',
      realizedPnl: null,
    });
    w.report({ type: 'commission', commission: free(fill(w, 12).execId) });
    const overtaken = fill(w, 100, true);
    w.report({ type: 'commission', commission: free(overtaken.execId) });
    w.report({ type: 'execution', execution: overtaken });
    w.report({ type: 'commission', commission: free(overtaken.execId) });
    assert.deepEqual(
      w.facts('commission').map(({ commission }) => commission.commission),
      [0, 0],
    );
  });

  it('have the very commission that the broker named, however many came before', () => {
    const w = working();
    for (const amount of [0.1, 0.2, 0.7]) {
      const execution = fill(w, 10, true);
      const commission = { execId: execution.execId, commission: amount, currency: 'USD' };
      w.report({ type: 'commission', commission: { ...commission, realizedPnl: null } });
      w.report({ type: 'execution', execution });
    }
    assert.deepEqual(
      w.facts('commission').map(({ commission }) => commission.commission),
      [0.1, 0.2, 0.7],
    );
  });

  it('with our name that the journal does not know stop the book', () => {
    const w = watching();
    const execution = w.venue.tradeByHand(-10, w.at.trading);
    w.report({ type: 'execution', execution: { ...execution, orderRef: 'demo:other:9' } });
    assert.equal(w.book.trading, 'SAFE');
    assert.deepEqual(
      w.facts('latch').map(({ cause }) => cause),
      ['position_break'],
    );
    assert.equal(w.book.view.stock_position, 0);
  });
});

describe('a book in SAFE', () => {
  it('waits by the trading clock, so that a tape is one run however fast it is driven', () => {
    const w = watching();
    w.advance(60 * SECOND);
    assert.equal(w.book.trading, 'SAFE');
    const from = w.records.length;
    healing(w, 2, 0);
    const effects = w.records.slice(from).flatMap((record) => record.effects);
    const holds = effects.flatMap((effect) =>
      effect.kind === 'timer' && effect.name === 'safe_hold' ? [effect.clock] : [],
    );
    assert.deepEqual(holds, ['trading']);
    healing(w, 5, 0);
    assert.equal(w.book.trading, 'NO_TRADE');
  });
});

describe('an order', () => {
  it('that is refused for good fails, is proven dead, and another is tried', () => {
    const w = sent();
    w.venue.get(orderOf(w)).status = 'Cancelled';
    refuse(w, 201);
    assert.equal(w.states, 'NEED_HEDGE FAIL');
    assert.deepEqual(outcomes(w), [null, 'reject']);
    healing(w, 10);
    assert.equal(w.states, 'HEDGING WAIT_ACK');
    assert.equal(w.venue.orders.size, 2);
  });

  it('that is refused three times in a row stops the book until a person has looked', () => {
    const w = sent();
    for (let streak = 0; streak < 3; streak += 1) {
      w.venue.get(orderOf(w)).status = 'Cancelled';
      refuse(w, 201);
      healing(w, 10);
    }
    assert.equal(w.venue.orders.size, 3);
    assert.equal(w.book.trading, 'SAFE');
    assert.equal(w.facts('latch').at(-1)?.cause, 'exec_fault');
    w.advance(60 * SECOND);
    assert.equal(w.book.trading, 'SAFE');
    assert.equal(w.control({ command: 'manual_resume', symbol: 'SPY', reason: 'margin' }).ok, true);
    healing(w, 20);
    assert.equal(w.venue.orders.size, 4);
  });

  it('that nothing is heard of is asked for, and found, and worked on', () => {
    const w = sent();
    w.advance(5 * SECOND);
    assert.equal(w.states, 'HEDGING RECOVER');
    w.answerReads();
    assert.equal(w.states, 'HEDGING WORKING');
    assert.equal(w.venue.orders.size, 1);
  });

  it('that nothing is heard of and that never arrived is proven so by two reads', () => {
    const w = sent();
    w.venue.orders.clear();
    w.advance(5 * SECOND);
    w.answerReads();
    assert.deepEqual(commands(w), ['order.cancel']);
    const orderRef = w.book.context.orderRef ?? '';
    w.report({ type: 'order.error', orderRef, orderId: 0, code: 10147, message: '' });
    w.answerReads();
    w.advance(1.9 * SECOND);
    assert.equal(w.book.hedge, 'RECOVER');
    w.advance(0.2 * SECOND);
    w.answerReads();
    assert.deepEqual([w.book.hedge, w.timer('hedge.grace')], ['RECOVER', true]);
    w.advance(2 * SECOND);
    assert.deepEqual([w.book.hedge, outcomes(w).at(-1)], ['EXEC_IDLE', 'never_live']);
  });

  it('is priced anew when it has worked long enough, and then cancelled', () => {
    const w = working({ settings: { order: { max_reprices: 1 } } });
    w.advance(4 * SECOND);
    w.evaluate({ bid: 449.97, ask: 449.99 });
    w.advance(1 * SECOND);
    assert.deepEqual(commands(w), ['order.modify']);
    assert.equal(w.book.hedge, 'WAIT_ACK');
    assert.equal(w.venue.get(orderOf(w)).order.limitPrice, 449.96);
    tell(w);
    w.advance(5 * SECOND);
    assert.deepEqual(commands(w), ['order.cancel']);
    cancelled(w);
    answering(w, 12);
    assert.equal(outcomes(w).at(-1), 'cancelled');
  });

  it('that was modified and is then refused may live, and is asked for', () => {
    const w = working();
    w.advance(5 * SECOND);
    refuse(w, 110);
    assert.equal(w.states, 'HEDGING RECOVER');
    w.answerReads();
    assert.equal(w.states, 'HEDGING WORKING');
    assert.equal(w.venue.orders.size, 1);
  });

  it('that is said to be filled while executions are missing is asked for', () => {
    const w = working();
    fill(w, 112, true);
    tell(w);
    assert.equal(w.book.view.stock_position, 0);
    w.advance(2 * SECOND);
    assert.equal(w.book.hedge, 'RECOVER');
    answering(w, 5);
    assert.equal(w.book.view.stock_position, -112);
    assert.deepEqual([w.book.hedge, outcomes(w).at(-1)], ['EXEC_IDLE', 'filled']);
  });

  it('that is held for a locate is waited for, and cancelled when it takes too long', () => {
    const w = working({ settings: { order: { held_timeout_s: 20 } } });
    tell(w, 'Inactive');
    assert.equal(w.book.hedge, 'RECOVER');
    healing(w, 19);
    assert.equal(w.states, 'HEDGING RECOVER');
    assert(!w.operations().includes('cancel'));
    healing(w, 3);
    assert.equal(w.book.hedge, 'CANCEL');
  });

  it('that is held longer than an unknown may last is no fault', () => {
    const w = working();
    tell(w, 'Inactive');
    healing(w, 45);
    assert.deepEqual(w.states, 'HEDGING RECOVER');
    tell(w, 'Submitted');
    healing(w, 3);
    assert.deepEqual(w.states, 'HEDGING WORKING');
  });

  it('that cannot be cancelled is asked for again no faster than reads may be', () => {
    const w = working();
    w.control({ command: 'suspend' });
    for (let tenth = 0; tenth < 100; tenth += 1) {
      if (w.book.hedge === 'CANCEL') refuse(w, 161);
      w.answerReads();
      w.advance(SECOND / 10);
    }
    const cancels = w.operations().filter((type) => type === 'cancel').length;
    assert(cancels <= 6, `${cancels} cancels within 10 s`);
  });

  it('whose fate stays unknown is a fault, and a latched one when the attempts are spent', () => {
    const w = sent();
    w.advance(36 * SECOND);
    assert.deepEqual([w.states, outcomes(w).at(-1)], ['SAFE FAIL', 'fault']);
    w.advance(400 * SECOND);
    assert.equal(w.book.hedge, 'FAIL');
    assert.equal(w.facts('latch').at(-1)?.cause, 'exec_fault');
    assert.equal(w.venue.orders.size, 1);
  });

  it('whose need is gone is cancelled', () => {
    const w = working();
    w.evaluate({ delta: 3 });
    assert.deepEqual(commands(w), ['order.cancel']);
    cancelled(w);
    answering(w, 12);
    assert.deepEqual(outcomes(w).at(-1), 'cancelled');
  });

  it('is finished when the legs are gone: what is left of the shares is reported', () => {
    const w = working();
    fill(w, 50);
    w.venue.contracts = 0;
    w.report({
      type: 'position',
      position: { account: ACCOUNT, contract: legContract(w), quantity: 0, avgCost: 0 },
    });
    assert.equal(w.book.trading, 'SAFE');
    assert.deepEqual(commands(w), ['order.cancel']);
    assert(w.book.view.block_reasons.includes('orphan_shares'));
  });
});

function legContract(w: ReturnType<typeof world>) {
  const [leg] = w.durable().books[`SPY@${ACCOUNT}`]?.legs ?? [];
  assert(leg);
  return leg.contract;
}
