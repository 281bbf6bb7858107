import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { ACTORS, type AccountRisk, NO_RISK } from '../../src/protocol/decision.ts';
import type { TurnRecord } from '../../src/runtime/turn.ts';
import { bookSettings, SECOND, type SettingsPatch } from '../support/book.ts';
import type { World } from '../support/world.ts';
import { settled, verifyReplays, world } from './support/hedged-book.ts';

verifyReplays();

const SYMBOLS = ['SPY', 'QQQ', 'IWM'];

/** Three books of one account. */
function three(account: NonNullable<SettingsPatch['gates']>['guard'] = {}): World {
  const settings = { gates: { guard: account } };
  const [book] = world({ settings }).boot.config.books;
  assert(book !== undefined);
  const books = SYMBOLS.map((symbol, slot) => {
    return { ...book, slot, settings: bookSettings({ ...settings, symbol }) };
  });
  const w = settled(world({ config: { books } }), 0);
  for (const symbol of SYMBOLS) tell(w, symbol, {});
  return w;
}

/** A book tells of itself; returns the books that hear of it. */
function tell(w: World, symbol: string, risk: Partial<AccountRisk>): readonly string[] {
  const body = { type: 'book.risk', symbol, account: 'DU1', risk: { ...NO_RISK, ...risk } };
  const { touched } = w.input('command', ACTORS.daemon, body) as unknown as TurnRecord;
  return touched.filter((id) => id !== 'daemon');
}

/** Times of so many orders, a second apart, the last of them now. */
function orders(w: World, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => w.at.trading - (count - 1 - index) * SECOND);
}

describe('an order of one book', () => {
  it('is heard by the others when half of what a minute may have is out', () => {
    const w = three({ account: { max_orders_per_minute: 10 } });
    assert.deepEqual(tell(w, 'QQQ', { orderTimes: orders(w, 4) }), []);
    assert.deepEqual(tell(w, 'IWM', { orderTimes: orders(w, 1) }), ['book:SPY', 'book:QQQ']);
    assert.deepEqual(tell(w, 'QQQ', { orderTimes: orders(w, 5) }), ['book:SPY', 'book:IWM']);
  });

  it('closes the gate of the others with the order that fills the minute', () => {
    const w = three({ account: { max_orders_per_minute: 4 } });
    const isBlocked = (): boolean =>
      w.explain().gates.some(({ gate, pass }) => gate === 'account_order_rate' && !pass);
    for (const count of [1, 2, 3]) {
      tell(w, 'QQQ', { orderTimes: orders(w, count) });
      assert.equal(isBlocked(), false, `after ${count}`);
    }
    tell(w, 'IWM', { orderTimes: orders(w, 1) });
    assert.equal(isBlocked(), true);
  });

  it('that is far from any limit is heard of with the next heartbeat', () => {
    const w = three({ account: { max_orders_per_minute: 100 } });
    const rateOf = () => w.explain().gates.find(({ gate }) => gate === 'account_order_rate')?.value;
    assert.deepEqual(tell(w, 'QQQ', { orderTimes: orders(w, 7) }), []);
    assert.equal(rateOf(), 0);
    w.advance(11 * SECOND);
    assert.equal(rateOf(), 7);
  });
});

describe('what an account has traded', () => {
  it('is heard at once where an amount is limited', () => {
    const limited = { account: { max_daily_notional_usd: 1_000_000 } };
    const w = three(limited);
    assert.deepEqual(tell(w, 'QQQ', { turnover: 5 }), ['book:SPY', 'book:IWM']);
    assert.deepEqual(tell(three(), 'QQQ', { turnover: 5 }), []);
  });
});
