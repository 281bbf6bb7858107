import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { BacktestResult } from '../../src/backtest/result.ts';
import type { Source } from '../../src/backtest/source.ts';
import { tradingSession } from '../../src/domain/calendar.ts';
import type { TapeQuote } from '../../src/domain/tape.ts';
import { faultOf } from '../support/fault.ts';
import { configOf, modelSource, optionOf, requestOf, runOn, stockId } from './support/world.ts';

const DAYS = ['20230803', '20230804'] as const;
const EXPIRY = '20230901';
const RATIO = 7;
/** 92.857… is recorded as 92.86. */
const [OLD, NEW] = [650, 92.86] as const;
const MINUTES = Array.from({ length: 131 }, (_, index) => index * 3);

/** Quotes of the old contracts before the split, and of the new ones after it. */
function splitSource(split = true): Source {
  const newDay = tradingSession(DAYS[1])?.open ?? 0;
  const isOld = new Set([optionOf(EXPIRY, OLD, 'P').conId, optionOf(EXPIRY, OLD, 'C').conId]);
  const change = (quote: TapeQuote): TapeQuote | null => {
    if (quote.conId === stockId()) return quote;
    return isOld.has(quote.conId) === quote.ts < newDay ? quote : null;
  };
  const source = modelSource({
    days: DAYS,
    minutes: MINUTES,
    // It rises a little, so that there is something to hedge on both days.
    spot: (day, minute) => (645 + day * 4 + (8 * minute) / 390) / (day === 0 ? 1 : RATIO),
    strikes: [OLD, NEW],
    expiry: EXPIRY,
    change,
  });
  const splits = split ? [{ date: DAYS[1], ratio: RATIO }] : [];
  return { ...source, actions: { dividends: [], splits } };
}

const run = async (source: Source): Promise<BacktestResult> =>
  runOn(source, await configOf({ gates: { strategy: { open_delay_s: 0 } } }), requestOf());

describe('a split within a run', () => {
  it('turns contracts and shares into those of after, and gains nothing by it', async () => {
    const result = await run(splitSource());
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
    const points = result.equity.map(([, pnl]) => pnl);
    const leaps = points.map((pnl, index) => Math.abs(pnl - (points[index - 1] ?? pnl)));
    assert(Math.max(...leaps) < 0.005 * worth, `${Math.max(...leaps)}`);
  });

  it('still says where all of the profit came from', async () => {
    const { attribution, totals } = await run(splitSource());
    const { costs: _, total, implied_gamma: __, ...terms } = attribution;
    const sum = Object.values(terms).reduce((all, usd) => all + usd, 0);
    assert(Math.abs(sum - totals.pnl) < 0.02, `${sum} of ${totals.pnl}`);
    assert(Math.abs((total ?? 0) - totals.pnl) < 0.02);
    assert(Math.abs(attribution['exercise'] ?? 0) < 1, `${attribution['exercise']}`);
  });

  it('is confirmed by an operator of its own, and hedged in the new shares', async () => {
    const { notes, trades, final, time_in_state } = await run(splitSource());
    const texts = notes.map(({ text }) => text);
    assert(texts.some((text) => text.startsWith('each share becomes 7')));
    assert(texts.includes('resumes after the split'), texts.join('; '));
    const open = tradingSession(DAYS[1])?.open ?? 0;
    const hedges = trades.filter(({ kind, ts }) => kind === 'hedge' && ts > open);
    assert(hedges.length > 0, JSON.stringify(time_in_state));
    // What a book of 70 straddles needs: delta in hundreds of shares, not in tens.
    assert(Math.abs(final.shares) > 500, `${final.shares}`);
  });

  it('into other than whole shares is refused', async () => {
    const odd = {
      ...splitSource(),
      actions: { dividends: [], splits: [{ date: DAYS[1], ratio: 1.5 }] },
    };
    const fault = await faultOf('config_invalid', () => run(odd));
    assert.match(fault.message, /ratio/);
  });
});
