/**
 * What all clients watch, watched once: each change of an instrument is compared, computed and
 * encoded one time, and then handed to every line on it.
 */

import type { Venue, VenueQuote } from '../sim/venue.ts';
import { type Compute, markOf, markTick, ticksBetween } from './quote-ticks.ts';
import { TickBlock } from './tick-block.ts';
import type { TickTypes } from './wire-ids.ts';

/** A line of some client. */
export interface Follower {
  /** The mark price is told only to who asked for it. */
  readonly wantsMark: boolean;
  tell(block: TickBlock): void;
}

interface Instrument {
  readonly followers: Set<Follower>;
  /** What every follower knows. */
  told: VenueQuote | null;
  stop: () => void;
}

export class Instruments {
  readonly #venue: Venue;
  readonly #types: TickTypes;
  readonly #compute: Compute | null;
  readonly #watched = new Map<number, Instrument>();

  constructor(venue: Venue, types: TickTypes) {
    this.#venue = venue;
    this.#types = types;
    const { research } = venue;
    this.#compute =
      research === undefined
        ? null
        : ({ conId, model }, price) =>
            research.computeOption(conId, model?.underlyingPrice ?? Number.NaN, { price });
  }

  /** Instruments that somebody follows. */
  get count(): number {
    return this.#watched.size;
  }

  /** Tells what is there, at once, then each change; returns the function that ends it. */
  follow(conId: number, follower: Follower): () => void {
    const instrument = this.#watched.get(conId) ?? this.#watch(conId);
    if (instrument.told !== null) this.#tellImage(instrument.told, follower);
    instrument.followers.add(follower);
    return () => {
      if (!instrument.followers.delete(follower) || instrument.followers.size > 0) return;
      this.#watched.delete(conId);
      instrument.stop();
    };
  }

  /** What is there, once. */
  show(conId: number, follower: Follower): void {
    const quote = this.#venue.quote(conId);
    if (quote !== null) this.#tellImage(quote, follower);
  }

  #watch(conId: number): Instrument {
    const instrument: Instrument = { followers: new Set(), told: null, stop: () => undefined };
    this.#watched.set(conId, instrument);
    instrument.stop = this.#venue.watch(conId, (quote) => this.#hear(instrument, quote));
    return instrument;
  }

  #hear(instrument: Instrument, quote: VenueQuote): void {
    const { told, followers } = instrument;
    instrument.told = quote;
    if (followers.size === 0) return;
    const block = new TickBlock(ticksBetween(told, quote, this.#types, this.#compute));
    const mark = markBlock(told, quote);
    for (const follower of followers) {
      if (!block.isEmpty) follower.tell(block);
      if (mark !== null && follower.wantsMark) follower.tell(mark);
    }
  }

  #tellImage(quote: VenueQuote, follower: Follower): void {
    follower.tell(new TickBlock(ticksBetween(null, quote, this.#types, this.#compute)));
    const mark = follower.wantsMark ? markBlock(null, quote) : null;
    if (mark !== null) follower.tell(mark);
  }
}

function markBlock(told: VenueQuote | null, quote: VenueQuote): TickBlock | null {
  const mark = markOf(quote);
  const isNews = Number.isFinite(mark) && (told === null || mark !== markOf(told));
  return isNews ? new TickBlock([markTick(mark)]) : null;
}
