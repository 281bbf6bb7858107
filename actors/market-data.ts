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
import type { IbEvents } from '../src/gateway/ib/ib-events.ts';
import { createLibraryClient } from '../src/gateway/ib/library-client.ts';
import { type MarketLine, MarketLines } from '../src/gateway/ib/market-lines.ts';
import {
  applyGeneric,
  applyModel,
  applyPrice,
  applySize,
  applyText,
  isDelayedTick,
  type TickEffect,
} from '../src/gateway/ib/ticks.ts';
import { MARKET_LINES, MARKET_MESSAGES_PER_SECOND } from '../src/limits.ts';
import type {
  MarketCommand,
  MarketReport,
  MarketTarget,
  PricingMessage,
} from '../src/protocol/market.ts';
import { openTapWriter, type QuoteTapDescriptor } from '../src/protocol/quote-tap.ts';
import type { Actor, ActorContext } from '../src/runtime/actor.ts';
import { type BoardSetDescriptor, openBoardSet } from '../src/runtime/board.ts';
import type { Timer } from '../src/runtime/clock.ts';
import { defineProtocol } from '../src/runtime/protocol.ts';
import {
  createTradingClock,
  RESOLUTION_MS,
  TIME_RTT_MAX_MS,
  type TradingClock,
} from '../src/runtime/trading-clock.ts';
import { LineKeeper, TOO_MANY_LINES } from './market-data/line-keeper.ts';
import { Subscriptions, type Ticket } from './market-data/subscriptions.ts';

export interface MarketDataArgs {
  /** The actor that takes every `MarketReport`. */
  readonly reportTo: string;
  /** The actor that takes every `PricingMessage`. */
  readonly pricingTo: string;
  /** Boards of `QUOTE_RECORD_LENGTH` doubles, one for each line; this actor is their one writer. */
  readonly quoteBoard: BoardSetDescriptor;
  /** Where quotes are passed on to a recorder, should there be one. */
  readonly quoteTap?: QuoteTapDescriptor;
  readonly clock: 'live' | 'lockstep';
  /** Trading milliseconds per monotonic one; 1 unless a simulated gateway runs faster. */
  readonly tradingRate?: number;
  /** What to ask TWS for: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen. */
  readonly marketDataType?: 1 | 2 | 3 | 4;
  readonly heartbeatMs?: number;
  readonly retryIntervalMs?: number;
  /** This connection's share of what TWS allows all its clients together. */
  readonly messagesPerSecond?: number;
  /** What the account may watch at once: strikes for smiles have what books leave of it. */
  readonly marketLines?: number;
}

const HEARTBEAT_MS = 5000;
const RETRY_INTERVAL_MS = 10_000;
/** Up to this share on top, so that two connections do not knock in the same moment. */
const RETRY_JITTER = 0.2;

const PROTOCOL = defineProtocol<MarketCommand>({
  'link.open': true,
  'link.close': true,
  watch: true,
  probe: true,
  resubscribe: true,
});

export const createActor = marketDataActor(createLibraryClient);

/** The actor over another client than the library's, as a simulation needs it. */
export function marketDataActor(createClient: CreateClient) {
  return (context: ActorContext, args: MarketDataArgs): Actor<MarketCommand> =>
    new MarketDataActor(context, args, createClient);
}

class MarketDataActor implements Actor<MarketCommand> {
  readonly protocol = PROTOCOL;
  readonly #context: ActorContext;
  readonly #args: MarketDataArgs;
  readonly #createClient: CreateClient;
  readonly #lines: MarketLines;
  readonly #clock: TradingClock;
  readonly #asked: Subscriptions;
  readonly #keeper: LineKeeper;
  #target: MarketTarget | null = null;
  #connection: Connection | null = null;
  #retry: Timer | null = null;
  /** How late the broker's time came that was asked for last, trading ms; 0 unless it was late. */
  #lateMs = 0;
  #saidLate = false;

