/**
 * The broker port: one client of the TWS API, as a connection needs it. In life it is the client
 * library, which opens its own socket; in a simulation it is our own codec over a pipe in memory.
 * Everything above it (lanes, heartbeats, reads, orders) is the same in both.
 */

import type {
  ExecutionFilter,
  Contract as IbContract,
  Order as IbOrder,
  SecType,
} from '@stoqey/ib';
import type { Clock } from '../../runtime/clock.ts';

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  /** Of the actor that owns the connection: it ends with that actor's life. */
  readonly clock: Clock;
  /** A message could not be decoded; the rest of it is dropped, later ones are not. */
  readonly undecodable: (error: unknown) => void;
}

/** Makes a client that has not connected yet. */
export type CreateClient = (options: ClientOptions) => IbClient;

/** Events come by name with the arguments of `IbEvents`, from inside the handling of a chunk. */
export interface IbClient {
  /** 0 before the gateway has announced it. */
  readonly serverVersion: number;
  connect(): void;
  disconnect(): void;
  on<A extends unknown[]>(name: string, listener: (...args: A) => void): unknown;
  removeAllListeners(): unknown;

  reqCurrentTime(): unknown;
  reqIds(): unknown;
  reqAllOpenOrders(): unknown;
  reqOpenOrders(): unknown;
  reqCompletedOrders(apiOnly: boolean): unknown;
  reqExecutions(id: number, filter: ExecutionFilter): unknown;
  reqPositions(): unknown;
  reqAccountSummary(id: number, group: string, tags: string): unknown;
  cancelAccountSummary(id: number): unknown;
  reqContractDetails(id: number, contract: IbContract): unknown;
  reqSecDefOptParams(
    id: number,
    symbol: string,
    exchange: string,
    secType: SecType,
    conId: number,
  ): unknown;
  reqMarketRule(id: number): unknown;
  reqMarketDataType(type: number): unknown;
  reqMktData(
    id: number,
    contract: IbContract,
    genericTicks: string,
    snapshot: boolean,
    regulatory: boolean,
  ): unknown;
  cancelMktData(id: number): unknown;
  placeOrder(id: number, contract: IbContract, order: IbOrder): unknown;
  cancelOrder(id: number): unknown;
}

export type { ExecutionFilter, IbContract, IbOrder, SecType };
