/**
 * Complete reads of the broker's truth. Each part has an end message of its own, and a read is done
 * only when all have come: an unfinished list looks exactly like a list of fewer things. What
 * comes outside a read is passed on as it comes; what a failed read had gathered is passed on too,
 * because it was told only once.
 */

import type {
  AccountReport,
  BrokerReport,
  CommissionReport,
  ExecutionReport,
  OrderReport,
  PositionReport,
} from '../../protocol/broker.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import { describeCode, isReadOnlyRefusal } from './codes.ts';
import type { Connection } from './connection.ts';
import type { OrderDesk } from './order-desk.ts';

/** One for each caller that could ask at once; more is a loop. */
const QUEUE_MAX = 8;

/** Values of an account worth having; TWS grants two summaries to all its clients together. */
const ACCOUNT_TAGS = [
  'AccountType',
  'NetLiquidation',
  'TotalCashValue',
  'SettledCash',
  'BuyingPower',
  'EquityWithLoanValue',
  'GrossPositionValue',
  'InitMarginReq',
  'MaintMarginReq',
  'AvailableFunds',
  'ExcessLiquidity',
  'Cushion',
].join(',');

/** Parts whose end carries no request id. */
type Unnamed = 'open orders' | 'completed orders' | 'positions';
type Part = Unnamed | 'executions' | 'account summary';

/** Orders are listed twice, ours and everybody's, and both lists end with the same message. */
const ENDS: Readonly<Record<Unnamed, number>> = {
  'open orders': 2,
  'completed orders': 1,
  positions: 1,
};

interface Read {
  readonly readId: string;
  readonly deadline: Timer;
  readonly waiting: Set<Part>;
  readonly executionsId: number;
  readonly accountsId: number;
  /** Ends still to come, where they carry no request id. */
  readonly due: Record<Unnamed, number>;
  orders: { open: OrderReport[]; ended: OrderReport[] };
  readonly completed: OrderReport[];
  readonly executions: Map<string, ExecutionReport>;
  readonly commissions: Map<string, CommissionReport>;
  readonly positions: Map<string, PositionReport>;
}

interface Wanted {
  readonly readId: string;
  readonly dueMono: number;
}

export interface ReadDeskOptions {
  readonly clock: Clock;
  readonly orders: OrderDesk;
  readonly nextRequestId: () => number;
  readonly cast: (report: BrokerReport) => void;
  /** The connection does not answer reads any more. */
  readonly giveUp: (reason: string) => void;
}

export class ReadDesk {
  readonly #options: ReadDeskOptions;
  readonly #queue: Wanted[] = [];
  readonly #accounts = new Map<string, Record<string, string>>();
  readonly #changedAccounts = new Set<string>();
  #connection: Connection | null = null;
  #accountsId: number | null = null;
  #read: Read | null = null;
  /** Ends that reads before this one asked for and that may still come. */
  #owed: Record<Unnamed, number> = { 'open orders': 0, 'completed orders': 0, positions: 0 };
  #timedOut = false;

  constructor(options: ReadDeskOptions) {
    this.#options = options;
  }

  linkUp(connection: Connection): void {
    this.#connection = connection;
    this.#accountsId = null;
    this.#owed = { 'open orders': 0, 'completed orders': 0, positions: 0 };
    this.#timedOut = false;
    this.#accounts.clear();
    this.#changedAccounts.clear();
  }

  linkDown(reason: string): void {
    this.#connection = null;
    // Each failure starts the next of the queue, which fails for want of a connection.
    this.#fail(reason);
  }

  request(readId: string, deadlineMs: number): void {
    if (this.#queue.length >= QUEUE_MAX) {
      const reason = `${QUEUE_MAX} reads are waiting already`;
      this.#options.cast({ type: 'read.failed', readId, reason });
      return;
    }
    this.#queue.push({ readId, dueMono: this.#options.clock.now() + deadlineMs });
    this.#startNext();
  }

