import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { BacktestResult } from '../../src/backtest/result.ts';
import type { RunRequest } from '../../src/backtest/setup.ts';
import type { Source } from '../../src/backtest/source.ts';
import { tradingSession } from '../../src/domain/calendar.ts';
import type { TapeQuote } from '../../src/domain/tape.ts';
import { NO_ACTIONS } from '../../src/store/dataset-manifest.ts';
import { configOf, modelSource, optionOf, requestOf, runOn, STRADDLE } from './support/world.ts';

const DAYS = ['20230803', '20230804'] as const;
const EXPIRY = '20230901';
const RATIO = 7;
/** 92.857… is recorded as 92.86. */
const [OLD, NEW] = [650, 92.86] as const;
const MINUTES = Array.from({ length: 131 }, (_, index) => index * 3);

interface SplitSpec {
  readonly ratio?: number;
  readonly strikes?: readonly number[];
  readonly change?: (quote: TapeQuote) => TapeQuote | null;
}

/** Every contract is quoted on both days: a strike of before is another contract after it. */
function splitSource({ ratio = RATIO, strikes = [OLD, NEW], change }: SplitSpec = {}): Source {
  const source = modelSource({
    days: DAYS,
    minutes: MINUTES,
    // It rises a little, so that there is something to hedge on both days.
    spot: (day, minute) => (645 + day * 4 + (8 * minute) / 390) / (day === 0 ? 1 : ratio),
    strikes,
    expiry: EXPIRY,
    ...(change === undefined ? {} : { change }),
  });
  return { ...source, actions: { dividends: [], splits: [{ date: DAYS[1], ratio }] } };
}

const run = async (source: Source, request: Partial<RunRequest> = {}): Promise<BacktestResult> =>
  runOn(source, await configOf({ gates: { strategy: { open_delay_s: 0 } } }), requestOf(request));

/** The largest step of the equity. */
function leapOf({ equity }: BacktestResult): number {
  const points = equity.map(([, pnl]) => pnl);
  return Math.max(...points.map((pnl, index) => Math.abs(pnl - (points[index - 1] ?? pnl))));
}

describe('a split within a run', () => {
  let played: Promise<BacktestResult> | undefined;
  /** Seven for one, played by whoever asks first. */
  const seven = (): Promise<BacktestResult> => {
    played ??= run(splitSource());
    return played;
  };

  it('turns contracts and shares into those of after, and gains nothing by it', async () => {
    const result = await seven();
    assert.deepEqual(
      result.final.legs.map(({ contract, quantity }) => [contract, quantity]),
      [
        [`ABC|OPT|${EXPIRY}|${NEW}|P`, 10 * RATIO],
        [`ABC|OPT|${EXPIRY}|${NEW}|C`, 10 * RATIO],
      ],
    );
    // The night brings 4 USD a share of before, on a book that was hedged: far below a leap.
    const worth = 10 * 100 * 645;
    for (const { pnl } of result.days) assert(Math.abs(pnl) < 0.01 * worth, `${pnl}`);
    assert(leapOf(result) < 0.005 * worth, `${leapOf(result)}`);
  });

  it('still says where all of the profit came from', async () => {
    const { attribution, totals } = await seven();
    const { costs: _, total, implied_gamma: __, ...terms } = attribution;
    const sum = Object.values(terms).reduce((all, usd) => all + usd, 0);
    assert(Math.abs(sum - totals.pnl) < 0.02, `${sum} of ${totals.pnl}`);
    assert(Math.abs((total ?? 0) - totals.pnl) < 0.02);
    assert(Math.abs(attribution['exercise'] ?? 0) < 1, `${attribution['exercise']}`);
  });

  it('is no move of the spot, and its options are the positions that they were', async () => {
    const { calibration, spot } = await seven();
    const [tenor, ...others] = calibration;
    assert.deepEqual(others, []);
    assert.equal(tenor?.positions, 2);
    // Both days count: what was held went over the night.
    assert((tenor?.sessions ?? 0) > 1.5);
    assert((tenor?.realised ?? 1) < 0.2, `${tenor?.realised}`);
    assert(spot.length > 0);
  });

  it('is confirmed by an operator of its own, and hedged in the new shares', async () => {
    const { notes, trades, final, time_in_state } = await seven();
    const texts = notes.map(({ text }) => text);
    assert(texts.some((text) => text.startsWith('the shares split 7 for 1')));
    assert(texts.includes('resumes after the split'), texts.join('; '));
    const open = tradingSession(DAYS[1])?.open ?? 0;
    const hedges = trades.filter(({ kind, ts }) => kind === 'hedge' && ts > open);
    assert(hedges.length > 0, JSON.stringify(time_in_state));
    // What a book of 70 straddles needs: delta in hundreds of shares, not in tens.
    assert(Math.abs(final.shares) > 500, `${final.shares}`);
  });

  it('may make the strike of one option the old strike of another', async () => {
    const before = [650, 325];
    const legs = before.map((strike) => {
      return { expiry: EXPIRY, strike, right: 'C', quantity: 3, avgCost: null } as const;
    });
    const source = splitSource({ ratio: 2, strikes: [650, 325, 162.5] });
    const result = await run(source, { rule: null, positions: legs });
    assert.deepEqual(
      result.final.legs.map(({ contract, quantity }) => [contract, quantity]).sort(),
      [
        [`ABC|OPT|${EXPIRY}|162.5|C`, 6],
        [`ABC|OPT|${EXPIRY}|325|C`, 6],
      ],
    );
    assert(leapOf(result) < 0.005 * 600 * 645, `${leapOf(result)}`);
  });

  it('is that which was given where the data knows none, or another of the day', async () => {
    const legsOf = ({ final }: BacktestResult) =>
      final.legs.map(({ contract, quantity }) => [contract, quantity]);
    const known = legsOf(await seven());
    const given = { dividends: [], splits: [{ date: DAYS[1], ratio: RATIO }] };
    const source = splitSource();
    for (const actions of [NO_ACTIONS, { dividends: [], splits: [{ date: DAYS[1], ratio: 3 }] }]) {
      assert.deepEqual(legsOf(await run({ ...source, actions }, { actions: given })), known);
    }
  });

  it('is met without what nobody quotes afterwards', async () => {
    const source = splitSource({ ratio: 2, strikes: [650] });
    const positions = (['P', 'C'] as const).map((right) => {
      return { expiry: EXPIRY, strike: 650, right, quantity: 10, avgCost: null };
    });
    const { final, trades, notes } = await run(source, { rule: null, positions });
    assert.deepEqual(final.legs, []);
    const eve = (tradingSession(DAYS[0])?.close ?? 0) - 1_800_000;
    const sold = trades.filter(({ kind, quantity }) => kind === 'option' && quantity < 0);
    assert.equal(sold.length, 2);
    for (const { ts } of sold) assert(ts >= eve && ts < eve + 1_800_000);
    assert(notes.some(({ text }) => /^closes 650P 650C: the shares split 2 for 1/.test(text)));
    assert.equal(final.shares, 0);
  });
});

