/**
 * Looks after every turn, with the exchange's own ledger as the truth, and once more at the end.
 * Each check is an invariant of `docs/machines.md`; a breach ends the seed.
 */

import { sideSign } from '../../src/domain/order.ts';
import type { Deciders } from '../../src/engine/deciders.ts';
import type { Exchange } from '../../src/gateway/sim/exchange.ts';
import type { VenueExecution } from '../../src/gateway/sim/venue.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import type { ActorView, BookView, StatusView } from '../../src/protocol/views.ts';
import type { TurnRecord } from '../../src/runtime/kernel.ts';
import { SYMBOLS } from './scenario.ts';

const OURS = /^sim:/;

/** Latches that a fault of the exchange can rightly cause. */
const EXPLAINED = new Set(['position_break', 'exec_fault']);

export class Judge {
  orders = 0;
  readonly #exchange: Exchange;
  readonly #count: (name: string) => void;
  readonly #references = new Set<string>();
  readonly #states = new Map<string, string>();

  constructor(exchange: Exchange, count: (name: string) => void) {
    this.#exchange = exchange;
    this.#count = count;
  }

  restarted(): void {
    this.#states.clear();
  }

  afterTurn(record: TurnRecord, { daemon, books }: Deciders): void {
    this.#entered('daemon', daemon.state());
    for (const book of books) {
      const { trading, hedge } = book.machines();
      this.#entered(`${book.id} trading`, String(trading.value));
      this.#entered(`${book.id} hedge`, String(hedge.value));
      if (String(trading.value) === 'HEDGING' && hedge.context.intent === null) {
        throw new Error('invariant 8: HEDGING without an open intent');
      }
    }
    for (const effect of record.effects) {
      if (effect.kind === 'send' && isSubmit(effect.message)) {
        this.#submitted(effect.message, daemon);
      }
    }
    for (const fact of record.facts as readonly Fact[]) this.#latched(fact);
  }

  /** Invariant 1, by the exchange's own books; also between turns. */
  oneAlive(): void {
    const alive = this.#exchange.openOrders().filter(({ orderRef }) => OURS.test(orderRef));
    if (alive.length < 2) return;
    const symbols = alive.map(({ contract }) => contract.symbol);
    if (new Set(symbols).size === symbols.length) return;
    throw new Error(`invariant 1: ${alive.map(({ orderRef }) => orderRef).join(', ')} are alive`);
  }

  #entered(machine: string, state: string): void {
    if (this.#states.get(machine) === state) return;
    this.#states.set(machine, state);
    this.#count(`state ${state}`);
  }

  /** Invariants 2 and 6: only while it may, and never the same intent again. */
  #submitted(message: Submit, daemon: Deciders['daemon']): void {
    this.orders += 1;
    const { orderRef } = message.order;
    if (this.#references.has(orderRef)) throw new Error(`invariant 6: ${orderRef} sent twice`);
    this.#references.add(orderRef);
    const { snapshot } = daemon.data;
    if (!snapshot.matches({ lifecycle: 'operating' })) {
      throw new Error(`invariant 2: an order left in ${daemon.state()}`);
    }
    if (!snapshot.matches({ admission: 'active' })) {
      throw new Error('invariant 2: an order left while suspended');
    }
  }

  /** A book may only break over somebody else's trade that really reaches into ours. */
  #latched(fact: Fact): void {
    if (fact.fact !== 'latch' || !fact.set) return;
    this.#count(`latch ${fact.cause}`);
    if (!EXPLAINED.has(fact.cause)) throw new Error(`latched: ${fact.cause}: ${fact.reason}`);
    if (fact.cause !== 'position_break') return;
    const shares = sharesOf(this.#exchange, fact.symbol);
    const owned = ownedBy(this.#exchange, fact.symbol);
    const reachesIn = Math.abs(shares) < Math.abs(owned) || shares * owned < 0;
    if (!reachesIn) throw new Error(`a break without a cause: ${fact.reason}`);
  }

  /** After healing: running, hedged, and the ledger is the exchange's truth. */
  atTheEnd(status: StatusView, facts: readonly Fact[]): void {
    for (const symbol of SYMBOLS) {
      const view = status.books.find((book) => book.symbol === symbol);
      if (view === undefined) throw new Error(`no book ${symbol} at the end`);
      this.#well(view);
      this.#owns(view);
    }
    this.#executions(facts);
    this.#commissions(facts);
    this.#orders(facts);
  }

  /** No mailbox of the last life was too small for what came. */
  losesNothing(actors: readonly ActorView[]): void {
    const full = actors.filter(({ dropped }) => dropped > 0);
    if (full.length === 0) return;
    throw new Error(`messages were dropped: ${full.map(({ id }) => id).join(', ')}`);
  }

  #well(view: BookView): void {
    const where = `${view.symbol} ${view.daemon_state} ${view.trading_state} ${view.hedge_state}`;
    const latched = view.block_reasons.filter((reason) => LATCHES.has(reason));
    if (latched.length > 0) throw new Error(`latched at the end: ${latched.join()} (${where})`);
    if (view.daemon_state !== 'running') throw new Error(`not running at the end: ${where}`);
    if (!HEALTHY.has(view.trading_state)) {
      throw new Error(`not healthy at the end: ${where}: ${view.why}`);
    }
  }

