/**
 * Was volatility bought dear or cheap? Of each option position the volatility that its price
 * implied when it was entered stands beside the one that the underlying realised until it was left,
 * by the days to expiry at entry.
 *
 * Realised: the root of the sum of squared logarithmic returns between the looks at the account,
 * nights included, over the time of open sessions, annualised by 252 sessions of their own length.
 * A year of implied volatility is one of calendar days; over whole days the two clocks agree, and
 * within one session realised volatility lacks the night.
 */

import { dte } from '../domain/calendar.ts';
import type { OptionContract } from '../domain/contract.ts';
import { sessionsBetween } from './open-time.ts';

/** A position in options as it is held at a look. */
export interface HeldOption {
  readonly contract: OptionContract;
  /** Signed. */
  readonly quantity: number;
  /** Implied, annualised; 0 where it is not known. */
  readonly sigma: number;
}

export interface TenorCalibration {
  /** Calendar days to expiry at entry, both included. */
  readonly from_dte: number;
  readonly to_dte: number | null;
  readonly positions: number;
  /** Of all positions, weighed by contracts; annualised. */
  readonly implied: number;
  readonly realised: number;
  /** Realised over implied variance: above 1 gamma was cheap. */
  readonly ratio: number;
  /** Mean holding period, sessions. */
  readonly sessions: number;
}

interface Entry {
  readonly dte: number;
  readonly sigma: number;
  readonly sign: number;
  weight: number;
  squares: number;
  sessions: number;
}

const TENORS: readonly (readonly [from: number, to: number | null])[] = [
  [0, 7],
  [8, 20],
  [21, 35],
  [36, 60],
  [61, null],
];
const SESSIONS_PER_YEAR = 252;
/** Less says nothing: some minutes of one session. */
const SESSIONS_MIN = 1 / 390;

export class Calibration {
  readonly #open = new Map<number, Entry>();
  readonly #closed: Entry[] = [];
  #spot = Number.NaN;
  #ts = Number.NaN;

  /** A look at `ts`: what was held until now has seen the spot move to where it is. */
  look(ts: number, spot: number, held: readonly HeldOption[]): void {
    if (!(spot > 0)) return;
    const square = Math.log(spot / this.#spot) ** 2;
    const sessions = sessionsBetween(this.#ts, ts);
    if (Number.isFinite(square)) {
      for (const entry of this.#open.values()) {
        entry.squares += square;
        entry.sessions += sessions;
      }
    }
    this.#spot = spot;
    this.#ts = ts;
    const seen = new Set<number>();
    for (const one of held) if (this.#hold(one, ts)) seen.add(one.contract.conId);
    for (const [conId, entry] of this.#open) {
      if (seen.has(conId)) continue;
      this.#open.delete(conId);
      this.#closed.push(entry);
    }
  }

  /** Each share has become `ratio`, and contracts have others in their places. */
  split(ratio: number, places: ReadonlyMap<number, number>): void {
    this.#spot /= ratio;
    const open = [...this.#open];
    this.#open.clear();
    for (const [conId, entry] of open) this.#open.set(places.get(conId) ?? conId, entry);
  }

  /** By tenor; those without a position are left out. What is held still counts up to now. */
  summary(): readonly TenorCalibration[] {
    const entries = [...this.#closed, ...this.#open.values()].filter(
      ({ sessions }) => sessions >= SESSIONS_MIN,
    );
    return TENORS.flatMap(([from, to]) => {
      const own = entries.filter((one) => one.dte >= from && one.dte <= (to ?? Infinity));
      return own.length === 0 ? [] : [summaryOf(from, to, own)];
    });
  }

  /** False where it is not a position to measure: nothing, or of no known volatility yet. */
  #hold({ contract, quantity, sigma }: HeldOption, ts: number): boolean {
    const known = this.#open.get(contract.conId);
    const sign = Math.sign(quantity);
    if (known !== undefined && known.sign === sign) {
      known.weight = Math.max(known.weight, Math.abs(quantity));
      return true;
    }
    if (quantity === 0 || !(sigma > 0)) return false;
    // A position that was turned around is another one.
    if (known !== undefined) this.#closed.push(known);
    const days = dte(contract.expiry, ts);
    const fresh = { dte: days, sigma, sign, weight: Math.abs(quantity), squares: 0, sessions: 0 };
    this.#open.set(contract.conId, fresh);
    return true;
  }
}

function summaryOf(from: number, to: number | null, own: readonly Entry[]): TenorCalibration {
  const total = own.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (of: (entry: Entry) => number): number =>
    own.reduce((sum, entry) => sum + entry.weight * of(entry), 0) / total;
  const implied = mean(({ sigma }) => sigma ** 2);
  const realised = mean(({ squares, sessions }) => (squares / sessions) * SESSIONS_PER_YEAR);
  return {
    from_dte: from,
    to_dte: to,
    positions: own.length,
    implied: Math.sqrt(implied),
    realised: Math.sqrt(realised),
    ratio: realised / implied,
    sessions: mean(({ sessions }) => sessions),
  };
}