  /** An error whose id may be a request's of the read under way; true if it was taken. */
  error(id: number, code: number, message: string): boolean {
    const read = this.#read;
    if (read === null) return false;
    if (!isOfRequest(id) && isReadOnlyRefusal(code, message)) {
      this.#refused(`${message} (${code}): ${describeCode(code, false).operator}`);
      return true;
    }
    if (id !== read.executionsId && id !== read.accountsId) return false;
    this.#fail(`${message} (${code})`);
    return true;
  }

  /** Something of the broker's could not be understood, so the read cannot be complete. */
  unreadable(what: string): void {
    this.#fail(`${what} could not be understood`);
  }

  completedOrder(order: OrderReport): void {
    this.#read?.completed.push(order);
  }

  execution(requestId: number, execution: ExecutionReport): void {
    const read = this.#read;
    read?.executions.set(execution.execId, execution);
    if (read === null || requestId !== read.executionsId) {
      this.#options.cast({ type: 'execution', execution });
    }
  }

  /** Commissions carry no request id, and those of a read come after their executions. */
  commission(commission: CommissionReport): void {
    const read = this.#read;
    if (read === null) this.#options.cast({ type: 'commission', commission });
    else read.commissions.set(commission.execId, commission);
  }

  position(position: PositionReport): void {
    const read = this.#read;
    read?.positions.set(`${position.account} ${position.contract.conId}`, position);
    if (read?.waiting.has('positions') ?? false) return;
    this.#options.cast({ type: 'position', position });
  }

