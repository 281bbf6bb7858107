import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { HoldingRule } from '../../src/backtest/holding.ts';
import type { BacktestResult } from '../../src/backtest/result.ts';
import type { Source } from '../../src/backtest/source.ts';
import { tradingSession } from '../../src/domain/calendar.ts';
import type { Right } from '../../src/domain/contract.ts';
import type { TapeQuote } from '../../src/domain/tape.ts';
import {
  configOf,
  MINUTE,
  modelSource,
  optionOf,
  requestOf,
  runOn,
  STRADDLE,
  stockId,
  type TapeSpec,
} from './support/world.ts';

// A Thursday and the Friday after it; the near options have a week more than three to live.
const DAYS = ['20230803', '20230804'];
const [NEAR, FAR] = ['20230825', '20230915'];
const STRIKES = [90, 95, 100, 105, 110];

/** Quoted every half hour, so that a run is short; `expiry` alone where no other is named. */
function marketOf(spec: Partial<TapeSpec> = {}, others: readonly string[] = []): Source {
  const minutes = Array.from({ length: 14 }, (_, index) => index * 30);
  const all = { days: DAYS, spot: () => 100, strikes: STRIKES, minutes, expiry: NEAR, ...spec };
  const sources = [all.expiry, ...others].map((expiry) => modelSource({ ...all, expiry }));
  const [first] = sources;
  assert(first !== undefined);
  if (sources.length === 1) return first;
  const stock = stockId();
  const ofOthers = (quote: TapeQuote): boolean => quote.conId !== stock;
  const instruments = sources.flatMap(({ tape }, index) =>
    tape.instruments.filter(({ contract }) => index === 0 || contract.conId !== stock),
  );
  const events = sources.flatMap(({ tape }, index) => {
    const quotes = [...(tape.events() as Iterable<TapeQuote>)];
    return index === 0 ? quotes : quotes.filter(ofOthers);
  });
  events.sort((a, b) => a.ts - b.ts);
  return { ...first, tape: { instruments, events: () => events } };
}

async function hold(source: Source, rule: Partial<HoldingRule>): Promise<BacktestResult> {
  return runOn(source, await configOf({}), requestOf({ rule: { ...STRADDLE, ...rule } }));
}

const idOf = (strike: number, right: Right): number => optionOf(NEAR, strike, right).conId;

const optionTrades = ({ trades }: BacktestResult) =>
  trades
    .filter(({ kind }) => kind === 'option')
    .map(({ contract, quantity }) => [contract.slice('ABC|OPT|'.length), quantity]);

