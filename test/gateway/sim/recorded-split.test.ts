import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { OptionContract } from '../../../src/domain/contract.ts';
import type { TapeQuote } from '../../../src/domain/tape.ts';
import { continuationOf } from '../../../src/gateway/sim/recorded-split.ts';
import { parseZonedTime } from '../../../src/gateway/sim/zoned-time.ts';
import {
  ACCOUNT,
  MINUTE,
  openWorld,
  RECORDED,
  TAPE_OPTION,
  TAPE_STOCK,
  tapeOf,
} from './support/world.ts';

const option = (terms: Partial<OptionContract>): OptionContract => ({ ...TAPE_OPTION, ...terms });
const adjusted = option({ conId: 900, tradingClass: `${TAPE_OPTION.tradingClass}1` });

describe('what an option becomes by a split', () => {
  const { strike } = TAPE_OPTION;

  it('is as many of the contract that is listed at the divided strike', () => {
    const third = option({ conId: 901, strike: Math.round((strike / 3) * 100) / 100 });
    const other = option({ conId: 902, strike: third.strike, right: 'P' });
    assert.deepEqual(continuationOf([TAPE_OPTION, other, third], TAPE_OPTION, 3), {
      contract: third,
      factor: 3,
      isListed: true,
    });
  });

  it('is not the contract that keeps its strike, and has an id of its own where none is listed', () => {
    const { contract, factor, isListed } = continuationOf([TAPE_OPTION], TAPE_OPTION, 2);
    assert.deepEqual([contract.strike, factor, isListed], [strike / 2, 2, false]);
    assert.notEqual(contract.conId, TAPE_OPTION.conId);
    assert.equal(continuationOf([], TAPE_OPTION, 2).contract.conId, contract.conId);
  });

  it('is one of the adjusted class at its strike where the shares are not whole', () => {
    const listed = [TAPE_OPTION, adjusted];
    for (const ratio of [1.5, 0.1, 1.05]) {
      const found = continuationOf(listed, TAPE_OPTION, ratio);
      assert.deepEqual(found, { contract: adjusted, factor: 1, isListed: true });
    }
    const { contract, isListed } = continuationOf([TAPE_OPTION], TAPE_OPTION, 1.5);
    assert.equal(isListed, false);
    assert.deepEqual([contract.tradingClass, contract.strike], [adjusted.tradingClass, strike]);
    assert.equal(contract.localSymbol.startsWith(adjusted.tradingClass), true);
  });
});

describe('a split of what a recording quotes', () => {
  const OPEN = parseZonedTime('20230803 09:30:00') ?? 0;
  const quote = (conId: number, bid: number, ask: number): TapeQuote => {
    return { ts: OPEN + MINUTE, conId, bid, ask, bidSize: 5, askSize: 5 };
  };
  const quotes = [quote(TAPE_STOCK.conId, 449.99, 450.01), quote(TAPE_OPTION.conId, 7.1, 7.2)];
  const { symbol, expiry, strike, right } = TAPE_OPTION;

  const split = async (ratio: number) => {
    const { exchange } = await openWorld({
      scenario: {
        ...RECORDED,
        recorded: { dir: 'tape', splits: [{ symbol, date: '20230804', ratio }] },
        accounts: [
          {
            id: ACCOUNT,
            cash: 100_000,
            positions: [
              { symbol, quantity: 75, avg_cost: 440 },
              { option: { symbol, expiry, strike, right }, quantity: 2, avg_cost: 600 },
            ],
          },
        ],
      },
      tape: tapeOf(quotes, false),
    });
    await exchange.step(OPEN + 5 * MINUTE);
    const before = Number(exchange.accountValues(ACCOUNT)['NetLiquidation']);
    await exchange.step(parseZonedTime('20230804 09:00:00') ?? 0);
    const values = exchange.accountValues(ACCOUNT);
    const held = exchange.ledger().positions.filter(({ position }) => position !== 0);
    return { exchange, before, values, held };
  };

  it('pays out what is left of a share, and no option is worth less for it', async () => {
    const { exchange, before, values, held } = await split(1.5);
    // 75 × 1.5 is 112 and a half.
    assert.deepEqual(
      held.map(({ position }) => position),
      [112, 2],
    );
    const cash = Number(values['CashBalance']);
    assert(Math.abs(cash - 100_000 - 0.5 * 300) < 0.02, `${cash}`);
    // Nobody quotes the option of after: it is carried at cost.
    const atCost = before - 2 * 100 * 7.15 + 2 * 600;
    assert(Math.abs(Number(values['NetLiquidation']) - atCost) < 0.02);
    const [, kept] = exchange.positions();
    assert(kept?.contract.secType === 'OPT');
    assert.equal(kept.contract.tradingClass, `${TAPE_OPTION.tradingClass}1`);
    assert.notEqual(kept.contract.conId, TAPE_OPTION.conId);
  });

  it('counts what was gained with a contract once', async () => {
    const { values } = await split(1.5);
    const paid = Number(values['CashBalance']) - 100_000;
    // Half a share of after for what it is worth, less what it cost.
    assert(Math.abs(Number(values['RealizedPnL']) - (paid - 0.5 * (440 / 1.5))) < 0.02);
  });
});
