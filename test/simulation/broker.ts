/**
 * The broker actor's place in the simulation: takes its commands, gives its reports, over a link
 * to the simulated exchange. It keeps the contract of `actors/broker.ts`: commands while down are
 * refused and never queued, a read is complete or failed, references map to order ids.
 */

import { splitExecId } from '../../src/domain/ledger.ts';
import type { OrderTicket } from '../../src/domain/order.ts';
import type { Exchange } from '../../src/gateway/sim/exchange.ts';
import type { VenueEvent, VenueExecution, VenueOrder } from '../../src/gateway/sim/venue.ts';
import type { BrokerCommand, BrokerReport, OrderReport } from '../../src/protocol/broker.ts';
import type { Timer } from '../../src/runtime/clock.ts';
import type { Random } from '../../src/runtime/random.ts';
import type { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { Weather } from './network.ts';
import { Link } from './network.ts';

const CLIENT_ID = 1;
const HEARTBEAT_MS = 5000;
/** Two heartbeats missed: what the real actor takes for a dead connection. */
const DEAD_AFTER_MS = 10_000;
const REFUSED_AFTER_MS = 20;

export interface BrokerFaults {
  /** New connections are refused. */
  refusing: boolean;
  /** The next orders are lost on the way, silently. */
  dropOrders: number;
  readonly weather: Weather;
}

export class SimulatedBroker {
  readonly faults: BrokerFaults = {
    refusing: false,
    dropOrders: 0,
    weather: { delayMs: 0, duplicate: 0, reorder: 0 },
  };
  readonly #exchange: Exchange;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #report: (report: BrokerReport) => void;
  readonly #orderIds = new Map<string, number>();
  #link: Link | null = null;
  #unlisten: (() => void) | null = null;
  #timers: Timer[] = [];

  constructor(
    exchange: Exchange,
    clock: VirtualClock,
    random: Random,
    report: (report: BrokerReport) => void,
  ) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#random = random;
    this.#report = report;
  }

  receive(command: BrokerCommand): void {
    switch (command.type) {
      case 'link.open':
        this.#connect();
        break;
      case 'link.close':
        this.#drop();
        break;
      case 'read':
        this.#read(command.readId, command.deadlineMs);
        break;
      case 'contract.find':
        this.#findContract(command.symbol);
        break;
      case 'order.submit':
        this.#submit(command.order);
        break;
      case 'order.modify':
        this.#modify(command.order);
        break;
      case 'order.cancel':
        this.#cancel(command.orderRef);
        break;
    }
  }

  /** The socket breaks. */
  disconnect(reason: string): void {
    if (this.#link === null) return;
    this.#drop();
    this.#report({ type: 'link.lost', reason });
  }

  /** The socket lives and says nothing: seen only by the heartbeat. */
  silence(): void {
    const link = this.#link;
    if (link === null) return;
    link.silence();
    this.#clock.setTimer(DEAD_AFTER_MS, () => {
      if (this.#link === link) this.disconnect('no heartbeat');
    });
  }

  /** 1100, then 1101 or 1102 after a while. */
  upstream(lostForMs: number, dataLost: boolean): void {
    const link = this.#link;
    if (link === null) return;
    link.carry(() => this.#report({ type: 'upstream.lost', code: 1100 }));
    this.#clock.setTimer(lostForMs, () => {
      if (this.#link !== link) return;
      const code = dataLost ? 1101 : 1102;
      link.carry(() => this.#report({ type: 'upstream.restored', code, dataLost }));
    });
  }

  /** The process that held the connection died: nothing of it is left. */
  kill(): void {
    this.#drop();
  }

  #connect(): void {
    this.#drop();
    if (this.faults.refusing) {
      this.#clock.setTimer(REFUSED_AFTER_MS, () =>
        this.#report({ type: 'link.failed', code: 502, reason: 'connection refused' }),
      );
      return;
    }
    const link = new Link(this.#clock, this.#random, this.faults.weather);
    this.#link = link;
    this.#orderIds.clear();
    this.#unlisten = this.#exchange.listen((event) => this.#hear(link, event));
    link.carry(() =>
      this.#report({
        type: 'link.up',
        clientId: CLIENT_ID,
        serverVersion: 178,
        accounts: this.#exchange.accounts,
      }),
    );
    // The second flips within the first one: until then the clock is asked often.
    for (let ms = 100; ms <= 1200; ms += 100) this.#askTime(link, ms);
    this.#beat(link);
  }

  #beat(link: Link): void {
    this.#timers.push(
      this.#clock.setTimer(HEARTBEAT_MS, () => {
        this.#askTime(link, 0);
        this.#beat(link);
      }),
    );
  }

  #askTime(link: Link, afterMs: number): void {
    this.#timers.push(
      this.#clock.setTimer(afterMs, () => {
        const asked = this.#clock.now();
        link.carry(() => {
          const ts = Math.floor(this.#exchange.now() / 1000) * 1000;
          link.carry(() => {
            this.#report({ type: 'time', ts, rttMs: this.#clock.now() - asked });
          });
        });
      }),
    );
  }

  #drop(): void {
    this.#unlisten?.();
    this.#unlisten = null;
    this.#link?.close();
    this.#link = null;
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }

  #hear(link: Link, event: VenueEvent): void {
    switch (event.type) {
      case 'order': {
        if (event.order.clientId !== CLIENT_ID) return;
        const order = toReport(event.order);
        link.carry(() => this.#report({ type: 'order.report', order }), true);
        break;
      }
      case 'orderError': {
        const orderRef = this.#refOf(event.orderId);
        if (event.clientId !== CLIENT_ID || orderRef === null) return;
        const { orderId, code, message } = event;
        link.carry(() => this.#report({ type: 'order.error', orderRef, orderId, code, message }));
        break;
      }
      case 'execution': {
        const execution = toExecution(event.execution);
        if (event.execution.clientId !== CLIENT_ID) return;
        const { execId, commission, realizedPnl } = event.execution;
        link.carry(() => this.#report({ type: 'execution', execution }), true);
        link.carry(
          () =>
            this.#report({
              type: 'commission',
              commission: { execId, commission, currency: 'USD', realizedPnl },
            }),
          true,
        );
        break;
      }
      case 'position': {
        const { account, contract, quantity, avgCost } = event.position;
        const position = { account, contract, quantity, avgCost };
        link.carry(() => this.#report({ type: 'position', position }));
        break;
      }
      default:
        break;
    }
  }

  #refOf(orderId: number): string | null {
    for (const [orderRef, id] of this.#orderIds) if (id === orderId) return orderRef;
    return null;
  }

  #refuse(orderRef: string, code: number, message: string): void {
    this.#clock.setTimer(0, () =>
      this.#report({ type: 'order.error', orderRef, orderId: 0, code, message }),
    );
  }

  #submit(order: OrderTicket): void {
    const link = this.#link;
    if (link === null) {
      this.#refuse(order.orderRef, 504, 'not connected');
      return;
    }
    if (this.faults.dropOrders > 0) {
      this.faults.dropOrders -= 1;
      return;
    }
    link.carry(() => {
      const orderId = this.#exchange.nextOrderId(CLIENT_ID);
      this.#orderIds.set(order.orderRef, orderId);
      this.#place(order, orderId);
    });
  }

  #modify(order: OrderTicket): void {
    const orderId = this.#orderIds.get(order.orderRef);
    if (this.#link === null || orderId === undefined) {
      this.#refuse(order.orderRef, 504, 'not connected');
      return;
    }
    this.#link.carry(() => this.#place(order, orderId));
  }

  #place(order: OrderTicket, orderId: number): void {
    this.#exchange.place({
      clientId: CLIENT_ID,
      orderId,
      account: order.account,
      conId: order.contract.conId,
      side: order.side,
      quantity: order.quantity,
      orderType: 'LMT',
      limitPrice: order.limitPrice,
      tif: order.tif,
      goodTill: order.goodTill === null ? '' : utcText(order.goodTill),
      orderRef: order.orderRef,
      outsideRth: order.outsideRth,
      transmit: true,
      whatIf: false,
    });
  }

  #cancel(orderRef: string): void {
    const link = this.#link;
    if (link === null) {
      this.#refuse(orderRef, 504, 'not connected');
      return;
    }
    const live = this.#exchange.openOrders().find((order) => order.orderRef === orderRef);
    const orderId = this.#orderIds.get(orderRef) ?? live?.orderId;
    if (orderId === undefined) {
      this.#refuse(orderRef, 10147, 'not found');
      return;
    }
    this.#orderIds.set(orderRef, orderId);
    link.carry(() => this.#exchange.cancel(CLIENT_ID, orderId));
  }

  #findContract(symbol: string): void {
    const link = this.#link;
    link?.carry(() => {
      const query = { conId: 0, symbol, secType: 'STK', expiry: '', strike: 0, right: '' };
      const [terms] = this.#exchange.findContracts(query);
      if (terms !== undefined) link.carry(() => this.#report({ type: 'contract.terms', terms }));
    });
  }

  #read(readId: string, deadlineMs: number): void {
    const link = this.#link;
    if (link === null) {
      this.#clock.setTimer(0, () =>
        this.#report({ type: 'read.failed', readId, reason: 'not connected' }),
      );
      return;
    }
    let answered = false;
    link.carry(() => {
      const read = this.#wholeTruth();
      link.carry(() => {
        answered = true;
        this.#report({ type: 'read.done', readId, read });
      });
    });
    this.#timers.push(
      this.#clock.setTimer(deadlineMs, () => {
        if (!answered) this.#report({ type: 'read.failed', readId, reason: 'no answer in time' });
      }),
    );
  }

  #wholeTruth() {
    const exchange = this.#exchange;
    const all = { clientId: 0, account: '', since: 0, symbol: '', secType: '', side: '' };
    const executions = exchange.executions(all);
    for (const order of exchange.openOrders()) {
      if (order.clientId === CLIENT_ID) this.#orderIds.set(order.orderRef, order.orderId);
    }
    return {
      openOrders: exchange.openOrders().map(toReport),
      completedOrders: exchange.completedOrders().map(toReport),
      executions: executions.map(toExecution),
      commissions: executions.map(({ execId, commission, realizedPnl }) => ({
        execId,
        commission,
        currency: 'USD',
        realizedPnl,
      })),
      positions: exchange.positions().map(({ account, contract, quantity, avgCost }) => ({
        account,
        contract,
        quantity,
        avgCost,
      })),
      accounts: exchange.accounts.map((account) => ({
        account,
        values: exchange.accountValues(account),
      })),
    };
  }
}

function toReport(order: VenueOrder): OrderReport {
  const { orderRef, orderId, permId, clientId, account, contract, side, quantity } = order;
  const { limitPrice, status, filled, remaining, whyHeld } = order;
  const identity = { orderRef, orderId, permId, clientId, account, contract, side, quantity };
  return { ...identity, limitPrice, status, filled, remaining, whyHeld };
}

function toExecution(execution: VenueExecution) {
  const { execId, orderRef, orderId, permId, clientId, account, contract } = execution;
  const { side, quantity, price, ts } = execution;
  const identity = { execId, orderRef, orderId, permId, clientId, account, contract };
  return { ...identity, ...splitExecId(execId), side, quantity, price, ts };
}

function utcText(ts: number): string {
  return new Date(ts).toISOString().slice(0, 19).replaceAll('-', '').replace('T', '-');
}
