import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { RunTrade } from '../../src/backtest/account.ts';
import type { BacktestResult } from '../../src/backtest/result.ts';
import { TradeTally } from '../../src/backtest/trade-tally.ts';
import { tradingSession } from '../../src/domain/calendar.ts';
import { type FinancingRates, NO_FINANCING } from '../../src/domain/financing.ts';
import type { TapeQuote } from '../../src/domain/tape.ts';
import { createRandom } from '../../src/runtime/random.ts';
import {
  configOf,
  EAGER,
  MINUTE,
  modelSource,
  optionOf,
  requestOf,
  runOn,
  STRADDLE,
  stockId,
  type TapeSpec,
} from './support/world.ts';

const DAY = '20230803';
const NEXT = '20230804';
const EXPIRY = '20230901';

/** A walk of some volatility, the same for the same seed. */
function walk(seed: number, deviation = 0.0012): (day: number, minute: number) => number {
  const random = createRandom(seed);
  const path: number[] = [100];
  return (day, minute) => {
    const at = day * 391 + minute;
    while (path.length <= at) {
      path.push((path.at(-1) ?? 100) * (1 + deviation * random.normal()));
    }
    return path[at] ?? Number.NaN;
  };
}

const spec = (changes: Partial<TapeSpec> = {}): TapeSpec => ({
  days: [DAY],
  spot: walk(7),
  strikes: [95, 100, 105],
  expiry: EXPIRY,
  ...changes,
});

/** Of a morning: whatever holds of a day holds of it, in a third of the time. */
const MORNING = Array.from({ length: 131 }, (_, minute) => minute);

const sum = (result: BacktestResult): number =>
  Object.entries(result.attribution)
    .filter(([term]) => !['costs', 'total', 'implied_gamma'].includes(term))
    .reduce((total, [, usd]) => total + usd, 0);

