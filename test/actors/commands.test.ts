import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { BrokerRead, OrderReport } from '../../src/protocol/broker.ts';
import {
  CONTROL_PAYLOADS,
  type ControlCommand,
  type ControlName,
} from '../../src/protocol/control.ts';
import { SECOND } from '../support/book.ts';
import { ACCOUNT, SHARES } from '../support/venue.ts';
import type { World } from '../support/world.ts';
import { restarted, sent, verifyReplays, watching, working, world } from './support/hedged-book.ts';
import { hedged, LAZY, serve, serving, tradeByHand } from './support/serving.ts';

verifyReplays();

const OPTION = 2001;
const CONFIRM = { gates: { strategy: { structure: { membership: 'confirm' as const } } } };

const owned = (w: World) => w.book.view.stock_position;

/** One of each, as an operator would give it. */
const EXAMPLES: Readonly<Record<ControlName, ControlCommand>> = {
  stop: { command: 'stop' },
  suspend: { command: 'suspend' },
  resume: { command: 'resume' },
  flatten: { command: 'flatten' },
  hedge_now: { command: 'hedge_now', symbol: 'SPY' },
  cancel_all: { command: 'cancel_all' },
  adopt: { command: 'adopt', symbol: 'SPY', shares: 0 },
  legs: { command: 'legs', symbol: 'SPY' },
  retry_ib: { command: 'retry_ib' },
  refresh_accounts: { command: 'refresh_accounts' },
  manual_resume: { command: 'manual_resume', symbol: 'SPY', reason: 'looked at it' },
  set_heartbeat_interval: { command: 'set_heartbeat_interval', interval_s: 20 },
};

describe('every control command', () => {
  it('is in this list', () => {
    assert.deepEqual(Object.keys(EXAMPLES).sort(), Object.keys(CONTROL_PAYLOADS).sort());
  });

  it.each(Object.values(EXAMPLES))('leaves a row with origin and result: $command', (control) => {
    for (const make of [() => world(), watching, () => sent(), hedged]) {
      const w = make();
      const before = w.facts('control').length;
      const { ok, message } = w.control(control);
      const rows = w.facts('control').slice(before);
      assert.deepEqual(
        rows.map((row) => [row.command, row.origin, row.ok, row.message]),
        [[control.command, 'test', ok, message]],
      );
    }
  });

  it.each(['hedge_now', 'adopt', 'legs', 'manual_resume', 'flatten', 'suspend'] as const)(
    '%s of a book that is not there is refused with 404',
    (name) => {
      const w = watching();
      const control = { ...EXAMPLES[name], symbol: 'QQQ' } as ControlCommand;
      assert.equal(w.control(control).status, 404);
    },
  );
});

describe('hedge_now', () => {
  const NOW = EXAMPLES.hedge_now;

  it('brings net delta to 0 though the threshold and the cooldown would have it wait', () => {
    const w = hedged();
    serving(w, 2, LAZY, 130);
    assert.deepEqual([w.book.trading, w.venue.orders.size], ['MONITOR', 1]);
    const { ok, status, detail } = w.control(NOW);
    assert.deepEqual([ok, status, detail?.['quantity']], [true, 202, 18]);
    serving(w, 3, undefined, 130);
    assert.equal(owned(w), -130);
  });

  it('meets every other gate, and says which one holds it', () => {
    const w = hedged();
    serving(w, 1, LAZY, 130);
    w.control({ command: 'suspend' });
    const { ok, status, message } = w.control(NOW);
    assert.deepEqual([ok, status], [false, 409]);
    assert.match(message, /suspended/);
    assert.equal(w.venue.orders.size, 1);
  });

  it('inside the band does nothing, and says so', () => {
    const w = hedged();
    const { ok, message } = w.control(NOW);
    assert.equal(ok, false);
    assert.match(message, /in_band/);
  });

  it('while an order works is refused', () => {
    const w = working();
    assert.match(w.control(NOW).message, /order_in_flight/);
    assert.equal(w.venue.orders.size, 1);
  });

  it('shows with dry_run the order that it would send', () => {
    const w = hedged();
    serving(w, 1, LAZY, 130);
    const { ok, detail } = w.control({ ...NOW, dry_run: true } as ControlCommand);
    assert.deepEqual([ok, detail?.['side'], detail?.['quantity']], [true, 'SELL', 18]);
    serve(w);
    assert.equal(w.venue.orders.size, 1);
  });
});

