/**
 * The order connection, as an actor: commands become requests, and what the broker says becomes
 * reports in our words. It decides nothing: it says what was seen, refuses what cannot be sent, and
 * leaves reconnecting, resending and reading again to the machines above.
 */

import { ReadDesk } from '../src/gateway/ib/broker-reads.ts';
import type { CreateClient } from '../src/gateway/ib/client.ts';
import { describeCode, farmOf } from '../src/gateway/ib/codes.ts';
import {
  type CodedMessage,
  type Connection,
  openConnection,
  type ReadyLink,
} from '../src/gateway/ib/connection.ts';
import { ContractFinder } from '../src/gateway/ib/contract-finder.ts';
import {
  toCommission,
  toCompletedReport,
  toExecution,
  toPosition,
} from '../src/gateway/ib/convert.ts';
import type { IbEvents } from '../src/gateway/ib/ib-events.ts';
import { createLibraryClient } from '../src/gateway/ib/library-client.ts';
import { OrderDesk, REQUEST_ID_MIN } from '../src/gateway/ib/order-desk.ts';
import { OrderTests } from '../src/gateway/ib/order-test.ts';
import { BROKER_MESSAGES_PER_SECOND, MARKET_MESSAGES_PER_SECOND } from '../src/limits.ts';
import type { BrokerCommand, BrokerReport, BrokerTarget } from '../src/protocol/broker.ts';
import { openStages, type Stages, type StagesDescriptor } from '../src/protocol/stages.ts';
import type { Actor, ActorContext } from '../src/runtime/actor.ts';
import { defineProtocol } from '../src/runtime/protocol.ts';

export interface BrokerArgs {
  /** The actor that takes every `BrokerReport`. */
  readonly reportTo: string;
  readonly heartbeatMs?: number;
  /** This connection's share of what TWS allows all its clients together. */
  readonly messagesPerSecond?: number;
  /** IANA zone of broker times that name none: the zone of the TWS login. */
  readonly timeZone?: string;
  /** Where the times of orders are recorded; absent: they are not. */
  readonly stages?: StagesDescriptor;
}

const HEARTBEAT_MS = 5000;
const MESSAGES_PER_SECOND = BROKER_MESSAGES_PER_SECOND - MARKET_MESSAGES_PER_SECOND;
const RESERVED_FOR_ORDERS = 5;
const TIME_ZONE = 'America/New_York';

const UPSTREAM_LOST: ReadonlySet<number> = new Set([1100, 2110]);
const UPSTREAM_RESTORED: ReadonlySet<number> = new Set([1101, 1102]);

export const createActor = brokerActor(createLibraryClient);

/** The actor over another client than the library's, as a simulation needs it. */
export function brokerActor(createClient: CreateClient) {
  return (context: ActorContext, args: BrokerArgs): Actor<BrokerCommand> =>
    new BrokerActor(context, args, createClient);
}

const PROTOCOL = defineProtocol<BrokerCommand>({
  'link.open': true,
  'link.close': true,
  read: true,
  'contract.find': true,
  'order.test': true,
  'order.submit': true,
  'order.modify': true,
  'order.cancel': true,
});

class BrokerActor implements Actor<BrokerCommand> {
  readonly protocol = PROTOCOL;
  readonly #context: ActorContext;
  readonly #args: BrokerArgs;
  readonly #createClient: CreateClient;
  readonly #orders: OrderDesk;
  readonly #reads: ReadDesk;
  readonly #finder: ContractFinder;
  readonly #tests: OrderTests;
  readonly #stages: Stages | undefined;
  #connection: Connection | null = null;
  #clientId = -1;
  #requestId = REQUEST_ID_MIN;

  constructor(context: ActorContext, args: BrokerArgs, createClient: CreateClient) {
    this.#context = context;
    this.#args = args;
    this.#createClient = createClient;
    const clock = context.mono;
    if (args.stages !== undefined) this.#stages = openStages(args.stages);
    const cast = (report: BrokerReport) => this.#cast(report);
    const nextRequestId = () => this.#nextRequestId();
    const giveUp = (reason: string) => this.#drop(reason);
    this.#orders = new OrderDesk(cast);
    this.#reads = new ReadDesk({ clock, orders: this.#orders, nextRequestId, cast, giveUp });
    this.#finder = new ContractFinder({ clock, nextRequestId, cast });
    this.#tests = new OrderTests({ takeOrderId: () => this.#orders.takeId(), cast });
  }

