/**
 * The deciders of one session behind the turn loop's runner, with clocks that stand still and a
 * broker on paper. Inputs are made by hand, effects stay where they can be looked at, and every
 * turn is kept, so that it can be run again.
 */

import assert from 'node:assert/strict';
import { createCopier } from '../../src/engine/copy-state.ts';
import { createDeciders, type Deciders, forkDeciders } from '../../src/engine/deciders.ts';
import { statusView } from '../../src/engine/views.ts';
import {
  BOOK,
  BOOK_HEADER_LENGTH,
  LEG,
  LEG_LENGTH,
  legOffset,
} from '../../src/protocol/book-board.ts';
import type { BrokerCommand, BrokerReport } from '../../src/protocol/broker.ts';
import type { ControlCommand } from '../../src/protocol/control.ts';
import { ACTORS, bookId, type ControlAnswer } from '../../src/protocol/decision.ts';
import type { BootBody } from '../../src/protocol/decision-config.ts';
import { type DurableState, NOTHING_DURABLE } from '../../src/protocol/durable.ts';
import { foldFacts } from '../../src/protocol/durable-fold.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import type { MarketReport } from '../../src/protocol/market.ts';
import {
  decodeRecord,
  encodeRecord,
  type JournalRecord,
  outcomeText,
} from '../../src/protocol/records.ts';
import type { InputKind, Stamp } from '../../src/runtime/turn.ts';
import { bookSettings, NOW, type SettingsPatch } from './book.ts';
import { ACCOUNT, SHARES, Venue } from './venue.ts';

type FactOf<K extends Fact['fact']> = Extract<Fact, { readonly fact: K }>;
type ReportOf<T extends BrokerReport['type']> = Extract<BrokerReport, { readonly type: T }>;
type CommandOf<T extends BrokerCommand['type']> = Extract<BrokerCommand, { readonly type: T }>;

export interface WorldOptions {
  /** Of the boot record's configuration, in place of the simulated mode's. */
  readonly config?: Partial<BootBody['config']>;
  readonly settings?: SettingsPatch;
  readonly durable?: DurableState;
  readonly venue?: Venue;
  readonly lastSeq?: number;
  readonly mono?: number;
}

export interface Market {
  /** Delta of the options, shares. */
  readonly delta?: number;
  readonly bid?: number;
  readonly ask?: number;
  /** Mid of the option; it closed at 10. */
  readonly option?: number;
  /** NaN where nobody has told it. */
  readonly optionClose?: number;
  /** Whether the underlying can be borrowed, as ticks 46 and 89 tell; nothing unless said. */
  /** Fields of the leg's record beside those of its price. */
  readonly leg?: Partial<Record<keyof typeof LEG, number>>;
  readonly borrow?: { readonly shortable: number; readonly shortableShares?: number };
}

const MONO = 1000;
const TAKEN = { outcome: 'taken', code: 0, message: '' } as const;
export const SYMBOL = 'SPY';
const BOOK_ID = bookId(SYMBOL);
/** A turn may set a timer that is due at once; more in a row is a loop. */
const FIRED_MAX = 10_000;

export class World {
  readonly venue: Venue;
  readonly boot: BootBody;
  readonly records: JournalRecord[] = [];
  /** Effects to actors outside that nobody has looked at. */
  outbox: { readonly to: string; readonly message: unknown }[] = [];
  /** Reads that the broker has not answered. */
  reads: CommandOf<'read'>[] = [];
  /** What the broker says at once when it is asked whether it takes orders; null: nothing. */
  orderTest: Omit<ReportOf<'order.tested'>, 'type' | 'testId'> | null = TAKEN;
  ordersTested = 0;
  lastOrderTest: CommandOf<'order.test'> | null = null;
  readonly #deciders: ReturnType<typeof createDeciders>;
  readonly #timers = new Map<string, { to: string; name: string; due: number; at: number }>();
  readonly #lastSeq: number;
  #mono: number;
  #version = 0;
  #requests = 0;

  constructor(options: WorldOptions = {}) {
    this.venue = options.venue ?? new Venue();
    this.#mono = options.mono ?? MONO;
    this.#lastSeq = options.lastSeq ?? 0;
    const settings = bookSettings({
      ...options.settings,
      gates: {
        ...options.settings?.gates,
        state: { leg_settle_s: 0, ...options.settings?.gates?.state },
      },
    });
    const boot = bootOf(settings, options.durable ?? NOTHING_DURABLE);
    this.boot = { ...boot, config: { ...boot.config, ...options.config } };
    this.#deciders = createDeciders(this.boot, this.#lastSeq);
    this.input('boot', ACTORS.daemon, this.boot);
  }

