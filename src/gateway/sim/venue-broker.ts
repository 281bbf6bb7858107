/**
 * The broker port on the simulated exchange itself: commands of the deciders become orders there,
 * and what happens there becomes reports, in the order and with the content in which the broker
 * actor tells them over the wire. No socket is between them, so an answer comes at once.
 */

import type { ApprovedOrder } from '../../domain/order.ts';
import type {
  BrokerCommand,
  BrokerRead,
  BrokerReport,
  CommissionReport,
  ExecutionReport,
  OrderReport,
  PositionReport,
} from '../../protocol/broker.ts';
import { formatBrokerTime } from '../ib/broker-time.ts';
import { splitExecId } from '../ib/convert.ts';
import type { Venue, VenueEvent, VenueExecution, VenueOrder, VenuePosition } from './venue.ts';

export interface VenueBroker {
  receive(command: BrokerCommand): void;
  /** The market has come to `ts`: everything until then has been told. */
  tellTime(ts: number): void;
  /** All that the exchange knows, at once. */
  read(): BrokerRead;
  close(): void;
}

const ORDER_TYPES = { limit: 'LMT', midprice: 'MIDPRICE', adaptive: 'LMT' } as const;
/** There is no wire. */
const SERVER_VERSION = 0;
const NOT_FOUND = 10147;
const ALL = { clientId: 0, account: '', since: 0, symbol: '', secType: '', side: '' };
const RESOLUTION_MS = 1000;

/** `cast` takes every report, in order; it must not answer before it returns. */
export function createVenueBroker(
  venue: Venue,
  clientId: number,
  cast: (report: BrokerReport) => void,
): VenueBroker {
  return new Broker(venue, clientId, cast);
}

class Broker implements VenueBroker {
  readonly #venue: Venue;
  readonly #clientId: number;
  readonly #cast: (report: BrokerReport) => void;
  readonly #ids = new Map<string, number>();
  readonly #refs = new Map<number, string>();
  #unlisten: (() => void) | null = null;

  constructor(venue: Venue, clientId: number, cast: (report: BrokerReport) => void) {
    this.#venue = venue;
    this.#clientId = clientId;
    this.#cast = cast;
  }

  receive(command: BrokerCommand): void {
    switch (command.type) {
      case 'link.open':
        this.#open();
        break;
      case 'link.close':
        this.close();
        break;
      case 'read':
        this.#cast({ type: 'read.done', readId: command.readId, read: this.read() });
        break;
      case 'contract.find':
        this.#find(command.symbol, command.conId);
        break;
      case 'order.submit': {
        const orderId = this.#venue.nextOrderId(this.#clientId);
        this.#ids.set(command.order.orderRef, orderId);
        this.#refs.set(orderId, command.order.orderRef);
        this.#place(command.order, orderId);
        break;
      }
      case 'order.modify': {
        const orderId = this.#ids.get(command.order.orderRef);
        if (orderId === undefined) this.#unknown(command.order.orderRef);
        else this.#place(command.order, orderId);
        break;
      }
      case 'order.test': {
        const outcome = { outcome: 'taken', code: 0, message: '' } as const;
        this.#cast({ type: 'order.tested', testId: command.testId, ...outcome });
        break;
      }
      case 'order.cancel': {
        const orderId = this.#ids.get(command.orderRef);
        if (orderId === undefined) this.#unknown(command.orderRef);
        else this.#venue.cancel(this.#clientId, orderId);
        break;
      }
    }
  }

