/** The world that every seed begins in: one lively stock, ten straddles, one account, one book. */

import { bookSettings, loadConfig } from '../../src/config/load.ts';
import { parseScenario, type Scenario } from '../../src/gateway/sim/scenario.ts';
import type { EngineConfig } from '../../src/protocol/decision-config.ts';

const ACCOUNT = 'DU0000001';
export const SYMBOL = 'NVDA';

export function simulationScenario(seed: number): Scenario {
  const straddle = { symbol: SYMBOL, dte: 28, strike: 'atm' } as const;
  return parseScenario(
    {
      seed,
      start: '2026-09-14 10:00',
      tick_ms: 1000,
      option_quote_ms: 1000,
      accounts: [
        {
          id: ACCOUNT,
          cash: 250_000,
          positions: [
            { option: { ...straddle, right: 'C' }, quantity: 10 },
            { option: { ...straddle, right: 'P' }, quantity: 10 },
          ],
        },
      ],
      underlyings: [
        {
          symbol: SYMBOL,
          price: 180.85,
          previous_close: 179.9,
          model: { volatility: 2.5, jumps_per_hour: 60, jump_pct: 0.3 },
          surface: { atm_vol: 0.42 },
          chain: { dtes: [28], strikes: { from: 150, to: 210, step: 2.5 } },
        },
      ],
      fills: { partial: true, latency_ms: [5, 60] },
    },
    `simulation seed ${seed}`,
  );
}

/** The shipped demo configuration, with the deciders' part of it alone. */
export function simulationConfig(journalId: string): EngineConfig {
  const { config } = loadConfig({ file: 'config/demo.yaml', env: {}, cwd: process.cwd() });
  const [book] = config.books;
  if (book === undefined) throw new Error('the demo has a book');
  return {
    mode: 'simulated',
    liveAccount: null,
    deployment: 'sim',
    journalId,
    configSummary: 'simulation',
    lockStep: false,
    books: [{ settings: bookSettings(config, book), slot: 0 }],
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
