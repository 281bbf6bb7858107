/**
 * Looks after every turn, with the exchange's own ledger as the truth, and once more at the end.
 * Each check is an invariant of `docs/machines.md`; a breach ends the seed.
 */

import { sideSign } from '../../src/domain/order.ts';
import type { Exchange } from '../../src/gateway/sim/exchange.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import type { TurnRecord } from '../../src/runtime/kernel.ts';
import type { SimulatedEngine } from './engine.ts';
import { SYMBOL } from './scenario.ts';

const OURS = /^sim:/;

export class Judge {
  orders = 0;
  readonly #count: (name: string) => void;
  readonly #references = new Set<string>();
  #states = '';

  constructor(count: (name: string) => void) {
    this.#count = count;
  }

  restarted(): void {
    this.#states = '';
  }

  expectCalm(): void {
    this.#count('healed');
  }

  afterTurn(record: TurnRecord, engine: SimulatedEngine, exchange: Exchange): void {
    const [book] = engine.deciders.books;
    if (book === undefined) return;
    const { trading, hedge } = book.machines();
    const daemon = engine.deciders.daemon;
    const states = `${daemon.state()} ${String(trading.value)} ${String(hedge.value)}`;
    if (states !== this.#states) {
      this.#states = states;
      for (const state of states.split(' ')) this.#count(`state ${state}`);
    }
    for (const effect of record.effects) {
      if (effect.kind === 'send' && isSubmit(effect.message))
        this.#submitted(effect.message, daemon);
    }
    this.#oneAlive(exchange);
    for (const fact of record.facts as readonly Fact[]) this.#latched(fact, exchange);
    if (String(trading.value) === 'HEDGING' && hedge.context.intent === null) {
      throw new Error('invariant 8: HEDGING without an open intent');
    }
  }

  /** Invariants 2 and 6: only while it may, and never the same intent again. */
  #submitted(message: Submit, daemon: SimulatedEngine['deciders']['daemon']): void {
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
  #latched(fact: Fact, exchange: Exchange): void {
    if (fact.fact !== 'latch' || !fact.set) return;
    this.#count(`latch ${fact.cause}`);
    if (fact.cause !== 'position_break') throw new Error(`latched: ${fact.cause}: ${fact.reason}`);
    const shares = sharesOf(exchange);
    const owned = ownedBy(exchange);
    const reachesIn = Math.abs(shares) < Math.abs(owned) || shares * owned < 0;
    if (!reachesIn) throw new Error(`a break without a cause: ${fact.reason}`);
  }

  /** Invariant 1, by the exchange's own books. */
  #oneAlive(exchange: Exchange): void {
    const alive = exchange.openOrders().filter((order) => OURS.test(order.orderRef));
    if (alive.length > 1) {
      throw new Error(`invariant 1: ${alive.map((order) => order.orderRef).join(', ')} are alive`);
    }
  }

  /** After healing: running, hedged, and the ledger is the exchange's truth. */
  atTheEnd(exchange: Exchange, engine: SimulatedEngine | null): void {
    if (engine === null) throw new Error('no engine runs at the end');
    const [book] = engine.deciders.books;
    if (book === undefined) throw new Error('no book at the end');
    const view = book.view(engine.stamp());
    const where = `${view.daemon_state} ${view.trading_state} ${view.hedge_state}`;
    const owned = ownedBy(exchange);
    if (view.stock_position !== owned) {
      throw new Error(`invariant 4: owned ${view.stock_position}, by the exchange ${owned}`);
    }
    const shares = sharesOf(exchange);
    const latched = view.block_reasons.filter((reason) => LATCHES.has(reason));
    if (latched.length > 0) throw new Error(`latched at the end: ${latched.join()} (${where})`);
    if (view.daemon_state !== 'running') throw new Error(`not running at the end: ${where}`);
    if (!HEALTHY.has(view.trading_state))
      throw new Error(`not healthy at the end: ${where}: ${view.why}`);
    if (view.foreign_shares !== null && view.foreign_shares + owned !== shares) {
      throw new Error(`account ${shares} is not owned ${owned} + foreign ${view.foreign_shares}`);
    }
    const delta = view.net_delta ?? Number.NaN;
    const limit = 3 * view.band.threshold;
    if (!(Math.abs(delta) < limit)) throw new Error(`net delta ${delta} at the end: ${view.why}`);
  }
}

/** Shares of our own orders, by the exchange. */
function ownedBy(exchange: Exchange): number {
  return exchange
    .executions({ clientId: 0, account: '', since: 0, symbol: '', secType: '', side: '' })
    .filter((execution) => OURS.test(execution.orderRef))
    .reduce((sum, one) => sum + sideSign(one.side) * one.quantity, 0);
}

/** Shares of the account, ours and others'. */
function sharesOf(exchange: Exchange): number {
  return exchange
    .positions()
    .filter(({ contract }) => contract.secType === 'STK' && contract.symbol === SYMBOL)
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