  receive(command: BrokerCommand): void {
    switch (command.type) {
      case 'link.open':
        this.#open(command.target);
        break;
      case 'link.close':
        this.#close('the connection was closed');
        break;
      case 'read':
        this.#reads.request(command.readId, command.deadlineMs);
        break;
      case 'contract.find':
        this.#finder.find(command.symbol, command.conId);
        break;
      case 'order.test':
        this.#tests.request(command.testId, command.account, command.contract);
        break;
      case 'order.submit':
        this.#orders.submit(command.order);
        this.#noteSent();
        break;
      case 'order.modify':
        this.#orders.modify(command.order);
        break;
      case 'order.cancel':
        this.#orders.cancel(command.orderRef);
        break;
    }
  }

  /** The connection has the order that the engine sent last. */
  #noteSent(): void {
    if (this.#stages === undefined) return;
    const [loggedAt = Number.NaN, readAt = Number.NaN] = this.#stages.order;
    const now = this.#context.mono.now();
    this.#stages.record('send', now - loggedAt);
    this.#stages.record('order', now - readAt);
  }

  stop(): void {
    this.#close('the broker actor stops');
  }

  /** One attempt; a connection that is still there is given up for it. */
  #open(target: BrokerTarget): void {
    this.#close('another connection is opened');
    this.#clientId = target.clientId;
    this.#connection = openConnection(
      {
        target,
        clock: this.#context.mono,
        heartbeatMs: this.#args.heartbeatMs ?? HEARTBEAT_MS,
        rates: {
          messagesPerSecond: this.#args.messagesPerSecond ?? MESSAGES_PER_SECOND,
          reservedForOrders: RESERVED_FOR_ORDERS,
        },
        createClient: this.#createClient,
      },
      {
        ready: (link) => this.#ready(link),
        failed: (code, reason) => {
          this.#connection = null;
          this.#cast({ type: 'link.failed', code, reason });
        },
        lost: (reason) => this.#lost(reason),
        message: (message) => this.#message(message),
        time: (ts, rttMs) => this.#cast({ type: 'time', ts, rttMs }),
        defect: (error, where) => this.#defect(error, where),
        chunkEnd: () => this.#reads.tellAccounts(),
      },
      { ...this.#orderListeners(), ...this.#readListeners() },
    );
  }

  #ready({ serverVersion, accounts, nextValidId }: ReadyLink): void {
    const connection = this.#connection;
    if (connection === null) return;
    this.#orders.linkUp(connection, this.#clientId, nextValidId);
    this.#reads.linkUp(connection);
    this.#finder.linkUp(connection);
    this.#tests.linkUp(connection);
    this.#cast({ type: 'link.up', clientId: this.#clientId, serverVersion, accounts });
  }

  /** Ends what is under way, then the connection, without a report of its own. */
  #close(reason: string): void {
    const connection = this.#connection;
    if (connection === null) return;
    this.#connection = null;
    connection.destroy();
    this.#orders.linkDown();
    this.#tests.linkDown();
    this.#reads.linkDown(reason);
    this.#finder.linkDown(reason);
  }

  #lost(reason: string): void {
    this.#close(reason);
    this.#cast({ type: 'link.lost', reason });
  }

  /** Gives up a connection that still stands. */
  #drop(reason: string): void {
    if (this.#connection?.ready ?? false) this.#lost(reason);
  }

  /** What we know may now be wrong, so nothing of it is kept: connect and read again. */
  #defect(error: unknown, where: string): void {
    this.#context.log.error({ err: error, where }, 'a message of the broker could not be handled');
    const connecting = this.#connection !== null && !this.#connection.ready;
    const reason = `internal error at ${where}`;
    if (!connecting) {
      this.#drop(reason);
      return;
    }
    this.#close(reason);
    this.#cast({ type: 'link.failed', code: 0, reason });
  }

  #orderListeners(): Partial<IbEvents> {
    const orders = this.#orders;
    return {
      nextValidId: (id) => orders.noteNextId(id),
      openOrder: (orderId, contract, order, state) => {
        if (order.whatIf === true) this.#tests.priced(orderId, state);
        else if (!orders.openOrder(orderId, { contract, order, state })) {
          this.#unreadable(`order ${orderId}`, contract);
        }
      },
      orderStatus: (orderId, status, filled, remaining, _avg, permId, _parent, _last, ...rest) => {
        const [clientId = 0, whyHeld = ''] = rest;
        const raw = { orderId, clientId, permId: permId ?? 0, status, filled, remaining, whyHeld };
        if (!orders.orderStatus(raw)) {
          this.#context.log.debug(raw, 'the status of an order nobody described');
        }
      },
      execDetails: (requestId, contract, raw) => {
        const zone = this.#args.timeZone ?? TIME_ZONE;
        const execution = toExecution(contract, raw, zone);
        if (execution === null) {
          this.#unreadable(`execution ${raw.execId}`, contract);
          return;
        }
        if (execution.clientId === this.#clientId) orders.noteNextId(execution.orderId + 1);
        this.#reads.execution(requestId, execution);
      },
      commissionReport: (raw) => {
        const commission = toCommission(raw);
        if (commission !== null) this.#reads.commission(commission);
      },
    };
  }

  #readListeners(): Partial<IbEvents> {
    const reads = this.#reads;
    return {
      openOrderEnd: () => reads.openOrderEnd(),
      completedOrder: (contract, order, state) => {
        const report = toCompletedReport({ contract, order, state });
        if (report === null) this.#unreadable(`completed order ${order.permId}`, contract);
        else reads.completedOrder(report);
      },
      completedOrdersEnd: () => reads.completedOrdersEnd(),
      execDetailsEnd: (requestId) => reads.executionsEnd(requestId),
      position: (account, contract, quantity, avgCost) => {
        const position = toPosition(account, contract, quantity, avgCost);
        if (position === null) this.#unreadable(`the position in ${contract.symbol}`, contract);
        else reads.position(position);
      },
      positionEnd: () => reads.positionsEnd(),
      accountSummary: (requestId, account, tag, value, currency) => {
        // Values in another currency keep their name, so that nobody takes them for dollars.
        const name = currency === '' || currency === 'USD' ? tag : `${tag}:${currency}`;
        reads.accountValue(requestId, account, name, value);
      },
      accountSummaryEnd: (requestId) => reads.accountsEnd(requestId),
      contractDetails: (requestId, details) => this.#finder.details(requestId, details),
      contractDetailsEnd: (requestId) => this.#finder.detailsEnd(requestId),
      marketRule: (id, increments) => this.#finder.marketRule(id, increments),
    };
  }

  /**
   * Futures, currencies and bonds are none of our business. A stock or an option that cannot be
   * understood is: a read without it would look complete.
   */
  #unreadable(
    what: string,
    contract: { readonly secType?: string; readonly symbol?: string },
  ): void {
    if (contract.secType !== 'STK' && contract.secType !== 'OPT') return;
    const message = `${what} (${contract.secType} ${contract.symbol}) could not be understood`;
    this.#context.log.error({ contract }, message);
    this.#cast({ type: 'notice', code: 0, message });
    this.#reads.unreadable(what);
  }

  #message({ id, code, message }: CodedMessage): void {
    if (this.#finder.error(id, code, message) || this.#reads.error(id, code, message)) return;
    const farm = farmOf(code, message);
    if (UPSTREAM_LOST.has(code)) {
      this.#cast({ type: 'upstream.lost', code });
    } else if (UPSTREAM_RESTORED.has(code)) {
      this.#cast({ type: 'upstream.restored', code, dataLost: code === 1101 });
    } else if (farm !== null) {
      this.#cast({ type: 'farm', code, ...farm });
    } else if (!this.#tests.error(id, code, message) && !this.#orders.error(id, code, message)) {
      const { meaning, reaction, operator } = describeCode(code, false);
      this.#context.log.info({ code, id, meaning, reaction, operator }, message);
      this.#cast({ type: 'notice', code, message });
    }
  }

  #nextRequestId(): number {
    this.#requestId += 1;
    return this.#requestId;
  }

  #cast(report: BrokerReport): void {
    this.#context.ref<BrokerReport>(this.#args.reportTo).cast(report);
  }
}
