import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import type { Exchange } from '../../../src/gateway/sim/exchange.ts';
import { openExchangeJournal } from '../../../src/gateway/sim/exchange-journal.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { ACCOUNT, openWorld, order, STILL } from './support/world.ts';

const [UNDERLYING] = STILL.underlyings;
/** A hundred shares that closed at 99.00 on Friday; Monday stands at 100.005. */
const HELD = {
  lock_step: true,
  tick_ms: 60_000,
  underlyings: [{ ...UNDERLYING, previous_close: 99 }],
  accounts: [{ id: ACCOUNT, cash: 100_000, positions: [{ symbol: 'ABC', quantity: 100 }] }],
};

function dailyOf(exchange: Exchange): readonly number[] {
  const single = exchange.positions().find(({ contract }) => contract.conId === 77);
  const all = Number(exchange.accountValues(ACCOUNT)['DailyPnL']);
  return [single?.dailyPnl ?? Number.NaN, all].map((usd) => Math.round(usd * 100) / 100);
}

function wealthOf(exchange: Exchange): number {
  return Number(exchange.accountValues(ACCOUNT)['NetLiquidation']);
}

describe("a day's profit", () => {
  it('counts from the previous close what was held then', async () => {
    const { exchange } = await openWorld({ scenario: HELD });
    assert.deepEqual(dailyOf(exchange), [100.5, 100.5]);
  });

  it('counts what is traded from its price, with its commission', async () => {
    const { exchange } = await openWorld({ scenario: HELD });
    const wealth = wealthOf(exchange);
    exchange.place(order({ side: 'BUY', quantity: 100 }));
    const spent = wealth - wealthOf(exchange);
    assert.ok(spent > 1, `half the spread and a commission: ${spent}`);
    assert.deepEqual(dailyOf(exchange), [100.5 - spent, 100.5 - spent].map(cents));
  });

  it('stays the same after the close until midnight, then counts from that close', async () => {
    const { exchange } = await openWorld({ scenario: HELD });
    exchange.movePrice('ABC', { price: 102 });
    await exchange.step(Date.parse('2026-09-14T19:00:00Z'));
    const during = dailyOf(exchange);
    assert.ok((during[0] ?? 0) > 290, String(during));
    await exchange.step(Date.parse('2026-09-14T21:00:00Z'));
    assert.deepEqual(dailyOf(exchange), during);
    await exchange.step(Date.parse('2026-09-15T14:00:00Z'));
    assert.ok(Math.abs(dailyOf(exchange)[0] ?? 99) < 2, String(dailyOf(exchange)));
    const wealth = wealthOf(exchange);
    const [before = 0] = dailyOf(exchange);
    exchange.movePrice('ABC', { price: 103 });
    const [after = 0] = dailyOf(exchange);
    assert.equal(cents(after - before), cents(wealthOf(exchange) - wealth));
  });

  it('of a position that was closed stays in the account, and not beyond the day', async () => {
    const { exchange } = await openWorld({ scenario: HELD });
    exchange.place(order({ side: 'SELL', quantity: 100 }));
    const [, all] = dailyOf(exchange);
    assert.ok((all ?? 0) > 95 && (all ?? 0) < 100.5, String(all));
    await exchange.step(Date.parse('2026-09-15T14:00:00Z'));
    assert.equal(dailyOf(exchange)[1], 0);
  });

  it('is known after a restart, from the journal', async () => {
    const dir = join(tempDir('exchange'), 'exchange');
    const first = await openWorld({ scenario: HELD, journal: openExchangeJournal(dir) });
    first.exchange.movePrice('ABC', { price: 102 });
    await first.exchange.step(Date.parse('2026-09-15T14:00:00Z'));
    first.exchange.movePrice('ABC', { price: 105 });
    first.exchange.place(order({ quantity: 10 }));
    const before = dailyOf(first.exchange);
    first.exchange.close();
    const again = await openWorld({ scenario: HELD, journal: openExchangeJournal(dir) });
    assert.deepEqual(dailyOf(again.exchange), before);
    assert.ok((before[0] ?? 0) > 280, String(before));
    again.exchange.close();
  });
});

function cents(usd: number): number {
  return Math.round(usd * 100) / 100;
}
