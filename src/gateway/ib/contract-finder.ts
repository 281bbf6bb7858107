/**
 * Finds a contract's terms: its details, then the market rule that its prices obey. The rule comes
 * by a second request without a request id of its own, and is worth waiting for, but not for long:
 * the minimum tick of the details is a rule that always holds.
 */

import type { ContractDetails as IbContractDetails } from '@stoqey/ib';
import { SecType } from '@stoqey/ib';
import type { ContractTerms, PriceIncrement } from '../../domain/contract.ts';
import type { BrokerReport } from '../../protocol/broker.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import type { Connection } from './connection.ts';
import { marketRuleOf, toIncrements, toTerms } from './convert.ts';

const DETAILS_DEADLINE_MS = 10_000;
const RULE_DEADLINE_MS = 2000;

/** One for each book and leg that a daemon could ask for at its start. */
const SEARCHES_MAX = 4096;

/** Where a share listed in the United States is at home; the same ticker lives elsewhere too. */
const US_LISTINGS: ReadonlySet<string> = new Set([
  'NYSE',
  'NASDAQ',
  'ARCA',
  'AMEX',
  'BATS',
  'CBOE',
  'IEX',
  'PINK',
]);

interface Search {
  readonly symbol: string;
  readonly conId: number | null;
  readonly found: IbContractDetails[];
  readonly deadline: Timer;
}

interface RuleWait {
  readonly terms: ContractTerms[];
  readonly deadline: Timer;
}

export interface ContractFinderOptions {
  readonly clock: Clock;
  readonly nextRequestId: () => number;
  readonly cast: (report: BrokerReport) => void;
}

export class ContractFinder {
  readonly #options: ContractFinderOptions;
  readonly #searches = new Map<number, Search>();
  readonly #rules = new Map<number, readonly PriceIncrement[]>();
  readonly #waiting = new Map<number, RuleWait>();
  #connection: Connection | null = null;

  constructor(options: ContractFinderOptions) {
    this.#options = options;
  }

  linkUp(connection: Connection): void {
    this.#connection = connection;
  }

  linkDown(reason: string): void {
    this.#connection = null;
    for (const id of [...this.#searches.keys()]) this.#fail(id, reason);
    for (const id of [...this.#waiting.keys()]) this.#tellWaiting(id);
  }

  find(symbol: string, conId: number | null): void {
    const { clock, nextRequestId, cast } = this.#options;
    if (this.#connection === null || this.#searches.size >= SEARCHES_MAX) {
      const reason = this.#connection === null ? 'not connected' : 'too many searches at once';
      cast({ type: 'contract.failed', symbol, reason });
      return;
    }
    const id = nextRequestId();
    const deadline = clock.setTimer(DETAILS_DEADLINE_MS, () =>
      this.#fail(id, `no contract details within ${DETAILS_DEADLINE_MS} ms`),
    );
    this.#searches.set(id, { symbol, conId, found: [], deadline });
    // The id alone names a contract of any kind; a symbol needs everything that narrows it down.
    const query =
      conId === null
        ? { symbol, secType: SecType.STK, exchange: 'SMART', currency: 'USD' }
        : { conId, exchange: 'SMART' };
    const taken = this.#connection.send('request', (api) => api.reqContractDetails(id, query));
    if (!taken) this.#fail(id, 'not connected');
  }

  details(id: number, details: IbContractDetails): void {
    this.#searches.get(id)?.found.push(details);
  }

  detailsEnd(id: number): void {
    const search = this.#searches.get(id);
    if (search === undefined) return;
    const choice = choose(search);
    if (choice.kind === 'none') {
      this.#fail(id, choice.reason);
      return;
    }
    this.#close(id);
    this.#withRule(choice.terms, marketRuleOf(choice.details));
  }

  marketRule(id: number, raw: readonly unknown[]): void {
    const increments = toIncrements(raw);
    if (increments !== null) this.#rules.set(id, increments);
    this.#tellWaiting(id);
  }

  /** An error whose id may be a search's; true if it was taken. */
  error(id: number, code: number, message: string): boolean {
    if (!this.#searches.has(id)) return false;
    this.#fail(id, `${message} (${code})`);
    return true;
  }

  #withRule(terms: ContractTerms, rule: number | null): void {
    const known = rule === null ? terms.priceIncrements : this.#rules.get(rule);
    if (rule === null || known !== undefined) {
      this.#tell(terms, known);
      return;
    }
    const waiting = this.#waiting.get(rule);
    if (waiting !== undefined) {
      waiting.terms.push(terms);
      return;
    }
    const deadline = this.#options.clock.setTimer(RULE_DEADLINE_MS, () => this.#tellWaiting(rule));
    this.#waiting.set(rule, { terms: [terms], deadline });
    this.#connection?.send('request', (api) => api.reqMarketRule(rule));
  }

  #tellWaiting(rule: number): void {
    const waiting = this.#waiting.get(rule);
    if (waiting === undefined) return;
    waiting.deadline.cancel();
    this.#waiting.delete(rule);
    for (const terms of waiting.terms) this.#tell(terms, this.#rules.get(rule));
  }

  #tell(terms: ContractTerms, increments: readonly PriceIncrement[] | undefined): void {
    const priceIncrements = increments ?? terms.priceIncrements;
    this.#options.cast({ type: 'contract.terms', terms: { ...terms, priceIncrements } });
  }

  #fail(id: number, reason: string): void {
    const search = this.#searches.get(id);
    if (search === undefined) return;
    this.#close(id);
    this.#options.cast({ type: 'contract.failed', symbol: search.symbol, reason });
  }

  #close(id: number): void {
    this.#searches.get(id)?.deadline.cancel();
    this.#searches.delete(id);
  }
}

type Choice =
  | { readonly kind: 'one'; readonly details: IbContractDetails; readonly terms: ContractTerms }
  | { readonly kind: 'none'; readonly reason: string };

/** The contract that was meant, or why none can be named. A guess here trades the wrong one. */
function choose({ symbol, conId, found }: Search): Choice {
  const readable = found.flatMap((details) => {
    const terms = toTerms(details);
    return terms === null ? [] : [{ details, terms }];
  });
  if (conId !== null) {
    const exact = readable.find(({ terms }) => terms.contract.conId === conId);
    if (exact === undefined) return { kind: 'none', reason: `no contract has the id ${conId}` };
    const is = exact.terms.contract.symbol;
    if (is === symbol) return { kind: 'one', ...exact };
    return { kind: 'none', reason: `contract ${conId} is ${is}, not ${symbol}` };
  }
  const dollars = readable.filter(({ terms }) => terms.contract.currency === 'USD');
  const listed = dollars.filter(({ terms }) => listedInUs(terms));
  const [only, ...others] = listed.length > 0 ? listed : dollars;
  if (only === undefined) return { kind: 'none', reason: `no stock ${symbol} in USD was found` };
  if (others.length === 0) return { kind: 'one', ...only };
  const ids = [only, ...others].map(({ terms }) => terms.contract.conId).join(', ');
  return { kind: 'none', reason: `${symbol} is ambiguous: set con_id to one of ${ids}` };
}

function listedInUs({ contract }: ContractTerms): boolean {
  return contract.secType === 'STK' && US_LISTINGS.has(contract.primaryExchange);
}