  accountValue(requestId: number, account: string, tag: string, value: string): void {
    if (requestId !== this.#accountsId) return;
    const values = this.#accounts.get(account) ?? {};
    values[tag] = value;
    this.#accounts.set(account, values);
    this.#changedAccounts.add(account);
  }

  openOrderEnd(): void {
    if (this.#late('open orders')) this.#options.orders.beginRead();
    else if (this.#last('open orders')) this.#ended('open orders');
  }

  completedOrdersEnd(): void {
    if (this.#late('completed orders')) this.#read?.completed.splice(0);
    else if (this.#last('completed orders')) this.#ended('completed orders');
  }

  executionsEnd(requestId: number): void {
    if (requestId === this.#read?.executionsId) this.#ended('executions');
  }

  positionsEnd(): void {
    if (this.#late('positions')) this.#read?.positions.clear();
    else if (this.#last('positions')) this.#ended('positions');
  }

  accountsEnd(requestId: number): void {
    if (requestId === this.#read?.accountsId) this.#ended('account summary');
  }

  /** After each socket read: one report for each account that changed outside a read. */
  tellAccounts(): void {
    if (this.#read !== null) return;
    for (const account of this.#changedAccounts) {
      this.#options.cast({ type: 'account', account: this.#accountReport(account) });
    }
    this.#changedAccounts.clear();
  }

  #startNext(): void {
    const wanted = this.#read === null ? this.#queue.shift() : undefined;
    if (wanted === undefined) return;
    const { clock, nextRequestId } = this.#options;
    const { readId, dueMono } = wanted;
    const wait = dueMono - clock.now();
    const read: Read = {
      readId,
      deadline: clock.setTimer(Math.max(0, wait), () => this.#expire(wait)),
      waiting: new Set<Part>([
        'open orders',
        'completed orders',
        'executions',
        'positions',
        'account summary',
      ]),
      executionsId: nextRequestId(),
      accountsId: nextRequestId(),
      due: { ...ENDS },
      orders: { open: [], ended: [] },
      completed: [],
      executions: new Map(),
      commissions: new Map(),
      positions: new Map(),
    };
    this.#read = read;
    this.#options.orders.beginRead();
    if (!this.#ask(read)) this.#fail('not connected');
  }

  #ask(read: Read): boolean {
    const connection = this.#connection;
    if (connection === null) return false;
    const former = this.#accountsId;
    this.#accountsId = read.accountsId;
    const calls: Parameters<Connection['send']>[1][] = [
      (api) => api.reqAllOpenOrders(),
      (api) => api.reqOpenOrders(),
      (api) => api.reqCompletedOrders(true),
      (api) => api.reqExecutions(read.executionsId, ALL_EXECUTIONS),
      (api) => api.reqPositions(),
      (api) => api.reqAccountSummary(read.accountsId, 'All', ACCOUNT_TAGS),
    ];
    if (former !== null) calls.unshift((api) => api.cancelAccountSummary(former));
    return calls.every((call) => connection.send('request', call));
  }

  /** Whether an end answers a read that was given up, whose list must not complete this one. */
  #late(part: Unnamed): boolean {
    if (this.#owed[part] === 0) return false;
    this.#owed[part] -= 1;
    return this.#read !== null;
  }

  #last(part: Unnamed): boolean {
    if (this.#read === null || this.#read.due[part] === 0) return false;
    this.#read.due[part] -= 1;
    return this.#read.due[part] === 0;
  }

  #ended(part: Part): void {
    const read = this.#read;
    if (read === null) return;
    if (part === 'open orders') read.orders = this.#options.orders.endRead();
    if (!read.waiting.delete(part) || read.waiting.size > 0) return;
    this.#close(read);
    this.#timedOut = false;
    const seen = new Set(read.completed.map((order) => order.permId));
    const ended = read.orders.ended.filter((order) => !seen.has(order.permId));
    this.#options.cast({
      type: 'read.done',
      readId: read.readId,
      read: {
        openOrders: read.orders.open,
        completedOrders: [...read.completed, ...ended],
        executions: [...read.executions.values()],
        commissions: [...read.commissions.values()],
        positions: [...read.positions.values()],
        accounts: [...this.#accounts.keys()].map((account) => this.#accountReport(account)),
      },
    });
    this.#changedAccounts.clear();
    this.#startNext();
  }

  #fail(reason: string): void {
    const read = this.#read;
    if (read === null) return;
    this.#close(read);
    const { cast, orders } = this.#options;
    orders.abandonRead();
    for (const execution of read.executions.values()) cast({ type: 'execution', execution });
    for (const commission of read.commissions.values()) cast({ type: 'commission', commission });
    for (const position of read.positions.values()) cast({ type: 'position', position });
    cast({ type: 'read.failed', readId: read.readId, reason });
    this.#startNext();
  }

  /** A session that may not see its orders: their lists have no end, and no other read has one. */
  #refused(reason: string): void {
    this.#fail(reason);
    this.#options.giveUp(reason);
  }

  #close(read: Read): void {
    read.deadline.cancel();
    this.#read = null;
    for (const part of Object.keys(ENDS) as Unnamed[]) this.#owed[part] += read.due[part];
  }

  /** One answer may be late or lost; if the next read gets none either, nothing is heard right. */
  #expire(waitMs: number): void {
    const parts = [...(this.#read?.waiting ?? [])].join(', ');
    const reason = `no end of ${parts} within ${Math.round(Math.max(0, waitMs))} ms`;
    const again = this.#timedOut;
    this.#timedOut = true;
    this.#fail(reason);
    if (again) this.#options.giveUp(`two reads in a row were not answered: ${reason}`);
  }

  #accountReport(account: string): AccountReport {
    return { account, values: { ...this.#accounts.get(account) } };
  }
}

/** Requests without an id are answered under −1, by some versions under the largest number. */
function isOfRequest(id: number): boolean {
  return id >= 0 && id !== 2 ** 31 - 1;
}

/** Since midnight, of every client: what others did explains foreign changes. */
const ALL_EXECUTIONS = {
  clientId: '0',
  acctCode: '',
  time: '',
  symbol: '',
  exchange: '',
  side: '',
};
