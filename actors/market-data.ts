/**
 * The market-data connection: keeps itself connected, watches what the books need, and brings each
 * tick to the quote board. One publish for each line and one message for each book and socket read,
 * however many ticks it brought. In lock-step nothing is shown before the market's new time.
 */

import type { CreateClient } from '../src/gateway/ib/client.ts';
import { describeCode } from '../src/gateway/ib/codes.ts';
import {
  type CodedMessage,
  type Connection,
  openConnection,
} from '../src/gateway/ib/connection.ts';
import { fromContract } from '../src/gateway/ib/convert.ts';
import type { IbEvents } from '../src/gateway/ib/ib-events.ts';
import { createLibraryClient } from '../src/gateway/ib/library-client.ts';
import { type MarketLine, MarketLines } from '../src/gateway/ib/market-lines.ts';
import {
  applyGeneric,
  applyModel,
  applyPrice,
  applySize,
  isDelayedTick,
  type TickEffect,
} from '../src/gateway/ib/ticks.ts';
import { MARKET_MESSAGES_PER_SECOND } from '../src/limits.ts';
import type {
  MarketCommand,
  MarketReport,
  MarketTarget,
  PricingMessage,
  WatchedBook,
} from '../src/protocol/market.ts';
import { QUOTE } from '../src/protocol/quote-board.ts';
import type { Actor, ActorContext } from '../src/runtime/actor.ts';
import { type BoardSetDescriptor, openBoardSet } from '../src/runtime/board.ts';
import type { Timer } from '../src/runtime/clock.ts';
import {
  createTradingClock,
  TIME_RTT_MAX_MS,
  type TradingClock,
} from '../src/runtime/trading-clock.ts';

export interface MarketDataArgs {
  /** The actor that takes every `MarketReport`. */
  readonly reportTo: string;
  /** The actor that takes every `PricingMessage`. */
  readonly pricingTo: string;
  /** Boards of `QUOTE_RECORD_LENGTH` doubles, one for each line; this actor is their one writer. */
  readonly quoteBoard: BoardSetDescriptor;
  readonly clock: 'live' | 'lockstep';
  /** Trading milliseconds per monotonic one; 1 unless a simulated gateway runs faster. */
  readonly tradingRate?: number;
  /** What to ask TWS for: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen. */
  readonly marketDataType?: 1 | 2 | 3 | 4;
  readonly heartbeatMs?: number;
  readonly retryIntervalMs?: number;
  /** This connection's share of what TWS allows all its clients together. */
  readonly messagesPerSecond?: number;
}

const HEARTBEAT_MS = 5000;
const RETRY_INTERVAL_MS = 10_000;
/** Up to this share on top, so that two connections do not knock in the same moment. */
const RETRY_JITTER = 0.2;
const PROBE_DEADLINE_MS = 2000;

interface Probe {
  readonly symbol: string;
  readonly deadline: Timer;
  answered: boolean;
}

/** What a ticket stands for: the line's own subscription, or a probe of it. */
interface Ticket {
  readonly line: MarketLine;
  readonly probe: Probe | null;
}

export const createActor = marketDataActor(createLibraryClient);

/** The actor over another client than the library's, as a simulation needs it. */
export function marketDataActor(createClient: CreateClient) {
  return (context: ActorContext, args: MarketDataArgs): Actor<MarketCommand> =>
    new MarketDataActor(context, args, createClient);
}

class MarketDataActor implements Actor<MarketCommand> {
  readonly #context: ActorContext;
  readonly #args: MarketDataArgs;
  readonly #createClient: CreateClient;
  readonly #lines: MarketLines;
  readonly #clock: TradingClock;
  readonly #tickets = new Map<number, Ticket>();
  /** Probes that got their answer in this socket read; told when it is on the board. */
  readonly #answered = new Map<Probe, MarketLine>();
  #lastTicket = 0;
  #target: MarketTarget | null = null;
  #connection: Connection | null = null;
  #retry: Timer | null = null;

