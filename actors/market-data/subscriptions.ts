/**
 * What the market-data connection has asked for, by ticket: the subscription of a line, or a probe
 * of it, which is a snapshot that shows whether the line lives. A ticket is never used twice: an
 * answer to a former one must not be taken for another's.
 */

import type { IbClient } from '../../src/gateway/ib/client.ts';
import { fromContract } from '../../src/gateway/ib/convert.ts';
import type { MarketLine, MarketLines } from '../../src/gateway/ib/market-lines.ts';
import type { Clock, Timer } from '../../src/runtime/clock.ts';

export interface Probe {
  readonly symbol: string;
  readonly deadline: Timer;
  answered: boolean;
}

/** What a ticket stands for: the line's own subscription, or a probe of it. */
export interface Ticket {
  readonly line: MarketLine;
  readonly probe: Probe | null;
}

export interface SubscriptionPorts {
  readonly mono: Clock;
  readonly lines: MarketLines;
  /** Whether requests are answered now. */
  isReady(): boolean;
  /** False where there is no connection that takes it. */
  send(request: (api: IbClient) => void): boolean;
  /** A probe has ended. */
  probed(symbol: string, answered: boolean): void;
}

const PROBE_DEADLINE_MS = 2000;

export class Subscriptions {
  readonly #ports: SubscriptionPorts;
  readonly #tickets = new Map<number, Ticket>();
  /** Probes that got their answer in this socket read; told when it is on the board. */
  readonly #answered = new Map<Probe, MarketLine>();
  #last = 0;

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports;
  }

  /** An id that nothing else on the connection has. */
  nextId(): number {
    this.#last += 1;
    return this.#last;
  }

  find(id: number): Ticket | undefined {
    return this.#tickets.get(id);
  }

  subscribe(line: MarketLine): void {
    const ticket = this.#add(line, null);
    const contract = fromContract(line.contract);
    const taken = this.#ports.send((api) => {
      // The line may have been given up while this waited its turn.
      if (this.#tickets.has(ticket)) api.reqMktData(ticket, contract, line.generic, false, false);
    });
    if (taken) line.ticket = ticket;
    else this.#tickets.delete(ticket);
  }

  unsubscribe(line: MarketLine): void {
    for (const [ticket, { line: other }] of [...this.#tickets]) {
      if (other === line) this.cancel(ticket);
    }
    line.ticket = null;
  }

  resubscribe(line: MarketLine): void {
    if (line.ticket !== null) this.cancel(line.ticket);
    line.ticket = null;
    this.subscribe(line);
  }

  /** Ends a subscription, or a probe without its answer. */
  cancel(id: number): void {
    const probe = this.#forget(id)?.probe ?? null;
    if (probe !== null && !probe.answered) this.#ports.probed(probe.symbol, false);
    this.#ports.send((api) => api.cancelMktData(id));
  }

  /** Asks for a snapshot of a book's underlying; one probe at a time for each book. */
  probe(symbol: string): void {
    const line = this.#ports.lines.underlyingOf(symbol);
    if (line === null || !this.#ports.isReady()) {
      this.#ports.probed(symbol, false);
      return;
    }
    for (const { probe } of this.#tickets.values()) {
      if (probe !== null && probe.symbol === symbol && !probe.answered) return;
    }
    const deadline = this.#ports.mono.setTimer(PROBE_DEADLINE_MS, () => this.cancel(ticket));
    const ticket = this.#add(line, { symbol, deadline, answered: false });
    const contract = fromContract(line.contract);
    const taken = this.#ports.send((api) => {
      if (this.#tickets.has(ticket)) api.reqMktData(ticket, contract, '', true, false);
    });
    if (!taken) this.cancel(ticket);
  }

  /** A snapshot is complete: the line lives, even where it has nothing new to say. */
  snapshotEnded(id: number): void {
    const ticket = this.#forget(id);
    if (ticket !== undefined) this.answered(ticket);
  }

  /** News from the market came on a ticket: where it is a probe's, that has its answer. */
  answered({ line, probe }: Ticket): void {
    if (probe === null || probe.answered) return;
    probe.answered = true;
    this.#ports.lines.touch(line, 'market');
    this.#answered.set(probe, line);
  }

  /** Tells the probes that were answered since the last call, each after `show` of its line. */
  tellAnswered(show: (line: MarketLine) => void): void {
    for (const [{ symbol }, line] of this.#answered) {
      show(line);
      this.#ports.probed(symbol, true);
    }
    this.#answered.clear();
  }

  /** The connection is gone, and all that was asked on it. */
  drop(): void {
    for (const [id, { probe }] of [...this.#tickets]) {
      this.#forget(id);
      if (probe !== null && !probe.answered) this.#ports.probed(probe.symbol, false);
    }
    for (const { symbol } of this.#answered.keys()) this.#ports.probed(symbol, false);
    this.#answered.clear();
    for (const line of this.#ports.lines.all()) line.ticket = null;
  }

  #add(line: MarketLine, probe: Probe | null): number {
    const id = this.nextId();
    this.#tickets.set(id, { line, probe });
    return id;
  }

  #forget(id: number): Ticket | undefined {
    const ticket = this.#tickets.get(id);
    ticket?.probe?.deadline.cancel();
    this.#tickets.delete(id);
    return ticket;
  }
}