describe('a run', () => {
  it('hedges with the machines that trade, and says what it held and did', async () => {
    const result = await runOn(modelSource(spec()), await configOf({}));
    assert(result.totals.hedges > 3, `${result.totals.hedges} hedges`);
    assert.equal(result.totals.evaluations > 380, true);
    assert.deepEqual(
      result.final.legs.map(({ contract, quantity }) => [contract, quantity]),
      [
        ['ABC|OPT|20230901|100|P', 10],
        ['ABC|OPT|20230901|100|C', 10],
      ],
    );
    const verdicts = Object.values(result.verdicts).reduce((a, b) => a + b, 0);
    assert.equal(verdicts, result.totals.evaluations);
    assert((result.block_reasons['in_band'] ?? 0) > 0);
    assert.equal(result.decisions.length, result.totals.decisions);
  });

  it('gives the same bytes for the same input, and others for another seed', async () => {
    const loaded = await configOf({});
    const request = requestOf({
      execution: { latency_ms: [20, 80], partial: true, queue: true, plan: 'fixed' },
    });
    const source = () => modelSource(spec({ size: 60, minutes: MORNING }));
    const one = await runOn(source(), loaded, request);
    const again = await runOn(source(), loaded, request);
    const other = await runOn(source(), loaded, { ...request, seed: 2 });
    assert.deepEqual(again, one);
    assert.notEqual(other.decisions_hash, one.decisions_hash);
  });

  it('opens options at the ask and closes them at the bid, never between', async () => {
    const rule = { ...STRADDLE, recentrePct: 0.5 };
    const seen = new Map<string, TapeQuote>();
    const onRead = (quote: TapeQuote): void => {
      seen.set(`${quote.ts} ${quote.conId}`, quote);
    };
    const source = modelSource(spec({ halfSpread: 0.05, onRead }));
    const result = await runOn(source, await configOf({}), requestOf({ rule }));
    const trades = result.trades.filter(({ kind }) => kind === 'option');
    assert(
      trades.some(({ quantity }) => quantity < 0),
      'it was re-centred',
    );
    for (const { ts, contract, quantity, price } of trades) {
      const [, , , strike, right] = contract.split('|');
      const { conId } = optionOf(EXPIRY, Number(strike), right === 'P' ? 'P' : 'C');
      const quote = seen.get(`${ts} ${conId}`);
      assert.equal(price, quantity > 0 ? quote?.ask : quote?.bid);
    }
    assert(result.totals.option_spread > 0);
  });

  it('holds what was held from each moment on, and no more where less is left', async () => {
    const open = tradingSession(DAY)?.open ?? 0;
    const call = { expiry: EXPIRY, strike: 100, right: 'C', avgCost: null } as const;
    const positions = [
      { ...call, quantity: 4, avgCost: 300 },
      { ...call, quantity: 6, at: open + 60 * MINUTE },
      { ...call, quantity: 1, at: open + 90 * MINUTE },
      { ...call, quantity: 1, at: open + 120 * MINUTE },
    ];
    const request = requestOf({ rule: null, positions });
    const source = modelSource(spec({ minutes: MORNING }));
    const { trades, final } = await runOn(source, await configOf({}), request);
    assert.deepEqual(
      trades
        .filter(({ kind }) => kind === 'option')
        .map(({ ts, quantity }) => [(ts - open) / MINUTE, quantity]),
      [
        [60, 2],
        [90, -5],
      ],
    );
    assert.deepEqual(
      final.legs.map(({ quantity }) => quantity),
      [1],
    );
  });

  it('attributes all of its profit, which is what the account is worth', async () => {
    const result = await runOn(modelSource(spec()), await configOf({}));
    assert(Math.abs(sum(result) - result.totals.pnl) < 0.01);
    assert(Math.abs((result.final.equity ?? 0) - 1_000_000 - result.totals.pnl) < 0.011);
    const gross = Object.values(result.attribution).reduce((all, usd) => all + Math.abs(usd), 0);
    assert(Math.abs(result.attribution['unexplained'] ?? 0) < 0.02 * gross);
  });

  it('attributes what was gained until a leg was closed, too', async () => {
    const rule = { ...STRADDLE, recentrePct: 0.5 };
    const result = await runOn(modelSource(spec()), await configOf({}), requestOf({ rule }));
    assert(
      result.trades.some(({ kind, quantity }) => kind === 'option' && quantity < 0),
      'it was re-centred',
    );
    assert(Math.abs(sum(result) - result.totals.pnl) < 0.01, `${sum(result)}`);
  });

  it('pays for what its hedges move the price by, where it is asked to', async () => {
    const loaded = await configOf({});
    const { execution } = requestOf();
    const dear = requestOf({ execution: { ...execution, impact: [1, 0.02, 1_000_000] } });
    const source = modelSource(spec({ minutes: MORNING }));
    const plain = await runOn(source, loaded);
    const paid = await runOn(source, loaded, dear);
    assert.equal(paid.totals.hedges > 0 && plain.totals.hedges > 0, true);
    assert(paid.totals.slippage > plain.totals.slippage);
    assert(Math.abs(sum(paid) - paid.totals.pnl) < 0.01);
  });

  it('pays interest on what it owes and for borrowed shares, and decides nothing by it', async () => {
    const days = [DAY, NEXT];
    // Calls alone: what hedges them is sold short.
    const legs = { expiry: EXPIRY, strike: 100, right: 'C', quantity: 10, avgCost: null } as const;
    const request = requestOf({ rule: null, positions: [legs] });
    const play = async (financing: FinancingRates) => {
      const execution = { ...request.execution, financing };
      return runOn(modelSource(spec({ days })), await configOf({}), { ...request, execution });
    };
    const [free, owing, borrowing] = [
      await play(NO_FINANCING),
      await play({ credit: 0.1, debit: 0.1, borrow: 0 }),
      await play({ credit: 0, debit: 0, borrow: 0.1 }),
    ];
    const paid = (result: BacktestResult): number => result.attribution['financing'] ?? 0;
    for (const result of [owing, borrowing]) {
      assert.equal(result.decisions_hash, free.decisions_hash);
      assert(Math.abs(result.totals.pnl - free.totals.pnl - paid(result)) < 0.011);
      assert(Math.abs(sum(result) - result.totals.pnl) < 0.01);
    }
    const expected = { interest: 0, fee: 0 };
    let [cash, shares] = [0, 0];
    for (const [index, { kind, ts, quantity, price, commission }] of free.trades.entries()) {
      cash -= quantity * price * (kind === 'option' ? 100 : 1) + commission;
      if (kind === 'hedge') shares += quantity;
      const years = ((free.trades[index + 1]?.ts ?? free.run.to) - ts) / (365 * 86_400_000);
      expected.interest += 0.1 * cash * years;
      expected.fee += 0.1 * Math.max(0, -shares) * price * years;
    }
    assert(expected.interest > 5 && expected.fee > 5, 'shares are short overnight');
    assert(Math.abs(paid(owing) / expected.interest - 1) < 0.001);
    // Of what the shares are worth since, too.
    assert(Math.abs(paid(borrowing) / -expected.fee - 1) < 0.02);
  });

  it('keeps what is done when it is stopped', async () => {
    const result = await runOn(
      modelSource(spec({ days: [DAY, NEXT] })),
      await configOf({}),
      requestOf(),
      () => true,
    );
    assert.equal(result.run.interrupted, true);
    assert(result.totals.evaluations > 300);
    assert(result.run.to < (tradingSession(NEXT)?.close ?? 0));
  });

  it('reads the tape as it is played, a portion ahead at most', async () => {
    let read = 0;
    let most = 0;
    const open = tradingSession(DAY)?.open ?? 0;
    const source = modelSource(spec({ days: [DAY, NEXT], onRead: ({ ts }) => (read = ts) }));
    const seen: number[] = [];
    await runOn(source, await configOf({}), requestOf(), () => {
      most = Math.max(most, read - open);
      seen.push(read);
      return false;
    });
    // Asked first after five hundred steps, when the second day has begun.
    assert(seen.length > 0);
    assert(most < 24 * 3_600_000 + 150 * MINUTE + 1_200_000, `${most / MINUTE} minutes ahead`);
  });
});