  get at(): Stamp {
    const trading = NOW + this.#mono - MONO;
    return { mono: this.#mono, trading, wall: trading + 5 };
  }

  /** One turn; its timers are set, what it sends lies in the outbox. */
  input(kind: InputKind, to: string, body: unknown): JournalRecord {
    const record = this.#deciders.runner.run({ kind, to, body }, this.at) as JournalRecord;
    this.records.push(decodeRecord(encodeRecord(record)));
    const tests: CommandOf<'order.test'>[] = [];
    for (const effect of record.effects) {
      if (effect.kind === 'send') {
        const command = effect.message as BrokerCommand;
        if (effect.to === ACTORS.broker && command.type === 'order.test') tests.push(command);
        else this.outbox.push(effect);
        continue;
      }
      const key = `${effect.to}/${effect.name}`;
      this.#timers.delete(key);
      if (effect.kind === 'cancel') continue;
      const at = effect.clock === 'mono' ? effect.due : effect.due - NOW + MONO;
      this.#timers.set(key, { ...effect, at });
    }
    for (const test of tests) this.#answerTest(test);
    return record;
  }

  #answerTest(test: CommandOf<'order.test'>): void {
    this.ordersTested += 1;
    this.lastOrderTest = test;
    const { orderTest } = this;
    const { testId } = test;
    if (orderTest !== null) this.report({ type: 'order.tested', testId, ...orderTest });
  }

  report(report: BrokerReport): JournalRecord {
    return this.input('broker', ACTORS.daemon, { type: 'broker', report });
  }

  market(report: MarketReport): JournalRecord {
    return this.input('market', ACTORS.daemon, { type: 'market', report });
  }

  actor(id: string, up: boolean): JournalRecord {
    return this.input('actor', ACTORS.daemon, { type: 'actor', id, up, reason: 'it died' });
  }

  /** Gives a command, and returns the answer. */
  control(control: ControlCommand): ControlAnswer['result'] {
    this.#requests += 1;
    const requestId = this.#requests;
    const request = { control, origin: 'test' };
    const { effects } = this.input('command', ACTORS.daemon, {
      type: 'control',
      request,
      requestId,
    });
    const answer = effects.find((effect) => effect.kind === 'send' && effect.to === ACTORS.control);
    assert(answer?.kind === 'send', `no answer to ${control.command}`);
    return (answer.message as ControlAnswer).result;
  }

