/**
 * Which strikes of an expiry are watched for its smile: on either side of the money so many, puts
 * below it and calls above, spread over what the book's own strikes and an ordinary move take up.
 * What is near the money is quoted best; what lies far beyond says little of the legs, and is dear
 * for a line. They stand until the spot has passed two of them: moving to and fro over one strike
 * changes nothing.
 */

import assert from 'node:assert/strict';

export interface SmileStrike {
  readonly strike: number;
  /** Out of the money at the spot that it was chosen at. */
  readonly right: 'C' | 'P';
}

export interface StrikeChoice {
  readonly spot: number;
  /** Every strike that may be chosen. */
  readonly listed: readonly number[];
  /** What the book holds at this expiry, and so has a quote of anyway. */
  readonly held: readonly SmileStrike[];
  /** The most on each side. */
  readonly perSide: number;
  /** Annualised; a guess will do. */
  readonly volatility: number;
  readonly years: number;
}

/** Strikes further out than this many deviations are hardly quoted, also where one is held. */
const DEVIATIONS_MAX = 2.5;
/** So much further out than the furthest that is held: a fit is worst at its ends. */
const MARGIN = 1.25;
/** Of the logarithm: on the last day a deviation is less than the step between two strikes. */
const WIDTH_MIN = 0.01;
/** So many chosen strikes on the wrong side of the money, and others are chosen. */
const PASSED_MAX = 2;

/** From the money outward, the sides in turn. */
export function chooseStrikes(choice: StrikeChoice): readonly SmileStrike[] {
  const { spot, perSide } = choice;
  assert(spot > 0, 'strikes are chosen about a spot');
  const free = choice.listed.filter((strike) => !isHeld(choice, strike));
  const [below, above] = [free.filter((k) => k < spot), free.filter((k) => k >= spot)];
  const puts = spread(
    choice,
    below.sort((a, b) => b - a),
  );
  const calls = spread(
    choice,
    above.sort((a, b) => a - b),
  );
  return Array.from({ length: perSide }, (_, place) => {
    const [put, call] = [puts[place], calls[place]];
    return [
      ...(put === undefined ? [] : [{ strike: put, right: 'P' as const }]),
      ...(call === undefined ? [] : [{ strike: call, right: 'C' as const }]),
    ];
  }).flat();
}

/** Whether the spot has left the middle of what was chosen. */
export function isPassed(chosen: readonly SmileStrike[], spot: number): boolean {
  let passed = 0;
  for (const { strike, right } of chosen) if (strike >= spot !== (right === 'C')) passed += 1;
  return passed >= Math.min(PASSED_MAX, Math.max(1, Math.ceil(chosen.length / 2)));
}

function isHeld({ spot, held }: StrikeChoice, strike: number): boolean {
  const wanted = strike >= spot ? 'C' : 'P';
  return held.some((leg) => leg.strike === strike && leg.right === wanted);
}

/** Of one side, nearest first: those next to evenly spaced places, or all if they are few. */
function spread(choice: StrikeChoice, strikes: readonly number[]): readonly number[] {
  const { spot, perSide } = choice;
  if (strikes.length <= perSide) return strikes;
  const first = strikes[0] ?? spot;
  const width = widthOf(choice, first < spot);
  const left = new Set(strikes);
  for (let place = 0; place < perSide; place += 1) {
    const wanted = (width * (place + 0.5)) / Math.max(1, perSide - 0.5);
    let nearest = Number.NaN;
    let least = Number.POSITIVE_INFINITY;
    for (const strike of left) {
      const miss = Math.abs(Math.abs(Math.log(strike / spot)) - wanted);
      if (miss >= least) continue;
      least = miss;
      nearest = strike;
    }
    left.delete(nearest);
  }
  return strikes.filter((strike) => !left.has(strike));
}

function widthOf({ spot, held, volatility, years }: StrikeChoice, isBelow: boolean): number {
  const deviation = volatility * Math.sqrt(Math.max(0, years));
  const reach = held
    .map(({ strike }) => MARGIN * Math.log(strike / spot))
    .filter((x) => x < 0 === isBelow)
    .map(Math.abs);
  const furthest = Math.min(Math.max(0, ...reach), DEVIATIONS_MAX * deviation);
  return Math.max(WIDTH_MIN, deviation, furthest);
}
