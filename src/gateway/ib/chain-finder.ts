/**
 * The options that are listed on an underlying, as far as somebody wants to know them: the strikes
 * of its chain, by one request for all, then single contracts by their terms. A strike of the chain
 * need not be listed at each expiry: whether it is, the contract's own answer tells. A request that
 * nobody answered is made again after a while, each time a longer one, and is told of; with the
 * next list of books or connection it is made at once.
 */

import type { ContractDetails as IbContractDetails, OptionType } from '@stoqey/ib';
import { SecType } from '@stoqey/ib';
import type { OptionContract, Right, StockContract } from '../../domain/contract.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import type { IbClient, IbContract } from './client.ts';
import { toTerms } from './convert.ts';

/** An option as a chain names it. */
export interface OptionTerms {
  readonly underlying: StockContract;
  readonly tradingClass: string;
  readonly multiplier: number;
  readonly expiry: string;
  readonly strike: number;
  readonly right: Right;
}

export interface ChainFailure {
  /** In words. */
  readonly request: string;
  /** What it was refused with; null where nobody answered. */
  readonly code: number | null;
  readonly retryInMs: number;
  /** Nothing else has failed and is still to be answered. */
  readonly isFirst: boolean;
}

export interface ChainPorts {
  readonly clock: Clock;
  /** An id that no other request of the connection has. */
  nextId(): number;
  /** False where there is no connection that takes it. */
  send(request: (api: IbClient) => void): boolean;
  /** Told of each request that got no answer or a refusal; it is made again. */
  failed(failure: ChainFailure): void;
}

interface Request {
  readonly key: string;
  /** Null while it waits to be sent. */
  deadline: Timer | null;
  /** Null where the chain was asked for. */
  readonly terms: OptionTerms | null;
  readonly underlyingConId: number;
  found: OptionContract | null;
}

const DEADLINE_MS = 10_000;
/** Before what failed is asked for again; doubled with each failure, up to a quarter of an hour. */
const RETRY_MS_MIN = 15_000;
const RETRY_MS_MAX = 900_000;
/** Unanswered at once: those of a few expiries, and little of the connection's messages. */
const REQUESTS_MAX = 64;
/** No such contract. */
const NO_DEFINITION = 200;

export class ChainFinder {
  readonly #ports: ChainPorts;
  readonly #requests = new Map<number, Request>();
  /** Keys that were asked for: answered, under way, or failed. */
  readonly #asked = new Set<string>();
  /** Strikes by underlying and trading class. */
  readonly #strikes = new Map<number, Map<string, Set<number>>>();
  readonly #options = new Map<string, OptionContract | 'unlisted'>();
  /** By key: what failed and is asked for again when its time has come. */
  readonly #waiting = new Map<string, Timer>();
  /** Failures in a row, by key. */
  readonly #failures = new Map<string, number>();
  #hasNews = false;

  constructor(ports: ChainPorts) {
    this.#ports = ports;
  }

