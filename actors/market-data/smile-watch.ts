/**
 * Which options beside the legs are watched, so that an expiry's smile has strikes enough to find a
 * bad quote out: of each expiry that a book holds some on either side of the money, chosen when the
 * spot is known, and again when it has passed two of them, when the book's own strikes there are
 * others, or when one turns out not to be listed. Nothing here is ever traded, held or priced.
 */

import type { OptionContract } from '../../src/domain/contract.ts';
import type { ChainFinder, OptionTerms } from '../../src/gateway/ib/chain-finder.ts';
import { MAX_LEGS } from '../../src/limits.ts';
import { chooseStrikes, isPassed, type SmileStrike } from '../../src/pricing/smile-strikes.ts';
import { yearsToExpiry } from '../../src/pricing/time-to-expiry.ts';
import type { WatchedBook } from '../../src/protocol/market.ts';

/** What is known of listed options. */
export type Chains = Pick<ChainFinder, 'strikes' | 'option' | 'isUnlisted'>;

export interface SmilePorts {
  readonly chains: Chains;
  /** The underlying's mid, NaN where there is none. */
  spotOf(conId: number): number;
  /** What the broker's model says of an option, NaN where it says nothing. */
  volatilityOf(conId: number): number;
  /** Trading time, epoch ms; NaN before it is known. */
  now(): number;
}

/** An option that a book's smile wants watched. */
export interface WantedStrike {
  readonly slot: number;
  readonly contract: OptionContract;
}

/** One expiry of one book. */
interface Plan {
  readonly book: WatchedBook;
  readonly leg: OptionContract;
  readonly held: readonly OptionContract[];
  chosen: readonly SmileStrike[];
  /** Chosen by the volatility of the settings: the broker had told none yet. */
  isGuess: boolean;
}

export class SmileWatch {
  readonly #ports: SmilePorts;
  #plans: readonly Plan[] = [];
  #wanted: readonly WantedStrike[] = [];

  constructor(ports: SmilePorts) {
    this.#ports = ports;
  }

