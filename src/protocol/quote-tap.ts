/**
 * The tap on the quotes: what the market-data actor puts on the quote board it also puts here, one
 * record for each line and socket read, while somebody listens. A recorder in another thread takes
 * them at its own pace. The writer never waits and wakes nobody: where the ring is full the record
 * is left out and counted.
 */

import { defineDoubles } from '../runtime/layout.ts';
import { createRing, openRing, type RingDescriptor } from '../runtime/ring.ts';
import type { QuoteView } from './quote-board.ts';

/** What opens the tap in another thread; posted as it is. */
export interface QuoteTapDescriptor {
  readonly ring: RingDescriptor;
  readonly control: SharedArrayBuffer;
}

const TAP_LAYOUT = defineDoubles(
  /** Trading time, epoch ms. */
  'ts',
  'conId',
  /** NaN where there is none. */
  'bid',
  'ask',
  'bidSize',
  'askSize',
  'last',
  'close',
  /** Monotonic time of the socket read that brought it, ms. */
  'recvMono',
  'dataType',
);

export type TappedQuote = ReturnType<typeof TAP_LAYOUT.over>;

/** One that stays when the reader goes on. */
export function copyOf(quote: TappedQuote): TappedQuote {
  const copy = TAP_LAYOUT.over(new Float64Array(TAP_LAYOUT.doubles));
  copyQuote(quote, copy);
  return copy;
}

/** Field by field: in a loop over their names it takes thirty times as long (measured). */
function copyQuote(from: TappedQuote, to: TappedQuote): void {
  to.ts = from.ts;
  to.conId = from.conId;
  to.bid = from.bid;
  to.ask = from.ask;
  to.bidSize = from.bidSize;
  to.askSize = from.askSize;
  to.last = from.last;
  to.close = from.close;
  to.recvMono = from.recvMono;
  to.dataType = from.dataType;
}

export interface QuoteTapWriter {
  /** Passes the line's quote on, if somebody listens and there is room. */
  put(quote: QuoteView): void;
}

export interface QuoteTapReader {
  /** Hands over what waits, oldest first, `max` at most; the record is valid within the call. */
  drain(take: (quote: TappedQuote) => void, max: number): number;
  /** Records that were left out since the tap was made. */
  missed(): number;
  /** Records that wait. */
  depth(): number;
}

/** Eight seconds of two thousand quotes each, 1.3 MB. */
export const TAP_CAPACITY = 16_384;

/** Words of the control block. */
const LISTENS = 0;
const MISSED = 1;

export function createQuoteTap(capacity: number = TAP_CAPACITY): QuoteTapDescriptor {
  return {
    ring: createRing(TAP_LAYOUT, capacity).descriptor,
    control: new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT),
  };
}

/**
 * From now on quotes are passed on, or are not any more. Not the reader's to say: what comes while
 * one reader gives way to the next waits in the ring.
 */
export function listenTo({ control }: QuoteTapDescriptor, wanted: boolean): void {
  Atomics.store(new Int32Array(control), LISTENS, wanted ? 1 : 0);
}

/** The one writer. */
export function openTapWriter({ ring, control }: QuoteTapDescriptor): QuoteTapWriter {
  const writer = openRing(TAP_LAYOUT, ring).writer();
  const words = new Int32Array(control);
  return {
    put(quote) {
      if (Atomics.load(words, LISTENS) === 0) return;
      if (!writer.reserve()) {
        Atomics.add(words, MISSED, 1);
        return;
      }
      copyQuote(quote, writer.record);
      writer.commit();
    },
  };
}

/** The one reader; a new one, after the old one's thread died, goes on from it. */
export function openTapReader({ ring, control }: QuoteTapDescriptor): QuoteTapReader {
  const reader = openRing(TAP_LAYOUT, ring).reader();
  const words = new Int32Array(control);
  return {
    drain(take, max) {
      let taken = 0;
      while (taken < max && reader.peek()) {
        take(reader.record);
        reader.release();
        taken += 1;
      }
      return taken;
    },
    missed: () => Atomics.load(words, MISSED),
    depth: () => reader.depth,
  };
}
