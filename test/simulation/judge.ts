/**
 * Looks after every turn and every step, with the exchange's own ledger as the truth. Each check is
 * an invariant of `docs/machines.md`; a breach ends the seed. What the whole came to is looked at
 * by `verdict.ts`.
 */

import { type DaemonSnapshot, daemonState } from '../../machines/daemon.ts';
import { type OrderPurpose, type OrderSide, sideSign } from '../../src/domain/order.ts';
import type { BookSettings } from '../../src/domain/settings.ts';
import type { Deciders } from '../../src/engine/deciders.ts';
import type { Exchange } from '../../src/gateway/sim/exchange.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import { readRecordFacts } from '../../src/protocol/records.ts';
import type { TurnRecord } from '../../src/runtime/turn.ts';
import { readJournal } from '../../src/store/journal.ts';
import type { Operator } from './operator.ts';
import { START_MS } from './scenario.ts';
import { aliveOf, deliveriesOf, sharesOf, tradedBy } from './truth.ts';

/** Latches that a fault of the exchange, or the market, can rightly cause. */
const EXPLAINED = new Set(['position_break', 'exec_fault', 'daily_loss_limit']);

export class Judge {
  orders = 0;
  readonly #exchange: () => Exchange;
  readonly #operator: Operator;
  readonly #count: (name: string) => void;
  readonly #submitted = new Set<string>();
  /** Intents without their output, by reference: of which book. */
  readonly #open = new Map<string, string>();
  readonly #ended = new Set<string>();
  /** Of the last turn that was seen. */
  #seq = 0;
  /** Shares that are ours by the operator's word. */
  readonly #adopted = new Map<string, number>();
  /** What deliveries of options brought to books, one by one. */
  readonly #deliveredTo = new Map<string, readonly number[]>();
  /** Stocks that were split. */
  readonly #split = new Set<string>();
  /** Books that are stopped because terms of their legs changed, and those that ever were. */
  readonly #altered = new Set<string>();
  readonly #everAltered = new Set<string>();
  /** Trading times of orders and modifications, by book. */
  readonly #paces = new Map<string, number[]>();

  constructor(exchange: () => Exchange, operator: Operator, count: (name: string) => void) {
    this.#exchange = exchange;
    this.#operator = operator;
    this.#count = count;
  }

  afterTurn(record: TurnRecord, deciders: Deciders): void {
    this.#seq = record.seq;
    for (const fact of record.facts as readonly Fact[]) this.#fact(fact);
    for (const book of deciders.books) {
      if (!record.touched.includes(book.id)) continue;
      const { trading, hedge } = book.machines();
      if (trading.value === 'HEDGING' && hedge.context.intent === null) {
        throw new Error('invariant 8: HEDGING without an open intent');
      }
    }
    for (const effect of record.effects) {
      if (effect.kind === 'send' && isOrder(effect.message)) {
        this.#order(effect.message, record, deciders);
      }
    }
  }