describe('adopt', () => {
  const adopt = (w: World, shares: number, dry_run?: boolean) =>
    w.control({ command: 'adopt', symbol: 'SPY', shares, ...(dry_run ? { dry_run } : {}) });

  /** A first start beside a hedge made by hand. */
  function beside(foreign: number): World {
    const w = world();
    w.venue.foreign = foreign;
    w.sync();
    w.marketUp();
    serving(w, 2);
    return w;
  }

  it('answers whose the shares of a first start are, and the book is hedged from there', () => {
    const w = beside(-100);
    assert.deepEqual([w.book.trading, w.venue.orders.size], ['SAFE', 0]);
    const { ok, detail } = adopt(w, -100);
    assert.deepEqual([ok, detail?.['owned_after']], [true, -100]);
    serving(w, 10, undefined, 140);
    assert.deepEqual([owned(w), w.venue.shares], [-140, -140]);
    assert.deepEqual(
      w.facts('adjustment').map(({ kind, shares, reason }) => [kind, shares, reason]),
      [['adopt', -100, 'by test']],
    );
  });

  it('that only shows says what it would do, and does nothing', () => {
    const w = beside(-100);
    const { ok, message } = adopt(w, -100, true);
    assert.deepEqual([ok, message], [true, 'SPY: would adopt -100 shares; then -100 are ours']);
    assert.equal(owned(w), 0);
    assert.match(adopt(w, -100).message, /-100 shares adopted, -100 are ours$/);
  });

  it('of 0 says that none are', () => {
    const w = beside(300);
    adopt(w, 0);
    serving(w, 10);
    assert.deepEqual([owned(w), w.venue.shares], [-112, 188]);
  });

  it('survives a restart', () => {
    const before = beside(-100);
    adopt(before, -100);
    const w = restarted(before);
    w.sync();
    assert.equal(owned(w), -100);
    assert.notEqual(w.book.trading, 'SAFE');
  });

  it.each([
    ['more than there are', -101],
    ['the other side', 50],
  ])('refuses %s', (_, shares) => {
    const w = beside(-100);
    const { ok, status, message } = adopt(w, shares);
    assert.deepEqual([ok, status], [false, 409]);
    assert.match(message, /-100 of the account are not ours/);
    assert.equal(w.facts('adjustment').length, 0);
  });

  it('waits for a price to book the shares at: at none the day would seem to gain their worth', () => {
    const w = world();
    w.venue.foreign = -100;
    w.sync();
    const { status, message } = adopt(w, -100);
    assert.deepEqual([status, w.facts('adjustment').length], [409, 0]);
    assert.match(message, /no price yet/);
    w.marketUp();
    // Before the open there is the close alone.
    w.evaluate({ bid: Number.NaN, ask: Number.NaN });
    assert.equal(adopt(w, -100).ok, true);
    assert.deepEqual(
      w.facts('adjustment').map(({ price }) => price),
      [450],
    );
    assert.equal(adopt(beside(-100), 0).ok, true);
  });

  it('while an order works is refused: it could move the very same shares', () => {
    const w = working();
    assert.match(adopt(w, 0).message, /an order of ours is under way/);
  });

  it('shows with dry_run what would be ours, and books nothing', () => {
    const w = beside(-100);
    assert.equal(adopt(w, -100, true).detail?.['owned_after'], -100);
    assert.equal(owned(w), 0);
  });
});

describe('legs', () => {
  const legs = (w: World, word: object = {}) =>
    w.control({ command: 'legs', symbol: 'SPY', ...word });
  const rows = (detail: unknown, list: 'legs' | 'outside') =>
    (detail as Record<string, { con_id: number; reason: string }[]>)[list] ?? [];

  it('lists who belongs to the book, and who does not and why', () => {
    const w = watching({ settings: CONFIRM });
    const { detail } = legs(w);
    assert.deepEqual(rows(detail, 'legs'), []);
    assert.deepEqual(
      rows(detail, 'outside').map((row) => [row.con_id, row.reason]),
      [[OPTION, 'awaits_confirmation']],
    );
  });

  it('confirms a leg once; it is a member from then on, also after a restart', () => {
    const before = watching({ settings: CONFIRM });
    assert.equal(legs(before, { confirm: OPTION }).ok, true);
    assert.equal(before.book.view.option_legs_count, 1);
    const w = restarted(before, { settings: CONFIRM });
    w.sync();
    w.marketUp();
    serving(w, 1);
    assert.equal(w.book.view.option_legs_count, 1);
  });

  it('excludes a leg, also after a restart', () => {
    const before = hedged();
    assert.equal(legs(before, { exclude: OPTION }).ok, true);
    assert.equal(before.book.view.option_legs_count, 0);
    const w = restarted(before);
    w.sync();
    w.marketUp();
    serving(w, 1);
    assert.equal(w.book.view.option_legs_count, 0);
  });

  it('knows no option that the account does not hold', () => {
    assert.equal(legs(watching(), { confirm: 4711 }).status, 409);
  });
});

/** An order of ours at the broker that this journal has never seen. */
function stray(n: number, status: OrderReport['status'] = 'Submitted'): OrderReport {
  return {
    orderRef: `demo:lost:${n}`,
    orderId: 700 + n,
    permId: 7000 + n,
    clientId: 1,
    account: ACCOUNT,
    contract: SHARES,
    side: 'BUY',
    quantity: 10 * n,
    limitPrice: 440,
    status,
    filled: 0,
    remaining: 10 * n,
    whyHeld: '',
  };
}