  tellTime(ts: number): void {
    if (this.#unlisten !== null) this.#cast({ type: 'time', ts, rttMs: 0 });
  }

  close(): void {
    this.#unlisten?.();
    this.#unlisten = null;
  }

  #open(): void {
    this.close();
    this.#unlisten = this.#venue.listen((event) => this.#take(event));
    const accounts = [...this.#venue.accounts];
    const serverVersion = SERVER_VERSION;
    this.#cast({ type: 'link.up', clientId: this.#clientId, serverVersion, accounts });
    this.tellTime(this.#venue.now());
  }

  #place(order: ApprovedOrder, orderId: number): void {
    const { account, contract, side, quantity, limitPrice, tif, goodTill } = order;
    this.#venue.place({
      clientId: this.#clientId,
      orderId,
      account,
      conId: contract.conId,
      side,
      quantity,
      orderType: ORDER_TYPES[order.work ?? 'limit'],
      limitPrice,
      tif,
      goodTill: goodTill === null ? '' : formatBrokerTime(goodTill),
      orderRef: order.orderRef,
      outsideRth: order.outsideRth,
      transmit: true,
      whatIf: false,
    });
  }

  #unknown(orderRef: string): void {
    const message = 'no order with this reference is known';
    this.#cast({ type: 'order.error', orderRef, orderId: 0, code: NOT_FOUND, message });
  }

  #find(symbol: string, conId: number | null): void {
    const query = { conId: conId ?? 0, symbol, secType: 'STK', expiry: '', strike: 0, right: '' };
    const found = this.#venue.findContracts(query);
    for (const terms of found) this.#cast({ type: 'contract.terms', terms });
    if (found.length > 0) return;
    this.#cast({ type: 'contract.failed', symbol, reason: 'the tape does not have it' });
  }

  read(): BrokerRead {
    const venue = this.#venue;
    const executions = venue.executions(ALL);
    return {
      openOrders: venue.openOrders().map(orderReport),
      completedOrders: venue
        .completedOrders()
        .filter(({ orderId }) => orderId > 0)
        .map((order) => ({ ...orderReport(order), orderId: 0 })),
      executions: executions.map(executionReport),
      commissions: executions.map(commissionReport),
      positions: venue.positions().map(positionReport),
      accounts: venue.accounts.map((account) => ({
        account,
        values: venue.accountValues(account),
      })),
    };
  }

  /** As the gateway tells it: orders and fills to who sent them, the account to all. */
  #take(event: VenueEvent): void {
    const own = this.#clientId;
    switch (event.type) {
      case 'order':
        if (event.order.clientId === own) {
          this.#cast({ type: 'order.report', order: orderReport(event.order) });
        }
        break;
      case 'execution':
        if (event.execution.clientId !== own) break;
        this.#cast({ type: 'execution', execution: executionReport(event.execution) });
        this.#commission(event.execution);
        break;
      case 'orderError': {
        const { clientId, orderId, code, message } = event;
        const orderRef = this.#refs.get(orderId) ?? '';
        if (clientId !== own) break;
        this.#cast({ type: 'order.error', orderRef, orderId, code, message });
        break;
      }
      case 'position':
        this.#cast({ type: 'position', position: positionReport(event.position) });
        break;
      case 'account': {
        const { account } = event;
        const values = this.#venue.accountValues(account);
        this.#cast({ type: 'account', account: { account, values } });
        break;
      }
      default:
        break;
    }
  }

  #commission(execution: VenueExecution): void {
    this.#cast({ type: 'commission', commission: commissionReport(execution) });
  }
}

function orderReport(order: VenueOrder): OrderReport {
  const { orderRef, orderId, permId, clientId, account, contract, side } = order;
  const { quantity, limitPrice, status, filled, remaining, whyHeld } = order;
  const who = { orderRef, orderId, permId, clientId, account, contract, side };
  return { ...who, quantity, limitPrice, status, filled, remaining, whyHeld };
}

function executionReport(execution: VenueExecution): ExecutionReport {
  const { execId, orderRef, orderId, permId, clientId, account, contract, side } = execution;
  const { quantity, price } = execution;
  // The wire dates in whole seconds.
  const ts = Math.floor(execution.ts / RESOLUTION_MS) * RESOLUTION_MS;
  const who = { execId, ...splitExecId(execId), orderRef, orderId, permId, clientId, account };
  return { ...who, contract, side, quantity, price, ts };
}

function commissionReport(execution: VenueExecution): CommissionReport {
  const { execId, commission, realizedPnl } = execution;
  return { execId, commission, currency: 'USD', realizedPnl };
}

function positionReport({ account, contract, quantity, avgCost }: VenuePosition): PositionReport {
  return { account, contract, quantity, avgCost };
}
