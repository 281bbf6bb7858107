/** The actors that perform what the engine decides: their modules, threads and arguments. */

import type { PersistenceArgs } from '../../actors/persistence.ts';
import { MAX_LINES } from '../limits.ts';
import { moduleUrl } from '../package.ts';
import { ACTORS } from '../protocol/decision.ts';
import { QUOTE_RECORD_LENGTH } from '../protocol/quote-board.ts';
import type { ChildSpec } from '../runtime/actor.ts';
import { type BoardSetDescriptor, createBoardSet } from '../runtime/board.ts';
import type { MarketWorker } from './market-fan.ts';
import { REPORTS } from './reports.ts';

/** One market-data connection: its actors, their thread, and where its reports are received. */
export interface MarketPlace extends MarketWorker {
  readonly thread: string;
  readonly reports: string;
}

/** One connection has the plain names: they are in journals, on pages and in alarms. */
export function marketPlaces(count: number): readonly MarketPlace[] {
  return Array.from({ length: count }, (_, index) => {
    const suffix = count === 1 ? '' : `-${index + 1}`;
    return {
      market: `${ACTORS.market}${suffix}`,
      greeks: `${ACTORS.greeks}${suffix}`,
      thread: `market${suffix}`,
      reports: `${REPORTS.market}${suffix}`,
    };
  });
}

export interface ChildrenOptions {
  readonly places: readonly MarketPlace[];
  readonly bookBoard: BoardSetDescriptor;
  readonly persistence: PersistenceArgs;
  /** Of each market-data actor, beside what concerns its boards and its place. */
  readonly market: object;
  /** What all connections send a second together, where it is said. */
  readonly marketMessages: number | undefined;
  readonly broker: object;
  readonly stages: unknown;
}

/** In the order in which they start: who is told before who tells. */
export function engineChildren(options: ChildrenOptions): readonly ChildSpec[] {
  const { places, bookBoard, persistence, market, marketMessages, broker, stages } = options;
  const messages =
    marketMessages === undefined
      ? {}
      : { messagesPerSecond: Math.max(1, Math.floor(marketMessages / places.length)) };
  const ofMarket = places.flatMap((place) => {
    const { descriptor } = createBoardSet({ records: MAX_LINES, length: QUOTE_RECORD_LENGTH });
    const greeks = { quoteBoard: descriptor, bookBoard, reportTo: REPORTS.greeks, stages };
    const args = {
      ...{ ...market, ...messages },
      reportTo: place.reports,
      pricingTo: place.greeks,
      quoteBoard: descriptor,
    };
    return [
      spec(place.greeks, ACTORS.greeks, place.thread, greeks),
      spec(place.market, ACTORS.market, place.thread, args),
    ];
  });
  return [
    spec(ACTORS.persistence, ACTORS.persistence, 'persistence', persistence),
    ...ofMarket,
    spec(ACTORS.broker, ACTORS.broker, null, broker),
  ];
}

function spec(id: string, module: string, thread: string | null, args: object): ChildSpec {
  return {
    id,
    module: moduleUrl(new URL(`../../actors/${module}.ts`, import.meta.url)).href,
    args,
    placement: thread === null ? { kind: 'kernel' } : { kind: 'worker', thread },
    mailbox: { capacity: 10_000, policy: { kind: 'refuse' } },
    restart: 'permanent',
    stopDeadlineMs: id === ACTORS.persistence ? 1000 : 250,
  };
}
