/**
 * One shadow: the decider of a book with other settings, which hears all that the live one hears
 * but the answers to its orders. Its own orders go to a simulated exchange of its own; whatever
 * else it wants to send is dropped here, so that no way leads from it to a broker.
 */

import assert from 'node:assert/strict';
import { type Book, createBook } from '../../../actors/book.ts';
import type { BookQuotes } from '../../domain/book-quotes.ts';
import type { Contract, StockContract } from '../../domain/contract.ts';
import type { ShadowSettings } from '../../domain/settings.ts';
import { emptyBookQuotes, readBookRecord } from '../../protocol/book-board.ts';
import type { BrokerCommand, BrokerReport, PositionReport } from '../../protocol/broker.ts';
import { ACTORS, type BookMessage } from '../../protocol/decision.ts';
import type { BookConfig, BootBody } from '../../protocol/decision-config.ts';
import { durableBook, signedShares } from '../../protocol/durable.ts';
import type { ShadowRow } from '../../protocol/shadows.ts';
import {
  type InputKind,
  type Stamp,
  type TimerElapsed,
  type TurnEffect,
  type TurnInput,
  TurnRunner,
} from '../../runtime/turn.ts';
import type { LivePicture } from './live-picture.ts';
import { ShadowVenue } from './shadow-venue.ts';
import { Tally } from './tally.ts';

interface ShadowTimer extends TimerElapsed {
  readonly clock: 'mono' | 'trading';
}

export interface ShadowOptions {
  readonly boot: BootBody;
  /** The number of the record that `boot` is the body of. */
  readonly session: number;
  /** The live book's. */
  readonly config: BookConfig;
  readonly shadow: ShadowSettings;
  readonly picture: LivePicture;
}

/** Turns within one record of the live book: far above an order and its answers. */
const TURNS_MAX = 10_000;
/** What is said of how the live engine stands is true of its shadows; commands are followed. */
const KINDS: Readonly<Partial<Record<BookMessage['type'], InputKind>>> = {
  evaluation: 'evaluation',
  broker: 'broker',
  sync: 'broker',
  market: 'market',
};

export class ShadowBook {
  readonly tally: Tally;
  /** Rows of days that are over; who reads them takes them out. */
  readonly ended: ShadowRow[] = [];
  readonly #boot: BootBody;
  readonly #book: Book;
  readonly #runner = new TurnRunner(0);
  readonly #picture: LivePicture;
  readonly #settings: ShadowSettings;
  readonly #timers = new Map<string, ShadowTimer>();
  readonly #inputs: TurnInput[] = [];
  /** Complete reads that it waits for. */
  readonly #asked: string[] = [];
  readonly #quotes = emptyBookQuotes();
  #venue: ShadowVenue | null = null;
  /** Of the latest record. */
  #moment: Stamp | null = null;
  #account: string;
  #isBrokerUp = false;
  /** What it hedges with; null before its first order. */
  #contract: StockContract | null = null;
  /** Signed shares of its own executions. */
  #hedged = 0;
  /** As it was told last. */
  #toldShares = 0;

  constructor({ boot, session, config, shadow, picture }: ShadowOptions) {
    const { name } = shadow;
    const { symbol, account } = config.settings;
    this.#boot = boot;
    this.#settings = shadow;
    this.#picture = picture;
    this.#account = account ?? '';
    // Its references are of no journal: whatever became of them, nobody would take them for ours.
    const engine = { ...boot.config, journalId: `shadow-${name}` };
    const settings = { ...shadow.settings };
    const known = durableBook(boot.durable, symbol, account);
    this.#book = createBook(engine, { ...config, settings }, known);
    this.#runner.add(this.#book);
    this.tally = new Tally({ symbol, name, session });
  }

  get name(): string {
    return this.#settings.name;
  }

  /** What the live book heard in one turn, after the picture of its account took it. */
  take(messages: readonly BookMessage[], at: Stamp): void {
    if (this.#moment !== null && isLater(at, this.#moment)) this.#elapse(this.#moment);
    this.#moment = at;
    this.#venue?.advance(at.trading);
    this.#rest(at);
    for (const message of messages) {
      const heard = this.#translate(message, at);
      if (heard === null) continue;
      const kind = KINDS[heard.type] ?? 'command';
      const body = heard.type === 'evaluation' ? heard.record : heard;
      this.#inputs.push({ kind, to: this.#book.id, body });
      this.#rest(at);
    }
    this.#tellShares();
    this.#answerReads();
    this.#rest(at);
  }

  /** As the shadow has it; null where it is not for it. */
  #translate(message: BookMessage, at: Stamp): BookMessage | null {
    switch (message.type) {
      case 'timer':
        return null;
      case 'engine':
        this.#isBrokerUp = message.engine.brokerUp;
        if (!this.#isBrokerUp) this.#asked.length = 0;
        return message;
      case 'evaluation':
        this.#show(message.record, at);
        return message;
      case 'settings':
        return this.#ownSettings(message);
      case 'sync': {
        this.#account = message.account;
        return { ...message, read: this.#picture.readFor(this.#position(), message.read) };
      }
      case 'broker':
        return this.#ownReport(message.report);
      default:
        return message;
    }
  }

  #ownReport(report: BrokerReport): BookMessage | null {
    // The live book's reads answer its own questions; ours are answered where they are asked.
    if (report.type === 'read.done' || report.type === 'read.failed') return null;
    if (this.#picture.isLive(report)) return null;
    if (report.type !== 'position' || report.position.contract.secType !== 'STK') {
      return { type: 'broker', report };
    }
    // Told with our own shares in it, once what the live hedge did is known.
    return null;
  }

  #ownSettings(message: Extract<BookMessage, { type: 'settings' }>): BookMessage | null {
    const { shadows = [] } = message.settings;
    const own = shadows.find(({ name }) => name === this.name);
    return own === undefined ? null : { ...message, settings: own.settings };
  }

  #show(record: Float64Array, at: Stamp): void {
    readBookRecord(record, at.mono, this.#quotes);
    this.#venue?.show(quoteOf(this.#quotes, this.#contract?.conId ?? 0, at.trading));
    this.#rest(at);
  }

  /** Runs what waits, and what follows from it. */
  #rest(at: Stamp): void {
    for (let turns = 0; this.#inputs.length > 0; turns += 1) {
      assert(turns < TURNS_MAX, `shadow ${this.name} does not come to rest`);
      const [input] = this.#inputs.splice(0, 1);
      if (input === undefined) return;
      const record = this.#runner.run(input, at);
      for (const effect of record.effects) this.#perform(effect, at);
      const ended = this.tally.take(record, this.#book);
      if (ended !== null) this.ended.push(ended);
    }
  }

  #perform(effect: TurnEffect, at: Stamp): void {
    switch (effect.kind) {
      case 'timer': {
        const { name, due, clock } = effect;
        this.#timers.delete(name);
        this.#timers.set(name, { type: 'timer', name, due, clock });
        break;
      }
      case 'cancel':
        this.#timers.delete(effect.name);
        break;
      case 'send':
        if (effect.to === ACTORS.broker) this.#order(effect.message as BrokerCommand, at);
        break;
    }
  }