describe('looking ahead', () => {
  it('changes no decision, whatever the future holds', async () => {
    const loaded = await configOf({ gates: EAGER.gates });
    const turn = (tradingSession(DAY)?.open ?? 0) + 200 * MINUTE;
    const crash = (quote: TapeQuote): TapeQuote =>
      quote.ts <= turn ? quote : { ...quote, bid: quote.bid * 0.7, ask: quote.ask * 0.7 };
    const calm = await runOn(modelSource(spec()), loaded);
    const crashed = await runOn(modelSource(spec({ change: crash })), loaded);
    const until = (result: BacktestResult) => result.decisions.filter(({ ts }) => ts <= turn);
    const trades = (result: BacktestResult) => result.trades.filter(({ ts }) => ts <= turn);
    assert(until(calm).length > 50);
    assert.deepEqual(until(crashed), until(calm));
    assert.deepEqual(trades(crashed), trades(calm));
    assert.notDeepEqual(crashed.decisions, calm.decisions);
  });

  it('is refused where a tape goes back in time', async () => {
    const open = tradingSession(DAY)?.open ?? 0;
    const change = (quote: TapeQuote): TapeQuote =>
      quote.ts === open + 30 * MINUTE ? { ...quote, ts: open } : quote;
    await assert.rejects(runOn(modelSource(spec({ change })), await configOf({})), {
      code: 'data_unreadable',
    });
  });
});

