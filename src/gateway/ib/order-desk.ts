/**
 * Orders on one client id: which broker id carries which reference of ours, what was last said of
 * each, and the gate in front of the wire. Nothing is kept for later: an order that cannot be sent
 * now is answered now, because what a library sends after a reconnect is an order nobody decided.
 */

import type {
  Order as IbOrder,
  OrderState as IbOrderState,
  Contract as RawContract,
} from '@stoqey/ib';
import type { ApprovedOrder } from '../../domain/order.ts';
import type { BrokerOrderStatus, BrokerReport, OrderReport } from '../../protocol/broker.ts';
import { describeCode } from './codes.ts';
import type { Connection } from './connection.ts';
import { fromContract, fromOrder, numberOf, toOrderReport, toStatus } from './convert.ts';

/**
 * Request ids start here, above all order ids, so that an error's id says what it answers: also
 * above the seconds of the epoch, which a program that used the client id before may have taken.
 */
export const REQUEST_ID_MIN = 2_000_000_000;

/** Orders remembered after their end, for what comes late. */
const ORDERS_MAX = 2000;

const TERMINAL: ReadonlySet<BrokerOrderStatus> = new Set(['Filled', 'Cancelled', 'ApiCancelled']);

export interface RawOrder {
  readonly contract: RawContract;
  readonly order: IbOrder;
  readonly state: IbOrderState;
}

export interface RawStatus {
  readonly orderId: number;
  readonly clientId: number;
  readonly permId: number;
  readonly status: string;
  readonly filled: unknown;
  readonly remaining: unknown;
  readonly whyHeld: string;
}

interface Entry {
  report: OrderReport;
  /** Handed to the wire; before that it can be withdrawn without a word to the broker. */
  sent: boolean;
  /** It can do nothing any more, as far as has been said. */
  ended: boolean;
  /** Cancels so far; what waited to be sent when one came must not follow it. */
  cancels: number;
  /** The last report that left, while nothing newer is expected. */
  told: OrderReport | null;
}

export class OrderDesk {
  readonly #cast: (report: BrokerReport) => void;
  /** Orders of our client id by order id, and everybody's by permanent id. */
  readonly #own = new Map<number, Entry>();
  readonly #byPermId = new Map<number, Entry>();
  readonly #byRef = new Map<string, Entry>();
  #connection: Connection | null = null;
  #clientId = -1;
  #nextId = 1;
  /** Whether open orders were read on this connection: before that, absence means nothing. */
  #read = false;
  /** While the open orders are being read: what was reported of each. */
  #listed: Set<Entry> | null = null;

  constructor(cast: (report: BrokerReport) => void) {
    this.#cast = cast;
  }

  linkUp(connection: Connection, clientId: number, nextValidId: number): void {
    if (clientId !== this.#clientId) {
      this.#own.clear();
      this.#byPermId.clear();
      this.#byRef.clear();
    }
    this.#clientId = clientId;
    this.#connection = connection;
    this.#read = false;
    this.noteNextId(nextValidId);
  }

  /** What had not reached the wire never will, and that is certain. */
  linkDown(): void {
    this.#connection = null;
    this.#listed = null;
    for (const entry of this.#own.values()) {
      if (entry.sent || entry.ended) continue;
      entry.ended = true;
      this.#refuse(entry.report.orderRef, entry.report.orderId, NOT_SENT);
    }
  }

