import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { ACTORS } from '../../src/protocol/decision.ts';
import { bookSettings, SECOND, type SettingsPatch } from '../support/book.ts';
import type { World, WorldOptions } from '../support/world.ts';
import {
  commands,
  fill,
  healing,
  latches,
  restarted,
  sent,
  settled,
  tell,
  verifyReplays,
  watching,
} from './support/hedged-book.ts';

verifyReplays();

type Guard = NonNullable<NonNullable<SettingsPatch['gates']>['guard']>;

const guard = (patch: Guard): WorldOptions => ({
  settings: { gates: { guard: patch } },
});
/** 100 contracts of 100 shares, closed at 10 yesterday: every cent is 100 USD. */
const LOSS = { bid: 449.99, ask: 450.01, option: 9.85 };
const gate = (w: World, id: string) => w.explain().gates.find((one) => one.gate === id);

describe('the loss limit of the day', () => {
  const limited = guard({ risk: { max_daily_loss_usd: 1000, on_daily_loss: 'halt' } });

  it('is latched with the numbers that reached it', () => {
    const w = watching(limited);
    w.evaluate({ ...LOSS, delta: 112 });
    const reason = "the day's P&L is -1500.00 USD, the limit -1000.00 USD";
    assert.equal(w.facts('latch').at(-1)?.reason, reason);
    assert.equal(w.book.trading, 'SAFE');
    const rows = w.facts('operation').filter(({ type }) => type === 'alert');
    assert.deepEqual(
      rows.map(({ stateReason }) => stateReason),
      [`daily_loss_limit: ${reason}`],
    );
  });

  it('is counted anew from what an operator allows, over a restart too', () => {
    const before = watching(limited);
    before.evaluate({ ...LOSS, delta: 112 });
    const command = 'manual_resume';
    const resume = { command, symbol: 'SPY', reason: 'known trade', allowance_usd: 300 } as const;
    assert.equal(before.control(resume).ok, true);
    before.evaluate({ ...LOSS, delta: 112 });
    assert.deepEqual(latches(before), ['daily_loss_limit true', 'daily_loss_limit false']);

    const w = settled(restarted(before, limited), 0);
    for (let second = 0; second < 12; second += 1) {
      w.answerReads();
      w.advance(SECOND);
      w.evaluate({ ...LOSS, delta: 0 });
    }
    assert.deepEqual(latches(w), []);
    assert.equal(w.book.trading, 'NO_TRADE');
    w.evaluate({ ...LOSS, option: 9.81, delta: 0 });
    assert.equal(
      w.facts('latch').at(-1)?.reason,
      "the day's P&L is -1900.00 USD, the limit -1800.00 USD",
    );
  });

  it('stops an order that gates let pass a moment before', () => {
    const w = sent(limited);
    tell(w);
    w.evaluate({ ...LOSS, delta: 112 });
    assert.deepEqual([w.states, commands(w)], ['SAFE CANCEL', ['order.cancel']]);
  });
});

describe('the cost of the day', () => {
  const limited = guard({ risk: { max_daily_hedge_cost_usd: 2.5 } });

  it('adds what fills were worse than mid, and their commissions', () => {
    const w = sent(limited);
    const [order] = [...w.venue.orders.values()];
    fill(w, 112);
    w.report({ type: 'commission', commission: w.venue.commissions[0] ?? assert.fail() });
    healing(w, 8);
    const slippage = 112 * (450 - (order?.order.limitPrice ?? 0));
    assert.ok(slippage > 1);
    assert.equal(gate(w, 'max_daily_hedge_cost')?.value, Math.round((slippage + 1) * 100) / 100);
    w.advance(61 * SECOND);
    w.evaluate({ delta: 212, bid: 451.99, ask: 452.01 });
    assert.deepEqual(w.book.view.block_reasons, ['max_daily_hedge_cost']);
    assert.equal(w.pump().length, 0);
  });
});