  constructor(context: ActorContext, args: MarketDataArgs, createClient: CreateClient) {
    this.#context = context;
    this.#args = args;
    this.#createClient = createClient;
    const tap = args.quoteTap === undefined ? null : openTapWriter(args.quoteTap);
    this.#lines = new MarketLines(openBoardSet(args.quoteBoard), (quote) => tap?.put(quote));
    this.#asked = new Subscriptions({
      mono: context.mono,
      lines: this.#lines,
      isReady: () => this.#connection?.ready === true,
      send: (request) => this.#connection?.send('request', request) ?? false,
      probed: (symbol, answered) => this.#report({ type: 'market.probed', symbol, answered }),
    });
    this.#clock = createTradingClock({
      mono: context.mono,
      mode: args.clock,
      rate: args.tradingRate ?? 1,
    });
    this.#keeper = new LineKeeper({
      ...{ mono: context.mono, lines: this.#lines, asked: this.#asked },
      limit: args.marketLines ?? MARKET_LINES,
      send: (request) => this.#connection?.send('request', request) ?? false,
      now: () => this.#clock.now(),
      price: (message) => this.#price(message),
      refused: ({ conId }) => this.#refused(conId, TOO_MANY_LINES, 'the quote board has no line'),
      unanswered: ({ isFirst, ...failure }) => {
        context.log.warn(failure, 'IB did not tell of its option chains: a smile lacks strikes');
        // One row for all that fails together, and not another each time that it is asked again.
        if (isFirst) this.#report({ type: 'market.untold', ...failure });
      },
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
        this.#keeper.watch(command.books, command.lines);
        break;
      case 'probe':
        this.#asked.probe(command.symbol);
        break;
      case 'resubscribe':
        for (const line of this.#lines.inOrder()) this.#asked.resubscribe(line);
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
    for (const line of this.#lines.inOrder()) this.#asked.subscribe(line);
    this.#keeper.linkUp();
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
    this.#lateMs = 0;
    this.#asked.drop();
    this.#keeper.drop();
  }

  #defect(error: unknown, where: string): void {
    this.#context.log.error({ err: error, where }, 'a market-data message could not be handled');
    this.#lost(`internal error at ${where}`);
  }

  #listeners(): Partial<IbEvents> {
    return {
      ...this.#keeper.listeners(),
      tickPrice: (id, tick, price) => {
        const ticket = this.#asked.find(id);
        if (ticket) this.#ticked(ticket, tick, applyPrice(ticket.line.record, tick, price));
      },
      tickSize: (id, tick, size) => {
        const ticket = this.#asked.find(id);
        if (ticket) this.#ticked(ticket, tick, applySize(ticket.line.record, tick, size));
      },
      tickGeneric: (id, tick, value) => {
        const ticket = this.#asked.find(id);
        if (ticket) this.#ticked(ticket, tick, applyGeneric(ticket.line.record, tick, value));
      },
      tickString: (id, tick, text) => {
        const ticket = this.#asked.find(id);
        if (ticket) this.#ticked(ticket, tick, applyText(ticket.line.record, tick, text));
      },
      tickOptionComputation: (id, tick, _attributes, iv, delta, _price, _dividends, ...rest) => {
        const ticket = this.#asked.find(id);
        const [gamma, vega, theta] = rest;
        const model = { iv, delta, gamma, vega, theta };
        if (ticket) this.#ticked(ticket, tick, applyModel(ticket.line.record, tick, model));
      },
      marketDataType: (id, dataType) => {
        const line = this.#asked.find(id)?.line;
        if (line !== undefined) this.#setDataType(line, dataType);
      },
      tickSnapshotEnd: (id) => this.#asked.snapshotEnded(id),
    };
  }

  #ticked(ticket: Ticket, tick: number, effect: TickEffect): void {
    if (effect === 'none') return;
    const { line } = ticket;
    this.#lines.touch(line, effect);
    const known = line.quote.dataType;
    if (isDelayedTick(tick) && !(known >= 3)) this.#setDataType(line, 3);
    else if (Number.isNaN(known)) this.#setDataType(line, 1);
    if (effect === 'market') this.#asked.answered(ticket);
  }

  #setDataType(line: MarketLine, dataType: number): void {
    if (dataType !== 1 && dataType !== 2 && dataType !== 3 && dataType !== 4) return;
    if (line.quote.dataType === dataType) return;
    line.quote.dataType = dataType;
    this.#lines.touch(line, 'fact');
    for (const symbol of line.symbols) {
      this.#report({ type: 'market.dataType', symbol, dataType });
    }
  }

  /** Live, what one socket read brought goes out together. */
  #chunkEnd(): void {
    this.#sayLate();
    if (this.#args.clock === 'live') this.#publish();
    this.#asked.tellAnswered((line) => {
      // In lock-step a probe is answered within a step, and the line must be fresh for it.
      if (!line.dirty) return;
      this.#priceSlots(this.#lines.publishOne(line, this.#quoteTime(), this.#chunkMono()));
    });
    this.#keeper.follow();
  }

  #time(ts: number, rttMs: number): void {
    const newer = !(ts <= this.#clock.now());
    const isLate = this.#args.clock === 'live' && rttMs > TIME_RTT_MAX_MS;
    this.#lateMs = isLate ? Math.max(0, this.#clock.now() - ts - RESOLUTION_MS) : 0;
    if (!isLate) this.#clock.sync(ts);
    if (this.#args.clock === 'live' || !newer) return;
    this.#publish();
    // The greeks actor passes it on, behind the records of the step.
    this.#price({ type: 'market.time', ts });
  }

  #publish(): void {
    this.#priceSlots(this.#lines.publish(this.#quoteTime(), this.#chunkMono()));
  }

  /**
   * The time of what was just read: not later than it may have been sent. It waited in the socket
   * while this process stood still, or behind more than it could read, as the broker's time did.
   */
  #quoteTime(): number {
    return this.#clock.now() - this.#waitedMs();
  }

  #waitedMs(): number {
    if (this.#args.clock !== 'live') return 0;
    const since = this.#connection?.waitedSince ?? null;
    const stood = since === null ? 0 : this.#chunkMono() - since;
    return Math.max(this.#lateMs, stood * (this.#args.tradingRate ?? 1));
  }

  #sayLate(): void {
    const waitedMs = this.#waitedMs();
    const isLate = waitedMs > 0;
    if (isLate === this.#saidLate) return;
    this.#saidLate = isLate;
    if (isLate) {
      this.#context.log.warn({ waitedMs }, 'quotes were read late: they count as that old');
    } else this.#context.log.info('quotes are read as they come again');
  }

  #priceSlots(slots: readonly number[]): void {
    const tradingTs = this.#clock.now();
    for (const slot of slots) this.#price({ type: 'quotes', slot, tradingTs });
  }

  #chunkMono(): number {
    return this.#connection?.chunkMono ?? this.#context.mono.now();
  }

  #message({ id, code, message }: CodedMessage): void {
    const found = this.#asked.find(id);
    const { kind, meaning, reaction, operator } = describeCode(code, false);
    this.#context.log.info({ code, id, meaning, reaction, operator }, message);
    if (this.#keeper.error(id, code) || found === undefined) return;
    if (code === 10167) this.#setDataType(found.line, 3);
    if (kind === 'info' || kind === 'order_message') return;
    if (found.probe !== null) {
      this.#asked.cancel(id);
      return;
    }
    // The ticket stays: after a competing session has ended, ticks return on it.
    if (this.#keeper.lineRefused(found.line, code)) return;
    this.#refused(found.line.contract.conId, code, message);
  }

  #refused(conId: number, code: number, message: string): void {
    this.#report({ type: 'market.refused', conId, code, message });
  }

  #report(report: MarketReport): void {
    this.#context.ref<MarketReport>(this.#args.reportTo).cast(report);
  }

  #price(message: PricingMessage): void {
    this.#context.ref<PricingMessage>(this.#args.pricingTo).cast(message);
  }
}