  /** Books whose smiles have strikes of their own, by slot. */
  get slots(): readonly number[] {
    return [...new Set(this.#plans.map(({ book }) => book.slot))];
  }

  /** From the money outward, all expiries in turn: who has to go without has the last ones. */
  get wanted(): readonly WantedStrike[] {
    return this.#wanted;
  }

  /** What stays as it was keeps its strikes. */
  setBooks(books: readonly WatchedBook[]): void {
    const before = new Map(this.#plans.map((plan) => [keyOf(plan), plan]));
    this.#plans = books.filter(hasStrikes).flatMap(plansOf);
    for (const plan of this.#plans) {
      const { chosen = [], isGuess = true } = before.get(keyOf(plan)) ?? {};
      plan.chosen = chosen;
      plan.isGuess = isGuess;
    }
    this.#wanted = this.#collect();
  }

  /**
   * Follows the spot and, with `news`, what was learnt of the chains; true where other strikes are
   * wanted than before.
   */
  follow(news: boolean): boolean {
    let hasChanged = news;
    for (const plan of this.#plans) {
      if (this.#isDue(plan, news) && this.#choose(plan)) hasChanged = true;
    }
    if (!hasChanged) return false;
    const before = this.#wanted;
    this.#wanted = this.#collect();
    return !isSame(before, this.#wanted);
  }

  #isDue(plan: Plan, news: boolean): boolean {
    const spot = this.#ports.spotOf(plan.book.underlying.conId);
    if (!(spot > 0) || !(this.#ports.now() > 0)) return false;
    if (plan.chosen.length === 0 || isPassed(plan.chosen, spot)) return true;
    if (plan.isGuess && this.#volatilityOf(plan) > 0) return true;
    const { chains } = this.#ports;
    return news && plan.chosen.some((strike) => chains.isUnlisted(termsOf(plan, strike)));
  }

  /** True: there is something to collect. */
  #choose(plan: Plan): boolean {
    const { chains, spotOf, now } = this.#ports;
    const { underlying, greeks } = plan.book;
    const strikes = chains.strikes(underlying, plan.leg.tradingClass);
    const spot = spotOf(underlying.conId);
    const years = yearsToExpiry(plan.leg.expiry, now());
    if (strikes === null || years <= 0) return false;
    const listed = strikes.filter((strike) => {
      const right = strike >= spot ? 'C' : 'P';
      return !chains.isUnlisted(termsOf(plan, { strike, right }));
    });
    const told = this.#volatilityOf(plan);
    plan.isGuess = Number.isNaN(told);
    plan.chosen = chooseStrikes({
      ...{ spot, listed, held: plan.held, years },
      ...{ perSide: greeks.smile_strikes, volatility: plan.isGuess ? greeks.volatility : told },
    });
    return true;
  }

  /** The lowest that the broker tells of what is held: the wings of a smile are higher. */
  #volatilityOf({ held }: Plan): number {
    const told = held.map(({ conId }) => this.#ports.volatilityOf(conId));
    const known = told.filter((volatility) => volatility > 0);
    return known.length === 0 ? Number.NaN : Math.min(...known);
  }

  #collect(): readonly WantedStrike[] {
    const queues = this.#plans.map((plan) => this.#contractsOf(plan));
    const longest = Math.max(0, ...queues.map(({ length }) => length));
    const wanted: WantedStrike[] = [];
    for (let place = 0; place < longest; place += 1) {
      for (const [index, { book }] of this.#plans.entries()) {
        const contract = queues[index]?.[place];
        if (contract !== undefined) wanted.push({ slot: book.slot, contract });
      }
    }
    return wanted;
  }

  /** Those that are known by now; the others are asked for. */
  #contractsOf(plan: Plan): readonly OptionContract[] {
    const own = new Set(plan.book.legs.map(({ conId }) => conId));
    return plan.chosen
      .map((strike) => this.#ports.chains.option(termsOf(plan, strike)))
      .filter((option) => option !== null && option !== 'unlisted')
      .filter(({ conId }) => !own.has(conId));
  }
}

/** Strikes that a book of so many legs has places for on the board. */
export function strikesMax({ legs }: WatchedBook): number {
  return MAX_LEGS - legs.length;
}

function hasStrikes({ greeks }: WatchedBook): boolean {
  const usesSmile = greeks.vol_source === 'smile' || greeks.delta_mode === 'sticky_strike';
  return usesSmile && greeks.smile_strikes > 0;
}

function plansOf(book: WatchedBook): readonly Plan[] {
  const expiries = new Map<string, OptionContract[]>();
  for (const leg of book.legs) {
    const key = `${leg.expiry}|${leg.tradingClass}|${leg.multiplier}`;
    expiries.set(key, [...(expiries.get(key) ?? []), leg]);
  }
  return [...expiries.values()].flatMap((legs) => {
    const [leg] = legs;
    if (leg === undefined) return [];
    return [{ book, leg, held: legs, chosen: [], isGuess: true }];
  });
}

/** Everything that a choice hangs on but the spot and the time. */
function keyOf({ book, leg, held }: Plan): string {
  const { greeks, slot, underlying } = book;
  const chain = [slot, underlying.conId, leg.tradingClass, leg.multiplier, leg.expiry];
  const own = held.map(({ strike, right }) => `${strike}${right}`).sort();
  return [...chain, greeks.smile_strikes, ...own].join('|');
}

function termsOf({ book, leg }: Plan, { strike, right }: SmileStrike): OptionTerms {
  const { tradingClass, multiplier, expiry } = leg;
  return { underlying: book.underlying, tradingClass, multiplier, expiry, strike, right };
}

function isSame(a: readonly WantedStrike[], b: readonly WantedStrike[]): boolean {
  const isEqual = ({ slot, contract }: WantedStrike, index: number): boolean =>
    slot === b[index]?.slot && contract.conId === b[index]?.contract.conId;
  return a.length === b.length && a.every(isEqual);
}
