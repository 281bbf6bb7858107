import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { SECOND } from '../support/book.ts';
import type { World } from '../support/world.ts';
import {
  answering,
  cancelled,
  commands,
  fill,
  healing,
  LOST,
  NO_IB,
  orderOf,
  outcomes,
  refuse,
  restarted,
  sent,
  settled,
  tell,
  verifyReplays,
  watching,
  working,
} from './support/hedged-book.ts';

verifyReplays();

const IB_BACK = { type: 'upstream.restored', code: 1102, dataLost: false } as const;

/** The connection comes back and everything is read. */
function reconnect(w: World): void {
  w.control({ command: 'retry_ib' });
  w.sync();
}

describe('a lost connection', () => {
  it('with a working order: it is found again, cancelled and resolved, never sent again', () => {
    const w = working();
    w.report(LOST);
    assert.deepEqual([w.daemon, w.states], ['waiting_ib', 'SAFE RECOVER']);
    w.evaluate();
    w.advance(30 * SECOND);
    reconnect(w);
    assert.equal(w.book.hedge, 'CANCEL');
    assert(commands(w).includes('order.cancel'));
    cancelled(w);
    answering(w, 12);
    assert.deepEqual([w.book.hedge, outcomes(w).at(-1)], ['EXEC_IDLE', 'cancelled']);
    healing(w, 10);
    assert.equal(w.venue.orders.size, 2);
    assert.equal(w.venue.live.length, 1);
  });

  it('while it fills: the fill is booked from the sync, and nothing is sold twice', () => {
    const w = working();
    w.report(LOST);
    fill(w, 112, true);
    w.advance(10 * SECOND);
    reconnect(w);
    assert.equal(w.book.view.stock_position, -112);
    healing(w, 30);
    assert.deepEqual([w.book.hedge, outcomes(w).at(-1)], ['EXEC_IDLE', 'filled']);
    assert.equal(w.venue.orders.size, 1);
    assert.equal(w.book.trading, 'NO_TRADE');
  });

  it('while an acknowledgement is awaited: the order that never arrived is proven so', () => {
    const w = sent();
    w.report(LOST);
    const orderRef = orderOf(w);
    w.venue.orders.clear();
    w.advance(10 * SECOND);
    reconnect(w);
    assert(commands(w).includes('order.cancel'));
    w.report({ type: 'order.error', orderRef, orderId: 0, code: 10147, message: '' });
    answering(w, 12);
    assert.equal(outcomes(w).at(-1), 'never_live');
  });

  it('stops the clock of the unknown, and the reads', () => {
    const w = sent();
    w.advance(5 * SECOND);
    assert.equal(w.book.hedge, 'RECOVER');
    w.pump();
    w.report({ type: 'read.failed', readId: w.reads[0]?.readId ?? '', reason: 'not connected' });
    w.report(LOST);
    w.advance(300 * SECOND);
    assert.equal(w.book.hedge, 'RECOVER');
    assert(w.pump().every(({ type }) => type !== 'read'));
  });

  it('does not let the read of the sync count twice', () => {
    const w = restarted(sent());
    w.venue.get(orderOf(w)).status = 'Cancelled';
    w.sync();
    w.answerReads();
    assert.deepEqual([w.book.hedge, w.timer('hedge.grace')], ['RECOVER', false]);
    w.advance(2 * SECOND);
    w.answerReads();
    assert.equal(w.timer('hedge.grace'), true);
  });
});

describe('IB out of TWS’s reach', () => {
  it('is waited for, and what worked is cancelled after the sync', () => {
    const w = working();
    w.report(NO_IB);
    assert.deepEqual([w.daemon, w.states], ['waiting_ib', 'SAFE RECOVER']);
    w.report(IB_BACK);
    w.terms();
    w.answerReads();
    assert.equal(w.book.hedge, 'CANCEL');
    cancelled(w);
    healing(w, 15);
    assert.equal(outcomes(w).includes('cancelled'), true);
  });

  it('that is reported back without having been reported away is an outage all the same', () => {
    const w = working();
    w.report(IB_BACK);
    assert.deepEqual([w.daemon, w.book.hedge], ['connected', 'RECOVER']);
    w.terms();
    w.answerReads();
    assert.equal(w.book.hedge, 'CANCEL');
  });

  it('makes a read that was under way worth nothing', () => {
    const w = watching();
    w.report(IB_BACK);
    w.pump();
    w.report(NO_IB);
    const facts = w.facts('positions').length;
    w.answerReads();
    assert.equal(w.facts('positions').length, facts);
    assert.equal(w.book.context.brokerUp, false);
  });
});

