/**
 * Folds facts into what a starting daemon must know. A start folds the facts of a whole session, so
 * what grows with trading (fills, commissions, references) is appended to here, and not copied with
 * each fact.
 */

import type { Adjustment, LedgerFill } from '../domain/ledger.ts';
import {
  commissionUsd,
  type DurableBook,
  type DurableState,
  durableKey,
  emptyDurableBook,
  fillOf,
  type Membership,
  NO_MEMORY,
  NOTHING_DURABLE,
  withOrderTime,
} from './durable.ts';
import { durableMemory } from './durable-ledger.ts';
import type { AdjustmentFact, Fact, IntentFact, LatchFact, LegFact } from './facts.ts';

/** The state after these facts. */
export function foldFacts(state: DurableState, facts: Iterable<Fact>): DurableState {
  const fold = new DurableFold(state);
  for (const fact of facts) fold.take(fact);
  return fold.state();
}

/** Whether a start would know of the fact. */
export function leavesMemory(fact: Fact): boolean {
  return new DurableFold(NOTHING_DURABLE).take(fact);
}

/** A state to which facts are added one after the other, each in a time of its own. */
export class DurableFold {
  #rest: Omit<DurableState, 'books'>;
  readonly #books: Map<string, GrowingBook>;

  constructor({ books, ...rest }: DurableState) {
    this.#rest = rest;
    this.#books = new Map(
      Object.entries(books).map(([key, book]) => [key, new GrowingBook(book)] as const),
    );
  }

  /** What all facts so far have led to; a value, which later facts do not change. */
  state(): DurableState {
    const books = [...this.#books].map(([key, growing]) => [key, growing.value()] as const);
    return { ...this.#rest, books: Object.fromEntries(books) };
  }

  /** False for a fact that leaves no memory. */
  take(fact: Fact): boolean {
    switch (fact.fact) {
      case 'suspended':
        this.#suspend(fact.symbol, fact.suspended);
        return true;
      case 'heartbeatInterval': {
        const { intervalS, configuredS } = fact;
        this.#rest = { ...this.#rest, heartbeat: { intervalS, configuredS } };
        return true;
      }
      case 'execution': {
        const { contract, account } = fact.execution;
        this.#of({ symbol: contract.symbol, account }).fills.push(fillOf(fact.execution));
        return true;
      }
      case 'commission': {
        const { execId } = fact.commission;
        this.#of(fact).commissions.push([execId, commissionUsd(fact.commission)]);
        return true;
      }
      case 'adjustment':
        this.#of(fact).adjustments.push(adjustmentOf(fact));
        return true;
      case 'intent':
        this.#of(fact).intent(fact);
        return true;
      case 'leg':
        this.#of(fact).leg(fact);
        return true;
      case 'latch':
        this.#of(fact).latch(fact);
        return true;
      case 'hedgeMemory': {
        const growing = this.#of(fact);
        const orderTimes = growing.book.memory?.orderTimes ?? [];
        // What an older version wrote may lack what was added since.
        growing.change({ memory: { ...NO_MEMORY, ...fact.memory, orderTimes } });
        growing.change({ memory: durableMemory({ ...growing.book, fills: growing.fills }) });
        return true;
      }
      case 'attribution':
        this.#of(fact).change({ attribution: fact.kept });
        return true;
      case 'operation': {
        if (fact.type !== 'order_sent' && fact.type !== 'modify') return false;
        this.#of(fact).orderSent(fact.tradingTs);
        return true;
      }
      default:
        return false;
    }
  }

  #of({ symbol, account }: { readonly symbol: string; readonly account: string }): GrowingBook {
    const key = durableKey(symbol, account);
    const known = this.#books.get(key);
    if (known !== undefined) return known;
    const growing = new GrowingBook(emptyDurableBook(symbol, account));
    this.#books.set(key, growing);
    return growing;
  }

  /** Of every account's book; kept without an account where nothing else is known of it yet. */
  #suspend(symbol: string | null, suspended: boolean): void {
    if (symbol === null) {
      this.#rest = { ...this.#rest, suspended };
      return;
    }
    const known = [...this.#books.values()].filter(({ book }) => book.symbol === symbol);
    const ours = known.length > 0 ? known : [this.#of({ symbol, account: '' })];
    for (const growing of ours) growing.change({ suspended });
  }
}

/** The broker reports executions of the last days at most; older references cannot come back. */
const ORDER_REFS_MAX = 20_000;

/** A book whose long lists grow in place; the rest is replaced, as in a state. */
class GrowingBook {
  /** But for the lists that stand beside it. */
  book: DurableBook;
  readonly fills: LedgerFill[];
  readonly commissions: (readonly [execId: string, amount: number])[];
  readonly adjustments: Adjustment[];
  #orderRefs: Set<string>;

  constructor(book: DurableBook) {
    this.book = book;
    this.fills = [...book.fills];
    this.commissions = [...book.commissions];
    this.adjustments = [...book.adjustments];
    this.#orderRefs = new Set(book.orderRefs);
    this.change({ memory: book.memory && durableMemory(book) });
  }

  value(): DurableBook {
    return {
      ...this.book,
      fills: [...this.fills],
      commissions: [...this.commissions],
      adjustments: [...this.adjustments],
      orderRefs: [...this.#orderRefs].slice(-ORDER_REFS_MAX),
    };
  }

  change(change: Partial<DurableBook>): void {
    this.book = { ...this.book, ...change };
  }

  intent(fact: IntentFact): void {
    const others = this.book.openIntents.filter(({ orderRef }) => orderRef !== fact.orderRef);
    // A fault is no end: the order's fate is still to be found out, by the next session if need be.
    const isOpen = fact.outcome === null || fact.outcome === 'fault';
    this.change({ openIntents: isOpen ? [...others, fact] : others });
    this.#orderRefs.add(fact.orderRef);
    if (this.#orderRefs.size > 2 * ORDER_REFS_MAX) {
      this.#orderRefs = new Set([...this.#orderRefs].slice(-ORDER_REFS_MAX));
    }
  }

  leg({ change, contract: { conId }, leg }: LegFact): void {
    if (change === 'confirmed' || change === 'excluded') {
      this.#decide({ conId, decision: change });
      return;
    }
    const others = this.book.legs.filter(({ contract }) => contract.conId !== conId);
    this.change({ legs: change === 'left' ? others : [...others, leg] });
  }

  latch({ cause, reason, set }: LatchFact): void {
    const others = this.book.latches.filter((latch) => latch.cause !== cause);
    this.change({ latches: set ? [...others, { cause, reason }] : others });
  }

  orderSent(ts: number): void {
    const memory = this.book.memory ?? NO_MEMORY;
    this.change({ memory: { ...memory, orderTimes: withOrderTime(memory.orderTimes, ts) } });
  }

  #decide(one: Membership): void {
    const others = (this.book.membership ?? []).filter(({ conId }) => conId !== one.conId);
    this.change({ membership: [...others, one] });
  }
}

function adjustmentOf(fact: AdjustmentFact): Adjustment {
  const { id, kind, shares, price, tradingTs: ts, reason } = fact;
  return { id, kind, shares, price, ts, reason };
}
