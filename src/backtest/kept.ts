/**
 * Backtests that are kept in the data directory: of each a summary and its report for the page, and
 * the whole result, packed, to be compared with another. A run is named by the time it was kept, so
 * that names sort by age and none is written twice.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import {
  type BacktestReads,
  type BacktestSummary,
  type BacktestView,
  backtestView,
} from '../protocol/backtest-view.ts';
import { readPackedJson, writePackedJson } from '../store/packed-json.ts';
import { reportPage } from './report.ts';
import type { BacktestResult } from './result.ts';
import type { Point } from './series.ts';

/** The oldest beyond it go. */
const RUNS_MAX = 200;
const RESULT = 'result.json.gz';
/** As many as a chart of the page can show. */
const POINTS_MAX = 600;

/** Keeps a run; returns its id. Throws `Fault('data_dir_unusable')`. */
export function keepRun(dataDir: string, result: BacktestResult, wallMs: number): string {
  const dir = folderOf(dataDir);
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const id = freeId(dir, result.run.symbol, wallMs);
    // The summary last: what has one is whole.
    writeFileSync(join(dir, `${id}.html`), reportPage(result));
    writePackedJson(join(dir, `${id}.${RESULT}`), result);
    writeFileSync(join(dir, `${id}.json`), `${JSON.stringify(viewOf(id, result, wallMs))}\n`);
    for (const old of idsIn(dir).slice(RUNS_MAX)) remove(dir, old);
    return id;
  } catch (cause) {
    throw new Fault('data_dir_unusable', `cannot keep the run in ${dir}`, {
      remedy: 'make room or rights there, or run with --no-keep',
      cause,
    });
  }
}

/** The whole result of a kept run. Throws `Fault('not_found' | 'data_unreadable')`. */
export function keptResult(dataDir: string, id: string): BacktestResult {
  const dir = folderOf(dataDir);
  assertKept(dir, id);
  const file = join(dir, `${id}.${RESULT}`);
  if (!existsSync(file)) {
    throw new Fault('not_found', `of the backtest ${id} only a summary was kept`, {
      remedy: 'run it again, and compare what that keeps',
    });
  }
  try {
    // Written by this program alone, whole.
    return readPackedJson(file) as BacktestResult;
  } catch (cause) {
    throw new Fault('data_unreadable', `the kept backtest ${id} cannot be read`, { cause });
  }
}

/** Reads of the kept runs. */
export function createKeptRuns(dataDir: string): BacktestReads {
  const dir = folderOf(dataDir);
  return {
    list: () => {
      const runs: BacktestSummary[] = [];
      const unreadable: string[] = [];
      for (const id of idsIn(dir)) {
        const view = readRun(dir, id);
        if (view === null) unreadable.push(`${id}.json`);
        else runs.push(summaryOf(view));
      }
      return { runs, unreadable };
    },
    run: (id) => {
      assertKept(dir, id);
      const view = readRun(dir, id);
      if (view !== null) return view;
      throw new Fault('data_unreadable', `the kept backtest ${id} cannot be read`);
    },
    report: (id) => {
      assertKept(dir, id);
      const file = join(dir, `${id}.html`);
      if (existsSync(file)) return readFileSync(file, 'utf8');
      throw new Fault('not_found', `the backtest ${id} has no report`);
    },
  };
}

function folderOf(dataDir: string): string {
  return join(dataDir, 'backtests');
}

/** Newest first. */
function idsIn(dir: string): readonly string[] {
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir).filter((name) => name.endsWith('.json'));
  return names
    .map((name) => name.slice(0, -'.json'.length))
    .sort()
    .reverse();
}

function assertKept(dir: string, id: string): void {
  if (idsIn(dir).includes(id)) return;
  throw new Fault('not_found', `no kept backtest ${id}`, {
    remedy: 'bifrost backtest names a run when it keeps it',
  });
}

function readRun(dir: string, id: string): BacktestView | null {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(join(dir, `${id}.json`), 'utf8'));
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
  const parsed = backtestView.safeParse(data);
  // Of another version, or somebody's own file.
  return parsed.success && parsed.data.id === id ? parsed.data : null;
}

function summaryOf(view: BacktestView): BacktestSummary {
  const { attribution: _a, block_reasons: _b, time_in_state: _t, ...rest } = view;
  const { gates: _g, hedging: _h, equity: _e, ...summary } = rest;
  return summary;
}

function viewOf(id: string, result: BacktestResult, wallMs: number): BacktestView {
  const { run, totals } = result;
  const { pnl, hedges, orders, rejects, quotes, commissions, slippage } = totals;
  const { option_spread, turnover, max_drawdown, sharpe } = totals;
  return {
    id,
    kept_at: wallMs / 1000,
    symbol: run.symbol,
    days: run.days,
    interrupted: run.interrupted,
    config_hash: run.config_hash,
    data_hash: run.data_hash,
    seed: run.seed,
    version: run.version,
    totals: {
      ...{ pnl, hedges, orders, rejects, quotes, commissions, slippage },
      ...{ option_spread, turnover, max_drawdown, sharpe },
    },
    attribution: result.attribution,
    block_reasons: result.block_reasons,
    time_in_state: result.time_in_state,
    gates: run.gates,
    hedging: run.hedging,
    equity: thinned(result.equity),
  };
}

/** Evenly fewer points, the first and the last among them. */
function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= POINTS_MAX) return points;
  const step = (points.length - 1) / (POINTS_MAX - 1);
  return Array.from({ length: POINTS_MAX }, (_, n) => points[Math.round(n * step)]).filter(
    (point) => point !== undefined,
  );
}

function freeId(dir: string, symbol: string, wallMs: number): string {
  const time = new Date(wallMs).toISOString().replace(/[-:]/g, '').slice(0, 15);
  const base = `${time}-${symbol.replace(/[^A-Za-z0-9]/g, '_')}`;
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? base : `${base}.${count}`;
    if (!existsSync(join(dir, `${id}.json`))) return id;
  }
}

function remove(dir: string, id: string): void {
  for (const end of ['json', 'html', RESULT]) rmSync(join(dir, `${id}.${end}`), { force: true });
}
