/**
 * How the price of one stock moves: it diffuses and jumps, its volatility returns to a mean and has
 * shocks of its own, livelier near the open and the close; a move too far halts trading. All that
 * is random is drawn from the stock's own stream, and nothing is drawn that the scenario does not
 * ask for.
 *
 * Volatility is the exponential of an Ornstein–Uhlenbeck process (Scott, "Option pricing when the
 * variance changes randomly", J. Financial and Quantitative Analysis 22, 1987), shifted so that its
 * mean square is the scenario's. Steps are open time: a night is none.
 */

import { sessionState } from '../../domain/calendar.ts';
import type { Random } from '../../runtime/random.ts';
import type { ScenarioUnderlying } from './scenario.ts';

export interface PriceState {
  /** USD, unrounded. */
  price: number;
  /** Recent variance over that of the scenario's volatility; 1 is calm. */
  heat: number;
  /** Volatility over the scenario's own. */
  level: number;
  /** Where the price is pulled back to, USD. */
  anchor: number;
  /** The mean price of the last minutes, against which a move is too far, USD. */
  reference: number;
  /** Trading is halted until then, epoch ms. */
  haltedUntil: number;
}

/** A year of open time: 252 sessions of six and a half hours. */
const OPEN_YEAR_MS = 252 * 6.5 * 3_600_000;
const OPEN_HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Time in which a jump's effect on the spread halves. */
const HEAT_HALF_LIFE_MS = 5000;
const HEAT_MAX = 36;
export const PRICE_MIN = 0.05;
/** Of the reference that a move is measured from, as in the limit-up-limit-down rule. */
const REFERENCE_MS = 5 * MINUTE_MS;
/** Volatility stays between a twentieth and twenty times its own. */
const LEVEL_MAX = 20;

type Model = ScenarioUnderlying['model'];

/** One step of so many ms that ends at `ts`. */
export function stepPrice(
  state: PriceState,
  model: Model,
  random: Random,
  ts: number,
  tickMs: number,
): void {
  const years = tickMs / OPEN_YEAR_MS;
  const calm = model.volatility * busynessOf(model, ts) * Math.sqrt(years);
  const deviation = calm * state.level;
  const shock = random.normal();
  const variance = (model.volatility * state.level) ** 2;
  let move = (model.drift - variance / 2) * years + deviation * shock;
  const jumps = random.next() < (model.jumps_per_hour * tickMs) / OPEN_HOUR_MS;
  if (jumps) move += (model.jump_pct / 100) * random.normal();
  if (model.reversion_min !== null) {
    const pull = (Math.LN2 * tickMs) / (model.reversion_min * MINUTE_MS);
    move += pull * Math.log(state.anchor / state.price);
  }
  state.price = Math.max(PRICE_MIN, state.price * Math.exp(move));
  if (model.vol_of_vol > 0) stepLevel(state, model, random, shock, tickMs);

  const keep = 0.5 ** (tickMs / HEAT_HALF_LIFE_MS);
  const surprise = calm > 0 ? (move / calm) ** 2 : 1;
  state.heat = Math.min(HEAT_MAX, keep * state.heat + (1 - keep) * surprise);
  if (model.halt_pct !== null) haltWhereFar(state, model.halt_pct, model.halt_min, ts, tickMs);
}

/** A night's jump of the price, where there are gaps. */
export function gapOvernight(state: PriceState, model: Model, random: Random): void {
  const { gap_pct: gap } = model;
  if (gap > 0) state.price *= Math.exp((gap / 100) * random.normal());
  // What a night brought is no move of the session.
  state.reference = state.price;
}

/** How lively a moment of the session is: 1 on average, 1.4 at its ends, 0.8 in its middle. */
export function busynessOf(model: Pick<Model, 'intraday'>, ts: number): number {
  if (model.intraday !== 'smile') return 1;
  const { session } = sessionState(ts);
  if (session === null) return 1;
  const share = Math.min(1, Math.max(0, (ts - session.open) / (session.close - session.open)));
  return 0.8 + 0.6 * (2 * share - 1) ** 2;
}

/** The variance that the logarithm of volatility has in the long run. */
function longVariance(model: Model): number {
  const halfLife = (model.vol_half_life_h * OPEN_HOUR_MS) / OPEN_YEAR_MS;
  return (model.vol_of_vol ** 2 * halfLife) / (2 * Math.LN2);
}

function stepLevel(
  state: PriceState,
  model: Model,
  random: Random,
  shock: number,
  tickMs: number,
): void {
  const { vol_of_vol: ofVol, vol_spot_correlation: correlation } = model;
  const own = Math.sqrt(1 - correlation ** 2) * random.normal();
  // The shift makes the mean of the level's square one.
  const shift = longVariance(model);
  const pull = (Math.LN2 * tickMs) / (model.vol_half_life_h * OPEN_HOUR_MS);
  const before = Math.log(state.level) + shift;
  const diffusion = ofVol * Math.sqrt(tickMs / OPEN_YEAR_MS) * (correlation * shock + own);
  const level = Math.exp(before * (1 - pull) + diffusion - shift);
  state.level = Math.min(LEVEL_MAX, Math.max(1 / LEVEL_MAX, level));
}

/** The price behind a halt goes on, so that trading resumes where the news has led. */
function haltWhereFar(
  state: PriceState,
  pct: number,
  minutes: number,
  ts: number,
  tickMs: number,
): void {
  if (ts < state.haltedUntil) {
    state.reference = state.price;
    return;
  }
  if (Math.abs(state.price / state.reference - 1) * 100 > pct) {
    state.haltedUntil = ts + minutes * MINUTE_MS;
    state.reference = state.price;
    return;
  }
  state.reference += (state.price - state.reference) * Math.min(1, tickMs / REFERENCE_MS);
}