  /** Ascending; null while they are not known. */
  strikes(underlying: StockContract, tradingClass: string): readonly number[] | null {
    const known = this.#strikes.get(underlying.conId);
    if (known !== undefined) return [...(known.get(tradingClass) ?? [])].sort((a, b) => a - b);
    const { conId, symbol } = underlying;
    this.#ask(`${conId}`, null, conId, (api, id) => {
      api.reqSecDefOptParams(id, symbol, '', SecType.STK, conId);
    });
    return null;
  }

  /** Whether it is known not to be there; asks nobody. */
  isUnlisted(terms: OptionTerms): boolean {
    return this.#options.get(keyOf(terms)) === 'unlisted';
  }

  /** Null while it is not known. */
  option(terms: OptionTerms): OptionContract | 'unlisted' | null {
    const key = keyOf(terms);
    const known = this.#options.get(key);
    if (known !== undefined) return known;
    const query = queryOf(terms);
    this.#ask(key, terms, terms.underlying.conId, (api, id) => api.reqContractDetails(id, query));
    return null;
  }

  /** The broker gives no quotes of it: it is as good as not listed. */
  exclude(contract: OptionContract): void {
    for (const [key, known] of this.#options) {
      if (known === 'unlisted' || known.conId !== contract.conId) continue;
      this.#options.set(key, 'unlisted');
      this.#hasNews = true;
    }
  }

  /** Whether something was learnt since this was asked last. */
  takeNews(): boolean {
    const hasNews = this.#hasNews;
    this.#hasNews = false;
    return hasNews;
  }

  /** Only these expiries matter from now on, and what failed may be asked for again. */
  keep(expiries: ReadonlySet<string>): void {
    for (const key of this.#options.keys()) {
      if (!expiries.has(expiryOf(key))) this.#options.delete(key);
    }
    this.#tryAgain();
  }

  #tryAgain(): void {
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
    this.#failures.clear();
    const underWay = new Set([...this.#requests.values()].map(({ key }) => key));
    for (const key of this.#asked) if (!underWay.has(key)) this.#asked.delete(key);
  }

  /** A new connection, as after each night: chains have new strikes then. */
  linkUp(): void {
    this.#strikes.clear();
    for (const [key, known] of this.#options) if (known === 'unlisted') this.#options.delete(key);
    this.#tryAgain();
    this.#hasNews = true;
  }

  /** The connection is gone, and all that was asked on it: the next one asks anew. */
  drop(): void {
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
    for (const id of [...this.#requests.keys()]) this.#close(id);
  }

  parameters(id: number, tradingClass: string, strikes: readonly number[]): void {
    const request = this.#requests.get(id);
    if (request === undefined || request.terms !== null) return;
    // One message for each exchange: SMART may trade on any of them.
    const classes = this.#classesOf(request.underlyingConId);
    const known = classes.get(tradingClass) ?? new Set();
    for (const strike of strikes) if (strike > 0) known.add(strike);
    classes.set(tradingClass, known);
  }

  parametersEnd(id: number): void {
    const request = this.#close(id);
    if (request === undefined) return;
    // An underlying without options has a chain too, without a strike.
    this.#classesOf(request.underlyingConId);
    this.#failures.delete(request.key);
    this.#hasNews = true;
  }

  details(id: number, details: IbContractDetails): void {
    const request = this.#requests.get(id);
    const contract = toTerms(details)?.contract;
    if (request === undefined || request.terms === null || contract?.secType !== 'OPT') return;
    const { strike, right, tradingClass, multiplier } = request.terms;
    const isIt =
      contract.strike === strike &&
      contract.right === right &&
      contract.tradingClass === tradingClass &&
      contract.multiplier === multiplier;
    if (isIt) request.found = contract;
  }

  detailsEnd(id: number): void {
    const request = this.#close(id);
    if (request !== undefined) this.#know(request.key, request.found ?? 'unlisted');
  }

  /** An error whose id may be a request's; true if it was taken. */
  error(id: number, code: number): boolean {
    const request = this.#close(id);
    if (request === undefined) return false;
    if (code === NO_DEFINITION && request.terms !== null) this.#know(request.key, 'unlisted');
    else this.#failed(request, code);
    return true;
  }

  #know(key: string, option: OptionContract | 'unlisted'): void {
    this.#options.set(key, option);
    this.#failures.delete(key);
    this.#hasNews = true;
  }

  #classesOf(conId: number): Map<string, Set<number>> {
    const known = this.#strikes.get(conId) ?? new Map<string, Set<number>>();
    this.#strikes.set(conId, known);
    return known;
  }

  #ask(
    key: string,
    terms: OptionTerms | null,
    underlyingConId: number,
    request: (api: IbClient, id: number) => void,
  ): void {
    if (this.#asked.has(key) || this.#requests.size >= REQUESTS_MAX) return;
    const id = this.#ports.nextId();
    const asked: Request = { key, deadline: null, terms, underlyingConId, found: null };
    this.#requests.set(id, asked);
    const isTaken = this.#ports.send((api) => {
      if (this.#requests.get(id) !== asked) return;
      // From now: it may have waited for its turn.
      asked.deadline = this.#ports.clock.setTimer(DEADLINE_MS, () => {
        this.#close(id);
        this.#failed(asked, null);
      });
      request(api, id);
    });
    if (isTaken) this.#asked.add(key);
    else this.#requests.delete(id);
  }

  /** Whoever wants it still asks again, when the time of the timer has come. */
  #failed({ key, terms, underlyingConId }: Request, code: number | null): void {
    const isFirst = this.#failures.size === 0;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const retryInMs = Math.min(RETRY_MS_MIN * 2 ** Math.min(failures, 30), RETRY_MS_MAX);
    const timer = this.#ports.clock.setTimer(retryInMs, () => {
      this.#waiting.delete(key);
      this.#asked.delete(key);
      this.#hasNews = true;
    });
    this.#waiting.get(key)?.cancel();
    this.#waiting.set(key, timer);
    this.#ports.failed({ request: textOf(terms, underlyingConId), code, retryInMs, isFirst });
  }

  #close(id: number): Request | undefined {
    const request = this.#requests.get(id);
    request?.deadline?.cancel();
    this.#requests.delete(id);
    return request;
  }
}

function keyOf({ underlying, tradingClass, multiplier, expiry, strike, right }: OptionTerms) {
  return [expiry, underlying.conId, tradingClass, multiplier, strike, right].join('|');
}

function textOf(terms: OptionTerms | null, underlyingConId: number): string {
  if (terms === null) return `the option chain of contract ${underlyingConId}`;
  const { underlying, expiry, strike, right } = terms;
  return `the option ${underlying.symbol} ${expiry} ${strike} ${right}`;
}

function expiryOf(key: string): string {
  return key.split('|', 1)[0] ?? '';
}

function queryOf(terms: OptionTerms): IbContract {
  const { underlying, tradingClass, multiplier, expiry, strike, right } = terms;
  return {
    ...{ symbol: underlying.symbol, secType: SecType.OPT, exchange: 'SMART' },
    ...{ currency: underlying.currency, lastTradeDateOrContractMonth: expiry, strike },
    // The library's type of a right is an enumeration of these two letters.
    ...{ right: right as OptionType, multiplier, tradingClass },
  };
}