/** Serves a while; strays are at the broker until their cancel arrives. */
function servingStrays(w: World, live: Map<string, OrderReport>, seconds: number): void {
  for (let step = 0; step < seconds * 4; step += 1) {
    for (const command of w.pump()) {
      const order = command.type === 'order.cancel' ? live.get(command.orderRef) : undefined;
      if (command.type === 'order.cancel' && order === undefined) {
        const { orderRef } = command;
        w.report({ type: 'order.error', orderRef, orderId: 0, code: 10147, message: '' });
      }
      if (order === undefined) continue;
      live.delete(order.orderRef);
      w.report({ type: 'order.report', order: { ...order, status: 'Cancelled' } });
    }
    for (const { readId } of w.reads.splice(0)) {
      const read: BrokerRead = w.venue.read();
      const openOrders = [...read.openOrders, ...live.values()];
      w.report({ type: 'read.done', readId, read: { ...read, openOrders } });
    }
    w.advance(SECOND / 4);
  }
}

describe('several orders under our name that nobody works', () => {
  const strays = () => new Map([1, 2, 3].map((n) => [`demo:lost:${n}`, stray(n)]));

  it('are cancelled and resolved before anything new is sent', () => {
    const live = strays();
    const w = world();
    w.linkUp();
    w.terms();
    w.marketUp();
    servingStrays(w, live, 5);
    w.evaluate();
    assert.equal(w.venue.orders.size, 0);
    servingStrays(w, live, 30);
    assert.equal(live.size, 0);
    for (let second = 0; second < 10; second += 1) {
      w.evaluate();
      servingStrays(w, live, 1);
    }
    assert.equal(w.venue.orders.size, 1, 'and then the book is hedged');
  });

  it('are found and cancelled by cancel-all, which leaves those of others alone', () => {
    const w = hedged();
    const live = strays();
    live.set('', { ...stray(9), orderRef: '' });
    live.set('other:1', { ...stray(8), orderRef: 'other:1' });
    assert.equal(w.control({ command: 'cancel_all' }).status, 202);
    assert.equal(w.daemon, 'running_suspended');
    servingStrays(w, live, 40);
    assert.deepEqual([...live.keys()], ['', 'other:1']);
  });
});

describe('cancel_all', () => {
  it('suspends, and takes what works off the market', () => {
    const w = working();
    w.control({ command: 'cancel_all' });
    assert.ok(serve(w).includes('order.cancel'));
    serving(w, 20);
    assert.deepEqual([w.daemon, w.venue.live.length, owned(w)], ['running_suspended', 0, 0]);
  });
});

describe('refresh_accounts', () => {
  it('reads accounts and positions again', () => {
    const w = watching();
    tradeByHand(w, 7);
    w.take('broker');
    assert.equal(w.control({ command: 'refresh_accounts' }).status, 202);
    const before = w.facts('positions').filter(({ whole }) => whole).length;
    serve(w);
    assert.equal(w.facts('positions').filter(({ whole }) => whole).length, before + 1);
  });

  it('without a connection is refused', () => {
    assert.equal(world().control({ command: 'refresh_accounts' }).status, 409);
  });
});

describe('set_heartbeat_interval', () => {
  it('beats at the new interval from now on', () => {
    const w = watching();
    w.control({ command: 'set_heartbeat_interval', interval_s: 30 });
    const before = w.facts('heartbeat').length;
    w.advance(29 * SECOND);
    assert.equal(w.facts('heartbeat').length, before);
    w.advance(2 * SECOND);
    assert.equal(w.facts('heartbeat').length, before + 1);
    assert.equal(w.facts('heartbeat').at(-1)?.heartbeatIntervalS, 30);
  });

  it('keeps that interval over a restart', () => {
    const w = watching();
    w.control({ command: 'set_heartbeat_interval', interval_s: 30 });
    const next = w.restart();
    assert.equal(next.facts('heartbeat').at(-1)?.heartbeatIntervalS, 30);
    next.verifyReplay();
  });

  it('gives way to a configuration that was changed since', () => {
    const w = watching();
    w.control({ command: 'set_heartbeat_interval', interval_s: 30 });
    const next = w.restart({ config: { heartbeatMs: 20_000 } });
    assert.equal(next.facts('heartbeat').at(-1)?.heartbeatIntervalS, 20);
  });
});

describe('a position that comes before its contract is known', () => {
  it('is told apart from another share of the same symbol once it is', () => {
    const w = world();
    w.linkUp();
    w.answerReads();
    const other = { ...SHARES, conId: 4242, currency: 'EUR' };
    const position = { account: ACCOUNT, avgCost: 1 };
    w.report({ type: 'position', position: { ...position, contract: SHARES, quantity: -40 } });
    w.report({ type: 'position', position: { ...position, contract: other, quantity: 900 } });
    w.terms();
    w.marketUp();
    w.evaluate();
    const { detail } = w.control({ command: 'flatten', dry_run: true });
    assert.equal(detail?.['account_shares'], -40);
  });
});
