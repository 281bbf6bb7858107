/** A small exchange under a virtual clock, and what it said. */

import type { RecordedTape, TapeQuote } from '../../../../src/domain/tape.ts';
import { createExchange, type Exchange } from '../../../../src/gateway/sim/exchange.ts';
import {
  createMemoryJournal,
  type ExchangeJournal,
} from '../../../../src/gateway/sim/exchange-journal.ts';
import { parseScenario, type Scenario } from '../../../../src/gateway/sim/scenario.ts';
import type {
  VenueEvent,
  VenueOrder,
  VenueOrderRequest,
} from '../../../../src/gateway/sim/venue.ts';
import { createRandom } from '../../../../src/runtime/random.ts';
import { VirtualClock } from '../../../../src/runtime/virtual-clock.ts';

export const ACCOUNT = 'DU0000001';
export const SECOND = 1000;
export const MINUTE = 60_000;

/** A market that stands still at 100.00 × 100.01, so that a test moves it. */
export const STILL = {
  seed: 1,
  start: '2026-09-14 10:00',
  accounts: [{ id: ACCOUNT, cash: 100_000, positions: [] as unknown[] }],
  underlyings: [
    {
      symbol: 'ABC',
      con_id: 77,
      price: 100.005,
      model: { volatility: 0, size: 100 },
      surface: { atm_vol: 0.3 },
      chain: { dtes: [28], strikes: [90, 100, 110] },
    },
  ],
  fills: { partial: false, latency_ms: [0, 0] },
};

export interface World {
  readonly exchange: Exchange;
  readonly clock: VirtualClock;
  readonly events: VenueEvent[];
}

export interface WorldOptions {
  readonly scenario?: Record<string, unknown>;
  readonly journal?: ExchangeJournal;
  readonly tape?: RecordedTape;
}

export function scenarioOf(changes: Record<string, unknown> = {}): Scenario {
  return parseScenario({ ...STILL, ...changes }, 'test');
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const scenario = scenarioOf(options.scenario);
  const clock = new VirtualClock(5000);
  const exchange = await createExchange({
    scenario,
    ...(options.tape === undefined ? {} : { tape: options.tape }),
    mono: clock,
    random: createRandom(scenario.seed),
    journal: options.journal ?? createMemoryJournal(),
    newExchangeId: () => 'e0d50000-0000-4000-8000-000000000000',
    onFault: (fault) => {
      throw fault;
    },
  });
  const events: VenueEvent[] = [];
  exchange.listen((event) => events.push(event));
  exchange.start();
  return { exchange, clock, events };
}

export function order(changes: Partial<VenueOrderRequest> = {}): VenueOrderRequest {
  return {
    clientId: 1,
    orderId: 1,
    account: ACCOUNT,
    conId: 77,
    side: 'BUY',
    quantity: 100,
    orderType: 'MKT',
    limitPrice: null,
    tif: 'DAY',
    goodTill: '',
    orderRef: 'ref-1',
    outsideRth: false,
    transmit: true,
    whatIf: false,
    ...changes,
  };
}

export function limit(limitPrice: number, changes: Partial<VenueOrderRequest> = {}) {
  return order({ orderType: 'LMT', limitPrice, ...changes });
}

/** The events as short words: `Submitted`, `execution 100@100.01`, `error 202`. */
export function told(events: readonly VenueEvent[]): readonly string[] {
  return events.flatMap((event) => {
    switch (event.type) {
      case 'order':
        return [event.order.status];
      case 'execution':
        return [`execution ${event.execution.quantity}@${event.execution.price}`];
      case 'orderError':
        return [`error ${event.code}`];
      case 'whatIf':
        return ['what-if'];
      case 'time':
        return [`time ${event.ts}`];
      default:
        return [];
    }
  });
}

export function lastOrder(events: readonly VenueEvent[]): VenueOrder | undefined {
  const found = events.findLast((event) => event.type === 'order');
  return found?.type === 'order' ? found.order : undefined;
}

export function optionId(exchange: Exchange, strike: number, right: 'C' | 'P'): number {
  const query = { conId: 0, symbol: 'ABC', secType: 'OPT', expiry: '', strike, right };
  return exchange.findContracts(query)[0]?.contract.conId ?? 0;
}

export const TAPE_STOCK = {
  secType: 'STK',
  conId: 500,
  symbol: 'SPY',
  exchange: 'SMART',
  primaryExchange: 'ARCA',
  currency: 'USD',
} as const;

export const TAPE_OPTION = {
  secType: 'OPT',
  conId: 501,
  symbol: 'SPY',
  underlyingConId: 500,
  expiry: '20230901',
  strike: 450,
  right: 'C',
  multiplier: 100,
  exchange: 'SMART',
  currency: 'USD',
  tradingClass: 'SPY',
  localSymbol: 'SPY   230901C00450000',
} as const;

/** A tape of SPY and one call; `delayed` reads it asynchronously. */
export function tapeOf(quotes: readonly TapeQuote[], delayed = false): RecordedTape {
  async function* later(): AsyncGenerator<TapeQuote> {
    for (const quote of quotes) yield await Promise.resolve(quote);
  }
  return {
    instruments: [
      { contract: TAPE_STOCK, previousClose: 449.5 },
      { contract: TAPE_OPTION, previousClose: 5 },
    ],
    events: () => (delayed ? later() : quotes),
  };
}

export const RECORDED = {
  start: '2023-08-03 09:30',
  lock_step: true,
  underlyings: [],
  recorded: { dir: 'spy' },
};
