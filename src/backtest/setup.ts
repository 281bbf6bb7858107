/**
 * From what an operator asks for to a run: the configuration's settings for the symbol, the
 * exchange that fills, and what is held. A request is plain data, so that a sweep can hand it to a
 * worker, and everything that shapes the result stands in it or in the files that it names.
 */

import { bookSettings, type LoadedConfig } from '../config/load.ts';
import { newYorkDate, newYorkTime } from '../domain/calendar.ts';
import type { FinancingRates } from '../domain/financing.ts';
import type { BookSettings } from '../domain/settings.ts';
import type { RecordedTape } from '../domain/tape.ts';
import { Fault } from '../fault.ts';
import { parseScenario, type Scenario } from '../gateway/sim/scenario.ts';
import type { EngineConfig } from '../protocol/decision-config.ts';
import type { CorporateActions } from '../store/dataset-manifest.ts';
import type { HoldingRule, WantedPosition } from './holding.ts';

/** How orders trade and what it costs. */
export interface Execution {
  /** To the exchange and back, ms; a random number between the two. */
  readonly latency_ms: readonly [number, number];
  /** At most the displayed size at a time. */
  readonly partial: boolean;
  /** Resting orders trade in their turn. */
  readonly queue: boolean;
  readonly plan: 'fixed' | 'tiered';
  /** Y of the square-root law, daily volatility and daily volume; absent: no impact. */
  readonly impact?: readonly [coefficient: number, volatility: number, volume: number];
  /** Absent: cash and borrowed shares cost nothing. */
  readonly financing?: FinancingRates;
}

/** A position that a run begins with, or opens as soon as it is quoted. */
export interface GivenPosition extends WantedPosition {
  /** USD per contract with its multiplier; with it the position is there from the start. */
  readonly avgCost: number | null;
}

export interface RunRequest {
  readonly symbol: string;
  readonly seed: number;
  readonly cash: number;
  readonly execution: Execution;
  readonly rule: HoldingRule | null;
  readonly positions: readonly GivenPosition[];
  /** What the recorded prices know of and the data set does not tell. */
  readonly actions: CorporateActions;
  /** Only options within the configured window join the book; else whatever is held does. */
  readonly windowed: boolean;
}

/** What a run takes of a configuration; plain data, as the request. */
export type RunConfig = Pick<LoadedConfig, 'config' | 'hash'>;

const ACCOUNT = 'DU0000001';

/** What the book of `symbol` is run with; a symbol without a book has the general settings. */
export function settingsFor({ config }: RunConfig, symbol: string): BookSettings {
  const own = config.books.find((book) => book.symbol === symbol);
  const any = own ?? config.books[0];
  if (any === undefined) throw new Fault('config_invalid', 'the configuration has no book');
  const plain = own ?? { ...any, overrides: {} };
  return { ...bookSettings(config, plain), symbol, account: null, con_id: null };
}

/** The exchange of a run: the tape's quotes, the request's fills, one account. */
export function scenarioFor(
  request: RunRequest,
  settings: BookSettings,
  { start, actions }: { readonly start: number; readonly actions: CorporateActions },
): Scenario {
  const { symbol, execution, positions } = request;
  const { dividends, splits } = actions;
  const { greeks } = settings;
  const held = positions.filter(({ avgCost }) => avgCost !== null);
  const { partial, queue, latency_ms: latency, plan } = execution;
  return parseScenario(
    {
      seed: request.seed,
      start: startText(start),
      lock_step: true,
      accounts: [
        {
          id: ACCOUNT,
          cash: request.cash,
          positions: held.map(({ expiry, strike, right, quantity, avgCost }) => ({
            option: { symbol, expiry, strike, right },
            quantity,
            avg_cost: avgCost ?? 0,
          })),
        },
      ],
      recorded: {
        dir: 'tape',
        rate: greeks.risk_free_rate,
        dividend_yield: greeks.dividend_yield,
        dividends: dividends.map((dividend) => ({ symbol, ...dividend })),
        splits: splits.map(({ date, ratio }) => ({ symbol, date, ratio })),
      },
      fills: { partial, queue, latency_ms: [...latency], impact: impactTerms(execution) },
      commissions: { plan },
      early_assignment: true,
    },
    'backtest',
  );
}

function impactTerms({ impact }: Execution): object {
  if (impact === undefined) return {};
  const [coefficient, daily_volatility, daily_volume] = impact;
  return { coefficient, daily_volatility, daily_volume };
}

/** As a scenario writes a moment: New York's date and time. */
function startText(ts: number): string {
  const day = newYorkDate(ts);
  const time = new Date(newYorkTime(ts)).toISOString().slice(11, 16);
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)} ${time}`;
}

/** The engine as it would run live in lock-step, on the tape's contracts. */
export function engineConfigFor(
  request: RunRequest,
  settings: BookSettings,
  summary: string,
  tape: RecordedTape,
): EngineConfig {
  const book = request.windowed ? settings : withAll(settings, tape);
  return {
    mode: 'simulated',
    liveAccount: null,
    deployment: 'backtest',
    journalId: 'tape',
    configSummary: summary,
    lockStep: true,
    books: [{ settings: book, slot: 0 }],
    broker: {
      host: 'simulated',
      port: 1,
      portType: 'simulated',
      clientId: 1,
      marketDataClientId: 2,
      connectTimeoutMs: 10_000,
      retryIntervalMs: 10_000,
    },
    heartbeatMs: HEARTBEAT_MS,
  };
}

/** Nobody reads heartbeats here; one in an hour keeps the engine's own bookkeeping going. */
const HEARTBEAT_MS = 3_600_000;

/** What a run was asked to hold belongs to its book, whatever its strike and days to expiry. */
function withAll(settings: BookSettings, tape: RecordedTape): BookSettings {
  const include = tape.instruments.flatMap(({ contract }) =>
    contract.secType === 'OPT' ? [contract.conId] : [],
  );
  const { gates } = settings;
  const structure = { ...gates.strategy.structure, membership: 'auto' as const, include };
  return { ...settings, gates: { ...gates, strategy: { ...gates.strategy, structure } } };
}