  /** Whether every book is where no hedge is needed. */
  isHedged({ books }: StatusView): boolean {
    return books.every(({ net_delta: delta, band }) => {
      return delta !== null && Math.abs(delta) < band.threshold;
    });
  }

  mustBeHedged(status: StatusView): void {
    if (this.isHedged(status)) return;
    const where = status.books.map(
      ({ symbol, net_delta: delta, why }) => `${symbol} ${delta}: ${why}`,
    );
    throw new Error(`not hedged after a minute: ${where.join('; ')}`);
  }

  #owns({ symbol, stock_position: stock, foreign_shares: foreign }: BookView): void {
    const owned = ownedBy(this.#exchange, symbol);
    if (stock !== owned) {
      throw new Error(`invariant 4: ${symbol} owned ${stock}, by the exchange ${owned}`);
    }
    const shares = sharesOf(this.#exchange, symbol);
    if (foreign !== null && foreign + owned !== shares) {
      throw new Error(`${symbol}: account ${shares} is not owned ${owned} + foreign ${foreign}`);
    }
  }

  /** Invariant 3: each execution of ours is in the journal once, at its price. */
  #executions(facts: readonly Fact[]): void {
    const booked = new Map<string, string>();
    for (const fact of facts) {
      if (fact.fact !== 'execution') continue;
      const { execId, orderRef, quantity, price } = fact.execution;
      if (!OURS.test(orderRef)) continue;
      if (booked.has(execId)) throw new Error(`invariant 3: ${execId} is booked twice`);
      booked.set(execId, `${orderRef} ${quantity} at ${price}`);
    }
    for (const { execId, orderRef, quantity, price } of executionsOf(this.#exchange)) {
      const expected = `${orderRef} ${quantity} at ${price}`;
      const is = booked.get(execId) ?? 'not booked';
      if (is !== expected) throw new Error(`invariant 3: ${execId} is ${expected}, and ${is}`);
    }
  }

  /** Cash: what was charged for each execution, wherever a report of it came. */
  #commissions(facts: readonly Fact[]): void {
    const charged = new Map<string, number>();
    for (const fact of facts) {
      if (fact.fact === 'commission')
        charged.set(fact.commission.execId, fact.commission.commission);
    }
    for (const { execId, commission } of executionsOf(this.#exchange)) {
      const is = charged.get(execId) ?? commission;
      if (Math.abs(is - commission) < 1e-9) continue;
      throw new Error(`${execId} was charged ${commission}, and ${is} is booked`);
    }
  }

  /** The exchange has no order under our name that the journal did not hold first. */
  #orders(facts: readonly Fact[]): void {
    const known = new Set(facts.flatMap((fact) => (fact.fact === 'order' ? [fact.orderRef] : [])));
    const all = [...this.#exchange.openOrders(), ...this.#exchange.completedOrders()];
    for (const { orderRef } of all) {
      if (!OURS.test(orderRef) || known.has(orderRef)) continue;
      throw new Error(`the exchange has ${orderRef}, of which the journal knows nothing`);
    }
  }
}

/** The last revision of each execution of our own orders. */
function executionsOf(exchange: Exchange): readonly VenueExecution[] {
  const all = { clientId: 0, account: '', since: 0, symbol: '', secType: '', side: '' };
  return exchange.executions(all).filter(({ orderRef }) => OURS.test(orderRef));
}

function ownedBy(exchange: Exchange, symbol: string): number {
  return executionsOf(exchange)
    .filter(({ contract }) => contract.symbol === symbol)
    .reduce((sum, one) => sum + sideSign(one.side) * one.quantity, 0);
}

/** Shares of the account, ours and others'. */
function sharesOf(exchange: Exchange, symbol: string): number {
  return exchange
    .positions()
    .filter(({ contract }) => contract.secType === 'STK' && contract.symbol === symbol)
    .reduce((sum, position) => sum + position.quantity, 0);
}

const LATCHES = new Set([
  'exec_fault',
  'position_break',
  'ownership_unconfirmed',
  'corporate_action',
  'daily_loss_limit',
]);
const HEALTHY = new Set(['MONITOR', 'NO_TRADE', 'PAUSE_COST', 'NEED_HEDGE', 'HEDGING']);

interface Submit {
  readonly type: 'order.submit';
  readonly order: { readonly orderRef: string };
}

function isSubmit(message: unknown): message is Submit {
  return (message as { readonly type?: unknown } | null)?.type === 'order.submit';
}
