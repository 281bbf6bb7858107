/**
 * What a policy is given and gives, in the units all of them share. A position of options has a
 * delta D; a hedge of h shares leaves D + h. A policy names the interval around D within which −h
 * may lie: the hedge need not follow the delta exactly, because following costs money.
 *
 * Delta and gamma are of the whole position, in shares and shares per dollar: not per option.
 * Utility is exponential, and `riskAversion` is its absolute coefficient per dollar: ten times the
 * position at the same aversion is not the same problem.
 */

/** The option position. */
export interface OptionPosition {
  /** Shares; signed. */
  readonly delta: number;
  /** Shares per dollar; positive where the options are held, negative where they are written. */
  readonly gamma: number;
}

export interface PolicyMarket {
  /** USD per share. */
  readonly spot: number;
  /** To expiry, in years. */
  readonly years: number;
  /** Continuously compounded, per year. */
  readonly rate: number;
  /** Annualised. */
  readonly sigma: number;
}

export interface Aversion {
  /** One way, as a part of the value traded: half a spread of 2 cents on $100 is 0.0001. */
  readonly cost: number;
  /** Absolute, per dollar; positive. */
  readonly riskAversion: number;
}

/** Shares; a hedge outside `low` to `high` is brought to the nearest point of the target. */
export interface PolicyBand {
  readonly low: number;
  readonly high: number;
  readonly targetLow: number;
  readonly targetHigh: number;
}

/** Trade to the nearest edge: inside the band a trade costs more than the risk it removes. */
export function bandToEdge(center: number, halfWidth: number): PolicyBand {
  const low = center - halfWidth;
  const high = center + halfWidth;
  return { low, high, targetLow: low, targetHigh: high };
}

/** Trade to the centre: where each trade has a fixed cost, few and large ones are cheaper. */
export function bandToCenter(center: number, halfWidth: number): PolicyBand {
  const low = center - halfWidth;
  return { low, high: center + halfWidth, targetLow: center, targetHigh: center };
}
