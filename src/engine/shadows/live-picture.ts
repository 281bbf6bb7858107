/**
 * The account of a live book as its own deciders hear of it, and which part of that is the live
 * hedge's: a shadow sees the same account with its own hedge in place of that.
 */

import type {
  BrokerRead,
  BrokerReport,
  ExecutionReport,
  PositionReport,
} from '../../protocol/broker.ts';
import type { BookMessage } from '../../protocol/decision.ts';
import { signedShares } from '../../protocol/durable.ts';

/** Months of hedging; who corrects an execution does it within days. */
const EXECUTIONS_MAX = 10_000;

export class LivePicture {
  readonly #symbol: string;
  /** References of orders that the live book sent in this session. */
  readonly #refs = new Set<string>();
  readonly #ids = new Set<string>();
  /** By the base of their ids: a correction takes the place of what it corrects. */
  readonly #filled = new Map<string, ExecutionReport>();
  readonly #foreign = new Map<string, ExecutionReport>();
  readonly #positions = new Map<string, PositionReport>();
  /** Signed shares of the live book's executions in this session. */
  hedged = 0;
  /** Reads that the live book has asked for and that are not answered. */
  readonly #reads = new Set<string>();

  constructor(symbol: string) {
    this.#symbol = symbol;
  }

  /** The live book has sent an order. */
  noteOrder(orderRef: string): void {
    this.#refs.add(orderRef);
  }

  /** The live book has asked for a complete read: who asks now hears what it will hear. */
  noteRead(readId: string): void {
    this.#reads.add(readId);
  }

  get isReading(): boolean {
    return this.#reads.size > 0;
  }

  /** What a live book hears, before its shadows do. */
  take(message: BookMessage): void {
    if (message.type === 'sync') this.#takeRead(message.read);
    else if (message.type === 'broker') this.#takeReport(message.report);
    // What was asked of a connection that is gone nobody answers.
    else if (message.type === 'engine' && !message.engine.brokerUp) this.#reads.clear();
  }

  /** Whether it is an answer to a live order, which is nobody else's. */
  isLive(report: BrokerReport): boolean {
    switch (report.type) {
      case 'order.report':
        return this.#refs.has(report.order.orderRef);
      case 'order.error':
        return this.#refs.has(report.orderRef);
      case 'execution':
        return this.#refs.has(report.execution.orderRef);
      case 'commission':
        return this.#ids.has(report.commission.execId);
      default:
        return false;
    }
  }

  /** The complete read of an account with another hedge in it, and so with other shares. */
  readFor(shares: PositionReport | null, live: BrokerRead | null): BrokerRead {
    const { openOrders = [], completedOrders = [], commissions = [] } = live ?? {};
    const others = (orders: BrokerRead['openOrders']) =>
      orders.filter(({ orderRef }) => !this.#refs.has(orderRef));
    return {
      openOrders: others(openOrders),
      completedOrders: others(completedOrders),
      executions: [...this.#foreign.values()],
      commissions: commissions.filter(({ execId }) => !this.#ids.has(execId)),
      positions: this.#positionsWith(shares),
      accounts: live?.accounts ?? [],
    };
  }

  #positionsWith(shares: PositionReport | null): readonly PositionReport[] {
    const others = [...this.#positions.values()].filter((one) => !this.#isStock(one));
    return shares === null ? others : [...others, shares];
  }

  /** Null while no position in the underlying was ever told. */
  stock(): PositionReport | null {
    return [...this.#positions.values()].find((one) => this.#isStock(one)) ?? null;
  }

  #isStock({ contract }: PositionReport): boolean {
    return contract.secType === 'STK' && contract.symbol === this.#symbol;
  }

  #takeReport(report: BrokerReport): void {
    if (report.type === 'execution') this.#takeExecution(report.execution);
    else if (report.type === 'position') this.#hold(report.position);
    else if (report.type === 'read.failed') this.#reads.delete(report.readId);
    else if (report.type === 'read.done') {
      this.#reads.delete(report.readId);
      this.#takeRead(report.read);
    }
  }

  #takeRead(read: BrokerRead): void {
    for (const execution of read.executions) this.#takeExecution(execution);
    this.#positions.clear();
    for (const position of read.positions) this.#hold(position);
  }

  #hold(position: PositionReport): void {
    if (position.contract.symbol !== this.#symbol) return;
    this.#positions.set(`${position.account}/${position.contract.conId}`, position);
  }

  #takeExecution(execution: ExecutionReport): void {
    const { execBase, execId, revision, orderRef } = execution;
    const isLive = this.#refs.has(orderRef);
    const known = isLive ? this.#filled : this.#foreign;
    const before = known.get(execBase);
    if (before !== undefined && before.revision >= revision) return;
    known.set(execBase, execution);
    for (const [oldest] of known) {
      if (known.size <= EXECUTIONS_MAX) break;
      known.delete(oldest);
    }
    if (!isLive) return;
    this.#ids.add(execId);
    this.hedged += signedShares(execution) - (before === undefined ? 0 : signedShares(before));
  }
}