describe('a restart', () => {
  it('with a working order finds it, cancels it, and sends nothing before it is proven dead', () => {
    const before = working();
    fill(before, 30);
    const w = restarted(before);
    assert.equal(w.book.view.stock_position, -30);
    settled(w);
    assert.equal(w.book.hedge, 'CANCEL');
    w.evaluate();
    assert.equal(w.venue.orders.size, 1);
    cancelled(w);
    healing(w, 4);
    assert.equal(w.venue.orders.size, 1);
    healing(w, 15);
    assert.equal(outcomes(w)[0], 'partial');
    assert.equal(w.venue.orders.size, 2);
    assert.equal(w.venue.get(orderOf(w)).order.quantity, 82);
  });

  it('between journal and wire resolves what was never sent', () => {
    const before = watching();
    before.evaluate();
    const w = restarted(before);
    settled(w, 0);
    const orderRef = w.book.context.orderRef ?? '';
    w.report({ type: 'order.error', orderRef, orderId: 0, code: 10147, message: '' });
    answering(w, 12);
    assert.equal(outcomes(w)[0], 'never_live');
    assert.equal(w.venue.orders.size, 0);
  });

  it('between fill and commit books the fill from the sync', () => {
    const before = working();
    fill(before, 112, true);
    const w = restarted(before);
    settled(w);
    assert.equal(w.book.view.stock_position, -112);
    healing(w, 15);
    assert.equal(outcomes(w)[0], 'filled');
    assert.equal(w.venue.orders.size, 1);
    assert.equal(w.book.trading, 'NO_TRADE');
  });

  it('before the first price keeps a price for the next hedge to be measured from', () => {
    const before = working();
    fill(before, 112, true);
    const w = restarted(before);
    w.sync();
    answering(w, 6);
    assert.equal(outcomes(w)[0], 'filled');
    assert.equal(w.facts('hedgeMemory').at(-1)?.memory.lastHedge?.price, 450);
  });

  it('with everything done changes nothing', () => {
    const before = working();
    fill(before, 112);
    before.evaluate();
    const w = restarted(before);
    settled(w);
    healing(w, 5);
    assert.deepEqual([w.states, w.book.view.stock_position], ['NO_TRADE EXEC_IDLE', -112]);
    assert.deepEqual(outcomes(w), []);
    assert.equal(w.venue.orders.size, 1);
  });

  it('cancels an order that carries our name and that the journal does not know', () => {
    const before = working();
    const w = restarted(before, { durable: { suspended: false, books: {} } });
    settled(w);
    assert.deepEqual([w.book.hedge, w.book.context.intent], ['CANCEL', null]);
    assert.equal(w.venue.orders.size, 1);
    cancelled(w);
    healing(w, 12);
    assert.equal(w.venue.orders.size, 2);
  });
});

describe('suspend', () => {
  it('cancels what works, and lets nothing out until resume', () => {
    const w = working();
    assert.equal(w.control({ command: 'suspend' }).ok, true);
    assert.deepEqual(commands(w), ['order.cancel']);
    cancelled(w);
    healing(w, 30);
    assert.deepEqual([w.daemon, w.venue.orders.size], ['running_suspended', 1]);
    w.control({ command: 'resume' });
    healing(w, 2);
    assert.equal(w.venue.orders.size, 2);
  });

  it('while an acknowledgement is awaited cancels at once, and books what was filled', () => {
    const w = sent();
    w.control({ command: 'suspend' });
    assert.deepEqual([w.book.hedge, commands(w)], ['CANCEL', ['order.cancel']]);
    tell(w);
    fill(w, 112);
    assert.deepEqual([w.book.hedge, w.book.view.stock_position], ['FILLED', -112]);
  });

  it('of one book cancels and holds it, whatever the engine does', () => {
    const w = working();
    w.control({ command: 'suspend', symbol: 'SPY' });
    assert.deepEqual(commands(w), ['order.cancel']);
    cancelled(w);
    healing(w, 20);
    assert.deepEqual([w.daemon, w.venue.orders.size], ['running', 1]);
    assert.equal(w.book.view.suspended, true);
    w.control({ command: 'resume', symbol: 'SPY' });
    healing(w, 2);
    assert.equal(w.venue.orders.size, 2);
  });

  it.each([{}, { symbol: 'SPY' }])('survives a restart: %o', (scope) => {
    const before = watching();
    before.control({ command: 'suspend', ...scope });
    const w = restarted(before);
    settled(w);
    healing(w, 10);
    assert.equal(w.book.view.suspended, true);
    assert.equal(w.venue.orders.size, 0);
  });

  it('takes what is found after a restart off the market', () => {
    const before = working();
    before.control({ command: 'suspend' });
    const w = restarted(before);
    settled(w);
    assert.equal(w.book.hedge, 'CANCEL');
    cancelled(w);
    healing(w, 12);
    assert.deepEqual([w.book.hedge, w.venue.orders.size], ['EXEC_IDLE', 1]);
  });
});

