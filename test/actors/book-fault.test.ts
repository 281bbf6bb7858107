import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { ApprovedOrder } from '../../src/domain/order.ts';
import { NOTHING_DURABLE } from '../../src/protocol/durable.ts';
import { SECOND } from '../support/book.ts';
import { SYMBOL, type World } from '../support/world.ts';
import {
  answering,
  cancelled,
  commands,
  fill,
  healing,
  latches,
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

/** Nobody answered within the limit: whether the order lives is not known. */
function faulted(): World {
  const w = sent();
  w.advance(45 * SECOND);
  assert.equal(outcomes(w).at(-1), 'fault');
  w.pump();
  w.reads = [];
  return w;
}

/** The broker tells nothing of the order for now. */
function hidden(w: World): () => void {
  const ref = orderOf(w);
  const order = w.venue.get(ref);
  w.venue.orders.delete(ref);
  return () => w.venue.orders.set(ref, order);
}

describe('an order whose fate was not found out', () => {
  it('is asked for after a restart, and nothing is sent before it is known', () => {
    const before = faulted();
    const show = hidden(before);
    const w = settled(restarted(before));
    answering(w, 5);
    w.evaluate();
    w.pump();
    assert.deepEqual([w.book.hedge, w.venue.orders.size], ['RECOVER', 0]);

    show();
    fill(w, 112);
    healing(w, 10);
    assert.deepEqual([w.book.hedge, w.book.view.stock_position], ['EXEC_IDLE', -112]);
    assert.equal(w.venue.orders.size, 1);
    assert.equal(outcomes(w).at(-1), 'filled');
    assert.deepEqual(w.durable().books['SPY@DU1']?.openIntents, []);
    assert.equal(w.book.view.daily_hedge_count, 1);
  });

  it('is forgotten once it is known to be dead', () => {
    const w = faulted();
    assert.equal(w.durable().books['SPY@DU1']?.openIntents.length, 1);
    const show = hidden(w);
    for (let second = 0; second < 40 && w.book.hedge !== 'EXEC_IDLE'; second += 1) {
      answering(w, 1);
      show();
      refuse(w, 10_147);
      hidden(w);
    }
    assert.equal(w.book.hedge, 'EXEC_IDLE');
    assert.deepEqual(w.durable().books['SPY@DU1']?.openIntents, []);
    assert.equal(outcomes(w).at(-1), 'never_live');
  });
});

describe('an order that somebody else made larger', () => {
  it('is cancelled, and stops the book until a person has looked', () => {
    const w = working();
    const known = w.venue.get(orderOf(w));
    known.order = { ...known.order, quantity: 300 } as ApprovedOrder;
    tell(w);
    assert.equal(w.book.hedge, 'CANCEL');
    assert.deepEqual(
      w.facts('latch').map(({ cause }) => cause),
      ['exec_fault'],
    );
    fill(w, 150);
    cancelled(w);
    healing(w, 12);
    assert.deepEqual([w.states, w.book.view.stock_position], ['SAFE FILLED', -150]);
    assert.deepEqual(w.venue.live, []);
  });
});

describe('a manual resume that is refused', () => {
  it('clears nothing, though another cause could have been cleared', () => {
    const w = working();
    const known = w.venue.get(orderOf(w));
    known.order = { ...known.order, quantity: 300 } as ApprovedOrder;
    tell(w);
    w.evaluate({ option: 9 });
    const latches = () => w.facts('latch').map(({ cause, set }) => `${cause} ${set}`);
    assert.deepEqual(latches(), ['exec_fault true', 'daily_loss_limit true']);
    const resume = { command: 'manual_resume', symbol: SYMBOL, reason: 'looked' } as const;
    assert.equal(w.control(resume).status, 409);
    assert.equal(latches().length, 2);
    assert.equal(w.control({ ...resume, allowance_usd: 1000 }).ok, true);
    assert.equal(latches().length, 4);
  });
});

describe('a rejection that comes after its status', () => {
  it.each(['Inactive', 'Cancelled'] as const)('%s first: it is one, and counts', (status) => {
    const w = watching();
    for (let round = 0; round < 60 && w.book.trading !== 'SAFE'; round += 1) {
      w.evaluate();
      for (const command of w.pump()) {
        if (command.type === 'order.submit') {
          w.venue.get(command.order.orderRef).status = 'Cancelled';
          const order = w.venue.report(command.order.orderRef);
          w.report({ type: 'order.report', order: { ...order, status, permId: 0 } });
          refuse(w, 201);
        } else if (command.type === 'order.cancel') refuse(w, 10147);
      }
      answering(w, 1);
    }
    assert.deepEqual(
      outcomes(w).filter((outcome) => outcome !== null),
      ['reject', 'reject', 'reject'],
    );
    assert.ok(w.book.view.block_reasons.includes('exec_fault'));
    assert.equal(w.venue.orders.size, 3);
  });
});

describe('a cancel that a read-only API refuses', () => {
  it('says nothing of its order, which is asked for and cancelled when it may be', () => {
    const w = working();
    w.control({ command: 'suspend' });
    assert.equal(w.book.hedge, 'CANCEL');
    const orderRef = orderOf(w);
    const message = "Error validating request.-'bW' : cause - The API is in Read-Only mode.";
    w.report({ type: 'order.error', orderRef, orderId: 1, code: 321, message });
    assert.deepEqual([w.book.hedge, latches(w)], ['RECOVER', ['exec_fault true']]);
    answering(w, 3);
    assert.ok(w.operations().filter((type) => type === 'cancel').length >= 2);
    cancelled(w);
    healing(w, 8);
    assert.deepEqual([w.book.hedge, outcomes(w).at(-1)], ['EXEC_IDLE', 'cancelled']);
  });
});

describe('several orders under our name that nobody works', () => {
  /** Of a journal that was lost. */
  const strays = (): World => {
    const before = working();
    const [one] = before.venue.live;
    assert(one);
    for (const n of [2, 3]) {
      const order = { ...one.order, orderRef: `demo:lost:${n}` };
      before.venue.orders.set(order.orderRef, { ...one, order, orderId: 70 + n, permId: 900 + n });
    }
    return restarted(before, { durable: NOTHING_DURABLE });
  };
  const cancels = (w: World) =>
    w.pump().flatMap((command) => (command.type === 'order.cancel' ? [command.orderRef] : []));

  it('are all cancelled by the first read, and resolved one after the other', () => {
    const w = strays();
    const refs = w.venue.live.map(({ order }) => order.orderRef);
    settled(w);
    const asked = w.facts('operation').filter(({ type }) => type === 'cancel');
    assert.deepEqual(asked.map(({ orderRef }) => orderRef).sort(), [...refs].sort());
    for (const order of w.venue.live) order.status = 'Cancelled';
    healing(w, 20);
    assert.deepEqual([w.book.hedge, w.venue.orders.size], ['WAIT_ACK', 4]);
  });

  /** What the broker says to a cancel that it does not obey: the order, as it was. */
  const deaf = (w: World): readonly string[] => {
    const asked = cancels(w);
    for (const ref of asked) w.report({ type: 'order.report', order: w.venue.report(ref) });
    for (const { order } of w.venue.live) {
      w.report({ type: 'order.report', order: w.venue.report(order.orderRef) });
    }
    w.answerReads();
    return asked;
  };

  it('and live on are no reason for reads and cancels without a pause', () => {
    const w = strays();
    settled(w);
    w.pump();
    let rounds = 0;
    for (let round = 0; round < 50; round += 1) rounds += deaf(w).length;
    assert.ok(rounds <= 4, `${rounds} cancels in no time`);
    const times = new Map<string, number>();
    for (let second = 0; second < 240; second += 1) {
      for (const ref of deaf(w)) times.set(ref, (times.get(ref) ?? 0) + 1);
      w.advance(1000);
      w.evaluate({ delta: 112 });
    }
    for (const ref of ['demo:lost:2', 'demo:lost:3']) {
      const count = times.get(ref) ?? 0;
      assert.ok(count >= 4 && count <= 14, `${count} cancels of ${ref} in four minutes`);
    }
    const alerts = w.facts('operation').filter(({ type }) => type === 'alert');
    assert.ok(alerts.some(({ stateReason }) => /demo:lost:2 lives on though/.test(stateReason)));
    assert.equal(w.venue.orders.size, 3);
  });

  it('and live on though reads fail are looked for again', () => {
    const w = strays();
    settled(w);
    w.pump();
    for (let second = 0; second < 30; second += 1) {
      w.pump();
      for (const { readId } of w.reads.splice(0)) {
        w.report({ type: 'read.failed', readId, reason: 'no answer' });
      }
      w.advance(1000);
    }
    let asked: readonly string[] = [];
    for (let second = 0; second < 20; second += 1) {
      w.advance(1000);
      asked = [...asked, ...deaf(w)];
    }
    assert.ok(asked.includes('demo:lost:2') && asked.includes('demo:lost:3'), asked.join());
  });

  it('are cancelled at once when a person wants it, while the first is being asked about', () => {
    const w = strays();
    settled(w);
    cancels(w);
    w.control({ command: 'cancel_all' });
    assert.deepEqual(cancels(w).sort(), ['demo:lost:2', 'demo:lost:3']);
    assert.ok(w.reads.length > 0);
  });
});

describe('an order that comes alive after it was resolved', () => {
  /** Never acknowledged, its cancel answered with "no such order", two reads without it. */
  const resolved = (): World => {
    const w = sent();
    const known = w.venue.get(orderOf(w));
    w.venue.orders.delete(known.order.orderRef);
    w.control({ command: 'suspend' });
    w.report({ ...NO_SUCH, orderRef: known.order.orderRef });
    healing(w, 10);
    assert.deepEqual([w.book.hedge, outcomes(w).at(-1)], ['EXEC_IDLE', 'never_live']);
    w.pump();
    w.venue.orders.set(known.order.orderRef, known);
    return w;
  };
  const NO_SUCH = { type: 'order.error', orderId: 1, code: 10147, message: 'not found' } as const;

  it('is read and cancelled when a report tells of it', () => {
    const w = resolved();
    tell(w);
    w.answerReads();
    assert.equal(w.book.hedge, 'RECOVER');
    w.answerReads();
    assert.ok(commands(w).includes('order.cancel'));
    cancelled(w);
    healing(w, 8);
    assert.deepEqual([w.book.hedge, w.venue.live.length], ['EXEC_IDLE', 0]);
  });

  it('is cancelled when only a read shows it', () => {
    const w = resolved();
    w.control({ command: 'cancel_all' });
    w.answerReads();
    w.answerReads();
    assert.ok(commands(w).includes('order.cancel'));
  });

  it('is owned as far as it is filled before its cancel', () => {
    const w = resolved();
    tell(w);
    w.answerReads();
    w.answerReads();
    fill(w, 40);
    cancelled(w);
    healing(w, 8);
    assert.deepEqual([w.book.view.stock_position, w.book.hedge], [-40, 'EXEC_IDLE']);
  });
});
