/**
 * Tapes made of tapes. What gives its quotes at once goes on doing so: a promise for each quote
 * costs as much as all that is done with it.
 */

import type { RecordedTape, TapeQuote } from '../domain/tape.ts';

type Events = ReturnType<RecordedTape['events']>;

/** Each quote as `map` gives it. */
export function mapped(events: Events, map: (quote: TapeQuote) => TapeQuote): Events {
  return through(events, (quote) => map(quote));
}

/** Those that are wanted. */
export function filtered(events: Events, isWanted: (quote: TapeQuote) => boolean): Events {
  return through(events, (quote) => (isWanted(quote) ? quote : 'skip'));
}

/** Those up to `end`, and no look beyond the first behind it. */
export function until(events: Events, end: number): Events {
  return through(events, (quote) => (quote.ts > end ? 'end' : quote));
}

type Step = (quote: TapeQuote) => TapeQuote | 'skip' | 'end';

function through(events: Events, step: Step): Events {
  return Symbol.asyncIterator in events ? later(events, step) : now(events, step);
}

function* now(events: Iterable<TapeQuote>, step: Step): Generator<TapeQuote, void> {
  for (const quote of events) {
    const next = step(quote);
    if (next === 'end') return;
    if (next !== 'skip') yield next;
  }
}

async function* later(
  events: AsyncIterable<TapeQuote>,
  step: Step,
): AsyncGenerator<TapeQuote, void> {
  for await (const quote of events) {
    const next = step(quote);
    if (next === 'end') return;
    if (next !== 'skip') yield next;
  }
}