describe('stop', () => {
  it('with nothing at work stops at once', () => {
    const w = watching();
    assert.equal(w.control({ command: 'stop' }).status, 202);
    assert.deepEqual([w.daemon, w.data.orderLeftLive], ['stopped', false]);
  });

  it('with a working order cancels it, and stops when the cancel is answered', () => {
    const w = working();
    w.control({ command: 'stop' });
    assert.deepEqual([w.daemon, commands(w)], ['stopping', ['order.cancel']]);
    w.evaluate();
    cancelled(w);
    assert.deepEqual([w.daemon, w.data.orderLeftLive], ['stopped', false]);
    assert.equal(outcomes(w).at(-1), null, 'the next start makes the second read');
  });

  it('waits for the executions of what was filled before the cancel', () => {
    const w = working();
    const execution = fill(w, 40, true);
    w.control({ command: 'stop' });
    tell(w, 'Cancelled');
    assert.equal(w.daemon, 'stopping');
    w.report({ type: 'execution', execution });
    assert.equal(w.daemon, 'stopped');
    assert.deepEqual([outcomes(w).at(-1), w.book.view.stock_position], [null, -40]);
  });

  it('while an acknowledgement is awaited cancels what may be on its way', () => {
    const w = sent();
    w.control({ command: 'stop' });
    assert.deepEqual(commands(w), ['order.cancel']);
    w.venue.get(orderOf(w)).status = 'Cancelled';
    refuse(w, 10147);
    w.answerReads();
    assert.deepEqual([w.daemon, w.data.orderLeftLive], ['stopped', false]);
  });

  it('does not take a bare 202 for the number of shares that were filled before it', () => {
    const w = working();
    fill(w, 40, true);
    w.control({ command: 'stop' });
    refuse(w, 202);
    assert.equal(w.daemon, 'stopping');
    w.venue.get(orderOf(w)).status = 'Cancelled';
    w.answerReads();
    assert.deepEqual([w.daemon, w.book.view.stock_position], ['stopped', -40]);
    const next = restarted(w);
    settled(next);
    healing(next, 8);
    assert.equal(outcomes(next).at(-1), 'partial');
  });

  it('after a bare 202 and nothing else stops within its time, and the order is dead', () => {
    const w = working();
    w.control({ command: 'stop' });
    refuse(w, 202);
    w.advance(1.4 * SECOND);
    assert.equal(w.daemon, 'stopping');
    w.advance(0.2 * SECOND);
    assert.deepEqual([w.daemon, w.data.orderLeftLive], ['stopped', false]);
  });

  it('says that an order was left live when the broker does not answer', () => {
    const w = working();
    w.control({ command: 'stop' });
    w.advance(2.4 * SECOND);
    assert.equal(w.daemon, 'stopping');
    w.advance(0.2 * SECOND);
    assert.deepEqual([w.daemon, w.data.orderLeftLive], ['stopped', true]);
    const alerts = w.facts('operation').filter(({ type }) => type === 'alert');
    assert(alerts.some(({ stateReason }) => stateReason.startsWith('order_left_live')));
  });

  it('leaves a working order alone where it is configured so', () => {
    const w = working({ settings: { order: { on_stop: 'leave' } } });
    w.control({ command: 'stop' });
    assert.deepEqual([w.daemon, commands(w)], ['stopped', ['link.close']]);
    const next = restarted(w);
    settled(next);
    assert.equal(next.book.hedge, 'CANCEL');
  });

  it('before the sync stops too, and says what it could not prove', () => {
    const w = restarted(working());
    w.control({ command: 'stop' });
    w.advance(3 * SECOND);
    assert.deepEqual([w.daemon, w.data.orderLeftLive], ['stopped', true]);
  });
});

describe('a cancel that is refused for ever', () => {
  it('is asked again at the pace of the reads, and somebody is told', () => {
    const w = working();
    w.control({ command: 'suspend' });
    let cancels = 0;
    for (let second = 0; second < 60; second += 1) {
      for (const command of w.pump()) {
        if (command.type !== 'order.cancel') continue;
        cancels += 1;
        refuse(w, 161);
      }
      w.answerReads();
      w.advance(SECOND);
    }
    assert.ok(cancels >= 10 && cancels <= 31, `${cancels} cancels in a minute`);
    const told = w
      .facts('operation')
      .filter(({ type, stateReason }) => type === 'alert' && /lives on/.test(stateReason));
    assert.equal(told.length, Math.floor(cancels / 5));
  });
});