  /**
   * A turn whose record could not be made lasting is performed by nobody and seen by nobody, and
   * its record may stand in the journal all the same. The next life goes on behind it.
   */
  engineBroke(journalDir: string): void {
    for (const { payload } of readJournal(journalDir, 'journal')) {
      const { seq, facts } = readRecordFacts(payload);
      if (seq <= this.#seq) continue;
      for (const fact of facts) {
        if (fact.fact === 'intent' && fact.outcome !== null) this.#open.delete(fact.orderRef);
      }
    }
  }

  /** Invariant 1, by the exchange's own books; also between turns. */
  oneAlive(): void {
    const alive = aliveOf(this.#exchange());
    if (alive.length < 2) return;
    const symbols = alive.map(({ contract }) => contract.symbol);
    if (new Set(symbols).size === symbols.length) return;
    throw new Error(`invariant 1: ${alive.map(({ orderRef }) => orderRef).join(', ')} are alive`);
  }

  /** By the exchange's executions and deliveries, and the operator's word. */
  ownedOf(symbol: string): number {
    const delivered = (this.#deliveredTo.get(symbol) ?? []).reduce((sum, one) => sum + one, 0);
    return tradedBy(this.#exchange(), symbol) + delivered + (this.#adopted.get(symbol) ?? 0);
  }

  split(symbol: string): void {
    this.#split.add(symbol);
  }

  wasSplit(symbol: string): boolean {
    return this.#split.has(symbol);
  }

  /** Whether the book has seen that terms changed. */
  wasAltered(symbol: string): boolean {
    return this.#everAltered.has(symbol);
  }

  #fact(fact: Fact): void {
    switch (fact.fact) {
      case 'transition':
        this.#entered(fact.machine.split(':', 1)[0] ?? '', fact.to);
        break;
      case 'intent':
        this.#intent(fact);
        break;
      case 'latch':
        this.#latched(fact);
        break;
      case 'adjustment': {
        const { symbol, shares, kind } = fact;
        if (kind === 'exercise' || kind === 'assignment') {
          this.#delivered(symbol, shares);
          break;
        }
        const asked = this.#operator.adopted.some(
          (one) => one.symbol === symbol && one.shares === shares,
        );
        // What is adopted while terms have changed is booked under them.
        const byHand = kind === 'adopt' || kind === 'corporate_action';
        if (!byHand || !asked) throw new Error(`nobody asked for ${shares} ${symbol}`);
        this.#adopted.set(symbol, (this.#adopted.get(symbol) ?? 0) + shares);
        break;
      }
    }
  }

  /** What came without an order is ours only where the exchange has delivered as much. */
  #delivered(symbol: string, shares: number): void {
    this.#count('delivery booked');
    const before = this.#deliveredTo.get(symbol) ?? [];
    this.#deliveredTo.set(symbol, [...before, shares]);
    const by = (sign: number, all: readonly number[]) =>
      all.filter((one) => Math.sign(one) === sign).reduce((sum, one) => sum + Math.abs(one), 0);
    const events = deliveriesOf(this.#exchange(), symbol);
    const sign = Math.sign(shares);
    if (by(sign, [...before, shares]) <= by(sign, events)) return;
    throw new Error(`${shares} ${symbol} are booked, and the exchange delivered ${events.join()}`);
  }

  #entered(machine: string, to: string): void {
    // The daemon's own are of several regions; the public label needs no more than the value.
    const label = (): string => daemonState({ value: JSON.parse(to) } as DaemonSnapshot);
    this.#count(`${machine} ${machine === 'daemon' ? label() : to}`);
  }

  /** Each accepted target has one output, and a book works one at a time. */
  #intent({ orderRef, symbol, outcome }: Extract<Fact, { fact: 'intent' }>): void {
    if (outcome === null) {
      const other = [...this.#open].find(([, book]) => book === symbol);
      if (other !== undefined) throw new Error(`invariant 8: ${orderRef} beside ${other[0]}`);
      this.#open.set(orderRef, symbol);
      return;
    }
    this.#count(`outcome ${outcome}`);
    // What ended in a fault is found out later, and is told once more then.
    if (this.#ended.has(orderRef)) throw new Error(`${orderRef} has ended twice`);
    if (outcome !== 'fault') this.#ended.add(orderRef);
    this.#open.delete(orderRef);
  }

  /** A book may only break over somebody else's trade that really reaches into ours. */
  #latched({ symbol, cause, reason, set }: Extract<Fact, { fact: 'latch' }>): void {
    if (cause === 'corporate_action' && !set) this.#altered.delete(symbol);
    if (!set) return;
    this.#count(`latch ${cause}`);
    if (this.#split.has(symbol)) {
      this.#ofSplit(symbol, cause, reason);
      return;
    }
    if (!EXPLAINED.has(cause)) throw new Error(`latched: ${cause}: ${reason}`);
    if (cause !== 'position_break') return;
    const shares = sharesOf(this.#exchange(), symbol);
    const owned = this.ownedOf(symbol);
    const reachesIn = Math.abs(shares) < Math.abs(owned) || shares * owned < 0;
    if (!reachesIn) throw new Error(`a break without a cause: ${reason}`);
  }

  /** Whatever a book finds first, it is right to stop; but once it knows, no P&L is known. */
  #ofSplit(symbol: string, cause: string, reason: string): void {
    if (cause === 'daily_loss_limit' && this.#everAltered.has(symbol)) {
      throw new Error(`a loss that nobody made, after the split of ${symbol}: ${reason}`);
    }
    if (cause !== 'corporate_action') return;
    this.#altered.add(symbol);
    this.#everAltered.add(symbol);
  }

  #order({ type, order }: OrderMessage, { at }: TurnRecord, { daemon, books }: Deciders): void {
    const { symbol } = order.contract;
    // As the file says it: what the engine has made of it is what is judged.
    const file = this.#operator.config.books.find((one) => one.settings.symbol === symbol);
    const book = books.find((one) => one.symbol === symbol);
    if (file === undefined || book === undefined) throw new Error(`an order in ${symbol}`);
    const { settings } = file;
    this.#count(`${type === 'order.submit' ? 'order' : 'modification'} of ${order.purpose}`);
    if (type === 'order.submit') this.#first(order.orderRef);
    if (order.purpose !== 'flatten' && this.#altered.has(symbol)) {
      throw new Error(`an order left for ${symbol}, whose terms have changed`);
    }
    this.#admitted(order, daemon);
    const view = book.view(at);
    const owned = view.stock_position;
    // A modification names the whole order; what it has filled is owned already.
    const filled = type === 'order.modify' ? book.machines().hedge.context.filled : 0;
    const rest = { ...order, quantity: order.quantity - filled };
    this.#sized(rest, settings, owned, view.net_delta ?? Number.NaN);
    this.#priced(order, settings, view.bid ?? Number.NaN, view.ask ?? Number.NaN);
    this.#paced(symbol, at.trading, settings);
  }

