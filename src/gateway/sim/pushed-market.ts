/**
 * The market of an exchange that is told each quote as it comes, by who sees it elsewhere: what a
 * line shows is what it was told last, and nothing of it is known early.
 */

import { type Market, sameQuote } from './market.ts';
import type { VenueQuote } from './venue.ts';

/** What was seen of a line at `ts`. */
export type PushedQuote = Pick<
  VenueQuote,
  'conId' | 'bid' | 'ask' | 'last' | 'bidSize' | 'askSize' | 'close' | 'halted' | 'ts'
>;

export interface PushedMarket extends Market {
  /** The line shows this from its `ts` on; times must not go back. */
  push(quote: PushedQuote): void;
}

export function createPushedMarket(): PushedMarket {
  const lines = new Map<number, VenueQuote>();
  const waiting: VenueQuote[] = [];
  return {
    push(quote) {
      waiting.push({ ...quote, lastSize: 0, volume: 0, model: null });
    },
    nextTime: () => waiting[0]?.ts ?? Number.POSITIVE_INFINITY,
    advance(ts, changed) {
      for (let next = waiting[0]; next !== undefined && next.ts <= ts; next = waiting[0]) {
        waiting.shift();
        const before = lines.get(next.conId);
        lines.set(next.conId, next);
        if (before === undefined || !sameQuote(before, next)) changed(next.conId);
      }
    },
    quote(conId, ts) {
      const quote = lines.get(conId);
      return quote === undefined ? null : { ...quote, ts };
    },
    want: () => undefined,
    unwant: () => undefined,
    setPrice: () => false,
    split: () => false,
    relist: () => undefined,
    horizon: () => Number.POSITIVE_INFINITY,
    prepare: () => Promise.resolve(),
    state: () => ({}),
  };
}
