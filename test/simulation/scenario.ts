/** The world that every seed begins in: two lively stocks, one account, two books of four legs. */

import { bookSettings, loadConfig } from '../../src/config/load.ts';
import { parseScenario, type Scenario } from '../../src/gateway/sim/scenario.ts';
import type { EngineConfig } from '../../src/protocol/decision-config.ts';

const ACCOUNT = 'DU0000001';

interface Stock {
  readonly symbol: string;
  readonly price: number;
  /** Of the second straddle; the first is at the money. */
  readonly strike: number;
}

const STOCKS: readonly Stock[] = [
  { symbol: 'NVDA', price: 180.85, strike: 182.5 },
  { symbol: 'AMD', price: 161.2, strike: 162.5 },
];

export const SYMBOLS: readonly string[] = STOCKS.map(({ symbol }) => symbol);

/** 10:00 in New York on the first day, epoch ms. */
export const START_MS = 1_789_394_400_000;

export function simulationScenario(seed: number): Scenario {
  return parseScenario(
    {
      seed,
      start: '2026-09-14 10:00',
      tick_ms: 1000,
      option_quote_ms: 5000,
      accounts: [{ id: ACCOUNT, cash: 500_000, positions: STOCKS.flatMap(straddles) }],
      underlyings: STOCKS.map(underlying),
      fills: { partial: true, latency_ms: [5, 60] },
    },
    `simulation seed ${seed}`,
  );
}

function straddles({ symbol, strike }: Stock): readonly object[] {
  const strikes = ['atm', strike] as const;
  return strikes.flatMap((at) =>
    (['C', 'P'] as const).map((right) => ({
      option: { symbol, dte: 28, strike: at, right },
      quantity: at === 'atm' ? 10 : 5,
    })),
  );
}

function underlying({ symbol, price }: Stock): object {
  return {
    symbol,
    price,
    previous_close: price - 1,
    model: { volatility: 2.5, jumps_per_hour: 60, jump_pct: 0.3 },
    surface: { atm_vol: 0.42 },
    chain: { dtes: [28], strikes: { from: 150, to: 210, step: 2.5 } },
  };
}

/** The shipped demo configuration, the deciders' part of it, with smaller orders. Reads files. */
export function simulationConfig(): Omit<EngineConfig, 'journalId'> {
  const { config } = loadConfig({ file: 'config/demo.yaml', env: {}, cwd: process.cwd() });
  const [book] = config.books;
  if (book === undefined) throw new Error('the demo has a book');
  const { gates, ...rest } = bookSettings(config, book);
  // Small enough that a hedge after a jump takes several orders.
  const hedge = { ...gates.intent.hedge, max_hedge_shares_per_order: 200 };
  const settings = { ...rest, gates: { ...gates, intent: { ...gates.intent, hedge } } };
  return {
    mode: 'simulated',
    liveAccount: null,
    deployment: 'sim',
    configSummary: 'simulation',
    lockStep: false,
    books: SYMBOLS.map((symbol, slot) => ({ settings: { ...settings, symbol }, slot })),
    broker: {
      host: 'simulated',
      port: 1,
      portType: 'simulated',
      clientId: 1,
      marketDataClientId: 2,
      connectTimeoutMs: 5000,
      retryIntervalMs: 3000,
    },
    heartbeatMs: 10_000,
  };
}