  /** Invariant 6: never the same intent again. */
  #first(orderRef: string): void {
    this.orders += 1;
    if (this.#submitted.has(orderRef)) throw new Error(`invariant 6: ${orderRef} sent twice`);
    this.#submitted.add(orderRef);
  }

  /** Invariant 2: only while orders may leave, and none that was promised to stay. */
  #admitted({ purpose, contract }: Ticket, daemon: Deciders['daemon']): void {
    const { snapshot, suspended } = daemon.data;
    if (!snapshot.matches({ lifecycle: 'operating' })) {
      throw new Error(`invariant 2: an order left in ${daemon.state()}`);
    }
    if (purpose === 'flatten') return;
    if (!snapshot.matches({ admission: 'active' }) || suspended) {
      throw new Error('invariant 2: an order left while suspended');
    }
    if (this.#operator.holds(contract.symbol)) {
      throw new Error(`invariant 2: an order left that the operator had suspended`);
    }
    if (snapshot.context.degraded.some((reason) => BLOCKING.test(reason))) {
      throw new Error(`invariant 2: an order left while ${snapshot.context.degraded.join()}`);
    }
  }

  /** Invariant 7, and the gates of size. */
  #sized(order: Ticket, { gates }: BookSettings, owned: number, netDelta: number): void {
    const { quantity, side, purpose } = order;
    const signed = sideSign(side) * quantity;
    const most = gates.intent.hedge.max_hedge_shares_per_order;
    if (quantity > most) throw new Error(`gate bypassed: ${quantity} shares in one order`);
    const less = Math.abs(owned + signed) < Math.abs(owned);
    if (purpose === 'flatten' && !less) {
      throw new Error(`gate bypassed: flatten of ${owned} by ${signed}`);
    }
    const after = Math.abs(owned + signed);
    const reduces = less && Math.abs(netDelta + signed) < Math.abs(netDelta);
    if (after <= gates.guard.risk.max_position_shares || reduces) return;
    throw new Error(`invariant 7: ${after} shares after ${order.orderRef}`);
  }

  #priced({ limitPrice }: Ticket, { gates }: BookSettings, bid: number, ask: number): void {
    const mid = (bid + ask) / 2;
    const away = Math.abs(limitPrice - mid) / mid;
    // From the mid to the far side of a spread that is just not too wide, and the collar.
    const most = gates.guard.risk.price_collar_pct / 100 + (ask - bid) / mid;
    if (ask >= bid && away <= most) return;
    throw new Error(`gate bypassed: ${limitPrice} while ${bid} × ${ask} is quoted`);
  }

  #paced(symbol: string, now: number, { gates }: BookSettings): void {
    const times = (this.#paces.get(symbol) ?? []).filter((at) => at > now - 60_000);
    times.push(now);
    this.#paces.set(symbol, times);
    const most = gates.guard.risk.max_orders_per_minute;
    if (times.length > most) throw new Error(`gate bypassed: ${times.length} orders in a minute`);
    if (now < START_MS) throw new Error(`an order before the exchange opened, at ${now}`);
  }
}

/** Reasons to be degraded in which no hedge may leave. */
const BLOCKING = /^(?:market_data|greeks|journal|disk_full)/;

interface Ticket {
  readonly orderRef: string;
  readonly purpose: OrderPurpose;
  readonly contract: { readonly symbol: string };
  readonly side: OrderSide;
  readonly quantity: number;
  readonly limitPrice: number;
}

interface OrderMessage {
  readonly type: 'order.submit' | 'order.modify';
  readonly order: Ticket;
}

function isOrder(message: unknown): message is OrderMessage {
  const type = (message as { readonly type?: unknown } | null)?.type;
  return type === 'order.submit' || type === 'order.modify';
}
