import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { assess, explain } from '../../src/domain/assessment.ts';
import { accountLossFloor, isLost, lossFloor } from '../../src/domain/day-limits.ts';
import { at, type BookPatch, bookInput, bookSettings, NO_MEMORY, SECOND } from '../support/book.ts';
import { memory, risk } from '../support/gate-cases.ts';

const DAY = '20230803';
const given = { day: DAY, fromPnl: -5200, fromAccountPnl: -9000, usd: 1000 };

describe('the floor under a day', () => {
  const { gates } = bookSettings({
    gates: { guard: { account: { max_daily_loss_usd: 8000 } } },
  });

  it('is the limit, until an operator allows more on that day', () => {
    assert.equal(lossFloor(gates, null, DAY), -5000);
    assert.equal(lossFloor(gates, given, DAY), -6200);
    assert.equal(lossFloor(gates, given, '20230804'), -5000);
  });

  it('of the account is off without a limit, and an allowance never raises it', () => {
    assert.equal(accountLossFloor(bookSettings().gates, given, DAY), Number.NEGATIVE_INFINITY);
    assert.equal(accountLossFloor(gates, null, DAY), -8000);
    assert.equal(accountLossFloor(gates, given, DAY), -10_000);
    assert.equal(accountLossFloor(gates, { ...given, fromAccountPnl: -100 }, DAY), -8000);
    assert.equal(accountLossFloor(gates, { ...given, fromAccountPnl: null }, DAY), -8000);
    assert.equal(accountLossFloor(gates, given, '20230804'), -8000);
  });

  it('is reached at its edge, and not by what is unknown', () => {
    assert.deepEqual(
      [isLost(-5000, -5000), isLost(-4999.99, -5000), isLost(null, 0)],
      [true, false, false],
    );
  });
});

describe('a loss of the account', () => {
  const lost: BookPatch = {
    settings: { gates: { guard: { account: { max_daily_loss_usd: 1000 } } } },
    account: { dailyPnl: -1000, dailyNotional: 0, orderTimes: [] },
  };

  it('asks for the latch with its numbers', () => {
    const { trips, tripReasons, blocked } = assess(bookInput(lost));
    assert.deepEqual(trips, ['daily_loss_limit']);
    assert.deepEqual(tripReasons, [
      "the account's P&L of the day is -1000.00 USD, the limit -1000.00 USD",
    ]);
    assert.deepEqual(blocked, ['account_daily_loss']);
  });

  it('stops what is forced too', () => {
    const { target, blocked } = assess(bookInput({ ...lost, optionDelta: 600 }));
    assert.deepEqual([target, blocked], [null, ['account_daily_loss']]);
  });

  it('is explained with value and limit', () => {
    const gate = explain(bookInput(lost)).gates.find((one) => one.gate === 'account_daily_loss');
    assert.deepEqual([gate?.pass, gate?.value, gate?.limit], [false, -1000, -1000]);
  });
});

describe('the cost of the day', () => {
  it('is what fills were worse than mid, and commissions', () => {
    const limited = risk({ max_daily_hedge_cost_usd: 100 });
    const cost = memory({ dailyHedgeCost: 60 });
    const closed = (dailyCommissions: number) =>
      assess(bookInput({ ...limited, ...cost, dailyCommissions })).blocked;
    assert.deepEqual(closed(39.99), []);
    assert.deepEqual(closed(40), ['max_daily_hedge_cost']);
  });
});

describe('the hedge before the night', () => {
  const night = (patch: BookPatch = {}): BookPatch => ({
    ...patch,
    settings: { hedging: { eod_hedge: { at: 'close-10m', to: 'center', from: 5 } } },
    optionDelta: 20,
  });
  const target = (patch: BookPatch) => assess(bookInput(patch)).target?.targetShares ?? null;
  const hedged = (ts: number, price = 450): BookPatch => ({
    memory: { ...NO_MEMORY, lastHedge: { ts, price } },
  });

  it('is done below the threshold from its time on, and not before', () => {
    assert.equal(target(night({ now: at('15:50') - 1 })), null);
    assert.equal(target(night({ now: at('15:50') })), -20);
    assert.equal(assess(bookInput(night({ now: at('15:40') }))).validUntil <= at('15:50'), true);
  });

  it('waits for no cooldown and no move of the price', () => {
    const now = at('15:51');
    assert.equal(target(night({ now, ...hedged(at('15:49:50')) })), -20);
    assert.equal(target({ ...night({ now, ...hedged(at('15:49:50')) }), settings: {} }), null);
  });

  it('is done once: what drifts after it waits for the threshold again', () => {
    assert.equal(target(night({ now: at('15:53'), ...hedged(at('15:51')) })), null);
    const part = { ...NO_MEMORY, remainder: true, lastHedge: { ts: at('15:51'), price: 450 } };
    assert.equal(target(night({ now: at('15:53'), memory: part })), -20);
  });

  it('meets the other gates', () => {
    const cut = assess(bookInput(night({ now: at('15:59:50') })));
    assert.deepEqual([cut.target, cut.blocked], [null, ['close_cut']]);
    const flat = { ...night({ now: at('15:55') }), optionDelta: 5 };
    assert.equal(assess(bookInput(flat)).verdict, 'NO_TRADE');
  });

  it('comes ten minutes before an early close', () => {
    const half = Date.parse('2023-07-03T16:50:00Z');
    assert.equal(target(night({ now: half })), -20);
    assert.equal(target(night({ now: half - SECOND })), null);
  });

  it('is at a time of the clock where one is named, and from the band where none is', () => {
    const hedging = { eod_hedge: { at: '15:30', to: 'center', from: null } } as const;
    const named = { settings: { hedging }, now: at('15:30') };
    assert.equal(target({ ...named, optionDelta: 20 }), -20);
    assert.equal(target({ ...named, optionDelta: 10 }), null);
  });
});
