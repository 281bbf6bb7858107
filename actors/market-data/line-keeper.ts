/**
 * Which lines there are: those of the books, and beside them strikes for smiles, as far as the
 * account's lines go. Strikes are the first to be given up, also where the broker says that there
 * is no line left, and each book hears how many it has to go without.
 */

import { midOf } from '../../src/domain/book-quotes.ts';
import type { Contract } from '../../src/domain/contract.ts';
import { type ChainFailure, ChainFinder } from '../../src/gateway/ib/chain-finder.ts';
import type { IbClient } from '../../src/gateway/ib/client.ts';
import type { IbEvents } from '../../src/gateway/ib/ib-events.ts';
import type { MarketLine, MarketLines } from '../../src/gateway/ib/market-lines.ts';
import type { BookStrikes, PricingMessage, WatchedBook } from '../../src/protocol/market.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { placeStrikes, shareLines } from './line-budget.ts';
import { SmileWatch } from './smile-watch.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface LineKeeperPorts {
  readonly mono: Clock;
  readonly lines: MarketLines;
  readonly asked: Subscriptions;
  /** What the account may watch at once, unless `watch` says otherwise. */
  readonly limit: number;
  send(request: (api: IbClient) => void): boolean;
  /** Trading time, epoch ms. */
  now(): number;
  price(message: PricingMessage): void;
  /** The quote board has no line left for a contract of a book. */
  refused(contract: Contract): void;
  /** What the broker did not tell of its option chains; it is asked for again. */
  unanswered(failure: ChainFailure): void;
}

/** Codes of IB: no market-data line is left; no such contract. */
export const TOO_MANY_LINES = 101;
const NO_DEFINITION = 200;

export class LineKeeper {
  readonly #ports: LineKeeperPorts;
  readonly #chains: ChainFinder;
  readonly #smiles: SmileWatch;
  #books: readonly WatchedBook[] = [];
  #limit: number;
  /** Less than the limit where the broker has refused a line. */
  #budget: number;

  constructor(ports: LineKeeperPorts) {
    const { mono, asked, lines, now, send, limit } = ports;
    this.#ports = ports;
    this.#limit = limit;
    this.#budget = limit;
    this.#chains = new ChainFinder({
      ...{ clock: mono, nextId: () => asked.nextId(), send },
      failed: (failure) => ports.unanswered(failure),
    });
    const spotOf = (conId: number): number => {
      const quote = lines.quoteOf(conId);
      return quote === undefined ? Number.NaN : midOf(quote.bid, quote.ask);
    };
    const volatilityOf = (conId: number): number => lines.quoteOf(conId)?.ibIv ?? Number.NaN;
    this.#smiles = new SmileWatch({ chains: this.#chains, spotOf, volatilityOf, now });
  }

  /** What the connection tells of chains. */
  listeners(): Partial<IbEvents> {
    return {
      securityDefinitionOptionParameter: (id, _exchange, _conId, tradingClass, ...rest) => {
        const [, , strikes] = rest;
        this.#chains.parameters(id, tradingClass, strikes);
      },
      securityDefinitionOptionParameterEnd: (id) => this.#chains.parametersEnd(id),
      contractDetails: (id, details) => this.#chains.details(id, details),
      contractDetailsEnd: (id) => this.#chains.detailsEnd(id),
    };
  }

  watch(books: readonly WatchedBook[], limit = this.#limit): void {
    // What the broker refused stays refused: another share moves the budget by as much.
    this.#budget += limit - this.#limit;
    this.#limit = limit;
    this.#books = books;
    const expiries = books.flatMap(({ legs }) => legs.map(({ expiry }) => expiry));
    this.#chains.keep(new Set(expiries));
    this.#smiles.setBooks(books);
    this.#smiles.follow(true);
    this.#setLines((strikes) => {
      this.#ports.price({ type: 'watch', books, lines: this.#ports.lines.places(), strikes });
    });
  }

  /** Takes other strikes where the spot, or what was learnt of the chains, wants them. */
  follow(): void {
    if (this.#smiles.follow(this.#chains.takeNews())) this.#setStrikes();
  }

  linkUp(): void {
    this.#budget = this.#limit;
    this.#chains.linkUp();
  }

  drop(): void {
    this.#chains.drop();
  }

  /** An error whose id may be that of a request for a chain; true if it was taken. */
  error(id: number, code: number): boolean {
    return this.#chains.error(id, code);
  }

  /** The broker refused a line; true where no book has to do without. */
  lineRefused(line: MarketLine, code: number): boolean {
    if (code === TOO_MANY_LINES && this.#giveUpStrike(line)) return true;
    const { contract, slots } = line;
    if (slots.length > 0) return false;
    if (code === NO_DEFINITION && contract.secType === 'OPT') this.#chains.exclude(contract);
    return true;
  }

  /** Makes room for a line that was refused; false where no strike has one any more. */
  #giveUpStrike(refused: MarketLine): boolean {
    const { lines, asked } = this.#ports;
    const all = [...lines.all()];
    if (all.every(({ slots }) => slots.length > 0)) return false;
    this.#budget = Math.min(this.#budget, all.length) - 1;
    this.#setStrikes();
    // It may be the one that was given up.
    if ([...lines.all()].includes(refused)) asked.resubscribe(refused);
    return true;
  }

  #setStrikes(): void {
    this.#setLines((strikes) => {
      for (const one of strikes) this.#ports.price({ type: 'strikes', ...one });
    });
  }

  /** `tell` comes before the quotes of the lines. */
  #setLines(tell: (strikes: readonly BookStrikes[]) => void): void {
    const { lines, asked, refused } = this.#ports;
    const shares = shareLines(this.#books, this.#smiles.wanted, this.#budget);
    const contracts = [...shares.values()].flatMap((share) => share.contracts);
    const changes = lines.setBooks(this.#books, contracts);
    tell(placeStrikes(this.#smiles.slots, shares, lines));
    for (const line of changes.removed) asked.unsubscribe(line);
    for (const line of changes.added) asked.subscribe(line);
    const ofSmiles = new Set(contracts);
    for (const contract of changes.refused) {
      if (!(contract.secType === 'OPT' && ofSmiles.has(contract))) refused(contract);
    }
  }
}
