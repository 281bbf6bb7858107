import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { SECOND } from '../support/book.ts';
import type { World } from '../support/world.ts';
import {
  fill,
  healing,
  LOST,
  settled,
  typesTo,
  verifyReplays,
  watching,
  working,
  world,
} from './support/hedged-book.ts';
import { hedged, serving } from './support/serving.ts';

verifyReplays();

const message = "Error validating request.-'bW' : cause - The API is in Read-Only mode.";
const READ_ONLY = { outcome: 'refused', code: 321, message } as const;
const NO_RIGHT = { outcome: 'refused', code: 460, message: 'No trading permissions.' } as const;
const TAKEN = { outcome: 'taken', code: 0, message: '' } as const;

const alerts = (w: World) => w.book.view.alerts.map(({ id }) => id);
const gate = (w: World) => w.explain().gates.find((one) => one.gate === 'order_test');

/** Connected and read, and asked whether it takes orders. */
function tested(answer: World['orderTest'], delta?: number): World {
  const w = world();
  w.orderTest = answer;
  return settled(w, delta);
}

describe('before it is armed a book asks whether orders would be taken', () => {
  it('with one order that is never worked, of its account and its underlying', () => {
    const w = world();
    w.orderTest = null;
    w.sync();
    assert.deepEqual([w.ordersTested, w.daemon], [1, 'connected']);
    assert.deepEqual(w.lastOrderTest, {
      type: 'order.test',
      testId: w.lastOrderTest?.testId,
      account: 'DU1',
      contract: w.lastOrderTest?.contract,
    });
    assert.equal(w.lastOrderTest?.contract.symbol, 'SPY');
    assert.ok(!w.pump().some(({ type }) => type === 'order.submit'));
  });

  it('and operates only when that was answered', () => {
    const w = world();
    w.orderTest = null;
    w.sync();
    w.advance(4 * SECOND);
    assert.equal(w.daemon, 'connected');
    w.report({ type: 'order.tested', testId: w.lastOrderTest?.testId ?? '', ...TAKEN });
    w.marketUp();
    assert.equal(w.daemon, 'running');
  });

  it('again after each reconnect', () => {
    const w = watching();
    assert.equal(w.ordersTested, 1);
    w.report(LOST);
    assert.equal(gate(w)?.value, 'not_tested');
    w.control({ command: 'retry_ib' });
    w.sync();
    assert.deepEqual([w.ordersTested, gate(w)?.value], [2, 'taken']);
  });

  it('and shows what one share would change, as far as the broker says', () => {
    const margin = { initial: 225, maintenance: 112.5, commission: null };
    const w = tested({ ...TAKEN, margin });
    const { value, pass } = gate(w) ?? {};
    const text = 'taken; one share: initial margin 225 USD, maintenance margin 112.5 USD';
    assert.deepEqual([value, pass], [text, true]);
    assert.equal(
      gate(tested({ ...TAKEN, margin: { ...margin, initial: null, maintenance: null } }))?.value,
      'taken',
    );
  });

  it('and not where the broker knows no contract of it', () => {
    const w = world();
    w.linkUp();
    w.report({ type: 'contract.failed', symbol: 'SPY', reason: 'no answer' });
    w.answerReads();
    w.marketUp();
    assert.deepEqual([w.ordersTested, w.daemon], [0, 'running']);
    w.terms();
    assert.equal(w.ordersTested, 1);
  });
});

describe('a broker that refuses orders', () => {
  it('gets none: the gate says why, on the page and in explain', () => {
    const w = tested(NO_RIGHT);
    healing(w, 3);
    assert.equal(w.venue.orders.size, 0);
    assert.deepEqual(w.book.view.block_reasons, ['order_test']);
    assert.equal(gate(w)?.value, 'refused: No trading permissions.');
    assert.match(w.explain().why, /order_test: the broker has not said that it takes orders/);
    assert.deepEqual(alerts(w), ['orders_refused']);
  });

  it('because its API is read-only is named so, before any order was refused', () => {
    const w = tested(READ_ONLY);
    healing(w, 3);
    assert.deepEqual(alerts(w), ['read_only_api']);
    assert.deepEqual(w.facts('latch'), []);
    const text = w.book.view.alerts[0]?.text ?? '';
    assert.match(text, /switch off "Read-Only API"/);
  });

  it('is asked again every minute, and hedging begins when it says yes', () => {
    const w = tested(READ_ONLY);
    healing(w, 58);
    assert.equal(w.ordersTested, 1);
    w.orderTest = TAKEN;
    healing(w, 4);
    assert.deepEqual([w.ordersTested, alerts(w)], [2, []]);
    assert.equal(w.venue.live.length, 1);
    healing(w, 130, 0);
    assert.equal(w.ordersTested, 2);
  });

  it('is asked at once when an operator says retry-ib', () => {
    const w = tested(READ_ONLY);
    w.orderTest = TAKEN;
    const { status, ok } = w.control({ command: 'retry_ib' });
    assert.deepEqual([ok, status, w.ordersTested], [true, 202, 2]);
    assert.equal(w.control({ command: 'retry_ib' }).status, 409);
    healing(w, 1);
    assert.equal(w.venue.live.length, 1);
  });

  it('is still asked to close what is ours: it has the last word on that', () => {
    const w = hedged();
    w.report(LOST);
    w.orderTest = NO_RIGHT;
    w.control({ command: 'retry_ib' });
    w.sync();
    healing(w, 8);
    assert.equal(gate(w)?.pass, false);
    w.control({ command: 'flatten' });
    serving(w, 4);
    assert.equal(w.book.view.stock_position, 0);
  });

  it('does not keep a cancel from an order that works', () => {
    const w = working();
    w.report(LOST);
    w.orderTest = NO_RIGHT;
    w.control({ command: 'retry_ib' });
    w.sync();
    assert.equal(w.book.hedge, 'CANCEL');
    fill(w, 112);
    healing(w, 8);
    assert.equal(w.book.view.stock_position, -112);
  });
});

describe('a broker that does not answer the test', () => {
  it('is waited for five seconds, then hedging goes on and a person is told', () => {
    const w = tested(null);
    w.advance(4999);
    assert.equal(w.daemon, 'connected');
    w.advance(1);
    assert.equal(w.daemon, 'running');
    healing(w, 2);
    assert.deepEqual([alerts(w), gate(w)?.pass], [['orders_untested'], true]);
    assert.equal(w.venue.live.length, 1);
    w.orderTest = TAKEN;
    healing(w, 61);
    assert.deepEqual([w.ordersTested, gate(w)?.value], [2, 'taken']);
    assert.ok(!alerts(w).includes('orders_untested'));
  });

  it('may answer late, and what it says counts', () => {
    const w = tested(null, 0);
    w.advance(6 * SECOND);
    healing(w, 1, 0);
    w.report({ type: 'order.tested', testId: w.lastOrderTest?.testId ?? '', ...READ_ONLY });
    w.evaluate();
    assert.deepEqual(w.book.view.block_reasons, ['order_test']);
    assert.ok(!typesTo(w, 'broker').includes('order.submit'));
  });

  it('of an earlier connection says nothing about this one', () => {
    const w = tested(null);
    const { testId = '' } = w.lastOrderTest ?? {};
    w.report(LOST);
    w.control({ command: 'retry_ib' });
    w.sync();
    w.report({ type: 'order.tested', testId, ...READ_ONLY });
    assert.equal(gate(w)?.value, 'not_tested');
    w.advance(5 * SECOND);
    assert.equal(gate(w)?.value, 'unanswered');
  });
});
