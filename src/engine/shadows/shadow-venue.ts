/**
 * Where the orders of a shadow go: the simulated exchange of the backtest, which is told the quotes
 * that the book itself saw. There is no wire behind it and nothing to reach one by.
 */

import { midOf } from '../../domain/book-quotes.ts';
import type { StockContract } from '../../domain/contract.ts';
import { createDrivenExchangeOn, type DrivenExchange } from '../../gateway/sim/exchange.ts';
import { createMemoryJournal } from '../../gateway/sim/exchange-journal.ts';
import {
  createPushedMarket,
  type PushedMarket,
  type PushedQuote,
} from '../../gateway/sim/pushed-market.ts';
import { parseScenario } from '../../gateway/sim/scenario.ts';
import { createVenueBroker, type VenueBroker } from '../../gateway/sim/venue-broker.ts';
import type { BrokerCommand, BrokerReport } from '../../protocol/broker.ts';
import { createRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';

export interface ShadowVenueOptions {
  readonly contract: StockContract;
  readonly account: string;
  readonly clientId: number;
  /** Of book and shadow: what is random, and the ids of executions, follow from it. */
  readonly name: string;
  readonly latencyMs: number;
  /** Of the order path alone: reports of orders, their errors and executions. */
  readonly cast: (report: BrokerReport) => void;
}

/** An account without margin: what it has does not matter, as long as it can pay. */
const CASH = 1e9;
/** Scenarios know the broker's usual names; a book's account may have another. */
const ANY_ACCOUNT = 'DU0000001';

export class ShadowVenue {
  readonly #exchange: DrivenExchange;
  readonly #market: PushedMarket;
  readonly #broker: VenueBroker;

  /** Opens at `quote`, the first it shows. */
  constructor(options: ShadowVenueOptions, quote: PushedQuote) {
    const { contract, account, clientId, name, latencyMs, cast } = options;
    this.#market = createPushedMarket();
    const previousClose = quote.close > 0 ? quote.close : midOf(quote.bid, quote.ask);
    const recorded = { dir: 'live' };
    const accounts = [{ id: ANY_ACCOUNT, cash: CASH }];
    const fills = { partial: quote.bidSize > 0 || quote.askSize > 0, queue: false };
    const scenario = parseScenario(
      {
        ...{ start: '2000-01-03 09:30', accounts, recorded },
        fills: { ...fills, latency_ms: [latencyMs, latencyMs] },
      },
      'shadow',
    );
    const random = createRandom(name);
    this.#exchange = createDrivenExchangeOn(this.#market, {
      scenario: {
        ...scenario,
        start: quote.ts,
        accounts: scenario.accounts.map((one) => ({ ...one, id: account })),
      },
      tape: { instruments: [{ contract, previousClose }], events: () => [] },
      mono: new VirtualClock(0),
      random,
      journal: createMemoryJournal(),
      newExchangeId: () =>
        random
          .split('id')
          .integer(2 ** 31)
          .toString(16)
          .padStart(8, '0'),
      onFault: (fault) => {
        throw fault;
      },
    });
    this.#broker = createVenueBroker(this.#exchange, clientId, (report) => {
      if (ORDER_PATH.has(report.type)) cast(report);
    });
    this.#broker.receive({
      type: 'link.open',
      target: { host: 'shadow', port: 1, clientId, connectTimeoutMs: 1000 },
    });
    this.show(quote);
  }

  /** The line shows this from now on; what it fills is told before it returns. */
  show(quote: PushedQuote): void {
    this.#market.push(quote);
    this.advance(quote.ts);
  }

  /** Everything due until `ts`. */
  advance(ts: number): void {
    if (ts >= this.#exchange.now()) this.#exchange.advance(ts);
  }

  receive(command: BrokerCommand): void {
    this.#broker.receive(command);
  }

  /** Executions and orders of its own, as a complete read tells them. */
  get own() {
    return this.#broker.read();
  }
}

/** Its positions and its account are the shadow's own affair: who asks for them is told more. */
const ORDER_PATH: ReadonlySet<BrokerReport['type']> = new Set([
  ...(['order.report', 'order.error', 'execution', 'commission'] as const),
]);
