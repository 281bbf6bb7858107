/**
 * The other side's lives: exchange and gateway start, end, and start again from what the exchange
 * had written down, as their process does.
 */

import { createExchange, type Exchange } from '../../src/gateway/sim/exchange.ts';
import type { ExchangeJournal } from '../../src/gateway/sim/exchange-journal.ts';
import { type ExchangeState, restoreState, storeState } from '../../src/gateway/sim/state.ts';
import type { Venue } from '../../src/gateway/sim/venue.ts';
import { startTwsServer, type TwsServer } from '../../src/gateway/tws/server.ts';
import type { Logger } from '../../src/log.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { simulationScenario } from './scenario.ts';

export interface ExchangeParts {
  readonly seed: number;
  readonly mono: Clock;
  readonly log: Logger;
  /** Puts a witness between the exchange and its gateway. */
  readonly beside: (exchange: Exchange) => Venue;
}

export class ExchangeLives {
  readonly #parts: ExchangeParts;
  #state: ExchangeState | null = null;
  #exchange: Exchange | null = null;
  #server: TwsServer | null = null;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /** Its books can be read while it is down, too. */
  get exchange(): Exchange {
    if (this.#exchange === null) throw new Error('no exchange was started');
    return this.#exchange;
  }

  async start(): Promise<void> {
    const { seed, mono, log, beside } = this.#parts;
    const state = this.#state;
    const exchange = await createExchange({
      scenario: simulationScenario(seed),
      mono,
      random: createRandom(seed).split('exchange'),
      journal: this.#journal(state && restoreState(structuredClone(storeState(state)))),
      newExchangeId: () => `${seed.toString(16).padStart(8, '0')}-0000`,
      onFault: (fault) => {
        throw fault;
      },
    });
    this.#exchange = exchange;
    this.#server = await startTwsServer({
      ...{ venue: beside(exchange), host: 'simulated', port: 1, mono, log },
    });
    exchange.start();
  }

  /** Every connection breaks, and time stands still there. */
  async end(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.exchange.close();
    await server?.close();
  }

  /** In memory: what a batch left is what the next life finds. */
  #journal(found: ExchangeState | null): ExchangeJournal {
    const keep = (state: ExchangeState): void => {
      this.#state = state;
    };
    return {
      found,
      begin: keep,
      append: (_, state) => keep(state),
      close: () => undefined,
    };
  }
}
