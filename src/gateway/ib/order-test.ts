/**
 * Would the broker take an order? A what-if order is priced and never worked, so it tells before
 * the first real one has to: TWS keeps its API read-only until somebody says otherwise, and an
 * account may lack the permission for a contract. Whether an answer comes in time is for others.
 */

import type { OrderState as IbOrderState } from '@stoqey/ib';
import type { StockContract } from '../../domain/contract.ts';
import type { OrderMargin } from '../../domain/order-test.ts';
import type { BrokerReport } from '../../protocol/broker.ts';
import { isRefusalOfAll } from './codes.ts';
import type { Connection } from './connection.ts';
import { fromContract, whatIfOrder } from './convert.ts';

export interface OrderTestOptions {
  /** Order ids are drawn from one row, whatever the order is for. */
  readonly takeOrderId: () => number;
  readonly cast: (report: BrokerReport) => void;
}

export class OrderTests {
  readonly #options: OrderTestOptions;
  /** Tests that wait for an answer, by order id. */
  readonly #waiting = new Map<number, string>();
  #connection: Connection | null = null;

  constructor(options: OrderTestOptions) {
    this.#options = options;
  }

  linkUp(connection: Connection): void {
    this.#connection = connection;
  }

  /** Nobody will answer what was asked on this connection. */
  linkDown(): void {
    this.#connection = null;
    this.#waiting.clear();
  }

  request(testId: string, account: string, contract: StockContract): void {
    const connection = this.#connection;
    if (connection === null) return;
    const orderId = this.#options.takeOrderId();
    this.#waiting.set(orderId, testId);
    const order = whatIfOrder(account);
    connection.send('request', (api) => api.placeOrder(orderId, fromContract(contract), order));
  }

  /** The answer to a what-if: its order with what it would change. */
  priced(orderId: number, state: IbOrderState): void {
    this.#answer(orderId, 'taken', 0, state.warningText ?? '', {
      initial: told(state.initMarginChange),
      maintenance: told(state.maintMarginChange),
      // Without its currency it is no commission yet: first answers come so.
      commission: state.commissionCurrency === 'USD' ? told(state.commission) : null,
    });
  }

  /** An error whose id may be a test's; true if it was taken. */
  error(orderId: number, code: number, message: string): boolean {
    if (!this.#waiting.has(orderId)) return false;
    const outcome = isRefusalOfAll(code, message);
    if (outcome !== null) this.#answer(orderId, outcome ? 'refused' : 'taken', code, message);
    return true;
  }

  #answer(
    orderId: number,
    outcome: 'taken' | 'refused',
    code: number,
    message: string,
    margin?: OrderMargin,
  ): void {
    const testId = this.#waiting.get(orderId);
    if (testId === undefined) return;
    this.#waiting.delete(orderId);
    const priced = margin === undefined ? {} : { margin };
    this.#options.cast({ type: 'order.tested', testId, outcome, code, message, ...priced });
  }
}

/** What is not set comes as the largest number there is. */
const UNSET = 1e300;

function told(value: number | undefined): number | null {
  return value !== undefined && Math.abs(value) < UNSET ? value : null;
}
