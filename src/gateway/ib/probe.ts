/**
 * Asks a TWS or IB Gateway, once, what a daemon would find there: who is logged in, how its clock
 * stands, and of each book whether the contract is known, quotes are live, and an order would be
 * taken. Nothing is traded: an order is asked about as a what-if, which TWS prices and never works.
 */

import type { StockContract } from '../../domain/contract.ts';
import type { BrokerReport } from '../../protocol/broker.ts';
import type { Clock, Timer, WallClock } from '../../runtime/clock.ts';
import type { CreateClient } from './client.ts';
import { type Connection, openConnection, type ReadyLink } from './connection.ts';
import { ContractFinder } from './contract-finder.ts';
import { fromContract } from './convert.ts';
import type { IbEvents } from './ib-events.ts';
import { OrderTests } from './order-test.ts';
import { isDelayedTick } from './ticks.ts';

export interface ProbeOptions {
  readonly host: string;
  readonly port: number;
  /** Of nobody else: a daemon that runs keeps its own. */
  readonly clientId: number;
  readonly connectTimeoutMs: number;
  /** How long answers are waited for once the connection stands. */
  readonly answersMs: number;
  readonly books: readonly {
    readonly symbol: string;
    readonly conId: number | null;
    readonly account: string | null;
  }[];
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly createClient: CreateClient;
}

export interface ProbedBook {
  readonly symbol: string;
  readonly contract: { readonly conId: number; readonly exchange: string } | null;
  /** Why there is no contract. */
  readonly problem: string | null;
  readonly data: 'live' | 'frozen' | 'delayed' | 'refused' | 'silent';
  /** What the broker said of the data, where it refused them. */
  readonly dataReason: string | null;
  readonly orders: 'taken' | 'refused' | 'no_answer';
  readonly orderReason: string | null;
}

export type Probed =
  | { readonly kind: 'failed'; readonly code: number; readonly reason: string }
  | {
      readonly kind: 'up';
      readonly serverVersion: number;
      readonly accounts: readonly string[];
      /** How far the broker's clock is ahead of ours, within a second; null: it told no time. */
      readonly aheadMs: number | null;
      readonly books: readonly ProbedBook[];
    };

/** Requests have ids far from those of orders. */
const REQUEST_ID_MIN = 900_000_000;
const RATES = { messagesPerSecond: 45, reservedForOrders: 0 };
const HEARTBEAT_MS = 5000;
const REALTIME = 1;
/** Bid, ask and last, live; the delayed feed has numbers of its own. */
const PRICES: ReadonlySet<number> = new Set([1, 2, 4]);
const FEEDS = ['live', 'frozen', 'delayed', 'delayed'] as const;

/** Connects, asks, and hangs up. Never rejects for what the other side says or does not say. */
export function probeGateway(options: ProbeOptions): Promise<Probed> {
  return new Promise((resolve) => new Probe(options, resolve).open());
}

interface Asked {
  readonly account: string | null;
  readonly book: { -readonly [K in keyof ProbedBook]: ProbedBook[K] };
  ticket: number | null;
  feed: 'live' | 'frozen' | 'delayed';
}

class Probe {
  readonly #options: ProbeOptions;
  readonly #resolve: (probed: Probed) => void;
  readonly #asked: readonly Asked[];
  readonly #finder: ContractFinder;
  readonly #tests: OrderTests;
  #connection: Connection | null = null;
  #link: ReadyLink | null = null;
  #deadline: Timer | null = null;
  #requestId = REQUEST_ID_MIN;
  #orderId = 0;
  #lead = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

