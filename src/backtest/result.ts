/**
 * The result of a run as JSON: what it was, what came of it, and why. Equal inputs give equal
 * bytes, and the hash says so; nothing of the machine or the time of day of the run is in it.
 */

import { createHash } from 'node:crypto';
import { ATTRIBUTION_TERMS, realisedToImplied } from '../domain/attribution.ts';
import { contractKey } from '../domain/contract.ts';
import type { BookSettings } from '../domain/settings.ts';
import type { CorporateActions } from '../store/dataset-manifest.ts';
import type { TenorCalibration } from './calibration.ts';
import { count, type Decision, finite } from './collector.ts';
import type { DayResult, Ratios } from './performance.ts';
import { joinPeriods, type PeriodRow } from './periods.ts';
import type { RunOutcome } from './run.ts';
import type { Point } from './series.ts';
import type { SketchSummary } from './sketch.ts';

export interface RunIdentity {
  readonly symbol: string;
  readonly days: readonly string[];
  readonly config_hash: string;
  readonly data_hash: string;
  readonly seed: number;
  readonly version: string;
  /** How the exchange fills, and what is held, as given. */
  readonly execution: unknown;
  readonly holding: unknown;
  /** Dividends and splits that were played. */
  readonly actions: CorporateActions;
  readonly settings: BookSettings;
}

export interface TradeRow {
  readonly ts: number;
  readonly kind: 'hedge' | 'option';
  readonly contract: string;
  readonly quantity: number;
  readonly price: number;
  readonly commission: number;
}

export interface BacktestResult {
  readonly run: Omit<RunIdentity, 'settings'> & {
    readonly gates: BookSettings['gates'];
    readonly hedging: BookSettings['hedging'];
    readonly order: BookSettings['order'];
    readonly greeks: BookSettings['greeks'];
    readonly from: number;
    readonly to: number;
    readonly interrupted: boolean;
  };
  readonly totals: Totals;
  /** USD; the terms sum to `totals.pnl`. */
  readonly attribution: Readonly<Record<string, number>>;
  readonly realised_to_implied: number | null;
  /** Implied volatility at entry beside what was realised while it was held, by tenor. */
  readonly calibration: readonly TenorCalibration[];
  readonly block_reasons: Readonly<Record<string, number>>;
  readonly verdicts: Readonly<Record<string, number>>;
  /** Milliseconds in each state of `trading`. */
  readonly time_in_state: Readonly<Record<string, number>>;
  readonly hedge_error: SketchSummary | null;
  readonly exposure: SketchSummary | null;
  readonly unexplained: SketchSummary | null;
  readonly ratios: Ratios;
  readonly days: readonly DayResult[];
  /** Half hours; days where there are twenty. */
  readonly periods: readonly PeriodRow[];
  readonly final: {
    readonly shares: number;
    readonly cash: number;
    readonly equity: number | null;
    readonly legs: readonly { contract: string; quantity: number; mark: number }[];
  };
  readonly notes: readonly { readonly ts: number; readonly text: string }[];
  readonly alerts: Readonly<Record<string, number>>;
  readonly equity: readonly Point[];
  readonly spot: readonly Point[];
  readonly attribution_over_time: Readonly<Record<string, readonly Point[]>>;
  readonly blocked_over_time: readonly (readonly [number, Readonly<Record<string, number>>])[];
  readonly trades: readonly TradeRow[];
  readonly decisions: readonly Decision[];
  /** Of every turn that decided something: equal decisions give equal digests. */
  readonly decisions_hash: string;
  /** Of all above. */
  readonly output_hash: string;
  /** What the data was made from, in words; the same data may have come otherwise. */
  readonly data_origin: string;
}

export interface Totals {
  readonly pnl: number;
  readonly hedges: number;
  readonly orders: number;
  readonly rejects: number;
  readonly quotes: number;
  readonly evaluations: number;
  readonly decisions: number;
  /** Executions; `trades` has the first 100,000. */
  readonly trades: number;
  readonly commissions: number;
  /** USD paid to spread and movement by hedges; positive is a cost. */
  readonly slippage: number;
  /** The same of option trades. */
  readonly option_spread: number;
  /** USD of shares traded. */
  readonly turnover: number;
  readonly max_drawdown: number;
  readonly max_drawdown_ms: number;
  readonly sharpe: number | null;
  readonly sortino: number | null;
}

