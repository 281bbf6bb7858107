/**
 * A backtest on one core: quotes a second from columns in memory, and from Parquet. The whole
 * engine is in it: exchange, boards, greeks, deciders with their machines, gates and ledger,
 * account and report. Beside it a loop that only reads the same quotes and prices the book.
 */

import { join } from 'node:path';
import { backtest } from '../../../src/backtest/backtest.ts';
import { openSource, type Source } from '../../../src/backtest/source.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { tradingSession } from '../../../src/domain/calendar.ts';
import type { RecordedTape, TapeQuote } from '../../../src/domain/tape.ts';
import { emptyGreeks, fillEuropean, priceEuropean } from '../../../src/pricing/black-scholes.ts';
import { expiryTime, yearsUntil } from '../../../src/pricing/time-to-expiry.ts';
import { createRandom } from '../../../src/runtime/random.ts';
import { realMono } from '../../../src/runtime/real-clock.ts';
import { createDataset } from '../../../src/store/dataset.ts';
import { NO_ACTIONS } from '../../../src/store/dataset-manifest.ts';
import { emptyColumns, mergeColumns } from '../../../src/store/quote-columns.ts';
import { optionOf, requestOf, stockId } from '../../backtest/support/world.ts';
import { atLeast, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { metricOf } from '../harness/paired.ts';

export const replayBench: Benchmark = {
  name: 'replay',
  about: 'a backtest on one core, quotes/s; replay.file from Parquet',
  run,
};

const DAY = '20230803';
const EXPIRY = '20230901';
const STRIKE = 100;
const SIGMA = 0.3;
const LEGS = [optionOf(EXPIRY, STRIKE, 'P'), optionOf(EXPIRY, STRIKE, 'C')];

async function run(bench: Bench): Promise<readonly Metric[]> {
  const quotes = quotesOf(bench.quick ? 3000 : 12_000);
  const memory = memorySource(quotes);
  const dir = bench.workspace.folder('replay');
  const file = await fileSource(dir, quotes);
  const blocks = bench.quick ? 3 : 7;
  const values: Record<'memory' | 'file' | 'bare', number[]> = { memory: [], file: [], bare: [] };
  for (let block = 0; block <= blocks; block += 1) {
    bench.signal.throwIfAborted();
    bench.progress(`replay: block ${block} of ${blocks}`);
    const rates = {
      memory: await rate(quotes.length, () => play(memory)),
      file: await rate(quotes.length, () => play(file)),
      bare: await rate(quotes.length, async () => bare(quotes)),
    };
    // The first of each warms up.
    if (block === 0) continue;
    for (const name of ['memory', 'file', 'bare'] as const) values[name].push(rates[name]);
  }
  const baseline = { name: 'reads and prices only', values: values.bare };
  const goal = atLeast(0.25);
  return [
    metricOf({ name: 'replay', unit: '1/s', values: values.memory, baseline, goal }),
    metricOf({ name: 'replay.file', unit: '1/s', values: values.file, baseline }),
  ];
}

async function rate(quotes: number, work: () => Promise<unknown>): Promise<number> {
  const begun = realMono().now();
  await work();
  return (1000 * quotes) / (realMono().now() - begun);
}

function play(source: Source): Promise<unknown> {
  const file = join(import.meta.dirname, '../../../config/demo.yaml');
  const given = loadConfig({ file, env: {}, cwd: '/' });
  const greeks = { ...given.config.greeks, exercise: 'european' as const };
  const loaded = { ...given, config: { ...given.config, greeks } };
  const options = { request: requestOf(), loaded, source, version: 'bench' };
  return backtest({ ...options, onProgress: () => undefined, isStopped: () => false });
}

/** The least that could be done: each quote is looked at, and the book priced at each moment. */
function bare(quotes: readonly TapeQuote[]): number {
  const greeks = emptyGreeks();
  const expiry = expiryTime(EXPIRY);
  let [spot, ts, delta] = [Number.NaN, 0, 0];
  for (const quote of quotes) {
    if (quote.conId === stockId()) spot = (quote.bid + quote.ask) / 2;
    if (quote.ts === ts) continue;
    ts = quote.ts;
    for (const { right, strike } of LEGS) {
      const years = yearsUntil(expiry, ts);
      const terms = { right, spot, strike, years, rate: 0, dividendYield: 0, sigma: SIGMA };
      fillEuropean(terms, greeks);
      delta += greeks.delta;
    }
  }
  return delta;
}

/** A stock and a straddle, each second. */
function quotesOf(seconds: number): readonly TapeQuote[] {
  const random = createRandom('replay');
  const open = tradingSession(DAY)?.open ?? 0;
  const expiry = expiryTime(EXPIRY);
  const quotes: TapeQuote[] = [];
  let spot = 100;
  for (let second = 1; second <= seconds; second += 1) {
    const ts = open + second * 1000;
    spot *= 1 + 0.0001 * random.normal();
    const quote = (conId: number, price: number): void => {
      const sizes = { bidSize: 1000, askSize: 1000 };
      quotes.push({ ts, conId, bid: price - 0.01, ask: price + 0.01, ...sizes });
    };
    quote(stockId(), spot);
    for (const { conId, right, strike } of LEGS) {
      const years = yearsUntil(expiry, ts);
      const terms = { right, spot, strike, years, rate: 0, dividendYield: 0, sigma: SIGMA };
      const priced = priceEuropean(terms);
      if (priced.kind === 'priced') quote(conId, priced.price);
    }
  }
  return quotes;
}

function tapeOf(quotes: readonly TapeQuote[]): RecordedTape {
  const stock = {
    ...{ secType: 'STK' as const, conId: stockId(), symbol: 'ABC', exchange: 'SMART' },
    ...{ primaryExchange: 'NYSE', currency: 'USD' },
  };
  const contracts = [stock, ...LEGS];
  return {
    instruments: contracts.map((contract) => ({ contract, previousClose: Number.NaN })),
    events: () => quotes,
  };
}

function memorySource(quotes: readonly TapeQuote[]): Source {
  const start = tradingSession(DAY)?.open ?? 0;
  const rest = { barMs: 1000, hash: 'bench', origin: 'bench', dir: '', actions: NO_ACTIONS };
  return { tape: tapeOf(quotes), days: [DAY], start, ...rest, close: () => undefined };
}

function fileSource(dir: string, quotes: readonly TapeQuote[]): Promise<Source> {
  const days = { from: null, to: null, dates: null, resolution: 'second' as const };
  return openSource({ dir: writeSet(dir, quotes), symbol: 'ABC', ...days, mono: realMono() });
}

/** A data set of so many seconds, for who wants to play it; the directory it is in. */
export function writeReplaySet(dir: string, seconds: number): string {
  return writeSet(dir, quotesOf(seconds));
}

function writeSet(dir: string, quotes: readonly TapeQuote[]): string {
  const columns = emptyColumns(quotes.length);
  for (const [row, quote] of quotes.entries()) {
    columns.ts[row] = quote.ts;
    columns.conId[row] = quote.conId;
    columns.bid[row] = Math.round(quote.bid * 1e4);
    columns.ask[row] = Math.round(quote.ask * 1e4);
    columns.bidSize[row] = quote.bidSize;
    columns.askSize[row] = quote.askSize;
  }
  const target = join(dir, 'set');
  const dataset = createDataset(target, { resolution: 'second', source: 'bench' });
  dataset.writeDay(DAY, mergeColumns([columns]));
  dataset.finish(tapeOf(quotes).instruments);
  return target;
}
