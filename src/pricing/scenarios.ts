/**
 * What a book would gain or lose if the spot, the volatilities and the date were others: every
 * combination of three lists, each leg priced anew by the way it is priced now. A job of the pool:
 * a grid of American legs takes tens of milliseconds.
 */

import { Fault } from '../fault.ts';
import { type Carry, emptyLegGreeks, LegModel, type LegTerms } from './leg-model.ts';
import { type LegVols, legVols, type QuotedLeg } from './leg-vols.ts';

export interface ScenarioLeg {
  readonly terms: LegTerms;
  readonly carry: Carry;
  /** Annualised; what it is priced at now. */
  readonly sigma: number;
  /** Contracts times multiplier, signed. */
  readonly size: number;
}

export interface ScenarioTask {
  /** Epoch ms. */
  readonly ts: number;
  readonly spot: number;
  /** Shares that are held against the legs. */
  readonly shares: number;
  readonly legs: readonly ScenarioLeg[];
  /** Parts of the spot: −0.05 is a fall by 5 %. */
  readonly spotMoves: readonly number[];
  /** Added to each volatility: 0.01 is a point. */
  readonly volMoves: readonly number[];
  /** Calendar days from `ts`. */
  readonly days: readonly number[];
}

/** By day, then by volatility, then by spot. */
export type ScenarioCube = readonly (readonly (readonly number[])[])[];

export interface ScenarioGrid {
  /** USD against now, dividends on the shares included. */
  readonly pnl: ScenarioCube;
  /** Shares, those held included; and shares per USD. */
  readonly netDelta: ScenarioCube;
  readonly netGamma: ScenarioCube;
}

/** No volatility falls below this, however far it is moved. */
const SIGMA_MIN = 0.01;
const DAY_MS = 86_400_000;

interface Position {
  value: number;
  delta: number;
  gamma: number;
}

/** What is asked about a book at once, in one thread. */
export interface RiskTask {
  readonly scenarios: ScenarioTask;
  readonly quoted: readonly QuotedLeg[];
}

export interface RiskAnswer {
  readonly grid: ScenarioGrid;
  /** In the order of `quoted`. */
  readonly vols: readonly LegVols[];
}

/** A job of the pool. */
export function bookRisk({ scenarios, quoted }: RiskTask): RiskAnswer {
  const { ts, spot } = scenarios;
  return { grid: scenarioGrid(scenarios), vols: legVols(quoted, ts, spot) };
}

/** Computes the grid; throws `Fault('invalid')` for a leg that has no value now. */
export function scenarioGrid(task: ScenarioTask): ScenarioGrid {
  const { ts, spot, shares, legs, spotMoves, volMoves, days } = task;
  const models = legs.map(({ terms }) => new LegModel(terms));
  const now = positionAt(task, models, spot, 0, ts);
  const pnl: number[][][] = [];
  const netDelta: number[][][] = [];
  const netGamma: number[][][] = [];
  for (const day of days) {
    const at = ts + day * DAY_MS;
    const earned = shares * paidBetween(legs, ts, at);
    const cells = volMoves.map((volMove) =>
      spotMoves.map((spotMove) => {
        const moved = spot * (1 + spotMove);
        const then = positionAt(task, models, moved, volMove, at);
        const gain = then.value - now.value + shares * (moved - spot) + earned;
        return { gain, delta: shares + then.delta, gamma: then.gamma };
      }),
    );
    pnl.push(cells.map((row) => row.map(({ gain }) => gain)));
    netDelta.push(cells.map((row) => row.map(({ delta }) => delta)));
    netGamma.push(cells.map((row) => row.map(({ gamma }) => gamma)));
  }
  return { pnl, netDelta, netGamma };
}

/** The legs alone. */
function positionAt(
  { legs }: ScenarioTask,
  models: readonly LegModel[],
  spot: number,
  volMove: number,
  ts: number,
): Position {
  const sum: Position = { value: 0, delta: 0, gamma: 0 };
  const greeks = emptyLegGreeks();
  for (const [index, { carry, sigma, size, terms }] of legs.entries()) {
    const model = models[index];
    if (model === undefined) continue;
    if (model.yearsAt(ts) <= 0) {
      const pays = terms.right === 'C' ? spot - terms.strike : terms.strike - spot;
      sum.value += size * Math.max(0, pays);
      sum.delta += pays > 0 ? size * (terms.right === 'C' ? 1 : -1) : 0;
      continue;
    }
    const refusal = model.fill(carry, ts, spot, Math.max(SIGMA_MIN, sigma + volMove), greeks);
    if (refusal !== null) {
      throw new Fault('invalid', `${terms.expiry} ${terms.strike} ${terms.right}: ${refusal}`);
    }
    sum.value += size * greeks.price;
    sum.delta += size * greeks.delta;
    sum.gamma += size * greeks.gamma;
  }
  return sum;
}

/** USD per share that the stock pays in between; every leg names the same dividends. */
function paidBetween(legs: readonly ScenarioLeg[], from: number, to: number): number {
  const dividends = legs[0]?.carry.dividends ?? [];
  return dividends
    .filter(({ exTs }) => exTs > from && exTs <= to)
    .reduce((sum, { amount }) => sum + amount, 0);
}