describe('what a rule holds', () => {
  it('is a strangle of the strikes whose delta is nearest, sold where it is short', async () => {
    const source = marketOf({ days: ['20230803'], halfSpread: 0.05 });
    const result = await hold(source, { kind: 'strangle', quantity: -3, delta: 0.25 });
    // At 30 % a year and three weeks five dollars are two thirds of a deviation.
    assert.deepEqual(optionTrades(result), [
      [`${NEAR}|95|P`, -3],
      [`${NEAR}|105|C`, -3],
    ]);
    const wide = await hold(source, { kind: 'strangle', quantity: 1, delta: 0.08 });
    assert.deepEqual(optionTrades(wide), [
      [`${NEAR}|90|P`, 1],
      [`${NEAR}|110|C`, 1],
    ]);
  });

  it('is closed and opened anew at so many days to expiry', async () => {
    const source = marketOf({}, [FAR]);
    const result = await hold(source, { dteMin: 1, dteMax: 42, rollDte: 21 });
    // On the first day the far one has 43 days left, on the second the near one 21.
    assert.deepEqual(optionTrades(result), [
      [`${NEAR}|100|P`, 10],
      [`${NEAR}|100|C`, 10],
      [`${NEAR}|100|P`, -10],
      [`${NEAR}|100|C`, -10],
      [`${FAR}|100|P`, 10],
      [`${FAR}|100|C`, 10],
    ]);
    const next = tradingSession(DAYS[1] ?? '')?.open ?? 0;
    assert(result.notes.some(({ ts, text }) => ts >= next && text === 'closes: 21 days to expiry'));
  });

  it('moves after the spot to other strikes, and stays where it has the nearest', async () => {
    const recentrePct = 2;
    const days = ['20230803'];
    const near = (_: number, minute: number): number => (minute < 180 ? 100 : 101);
    const moved = await hold(marketOf({ days, spot: near }), { recentrePct });
    assert.equal(optionTrades(moved).length, 2, 'a percent is not far enough');
    const far = (_: number, minute: number): number => (minute < 180 ? 100 : 103.5);
    const recentred = await hold(marketOf({ days, spot: far }), { recentrePct });
    assert.deepEqual(optionTrades(recentred).slice(2), [
      [`${NEAR}|100|P`, -10],
      [`${NEAR}|100|C`, -10],
      [`${NEAR}|105|P`, 10],
      [`${NEAR}|105|C`, 10],
    ]);
    const coarse = await hold(marketOf({ days, spot: far, strikes: [100, 110] }), { recentrePct });
    assert.equal(optionTrades(coarse).length, 2);
  });

  it('is no adjusted contract that stands beside a plain one of its strike', async () => {
    const source = marketOf({ days: ['20230803'] });
    const { instruments } = source.tape;
    const own = new Map<number, number>();
    const adjusted = instruments.flatMap(({ contract, previousClose }) => {
      if (contract.secType === 'STK') return [];
      own.set(contract.conId, contract.conId + 1);
      const terms = { conId: contract.conId + 1, tradingClass: 'ABC1' };
      return [{ contract: { ...contract, ...terms }, previousClose }];
    });
    const both = [...(source.tape.events() as Iterable<TapeQuote>)].flatMap((quote) => {
      const conId = own.get(quote.conId);
      return conId === undefined ? [quote] : [{ ...quote, conId }, quote];
    });
    const tape = { instruments: [...adjusted, ...instruments], events: () => both };
    const ids = new Set<number>();
    const rule = { ...STRADDLE, recentrePct: null };
    await runOn({ ...source, tape }, await configOf({}), requestOf({ rule }), undefined, (turn) => {
      for (const [, id] of JSON.stringify(turn).matchAll(/"conId":(\d+)/g)) ids.add(Number(id));
    });
    assert.equal(
      [...ids].some((id) => own.has(id)),
      true,
      'a plain one was traded',
    );
    assert.deepEqual(
      [...ids].filter((id) => [...own.values()].includes(id)),
      [],
    );
  });

  it('is near the money or nothing: it waits for strikes that are not quoted yet', async () => {
    const far = new Set([90, 110].flatMap((k) => ['C', 'P'].map((r) => idOf(k, r as Right))));
    const open = tradingSession('20230803')?.open ?? 0;
    const source = marketOf({
      days: ['20230803'],
      change: (quote) => {
        const early = quote.ts < open + 100 * MINUTE;
        const isQuoted = quote.conId === stockId() || far.has(quote.conId) || !early;
        return isQuoted ? quote : { ...quote, bid: Number.NaN, bidSize: 0 };
      },
    });
    const result = await hold(source, {});
    assert.deepEqual(optionTrades(result), [
      [`${NEAR}|100|P`, 10],
      [`${NEAR}|100|C`, 10],
    ]);
    const first = result.trades.find(({ kind }) => kind === 'option');
    assert(first !== undefined && first.ts >= open + 100 * MINUTE);
    assert(result.notes.some(({ text }) => text.startsWith('cannot open: no pair')));
  });

  it('is what is listed by then: strikes that come later keep nobody waiting', async () => {
    const open = tradingSession('20230803')?.open ?? 0;
    const late = [98, 99, 101, 102];
    const comes = new Set(late.flatMap((k) => ['C', 'P'].map((r) => idOf(k, r as Right))));
    const source = marketOf({
      days: ['20230803'],
      strikes: [90, 95, 105, 110, ...late],
      change: (quote) => (comes.has(quote.conId) && quote.ts < open + 200 * MINUTE ? null : quote),
    });
    const result = await hold(source, {});
    assert.deepEqual(optionTrades(result), [
      [`${NEAR}|95|P`, 10],
      [`${NEAR}|95|C`, 10],
    ]);
    assert((result.trades[0]?.ts ?? Number.NaN) < open + 60 * MINUTE);
  });

  it('is kept where spot has moved and nothing nearer can be opened', async () => {
    const open = tradingSession('20230803')?.open ?? 0;
    const source = marketOf({
      days: ['20230803'],
      spot: (_day, minute) => (minute < 90 ? 100 : 109),
      change: (quote) => {
        const isAway = quote.ts > open + 60 * MINUTE && quote.ts < open + 200 * MINUTE;
        const isStock = quote.conId === stockId();
        return isStock || !isAway ? quote : { ...quote, ask: Number.NaN, askSize: 0 };
      },
    });
    const { trades } = await hold(source, { recentrePct: 2 });
    const closed = trades.find(({ kind, quantity }) => kind === 'option' && quantity < 0);
    assert(closed !== undefined && closed.ts >= open + 200 * MINUTE);
  });

  it('is completed on the days after, where one day sold less than was wanted', async () => {
    const source = marketOf({
      days: ['20230803', '20230804', '20230807', '20230808'],
      minutes: [30],
      change: (quote) => (quote.conId === stockId() ? quote : { ...quote, askSize: 4, bidSize: 4 }),
    });
    const execution = { latency_ms: [0, 0], partial: true, queue: true, plan: 'fixed' } as const;
    const positions = [{ expiry: NEAR, strike: 105, right: 'C', quantity: -6, avgCost: null }];
    const run = (changes: object) => {
      const request = requestOf({ rule: STRADDLE, execution, ...changes });
      return configOf({}).then((config) => runOn(source, config, request));
    };
    const ruled = await run({});
    const bought = [10, 10].map((_, leg) =>
      optionTrades(ruled).filter(([name]) => String(name).endsWith(leg === 0 ? 'P' : 'C')),
    );
    for (const trades of bought)
      assert.deepEqual(
        trades.map(([, size]) => size),
        [4, 4, 2],
      );
    const named = await run({ rule: null, positions });
    assert.deepEqual(
      optionTrades(named).map(([, size]) => size),
      [-4, -2],
    );
  });

  it('waits until the opening quotes are over, and says why there is nothing to open', async () => {
    const source = marketOf({ days: ['20230803'] });
    const open = tradingSession('20230803')?.open ?? 0;
    const late = await hold(source, { afterOpenMin: 45 });
    const first = late.trades.find(({ kind }) => kind === 'option');
    assert(first !== undefined && first.ts >= open + 45 * MINUTE);
    const none = await hold(source, { dteMin: 60, dteMax: 90 });
    assert.deepEqual(optionTrades(none), []);
    assert(none.notes.some(({ text }) => text === 'cannot open: no expiry within 60 to 90 days'));
  });
});