describe.each([
  ['three for two', 1.5, '3 for 2'],
  ['one for ten', 0.1, '1 for 10'],
])('a split %s', (_, ratio, text) => {
  const strikes = [650, 430, 6500];
  const rule = { ...STRADDLE, afterOpenMin: 30 };

  it('is met without options and shares, and the rule opens anew in those of after', async () => {
    const result = await run(splitSource({ ratio, strikes }), { rule });
    const [oldStrike, newStrike] = [650, ratio > 1 ? 430 : 6500];
    const names = result.final.legs.map(({ contract }) => contract);
    assert.deepEqual(names, [
      `ABC|OPT|${EXPIRY}|${newStrike}|P`,
      `ABC|OPT|${EXPIRY}|${newStrike}|C`,
    ]);
    const texts = result.notes.map(({ text: one }) => one);
    const closes = `closes ${oldStrike}P ${oldStrike}C: the shares split ${text} on ${DAYS[1]}`;
    assert(texts.includes(closes), texts.join('; '));
    assert(
      texts.some((one) => /^closes -\d+ shares: no option is held/.test(one)),
      texts.join('; '),
    );
    assert(texts.includes(`the shares split ${text}: holds nothing`), texts.join('; '));
    const open = tradingSession(DAYS[1])?.open ?? 0;
    assert(result.trades.some(({ kind, ts }) => kind === 'hedge' && ts > open));
    const sum = Object.entries(result.attribution)
      .filter(([term]) => !['costs', 'total', 'implied_gamma'].includes(term))
      .reduce((all, [, usd]) => all + usd, 0);
    assert(Math.abs(sum - result.totals.pnl) < 0.02, `${sum} of ${result.totals.pnl}`);
  });

  it('keeps what cannot be sold, under its adjusted terms, and gains nothing by it', async () => {
    const close = tradingSession(DAYS[0])?.close ?? 0;
    const call = optionOf(EXPIRY, 650, 'C').conId;
    // In the last half hour nobody bids for the call.
    const change = (quote: TapeQuote): TapeQuote =>
      quote.conId === call && quote.ts > close - 2_700_000 && quote.ts <= close
        ? { ...quote, bid: Number.NaN, bidSize: 0 }
        : quote;
    const source = splitSource({ ratio, strikes, change });
    const result = await run(source, { rule: { ...rule, quantity: 3 } });
    const { final, notes } = result;
    assert(leapOf(result) < 0.005 * 300 * 645, `${leapOf(result)}`);
    const strike = ratio > 1 ? 430 : 6500;
    const names = [`650|C`, `${strike}|P`, `${strike}|C`];
    assert.deepEqual(
      final.legs.map(({ contract, quantity }) => [contract, quantity]),
      names.map((name) => [`ABC|OPT|${EXPIRY}|${name}`, 3]),
    );
    const texts = notes.map(({ text: one }) => one);
    assert(
      texts.some((one) => one.startsWith(`the shares split ${text}: holds`)),
      texts.join('; '),
    );
  });
});