/** Puts everything together and hashes it. */
export function resultOf(
  outcome: RunOutcome,
  identity: RunIdentity,
  data_origin: string,
): BacktestResult {
  const { collector, performance } = outcome;
  const { settings, ...run } = identity;
  const { gates, hedging, order, greeks } = settings;
  const { from, to, interrupted } = outcome;
  const attribution = attributionOf(outcome);
  const ratios = performance.ratios();
  const body = {
    run: { ...run, gates, hedging, order, greeks, from, to, interrupted },
    totals: totalsOf(outcome, ratios),
    attribution,
    realised_to_implied: realisedToImplied(outcome.account.attribution),
    calibration: outcome.calibration.summary(),
    block_reasons: sorted(collector.blockReasons),
    verdicts: sorted(collector.verdicts),
    time_in_state: sorted(collector.timeInState),
    hedge_error: collector.netDelta.summary(),
    exposure: performance.exposure.summary(),
    unexplained: performance.unexplained.summary(),
    ratios,
    days: performance.days,
    periods: joinPeriods(collector.periods, performance.periods),
    final: finalOf(outcome),
    notes: outcome.notes,
    alerts: alertsOf(outcome),
    equity: performance.equity(),
    spot: performance.spots(),
    attribution_over_time: performance.terms(),
    blocked_over_time: [...collector.blockedOverTime].map(
      ([ts, reasons]) => [ts, sorted(reasons)] as const,
    ),
    trades: outcome.trades.rows.map(({ ts, contract, quantity, price, commission }) => ({
      ts,
      kind: contract.secType === 'STK' ? ('hedge' as const) : ('option' as const),
      contract: contractKey(contract),
      ...{ quantity, price, commission },
    })),
    decisions: collector.decisions,
    decisions_hash: collector.digest(),
  };
  const output = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  return { ...body, output_hash: output, data_origin };
}

function totalsOf(outcome: RunOutcome, ratios: Ratios): Totals {
  const { collector, performance, account, trades } = outcome;
  const { attribution } = account;
  return {
    pnl: cents(performance.pnl),
    hedges: collector.hedges,
    orders: collector.orders,
    rejects: collector.rejects,
    quotes: outcome.quotes,
    evaluations: collector.evaluations,
    decisions: collector.decisionCount,
    trades: trades.count,
    commissions: cents(trades.commissions),
    slippage: cents(-attribution.slippage),
    option_spread: cents(-attribution.optionSpread),
    turnover: cents(trades.turnover),
    max_drawdown: cents(performance.drawdown.depth),
    max_drawdown_ms: performance.drawdown.lengthMs,
    sharpe: ratios.sharpe,
    sortino: ratios.sortino,
  };
}

function attributionOf({ account }: RunOutcome): Readonly<Record<string, number>> {
  const { attribution } = account;
  const terms = ATTRIBUTION_TERMS.map((term) => [term, attribution[term]] as const);
  const costs = attribution.commission + attribution.slippage + attribution.optionSpread;
  const total = attribution.total;
  return { ...Object.fromEntries(terms), costs, total, implied_gamma: attribution.impliedGamma };
}

function finalOf({ account }: RunOutcome): BacktestResult['final'] {
  const holdings = [...account.holdings.values()];
  const shares = holdings.reduce(
    (sum, { contract, quantity }) => (contract.secType === 'STK' ? sum + quantity : sum),
    0,
  );
  const legs = holdings.flatMap(({ contract, quantity }) =>
    contract.secType === 'OPT'
      ? [{ contract: contractKey(contract), quantity, mark: account.markOf(contract.conId) }]
      : [],
  );
  return { shares, cash: cents(account.cash), equity: finite(cents(account.equity)), legs };
}

/** Alerts by their first words: the numbers in them differ each time. */
function alertsOf({ collector }: RunOutcome): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { type, stateReason } of collector.operations) {
    const [name = ''] = stateReason.split(':', 1);
    if (type === 'alert' && !name.endsWith('cleared')) count(counts, name);
  }
  return sorted(counts);
}

function sorted(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function cents(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}