  constructor(context: ActorContext, args: MarketDataArgs, createClient: CreateClient) {
    this.#context = context;
    this.#args = args;
    this.#createClient = createClient;
    this.#lines = new MarketLines(openBoardSet(args.quoteBoard));
    this.#clock = createTradingClock({
      mono: context.mono,
      mode: args.clock,
      rate: args.tradingRate ?? 1,
    });
  }

  receive(command: MarketCommand): void {
    switch (command.type) {
      case 'link.open':
        this.#close();
        this.#target = command.target;
        this.#connect(command.target);
        break;
      case 'link.close':
        this.#close();
        break;
      case 'watch':
        this.#watch(command.books);
        break;
      case 'probe':
        this.#probe(command.symbol);
        break;
      case 'resubscribe':
        for (const line of this.#lines.all()) this.#resubscribe(line);
        break;
    }
  }

  stop(): void {
    this.#close();
  }

  #connect(target: MarketTarget): void {
    const { messagesPerSecond = MARKET_MESSAGES_PER_SECOND } = this.#args;
    this.#connection = openConnection(
      {
        target,
        clock: this.#context.mono,
        heartbeatMs: this.#args.heartbeatMs ?? HEARTBEAT_MS,
        rates: { messagesPerSecond, reservedForOrders: 0 },
        createClient: this.#createClient,
      },
      {
        ready: ({ serverVersion }) => this.#ready(target.clientId, serverVersion),
        failed: (_code, reason) => this.#lost(reason),
        lost: (reason) => this.#lost(reason),
        message: (message) => this.#message(message),
        time: (ts, rttMs) => this.#time(ts, rttMs),
        defect: (error, where) => this.#defect(error, where),
        chunkEnd: () => this.#chunkEnd(),
      },
      this.#listeners(),
    );
  }

  #ready(clientId: number, serverVersion: number): void {
    const type = this.#args.marketDataType ?? 1;
    this.#connection?.send('request', (api) => api.reqMarketDataType(type));
    for (const line of this.#lines.all()) this.#subscribe(line);
    this.#report({ type: 'market.up', clientId, serverVersion });
  }

  /** Fixed interval, for as long as it takes: IB's nightly reset lasts an hour and more. */
  #lost(reason: string): void {
    this.#drop();
    const target = this.#target;
    if (target === null) return;
    const interval = this.#args.retryIntervalMs ?? RETRY_INTERVAL_MS;
    const retryInMs = Math.round(interval * (1 + RETRY_JITTER * this.#context.random.next()));
    this.#retry = this.#context.mono.setTimer(retryInMs, () => this.#connect(target));
    this.#report({ type: 'market.lost', reason, retryInMs });
  }

  #close(): void {
    this.#target = null;
    this.#retry?.cancel();
    this.#retry = null;
    this.#drop();
  }

  /** Nothing of a connection outlives it; quotes stay on the board, and their time tells. */
  #drop(): void {
    this.#connection?.destroy();
    this.#connection = null;
    for (const [id, { probe }] of [...this.#tickets]) {
      this.#forget(id);
      if (probe !== null && !probe.answered) this.#probed(probe, false);
    }
    for (const probe of this.#answered.keys()) this.#probed(probe, false);
    this.#answered.clear();
    for (const line of this.#lines.all()) line.ticket = null;
  }

  #defect(error: unknown, where: string): void {
    this.#context.log.error({ err: error, where }, 'a market-data message could not be handled');
    this.#lost(`internal error at ${where}`);
  }

  #watch(books: readonly WatchedBook[]): void {
    const { added, removed, refused } = this.#lines.setBooks(books);
    this.#price({ type: 'watch', books, lines: this.#lines.places() });
    for (const line of removed) this.#unsubscribe(line);
    for (const line of added) this.#subscribe(line);
    for (const { conId } of refused) {
      const message = 'the quote board has no line left';
      this.#report({ type: 'market.refused', conId, code: 101, message });
    }
  }

  #subscribe(line: MarketLine): void {
    const ticket = this.#newTicket(line, null);
    const contract = fromContract(line.contract);
    const taken = this.#connection?.send('request', (api) => {
      // The line may have been given up while this waited its turn.
      if (this.#tickets.has(ticket)) api.reqMktData(ticket, contract, line.generic, false, false);
    });
    if (taken === true) line.ticket = ticket;
    else this.#tickets.delete(ticket);
  }

  #unsubscribe(line: MarketLine): void {
    for (const [ticket, { line: other }] of [...this.#tickets]) {
      if (other === line) this.#cancel(ticket);
    }
    line.ticket = null;
  }

  #resubscribe(line: MarketLine): void {
    if (line.ticket !== null) this.#cancel(line.ticket);
    line.ticket = null;
    this.#subscribe(line);
  }

  #cancel(id: number): void {
    const probe = this.#forget(id)?.probe ?? null;
    if (probe !== null && !probe.answered) this.#probed(probe, false);
    this.#connection?.send('request', (api) => api.cancelMktData(id));
  }

  #forget(id: number): Ticket | undefined {
    const ticket = this.#tickets.get(id);
    ticket?.probe?.deadline.cancel();
    this.#tickets.delete(id);
    return ticket;
  }

  /** Never used twice: an answer to a former ticket must not be taken for this one's. */
  #newTicket(line: MarketLine, probe: Probe | null): number {
    this.#lastTicket += 1;
    this.#tickets.set(this.#lastTicket, { line, probe });
    return this.#lastTicket;
  }

  #listeners(): Partial<IbEvents> {
    return {
      tickPrice: (id, tick, price) => {
        const ticket = this.#tickets.get(id);
        if (ticket) this.#ticked(ticket, tick, applyPrice(ticket.line.record, tick, price));
      },
      tickSize: (id, tick, size) => {
        const ticket = this.#tickets.get(id);
        if (ticket) this.#ticked(ticket, tick, applySize(ticket.line.record, tick, size));
      },
      tickGeneric: (id, tick, value) => {
        const ticket = this.#tickets.get(id);
        if (ticket) this.#ticked(ticket, tick, applyGeneric(ticket.line.record, tick, value));
      },
      tickOptionComputation: (id, tick, _attributes, iv, delta, _price, _dividends, ...rest) => {
        const ticket = this.#tickets.get(id);
        const [gamma, vega, theta] = rest;
        const model = { iv, delta, gamma, vega, theta };
        if (ticket) this.#ticked(ticket, tick, applyModel(ticket.line.record, tick, model));
      },
      marketDataType: (id, dataType) => {
        const line = this.#tickets.get(id)?.line;
        if (line !== undefined) this.#setDataType(line, dataType);
      },
      tickSnapshotEnd: (id) => {
        const { line, probe } = this.#forget(id) ?? {};
        if (line && probe) this.#answer(probe, line);
      },
    };
  }

  #ticked({ line, probe }: Ticket, tick: number, effect: TickEffect): void {
    if (effect === 'none') return;
    this.#lines.touch(line, effect);
    const known = line.record[QUOTE.dataType] ?? Number.NaN;
    if (isDelayedTick(tick) && !(known >= 3)) this.#setDataType(line, 3);
    else if (Number.isNaN(known)) this.#setDataType(line, 1);
    if (probe !== null && effect === 'market') this.#answer(probe, line);
  }

  #setDataType(line: MarketLine, dataType: number): void {
    if (dataType !== 1 && dataType !== 2 && dataType !== 3 && dataType !== 4) return;
    if (line.record[QUOTE.dataType] === dataType) return;
    line.record[QUOTE.dataType] = dataType;
    this.#lines.touch(line, 'fact');
    for (const symbol of line.symbols) {
      this.#report({ type: 'market.dataType', symbol, dataType });
    }
  }

  /** Live, what one socket read brought goes out together. */
  #chunkEnd(): void {
    if (this.#args.clock === 'live') this.#publish();
    for (const [probe, line] of this.#answered) {
      // In lock-step a probe is answered within a step, and the line must be fresh for it.
      if (line.dirty) {
        this.#priceSlots(this.#lines.publishOne(line, this.#clock.now(), this.#chunkMono()));
      }
      this.#probed(probe, true);
    }
    this.#answered.clear();
  }

  #time(ts: number, rttMs: number): void {
    const newer = !(ts <= this.#clock.now());
    if (this.#args.clock === 'lockstep' || rttMs <= TIME_RTT_MAX_MS) this.#clock.sync(ts);
    if (this.#args.clock === 'live' || !newer) return;
    this.#publish();
    // The greeks actor passes it on, behind the records of the step.
    this.#price({ type: 'market.time', ts });
  }

  #publish(): void {
    this.#priceSlots(this.#lines.publish(this.#clock.now(), this.#chunkMono()));
  }

  #priceSlots(slots: readonly number[]): void {
    const tradingTs = this.#clock.now();
    for (const slot of slots) this.#price({ type: 'quotes', slot, tradingTs });
  }

  #chunkMono(): number {
    return this.#connection?.chunkMono ?? this.#context.mono.now();
  }

  #probe(symbol: string): void {
    const line = this.#lines.underlyingOf(symbol);
    if (line === null || this.#connection === null || !this.#connection.ready) {
      this.#report({ type: 'market.probed', symbol, answered: false });
      return;
    }
    for (const { probe } of this.#tickets.values()) {
      if (probe !== null && probe.symbol === symbol && !probe.answered) return;
    }
    const deadline = this.#context.mono.setTimer(PROBE_DEADLINE_MS, () => this.#cancel(ticket));
    const probe: Probe = { symbol, deadline, answered: false };
    const ticket = this.#newTicket(line, probe);
    const contract = fromContract(line.contract);
    const taken = this.#connection.send('request', (api) => {
      if (this.#tickets.has(ticket)) api.reqMktData(ticket, contract, '', true, false);
    });
    if (!taken) this.#cancel(ticket);
  }

  /** The line lives, even where it has nothing new to say. */
  #answer(probe: Probe, line: MarketLine): void {
    if (probe.answered) return;
    probe.answered = true;
    this.#lines.touch(line, 'market');
    this.#answered.set(probe, line);
  }

  #probed({ symbol }: Probe, answered: boolean): void {
    this.#report({ type: 'market.probed', symbol, answered });
  }

  #message({ id, code, message }: CodedMessage): void {
    const found = this.#tickets.get(id);
    const { kind, meaning, reaction, operator } = describeCode(code, false);
    this.#context.log.info({ code, id, meaning, reaction, operator }, message);
    if (found === undefined) return;
    if (code === 10167) this.#setDataType(found.line, 3);
    if (kind === 'info' || kind === 'order_message') return;
    if (found.probe !== null) {
      this.#cancel(id);
      return;
    }
    // The ticket stays: after a competing session has ended, ticks return on it.
    const { conId } = found.line.contract;
    this.#report({ type: 'market.refused', conId, code, message });
  }

  #report(report: MarketReport): void {
    this.#context.ref<MarketReport>(this.#args.reportTo).cast(report);
  }

  #price(message: PricingMessage): void {
    this.#context.ref<PricingMessage>(this.#args.pricingTo).cast(message);
  }
}
