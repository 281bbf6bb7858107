import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { optionContract, SECOND } from '../support/book.ts';
import { ACCOUNT } from '../support/venue.ts';
import type { Market, World } from '../support/world.ts';
import {
  answering,
  latches,
  restarted,
  settled,
  verifyReplays,
  watching,
} from './support/hedged-book.ts';

verifyReplays();

const UNKNOWN: Market = { delta: 0, optionClose: Number.NaN };

/** Time passes at these prices. */
function pass(w: World, seconds: number, market: Market): void {
  for (let second = 0; second < seconds; second += 1) {
    answering(w, 1);
    w.evaluate(market);
  }
}

/** The close of its option is missing, and has been for more than a minute. */
function blind(): World {
  const w = watching();
  pass(w, 70, UNKNOWN);
  return w;
}

const value = (w: World) =>
  w.explain().gates.find(({ gate }) => gate === 'daily_loss_limit')?.value;

describe('the loss limit of a day whose P&L is not known', () => {
  it('counts what was lost since it was missed, and trips', () => {
    const w = blind();
    assert.match(String(value(w)), /^0\.00, counted since 10:31:02$/);
    const alert = w.book.view.alerts.find(({ id }) => id === 'pnl_unknown');
    assert.match(alert?.text ?? '', /limit counts what was lost since 10:31:02 New York/);
    // A hundred contracts of a hundred: a cent is a hundred dollars.
    pass(w, 1, { ...UNKNOWN, option: 9.51 });
    assert.deepEqual([value(w), latches(w)], ['-4900.00, counted since 10:31:02', []]);
    pass(w, 1, { ...UNKNOWN, option: 9.49 });
    assert.deepEqual(latches(w), ['daily_loss_limit true']);
    assert.equal(w.book.view.daily_pnl, null);
  });

  it('is that of the whole day again as soon as that is known', () => {
    const w = blind();
    pass(w, 2, { ...UNKNOWN, option: 9.9, optionClose: 10.2 });
    assert.equal(value(w), -3000);
  });

  it('goes on from what the day had made when it was known last', () => {
    const w = watching();
    pass(w, 70, { delta: 0, option: 9.7 });
    assert.equal(value(w), -3000);
    pass(w, 70, { ...UNKNOWN, option: 9.7 });
    assert.match(String(value(w)), /^-3000\.00, counted since/);
    pass(w, 1, { ...UNKNOWN, option: 9.49 });
    assert.deepEqual(latches(w), ['daily_loss_limit true']);
  });

  it('goes on over a restart', () => {
    const before = blind();
    pass(before, 2, { ...UNKNOWN, option: 9.8 });
    const w = settled(restarted(before), 0);
    pass(w, 2, { ...UNKNOWN, option: 9.8 });
    assert.equal(value(w), '-2000.00, counted since 10:31:02');
  });

  it.each([0, 10, -10])('goes on over a restart at which %d contracts came', (more) => {
    const before = blind();
    pass(before, 2, { ...UNKNOWN, option: 9.6 });
    assert.match(String(value(before)), /^-4000\.00, counted since/);
    before.venue.contracts += more;
    const w = restarted(before);
    w.sync();
    w.marketUp();
    pass(w, 80, { ...UNKNOWN, option: 9.6 });
    assert.match(String(value(w)), /^-4000\.00, counted since/);
    pass(w, 1, { ...UNKNOWN, option: 9.45 });
    assert.deepEqual(latches(w), ['daily_loss_limit true']);
  });

  it('writes what was counted seldom: not with each tick, and not for a trifle', () => {
    const w = blind();
    const facts = w.facts('hedgeMemory').length;
    for (let tick = 0; tick < 200; tick += 1) {
      w.advance(100);
      w.evaluate({ ...UNKNOWN, option: tick % 2 === 0 ? 9.7 : 9.9 });
    }
    const written = w.facts('hedgeMemory').length - facts;
    assert.ok(written >= 2 && written <= 5, `${written} facts in 20 s`);
    for (let tick = 0; tick < 100; tick += 1) {
      w.advance(100);
      w.evaluate({ ...UNKNOWN, option: tick % 2 === 0 ? 9.9 : 9.901 });
    }
    assert.ok(w.facts('hedgeMemory').length - facts - written <= 1);
  });

  it('forgets the base of the day before, and not what this day has lost while it was known', () => {
    const before = blind();
    const DAY = 24 * 60 * 60 * SECOND;
    const w = settled(restarted(before, { mono: before.at.mono + DAY }), 0);
    pass(w, 70, { delta: 0, option: 9.7 });
    assert.equal(value(w), -3000);
    pass(w, 70, { ...UNKNOWN, option: 9.7 });
    assert.match(String(value(w)), /^-3000\.00, counted since/);
    pass(w, 1, { ...UNKNOWN, option: 9.49 });
    assert.deepEqual(latches(w), ['daily_loss_limit true']);
  });

  it('takes contracts that come without a trade for no gain', () => {
    const w = blind();
    pass(w, 2, { ...UNKNOWN, option: 9.8 });
    w.venue.contracts += 10;
    const quantity = w.venue.contracts;
    const contract = optionContract();
    w.report({ type: 'position', position: { account: ACCOUNT, contract, quantity, avgCost: 1 } });
    pass(w, 10, { ...UNKNOWN, option: 9.8 });
    assert.match(String(value(w)), /^-2000\.00, counted since/);
  });

  it('counts by the new terms after a split that was resumed, on the same day', () => {
    const w = watching();
    const contract = optionContract({ conId: 2002, strike: 225 });
    w.venue.contracts = 0;
    w.venue.others = [{ contract, quantity: 200 }];
    const at = { account: ACCOUNT, avgCost: 5 };
    w.report({ type: 'position', position: { ...at, contract: optionContract(), quantity: 0 } });
    w.report({ type: 'position', position: { ...at, contract, quantity: 200 } });
    answering(w, 10);
    assert.equal(latches(w)[0], 'corporate_action true');
    const halved = { bid: 224.99, ask: 225.01, leg: { conId: 2002 } };
    const market = { ...UNKNOWN, ...halved, option: 5 };
    pass(w, 2, market);
    const resume = { command: 'manual_resume', symbol: 'SPY', reason: 'split 2:1' } as const;
    assert.equal(w.control(resume).ok, true);
    pass(w, 80, market);
    assert.match(String(value(w)), /^0\.00, counted since/);
    pass(w, 1, { ...market, option: 4.7 });
    assert.equal(latches(w).at(-1), 'daily_loss_limit true');
    w.advance(SECOND);
  });
});
