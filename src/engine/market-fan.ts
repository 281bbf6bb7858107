/**
 * Several market-data connections in the place of one: each has a client id, a thread and a part of
 * the books of its own. To the deciders they are one connection, which is up while all of them are;
 * so nothing that is journaled depends on how many there are. What one of them forgot when it died
 * it is told again, and the others are left alone.
 */

import type { MarketCommand, MarketReport, MarketTarget, WatchedBook } from '../protocol/market.ts';

/** The actors of one connection. */
export interface MarketWorker {
  readonly market: string;
  readonly greeks: string;
}

export interface MarketFanPorts {
  readonly workers: readonly MarketWorker[];
  /** What the account may watch at once, over all connections. */
  readonly lines: number;
  send(to: string, command: MarketCommand): void;
  report(report: MarketReport): void;
}

interface Part {
  readonly worker: MarketWorker;
  isUp: boolean;
  /** Of its actors, those that are being started again. */
  readonly down: Set<string>;
}

export class MarketFan {
  readonly #ports: MarketFanPorts;
  readonly #parts: readonly Part[];
  #target: MarketTarget | null = null;
  #books: readonly WatchedBook[] | null = null;

  constructor(ports: MarketFanPorts) {
    this.#ports = ports;
    this.#parts = ports.workers.map((worker) => ({ worker, isUp: false, down: new Set() }));
  }

  command(command: MarketCommand): void {
    switch (command.type) {
      case 'link.open':
        this.#target = command.target;
        for (const part of this.#parts) this.#open(part);
        break;
      case 'link.close':
        this.#target = null;
        for (const part of this.#parts) part.isUp = false;
        this.#all(command);
        break;
      case 'watch':
        this.#books = command.books;
        for (const part of this.#parts) this.#watch(part);
        break;
      case 'probe':
        this.#ports.send(this.#partOf(command.symbol).worker.market, command);
        break;
      case 'resubscribe':
        this.#all(command);
        break;
    }
  }

  /** What connection `index` reports. */
  take(index: number, report: MarketReport): void {
    const part = this.#parts[index];
    if (part === undefined || this.#target === null) return;
    if (report.type === 'market.up') {
      part.isUp = true;
      if (!this.#parts.every(({ isUp }) => isUp)) return;
      this.#ports.report({ ...report, clientId: this.#target.clientId });
    } else if (report.type === 'market.lost') {
      this.#lost(part, report.reason, report.retryInMs);
    } else {
      this.#ports.report(report);
    }
  }

  /** False where the actor is none of a connection's. */
  lifecycle(id: string, isUp: boolean, reason: string): boolean {
    const part = this.#parts.find(({ worker }) => worker.market === id || worker.greeks === id);
    if (part === undefined) return false;
    if (!isUp) {
      part.down.add(id);
      if (this.#target !== null) this.#lost(part, `${id} restarts: ${reason}`, 0);
    } else if (part.down.delete(id) && part.down.size === 0 && this.#target !== null) {
      // The market-data actor tells the greeks actor what to price: both must be there.
      this.#open(part);
      this.#watch(part);
    }
    return true;
  }

  #open(part: Part): void {
    part.isUp = false;
    if (this.#target === null) return;
    const target = { ...this.#target, clientId: this.#clientId(part) };
    this.#ports.send(part.worker.market, { type: 'link.open', target });
  }

  /** Its books, and of the lines what they need and an even share of what all of them leave. */
  #watch(part: Part): void {
    if (this.#books === null) return;
    const books = this.#books.filter((book) => this.#partFor(book) === part);
    const left = Math.max(0, this.#ports.lines - linesOf(this.#books));
    const share = Math.floor(left / this.#parts.length);
    const command = { type: 'watch', books, lines: linesOf(books) + share } as const;
    this.#ports.send(part.worker.market, command);
  }

  #lost(part: Part, reason: string, retryInMs: number): void {
    part.isUp = false;
    const text = `client ${this.#clientId(part)} of market data: ${reason}`;
    this.#ports.report({ type: 'market.lost', reason: text, retryInMs });
  }

  #clientId(part: Part): number {
    return (this.#target?.clientId ?? 0) + this.#parts.indexOf(part);
  }

  #partFor({ slot }: WatchedBook): Part {
    const part = this.#parts[slot % this.#parts.length];
    if (part === undefined) throw new Error('there are connections');
    return part;
  }

  #partOf(symbol: string): Part {
    const [first] = this.#parts;
    const book = this.#books?.find((one) => one.symbol === symbol);
    if (first === undefined) throw new Error('there are connections');
    return book === undefined ? first : this.#partFor(book);
  }

  #all(command: MarketCommand): void {
    for (const { worker } of this.#parts) this.#ports.send(worker.market, command);
  }
}

/** Lines of the underlyings and legs, each once. */
function linesOf(books: readonly WatchedBook[]): number {
  const contracts = books.flatMap(({ underlying, legs }) => [underlying, ...legs]);
  return new Set(contracts.map(({ conId }) => conId)).size;
}