describe('nights, expiries and holes', () => {
  it('goes over a night with its hedge, and counts each day', async () => {
    const result = await runOn(modelSource(spec({ days: [DAY, NEXT] })), await configOf({}));
    assert.deepEqual(
      result.days.map(({ day }) => day),
      [DAY, NEXT],
    );
    assert(Math.abs(result.days.reduce((all, { pnl }) => all + pnl, 0) - result.totals.pnl) < 0.01);
  });

  it('delivers what expires in the money, and the sums still hold', async () => {
    const spot = (_day: number, minute: number): number => 103 + minute / 400;
    const positions = [
      { expiry: NEXT, strike: 100, right: 'C' as const, quantity: 5, avgCost: null },
      { expiry: NEXT, strike: 100, right: 'P' as const, quantity: 5, avgCost: null },
    ];
    const source = modelSource(spec({ days: [DAY, NEXT], expiry: NEXT, strikes: [100], spot }));
    const loaded = await configOf({});
    const result = await runOn(source, loaded, requestOf({ rule: null, positions }));
    assert.deepEqual(result.final.legs, []);
    const hedged = result.trades
      .filter(({ kind }) => kind === 'hedge')
      .reduce((all, { quantity }) => all + quantity, 0);
    assert.equal(result.final.shares, 500 + hedged);
    assert(Math.abs(sum(result) - result.totals.pnl) < 0.01);
    assert(Math.abs((result.final.equity ?? 0) - 1_000_000 - result.totals.pnl) < 0.011);
  });

  it('ends a half day at its close', async () => {
    // The day after Thanksgiving: the exchange closes at 13:00.
    const days = ['20231124'];
    const expiry = '20231215';
    const result = await runOn(modelSource(spec({ days, expiry })), await configOf({}));
    const last = Math.max(...result.trades.map(({ ts }) => ts));
    assert(last <= (tradingSession('20231124')?.close ?? 0));
    assert(result.totals.hedges > 0);
  });

  it('sends nothing while the underlying has one side only, and goes on after', async () => {
    const open = tradingSession(DAY)?.open ?? 0;
    const hole = { from: open + 100 * MINUTE, to: open + 150 * MINUTE };
    const change = (quote: TapeQuote): TapeQuote =>
      quote.conId === stockId() && quote.ts >= hole.from && quote.ts < hole.to
        ? { ...quote, ask: Number.NaN, askSize: 0 }
        : quote;
    const loaded = await configOf({ gates: EAGER.gates });
    const result = await runOn(modelSource(spec({ change })), loaded);
    const inside = result.trades.filter(({ ts }) => ts >= hole.from && ts < hole.to);
    assert.deepEqual(inside, []);
    assert(result.trades.some(({ ts }) => ts >= hole.to));
    assert((result.block_reasons['no_quote'] ?? 0) > 40);
  });

  it.each([
    ['is assigned on the evening before a dividend that is worth more than the put', 1, true],
    ['is not assigned where interest on the strike is more than the dividend', 0.2, false],
  ])('a short call deep in the money %s', async (_, amount, isAssigned) => {
    const call = { expiry: EXPIRY, strike: 100, right: 'C', quantity: -5, avgCost: null } as const;
    const actions = { dividends: [{ ex_date: NEXT, amount }], splits: [] };
    const spot = (day: number): number => (day === 0 ? 130 : 130 - amount);
    const minutes = [0, 1, 2, 10, 380, 389];
    const source = modelSource(spec({ days: [DAY, NEXT], spot, minutes }));
    const request = requestOf({ rule: null, positions: [call], actions });
    const loaded = await configOf({ greeks: { risk_free_rate: 0.045, ib_dividends: false } });
    const result = await runOn(source, loaded, request);
    assert.equal(result.final.legs.length, isAssigned ? 0 : 1);
    const hedged = result.trades
      .filter(({ kind }) => kind === 'hedge')
      .reduce((all, { quantity }) => all + quantity, 0);
    assert.equal(result.final.shares - hedged, isAssigned ? -500 : 0);
    assert(Math.abs(sum(result) - result.totals.pnl) < 0.01);
  });

  it('prices options with the next dividend, as live with the one that IB tells', async () => {
    const call = { expiry: EXPIRY, strike: 100, right: 'C', quantity: 10, avgCost: null } as const;
    const spot = (): number => 101;
    const source = modelSource(spec({ days: [DAY, NEXT], minutes: [0, 10, 20], spot }));
    const firstDelta = async (amount: number, ib_dividends: boolean): Promise<number> => {
      const dividends = amount === 0 ? [] : [{ ex_date: NEXT, amount }];
      const actions = { dividends, splits: [] };
      const request = requestOf({ rule: null, positions: [call], actions });
      const loaded = await configOf({ greeks: { exercise: 'european', ib_dividends } });
      const { decisions } = await runOn(source, loaded, request);
      return decisions.find(({ net_delta: delta }) => Math.abs(delta ?? 0) > 100)?.net_delta ?? 0;
    };
    const without = await firstDelta(0, true);
    assert.equal(await firstDelta(3, false), without);
    const paying = await firstDelta(3, true);
    assert(paying < without - 20, `${paying} of ${without}`);
  });

  it.each([
    ['and says so where options are priced without it', false, 0.5],
    ['which is no gain where options are priced with it: the price falls by as much', true, 0],
  ] as const)('pays a dividend to what it owns, %s', async (_, ib_dividends, gain) => {
    const positions = [
      { expiry: EXPIRY, strike: 100, right: 'P' as const, quantity: 10, avgCost: null },
    ];
    const dividends = [{ ex_date: NEXT, amount: 0.5 }];
    const spot = (day: number): number => (day === 0 ? 100 : 99.5);
    const source = modelSource(spec({ days: [DAY, NEXT], spot, minutes: MORNING }));
    const request = requestOf({ rule: null, positions, actions: { dividends, splits: [] } });
    const greeks = { exercise: 'european', ib_dividends };
    const result = await runOn(source, await configOf({ gates: EAGER.gates, greeks }), request);
    const bought = result.trades.filter(({ ts, kind }) => {
      return kind === 'hedge' && ts < (tradingSession(NEXT)?.open ?? 0);
    });
    const shares = bought.reduce((all, { quantity }) => all + quantity, 0);
    assert(shares > 300);
    const { attribution, totals } = result;
    assert(Math.abs((attribution['dividend'] ?? Number.NaN) - gain * shares) < 1e-6);
    assert(Math.abs((attribution['total'] ?? Number.NaN) - totals.pnl) < 0.01);
    // Spot does nothing but fall by it: without the fall there is no move to gain from.
    if (ib_dividends) assert.equal(Math.round(attribution['delta'] ?? Number.NaN), 0);
  });
});

const OPTION = optionOf(EXPIRY, 100, 'C');
const STOCK = {
  secType: 'STK',
  conId: OPTION.underlyingConId,
  symbol: OPTION.symbol,
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
    for (const quantity of [5, -3, 2]) tally.add(trade(STOCK, quantity));
    tally.add(trade(OPTION, 7));
    assert.deepEqual(
      tally.rows.map(({ quantity }) => quantity),
      [5, -3],
    );
    assert.deepEqual([tally.count, tally.commissions, tally.turnover], [4, 4, 100]);
  });
});
