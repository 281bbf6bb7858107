/**
 * The account of a run as the exchange has it: what it holds, what it is worth, and where the
 * profit came from. Marks are middles of two-sided quotes; a contract without one keeps its last
 * mark. Each interval ends where something was traded, so the parts add up to the change of worth.
 */

import {
  type Attribution,
  addAttribution,
  attribute,
  type IntervalTrade,
  type LegInterval,
  type LegState,
  NO_ATTRIBUTION,
} from '../domain/attribution.ts';
import { midOf } from '../domain/book-quotes.ts';
import { newYorkDate } from '../domain/calendar.ts';
import type { Contract } from '../domain/contract.ts';
import { type FinancingRates, financingOf, NO_FINANCING } from '../domain/financing.ts';
import type { DrivenExchange } from '../gateway/sim/exchange.ts';
import { continuationOf } from '../gateway/sim/recorded-split.ts';
import type { VenueEvent } from '../gateway/sim/venue.ts';
import type { CorporateActions } from '../store/dataset-manifest.ts';
import type { HeldOption } from './calibration.ts';
import { type LegTerms, readLegState } from './leg-state.ts';

export interface Holding {
  readonly contract: Contract;
  /** Signed. */
  readonly quantity: number;
}

export interface RunTrade {
  readonly ts: number;
  readonly contract: Contract;
  /** Signed: shares or contracts. */
  readonly quantity: number;
  readonly price: number;
  readonly commission: number;
  /** Placed by the engine; else by the rule that opens and closes options. */
  readonly own: boolean;
}

/** USD per share, by the first day without it. */
export type KnownDividend = CorporateActions['dividends'][number];

interface Moment {
  readonly ts: number;
  /** `YYYYMMDD`. */
  readonly quoteDay: string;
  readonly spot: number;
  readonly equity: number;
  /** With `accrued`: of financing since the first moment. */
  readonly cash: number;
  readonly accrued: number;
  readonly holdings: ReadonlyMap<number, Holding>;
  readonly marks: ReadonlyMap<number, number>;
  readonly states: ReadonlyMap<number, LegState>;
}

const YEAR_MS = 365 * 86_400_000;

export class RunAccount {
  readonly #exchange: DrivenExchange;
  readonly #account: string;
  readonly #underlying: number;
  readonly #rates: FinancingRates;
  readonly #dividends: readonly KnownDividend[];
  /** Of the newest quote of the underlying; before the open that is the day before. */
  #quoteDay = '';
  readonly #marks = new Map<number, number>();
  #holdings = new Map<number, Holding>();
  #cash: number;
  #trades: RunTrade[] = [];
  #moved = false;
  #dividend = 0;
  #delivered = 0;
  #last: Moment | null = null;
  /** Equity of the first moment: it is not the strategy's to earn interest on. */
  #began = 0;
  #attribution: Attribution = NO_ATTRIBUTION;

  /**
   * `underlying`: the contract id of the stock. `dividends`: those that options are priced with, so
   * that a stock which goes ex dividend is no move for them.
   */
  constructor(
    exchange: DrivenExchange,
    underlying: number,
    rates = NO_FINANCING,
    dividends: readonly KnownDividend[] = [],
  ) {
    this.#dividends = dividends;
    if (dividends.length > 0) {
      exchange.watch(underlying, ({ ts }) => {
        this.#quoteDay = newYorkDate(ts);
      });
    }
    this.#exchange = exchange;
    this.#rates = rates;
    this.#account = exchange.accounts[0] ?? '';
    this.#underlying = underlying;
    this.#cash = exchange.cash(this.#account);
    for (const { contract, quantity } of exchange.positions()) {
      this.#holdings.set(contract.conId, { contract, quantity });
    }
  }

  get holdings(): ReadonlyMap<number, Holding> {
    return this.#holdings;
  }

  /** With what financing has earned and cost. */
  get cash(): number {
    return this.#cash + (this.#last?.accrued ?? 0);
  }

  get attribution(): Attribution {
    return this.#attribution;
  }

  /** Of the last moment that was valued; NaN before the first. */
  get equity(): number {
    return this.#last?.equity ?? Number.NaN;
  }

  get spot(): number {
    return this.#last?.spot ?? Number.NaN;
  }

