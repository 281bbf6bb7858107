/** The library's events that we hear, typed as they really come: its own types promise more. */

import type {
  CommissionReport,
  Execution,
  Contract as IbContract,
  ContractDetails as IbContractDetails,
  Order as IbOrder,
  OrderState as IbOrderState,
} from '@stoqey/ib';

export interface IbEvents {
  nextValidId(orderId: number): void;
  openOrder(orderId: number, contract: IbContract, order: IbOrder, state: IbOrderState): void;
  openOrderEnd(): void;
  orderStatus(
    orderId: number,
    status: string,
    filled: number | undefined,
    remaining: number | undefined,
    avgFillPrice: number,
    permId?: number,
    parentId?: number,
    lastFillPrice?: number,
    clientId?: number,
    whyHeld?: string,
  ): void;
  completedOrder(contract: IbContract, order: IbOrder, state: IbOrderState): void;
  completedOrdersEnd(): void;
  execDetails(reqId: number, contract: IbContract, execution: Execution): void;
  execDetailsEnd(reqId: number): void;
  commissionReport(report: CommissionReport): void;
  position(account: string, contract: IbContract, quantity: unknown, avgCost: unknown): void;
  positionEnd(): void;
  accountSummary(
    reqId: number,
    account: string,
    tag: string,
    value: string,
    currency: string,
  ): void;
  accountSummaryEnd(reqId: number): void;
  contractDetails(reqId: number, details: IbContractDetails): void;
  contractDetailsEnd(reqId: number): void;
  securityDefinitionOptionParameter(
    reqId: number,
    exchange: string,
    underlyingConId: number,
    tradingClass: string,
    multiplier: number | undefined,
    expirations: readonly string[],
    strikes: readonly number[],
  ): void;
  securityDefinitionOptionParameterEnd(reqId: number): void;
  marketRule(id: number, increments: readonly unknown[]): void;
  tickPrice(ticket: number, tick: number, price: number | undefined): void;
  tickSize(ticket: number, tick: number, size: number | undefined): void;
  tickGeneric(ticket: number, tick: number, value: number | undefined): void;
  tickString(ticket: number, tick: number, value: string | undefined): void;
  tickOptionComputation(
    ticket: number,
    tick: number,
    attributes: number | undefined,
    iv?: number,
    delta?: number,
    price?: number,
    dividends?: number,
    gamma?: number,
    vega?: number,
    theta?: number,
    underlyingPrice?: number,
  ): void;
  tickSnapshotEnd(ticket: number): void;
  marketDataType(ticket: number, dataType: number): void;
}