  /** Ids only grow: above what TWS offers, and above all that was ever seen. */
  noteNextId(id: number): void {
    if (Number.isInteger(id) && id > this.#nextId && id < REQUEST_ID_MIN) this.#nextId = id;
  }

  /** An id that no order has had. */
  takeId(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  submit(order: ApprovedOrder): void {
    const known = this.#byRef.get(order.orderRef);
    if (known !== undefined && !known.ended) {
      const error = { code: 103, message: 'an order with this reference is already under way' };
      this.#refuse(order.orderRef, known.report.orderId, error);
      return;
    }
    if (!(this.#connection?.ready ?? false)) {
      this.#refuse(order.orderRef, 0, NOT_SENT);
      return;
    }
    const orderId = this.takeId();
    const entry = this.#remember(freshReport(order, orderId, this.#clientId), false);
    if (!this.#place(entry, order)) this.#refuse(order.orderRef, orderId, NOT_SENT);
  }

  modify(order: ApprovedOrder): void {
    const entry = this.#byRef.get(order.orderRef);
    if (entry === undefined) {
      const message = 'no order with this reference is known';
      this.#refuse(order.orderRef, 0, { code: 135, message });
    } else if (order.quantity > entry.report.quantity) {
      const message = 'a modification never raises the quantity';
      this.#refuse(order.orderRef, entry.report.orderId, { code: 105, message });
    } else if (!this.#place(entry, order)) {
      this.#refuse(order.orderRef, entry.report.orderId, NOT_SENT);
    }
  }

  cancel(orderRef: string): void {
    const connection = this.#connection;
    const entry = this.#byRef.get(orderRef);
    if (connection === null || !connection.ready) {
      this.#refuse(orderRef, entry?.report.orderId ?? 0, NOT_SENT);
    } else if (entry === undefined) {
      this.#refuse(orderRef, 0, this.#read ? NOT_FOUND : NOT_READ);
    } else if (!entry.sent) {
      entry.ended = true;
      this.#refuse(orderRef, entry.report.orderId, WITHDRAWN);
    } else {
      const { orderId } = entry.report;
      entry.told = null;
      entry.cancels += 1;
      connection.send('cancel', (api) => api.cancelOrder(orderId));
    }
  }

  openOrder(orderId: number, raw: RawOrder): boolean {
    const clientId = raw.order.clientId ?? 0;
    const known = this.#find(orderId, clientId, raw.order.permId ?? 0);
    const same = known !== null && sameOrder(known, raw.order) ? known : null;
    const report = toOrderReport(orderId, raw, same?.report ?? null);
    if (report === null) return false;

    if (clientId === this.#clientId) this.noteNextId(orderId + 1);
    const entry = same ?? this.#remember(report, true);
    this.#listed?.add(entry);
    this.#tell(entry, report);
    return true;
  }

  /** False for an order of which nothing but this status is known. */
  orderStatus(raw: RawStatus): boolean {
    const entry = this.#find(raw.orderId, raw.clientId, raw.permId);
    if (entry === null) return false;
    const filled = numberOf(raw.filled);
    const remaining = numberOf(raw.remaining);
    const { report } = entry;
    this.#tell(entry, {
      ...report,
      permId: raw.permId > 0 ? raw.permId : report.permId,
      status: toStatus(raw.status),
      filled: filled >= 0 ? filled : report.filled,
      remaining: remaining >= 0 ? remaining : report.remaining,
      whyHeld: raw.whyHeld,
    });
    return true;
  }

  /** An error whose id may be an order's; true if it was taken. */
  error(id: number, code: number, message: string): boolean {
    if (id <= 0 || id >= REQUEST_ID_MIN) return false;
    const entry = this.#own.get(id);
    const { kind } = describeCode(code, true);
    const refused = kind === 'order_reject' || kind === 'program';
    // After an acknowledgement even a refusal may be of a modification alone.
    if (entry !== undefined && refused && entry.report.permId === 0) entry.ended = true;
    if (entry !== undefined) entry.told = null;
    if (code === 103) this.#connection?.send('request', (api) => api.reqIds());
    const orderRef = entry?.report.orderRef ?? '';
    this.#cast({ type: 'order.error', orderRef, orderId: id, code, message });
    return true;
  }

  beginRead(): void {
    this.#listed = new Set();
  }

  /** Every order listed since `beginRead`, those that ended meanwhile apart. */
  endRead(): { open: OrderReport[]; ended: OrderReport[] } {
    const reports = [...(this.#listed ?? [])].map((entry) => entry.report);
    this.#listed = null;
    this.#read = true;
    const ended = (report: OrderReport) => TERMINAL.has(report.status);
    return { open: reports.filter((report) => !ended(report)), ended: reports.filter(ended) };
  }

  abandonRead(): void {
    this.#listed = null;
  }

  #place(entry: Entry, order: ApprovedOrder): boolean {
    const contract = fromContract(order.contract);
    const wire = fromOrder(order);
    const { orderId } = entry.report;
    const { cancels } = entry;
    entry.told = null;
    const taken = this.#connection?.send('order', (api) => {
      if ((entry.ended && !entry.sent) || entry.cancels !== cancels) return;
      entry.sent = true;
      api.placeOrder(orderId, contract, wire);
    });
    if (taken !== true && !entry.sent) entry.ended = true;
    return taken === true;
  }

  #find(orderId: number, clientId: number, permId: number): Entry | null {
    const own = clientId === this.#clientId ? this.#own.get(orderId) : undefined;
    return own ?? (permId > 0 ? this.#byPermId.get(permId) : undefined) ?? null;
  }

  #remember(report: OrderReport, sent: boolean): Entry {
    const entry: Entry = { report, sent, ended: false, cancels: 0, told: null };
    if (report.clientId === this.#clientId && report.orderId > 0) {
      this.#own.set(report.orderId, entry);
      if (report.orderRef !== '') this.#byRef.set(report.orderRef, entry);
    }
    if (report.permId > 0) this.#byPermId.set(report.permId, entry);
    this.#forgetEnded(this.#own);
    this.#forgetEnded(this.#byPermId);
    return entry;
  }

  /** Maps keep their order of insertion, so the first ended one is the oldest. */
  #forgetEnded<K>(entries: Map<K, Entry>): void {
    if (entries.size <= ORDERS_MAX) return;
    for (const [key, entry] of entries) {
      if (!entry.ended) continue;
      entries.delete(key);
      if (this.#byRef.get(entry.report.orderRef) === entry) {
        this.#byRef.delete(entry.report.orderRef);
      }
      return;
    }
  }

