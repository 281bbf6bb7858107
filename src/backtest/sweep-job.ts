/**
 * One cell of a sweep, in whatever thread: opens the data set, runs it, and gives back what a sweep
 * compares.
 */

import { realMono } from '../runtime/real-clock.ts';
import { backtest } from './backtest.ts';
import type { Cell } from './grid.ts';
import { withOverrides } from './overrides.ts';
import type { BacktestResult, Totals } from './result.ts';
import { openSource, type Source } from './source.ts';
import { jobOf, type SweepTask } from './sweep-task.ts';

/** What is kept of a run. */
export interface CellResult {
  readonly job: string;
  readonly index: number;
  readonly seed: number;
  readonly overrides: Cell['overrides'];
  readonly config_hash: string;
  readonly output_hash: string;
  readonly decisions_hash: string;
  readonly totals: Totals;
  readonly attribution: BacktestResult['attribution'];
  readonly block_reasons: BacktestResult['block_reasons'];
  readonly hedge_error: { readonly mean: number; readonly variance: number } | null;
  readonly ratios: BacktestResult['ratios'];
  readonly days: BacktestResult['days'];
  readonly periods: BacktestResult['periods'];
}

let opened: { readonly key: string; readonly source: Source } | null = null;

/** Runs one cell. Rejects with the run's `Fault`. */
export async function runCell(task: SweepTask): Promise<CellResult> {
  const { cell, version } = task;
  const request = { ...task.request, seed: cell.seed };
  const source = await sourceOf(task);
  const loaded = withOverrides(task.config, cell.overrides);
  const options = { request, loaded, source, version };
  const result = await backtest({
    ...options,
    onProgress: () => undefined,
    isStopped: () => false,
  });
  const { hedge_error: error, run } = result;
  return {
    job: jobOf(task, source.hash, loaded.hash),
    index: cell.index,
    seed: cell.seed,
    overrides: cell.overrides,
    config_hash: run.config_hash,
    output_hash: result.output_hash,
    decisions_hash: result.decisions_hash,
    totals: result.totals,
    attribution: result.attribution,
    block_reasons: result.block_reasons,
    hedge_error: error === null ? null : { mean: error.mean, variance: error.variance },
    ratios: result.ratios,
    days: result.days,
    periods: result.periods,
  };
}

/** A thread runs many cells of one data set. */
async function sourceOf({ dataDir: dir, days, request }: SweepTask): Promise<Source> {
  const key = [dir, ...days, request.symbol].join('|');
  if (opened?.key !== key) {
    const options = { dir, from: null, to: null, symbol: request.symbol, mono: realMono() };
    opened = { key, source: await openSource({ ...options, dates: days, resolution: 'minute' }) };
  }
  return opened.source;
}
