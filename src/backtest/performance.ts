/**
 * What the account did over time: the curve of its profit, falls, days, and the ratios made of
 * them. Profit is measured from the first moment at which everything that is held has a price.
 */

import type { Attribution } from '../domain/attribution.ts';
import { newYorkDate } from '../domain/calendar.ts';
import { multiplierOf, type RunAccount } from './account.ts';
import { sessionsBetween } from './open-time.ts';
import { Periods } from './periods.ts';
import { Curve, Drawdown, type Point } from './series.ts';
import { Sketch } from './sketch.ts';

export interface Sample {
  readonly ts: number;
  readonly account: RunAccount;
  /** Of the interval that ended here; null where there was none. */
  readonly interval: Attribution | null;
}

export interface DayResult {
  readonly day: string;
  /** USD; the overnight change belongs to the day on which it shows. */
  readonly pnl: number;
}

export interface Ratios {
  /** Annualised; null for too little to tell. */
  readonly sharpe: number | null;
  readonly sortino: number | null;
  /** What they are made of: days, or minutes and nights where there are fewer than twenty days. */
  readonly from: 'days' | 'minutes';
  readonly samples: number;
  /** USD lost in a period, at 95 %; positive is a loss. */
  readonly var95: number | null;
  readonly cvar95: number | null;
  /** Share of periods that earned. */
  readonly hit_rate: number | null;
}

const DAYS_PER_YEAR = 252;
const MINUTES_PER_DAY = 390;
const MINUTES_PER_YEAR = DAYS_PER_YEAR * MINUTES_PER_DAY;
const DAYS_MIN = 20;
const SAMPLES_MIN = 30;
const MINUTE_MS = 60_000;

export class Performance {
  valuedAt = Number.NEGATIVE_INFINITY;
  readonly drawdown = new Drawdown();
  readonly exposure = new Sketch();
  readonly unexplained = new Sketch();
  readonly periods = new Periods();
  #start = Number.NaN;
  #pnl = 0;
  readonly #curve = new Curve();
  readonly #spots = new Curve();
  readonly #terms = new Map<string, Curve>();
  readonly #days: { day: string; pnl: number }[] = [];
  readonly #minutes = new Period();
  /** The minute that is not over: since when, and what it has gained. */
  #since = Number.NaN;
  #gained = 0;

  add({ ts, account, interval }: Sample): void {
    const { equity } = account;
    if (Number.isNaN(this.#start)) this.#start = equity;
    const pnl = equity - this.#start;
    const change = pnl - this.#pnl;
    this.#pnl = pnl;
    this.valuedAt = ts;
    this.#curve.add(ts, pnl);
    this.#spots.add(ts, account.spot);
    this.drawdown.add(ts, pnl);
    this.exposure.add(grossOf(account));
    if (interval !== null) this.unexplained.add(interval.unexplained);
    for (const term of CHARTED) this.#term(term, ts, account.attribution[term]);
    const { commission, slippage } = account.attribution;
    this.periods.value(ts, pnl, -commission - slippage);
    const day = newYorkDate(ts);
    const last = this.#days.at(-1);
    if (last?.day === day) last.pnl += change;
    else this.#days.push({ day, pnl: change });
    this.#minute(ts, change);
  }

  get pnl(): number {
    return this.#pnl;
  }

  get days(): readonly DayResult[] {
    return this.#days;
  }

  equity(): readonly Point[] {
    return this.#curve.points();
  }

  spots(): readonly Point[] {
    return this.#spots.points();
  }

  /** Cumulated attribution by term. */
  terms(): Readonly<Record<string, readonly Point[]>> {
    return Object.fromEntries([...this.#terms].map(([term, curve]) => [term, curve.points()]));
  }

  ratios(): Ratios {
    const days = new Period();
    for (const { pnl } of this.#days) days.add(pnl, 1);
    if (this.#days.length >= DAYS_MIN) return days.ratios('days', DAYS_PER_YEAR);
    return this.#minutes.ratios('minutes', MINUTES_PER_YEAR);
  }

  /** A night is one that takes no open time: what it gains and risks is part of a year. */
  #minute(ts: number, change: number): void {
    if (Number.isNaN(this.#since)) this.#since = ts;
    this.#gained += change;
    if (ts - this.#since < MINUTE_MS) return;
    this.#minutes.add(this.#gained, sessionsBetween(this.#since, ts) * MINUTES_PER_DAY);
    this.#since = ts;
    this.#gained = 0;
  }

  #term(term: string, ts: number, value: number): void {
    const curve = this.#terms.get(term) ?? new Curve();
    this.#terms.set(term, curve);
    curve.add(ts, value);
  }
}

const CHARTED = ['delta', 'gamma', 'theta', 'vega', 'commission', 'unexplained'] as const;

/** Gains of periods of one length. */
class Period {
  readonly #gains = new Sketch();
  readonly #losses: number[] = [];
  #downside = 0;
  #hits = 0;
  #time = 0;

  add(gain: number, length: number): void {
    this.#gains.add(gain);
    this.#time += length;
    this.#downside += Math.min(0, gain) ** 2;
    if (gain > 0) this.#hits += 1;
    // The worst twentieth is within the worst ten thousand of any run that is looked at by minute.
    this.#losses.push(-gain);
    if (this.#losses.length > 2 * LOSSES_MAX) this.#keepWorst();
  }

  ratios(from: Ratios['from'], perYear: number): Ratios {
    const { count, mean, variance } = this.#gains;
    const enough = count >= SAMPLES_MIN || (from === 'days' && count >= DAYS_MIN);
    const scale = Math.sqrt(perYear * (this.#time > 0 ? count / this.#time : 1));
    const deviation = Math.sqrt(variance);
    const downside = Math.sqrt(this.#downside / count);
    const ratio = (by: number): number | null => (enough && by > 0 ? (mean / by) * scale : null);
    const at = enough ? -this.#gains.quantile(0.05) : null;
    const tail = this.#worst(Math.max(1, Math.floor(count / 20)));
    return {
      sharpe: ratio(deviation),
      sortino: ratio(downside),
      from,
      samples: count,
      var95: at,
      cvar95: enough ? tail : null,
      hit_rate: count === 0 ? null : this.#hits / count,
    };
  }

  #keepWorst(): void {
    this.#losses.sort((a, b) => b - a);
    this.#losses.length = LOSSES_MAX;
  }

  /** Mean of the worst losses. */
  #worst(wanted: number): number {
    const worst = this.#losses.toSorted((a, b) => b - a).slice(0, wanted);
    return worst.reduce((sum, loss) => sum + loss, 0) / worst.length;
  }
}

const LOSSES_MAX = 10_000;

/** USD in shares and options, whatever their sign. */
function grossOf(account: RunAccount): number {
  let gross = 0;
  for (const { contract, quantity } of account.holdings.values()) {
    const price = contract.secType === 'STK' ? account.spot : account.markOf(contract.conId);
    gross += Math.abs(quantity * multiplierOf(contract) * price);
  }
  return gross;
}
