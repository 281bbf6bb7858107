import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { optionContract, SECOND } from '../support/book.ts';
import { ACCOUNT, SHARES } from '../support/venue.ts';
import type { World, WorldOptions } from '../support/world.ts';
import {
  fill,
  healing,
  LOST,
  orderOf,
  restarted,
  sent,
  settled,
  tell,
  verifyReplays,
} from './support/hedged-book.ts';

verifyReplays();

const SETTLE_S = 10;
const WANTED: WorldOptions = {
  settings: {
    hedging: { on_empty_book: 'flatten' },
    gates: { state: { leg_settle_s: SETTLE_S } },
  },
};

function tellPositions(w: World): void {
  const stock = { account: ACCOUNT, contract: SHARES, quantity: w.venue.shares, avgCost: 450 };
  const contract = optionContract();
  const option = { account: ACCOUNT, contract, quantity: w.venue.contracts, avgCost: 1000 };
  w.report({ type: 'position', position: option });
  w.report({ type: 'position', position: stock });
}

/** Short 112 shares, and the only leg has just been sold by hand. */
function emptied(): World {
  const w = sent({
    settings: { ...WANTED.settings, gates: { state: { leg_settle_s: 0 } } },
  });
  fill(w, 112);
  tellPositions(w);
  healing(w, 8);
  w.venue.contracts = 0;
  w.venue.tradeOption(-100, 10, w.at.trading);
  tellPositions(w);
  w.advance(SECOND);
  const next = settled(restarted(w, WANTED), 0);
  assert.deepEqual([next.book.view.legs.length, next.book.view.stock_position], [0, -112]);
  return next;
}

/** The orders that close, in their order. */
const closing = (w: World) =>
  [...w.venue.orders.values()].filter(({ order }) => order.purpose === 'flatten');
const resumed = (w: World) => w.facts('suspended').length === 0 && !w.book.view.suspended;

describe('shares that a book without legs has left', () => {
  it('are closed by the next session too, when the change had its time to settle', () => {
    const w = emptied();
    healing(w, SETTLE_S - 5, 0);
    w.pump();
    assert.equal(closing(w).length, 0);
    healing(w, 6, 0);
    w.pump();
    assert.equal(closing(w).length, 1);
    fill(w, 112);
    tellPositions(w);
    healing(w, 10, 0);
    assert.deepEqual([w.book.view.stock_position, w.book.trading], [0, 'IDLE']);
    assert.ok(resumed(w), 'the next legs are hedged without a resume');
  });

  it('are tried again after an attempt that came to its end, ever less often', () => {
    const w = emptied();
    const ends = () =>
      w.facts('operation').filter(({ stateReason }) => /flatten ended/.test(stateReason));
    for (let second = 0; second < 1200; second += 1) {
      w.evaluate({ delta: 0 });
      for (const command of w.pump()) {
        if (command.type === 'order.submit' || command.type === 'order.modify') tell(w);
        if (command.type === 'order.cancel') tell(w, 'Cancelled');
      }
      w.answerReads();
      w.advance(SECOND);
    }
    const times = ends().map(({ tradingTs }) => tradingTs / 1000);
    assert.ok(times.length >= 3 && times.length <= 6, `${times.length} attempts`);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    assert.deepEqual(
      gaps,
      gaps.toSorted((one, other) => one - other),
    );
    assert.ok((gaps[0] ?? 0) >= 120, gaps.join());
    assert.ok(resumed(w));
  });

  it('are closed after an outage in the midst of it', () => {
    const w = emptied();
    healing(w, SETTLE_S + 2, 0);
    w.pump();
    assert.equal(closing(w).length, 1);
    w.report(LOST);
    w.venue.get(orderOf(w)).status = 'Cancelled';
    w.control({ command: 'retry_ib' });
    w.sync();
    w.marketUp();
    healing(w, 150, 0);
    w.pump();
    assert.equal(closing(w).length, 2);
  });

  it('are not sent twice: an attempt begins when the order before it is resolved', () => {
    const w = emptied();
    healing(w, SETTLE_S + 2, 0);
    w.pump();
    tell(w);
    for (let second = 0; second < 400; second += 2) {
      w.answerReads();
      w.advance(2 * SECOND);
      w.evaluate({ delta: 0 });
      w.pump();
      assert.ok(w.venue.live.length <= 1);
    }
  });

  it('are left where they are while new legs are there, and the attempt ends', () => {
    const w = emptied();
    healing(w, SETTLE_S + 2, 0);
    w.pump();
    tell(w);
    w.venue.contracts = 100;
    w.venue.tradeOption(100, 10, w.at.trading);
    tellPositions(w);
    const [end] = w.facts('operation').filter((one) => /flatten ended/.test(one.stateReason));
    assert.match(end?.stateReason ?? '', /there are legs again/);
    assert.ok(w.pump().some(({ type }) => type === 'order.cancel'));
    tell(w, 'Cancelled');
    healing(w, 60, 112);
    w.pump();
    assert.deepEqual([closing(w).length, w.book.view.stock_position], [1, -112]);
    assert.ok(resumed(w));
  });

  it('are held by a suspend, which ends an attempt, and closed after the resume', () => {
    const w = emptied();
    healing(w, SETTLE_S + 2, 0);
    w.pump();
    tell(w);
    w.control({ command: 'suspend' });
    assert.ok(w.pump().some(({ type }) => type === 'order.cancel'));
    tell(w, 'Cancelled');
    healing(w, 200, 0);
    assert.equal(closing(w).length, 1);
    w.control({ command: 'resume' });
    healing(w, 5, 0);
    w.pump();
    assert.equal(closing(w).length, 2);
  });

  it('that a person flattens meanwhile are closed by that word, and the book is suspended', () => {
    const w = emptied();
    healing(w, SETTLE_S + 2, 0);
    w.pump();
    tell(w);
    assert.equal(w.control({ command: 'flatten' }).ok, true);
    healing(w, 1, 0);
    w.pump();
    for (const one of closing(w)) if (one.status === 'Submitted') fill(w, 112);
    healing(w, 10, 0);
    assert.deepEqual([w.book.view.stock_position, w.daemon], [0, 'running_suspended']);
    assert.equal(w.venue.shares, 0);
  });

  it('are kept where they were adopted before the legs came', () => {
    const w = emptied();
    healing(w, SETTLE_S + 2, 0);
    w.pump();
    fill(w, 112);
    healing(w, 10, 0);
    w.venue.tradeByHand(300, w.at.trading);
    tellPositions(w);
    healing(w, 12, 0);
    assert.equal(w.control({ command: 'adopt', symbol: 'SPY', shares: 300 }).ok, true);
    healing(w, 60, 0);
    const next = settled(restarted(w, WANTED), 0);
    healing(next, 60, 0);
    next.pump();
    assert.deepEqual([closing(next).length, next.book.view.stock_position], [1, 300]);
  });
});

describe('a leg that changed just before a restart', () => {
  it('keeps hedging back as long as one that changed while the daemon ran', () => {
    const w = emptied();
    const gate = () => w.explain().gates.find((one) => one.gate === 'leg_settling');
    assert.equal(gate()?.pass, false);
    healing(w, SETTLE_S, 0);
    assert.equal(gate()?.pass, true);
  });
});
