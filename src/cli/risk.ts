/** Scenario grids of books, for the API: from what the engine shows, computed in a pool. */

import { epochOf } from '../domain/calendar.ts';
import type { GreeksSettings } from '../domain/settings.ts';
import { Fault } from '../fault.ts';
import { moduleUrl } from '../package.ts';
import type { LegVols, QuotedLeg } from '../pricing/leg-vols.ts';
import { rateAt } from '../pricing/rate-curve.ts';
import type { RiskAnswer, RiskTask, ScenarioLeg, ScenarioTask } from '../pricing/scenarios.ts';
import { yearsToExpiry } from '../pricing/time-to-expiry.ts';
import type { LegView } from '../protocol/leg-view.ts';
import type { EngineReads, RiskReads } from '../protocol/ports.ts';
import type { QuoteVolView, RiskQuery, RiskView } from '../protocol/risk-view.ts';
import type { BookView } from '../protocol/views.ts';
import type { Clock } from '../runtime/clock.ts';
import { createPool, type Pool } from '../runtime/pool.ts';

/** The largest grid of 32 legs with dividends takes three seconds, of more so much more. */
const DEADLINE_MS = 8000;
const LEG_MS = 250;

/** What `closers` end: the threads of the pool. */
export interface Risk extends RiskReads {
  close(): Promise<void>;
}

/** The threads begin with the first question. */
export function createRisk(reads: EngineReads, mono: Clock): Risk {
  let pool: Pool | null = null;
  return {
    risk: async (symbol, query) => {
      const { book, settings } = find(reads, symbol);
      const { task, leftOut } = scenarioTask(book, settings, query);
      const module = moduleUrl(new URL('../pricing/scenarios.ts', import.meta.url)).href;
      pool ??= createPool({ module, mono, threadsMax: 1, queueMax: 4 });
      const quoted = book.legs.map((leg) => quotedLeg(leg, settings, task.ts));
      const asked: RiskTask = { scenarios: task, quoted };
      const deadline = Math.max(DEADLINE_MS, LEG_MS * quoted.length);
      const { grid, vols } = await pool.run<RiskAnswer>('bookRisk', asked, deadline);
      return {
        symbol,
        trading_ts: task.ts,
        spot: task.spot,
        shares: task.shares,
        legs: task.legs.length,
        left_out: leftOut,
        spots: task.spotMoves.map((move) => task.spot * (1 + move)),
        vol_points: task.volMoves.map((move) => 100 * move),
        days: task.days,
        pnl: grid.pnl,
        net_delta: grid.netDelta,
        net_gamma: grid.netGamma,
        quotes: book.legs.map(({ con_id, label }, index) => quoteView(con_id, label, vols[index])),
      } satisfies RiskView;
    },
    close: async () => pool?.close(),
  };
}

/** What the pool is asked, and the labels of the legs that it cannot be asked about. */
export function scenarioTask(
  book: BookView,
  settings: GreeksSettings,
  query: RiskQuery,
): { readonly task: ScenarioTask; readonly leftOut: readonly string[] } {
  const { spot, trading_ts: ts, legs } = book;
  if (spot === null || ts === null) {
    throw new Fault('conflict', `${book.symbol} has no price to start from yet`);
  }
  const known = legs.filter(({ iv }) => iv !== null);
  const task = {
    ts,
    spot,
    shares: book.stock_position,
    legs: known.map((leg) => legOf(leg, settings, ts)),
    spotMoves: symmetric(query.spot_pct / 100, query.spot_points),
    volMoves: symmetric(query.vol_points / 100, query.vol_steps),
    days: upTo(query.days, query.day_steps),
  };
  const leftOut = legs.filter(({ iv }) => iv === null).map(({ label }) => label);
  return { task, leftOut };
}

function find(reads: EngineReads, symbol: string) {
  const book = reads.status().books.find((one) => one.symbol === symbol);
  const settings = reads.config().books.find((one) => one.symbol === symbol);
  if (book === undefined || settings === undefined) {
    const known = reads.status().books.map((one) => one.symbol);
    throw new Fault('not_found', `no book ${symbol}; there are ${known.join(', ')}`);
  }
  return { book, settings: settings.greeks };
}

function quotedLeg(leg: LegView, settings: GreeksSettings, ts: number): QuotedLeg {
  const { terms, carry, sigma } = legOf(leg, settings, ts);
  const { bid, ask, multiplier } = leg;
  const quote = { bid: bid ?? Number.NaN, ask: ask ?? Number.NaN };
  return { terms, carry, sigma, multiplier, quote };
}

function quoteView(con_id: number, label: string, vols: LegVols | undefined): QuoteVolView {
  const [low, high] = vols?.parity ?? [null, null];
  return {
    con_id,
    label,
    bid_iv: vols?.bid ?? null,
    mid_iv: vols?.mid ?? null,
    ask_iv: vols?.ask ?? null,
    forward: vols?.forward ?? null,
    parity_low: low,
    parity_high: high,
  };
}

function legOf(leg: LegView, settings: GreeksSettings, ts: number): ScenarioLeg {
  const { right, strike, expiry, iv, quantity, multiplier } = leg;
  const { rate_curve: curve, risk_free_rate: flat } = settings;
  const rate = rateAt(curve.length > 0 ? curve : flat, Math.max(0, yearsToExpiry(expiry, ts)));
  const dividends = settings.dividends.map(({ ex_date, amount }) => {
    return { exTs: epochOf(ex_date.replaceAll('-', ''), '00:00'), amount };
  });
  const { exercise, dividend_yield: dividendYield } = settings;
  return {
    terms: { right, strike, expiry },
    carry: { exercise, rate, dividendYield, dividends },
    sigma: iv ?? Number.NaN,
    size: quantity * multiplier,
  };
}

/** `count` points from −`reach` to `reach`; one point is the middle. */
function symmetric(reach: number, count: number): readonly number[] {
  if (count === 1) return [0];
  const middle = (count - 1) / 2;
  return Array.from({ length: count }, (_, index) => (reach * (index - middle)) / middle);
}

function upTo(last: number, count: number): readonly number[] {
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, index) => (last * index) / (count - 1));
}
