/**
 * What a book did in a day of its session, in numbers that can be compared with those of another
 * book of the same quotes. It looks at each turn after it was taken, and changes nothing.
 */

import type { Book } from '../../../actors/book.ts';
import { type Attribution, addAttribution, NO_ATTRIBUTION } from '../../domain/attribution.ts';
import { newYorkDate } from '../../domain/calendar.ts';
import type { Fact } from '../../protocol/facts.ts';
import type { ShadowRow } from '../../protocol/shadows.ts';
import type { TurnRecord } from '../../runtime/turn.ts';

export type TalliedTurn = Pick<TurnRecord, 'kind' | 'to' | 'at' | 'facts'>;

type Who = Pick<ShadowRow, 'symbol' | 'name' | 'session'>;

export class Tally {
  readonly #who: Who;
  #day = '';
  #since = Number.NaN;
  #until = Number.NaN;
  #account = '';
  #evaluations = 0;
  #sum = 0;
  #squares = 0;
  #most = 0;
  #hedges = 0;
  #orders = 0;
  #shares = 0;
  #split: Attribution = NO_ATTRIBUTION;
  #owned = 0;
  #netDelta: number | null = null;
  #state = '';

  constructor(who: Who) {
    this.#who = who;
  }

  /** After a turn of the book; returns the row of the day before where another has begun. */
  take(record: TalliedTurn, book: Book): ShadowRow | null {
    const ended = this.#begin(record.at.trading);
    for (const fact of record.facts as readonly Fact[]) this.#fact(fact);
    if (record.kind === 'evaluation' && record.to === book.id) {
      this.#evaluation(book.assessment()?.netDelta ?? Number.NaN, record.at.trading);
    }
    this.#state = String(book.machines().trading.value);
    this.#owned = book.owned();
    return ended;
  }

  /** Of the day so far; null before its first evaluation. */
  row(): ShadowRow | null {
    if (this.#evaluations === 0) return null;
    return {
      ...this.#who,
      account: this.#account,
      day: this.#day,
      since: this.#since,
      until: this.#until,
      evaluations: this.#evaluations,
      errorMean: this.#sum / this.#evaluations,
      errorSquare: this.#squares / this.#evaluations,
      errorMost: this.#most,
      hedges: this.#hedges,
      orders: this.#orders,
      shares: this.#shares,
      owned: this.#owned,
      netDelta: this.#netDelta,
      tradingState: this.#state,
      split: this.#split,
    };
  }

  #evaluation(netDelta: number, at: number): void {
    if (!Number.isFinite(netDelta)) return;
    if (this.#evaluations === 0) this.#since = at;
    this.#until = at;
    this.#evaluations += 1;
    this.#sum += netDelta;
    this.#squares += netDelta * netDelta;
    this.#most = Math.max(this.#most, Math.abs(netDelta));
    this.#netDelta = netDelta;
  }

  #fact(fact: Fact): void {
    switch (fact.fact) {
      case 'intent':
        if (fact.outcome !== null && fact.filled > 0) this.#hedges += 1;
        break;
      case 'execution':
        this.#shares += fact.execution.quantity;
        break;
      case 'operation':
        if (fact.type === 'order_sent') this.#orders += 1;
        break;
      case 'attribution':
        this.#split = addAttribution(this.#split, fact.split);
        break;
      case 'status':
        this.#account = fact.account;
        break;
      default:
        break;
    }
  }

  #begin(trading: number): ShadowRow | null {
    if (!Number.isFinite(trading)) return null;
    const day = newYorkDate(trading);
    if (day === this.#day) return null;
    const ended = this.row();
    this.#day = day;
    this.#evaluations = 0;
    this.#sum = 0;
    this.#squares = 0;
    this.#most = 0;
    this.#hedges = 0;
    this.#orders = 0;
    this.#shares = 0;
    this.#split = NO_ATTRIBUTION;
    return ended;
  }
}
