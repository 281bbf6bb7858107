/**
 * What a run holds: positions by name, or a rule that opens, rolls and re-centres a straddle or a
 * strangle. It trades on the exchange as an operator would by hand, with market orders: options are
 * bought at the ask and sold at the bid, and what has no quote on that side waits.
 */

import { midOf } from '../domain/book-quotes.ts';
import { dte, newYorkDate, tradingSession } from '../domain/calendar.ts';
import type { OptionContract, Right } from '../domain/contract.ts';
import { isAdjusted } from '../domain/legs.ts';
import { splitText } from '../domain/split-ratio.ts';
import type { DrivenExchange } from '../gateway/sim/exchange.ts';
import { impliedModel } from '../gateway/sim/option-model.ts';
import { continuationOf } from '../gateway/sim/recorded-split.ts';
import { yearsToExpiry } from '../pricing/time-to-expiry.ts';
import { type RunSplit, splitTonight } from './run-splits.ts';

export interface HoldingRule {
  readonly kind: 'straddle' | 'strangle';
  /** Contracts of each leg; negative is short. */
  readonly quantity: number;
  /** Calendar days to expiry of what is opened. */
  readonly dteMin: number;
  readonly dteMax: number;
  /** A strangle's legs have this absolute delta. */
  readonly delta: number;
  /** Minutes after the open before anything is traded: opening quotes are bad. */
  readonly afterOpenMin: number;
  /** Closed and opened anew at so many days to expiry; null: held until it ends. */
  readonly rollDte: number | null;
  /** Closed and opened anew when spot is so many percent from where it was; null: never. */
  readonly recentrePct: number | null;
}

/** Bought or sold at the market as soon as it is quoted. */
export interface WantedPosition {
  /** From this moment on `quantity` is what is held, epoch ms; absent: it is what is traded. */
  readonly at?: number;
  readonly expiry: string;
  readonly strike: number;
  readonly right: Right;
  readonly quantity: number;
}

export interface HoldingOptions {
  readonly splits: readonly RunSplit[];
  readonly exchange: DrivenExchange;
  readonly symbol: string;
  readonly underlying: number;
  readonly options: readonly OptionContract[];
  readonly rule: HoldingRule | null;
  readonly wanted: readonly WantedPosition[];
  readonly carry: { readonly rate: number; readonly dividend_yield: number };
  /** Something was decided, for the report. */
  readonly note: (ts: number, text: string) => void;
}

/** Between two looks at what is held as it should be. */
const REVIEW_MS = 60_000;

export class Holder {
  readonly #options: HoldingOptions;
  readonly #pending: WantedPosition[];
  readonly #listed: ReadonlySet<number>;
  /** What was bought or sold and may not be there yet, by contract: what is to be held of it. */
  readonly #wanted = new Map<number, number>();
  /** Options that had a quote by now, by contract: what is listed later is not known yet. */
  readonly #seen = new Set<number>();
  #centre = Number.NaN;
  #closing = false;
  /** What should be held is held. */
  #settled = false;
  #reviewedAt = Number.NEGATIVE_INFINITY;
  #waiting = '';

  constructor(options: HoldingOptions) {
    this.#options = options;
    this.#pending = [...options.wanted];
    this.#listed = new Set(options.options.map(({ conId }) => conId));
  }

  /** Why nothing is held that should be; empty where all is well. */
  get waiting(): string {
    return this.#waiting;
  }

