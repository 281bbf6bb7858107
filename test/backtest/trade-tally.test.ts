import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { RunTrade } from '../../src/backtest/account.ts';
import { TradeTally } from '../../src/backtest/trade-tally.ts';
import { optionOf } from './support/world.ts';

const option = optionOf('20230901', 100, 'C');
const stock = {
  secType: 'STK',
  conId: option.underlyingConId,
  symbol: option.symbol,
  exchange: 'SMART',
  primaryExchange: 'NYSE',
  currency: 'USD',
} as const;

const trade = (contract: RunTrade['contract'], quantity: number): RunTrade => {
  return { ts: 0, contract, quantity, price: 10, commission: 1, own: true };
};

describe('the trades of a run', () => {
  it('are summed all, and shown as far as there is room', () => {
    const tally = new TradeTally(2);
    for (const quantity of [5, -3, 2]) tally.add(trade(stock, quantity));
    tally.add(trade(option, 7));
    assert.deepEqual(
      tally.rows.map(({ quantity }) => quantity),
      [5, -3],
    );
    assert.deepEqual([tally.count, tally.commissions, tally.turnover], [4, 4, 100]);
  });
});
