/** A made-up market on a tape, and a run over it. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { backtest } from '../../../src/backtest/backtest.ts';
import type { HoldingRule } from '../../../src/backtest/holding.ts';
import type { BacktestResult } from '../../../src/backtest/result.ts';
import type { RunRequest } from '../../../src/backtest/setup.ts';
import type { Source } from '../../../src/backtest/source.ts';
import { type LoadedConfig, loadConfig } from '../../../src/config/load.ts';
import { tradingSession } from '../../../src/domain/calendar.ts';
import { derivedConId } from '../../../src/domain/con-id.ts';
import type { Contract, OptionContract, Right } from '../../../src/domain/contract.ts';
import type { TapeQuote } from '../../../src/domain/tape.ts';
import { priceEuropean } from '../../../src/pricing/black-scholes.ts';
import { yearsToExpiry } from '../../../src/pricing/time-to-expiry.ts';
import type { TurnRecord } from '../../../src/runtime/turn.ts';
import { NO_ACTIONS } from '../../../src/store/dataset-manifest.ts';
import { tempDir } from '../../support/temp-dir.ts';

export const MINUTE = 60_000;

export interface TapeSpec {
  readonly days: readonly string[];
  /** Minutes after the open at which everything is quoted; default: every minute. */
  readonly minutes?: readonly number[];
  /** Of the stock, by day and minute. */
  readonly spot: (day: number, minute: number) => number;
  readonly strikes: readonly number[];
  readonly expiry: string;
  readonly sigma?: number;
  readonly rate?: number;
  /** USD on each side of the price. */
  readonly halfSpread?: number;
  readonly size?: number;
  /** Shows each quote before it is played. */
  readonly onRead?: (quote: TapeQuote) => void;
  readonly change?: (quote: TapeQuote) => TapeQuote | null;
}

const SYMBOL = 'ABC';
const EVERY_MINUTE = Array.from({ length: 391 }, (_, minute) => minute);

export function stockId(): number {
  return derivedConId(`${SYMBOL}|STK|||`);
}

export function optionOf(expiry: string, strike: number, right: Right): OptionContract {
  const key = `${SYMBOL}|OPT|${expiry}|${strike}|${right}`;
  return {
    secType: 'OPT',
    conId: derivedConId(key),
    symbol: SYMBOL,
    underlyingConId: stockId(),
    expiry,
    strike,
    right,
    multiplier: 100,
    exchange: 'SMART',
    currency: 'USD',
    tradingClass: SYMBOL,
    localSymbol: key,
  };
}

/** The tape as a source of a run; options cost what one volatility says. */
export function modelSource(spec: TapeSpec): Source {
  const stock: Contract = {
    secType: 'STK',
    conId: stockId(),
    symbol: SYMBOL,
    exchange: 'SMART',
    primaryExchange: 'NYSE',
    currency: 'USD',
  };
  const options = spec.strikes.flatMap((strike) => [
    optionOf(spec.expiry, strike, 'P'),
    optionOf(spec.expiry, strike, 'C'),
  ]);
  const contracts = [stock, ...options];
  return {
    tape: {
      instruments: contracts.map((contract) => ({ contract, previousClose: Number.NaN })),
      events: () => quotesOf(spec, options),
    },
    days: spec.days,
    barMs: MINUTE,
    hash: 'made up',
    origin: 'made up',
    dir: '',
    start: (tradingSession(spec.days[0] ?? '')?.open ?? 0) + (spec.minutes?.[0] ?? 0) * MINUTE,
    actions: NO_ACTIONS,
    close: () => undefined,
  };
}

function* quotesOf(spec: TapeSpec, options: readonly OptionContract[]): Generator<TapeQuote> {
  const { sigma = 0.3, rate = 0, halfSpread = 0.01, size = 10_000 } = spec;
  for (const [index, day] of spec.days.entries()) {
    const session = tradingSession(day);
    assert(session !== null, `${day} is a trading day`);
    for (const minute of spec.minutes ?? EVERY_MINUTE) {
      const ts = session.open + minute * MINUTE;
      if (ts > session.close) continue;
      const spot = spec.spot(index, minute);
      const sides = { bidSize: size, askSize: size };
      const quote = (conId: number, price: number): TapeQuote | null => {
        const bid = Math.max(0.0001, price - halfSpread);
        const made = { ts, conId, bid, ask: price + halfSpread, ...sides };
        const shown = spec.change === undefined ? made : spec.change(made);
        if (shown !== null) spec.onRead?.(shown);
        return shown;
      };
      const rows = [quote(stockId(), spot)];
      for (const { conId, strike, right, expiry } of options) {
        const years = Math.max(0, yearsToExpiry(expiry, ts));
        const terms = { right, spot, strike, years, rate, dividendYield: 0, sigma };
        const priced = priceEuropean(terms);
        const intrinsic = Math.max(0, right === 'C' ? spot - strike : strike - spot);
        rows.push(quote(conId, priced.kind === 'priced' ? priced.price : intrinsic));
      }
      for (const row of rows) if (row !== null) yield row;
    }
  }
}

/** Configured so that every evaluation hedges what a share or more is off. */
export const EAGER = {
  gates: {
    strategy: { open_delay_s: 0, close_cut_s: 0 },
    state: {
      delta: { epsilon_band: 0, threshold_hedge_shares: 1, max_delta_limit: 10_000_000 },
      leg_settle_s: 0,
      safe_hold_seconds: 0,
      liquidity: { wide_spread_pct: 10, extreme_spread_pct: 20 },
    },
    intent: {
      hedge: {
        min_hedge_shares: 1,
        cooldown_seconds: 0,
        min_price_move_pct: 0,
        max_hedge_shares_per_order: 1_000_000,
      },
    },
    guard: {
      risk: {
        max_position_shares: 10_000_000,
        max_daily_hedge_count: 100_000,
        max_daily_loss_usd: 1_000_000_000,
        max_orders_per_minute: 10_000,
      },
      account: { max_orders_per_minute: 10_000 },
    },
  },
  hedging: { trade_to: 'center' },
} as const;

/** A configuration of these keys, over the defaults. */
export async function configOf(keys: Record<string, unknown>): Promise<LoadedConfig> {
  const dir = tempDir('backtest');
  const file = join(dir, 'config.yaml');
  const base = { mode: 'simulated', broker: { deployment: 'bt' }, books: [{ symbol: SYMBOL }] };
  writeFileSync(file, stringify({ ...base, ...keys }));
  return loadConfig({ file, env: {}, cwd: dir });
}

export const STRADDLE: HoldingRule = {
  kind: 'straddle',
  quantity: 10,
  dteMin: 1,
  dteMax: 400,
  delta: 0.25,
  afterOpenMin: 5,
  rollDte: null,
  recentrePct: null,
};

/** A request with a straddle, at once and whole; `changes` go over it. */
export function requestOf(changes: Partial<RunRequest> = {}): RunRequest {
  return {
    symbol: SYMBOL,
    seed: 1,
    cash: 1_000_000,
    execution: { latency_ms: [0, 0], partial: false, queue: false, plan: 'fixed' },
    rule: STRADDLE,
    positions: [],
    actions: NO_ACTIONS,
    windowed: false,
    ...changes,
  };
}

export function runOn(
  source: Source,
  loaded: LoadedConfig,
  request: RunRequest = requestOf(),
  isStopped: () => boolean = () => false,
  observe: (record: TurnRecord) => void = () => undefined,
): Promise<BacktestResult> {
  const options = { request, loaded, source, version: 'test' };
  return backtest({ ...options, onProgress: () => undefined, isStopped, observe });
}