  /**
   * Timers that were due at a moment, when it is over: as in lock-step, what is told comes before
   * them. One by one, because each may cancel the next.
   */
  #elapse(at: Stamp): void {
    for (let count = 0; ; count += 1) {
      assert(count < TURNS_MAX, `timers of shadow ${this.name} do not end`);
      let first: ShadowTimer | null = null;
      for (const timer of this.#timers.values()) {
        const late = at[timer.clock] - timer.due;
        if (late >= 0 && (first === null || late > at[first.clock] - first.due)) first = timer;
      }
      if (first === null) return;
      const { name, due } = first;
      this.#timers.delete(name);
      this.#inputs.push({ kind: 'timer', to: this.#book.id, body: { type: 'timer', name, due } });
      this.#rest(at);
    }
  }

  /** What the order path asks for, and nothing else there is. */
  #order(command: BrokerCommand, at: Stamp): void {
    switch (command.type) {
      case 'read':
        if (this.#isBrokerUp) this.#asked.push(command.readId);
        this.#answerReads();
        break;
      case 'order.submit':
        this.#venue ??= this.#openVenue(command.order.contract, at);
        this.#venue.receive(command);
        break;
      case 'order.modify':
      case 'order.cancel':
        this.#venue?.receive(command);
        break;
      default:
        break;
    }
  }

  #openVenue(contract: Contract, at: Stamp): ShadowVenue {
    assert(contract.secType === 'STK', 'a hedge is in shares');
    this.#contract = contract;
    const options = {
      contract,
      account: this.#account,
      clientId: this.#boot.config.broker.clientId,
      name: `${contract.symbol}/${this.name}`,
      latencyMs: this.#settings.latency_ms,
      cast: (report: BrokerReport) => this.#hear(report),
    };
    return new ShadowVenue(options, quoteOf(this.#quotes, contract.conId, at.trading));
  }

  #hear(report: BrokerReport): void {
    if (report.type === 'execution') this.#hedged += signedShares(report.execution);
    const body: BookMessage = { type: 'broker', report };
    this.#inputs.push({ kind: 'broker', to: this.#book.id, body });
    if (report.type === 'execution') this.#tellShares();
  }

  /** At once; but what the live book has asked, and nobody knows yet, is waited for. */
  #answerReads(): void {
    if (this.#picture.isReading) return;
    for (const readId of this.#asked.splice(0)) this.#answerRead(readId);
  }

  #answerRead(readId: string): void {
    const base = this.#picture.readFor(this.#position(), null);
    const own = this.#venue?.own;
    const read = {
      ...base,
      openOrders: own?.openOrders ?? [],
      completedOrders: own?.completedOrders ?? [],
      executions: [...base.executions, ...(own?.executions ?? [])],
      commissions: own?.commissions ?? [],
    };
    const body: BookMessage = { type: 'broker', report: { type: 'read.done', readId, read } };
    this.#inputs.push({ kind: 'broker', to: this.#book.id, body });
  }

  /** How many more shares the account would have with this hedge in place of the live one. */
  #shift(): number {
    return this.#hedged - this.#picture.hedged;
  }

  /** The account's shares with this hedge in them, as they are told; null where none were. */
  #position(): PositionReport | null {
    const stock = this.#picture.stock();
    const contract = stock?.contract ?? this.#contract;
    if (contract === null) return null;
    const quantity = (stock?.quantity ?? 0) + this.#shift();
    this.#toldShares = quantity;
    return { account: this.#account, contract, quantity, avgCost: stock?.avgCost ?? 0 };
  }

  #tellShares(): void {
    const told = this.#toldShares;
    const position = this.#position();
    if (position === null || position.quantity === told) return;
    const report: BrokerReport = { type: 'position', position };
    this.#inputs.push({ kind: 'broker', to: this.#book.id, body: { type: 'broker', report } });
  }
}

function isLater(one: Stamp, other: Stamp): boolean {
  return one.mono > other.mono || one.trading > other.trading;
}

function quoteOf(quotes: BookQuotes, conId: number, ts: number) {
  const { bid, ask, last, bidSize, askSize, close, halted } = quotes;
  return {
    conId,
    bid,
    ask,
    last,
    bidSize: size(bidSize),
    askSize: size(askSize),
    close,
    halted,
    ts,
  };
}

function size(value: number): number {
  return value > 0 ? value : 0;
}