describe('an order that the last check denies', () => {
  it('is tried again by the trading clock, so that a tape is one run at any speed', () => {
    // At mid the gate lets 112 shares pass; at the price of the order they are too many dollars.
    const w = watching(guard({ account: { max_daily_notional_usd: 112 * 450 + 1 } }));
    w.evaluate({ delta: -112 });
    const denials = () => w.operations().filter((type) => type === 'denied').length;
    assert.deepEqual([denials(), w.pump().length], [1, 0]);
    const clocks = w.records.flatMap(({ effects }) =>
      effects.flatMap((effect) =>
        effect.kind === 'timer' && effect.name === 'denied' ? [effect.clock] : [],
      ),
    );
    assert.deepEqual(clocks, ['trading']);
    w.evaluate({ delta: -112 });
    assert.equal(denials(), 1, 'not at the speed of ticks');
    w.advance(5 * SECOND);
    w.evaluate({ delta: -112 });
    assert.equal(denials(), 2);
  });
});

describe('limits over all books of the account', () => {
  const two = (patch: Guard): WorldOptions => {
    const settings = { gates: { guard: patch, state: { leg_settle_s: 0 } } };
    const spy = bookSettings(settings);
    const books = [
      { settings: spy, slot: 0 },
      { settings: { ...spy, symbol: 'QQQ' }, slot: 1 },
    ];
    return { config: { books } };
  };
  const other = (w: World, risk: object, account = 'DU1'): void => {
    const nothing = { day: '20230803', dailyPnl: null, turnover: 0, orderTimes: [] };
    const body = { type: 'book.risk', symbol: 'QQQ', account, risk: { ...nothing, ...risk } };
    w.input('actor', ACTORS.daemon, body);
  };
  /** Watching, with a second book whose contract is not known here. */
  const begin = (patch: Guard): World => {
    const w = watching(two(patch));
    w.report({ type: 'contract.failed', symbol: 'QQQ', reason: 'not asked for here' });
    w.evaluate({ delta: 0 });
    w.evaluate({ delta: 0 });
    assert.equal(w.book.trading, 'NO_TRADE');
    return w;
  };

  it('stop a hedge for what another book lost', () => {
    const w = begin({ account: { max_daily_loss_usd: 1000 } });
    other(w, { dailyPnl: -999 });
    w.evaluate({ delta: 0 });
    assert.deepEqual(latches(w), []);
    other(w, { dailyPnl: -1000 });
    w.evaluate();
    assert.equal(gate(w, 'account_daily_loss')?.value, -1000);
    assert.deepEqual(latches(w), ['daily_loss_limit true']);
    assert.equal(w.pump().length, 0);
  });

  it('leave out what another book told yesterday and has not told since', () => {
    const w = begin({ account: { max_daily_loss_usd: 1000 } });
    other(w, { day: '20230802', dailyPnl: -5000 });
    w.evaluate();
    assert.equal(gate(w, 'account_daily_loss')?.value, 0);
    assert.deepEqual(latches(w), []);
  });

  it('stop a hedge for what another book traded, or sent', () => {
    const w = begin({ account: { max_daily_notional_usd: 100_000, max_orders_per_minute: 2 } });
    other(w, { turnover: 60_000 });
    w.evaluate();
    assert.deepEqual(w.book.view.block_reasons, ['account_daily_notional']);
    other(w, { turnover: 0, orderTimes: [w.at.trading - 1, w.at.trading] });
    w.evaluate();
    assert.deepEqual(w.book.view.block_reasons, ['account_order_rate']);
    assert.equal(gate(w, 'account_order_rate')?.opens_at, w.at.trading - 1 + 60 * SECOND);
    healing(w, 59);
    assert.equal(w.venue.orders.size, 0);
    healing(w, 2);
    w.pump();
    assert.equal(w.venue.orders.size, 1);
  });

  it('leave out the books of another account', () => {
    const w = begin({ account: { max_daily_loss_usd: 1000 } });
    other(w, { dailyPnl: -5000 }, 'DU9');
    w.evaluate();
    assert.equal(w.pump().filter(({ type }) => type === 'order.submit').length, 1);
  });

  it('count what was sent and what works for the other books', () => {
    const w = begin({});
    w.evaluate();
    w.pump();
    const told = w.data.risks.get('SPY')?.risk;
    assert.equal(told?.orderTimes.length, 1);
    assert.ok((told?.turnover ?? 0) > 50_000);
  });
});
