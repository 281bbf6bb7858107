/** A backtest's result in words and columns, for a terminal. */

import type { BacktestResult } from '../backtest/result.ts';
import { type Cell, fields, rounded, table } from './output.ts';

/** What it was, what it earned and why, and what stood in the way of hedges. */
export function describeResult(result: BacktestResult): string {
  const { run, totals, notes } = result;
  const span = run.days.length === 1 ? run.days[0] : `${run.days[0]} to ${run.days.at(-1)}`;
  const head = `${run.symbol}, ${span}${run.interrupted ? ' (interrupted)' : ''}`;
  return [
    head,
    ...notes.map(({ ts, text }) => `${moment(ts)}  ${text}`),
    '',
    fields(totalRows(result)),
    '',
    table(['attribution', 'USD'], attributionRows(result)),
    '',
    table(['days to expiry', 'implied %', 'realised %', 'ratio', 'sessions'], calibration(result)),
    '',
    table(['closed gate', 'evaluations'], byCount(result.block_reasons)),
    '',
    table(['state', 'minutes'], minutes(result.time_in_state)),
    '',
    fields([
      ['config', run.config_hash],
      ['data', run.data_hash.slice(0, 16)],
      ['made from', result.data_origin],
      ['seed', run.seed],
      ['version', run.version],
      ['decisions', result.decisions_hash.slice(0, 16)],
      ['output', result.output_hash.slice(0, 16)],
    ]),
    ...(totals.evaluations === 0 ? ['', 'nothing was evaluated: does the data cover it?'] : []),
  ].join('\n');
}

function totalRows({ totals, ratios, final }: BacktestResult): (readonly [string, Cell])[] {
  return [
    ['P&L USD', totals.pnl],
    ['hedges', totals.hedges],
    ['quotes', totals.quotes],
    ['evaluations', totals.evaluations],
    ['commissions USD', totals.commissions],
    ['slippage USD', totals.slippage],
    ['option spread USD', totals.option_spread],
    ['turnover USD', totals.turnover],
    ['max drawdown USD', totals.max_drawdown],
    [`Sharpe (${ratios.from})`, rounded(totals.sharpe, 2)],
    ['shares held', final.shares],
    ['options held', final.legs.length],
  ];
}

function attributionRows({ attribution }: BacktestResult): readonly (readonly Cell[])[] {
  const shown = Object.entries(attribution).filter(
    ([term, usd]) => Math.abs(usd) >= 0.005 && term !== 'costs' && term !== 'implied_gamma',
  );
  return shown.map(([term, usd]) => [term, Number(usd.toFixed(2))]);
}

function calibration(result: BacktestResult): readonly (readonly Cell[])[] {
  return result.calibration.map(({ from_dte, to_dte, implied, realised, ratio, sessions }) => [
    to_dte === null ? `from ${from_dte}` : `${from_dte} to ${to_dte}`,
    ...[rounded(100 * implied, 1), rounded(100 * realised, 1)],
    ...[rounded(ratio, 2), rounded(sessions, 1)],
  ]);
}

function byCount(counts: Readonly<Record<string, number>>): readonly (readonly Cell[])[] {
  return Object.entries(counts).sort(([, a], [, b]) => b - a);
}

function minutes(states: Readonly<Record<string, number>>): readonly (readonly Cell[])[] {
  return byCount(states).map(([state, ms]) => [state ?? '', rounded(Number(ms) / 60_000, 1)]);
}

function moment(ts: number): string {
  return new Date(ts).toISOString().slice(0, 16).replace('T', ' ');
}