  constructor(options: ProbeOptions, resolve: (probed: Probed) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#asked = options.books.map(({ symbol, account }) => ({
      ...{ account, ticket: null, feed: 'live' },
      book: {
        ...{ symbol, contract: null, problem: null, data: 'silent', dataReason: null },
        ...{ orders: 'no_answer', orderReason: null },
      },
    }));
    const cast = (report: BrokerReport) => this.#heard(report);
    const nextRequestId = () => this.#nextId();
    this.#finder = new ContractFinder({ clock: options.mono, nextRequestId, cast });
    this.#tests = new OrderTests({ takeOrderId: () => this.#nextOrderId(), cast });
  }

  open(): void {
    const { host, port, clientId, connectTimeoutMs, mono, createClient } = this.#options;
    this.#connection = openConnection(
      {
        target: { host, port, clientId, connectTimeoutMs },
        ...{ clock: mono, heartbeatMs: HEARTBEAT_MS, rates: RATES, createClient },
      },
      {
        ready: (link) => this.#ready(link),
        failed: (code, reason) => this.#resolve({ kind: 'failed', code, reason }),
        lost: (reason) => this.#end({ kind: 'failed', code: 507, reason }),
        message: ({ id, code, message }) => this.#error(id, code, message),
        time: (ts, rttMs) => this.#time(ts, rttMs),
        // A listener that fails has heard nothing: its question then goes unanswered.
        defect: () => undefined,
      },
      this.#listeners(),
    );
  }

  #ready(link: ReadyLink): void {
    const connection = this.#connection;
    if (connection === null) return;
    this.#link = link;
    this.#orderId = link.nextValidId;
    this.#deadline = this.#options.mono.setTimer(this.#options.answersMs, () => this.#done());
    this.#finder.linkUp(connection);
    this.#tests.linkUp(connection);
    connection.send('request', (api) => api.reqMarketDataType(REALTIME));
    for (const { symbol, conId } of this.#options.books) this.#finder.find(symbol, conId);
    this.#doneIfAnswered();
  }

  #listeners(): Partial<IbEvents> {
    return {
      contractDetails: (id, details) => this.#finder.details(id, details),
      contractDetailsEnd: (id) => this.#finder.detailsEnd(id),
      marketRule: (id, increments) => this.#finder.marketRule(id, increments),
      openOrder: (orderId, _contract, _order, state) => this.#tests.priced(orderId, state),
      marketDataType: (ticket, type) => {
        const asked = this.#byTicket(ticket);
        if (asked !== undefined) asked.feed = FEEDS[type - 1] ?? 'live';
      },
      tickPrice: (ticket, tick, price) => this.#price(ticket, tick, price),
    };
  }

  #heard(report: BrokerReport): void {
    switch (report.type) {
      case 'contract.failed': {
        const asked = this.#bySymbol(report.symbol);
        if (asked !== undefined) asked.book.problem = report.reason;
        break;
      }
      case 'contract.terms':
        if (report.terms.contract.secType === 'STK') this.#found(report.terms.contract);
        break;
      case 'order.tested': {
        const asked = this.#bySymbol(report.testId);
        if (asked === undefined) break;
        asked.book.orders = report.outcome;
        asked.book.orderReason = report.message === '' ? null : report.message;
        break;
      }
    }
    this.#doneIfAnswered();
  }

  #found(contract: StockContract): void {
    const asked = this.#bySymbol(contract.symbol);
    const connection = this.#connection;
    if (asked === undefined || connection === null) return;
    const { conId, primaryExchange } = contract;
    asked.book.contract = { conId, exchange: primaryExchange };
    const ticket = this.#nextId();
    asked.ticket = ticket;
    connection.send('request', (api) =>
      api.reqMktData(ticket, fromContract(contract), '', false, false),
    );
    const account = asked.account ?? this.#link?.accounts[0] ?? '';
    this.#tests.request(contract.symbol, account, contract);
  }

  #price(ticket: number, tick: number, price: number | undefined): void {
    const asked = this.#byTicket(ticket);
    if (asked === undefined || price === undefined || !(price > 0)) return;
    if (isDelayedTick(tick)) asked.book.data = 'delayed';
    else if (PRICES.has(tick)) asked.book.data = asked.feed;
    this.#doneIfAnswered();
  }

  #error(id: number, code: number, message: string): void {
    if (this.#finder.error(id, code, message) || this.#tests.error(id, code, message)) return;
    const asked = this.#byTicket(id);
    if (asked === undefined) return;
    asked.book.dataReason = `${message} (${code})`;
    if (asked.book.data === 'silent') asked.book.data = 'refused';
    this.#doneIfAnswered();
  }

  /** The broker tells whole seconds: each answer narrows down where its clock can be. */
  #time(ts: number, rttMs: number): void {
    const lead = ts - (this.#options.wall.now() - rttMs / 2);
    this.#lead.from = Math.max(this.#lead.from, lead - rttMs / 2);
    this.#lead.to = Math.min(this.#lead.to, lead + 1000 + rttMs / 2);
    this.#doneIfAnswered();
  }

  #doneIfAnswered(): void {
    if (this.#link === null || !Number.isFinite(this.#lead.to)) return;
    const open = this.#asked.some(({ book }) => {
      if (book.problem !== null) return false;
      return book.data === 'silent' || book.orders === 'no_answer';
    });
    if (!open) this.#done();
  }

  #done(): void {
    if (this.#link === null) return;
    const { serverVersion, accounts } = this.#link;
    const { from, to } = this.#lead;
    const aheadMs = Number.isFinite(to) ? Math.round((from + to) / 2) : null;
    const books = this.#asked.map(({ book }) => ({ ...book }));
    this.#end({ kind: 'up', serverVersion, accounts, aheadMs, books });
  }

  #end(probed: Probed): void {
    this.#deadline?.cancel();
    const connection = this.#connection;
    this.#connection = null;
    this.#link = null;
    // What was subscribed to ends with the connection.
    connection?.destroy();
    this.#tests.linkDown();
    this.#finder.linkDown('the probe is over');
    this.#resolve(probed);
  }

  #bySymbol(symbol: string): Asked | undefined {
    return this.#asked.find(({ book }) => book.symbol === symbol);
  }

  #byTicket(ticket: number): Asked | undefined {
    return this.#asked.find((asked) => asked.ticket === ticket);
  }

  #nextId(): number {
    this.#requestId += 1;
    return this.#requestId;
  }

  #nextOrderId(): number {
    const id = this.#orderId;
    this.#orderId += 1;
    return id;
  }
}