  /** Passes a report on; while a read lists the orders, not what has been said already. */
  #tell(entry: Entry, report: OrderReport): void {
    entry.report = report;
    entry.ended = TERMINAL.has(report.status);
    if (report.permId > 0) this.#byPermId.set(report.permId, entry);
    if (this.#listed !== null && entry.told !== null && sameReport(entry.told, report)) return;
    entry.told = report;
    this.#cast({ type: 'order.report', order: report });
  }

  #refuse(orderRef: string, orderId: number, error: { code: number; message: string }): void {
    this.#cast({ type: 'order.error', orderRef, orderId, ...error });
  }
}

const NOT_SENT = { code: 504, message: 'not connected: nothing was sent' };
const NOT_FOUND = { code: 10147, message: 'no order with this reference is known' };
const NOT_READ = { code: 161, message: 'the open orders have not been read yet' };
const WITHDRAWN = { code: 202, message: 'withdrawn before it was sent' };

function freshReport(order: ApprovedOrder, orderId: number, clientId: number): OrderReport {
  const { orderRef, account, contract, side, quantity, limitPrice } = order;
  return {
    orderRef,
    orderId,
    permId: 0,
    clientId,
    account,
    contract,
    side,
    quantity,
    limitPrice,
    status: 'ApiPending',
    filled: 0,
    remaining: quantity,
    whyHeld: '',
  };
}

/** After an id rollback an old id may carry another order. */
function sameOrder(entry: Entry, order: IbOrder): boolean {
  const { orderRef, permId } = entry.report;
  const samePermId = permId === 0 || (order.permId ?? 0) === 0 || order.permId === permId;
  return samePermId && orderRef === (order.orderRef ?? '');
}

function sameReport(a: OrderReport, b: OrderReport): boolean {
  return (
    a.status === b.status &&
    a.filled === b.filled &&
    a.remaining === b.remaining &&
    a.quantity === b.quantity &&
    a.limitPrice === b.limitPrice &&
    a.permId === b.permId &&
    a.whyHeld === b.whyHeld
  );
}