  /** Lets time pass; timers elapse at their own time. */
  advance(ms: number): void {
    const until = this.#mono + ms;
    for (let fired = 0; ; fired += 1) {
      assert(fired < FIRED_MAX, 'timers chain without end');
      const [next] = [...this.#timers.entries()].sort((a, b) => a[1].at - b[1].at);
      if (next === undefined || next[1].at > until) break;
      const [key, { to, name, due, at }] = next;
      this.#timers.delete(key);
      this.#mono = Math.max(this.#mono, at);
      this.input('timer', to, { type: 'timer', name, due });
    }
    this.#mono = until;
  }

  timer(name: string): boolean {
    return this.#timers.has(`${BOOK_ID}/${name}`) || this.#timers.has(`${ACTORS.daemon}/${name}`);
  }

  /** A fresh record on the board, evaluated. */
  evaluate(market: Market = {}): JournalRecord {
    const { delta = 112, bid = 449.99, ask = 450.01, option = 10, optionClose = 10 } = market;
    this.#version += 1;
    const { trading, mono } = this.at;
    const record = new Float64Array(BOOK_HEADER_LENGTH + LEG_LENGTH).fill(Number.NaN);
    const set = (base: number, offsets: Readonly<Record<string, number>>, values: object): void => {
      for (const [name, value] of Object.entries(values))
        record[base + (offsets[name] ?? 0)] = value;
    };
    const last = (bid + ask) / 2;
    const header = { version: this.#version, tradingTs: trading, recvMono: mono, bid, ask, last };
    const rest = { slot: 0, bidSize: 5, askSize: 5, close: 450, spotTs: trading, halted: 0 };
    set(0, BOOK, { ...header, ...rest, dataType: 1, regime: 1, realizedVol: 0.1, legCount: 1 });
    set(0, BOOK, market.borrow ?? {});
    const [low, high] = [option - 0.1, option + 0.1];
    const prices = { conId: 2001, bid: low, ask: high, last: option, close: optionClose };
    const greeks = { value: 10, delta: delta / 10_000, gamma: 0.0001, vega: 0.5, theta: -20 };
    set(legOffset(0), LEG, {
      ...prices,
      ...greeks,
      iv: 0.15,
      quality: 0,
      quoteTs: trading,
      ivTs: trading,
      spot: last,
      ...market.leg,
    });
    return this.input('evaluation', BOOK_ID, record);
  }

  /** What left for the broker since last asked; orders reach the venue, reads wait there. */
  pump(): readonly BrokerCommand[] {
    const commands = this.take(ACTORS.broker) as BrokerCommand[];
    for (const command of commands) {
      if (command.type === 'order.submit') this.venue.place(command.order);
      if (command.type === 'order.modify') this.venue.modify(command.order);
      if (command.type === 'read') this.reads.push(command);
    }
    return commands;
  }

  /** Messages to one actor outside since last asked. */
  take(to: string): readonly unknown[] {
    const taken = this.outbox.filter((one) => one.to === to);
    this.outbox = this.outbox.filter((one) => one.to !== to);
    return taken.map(({ message }) => message);
  }

  /** Answers every read that waits with the venue's truth of now. */
  answerReads(): void {
    this.pump();
    for (const { readId } of this.reads.splice(0)) {
      this.report({ type: 'read.done', readId, read: this.venue.read() });
    }
  }

  linkUp(accounts: readonly string[] = [ACCOUNT]): void {
    this.report({ type: 'link.up', clientId: 1, serverVersion: 178, accounts });
  }

  terms(liquidHours = ''): void {
    const hours = { timeZone: 'America/New_York', tradingHours: '', liquidHours };
    const priceIncrements = [{ lowEdge: 0, increment: 0.01 }];
    const terms = { contract: SHARES, longName: '', minTick: 0.01, priceIncrements, ...hours };
    this.report({ type: 'contract.terms', terms });
  }

  /** Everything that a (re)connect asks for is answered. */
  sync(accounts?: readonly string[]): void {
    this.linkUp(accounts);
    this.terms();
    this.answerReads();
  }

  marketUp(): void {
    this.market({ type: 'market.up', clientId: 2, serverVersion: 178 });
  }

  get daemon(): string {
    return this.#deciders.daemon.state();
  }

  get book() {
    const [book] = this.#deciders.books;
    assert(book);
    const { trading, hedge } = book.machines();
    const view = book.view(this.at);
    return {
      trading: String(trading.value),
      hedge: String(hedge.value),
      view,
      context: hedge.context,
      ordersAtRisk: book.ordersAtRisk(),
    };
  }

  explain() {
    const [book] = this.#deciders.books;
    assert(book);
    return book.explain(this.at);
  }

  /** What the API answers. */
  status() {
    const context = { quiescent: true, tradingTs: null };
    return statusView({ ...context, deciders: this.#deciders, at: this.at });
  }

  get data() {
    return this.#deciders.daemon.data;
  }

  /** Trading and hedge machine in one word each. */
  get states(): string {
    const { trading, hedge } = this.book;
    return `${trading} ${hedge}`;
  }

  facts<K extends Fact['fact']>(kind: K): readonly FactOf<K>[] {
    const all = this.records.flatMap((record) => record.facts);
    return all.filter((fact): fact is FactOf<K> => fact.fact === kind);
  }

  operations(): readonly string[] {
    return this.facts('operation').map(({ type }) => type);
  }

  /** What the journal would tell the next session. */
  durable(): DurableState {
    const facts = this.records.flatMap((record) => record.facts);
    return foldFacts(this.boot.durable, facts);
  }

  /** The process dies and another one starts: nothing is kept but the journal and the venue. */
  restart(options: WorldOptions = {}): World {
    const durable = JSON.parse(JSON.stringify(this.durable())) as DurableState;
    const lastSeq = this.records.at(-1)?.seq ?? 0;
    return new World({ venue: this.venue, durable, lastSeq, mono: this.#mono, ...options });
  }

  /**
   * Runs the recorded turns through fresh deciders, as `bifrost replay --verify` does; the last of
   * them also through a copy of those, as time travel does.
   */
  verifyReplay(): void {
    const [first] = this.records;
    assert(first);
    const deciders = createDeciders(first.body as BootBody, this.#lastSeq);
    const fork = Math.floor(this.records.length * 0.8);
    runAgain(deciders, this.records.slice(0, fork));
    const copy = forkDeciders(deciders, createCopier().copy);
    const rest = this.records.slice(fork);
    runAgain(copy, rest);
    runAgain(deciders, rest);
  }
}

function runAgain({ runner }: Deciders, records: readonly JournalRecord[]): void {
  for (const record of records) {
    const again = runner.runAgain(record) as JournalRecord;
    assert.equal(outcomeText(again), outcomeText(record), `turn ${record.seq} (${record.kind})`);
  }
}

function bootOf(settings: ReturnType<typeof bookSettings>, durable: DurableState): BootBody {
  return {
    type: 'boot',
    version: '0.0.0',
    exchangeId: null,
    config: {
      mode: 'simulated',
      liveAccount: null,
      deployment: 'demo',
      journalId: 'j',
      configSummary: '',
      lockStep: false,
      books: [{ settings, slot: 0 }],
      broker: {
        host: '127.0.0.1',
        port: 7497,
        portType: 'simulated',
        clientId: 1,
        marketDataClientId: 2,
        connectTimeoutMs: 5000,
        retryIntervalMs: 10_000,
      },
      heartbeatMs: 10_000,
      quoteHistoryMs: 30_000,
    },
    durable,
  };
}