  /** Looks at what is held at `ts`, and trades. */
  review(ts: number): void {
    // An hour of seconds has sixty moments at which a rule could want something else.
    if (this.#settled && ts - this.#reviewedAt < REVIEW_MS) return;
    this.#reviewedAt = ts;
    const session = tradingSession(newYorkDate(ts));
    const { rule, exchange, splits } = this.#options;
    const tonight = splitTonight(splits, ts);
    if (tonight !== null && this.#leave(ts, tonight)) return;
    const afterOpenMs = (rule?.afterOpenMin ?? 0) * 60_000;
    if (session === null || ts < session.open + afterOpenMs || ts >= session.close) return;
    if (this.#pending.length > 0) this.#openWanted(ts);
    this.#settled = rule === null && this.#pending.length === 0 && this.#wanted.size === 0;
    if (exchange.openOrders().some(({ orderRef }) => orderRef === '')) return;
    if (this.#wanted.size > 0 && !this.#closing) this.#complete(ts);
    if (rule === null) return;
    const held = this.#held();
    if (held.length === 0) {
      this.#open(ts, rule);
      return;
    }
    const why = this.#closing ? 'is being closed' : this.#leaveReason(ts, rule, held);
    this.#settled = why === null;
    if (why === null) return;
    if (!this.#closing) this.#options.note(ts, `closes: ${why}`);
    this.#closing = true;
    this.#wanted.clear();
    for (const { contract, quantity } of held) this.#trade(contract, -quantity);
    if (this.#held().length === 0) this.#open(ts, rule);
  }

  /** Each share has become `ratio`. */
  split(ratio: number): void {
    this.#centre /= ratio;
    // The contracts are others from now on.
    this.#wanted.clear();
  }

  /**
   * The engine hedges no option that delivers other than whole lots of shares, and what nobody
   * quotes can neither be hedged nor sold: that is closed while it still can be, and all of what a
   * rule has opened with it. True while it lasts.
   */
  #leave(ts: number, split: RunSplit): boolean {
    const { exchange, rule, note } = this.#options;
    if (exchange.openOrders().some(({ orderRef }) => orderRef === '')) return true;
    const held = this.#held();
    const ended = held.filter(({ contract }) => !this.#outlives(contract, split));
    if (ended.length === 0) return false;
    const left = rule === null ? ended : held;
    const names = left.map(({ contract }) => `${contract.strike}${contract.right}`).join(' ');
    this.#wanted.clear();
    note(ts, `closes ${names}: the shares split ${splitText(split.ratio)} on ${split.date}`);
    for (const { contract, quantity } of left) this.#trade(contract, -quantity);
    return true;
  }

  #outlives(option: OptionContract, { ratio }: RunSplit): boolean {
    return Number.isInteger(ratio) && continuationOf(this.#options.options, option, ratio).isListed;
  }

  /** Quoted now, or when it was looked at before. */
  #isKnown({ conId }: OptionContract): boolean {
    if (this.#seen.has(conId)) return true;
    const quote = this.#options.exchange.quote(conId);
    const isQuoted = quote !== null && (quote.bid > 0 || quote.ask > 0);
    if (isQuoted) this.#seen.add(conId);
    return isQuoted;
  }

  /** Quoted on both sides, and not to be sold tonight. */
  #isOpen(option: OptionContract, ts: number): boolean {
    const tonight = splitTonight(this.#options.splits, ts);
    return this.#isQuoted(option) && (tonight === null || this.#outlives(option, tonight));
  }

  /** Without what a split has left unquoted: nobody can trade that, and it is not waited for. */
  #held(): readonly { readonly contract: OptionContract; readonly quantity: number }[] {
    return this.#options.exchange.positions().flatMap(({ contract, quantity }) => {
      const isListed = contract.secType === 'OPT' && this.#listed.has(contract.conId);
      return isListed ? [{ contract, quantity }] : [];
    });
  }

  #leaveReason(
    ts: number,
    rule: HoldingRule,
    held: readonly { readonly contract: OptionContract }[],
  ): string | null {
    const { rollDte, recentrePct } = rule;
    const left = Math.min(...held.map(({ contract }) => dte(contract.expiry, ts)));
    if (held.some(({ contract }) => isAdjusted(contract))) return 'adjusted by a split';
    if (rollDte !== null && left <= rollDte) return `${left} days to expiry`;
    const move = 100 * Math.abs(this.#spot() / this.#centre - 1);
    if (recentrePct === null || !(move >= recentrePct)) return null;
    // Where strikes lie far apart the same ones may still be the nearest.
    const next = this.#choose(ts, rule);
    const isSame = (one: OptionContract): boolean =>
      held.some(({ contract }) => contract.conId === one.conId);
    // And what cannot be opened anew is better held where it is.
    if (typeof next === 'string' || next.every(isSame)) return null;
    return `spot is ${move.toFixed(1)} % from where it was opened`;
  }

  #open(ts: number, rule: HoldingRule): void {
    const legs = this.#choose(ts, rule);
    if (typeof legs === 'string') {
      if (legs !== this.#waiting) this.#options.note(ts, `cannot open: ${legs}`);
      this.#waiting = legs;
      return;
    }
    this.#waiting = '';
    this.#closing = false;
    this.#centre = this.#spot();
    for (const leg of legs) this.#buy(leg, rule.quantity);
    const names = legs.map(({ strike, right }) => `${strike}${right}`).join(' ');
    this.#options.note(ts, `opens ${rule.quantity} × ${names} ${legs[0]?.expiry ?? ''}`);
  }

  /** The legs to open now, or why there are none. */
  #choose(ts: number, rule: HoldingRule): readonly OptionContract[] | string {
    const spot = this.#spot();
    if (!(spot > 0)) return 'the underlying has no two-sided quote';
    const { dteMax, rollDte } = rule;
    // What would be closed again at once is not opened.
    const dteMin = rollDte === null ? rule.dteMin : Math.max(rule.dteMin, rollDte + 1);
    const listed = this.#options.options.filter((option) => {
      const left = dte(option.expiry, ts);
      // The engine hedges no adjusted contract, and another of its strike may stand beside it.
      return left >= dteMin && left <= dteMax && !isAdjusted(option);
    });
    if (listed.length === 0) return `no expiry within ${dteMin} to ${dteMax} days`;
    const known = listed.filter((option) => this.#isKnown(option));
    const quoted = known.filter((option) => this.#isOpen(option, ts));
    const middle = (dteMin + dteMax) / 2;
    const expiries = [...new Set(quoted.map(({ expiry }) => expiry))].sort(
      (a, b) => Math.abs(dte(a, ts) - middle) - Math.abs(dte(b, ts) - middle),
    );
    for (const expiry of expiries) {
      const chain = quoted.filter((option) => option.expiry === expiry);
      const near = nearestStrikes(known, expiry, spot);
      const legs =
        rule.kind === 'straddle' ? straddle(chain, near) : this.#strangle(chain, ts, rule);
      if (legs !== null) return legs;
    }
    return 'no pair of options near the money is quoted on both sides, or outlives a split tonight';
  }

  #strangle(
    chain: readonly OptionContract[],
    ts: number,
    { delta }: HoldingRule,
  ): readonly OptionContract[] | null {
    const nearest = (right: Right): OptionContract | null => {
      let best: OptionContract | null = null;
      let distance = Number.POSITIVE_INFINITY;
      for (const option of chain) {
        const off = Math.abs(Math.abs(this.#delta(option, ts)) - delta);
        if (option.right !== right || !(off < distance)) continue;
        best = option;
        distance = off;
      }
      return best;
    };
    const [put, call] = [nearest('P'), nearest('C')];
    return put === null || call === null ? null : [put, call];
  }

  #delta(option: OptionContract, ts: number): number {
    const quote = this.#options.exchange.quote(option.conId);
    if (quote === null) return Number.NaN;
    const { strike, right, expiry } = option;
    const terms = { strike, right, years: Math.max(0, yearsToExpiry(expiry, ts)) };
    const mid = midOf(quote.bid, quote.ask);
    return impliedModel(this.#options.carry, this.#spot(), terms, mid)?.delta ?? Number.NaN;
  }

  #openWanted(ts: number): void {
    const due = this.#pending.filter(({ at = ts }) => at <= ts);
    for (const wanted of due) {
      const option = this.#options.options.find(
        (one) =>
          one.expiry === wanted.expiry &&
          one.strike === wanted.strike &&
          one.right === wanted.right &&
          !isAdjusted(one),
      );
      if (option === undefined || !this.#isOpen(option, ts)) continue;
      this.#pending.splice(this.#pending.indexOf(wanted), 1);
      // What expired or was assigned meanwhile is not sold a second time.
      const quantity = wanted.quantity - (wanted.at === undefined ? 0 : this.#quantityOf(option));
      if (quantity === 0) continue;
      this.#buy(option, quantity);
      const { strike, right, expiry } = option;
      this.#options.note(ts, `trades ${quantity} × ${strike}${right} ${expiry}`);
    }
    const first = due.find((one) => this.#pending.includes(one));
    this.#waiting =
      first === undefined ? '' : `${first.expiry} ${first.strike}${first.right} has no quote`;
  }

  /** An order ends with its day: what it left is bought on the next, at the prices of then. */
  #complete(ts: number): void {
    for (const option of this.#options.options) {
      const wanted = this.#wanted.get(option.conId);
      if (wanted === undefined) continue;
      const missing = wanted - this.#quantityOf(option);
      // Once it is all there, whatever else happens to it is meant.
      const isDone = missing === 0 || dte(option.expiry, ts) < 0;
      if (isDone) this.#wanted.delete(option.conId);
      else if (this.#isOpen(option, ts)) this.#trade(option, missing);
    }
  }

  /** Signed; what is not there at the end of the day is completed. */
  #buy(option: OptionContract, quantity: number): void {
    this.#wanted.set(option.conId, this.#quantityOf(option) + quantity);
    this.#trade(option, quantity);
  }

  #quantityOf({ conId }: OptionContract): number {
    return this.#held().find(({ contract }) => contract.conId === conId)?.quantity ?? 0;
  }

  #isQuoted({ conId }: OptionContract): boolean {
    const quote = this.#options.exchange.quote(conId);
    return quote !== null && quote.bid > 0 && quote.ask >= quote.bid;
  }

  #spot(): number {
    const quote = this.#options.exchange.quote(this.#options.underlying);
    return quote === null ? Number.NaN : midOf(quote.bid, quote.ask);
  }

  #trade({ conId }: OptionContract, quantity: number): void {
    if (quantity === 0) return;
    const side = quantity > 0 ? 'BUY' : 'SELL';
    this.#options.exchange.trade({ what: { conId }, side, quantity: Math.abs(quantity) });
  }
}

/** Farther from spot a straddle is none, and is not opened because nothing nearer has a quote. */
const STRIKES_NEAR = 3;

/** Of those that are known, the nearest to spot first. */
function nearestStrikes(
  known: readonly OptionContract[],
  expiry: string,
  spot: number,
): readonly number[] {
  const own = known.filter((option) => option.expiry === expiry);
  return [...new Set(own.map(({ strike }) => strike))]
    .sort((a, b) => Math.abs(a - spot) - Math.abs(b - spot) || a - b)
    .slice(0, STRIKES_NEAR);
}

/** The first of these strikes of which both options are quoted. */
function straddle(
  chain: readonly OptionContract[],
  strikes: readonly number[],
): readonly OptionContract[] | null {
  for (const strike of strikes) {
    const put = chain.find((option) => option.strike === strike && option.right === 'P');
    const call = chain.find((option) => option.strike === strike && option.right === 'C');
    if (put !== undefined && call !== undefined) return [put, call];
  }
  return null;
}