  /** What is held in options, with the volatility that each was last priced with. */
  options(): readonly HeldOption[] {
    return [...this.#holdings.values()].flatMap(({ contract, quantity }) => {
      const sigma = this.#last?.states.get(contract.conId)?.sigma ?? 0;
      return contract.secType === 'OPT' ? [{ contract, quantity, sigma }] : [];
    });
  }

  /** What a contract was last valued at, USD per share; 0 for what was never quoted. */
  markOf(conId: number): number {
    return this.#marks.get(conId) ?? 0;
  }

  /** Something was traded or delivered since the last moment. */
  get stirred(): boolean {
    return this.#trades.length > 0 || this.#moved;
  }

  /** The fill, where the event is one. */
  take(event: VenueEvent): RunTrade | null {
    if (event.type === 'position' || event.type === 'account') this.#moved = true;
    if (event.type !== 'execution') return null;
    const { contract, side, quantity, price, commission, ts, clientId } = event.execution;
    const signed = side === 'BUY' ? quantity : -quantity;
    const own = clientId !== 0;
    const trade = { ts, contract, quantity: signed, price, commission, own };
    this.#trades.push(trade);
    return trade;
  }

  /**
   * Each share has become `ratio`: the last moment is told in the terms of now, so that nothing was
   * gained by it. Fractions of a share were paid out at what they were worth. Tells which contract
   * took the place of which.
   */
  rebase(ratio: number): ReadonlyMap<number, number> {
    const last = this.#last;
    const places = new Map<number, number>();
    if (last === null) return places;
    this.#moved = false;
    this.#trades = [];
    this.#cash = this.#exchange.cash(this.#account);
    this.#holdings = new Map();
    const marks = new Map<number, number>();
    const states = new Map<number, LegState>();
    const held = this.#exchange.positions();
    for (const { contract, quantity } of held) {
      this.#holdings.set(contract.conId, { contract, quantity });
    }
    const options = held.flatMap(({ contract }) => (contract.secType === 'OPT' ? [contract] : []));
    for (const { contract } of last.holdings.values()) {
      if (contract.secType === 'STK') continue;
      const next = continuationOf(options, contract, ratio);
      const { conId } = next.contract;
      places.set(contract.conId, conId);
      const state = last.states.get(contract.conId);
      marks.set(conId, (last.marks.get(contract.conId) ?? 0) / next.factor);
      if (state !== undefined) states.set(conId, splitState(state, ratio, next.factor));
    }
    const spot = last.spot / ratio;
    marks.set(this.#underlying, spot);
    // A strike that stays quoted is another contract from now on.
    this.#marks.clear();
    for (const [conId, mark] of marks) this.#marks.set(conId, mark);
    const cash = this.#cash + last.accrued;
    this.#last = { ...last, spot, cash, holdings: this.#holdings, marks, states };
    return places;
  }

  /** Values everything at `ts` and attributes what changed since the last time. */
  value(ts: number, record: Float64Array | null, terms: LegTerms): Attribution | null {
    const before = this.#last;
    const trades = this.#trades;
    const financing = before === null ? 0 : this.#financing(before, ts);
    this.#book();
    const spot = this.#mark(this.#underlying);
    if (!(spot > 0)) {
      this.#trades = trades;
      return null;
    }
    const accrued = (before?.accrued ?? 0) + financing;
    const moment = this.#look({ ts, spot, accrued }, record, terms);
    if (moment === null) return null;
    this.#last = moment;
    this.#trades = [];
    if (before === null) {
      this.#began = moment.equity;
      return null;
    }
    const found = this.#attribute(before, moment, trades, financing);
    this.#attribution = addAttribution(this.#attribution, found);
    this.#dividend = 0;
    this.#delivered = 0;
    return found;
  }

  /** Brings holdings and cash to what the exchange says; what no trade explains is told apart. */
  #book(): void {
    if (!this.stirred) return;
    this.#moved = false;
    const expected = new Map(this.#holdings);
    let cash = this.#cash;
    for (const { contract, quantity, price, commission } of this.#trades) {
      const held = expected.get(contract.conId)?.quantity ?? 0;
      expected.set(contract.conId, { contract, quantity: held + quantity });
      cash -= quantity * price * multiplierOf(contract) + commission;
    }
    const held = new Map<number, Holding>();
    for (const { contract, quantity } of this.#exchange.positions()) {
      held.set(contract.conId, { contract, quantity });
    }
    const now = this.#exchange.cash(this.#account);
    const delivered = [...new Set([...expected.keys(), ...held.keys()])].filter(
      (conId) => (expected.get(conId)?.quantity ?? 0) !== (held.get(conId)?.quantity ?? 0),
    );
    let worth = now - cash;
    for (const conId of delivered) {
      const change = (held.get(conId)?.quantity ?? 0) - (expected.get(conId)?.quantity ?? 0);
      const contract = held.get(conId)?.contract ?? expected.get(conId)?.contract;
      if (contract !== undefined) worth += change * multiplierOf(contract) * this.#mark(conId);
    }
    // The sum of many trades rounds; nothing is paid in millionths.
    if (Math.abs(worth) < 1e-6) worth = 0;
    if (delivered.length > 0) this.#delivered += worth;
    else this.#dividend += worth;
    this.#holdings = held;
    this.#cash = now;
  }

  /** Middle of a two-sided quote, else the last one; 0 for what was never quoted. */
  #mark(conId: number): number {
    const quote = this.#exchange.quote(conId);
    const mid = quote === null ? Number.NaN : midOf(quote.bid, quote.ask);
    if (mid > 0) this.#marks.set(conId, mid);
    return this.#marks.get(conId) ?? 0;
  }

  #look(
    { ts, spot, accrued }: Pick<Moment, 'ts' | 'spot' | 'accrued'>,
    record: Float64Array | null,
    terms: LegTerms,
  ): Moment | null {
    const marks = new Map<number, number>([[this.#underlying, spot]]);
    const states = new Map<number, LegState>();
    const cash = this.#cash + accrued;
    let equity = cash;
    for (const [conId, { contract, quantity }] of this.#holdings) {
      const mark = this.#mark(conId);
      // Held from the start and not quoted yet: there is no worth to begin with.
      if (mark === 0 && this.#last === null) return null;
      marks.set(conId, mark);
      equity += quantity * multiplierOf(contract) * mark;
      if (contract.secType === 'OPT') {
        const at = { ...terms, ts, spot, mark };
        const before = this.#last?.states.get(conId) ?? null;
        states.set(conId, readLegState(record, contract, at, before));
      }
    }
    const quoteDay = this.#quoteDay;
    return { ts, quoteDay, spot, equity, cash, accrued, holdings: this.#holdings, marks, states };
  }

  /** From `before`, with the cash and the shares of then. */
  #financing(before: Moment, ts: number): number {
    const shares = [...before.holdings.values()].reduce(
      (sum, { contract, quantity }) => (contract.secType === 'STK' ? sum + quantity : sum),
      0,
    );
    const balance = before.cash - this.#began;
    const years = (ts - before.ts) / YEAR_MS;
    return financingOf(this.#rates, { balance, shares, spot: before.spot }, years);
  }

  /** USD per share that the underlying's price has lost between quotes of two days. */
  #exDividend(from: string, until: string): number {
    const gone = this.#dividends.filter(({ ex_date: day }) => day > from && day <= until);
    return gone.reduce((sum, { amount }) => sum + amount, 0);
  }

  #attribute(
    before: Moment,
    after: Moment,
    trades: readonly RunTrade[],
    financing: number,
  ): Attribution {
    const legs: LegInterval[] = [];
    let shares = 0;
    for (const [conId, { contract, quantity }] of before.holdings) {
      if (contract.secType === 'STK') shares += quantity;
      const start = before.states.get(conId);
      if (contract.secType === 'STK' || start === undefined) continue;
      // One that was closed since is not held any more, and its trade is set against this mark too.
      const mark = after.marks.get(conId) ?? (this.#mark(conId) || start.mark);
      const sigma = after.states.get(conId)?.sigma ?? start.sigma;
      const known = start.sigma > 0 && sigma > 0;
      const end = { mark, sigma: known ? sigma : start.sigma };
      legs.push({ quantity, multiplier: contract.multiplier, start, end });
    }
    const made = trades.map(({ contract, quantity, price }): IntervalTrade => {
      const size = quantity * multiplierOf(contract);
      const mid = after.marks.get(contract.conId) ?? this.#mark(contract.conId);
      const kind = contract.secType === 'STK' ? 'hedge' : 'option';
      return { quantity: size, cost: size * price, worth: size * mid, kind };
    });
    return attribute({
      years: (after.ts - before.ts) / YEAR_MS,
      spotStart: before.spot,
      spotEnd: after.spot,
      shares,
      legs,
      rateMove: 0,
      yieldMove: 0,
      exDividend: this.#exDividend(before.quoteDay, after.quoteDay),
      trades: made,
      cash: {
        financing,
        dividend: this.#dividend,
        commission: trades.reduce((sum, { commission }) => sum + commission, 0),
        exercise: this.#delivered,
      },
    });
  }
}

/** A dollar of spot is `ratio` times the move that it was; `factor` contracts stand for one. */
function splitState(state: LegState, ratio: number, factor: number): LegState {
  const { mark, delta, gamma, theta, vega, vanna, volga, rho, epsilon } = state;
  return {
    ...state,
    mark: mark / factor,
    delta: (delta * ratio) / factor,
    gamma: (gamma * ratio * ratio) / factor,
    theta: theta / factor,
    vega: vega / factor,
    vanna: (vanna * ratio) / factor,
    volga: volga / factor,
    rho: rho / factor,
    epsilon: epsilon / factor,
  };
}

/** Shares for one unit of a position. */
export function multiplierOf(contract: Contract): number {
  return contract.secType === 'OPT' ? contract.multiplier : 1;
}
